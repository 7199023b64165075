// Leave as people count it: whole days, else hours.

import { say } from '@/shared/words'

type Left = { leftduration: number }

export function leftText({ leftduration: seconds }: Left): string {
  const days = seconds / 86_400
  const hours = seconds / 3_600
  return Number.isInteger(days * 10) ? say([`剩余 ${days} 天`, `${days} ${days === 1 ? 'day' : 'days'} left`]) : say([`剩余 ${Math.round(hours * 10) / 10} 小时`, `${Math.round(hours * 10) / 10} hours left`])
}

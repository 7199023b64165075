// What the pages of broadcasts share: the console's answer, and words for the platform's numbers.

import { say, type Pair } from '@/shared/words'
import type { Person } from '../customers'

export type Living = {
  no: number
  livingid: string
  theme: string
  description?: string
  type: number
  anchor: Person
  app?: string
  start: number
  length: number
  started_at?: number
  ended_at?: number
  status: number
  replay: number
}

export const livingStates: Record<number, Pair> = { 0: ['预约中', 'reserved'], 1: ['直播中', 'on air'], 2: ['已结束', 'over'], 3: ['已过期', 'expired'], 4: ['已取消', 'cancelled'] }
export const livingTypes: Record<number, Pair> = { 0: ['通用直播', 'general'], 1: ['小班课', 'small class'], 2: ['大班课', 'large class'], 3: ['企业培训', 'training'], 4: ['活动直播', 'activity'] }
export const replayStates: Record<number, Pair> = { 0: ['可回放', 'available'], 1: ['生成中', 'being made'], 2: ['已删除', 'deleted'], 3: ['生成失败', 'failed'] }

/** Seconds in hours and minutes, in seconds below a minute. */
export function lasted(seconds: number): string {
  if (seconds < 60) return say([`${seconds} 秒`, `${seconds} s`])
  const h = Math.floor(seconds / 3600)
  const m = Math.floor((seconds % 3600) / 60)
  if (!h) return say([`${m} 分钟`, `${m} min`])
  return m ? say([`${h} 小时 ${m} 分钟`, `${h} h ${m} min`]) : say([`${h} 小时`, `${h} h`])
}

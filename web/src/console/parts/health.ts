// What the pages of health reports share.

import { say, type Pair } from '@/shared/words'
import type { Person } from '../customers'

export type Question = { question_id: number; title: string; question_type: number; is_required: boolean; options?: string[] }
export type Job = {
  no: number
  jobid: string
  title: string
  by: Person
  report_type: number
  skip_weekend: boolean
  ended: boolean
  questions: Question[]
  range?: { members: Person[]; departments: number[] }
  report_to: Person[]
}
export type Answered = { question_id: number; single_choice?: number; text?: string; multi_choice?: number[]; fileid?: string[]; url?: string; itinerary_card_type?: number; high_risk_area?: string }

export const reportTypes: Record<number, Pair> = { 1: ['一次性', 'once'], 2: ['每天', 'daily'] }
export const questionTypes: Record<number, Pair> = { 1: ['文本', 'Text'], 2: ['单选', 'Single choice'], 3: ['多选', 'Multiple choice'], 4: ['文件', 'Files'], 5: ['签名', 'Signature'], 6: ['行程卡', 'Itinerary card'] }
const cards: Pair[] = [['未识别', 'not recognised'], ['绿卡', 'green'], ['红卡', 'red'], ['黄卡', 'yellow'], ['橙卡', 'orange'], ['无行程卡', 'no card']]

/** An answer in words; files are not in it. */
export function inWords(q: Question, a?: Answered): string {
  if (!a) return ''
  const option = (n: number) => q.options?.[n - 1] ?? String(n)
  if (a.single_choice) return option(a.single_choice)
  if (a.multi_choice?.length) return a.multi_choice.map(option).join('、')
  if (a.itinerary_card_type !== undefined) return [say(cards[a.itinerary_card_type] ?? ['', '']), a.high_risk_area].filter(Boolean).join(' · ')
  return a.text ?? a.url ?? ''
}

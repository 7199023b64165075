// Reports as the phone has them.

import type { Content, Control } from '@/shared/form/types'
import { say, type Pair } from '@/shared/words'

export type Brief = { no: number; journaluuid: string; name: string; at: number; userid: string; who: string; text: string; read: boolean; comments: number }
export type Template = { template_id: string; name: string; controls: Control[]; report_type: number }
export type Info = {
  journal_uuid: string
  template_name: string
  report_time: number
  submitter: { userid: string }
  receivers: { userid: string }[]
  readed_receivers: { userid: string }[]
  apply_data: { contents: Content[] }
  comments: { commentid: number; tocommentid: number; comment_userinfo: { userid: string }; content: string; comment_time: number }[]
}

const cycles: Record<number, Pair> = { 2: ['每天', 'daily'], 3: ['每周', 'weekly'], 4: ['每月', 'monthly'] }
export const cycleName = (n: number) => (cycles[n] ? say(cycles[n]) : '')

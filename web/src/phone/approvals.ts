// What the phone's pages about approvals share. internal/approval says what each
// part means.

import type { Content, Control } from '@/shared/form/types'
import { say, type Pair } from '@/shared/words'

export type Brief = { no: number; sp_no: string; name: string; status: number; at: number; userid: string; who: string; summary: string[] }
export type Template = { template_id: string; name: string; record_type?: number; controls: Control[] }
export type Quota = { id: number; vacationname: string; assignduration: number; usedduration: number; leftduration: number }
export type NodePerson = { userid: string; speech: string; sp_yj: number; sptime: number; media_ids: string[] }
export type Node = { node_type: number; sp_status: number | null; apv_rel: number | null; sub_node_list: NodePerson[] }
export type Info = {
  sp_no: string
  sp_name: string
  sp_status: number
  template_id: string
  apply_time: number
  applyer: { userid: string; partyid: string }
  apply_data: { contents: Content[] }
  comments: { commentUserInfo: { userid: string }; commenttime: number; commentcontent: string; commentid: string; media_id: string[] }[]
  process_list: { node_list: Node[] }
}
export type Step = 'approve' | 'refuse' | 'transfer' | 'add' | 'return' | 'handle' | 'hand_over' | 'urge' | 'withdraw' | 'comment'
export type Page = { info: Info; names: Record<string, string>; steps: Step[] }
export type Planned = { type: number; rel: number; choose: boolean; people: { userid: string; name: string }[] }

const statuses: Record<number, Pair> = {
  1: ['审批中', 'Pending'],
  2: ['已通过', 'Passed'],
  3: ['已驳回', 'Refused'],
  4: ['已撤销', 'Withdrawn'],
  6: ['通过后撤销', 'Withdrawn after it had passed'],
  7: ['已删除', 'Deleted'],
  10: ['已支付', 'Paid'],
}
export const statusName = (n: number) => (statuses[n] ? say(statuses[n]) : String(n))
export const tone = (n: number) => (n === 2 || n === 10 ? 'good' : n === 3 ? 'bad' : n === 1 ? 'warn' : 'faint')

const did: Record<number, Pair> = {
  1: ['待处理', 'to decide'],
  2: ['已同意', 'agreed'],
  3: ['已驳回', 'refused'],
  4: ['已转审', 'passed it on'],
  11: ['已退回', 'sent it back'],
  12: ['已加签', 'asked others first'],
  13: ['同意并加签', 'agreed and asked others'],
  14: ['已办理', 'handled'],
  15: ['已转交', 'handed it over'],
}
export const didName = (n: number) => (did[n] ? say(did[n]) : '')

const rels: Record<number, Pair> = { 1: ['会签', 'all of them'], 2: ['或签', 'one of them'], 3: ['依次审批', 'one after the other'] }
export const relName = (n: number | null) => (n && rels[n] ? say(rels[n]) : '')
const types: Record<number, Pair> = { 1: ['审批人', 'Approvers'], 2: ['抄送人', 'Copied to'], 3: ['办理人', 'Handlers'] }
export const nodeName = (n: number) => (types[n] ? say(types[n]) : '')

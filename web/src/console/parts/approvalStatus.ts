import { say, type Pair } from '@/shared/words'

const statuses: Record<number, Pair> = {
  1: ['审批中', 'pending'],
  2: ['已通过', 'passed'],
  3: ['已驳回', 'refused'],
  4: ['已撤销', 'withdrawn'],
  6: ['通过后撤销', 'withdrawn after it had passed'],
  7: ['已删除', 'deleted'],
  10: ['已支付', 'paid'],
}
export const approvalStatuses = Object.keys(statuses).map(Number)
export const approvalStatus = (n: number) => (statuses[n] ? say(statuses[n]) : String(n))
export const approvalTone = (n: number) => (n === 2 || n === 10 ? 'good' : n === 3 ? 'bad' : n === 1 ? 'warn' : 'faint')

const did: Record<number, Pair> = {
  1: ['待处理', 'to decide'], 2: ['同意', 'agreed'], 3: ['驳回', 'refused'], 4: ['转审', 'passed it on'], 11: ['退回', 'sent it back'],
  12: ['加签', 'asked others first'], 13: ['同意并加签', 'agreed and asked others'], 14: ['办理', 'handled'], 15: ['转交', 'handed it over'],
}
export const approvalDid = (n: number) => (did[n] ? say(did[n]) : '')
const nodes: Record<number, Pair> = { 1: ['审批人', 'Approvers'], 2: ['抄送人', 'Copied to'], 3: ['办理人', 'Handlers'] }
export const approvalNode = (n: number) => (nodes[n] ? say(nodes[n]) : '')

// Orders for applications, in words for WeCom's numbers (paytool).

import { say, type Pair } from '@/shared/words'

export type Order = { no: number; order_id: string; corpid?: string; corp?: string; content: string; order_type: number; order_status: number; pay_type: number; order_from: number; test?: boolean; origin: number; price: number; creator?: string; at: string; paid_at?: string; invoiced?: boolean }

const types: Record<number, Pair> = { 0: ['新购', 'New'], 1: ['扩容', 'More users'], 2: ['续期', 'More time'], 3: ['变更版本', 'Change the edition'] }
const statuses: Record<number, Pair> = {
  1: ['待支付', 'To be paid'],
  2: ['已支付', 'Paid'],
  3: ['已取消', 'Cancelled'],
  4: ['支付过期', 'Not paid in time'],
  5: ['申请退款中', 'Refund asked for'],
  6: ['已退款', 'Refunded'],
  7: ['交易完成', 'Done'],
  8: ['待企业确认', 'To be confirmed'],
  9: ['已部分退款', 'Partly refunded'],
  10: ['拒绝退款', 'Refund refused'],
}
export const orderType = (n: number) => say(types[n] ?? ['', ''])
export const orderStatus = (n: number) => say(statuses[n] ?? ['', ''])
/** An order that can still be closed, one whose price can be changed, one that can be refunded. */
export const closable = (o: Order) => o.order_status === 1 || o.order_status === 8
export const payable = closable
export const pricable = (o: Order) => o.order_status === 1 && o.order_from === 1
export const refundable = (o: Order) => o.order_status === 2
export const refunding = (o: Order) => o.order_status === 5

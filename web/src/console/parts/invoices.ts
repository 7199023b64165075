// What the pages of invoices share.

import type { Pair } from '@/shared/words'
import type { Person } from '../customers'

export type Invoice = { no: number; who: Person; type: string; payee: string; fee: number; billing_time: number; billing_no: string; status: number; outside?: boolean }

export const invoiceStates: Pair[] = [['未报销', 'not reimbursed'], ['已锁定', 'locked'], ['已报销', 'reimbursed']]

/** Fen as yuan. */
export const yuan = (fen: number) => '¥' + (fen / 100).toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })

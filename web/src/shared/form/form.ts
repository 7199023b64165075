// What pages do with forms: which controls are shown, what is still missing, what is
// sent, and what was filled in as people read it.

import { clock, dayText, day as secondsOfDay, midnight } from '../china'
import { lang, say, type Pair } from '../words'
import type { Content, Control, Kind, Range, Text, Value } from './types'

/** The text in the page's language, else the first. */
export function textOf(texts: Text[] | null | undefined): string {
  const want = lang.value === 'zh' ? 'zh_CN' : 'en'
  return (texts?.find((t) => t.lang === want && t.text) ?? texts?.[0])?.text ?? ''
}

const names: Record<Kind, Pair> = {
  Text: ['单行文本', 'Line of text'],
  Textarea: ['多行文本', 'Text'],
  Number: ['数字', 'Number'],
  Money: ['金额', 'Money'],
  Date: ['日期', 'Date'],
  DateRange: ['时长', 'Time span'],
  Selector: ['选择', 'Choice'],
  Contact: ['成员或部门', 'Members or departments'],
  Tips: ['说明文字', 'Explanation'],
  File: ['附件', 'Files'],
  WedriveFile: ['微盘附件', 'Files of the drive'],
  Table: ['明细', 'Table'],
  Location: ['位置', 'Place'],
  RelatedApproval: ['关联审批', 'Related approvals'],
  Formula: ['公式', 'Formula'],
  PhoneNumber: ['电话', 'Telephone'],
  BankAccount: ['收款账户', 'Bank account'],
  Attendance: ['出差、外出、加班', 'Trip, outing, overtime'],
  Vacation: ['请假', 'Leave'],
  PunchCorrection: ['补卡', 'Check-in correction'],
}
export const kinds = Object.keys(names) as Kind[]
export const kindName = (kind: Kind) => say(names[kind] ?? [kind, kind])

/** What has been filled in, by the id of the control. Rows of a table are such records themselves. */
export type Filled = Record<string, Value & { rows?: Filled[] }>

/** The controls that are not shown, because an option that shows them is not chosen. */
export function hidden(controls: Control[], filled: Filled): Set<string> {
  const shown = new Map<string, boolean>()
  for (const c of controls) {
    const chosen = filled[c.property.id]?.selector?.options ?? []
    for (const r of c.config.selector?.op_relations ?? []) {
      const on = chosen.some((o) => o.key === r.key)
      for (const to of r.relation_list ?? []) shown.set(to.related_control_id, (shown.get(to.related_control_id) ?? false) || on)
    }
  }
  return new Set([...shown].filter(([, on]) => !on).map(([id]) => id))
}

const half = secondsOfDay / 2
/** How long a time span is, in seconds. By half days the one that begins at the end is in it. */
export const lengthOf = (r: Pick<Range, 'type' | 'new_begin' | 'new_end'>) => Math.max(r.new_end - r.new_begin + (r.type === 'halfday' ? half : 0), 0)

export function durationText(type: string, seconds: number): string {
  const n = seconds / (type === 'halfday' ? secondsOfDay : 3600)
  const text = String(Math.round(n * 100) / 100)
  return type === 'halfday' ? say([`${text} 天`, `${text} ${n === 1 ? 'day' : 'days'}`]) : say([`${text} 小时`, `${text} ${n === 1 ? 'hour' : 'hours'}`])
}

function filledIn(c: Control, v: Filled[string] | undefined): boolean {
  if (!v) return false
  switch (c.property.control) {
    case 'Text':
    case 'Textarea':
    case 'PhoneNumber':
      return !!v.text
    case 'Number':
      return !!v.new_number
    case 'Money':
      return !!v.new_money
    case 'Date':
      return !!v.date?.s_timestamp
    case 'Selector':
      return !!v.selector?.options.length
    case 'Contact':
      return !!(v.members?.length || v.departments?.length)
    case 'File':
    case 'WedriveFile':
      return !!v.files?.length
    case 'Table':
      return !!v.rows?.length
    case 'DateRange':
      return !!(v.date_range?.new_begin && v.date_range.new_end)
    case 'Attendance':
      return !!(v.attendance?.date_range.new_begin && v.attendance.date_range.new_end)
    case 'Vacation':
      return !!(v.vacation?.selector.options.length && v.vacation.attendance.date_range.new_begin && v.vacation.attendance.date_range.new_end)
    case 'Location':
      return !!v.location?.title
    case 'RelatedApproval':
      return !!v.related_approval?.length
    case 'BankAccount':
      return !!v.bank_account?.account_number
    case 'PunchCorrection':
      return !!v.punch_correction?.time
  }
  return false
}

/** The ids of the controls that must be filled in and are not, those of tables with their row: "Table-1/0/Money-1". */
export function missing(controls: Control[], filled: Filled, at = ''): string[] {
  const gone = hidden(controls, filled)
  const out: string[] = []
  for (const c of controls) {
    const { id, control, require } = c.property
    if (gone.has(id)) continue
    if (require === 1 && control !== 'Tips' && control !== 'Formula' && !filledIn(c, filled[id])) out.push(at + id)
    filled[id]?.rows?.forEach((row, i) => out.push(...missing(c.config.table?.children ?? [], row, `${at}${id}/${i}/`)))
  }
  return out
}

/** What is sent: the controls that are shown and filled in; a row of a table has all of its controls. */
export function contentsOf(controls: Control[], filled: Filled, row = false): Content[] {
  const gone = hidden(controls, filled)
  const out: Content[] = []
  for (const c of controls) {
    const { id, control } = c.property
    if (control === 'Tips' || control === 'Formula') continue
    const { rows, ...value } = filled[id] ?? {}
    if (gone.has(id) || !filledIn(c, filled[id])) {
      if (row) out.push({ control, id, value: {} })
      continue
    }
    if (rows) value.children = rows.map((r) => ({ list: contentsOf(c.config.table?.children ?? [], r, true) }))
    out.push({ control, id, value })
  }
  return out
}

/** The reverse of contentsOf, to begin with what was sent before. */
export function filledOf(controls: Control[], contents: Content[]): Filled {
  const out: Filled = {}
  for (const c of contents) {
    const control = controls.find((o) => o.property.id === c.id)
    if (!control || control.property.control !== c.control || c.hidden === 1) continue
    const { children, ...value } = c.value
    out[c.id] = c.control === 'Table' ? { rows: (children ?? []).map((r) => filledOf(control.config.table?.children ?? [], r.list)) } : value
  }
  return out
}

/** The sum that a formula shows while the form is filled in; what the server computes counts. */
export function compute(expression: string, filled: Filled): number {
  const numbers: Record<string, number> = {}
  const collect = (f: Filled) => {
    for (const [id, v] of Object.entries(f)) {
      const text = v.new_money ?? v.new_number
      if (text) numbers[id] = (numbers[id] ?? 0) + (Number(text) || 0)
      v.rows?.forEach(collect)
    }
  }
  collect(filled)
  return evaluate(expression, numbers)
}

// A small reader of sums: numbers, {names}, + - * / and brackets.
function evaluate(text: string, numbers: Record<string, number>): number {
  const tokens = text.match(/\{[^}]*\}|[\d.]+|[-+*/()]/g) ?? []
  let at = 0
  const sum = (): number => {
    let v = product()
    while (tokens[at] === '+' || tokens[at] === '-') v = tokens[at++] === '+' ? v + product() : v - product()
    return v
  }
  const product = (): number => {
    let v = one()
    while (tokens[at] === '*' || tokens[at] === '/') v = tokens[at++] === '*' ? v * one() : v / one()
    return v
  }
  const one = (): number => {
    const t = tokens[at++] ?? '0'
    if (t === '-') return -one()
    if (t === '(') {
      const v = sum()
      at++
      return v
    }
    return t.startsWith('{') ? (numbers[t.slice(1, -1)] ?? 0) : Number(t)
  }
  const v = sum()
  return Number.isFinite(v) ? Math.round(v * 1e6) / 1e6 : 0
}

/** A control that was filled in, as people read it. */
export type Shown = {
  id: string
  title: string
  text: string
  files?: { id: string; name: string; size: number; picture: boolean }[]
  rows?: Shown[][]
  related?: { sp_no: string; text: string }[]
}

const half2 = (at: number) => say(at - midnight(at) < half ? ['上午', 'a.m.'] : ['下午', 'p.m.'])
function momentText(at: number, type: string): string {
  if (!at) return ''
  return type === 'day' ? dayText(at) : type === 'halfday' ? `${dayText(at)} ${half2(at)}` : `${dayText(at)} ${clock(at)}`
}
export const rangeText = (r: Range) => `${momentText(r.new_begin, r.type)} — ${momentText(r.new_end, r.type)} (${durationText(r.type, r.new_duration || lengthOf(r))})`

function plain(v: Value): string {
  if (v.text !== undefined) return v.text
  if (v.new_number !== undefined) return v.new_number
  if (v.new_money !== undefined) return v.new_money
  if (v.formula) return v.formula.value
  if (v.date) return momentText(Number(v.date.s_timestamp), v.date.type)
  if (v.selector) return v.selector.options.map((o) => textOf(o.value)).join('、')
  if (v.vacation) return `${v.vacation.selector.options.map((o) => textOf(o.value)).join('')} ${rangeText(v.vacation.attendance.date_range)}`
  if (v.attendance) return rangeText(v.attendance.date_range)
  if (v.date_range) return rangeText(v.date_range)
  if (v.punch_correction) return momentText(v.punch_correction.time, 'hour')
  if (v.location) return [v.location.title, v.location.address].filter(Boolean).join(' ')
  if (v.bank_account) return [v.bank_account.account_name, v.bank_account.account_number, v.bank_account.bank?.bank_branch_name].filter(Boolean).join(' ')
  if (v.members?.length) return v.members.map((m) => m.name || m.userid).join('、')
  if (v.departments?.length) return v.departments.map((d) => d.name).join('、')
  return ''
}

/** What was filled in, without what is empty, hidden, or only explains. */
export function shownOf(contents: Content[]): Shown[] {
  const out: Shown[] = []
  for (const c of contents) {
    if (c.hidden === 1 || c.control === 'Tips') continue
    const one: Shown = { id: c.id, title: textOf(c.title), text: plain(c.value) }
    if (c.value.files?.length) {
      one.files = c.value.files.map((f) => ({ id: f.file_id, name: f.file_name || f.file_id, size: f.file_size ?? 0, picture: /^(png|jpe?g|gif|webp|bmp)$/i.test(f.file_type || f.file_name?.split('.').pop() || '') }))
    }
    if (c.control === 'Table') one.rows = (c.value.children ?? []).map((r) => shownOf(r.list))
    if (c.value.related_approval?.length) one.related = c.value.related_approval.map((r) => ({ sp_no: r.sp_no, text: `${textOf(r.template_names)} ${r.name} ${r.sp_no}` }))
    if (one.text || one.files || one.rows?.length || one.related) out.push(one)
  }
  return out
}

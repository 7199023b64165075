// Documents on the page: what the server's JSON holds (internal/wedoc, internal/smartsheet), and how cells are shown
// and filled in. The words in cells are written by anybody, and are drawn as text alone.

import { dayText, parse, timeText } from '@/shared/china'
import type { Pair } from '@/shared/words'

/** The kinds of document; 0 is a form. */
export const kinds: Record<number, Pair> = { 0: ['收集表', 'Form'], 3: ['文档', 'Document'], 4: ['表格', 'Spreadsheet'], 10: ['智能表格', 'Smart sheet'], 11: ['智能文档', 'Smart document'] }

export type Line = { no: number; id: string; kind: number; name: string; modified: number; right?: number }
export type Run = { text?: string; bold?: boolean; color?: string; background?: string; picture?: string; width?: number; height?: number; break?: boolean }
export type Block = { begin: number; end: number; runs?: Run[]; rows?: Block[][][] }
export type Named = { userid: string; name: string; right: number }
export type GridSheet = { sheet_id: string; title: string; rows: number; columns: number }
export type Doc = {
  docid: string
  kind: number
  name: string
  modified: number
  right: number
  copy: boolean
  watermark?: string
  narrow?: boolean
  members?: Named[]
  version: number
  blocks?: Block[]
  sheets?: GridSheet[]
  pages?: { title: string; markdown: boolean; content: string }[]
}

/** The letters of a column, which counts from 0. */
export function columnName(column: number): string {
  let out = ''
  for (let n = column + 1; n > 0; n = Math.floor((n - 1) / 26)) out = String.fromCharCode(65 + ((n - 1) % 26)) + out
  return out
}

/** The words of a paragraph. */
export const textOf = (b: Block) => (b.runs ?? []).map((r) => r.text ?? '').join('')
/** Whether a paragraph is nothing but words, so that it can be written anew as a whole. */
export const isPlain = (b: Block) => !b.rows && (b.runs ?? []).every((r) => !r.picture && !r.break)

/**
 * The paragraph of a newer text that is the one of an older text: the one at the same distance from the beginning or
 * the end with the same words, or the only one with them.
 */
export function again(was: Block[], is: Block[], index: number): Block | undefined {
  const words = textOf(was[index]!)
  const same = (b: Block | undefined) => b !== undefined && isPlain(b) && textOf(b) === words
  if (same(is[index]) && was.length === is.length) return is[index]
  const all = is.filter(same)
  return all.length === 1 ? all[0] : undefined
}

// Smart sheets.

export type Option = { id: string; text: string; style?: number }
export type Field = {
  field_id: string
  field_title: string
  field_type: string
  edit: boolean
  insert: boolean
  property_single_select?: { options: Option[]; is_quick_add: boolean }
  property_select?: { options: Option[]; is_quick_add: boolean }
  property_date_time?: { format: string }
  property_created_time?: { format: string }
  property_modified_time?: { format: string }
  property_user?: { is_multiple: boolean }
  property_number?: { decimal_places: number; use_separate: boolean }
  property_currency?: { currency_type: string; decimal_places: number; use_separate: boolean }
}
export type SortInfo = { field_id: string; desc?: boolean }
export type Condition = Record<string, unknown> & { field_id: string; operator: string }
export type Filter = { conjunction: string; conditions: Condition[] }
export type View = {
  view_id: string
  view_title: string
  view_type: string
  property?: { sort_spec?: { sort_infos: SortInfo[] | null }; filter_spec?: Filter; group_spec?: { groups: SortInfo[] | null }; field_visibility?: Record<string, boolean>; color_config?: unknown }
}
export type Smart = { sheet_id: string; title: string; records: number; insert: boolean; delete: boolean; design: boolean; arrange: boolean; fields: Field[]; views: View[] }
export type Values = Record<string, any>
export type Row = { record_id: string; mark: string; fixed?: boolean; values: Values }
export type People = Record<string, string>

const short = (f: Field) => f.field_type.replace('FIELD_TYPE_', '')

/** How a field is filled in; empty if the page only shows it. */
export type Editor = 'text' | 'number' | 'check' | 'date' | 'time' | 'people' | 'one' | 'some' | 'line' | 'link' | ''
export function editorOf(f: Field): Editor {
  switch (short(f)) {
    case 'TEXT':
      return 'text'
    case 'NUMBER':
    case 'PROGRESS':
    case 'CURRENCY':
    case 'PERCENTAGE':
      return 'number'
    case 'CHECKBOX':
      return 'check'
    case 'DATE_TIME':
      return f.property_date_time?.format.includes('hh:mm') ? 'time' : 'date'
    case 'USER':
      return 'people'
    case 'SINGLE_SELECT':
      return 'one'
    case 'SELECT':
      return 'some'
    case 'PHONE_NUMBER':
    case 'EMAIL':
    case 'BARCODE':
      return 'line'
    case 'URL':
      return 'link'
  }
  return ''
}

/** Whether the sheet itself fills the field in. */
export const isSystem = (f: Field) => ['CREATED_USER', 'MODIFIED_USER', 'CREATED_TIME', 'MODIFIED_TIME', 'AUTONUMBER'].includes(short(f))
/** Whether a text of a cell has parts, such as links, that writing it anew would lose. */
export const isMixed = (f: Field, v: unknown) => short(f) === 'TEXT' && Array.isArray(v) && v.some((p) => p.type === 'url')
export const optionsOf = (f: Field) => (f.property_single_select ?? f.property_select)?.options ?? []

const grouped = (n: number, places: number, separate?: boolean) =>
  n.toLocaleString('en-US', { useGrouping: !!separate, ...(places >= 0 ? { minimumFractionDigits: places, maximumFractionDigits: places } : { maximumFractionDigits: 15 }) })

/** The words that a cell is shown by. Percentages and progress are shown as the numbers that they are kept as: what WeCom multiplies is not published. */
export function cellText(f: Field, v: any, people: People = {}): string {
  if (v === undefined || v === null) return ''
  switch (short(f)) {
    case 'NUMBER':
      return grouped(v, f.property_number?.decimal_places ?? -1, f.property_number?.use_separate)
    case 'CURRENCY':
      return `${f.property_currency?.currency_type ?? ''} ${grouped(v, f.property_currency?.decimal_places ?? -1, f.property_currency?.use_separate)}`.trim()
    case 'CHECKBOX':
      return v ? '✓' : ''
    case 'DATE_TIME':
      return whenText(v, f.property_date_time?.format)
    case 'CREATED_TIME':
      return whenText(v, f.property_created_time?.format)
    case 'MODIFIED_TIME':
      return whenText(v, f.property_modified_time?.format)
    case 'USER':
    case 'CREATED_USER':
    case 'MODIFIED_USER':
      return (v as { user_id: string }[]).map((p) => people[p.user_id.toLowerCase()] ?? p.user_id).join('、')
  }
  if (!Array.isArray(v)) return String(v)
  return v
    .map((p) => (typeof p === 'string' ? p : String(p.text || p.title || p.name || p.link || p.image_url || p.file_url || '')))
    .join(['TEXT', 'URL'].includes(short(f)) ? '' : '、')
}

// Only whether there is a time of day follows the format; the order of its parts does not.
function whenText(v: string, format = ''): string {
  const at = Math.floor(Number(v) / 1000)
  return format.includes('hh:mm') ? timeText(at).replace('T', ' ') : dayText(at)
}

/** What a field's control holds: a text, a number as a text, a truth, people, ids of options, or a link. */
export type Held = { text: string; on: boolean; people: { userid: string; name: string }[]; options: string[]; link: string }

export function heldOf(f: Field, v: any, people: People): Held {
  const out: Held = { text: '', on: false, people: [], options: [], link: '' }
  if (v === undefined || v === null) return out
  switch (editorOf(f)) {
    case 'text':
      out.text = (v as { text: string }[]).map((p) => p.text).join('')
      break
    case 'number':
    case 'line':
      out.text = String(v)
      break
    case 'check':
      out.on = v
      break
    case 'date':
      out.text = dayText(Math.floor(Number(v) / 1000))
      break
    case 'time':
      out.text = timeText(Math.floor(Number(v) / 1000))
      break
    case 'people':
      out.people = (v as { user_id: string }[]).map((p) => ({ userid: p.user_id, name: people[p.user_id.toLowerCase()] ?? p.user_id }))
      break
    case 'one':
    case 'some':
      out.options = (v as Option[]).map((o) => o.id)
      break
    case 'link':
      out.link = v[0]?.link ?? ''
      out.text = v[0]?.text ?? ''
  }
  return out
}

/** What the control stands for on the wire; null for an empty cell. */
export function valueOf(f: Field, h: Held): unknown {
  switch (editorOf(f)) {
    case 'text':
      return h.text === '' ? null : [{ type: 'text', text: h.text }]
    case 'number':
      return String(h.text) === '' ? null : Number(h.text)
    case 'line':
      return h.text
    case 'check':
      return h.on
    case 'date':
    case 'time': {
      const at = parse(h.text)
      return at ? String(at * 1000) : null
    }
    case 'people':
      return h.people.map((p) => ({ user_id: p.userid }))
    case 'one':
    case 'some':
      return h.options.map((id) => (optionsOf(f).some((o) => o.id === id) ? { id } : { text: id }))
    case 'link':
      return h.link === '' ? [] : [{ type: 'url', link: h.link, text: h.text || h.link }]
  }
  return null
}

/** The files of a cell that were uploaded, which members of the enterprise open. */
export const uploadedOf = (f: Field, v: any): { name: string; file_id: string }[] => (short(f) === 'ATTACHMENT' && Array.isArray(v) && v.length && v.every((x) => x.file_id && x.file_url?.endsWith('/docfiles/' + x.file_id)) ? v : [])

/** Whether two values are the same. */
export const same = (a: unknown, b: unknown) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null)

// Filters of the page's own.

export type Operator = 'IS' | 'IS_NOT' | 'CONTAINS' | 'DOES_NOT_CONTAIN' | 'IS_GREATER' | 'IS_LESS' | 'IS_EMPTY' | 'IS_NOT_EMPTY'
/** The operators that make sense for a field; none where the page does not filter by it. */
export function operatorsOf(f: Field): Operator[] {
  switch (editorOf(f)) {
    case 'number':
    case 'date':
    case 'time':
      return ['IS', 'IS_GREATER', 'IS_LESS', 'IS_EMPTY', 'IS_NOT_EMPTY']
    case 'check':
      return ['IS']
    case 'text':
    case 'line':
    case 'link':
      return ['CONTAINS', 'DOES_NOT_CONTAIN', 'IS', 'IS_NOT', 'IS_EMPTY', 'IS_NOT_EMPTY']
    case 'people':
    case 'one':
    case 'some':
      return ['CONTAINS', 'DOES_NOT_CONTAIN', 'IS', 'IS_EMPTY', 'IS_NOT_EMPTY']
  }
  return []
}

export function conditionOf(f: Field, operator: Operator, h: Held): Condition {
  const c: Condition = { field_id: f.field_id, operator: 'OPERATOR_' + operator }
  if (operator === 'IS_EMPTY' || operator === 'IS_NOT_EMPTY') return c
  switch (editorOf(f)) {
    case 'number':
      return { ...c, number_value: { value: Number(h.text) || 0 } }
    case 'check':
      return { ...c, bool_value: { value: h.on } }
    case 'date':
    case 'time':
      return { ...c, date_time_value: { type: 'DATE_TIME_TYPE_DETAIL_DATE', value: [String(parse(h.text) * 1000)] } }
    case 'people':
      return { ...c, user_value: { value: h.people.map((p) => p.userid) } }
    case 'one':
    case 'some':
      return { ...c, string_value: { value: h.options } }
  }
  return { ...c, string_value: { value: [h.text] } }
}

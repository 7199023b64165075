// Templates of approvals as their administrators design them.

import { kindName } from '@/shared/form/form'
import type { Control, Kind } from '@/shared/form/types'
import { say, type Pair } from '@/shared/words'

export type FlowNode = { type: number; rel: number; users: string[]; tag?: number; leader?: number; choose?: boolean }
export type Condition = { id: string; op: string; values: string[] }
export type Branch = { when: Condition[]; nodes: FlowNode[] }
export type Flow = { branches: Branch[]; nodes: FlowNode[] }
export type Template = {
  template_id: string
  names: { text: string; lang: string }[]
  controls: Control[]
  process: Flow
  version: string
  maker?: 'system' | 'provider' | 'app' | 'admin'
  people?: { userid: string; name: string }[]
}

/** A new control, with an id that is free and what its kind needs at least. */
export function freshControl(kind: Kind, taken: Control[]): Control {
  const ids = new Set<string>()
  const collect = (list: Control[]) => {
    for (const c of list) {
      ids.add(c.property.id)
      collect(c.config.table?.children ?? [])
    }
  }
  collect(taken)
  let n = 1
  while (ids.has(`${kind}-${n}`)) n++
  const titles = new Set(taken.map((c) => c.property.title[0]?.text))
  const name = kind === 'Attendance' ? attendanceTitles[3]! : kindName(kind)
  let title = name
  for (let i = 2; titles.has(title) && kind !== 'Attendance'; i++) title = name + i
  const fixed = kind === 'Attendance' || kind === 'Vacation'
  return { property: { control: kind, id: `${kind}-${n}`, title: [{ text: title, lang: 'zh_CN' }], placeholder: [], require: fixed ? 1 : 0, un_print: 0 }, config: configOf(kind) }
}

/** The titles of attendance are the platform's. */
export const attendanceTitles: Record<number, string> = { 3: '出差', 4: '外出', 5: '加班' }

function configOf(kind: Kind): Control['config'] {
  switch (kind) {
    case 'Date':
      return { date: { type: 'day' } }
    case 'DateRange':
      return { date_range: { type: 'halfday', official_holiday: 0, perday_duration: 86_400 } }
    case 'Selector':
      return { selector: { type: 'single', exp_type: 0, options: [1, 2].map((i) => ({ key: `option-${i}`, value: [{ text: say(['选项', 'Option ']) + i, lang: 'zh_CN' }] })) } }
    case 'Contact':
      return { contact: { type: 'single', mode: 'user' } }
    case 'Tips':
      return { tips: { tips_content: [{ text: { sub_text: [{ type: 1, content: { plain_text: { content: say(['请填写说明', 'An explanation']) } } }] }, lang: 'zh_CN' }] } }
    case 'File':
      return { file: { is_only_photo: 0 } }
    case 'Table':
      return { table: { children: [], stat_field: [] } }
    case 'Location':
      return { location: { distance: 0 } }
    case 'RelatedApproval':
      return { related_approval: { template_id: [] } }
    case 'Formula':
      return { formula: { expression: '' } }
    case 'Attendance':
      return { attendance: { type: 3, date_range: { type: 'halfday', official_holiday: 0, perday_duration: 86_400 } } }
  }
  return {}
}

/** A key for another option, one that none has. */
export function freshKey(options: { key: string }[]): string {
  let n = options.length + 1
  while (options.some((o) => o.key === `option-${n}`)) n++
  return `option-${n}`
}

/** Moves an element of a list by so many places. */
export function move<T>(list: T[], at: number, by: number): boolean {
  const to = at + by
  if (to < 0 || to >= list.length) return false
  list.splice(to, 0, ...list.splice(at, 1))
  return true
}

/** The controls whose values a condition compares. */
export const comparable = (controls: Control[]) => controls.filter((c) => ['Selector', 'Number', 'Money', 'Formula', 'DateRange', 'Attendance', 'Vacation'].includes(c.property.control))

/** The ways in which a condition may compare what it names. */
export function opsFor(controls: Control[], id: string): string[] {
  const c = controls.find((o) => o.property.id === id)
  return !c || c.property.control === 'Selector' ? ['in'] : ['gt', 'ge', 'lt', 'le']
}

const ops: Record<string, Pair> = { in: ['是其中之一', 'is one of'], gt: ['大于', 'is more than'], ge: ['不小于', 'is at least'], lt: ['小于', 'is less than'], le: ['不大于', 'is at most'] }
export const opName = (op: string) => (ops[op] ? say(ops[op]) : op)

/** What is still wrong with a template, as the place of a control and words, before the server is asked. */
export function problemOf(t: Pick<Template, 'names' | 'controls' | 'process'>): string {
  if (!t.names[0]?.text.trim()) return say(['请填写模板名称', 'Give the template a name'])
  if (!t.controls.length) return say(['请至少添加一个控件', 'Add a control at least'])
  for (const c of t.controls) {
    const title = c.property.title[0]?.text.trim() ?? ''
    if (!title) return say(['每个控件都需要名称', 'Each control needs a title'])
    if (c.property.control === 'Table' && !c.config.table?.children.length) return say([`“${title}”里还没有控件`, `${title} has no controls in it`])
  }
  const nodes = [...t.process.nodes, ...t.process.branches.flatMap((b) => b.nodes)]
  if (nodes.some((n) => !n.choose && !n.leader && !n.tag && !n.users.length)) return say(['流程中有节点还没有人员', 'A node of the process has nobody in it'])
  if (t.process.branches.some((b) => !b.when.length || b.when.some((c) => !c.id || !c.values.length || !c.values[0]))) return say(['条件分支需要写明条件', 'A branch needs its conditions'])
  return ''
}

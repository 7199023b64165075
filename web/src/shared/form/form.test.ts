import { afterEach, expect, test } from 'vitest'
import { lang } from '../words'
import { compute, contentsOf, durationText, filledOf, hidden, lengthOf, missing, shownOf, textOf, type Filled } from './form'
import type { Content, Control, Kind } from './types'

afterEach(() => {
  lang.value = 'zh'
})

const control = (kind: Kind, id: string, more: Partial<Control['config']> = {}, require = 0): Control => ({
  property: { control: kind, id, title: [{ text: id, lang: 'zh_CN' }], require, un_print: 0 },
  config: more,
})
const option = (key: string) => ({ key, value: [{ text: '选项' + key, lang: 'zh_CN' }] })
const choice = control('Selector', 'Selector-1', {
  selector: { type: 'single', exp_type: 0, options: [option('a'), option('b')], op_relations: [{ key: 'a', relation_list: [{ related_control_id: 'Text-1', action: 1 }] }] },
})
const table = control('Table', 'Table-1', { table: { children: [control('Money', 'Money-1', {}, 1), control('Text', 'Text-2')] } }, 1)

test('a control is hidden until the option that shows it is chosen', () => {
  const controls = [choice, control('Text', 'Text-1', {}, 1)]
  expect([...hidden(controls, {})]).toEqual(['Text-1'])
  expect(missing(controls, {})).toEqual([])
  const chosen: Filled = { 'Selector-1': { selector: { type: 'single', options: [option('a')] } } }
  expect(hidden(controls, chosen).size).toBe(0)
  expect(missing(controls, chosen)).toEqual(['Text-1'])
  // What is hidden is not sent, even if something was written before.
  const other: Filled = { 'Selector-1': { selector: { type: 'single', options: [option('b')] } }, 'Text-1': { text: '不发' } }
  expect(contentsOf(controls, other).map((c) => c.id)).toEqual(['Selector-1'])
})

test('a row of a table is sent with all of its controls', () => {
  const filled: Filled = { 'Table-1': { rows: [{ 'Money-1': { new_money: '3' } }] } }
  expect(contentsOf([table], filled)).toEqual([
    { control: 'Table', id: 'Table-1', value: { children: [{ list: [{ control: 'Money', id: 'Money-1', value: { new_money: '3' } }, { control: 'Text', id: 'Text-2', value: {} }] }] } },
  ])
  expect(missing([table], {})).toEqual(['Table-1'])
  expect(missing([table], { 'Table-1': { rows: [{}] } })).toEqual(['Table-1/0/Money-1'])
})

test('what was sent can be filled in again', () => {
  const filled: Filled = { 'Table-1': { rows: [{ 'Money-1': { new_money: '3' } }] }, 'Text-9': { text: '甲' } }
  const controls = [table, control('Text', 'Text-9')]
  const again = filledOf(controls, contentsOf(controls, filled))
  expect(contentsOf(controls, again)).toEqual(contentsOf(controls, filled))
  expect(filledOf([table], [{ control: 'Text', id: 'Text-9', value: { text: '甲' } }])).toEqual({})
})

test('a formula adds up the rows of a table', () => {
  const filled: Filled = { 'Table-1': { rows: [{ 'Money-1': { new_money: '3' } }, { 'Money-1': { new_money: '4.5' } }] }, 'Number-1': { new_number: '2' } }
  expect(compute('{Money-1}*{Number-1}+1', filled)).toBe(16)
  expect(compute('({Money-1}-0.5)/{None}', filled)).toBe(0)
  expect(compute('-{Number-1}*(1+2)', filled)).toBe(-6)
})

test('half days last as long as the half that begins at the end', () => {
  expect(lengthOf({ type: 'halfday', new_begin: 0, new_end: 0 })).toBe(43200)
  expect(lengthOf({ type: 'hour', new_begin: 0, new_end: 5400 })).toBe(5400)
  expect(durationText('halfday', 129600)).toBe('1.5 天')
  lang.value = 'en'
  expect(durationText('hour', 3600)).toBe('1 hour')
})

test('what was filled in is read without what is empty or hidden', () => {
  const contents: Content[] = [
    { control: 'Text', id: '1', title: [{ text: '书名', lang: 'zh_CN' }, { text: 'Title', lang: 'en' }], value: { text: '甲' } },
    { control: 'Text', id: '2', value: { text: '' } },
    { control: 'Text', id: '3', value: { text: '乙' }, hidden: 1 },
    { control: 'File', id: '4', value: { files: [{ file_id: 'm', file_name: 'a.PNG', file_size: 3 }] } },
    { control: 'Vacation', id: '5', value: { vacation: { selector: { type: 'single', options: [option('a')] }, attendance: { type: 1, date_range: { type: 'halfday', new_begin: 1767542400, new_end: 1767585600, new_duration: 86400 } } } } },
  ]
  const shown = shownOf(contents)
  expect(shown.map((s) => s.id)).toEqual(['1', '4', '5'])
  expect(shown[1]!.files![0]!.picture).toBe(true)
  expect(shown[2]!.text).toBe('选项a 2026-01-05 上午 — 2026-01-05 下午 (1 天)')
  lang.value = 'en'
  expect(textOf(contents[0]!.title)).toBe('Title')
})

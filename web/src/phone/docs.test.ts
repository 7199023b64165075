import { describe, expect, it } from 'vitest'
import { again, cellText, columnName, conditionOf, editorOf, heldOf, valueOf, type Block, type Field } from './docs'

const field = (type: string, more: Partial<Field> = {}): Field => ({ field_id: 'f1', field_title: 'f', field_type: 'FIELD_TYPE_' + type, edit: true, insert: true, ...more })
const paragraph = (text: string): Block => ({ begin: 0, end: text.length, runs: [{ text }] })

describe('documents', () => {
  it('names columns as spreadsheets do', () => {
    expect([0, 25, 26, 51, 701, 702].map(columnName)).toEqual(['A', 'Z', 'AA', 'AZ', 'ZZ', 'AAA'])
  })
  it('finds a paragraph again where another was put in, and none where it is in doubt', () => {
    const was = [paragraph('a'), paragraph('b')]
    expect(again(was, [paragraph('new'), paragraph('a'), paragraph('b')], 1)?.runs?.[0]?.text).toBe('b')
    expect(again(was, [paragraph('a'), paragraph('c')], 1)).toBeUndefined()
    expect(again(was, [paragraph('b'), paragraph('a'), paragraph('b')], 1)).toBeUndefined()
  })
  it('reads what it has written, for each field that it fills in', () => {
    for (const [type, v] of [
      ['TEXT', [{ type: 'text', text: '<b>a</b>' }]],
      ['NUMBER', 7.5],
      ['CHECKBOX', true],
      ['DATE_TIME', '1767196800000'],
      ['USER', [{ user_id: 'LiSi' }]],
      ['PHONE_NUMBER', '138'],
      ['URL', [{ type: 'url', link: 'https://a.example', text: 'a' }]],
    ] as const) {
      const f = field(type)
      expect(valueOf(f, heldOf(f, v, {})), type).toEqual(v)
    }
    const f = field('SINGLE_SELECT', { property_single_select: { options: [{ id: 'o1', text: '一' }], is_quick_add: true } })
    expect(valueOf(f, heldOf(f, [{ id: 'o1', text: '一' }], {}))).toEqual([{ id: 'o1' }])
    expect(valueOf(f, { ...heldOf(f, undefined, {}), options: ['新的'] })).toEqual([{ text: '新的' }])
    expect(editorOf(field('LOCATION'))).toBe('')
  })
  it('shows cells in words', () => {
    expect(cellText(field('NUMBER', { property_number: { decimal_places: 2, use_separate: true } }), 1234.5)).toBe('1,234.50')
    expect(cellText(field('USER'), [{ user_id: 'LiSi' }], { lisi: '李四' })).toBe('李四')
    expect(cellText(field('DATE_TIME', { property_date_time: { format: 'yyyy-mm-dd hh:mm' } }), '1767225600000')).toBe('2026-01-01 08:00')
    expect(cellText(field('REFERENCE'), ['r1', 'r2'])).toBe('r1、r2')
    expect(cellText(field('TEXT'), undefined)).toBe('')
  })
  it('asks by the value of the type', () => {
    const empty = heldOf(field('NUMBER'), undefined, {})
    expect(conditionOf(field('NUMBER'), 'IS_GREATER', { ...empty, text: '3' })).toEqual({ field_id: 'f1', operator: 'OPERATOR_IS_GREATER', number_value: { value: 3 } })
    expect(conditionOf(field('NUMBER'), 'IS_EMPTY', empty)).toEqual({ field_id: 'f1', operator: 'OPERATOR_IS_EMPTY' })
  })
})

import { expect, test } from 'vitest'
import type { Control } from '@/shared/form/types'
import { freshControl, freshKey, move, opsFor, problemOf, type Flow } from './approvals'

test('a new control has an id and a title that are free, also beside those in tables', () => {
  const money = freshControl('Money', [])
  expect(money.property.id).toBe('Money-1')
  const table = freshControl('Table', [])
  table.config.table!.children.push(money)
  const second = freshControl('Money', [table])
  expect(second.property.id).toBe('Money-2')
  expect(freshControl('Money', [second]).property.title[0]!.text).not.toBe(second.property.title[0]!.text)
  expect(freshControl('Attendance', []).property).toMatchObject({ require: 1, title: [{ text: '出差', lang: 'zh_CN' }] })
  expect(freshKey([{ key: 'option-1' }, { key: 'option-3' }])).toBe('option-4')
})

test('elements move within their list and not out of it', () => {
  const list = [1, 2, 3]
  expect(move(list, 0, -1)).toBe(false)
  expect(move(list, 0, 1)).toBe(true)
  expect(list).toEqual([2, 1, 3])
})

test('what a condition names decides how it compares', () => {
  const controls: Control[] = [freshControl('Selector', []), freshControl('Money', [])]
  expect(opsFor(controls, 'Selector-1')).toEqual(['in'])
  expect(opsFor(controls, 'department')).toEqual(['in'])
  expect(opsFor(controls, 'Money-1')).toContain('gt')
})

test('what is missing is said before anything is sent', () => {
  const process: Flow = { branches: [], nodes: [{ type: 1, rel: 1, users: ['lisi'] }] }
  const names = [{ text: '采购', lang: 'zh_CN' }]
  const controls = [freshControl('Money', [])]
  expect(problemOf({ names, controls, process })).toBe('')
  expect(problemOf({ names: [{ text: ' ', lang: 'zh_CN' }], controls, process })).not.toBe('')
  expect(problemOf({ names, controls: [], process })).not.toBe('')
  expect(problemOf({ names, controls: [freshControl('Table', [])], process })).not.toBe('')
  expect(problemOf({ names, controls, process: { branches: [], nodes: [{ type: 1, rel: 1, users: [] }] } })).not.toBe('')
  expect(problemOf({ names, controls, process: { branches: [{ when: [], nodes: [] }], nodes: [] } })).not.toBe('')
})

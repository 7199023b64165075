import { expect, test } from 'vitest'
import { build } from './departments'
import { emptyChart, find, left, reveal, some, walk } from './orgchart'

const tree = build([
  [1, 0, '晴川科技', 0, 1],
  [2, 1, '研发中心', 2, 0],
  [3, 1, '市场部', 1, 4],
  [4, 2, '研发 平台组', 0, 3],
  ...Array.from({ length: 100 }, (_, i) => [100 + i, 3, `门店 ${i}`, 1000 - i, 1] as [number, number, string, number, number]),
])

test('only what was opened is drawn', () => {
  const chart = emptyChart()
  expect(walk(chart, tree.roots).map((d) => d.id)).toEqual([1])
  chart.open.add(1).add(2)
  expect(walk(chart, tree.roots).map((d) => d.id)).toEqual([1, 2, 4, 3])
})

test('of very many departments some are drawn', () => {
  const chart = emptyChart()
  chart.open.add(1).add(3)
  expect(walk(chart, tree.roots)).toHaveLength(3 + some)
  expect(left(chart, tree.byID.get(3)!)).toBe(100 - some)
})

test('what is looked for is drawn, however far down it stands', () => {
  const chart = emptyChart()
  reveal(chart, tree.byID, 185)
  const ids = walk(chart, tree.roots).map((d) => d.id)
  expect(ids).toContain(185)
  expect(ids).not.toContain(4)
  expect(left(chart, tree.byID.get(3)!)).toBe(0)
})

test('departments are found by all of the words, those near the top first', () => {
  expect(find(tree.byID, '研发').map((d) => d.id)).toEqual([2, 4])
  expect(find(tree.byID, '平台 研发').map((d) => d.id)).toEqual([4])
  expect(find(tree.byID, '100').map((d) => d.id)).toEqual([100])
  expect(find(tree.byID, '  ')).toEqual([])
})

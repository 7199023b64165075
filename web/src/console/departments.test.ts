import { expect, test } from 'vitest'
import { build, visible } from './departments'

const { roots, byID } = build([
  [1, 0, '公司', 1, 1],
  [3, 1, '市场', 10, 2],
  [2, 1, '研发', 20, 3],
  [4, 2, '平台组', 5, 4],
])

test('the larger order comes first, and members are counted upward', () => {
  expect(roots[0]!.children.map((d) => d.name)).toEqual(['研发', '市场'])
  expect(byID.get(1)!.all).toBe(10)
  expect(byID.get(2)!.all).toBe(7)
  expect(byID.get(4)!.depth).toBe(2)
})

test('only what is open is shown, and a search shows the way to what it finds', () => {
  expect(visible(roots, new Set(), '').map((d) => d.id)).toEqual([1])
  expect(visible(roots, new Set([1]), '').map((d) => d.id)).toEqual([1, 2, 3])
  expect(visible(roots, new Set(), '平台').map((d) => d.id)).toEqual([1, 2, 4])
  expect(visible(roots, new Set(), 'nothing')).toEqual([])
})

test('a department whose parent is out of sight is a root', () => {
  expect(build([[7, 3, '华东', 1, 0]]).roots.map((d) => d.id)).toEqual([7])
})

test('30,000 departments are built and opened in a moment', () => {
  const rows = Array.from({ length: 30_000 }, (_, i): [number, number, string, number, number] => [i + 1, i === 0 ? 0 : Math.floor((i - 1) / 10) + 1, `部门${i}`, 30_000 - i, 1])
  const start = performance.now()
  const big = build(rows)
  const list = visible(big.roots, new Set(big.byID.keys()), '')
  expect(list.length).toBe(30_000)
  expect(performance.now() - start).toBeLessThan(1000)
})

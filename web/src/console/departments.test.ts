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

test('30,000 departments are built and opened with one look at each', () => {
  const n = 30_000
  const looks = { row: 0, id: 0, open: 0 }
  const rows = new Proxy(
    Array.from({ length: n }, (_, i): [number, number, string, number, number] => [i + 1, i === 0 ? 0 : Math.floor((i - 1) / 10) + 1, `部门${i}`, n - i, 1]),
    {
      get(list, key, self) {
        if (typeof key === 'string' && /^\d+$/.test(key)) looks.row++
        return Reflect.get(list, key, self)
      },
    },
  )
  const find = Map.prototype.get
  Map.prototype.get = function (this: Map<unknown, unknown>, key: unknown) {
    looks.id++
    return find.call(this, key)
  }
  let big
  try {
    big = build(rows)
  } finally {
    Map.prototype.get = find
  }
  class Open extends Set<number> {
    override has(id: number) {
      looks.open++
      return super.has(id)
    }
  }
  expect(visible(big.roots, new Open(big.byID.keys()), '').length).toBe(n)
  expect(looks).toEqual({ row: n, id: n, open: n })
}, 60_000) // which only catches a hang

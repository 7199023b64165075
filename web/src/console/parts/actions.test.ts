import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { actionWords } from './actions'

test('whatever an admin does has words in the audit log', () => {
  const folder = new URL('../../../../internal/console/', import.meta.url)
  const found = new Set<string>()
  for (const name of readdirSync(folder)) {
    if (!name.endsWith('.go') || name.endsWith('_test.go')) continue
    for (const m of readFileSync(new URL(name, folder), 'utf8').matchAll(/done\{"([a-z_]+\.[a-z_.]*[a-z_])"/g)) found.add(m[1]!)
  }
  expect(found.size).toBeGreaterThan(80)
  expect([...found].filter((action) => actionWords(action) === '')).toEqual([])
})

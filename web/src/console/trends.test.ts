import { expect, test } from 'vitest'
import { labelOf, shortOf, total, type Point } from './trends'

test('steps are named by the reader’s clock', () => {
  const at = new Date(2026, 11, 1, 6, 5).toISOString()
  expect(labelOf(at)).toBe('12-01 06:05')
  expect(shortOf(1)('12-01 06:05')).toBe('06:05')
  expect(shortOf(15)('12-01 06:05')).toBe('06:05')
  expect(shortOf(60)('12-01 06:05')).toBe('12/01')
})

test('sums', () => {
  const p = { at: '', calls: 2, refused: 1, p50_ms: 1, p95_ms: 2, p99_ms: 3, delivered: 0, retried: 0, failed: 4, entered: 0, turned: 0 } satisfies Point
  expect(total([p, { ...p, calls: 5 }], 'calls')).toBe(7)
  expect(total([], 'failed')).toBe(0)
})

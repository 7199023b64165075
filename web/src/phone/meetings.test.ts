import { expect, test } from 'vitest'
import { canJoin, spaced, there, type Meeting, type Person } from './meetings'

test('a number is read in threes', () => {
  expect(spaced('123456789')).toBe('123 456 789')
  expect(spaced('12')).toBe('12')
})

test('one who is in or waits does not join again, and nobody joins what is over', () => {
  const m = { status: 1, inside: false, waiting: false } as Meeting
  expect(canJoin(m)).toBe(true)
  expect(canJoin({ ...m, status: 2 })).toBe(true)
  expect(canJoin({ ...m, inside: true })).toBe(false)
  expect(canJoin({ ...m, waiting: true })).toBe(false)
  for (const status of [3, 4, 5]) expect(canJoin({ ...m, status })).toBe(false)
})

test('who is there with two devices is named once', () => {
  const people = [{ tmp_openid: 'a', waiting: false }, { tmp_openid: 'a', waiting: false }, { tmp_openid: 'b', waiting: true }] as Person[]
  expect(there(people).inside.map((p) => p.tmp_openid)).toEqual(['a'])
  expect(there(people).waiting.map((p) => p.tmp_openid)).toEqual(['b'])
})

import { expect, test } from 'vitest'
import { labelled, percent, points, scale } from './series'

test('a scale begins at 0, is round and covers the largest value', () => {
  expect(scale(0)).toEqual([0, 1])
  expect(scale(1)).toEqual([0, 1])
  expect(scale(3)).toEqual([0, 1, 2, 3])
  expect(scale(97)).toEqual([0, 50, 100])
  expect(scale(1000)).toEqual([0, 500, 1000])
  for (let max = 1; max < 5000; max += 7) {
    const s = scale(max)
    expect(s[s.length - 1]).toBeGreaterThanOrEqual(max)
    expect(s.length).toBeLessThanOrEqual(6)
  }
})

test('points go from left to right, and large values up', () => {
  expect(points([0, 5, 10], 10, 100, 50)).toBe('0.0,50.0 50.0,25.0 100.0,0.0')
  expect(points([3], 3, 100, 50)).toBe('0.0,0.0')
})

test('the first and the last day are written', () => {
  expect(labelled(3, 6)).toEqual([0, 1, 2])
  expect(labelled(30, 5)).toEqual([0, 7, 15, 22, 29])
})

test('a part of nothing is no number', () => {
  expect(percent(1, 0)).toBe('–')
  expect(percent(1, 3)).toBe('33.3%')
  expect(percent(3, 3)).toBe('100%')
})

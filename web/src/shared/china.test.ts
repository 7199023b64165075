import { expect, test } from 'vitest'
import { clock, dayText, midnight, month, monthPage, parse, timeText, weekday } from './china'

const noon = 1767585600 // 2026-01-05 12:00 in China

test('a time is written and read in China, whatever zone the browser is in', () => {
  expect(timeText(noon)).toBe('2026-01-05T12:00')
  expect(dayText(noon)).toBe('2026-01-05')
  expect(clock(noon)).toBe('12:00')
  expect(parse('2026-01-05T12:00')).toBe(noon)
  expect(parse('2026-01-05')).toBe(noon - 12 * 3600)
  expect(parse('')).toBe(0)
  expect(midnight(noon)).toBe(noon - 12 * 3600)
  expect(midnight(midnight(noon))).toBe(midnight(noon))
  expect(midnight(midnight(noon) - 1)).toBe(midnight(noon) - 86400)
})

test('a month is shown in whole weeks from Monday', () => {
  const days = monthPage(noon)
  expect(days.length % 7).toBe(0)
  expect(weekday(days[0]!)).toBe(0)
  expect(dayText(days[0]!)).toBe('2025-12-29')
  expect(dayText(days.at(-1)!)).toBe('2026-02-01')
  expect(dayText(month(noon, 1))).toBe('2026-02-01')
  expect(dayText(month(noon, -1))).toBe('2025-12-01')
})

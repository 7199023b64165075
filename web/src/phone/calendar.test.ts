import { afterEach, expect, test } from 'vitest'
import { parse, setServerTime } from '@/shared/china'
import { lang } from '@/shared/words'
import { onDay, repeatText, spanText, type Shown } from './calendar'

afterEach(() => {
  lang.value = 'zh'
})

const at = (text: string) => parse(text)
const one = (from: string, to: string, whole = false): Shown => ({ schedule_id: from, cal_id: '', summary: '', start_time: at(from), end_time: at(to), is_whole_day: whole, repeats: false })

test('a day has what takes some of it, whole days first', () => {
  const list = [one('2026-01-05T09:00', '2026-01-05T10:00'), one('2026-01-04T23:00', '2026-01-05T00:00'), one('2026-01-04T23:00', '2026-01-05T01:00'), one('2026-01-05T00:00', '2026-01-06T00:00', true), one('2026-01-06T00:00', '2026-01-06T01:00')]
  expect(onDay(list, at('2026-01-05')).map((s) => list.indexOf(s))).toEqual([3, 2, 0])
})

test('a span names its days by the server', () => {
  setServerTime(at('2026-01-05T08:00'))
  expect(spanText(one('2026-01-05T09:00', '2026-01-05T10:00'))).toBe('今天 09:00–10:00')
  expect(spanText(one('2026-01-05T23:00', '2026-01-06T01:00'))).toBe('今天 23:00–明天 01:00')
  expect(spanText(one('2026-01-05T00:00', '2026-01-06T00:00', true))).toBe('今天 全天')
  lang.value = 'en'
  expect(spanText(one('2026-01-05T00:00', '2026-01-07T00:00', true))).toBe('Today – Tomorrow, all day')
})

test('a rhythm is said in words', () => {
  const r = { is_repeat: true, repeat_type: 1, repeat_until: at('2026-03-01'), is_custom_repeat: true, repeat_interval: 2, repeat_day_of_week: [1], repeat_day_of_month: [] }
  expect(repeatText(r)).toBe('每周（每 2 次），至 2026-03-01')
  expect(repeatText({ ...r, is_repeat: false })).toBe('')
})

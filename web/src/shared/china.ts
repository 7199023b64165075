// Days and times in China, whose clock the platform's forms, bookings and days
// follow wherever the browser is.

const offset = 8 * 3600
export const day = 86_400

// The server's clock may be another than the browser's: in `qiwei dev` it is moved.
let ahead = 0
export function setServerTime(now: number) {
  ahead = now - Date.now() / 1000
}
/** The server's time in Unix seconds. */
export const now = () => Math.floor(Date.now() / 1000 + ahead)

/** When the day of a time begins. */
export const midnight = (at: number) => at - ((((at + offset) % day) + day) % day)

const iso = (at: number) => new Date((at + offset) * 1000).toISOString()

/** 2026-01-05, as a field for a day has it. */
export const dayText = (at: number) => iso(at).slice(0, 10)
/** 2026-01-05T09:30, as a field for a time has it. */
export const timeText = (at: number) => iso(at).slice(0, 16)
/** 09:30 */
export const clock = (at: number) => iso(at).slice(11, 16)

/** Unix seconds of a field's text; 0 where there is none. */
export function parse(text: string): number {
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d)?/.test(text)) return 0
  const at = Date.parse(text.length === 10 ? `${text}T00:00:00Z` : `${text.slice(0, 16)}:00Z`)
  return Number.isNaN(at) ? 0 : at / 1000 - offset
}

export const weekday = (at: number) => (new Date((at + offset) * 1000).getUTCDay() + 6) % 7 // from Monday

/** The first moment of a month: 0 is that of at, 1 the next. */
export function month(at: number, add = 0): number {
  const d = new Date((at + offset) * 1000)
  return Date.UTC(d.getUTCFullYear(), d.getUTCMonth() + add, 1) / 1000 - offset
}

/** The days that a page of a calendar shows for a month: whole weeks from Monday. */
export function monthPage(at: number): number[] {
  const first = month(at)
  const begin = first - weekday(first) * day
  const weeks = Math.ceil((month(at, 1) - begin) / (7 * day))
  return Array.from({ length: weeks * 7 }, (_, i) => begin + i * day)
}

/** Text of a time in a language. */
export function format(at: number, lang: 'zh' | 'en', o: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat(lang === 'zh' ? 'zh-CN' : 'en-GB', { timeZone: 'Asia/Shanghai', hourCycle: 'h23', ...o }).format(at * 1000)
}

// Times as a messenger shows them.

import { lang, say } from '@/shared/words'

const locale = () => (lang.value === 'zh' ? 'zh-CN' : 'en-GB')
const day = (d: Date) => new Date(d.getFullYear(), d.getMonth(), d.getDate()).getTime()
const format = (d: Date, o: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale(), o).format(d)

/** Short, for the list: the time today, the day before, the date else. */
export function short(iso: string, now = new Date()): string {
  const d = new Date(iso)
  const days = Math.round((day(now) - day(d)) / 86_400_000)
  if (days === 0) return format(d, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  if (days === 1) return say(['昨天', 'Yesterday'])
  if (days > 1 && days < 7) return format(d, { weekday: 'short' })
  if (d.getFullYear() === now.getFullYear()) return format(d, { month: 'numeric', day: 'numeric' })
  return format(d, { year: 'numeric', month: 'numeric', day: 'numeric' })
}

/** Between messages: with the day, where that is not today. */
export function long(iso: string, now = new Date()): string {
  const d = new Date(iso)
  const time = format(d, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  return day(now) === day(d) ? time : short(iso, now).includes(':') ? time : `${format(d, { year: d.getFullYear() === now.getFullYear() ? undefined : 'numeric', month: 'short', day: 'numeric' })} ${time}`
}

export function size(bytes: number): string {
  if (bytes < 1024) return bytes + ' B'
  if (bytes < 1 << 20) return (bytes / 1024).toFixed(bytes < 10240 ? 1 : 0) + ' KB'
  return (bytes / (1 << 20)).toFixed(1) + ' MB'
}

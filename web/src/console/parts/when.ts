import { lang } from '@/shared/words'

/** A time as people write it: hours today, the date before. */
export function when(at: string | Date, exact = false): string {
  const t = typeof at === 'string' ? new Date(at) : at
  const locale = lang.value === 'zh' ? 'zh-CN' : 'en-GB'
  if (exact) return t.toLocaleString(locale, { hour12: false })
  const clock = t.toLocaleTimeString(locale, { hour12: false })
  return t.toDateString() === new Date().toDateString() ? clock : `${t.toLocaleDateString(locale)} ${clock}`
}

/** JSON as people read it; other text as it is. */
export function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

export function bytes(n: number): string {
  return n < 1024 ? `${n} B` : n < 1 << 20 ? `${(n / 1024).toFixed(1)} kB` : `${(n / (1 << 20)).toFixed(1)} MB`
}

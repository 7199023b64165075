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
  if (/^\s*<[A-Za-z]/.test(text)) return prettyXml(text)
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

/** An element a line, each as deep as it lies. What an element says stays beside it. */
function prettyXml(text: string): string {
  const parts = text.match(/<!\[CDATA\[[\s\S]*?\]\]>|<[^>]+>|[^<]+/g) ?? []
  const lines: string[] = []
  let depth = 0
  let inside = false // an element that has said nothing but text so far
  for (const p of parts) {
    if (p.startsWith('</')) {
      depth--
      if (inside) lines[lines.length - 1] += p
      else lines.push('  '.repeat(Math.max(0, depth)) + p)
      inside = false
    } else if (p.startsWith('<') && !p.startsWith('<![')) {
      lines.push('  '.repeat(Math.max(0, depth)) + p)
      inside = !/^<[?!]|\/>$/.test(p)
      if (inside) depth++
    } else if (inside) lines[lines.length - 1] += p
    else if (p.trim()) lines.push(p.trim())
  }
  return lines.map((l) => (/>\s+$/.test(l) ? l.trimEnd() : l)).join('\n')
}

export function bytes(n: number): string {
  return n < 1024 ? `${n} B` : n < 1 << 20 ? `${(n / 1024).toFixed(1)} kB` : `${(n / (1 << 20)).toFixed(1)} MB`
}

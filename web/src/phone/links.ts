// Where links lead. Messages are written by applications, so an address may be
// anything: only http and https are followed.

import { me } from './store'

/** WeCom's own hosts whose pages this server has. */
const wecom = ['open.weixin.qq.com', 'open.work.weixin.qq.com', 'login.work.weixin.qq.com', 'qyapi.weixin.qq.com']

/**
 * The address to follow, or undefined where it is none that a page may follow. A
 * link to this server, under whichever of its names, becomes a path; so does one to
 * WeCom's pages of web authorisation, which this server has: the member is signed in
 * here, not there.
 */
export function follow(url: string | undefined, base = me.value?.base_url ?? ''): string | undefined {
  if (!url) return undefined
  let u: URL
  try {
    u = new URL(url.trim())
  } catch {
    return /^\/(?!\/)[^\s\\]*$/.test(url) ? url : undefined
  }
  if (u.protocol !== 'http:' && u.protocol !== 'https:') return undefined
  if (own(u, base)) return u.pathname + u.search + u.hash
  if (wecom.includes(u.hostname) && (u.pathname.startsWith('/connect/') || u.pathname.startsWith('/wwopen/') || u.pathname.startsWith('/wwlogin/')))
    return u.pathname + u.search + u.hash
  return u.href
}

function own(u: URL, base: string): boolean {
  if (globalThis.location && u.origin === location.origin) return true
  try {
    return base !== '' && new URL(base).origin === u.origin
  } catch {
    return false
  }
}

/** Whether the address is of another server, and its host. */
export function outside(url: string): string {
  try {
    return new URL(url).host
  } catch {
    return '' // a path
  }
}

/** Opens a link beside the phone. */
export function openLink(url: string | undefined): boolean {
  const to = follow(url)
  if (!to) return false
  window.open(to, '_blank', 'noopener')
  return true
}

export type Piece = { text: string; href?: string }

/** Cuts a text into pieces: what is between <a> and </a>, and bare addresses, lead somewhere. */
export function pieces(text: string): Piece[] {
  const out: Piece[] = []
  const add = (t: string) => t !== '' && bare(t, out)
  let rest = text
  for (;;) {
    const m = /<a\s+[^>]*?href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))[^>]*>([\s\S]*?)<\/a>/i.exec(rest)
    if (!m) break
    add(rest.slice(0, m.index))
    const href = follow(unescape(m[1] ?? m[2] ?? m[3]))
    out.push({ text: unescape(m[4]), href })
    rest = rest.slice(m.index + m[0].length)
  }
  add(rest)
  return out
}

function bare(text: string, out: Piece[]) {
  let from = 0
  for (const m of text.matchAll(/https?:\/\/[^\s<>"'，。；！？、（）《》】」]+/g)) {
    const url = m[0].replace(/[.,;:!?)\]]+$/, '')
    if (m.index > from) out.push({ text: text.slice(from, m.index) })
    out.push({ text: url, href: follow(url) })
    from = m.index + url.length
  }
  if (from < text.length) out.push({ text: text.slice(from) })
}

export function unescape(text: string): string {
  return text.replace(/&(lt|gt|quot|amp|nbsp|#39);/g, (_, name: string) => ({ lt: '<', gt: '>', quot: '"', amp: '&', nbsp: '\u00a0', '#39': "'" })[name]!)
}

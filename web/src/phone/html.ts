// The HTML of an article (mpnews), drawn from a list of what may be in it. What an
// application wrote is parsed without being run, and made anew element by element:
// nothing of it that is not named here reaches the page.

import { h, type VNodeChild } from 'vue'
import { follow } from './links'
import Picture from './parts/Picture.vue'

const allowed = new Set(
  'p br hr div span section article header footer h1 h2 h3 h4 h5 h6 strong b em i u s del ins sub sup small mark blockquote pre code ul ol li dl dt dd table thead tbody tfoot tr th td caption figure figcaption font center'.split(' '),
)
/** Elements whose content is no text for people. */
const dropped = new Set('script style template noscript iframe object embed svg math head title meta link base form input button select textarea audio video canvas'.split(' '))
const renamed: Record<string, string> = { font: 'span', center: 'div', h1: 'h2' }

export function article(html: string): VNodeChild[] {
  return children(new DOMParser().parseFromString(html, 'text/html').body, 0)
}

function children(of: Node, depth: number): VNodeChild[] {
  return depth > 60 ? [of.textContent ?? ''] : [...of.childNodes].map((n) => draw(n, depth + 1))
}

function draw(n: Node, depth: number): VNodeChild {
  if (n.nodeType === Node.TEXT_NODE) return n.textContent
  if (!(n instanceof Element)) return null
  const name = n.localName
  if (dropped.has(name)) return null
  if (name === 'img') {
    const src = n.getAttribute('src') || n.getAttribute('data-src')
    return src ? h(Picture, { src, alt: n.getAttribute('alt') ?? '' }) : null
  }
  if (name === 'a') {
    const to = follow(n.getAttribute('href') ?? '')
    return to ? h('a', { href: to, target: '_blank', rel: 'noopener' }, children(n, depth)) : h('span', children(n, depth))
  }
  if (!allowed.has(name)) return h('span', children(n, depth))
  const span: Record<string, string> = {}
  for (const key of ['colspan', 'rowspan']) {
    const v = n.getAttribute(key)
    if ((name === 'td' || name === 'th') && v && /^\d{1,2}$/.test(v)) span[key] = v
  }
  const align = /text-align\s*:\s*(left|center|right)/i.exec(n.getAttribute('style') ?? '')?.[1] ?? (name === 'center' ? 'center' : undefined)
  return h(renamed[name] ?? name, { ...span, style: align ? { textAlign: align } : undefined }, name === 'br' || name === 'hr' ? undefined : children(n, depth))
}

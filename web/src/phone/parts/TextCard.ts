// The description of a text card: plain text with br, and div of the classes gray,
// highlight and normal. Everything else that looks like an element is left out.

import { defineComponent, h, type VNodeChild } from 'vue'
import { unescape } from '../links'

export type Part = { class: '' | 'gray' | 'highlight' | 'normal'; text: string }

export function partsOf(text: string): Part[] {
  const out: Part[] = []
  let tone: Part['class'] = ''
  let block = false
  const add = (t: string) => {
    if (t === '' || (block && t.trim() === '')) return
    const last = out[out.length - 1]
    if (last && last.class === tone && !block) last.text += t
    else out.push({ class: tone, text: t })
    block = false
  }
  for (const bit of text.split(/(<[^<>]*>)/)) {
    const m = /^<\s*(\/?)\s*([a-z]+)([^<>]*)>$/i.exec(bit)
    if (!m) {
      add(unescape(bit))
    } else if (m[2].toLowerCase() === 'br') {
      add('\n')
    } else if (m[2].toLowerCase() === 'div') {
      const named = /class\s*=\s*["']?\s*(gray|highlight|normal)\b/i.exec(m[3])
      tone = m[1] ? '' : ((named?.[1].toLowerCase() ?? '') as Part['class'])
      block = true
    }
  }
  return out
}

export default defineComponent({
  props: { text: { type: String, required: true } },
  setup: (p) => () =>
    h(
      'div',
      { class: 'tc' },
      partsOf(p.text).map((x): VNodeChild => h('div', { class: x.class ? 'tc-' + x.class : undefined }, x.text)),
    ),
})

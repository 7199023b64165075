// Draws the tree of markdown.ts. Only elements are made here, never HTML.

import { defineComponent, h, type VNodeChild } from 'vue'
import { follow } from '../links'
import { parse, type Block, type Node } from '../markdown'
import Picture from './Picture.vue'

function draw(nodes: Node[]): VNodeChild[] {
  return nodes.map((n): VNodeChild => {
    switch (n.kind) {
      case 'text':
        return n.text
      case 'bold':
        return h('strong', draw(n.of))
      case 'italic':
        return h('em', draw(n.of))
      case 'struck':
        return h('s', draw(n.of))
      case 'code':
        return h('code', n.text)
      case 'colour':
        return h('span', { class: 'c-' + n.colour }, draw(n.of))
      case 'link': {
        const to = follow(n.url)
        return to ? h('a', { href: to, target: '_blank', rel: 'noopener' }, draw(n.of)) : h('span', draw(n.of))
      }
      case 'picture':
        return h('span', { class: 'pic' }, [h(Picture, { src: n.url, alt: n.text })])
      case 'mention':
        return h('span', { class: 'mention' }, '@' + n.who)
      case 'break':
        return h('br')
    }
  })
}

function blocks(list: Block[]): VNodeChild[] {
  return list.map((b): VNodeChild => {
    switch (b.kind) {
      case 'heading':
        return h('p', { class: 'h h' + b.level }, draw(b.of))
      case 'text':
        return h('p', draw(b.of))
      case 'quote':
        return h('blockquote', blocks(b.of))
      case 'code':
        return h('pre', { tabindex: 0 }, h('code', b.text))
      case 'list':
        return h(
          b.ordered ? 'ol' : 'ul',
          b.ordered ? { start: b.from } : {},
          b.items.map((item) => h('li', blocks(item))),
        )
      case 'table':
        return h('div', { class: 'wide', tabindex: 0 }, [
          h('table', [
            h('thead', h('tr', b.head.map((c) => h('th', draw(c))))),
            h('tbody', b.rows.map((r) => h('tr', r.map((c) => h('td', draw(c)))))),
          ]),
        ])
      case 'rule':
        return h('hr')
    }
  })
}

export default defineComponent({
  props: { text: { type: String, required: true } },
  setup: (p) => () => h('div', { class: 'md' }, blocks(parse(p.text))),
})

// The markdown of messages: the few forms that applications may use (headings, bold,
// links, code, quotes, coloured text) and those that robots may besides (lists,
// tables, pictures, rules, slanted and struck text). It is read into a tree that is
// drawn by elements; no HTML of a message ever reaches the page.

export type Node =
  | { kind: 'text'; text: string }
  | { kind: 'bold' | 'italic' | 'struck'; of: Node[] }
  | { kind: 'code'; text: string }
  | { kind: 'colour'; colour: 'info' | 'comment' | 'warning'; of: Node[] }
  | { kind: 'link'; url: string; of: Node[] }
  | { kind: 'picture'; url: string; text: string }
  | { kind: 'mention'; who: string }
  | { kind: 'break' }

export type Block =
  | { kind: 'heading'; level: number; of: Node[] }
  | { kind: 'text'; of: Node[] }
  | { kind: 'quote'; of: Block[] }
  | { kind: 'code'; text: string }
  | { kind: 'list'; ordered: boolean; from: number; items: Block[][] }
  | { kind: 'table'; head: Node[][]; rows: Node[][][] }
  | { kind: 'rule' }

/** How deep quotes and lists go; deeper ones are text. */
const deepest = 6

export function parse(text: string, depth = 0): Block[] {
  const lines = text.replace(/\r\n?/g, '\n').split('\n')
  const out: Block[] = []
  let para: string[] = []
  const end = () => {
    if (para.length > 0) out.push({ kind: 'text', of: inline(para.join('\n')) })
    para = []
  }
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]
    let m: RegExpExecArray | null
    if (line.trim() === '') {
      end()
    } else if ((m = /^\s{0,3}(`{3,}|~{3,})/.exec(line))) {
      end()
      const fence = m[1]
      const code: string[] = []
      for (i++; i < lines.length && !lines[i].trimStart().startsWith(fence); i++) code.push(lines[i])
      out.push({ kind: 'code', text: code.join('\n') })
    } else if ((m = /^\s{0,3}(#{1,6})\s+(.*?)\s*#*\s*$/.exec(line))) {
      end()
      out.push({ kind: 'heading', level: m[1].length, of: inline(m[2]) })
    } else if (/^\s{0,3}([-*_])(\s*\1){2,}\s*$/.test(line)) {
      end()
      out.push({ kind: 'rule' })
    } else if (depth < deepest && /^\s{0,3}>/.test(line)) {
      end()
      const inner: string[] = []
      for (; i < lines.length && /^\s{0,3}>/.test(lines[i]); i++) inner.push(lines[i].replace(/^\s{0,3}>\s?/, ''))
      i--
      out.push({ kind: 'quote', of: parse(inner.join('\n'), depth + 1) })
    } else if (depth < deepest && (m = /^(\s*)([-*+]|\d{1,9}[.)])\s+/.exec(line))) {
      end()
      const list = readList(lines, i, depth)
      out.push(list.block)
      i = list.next - 1
    } else if (line.includes('|') && i + 1 < lines.length && /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/.test(lines[i + 1]) && lines[i + 1].includes('|')) {
      end()
      const head = cells(line)
      const rows: Node[][][] = []
      for (i += 2; i < lines.length && lines[i].includes('|'); i++) rows.push(head.map((_, c) => cells(lines[i])[c] ?? []))
      i--
      out.push({ kind: 'table', head, rows })
    } else {
      para.push(line)
    }
  }
  end()
  return out
}

function readList(lines: string[], from: number, depth: number): { block: Block; next: number } {
  const mark = /^(\s*)([-*+]|\d{1,9}[.)])\s+/
  const first = mark.exec(lines[from])!
  const ordered = /\d/.test(first[2])
  const edge = first[1].length
  const items: string[][] = []
  let i = from
  for (; i < lines.length; i++) {
    const m = mark.exec(lines[i])
    if (m && m[1].length <= edge) {
      if (m[1].length < edge || /\d/.test(m[2]) !== ordered) break
      items.push([lines[i].slice(m[0].length)])
    } else if (lines[i].trim() === '') {
      const next = lines[i + 1]
      if (next === undefined || !(/^\s{2,}/.test(next) || mark.test(next))) break
      items[items.length - 1].push('')
    } else if (/^\s/.test(lines[i])) {
      items[items.length - 1].push(lines[i].replace(/^\s{1,4}/, ''))
    } else {
      break
    }
  }
  return {
    block: { kind: 'list', ordered, from: parseInt(first[2], 10) || 1, items: items.map((item) => parse(item.join('\n'), depth + 1)) },
    next: i,
  }
}

function cells(line: string): Node[][] {
  return line
    .trim()
    .replace(/^\||\|$/g, '')
    .split('|')
    .map((c) => inline(c.trim()))
}

const marks: [RegExp, (m: RegExpExecArray, depth: number) => Node][] = [
  [/^(`+)([\s\S]*?[^`])\1(?!`)/, (m) => ({ kind: 'code', text: m[2] })],
  [/^!\[([^\]\n]{0,500})\]\(\s*([^\s()]+)[^()\n]*\)/, (m) => ({ kind: 'picture', text: m[1], url: m[2] })],
  [/^\[([^\]\n]{1,500})\]\(\s*([^\s()]*(?:\([^\s()]*\)[^\s()]*)*)[^()\n]*\)/, (m, d) => ({ kind: 'link', url: m[2], of: inline(m[1], d) })],
  [/^<font\s+color\s*=\s*["']?(info|comment|warning)["']?\s*>([\s\S]*?)<\/font>/i, (m, d) => ({ kind: 'colour', colour: m[1].toLowerCase() as 'info', of: inline(m[2], d) })],
  [/^<@([A-Za-z0-9_@.-]{1,64})>/, (m) => ({ kind: 'mention', who: m[1] })],
  [/^\*\*(?=\S)([\s\S]*?\S)\*\*/, (m, d) => ({ kind: 'bold', of: inline(m[1], d) })],
  [/^__(?=\S)([\s\S]*?\S)__/, (m, d) => ({ kind: 'bold', of: inline(m[1], d) })],
  [/^~~(?=\S)([\s\S]*?\S)~~/, (m, d) => ({ kind: 'struck', of: inline(m[1], d) })],
  [/^\*(?=[^\s*])([^*\n]*[^\s*])\*/, (m, d) => ({ kind: 'italic', of: inline(m[1], d) })],
  [/^_(?=[^\s_])([^_\n]*[^\s_])_(?![A-Za-z0-9])/, (m, d) => ({ kind: 'italic', of: inline(m[1], d) })],
  [/^https?:\/\/[^\s<>"'`*，。；！？、（）]+/, (m) => ({ kind: 'link', url: m[0], of: [{ kind: 'text', text: m[0] }] })],
  [/^<br\s*\/?>/i, () => ({ kind: 'break' })],
]
const starts = /[`![<*_~\n\\]|https?:\/\//g

export function inline(text: string, depth = 0): Node[] {
  const out: Node[] = []
  const add = (t: string) => {
    if (t === '') return
    const last = out[out.length - 1]
    if (last?.kind === 'text') last.text += t
    else out.push({ kind: 'text', text: t })
  }
  if (depth > deepest) {
    add(text)
    return out
  }
  let rest = text
  let before = ''
  while (rest !== '') {
    starts.lastIndex = 0
    const s = starts.exec(rest)
    if (!s) {
      add(rest)
      break
    }
    add(rest.slice(0, s.index))
    if (s.index > 0) before = rest[s.index - 1]
    rest = rest.slice(s.index)
    if (rest[0] === '\n') {
      out.push({ kind: 'break' })
      rest = rest.slice(1)
      before = '\n'
      continue
    }
    if (rest[0] === '\\' && /^\\[\\`*_{}[\]()#+.!~>|-]/.test(rest)) {
      add(rest[1])
      before = rest[1]
      rest = rest.slice(2)
      continue
    }
    let found: RegExpExecArray | null = null
    // An underscore within a word is part of it.
    if (!(rest[0] === '_' && /[A-Za-z0-9]/.test(before))) {
      for (const [mark, make] of marks) {
        if ((found = mark.exec(rest))) {
          out.push(make(found, depth + 1))
          break
        }
      }
    }
    const used = found ? found[0].length : 1
    if (!found) add(rest[0])
    before = rest[used - 1]
    rest = rest.slice(used)
  }
  return out
}

/** The text without its marks, for one line of a list. */
export function plain(text: string): string {
  const of = (nodes: Node[]): string =>
    nodes
      .map((n) => ('of' in n ? of(n.of) : n.kind === 'text' || n.kind === 'code' ? n.text : n.kind === 'picture' ? n.text : n.kind === 'mention' ? '@' + n.who : ' '))
      .join('')
  const each = (blocks: Block[]): string =>
    blocks
      .map((b) => {
        switch (b.kind) {
          case 'heading':
          case 'text':
            return of(b.of)
          case 'quote':
            return each(b.of)
          case 'code':
            return b.text
          case 'list':
            return b.items.map(each).join(' ')
          case 'table':
            return b.head.map(of).join(' ')
        }
        return ''
      })
      .join(' ')
  return each(parse(text)).replace(/\s+/g, ' ').trim()
}

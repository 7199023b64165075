import { describe, expect, it } from 'vitest'
import { inline, parse, plain, type Block, type Node } from './markdown'

const text = (s: string): Node => ({ kind: 'text', text: s })

describe('inline', () => {
  const cases: [string, string, Node[]][] = [
    ['bold', 'a **b** c', [text('a '), { kind: 'bold', of: [text('b')] }, text(' c')]],
    ['code keeps its marks', '`**x**`', [{ kind: 'code', text: '**x**' }]],
    ['a link', '[去看](https://a.example/?q=1)', [{ kind: 'link', url: 'https://a.example/?q=1', of: [text('去看')] }]],
    ['coloured', '<font color="warning">急</font>', [{ kind: 'colour', colour: 'warning', of: [text('急')] }]],
    ['another colour is text', '<font color="red">x</font>', [text('<font color="red">x</font>')]],
    ['a mention', '<@lisi>', [{ kind: 'mention', who: 'lisi' }]],
    ['HTML is text', '<img src=x onerror=alert(1)>', [text('<img src=x onerror=alert(1)>')]],
    ['an underscore within a word', 'snake_case_name', [text('snake_case_name')]],
    ['a lonely star', '2 * 3 * 4', [text('2 * 3 * 4')]],
    ['slanted and struck', '*a* ~~b~~', [{ kind: 'italic', of: [text('a')] }, text(' '), { kind: 'struck', of: [text('b')] }]],
    ['a bare address', '见 https://a.example/x。', [text('见 '), { kind: 'link', url: 'https://a.example/x', of: [text('https://a.example/x')] }, text('。')]],
    ['a line break', 'a\nb', [text('a'), { kind: 'break' }, text('b')]],
    ['an escaped mark', '\\*x\\*', [text('*x*')]],
    ['a picture', '![图](https://a.example/p.png)', [{ kind: 'picture', text: '图', url: 'https://a.example/p.png' }]],
  ]
  it.each(cases)('%s', (_, from, want) => expect(inline(from)).toEqual(want))
})

describe('parse', () => {
  const kinds = (blocks: Block[]) => blocks.map((b) => b.kind)
  it('reads headings, quotes and text', () => {
    expect(kinds(parse('# 标题\n您好\n> 引用\n> 两行\n\n再见'))).toEqual(['heading', 'text', 'quote', 'text'])
  })
  it('keeps code as it is', () => {
    expect(parse('```go\nx := "**"\n```\n后')).toEqual([
      { kind: 'code', text: 'x := "**"' },
      { kind: 'text', of: [text('后')] },
    ])
  })
  it('reads lists within lists', () => {
    const [list] = parse('1. 一\n   - 甲\n   - 乙\n2. 二')
    expect(list.kind === 'list' && list.ordered && list.items.map(kinds)).toEqual([['text', 'list'], ['text']])
  })
  it('reads a table, and fills short rows', () => {
    const [table] = parse('| 甲 | 乙 |\n| --- | --- |\n| 1 |')
    expect(table.kind === 'table' && [table.head.length, table.rows[0].length]).toEqual([2, 2])
  })
  it('ends on whatever it is given', () => {
    for (const bad of ['>'.repeat(5000), '- '.repeat(2000), '['.repeat(3000), '*'.repeat(4000), '`'.repeat(3001), '<font color="info">'.repeat(300), '|'.repeat(2000) + '\n|-|', '_a'.repeat(3000), '1. \n'.repeat(500)]) {
      expect(parse(bad)).toBeDefined()
    }
  })
})

it('says in one line what a message says', () => {
  expect(plain('# 值班\n**您的会议室**已`预定`\n> <font color="info">开会</font>')).toBe('值班 您的会议室已预定 开会')
})

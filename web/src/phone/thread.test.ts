import { describe, expect, it } from 'vitest'
import { Reading, Thread } from './thread'
import type { Message } from './types'

const message = (no: number, more: Partial<Message> = {}): Message => ({ no, msgtype: 'text', from: 'app', sent_at: '2026-01-01T00:00:00Z', ...more })
const recalled = (no: number) => message(no, { recalled: true })
const seen = (t: Thread) => t.list.map((m) => m.no + (m.recalled ? ' recalled' : ''))

/** A server whose answers come when the test says. */
function slow<A>() {
  const answers: ((a: A) => void)[] = []
  return { ask: () => new Promise<A>((r) => answers.push(r)), answers }
}

describe('a conversation', () => {
  it('takes what it is told while it is read for the first time', async () => {
    const t = new Thread()
    const { ask, answers } = slow<Message[]>()
    const open = t.open(ask)
    t.tell(recalled(1))
    t.tell(message(2))
    answers[0]([message(1)])
    await open
    expect(seen(t)).toEqual(['1 recalled', '2'])
  })

  it('is not put back by an answer that was on its way', async () => {
    const t = new Thread()
    await t.open(async () => [message(1)])
    const { ask, answers } = slow<Message[]>()
    const again = t.open(ask)
    t.tell(recalled(1))
    answers[0]([message(1)])
    await again
    expect(seen(t)).toEqual(['1 recalled'])
  })

  it('leaves out an answer that a later one has overtaken', async () => {
    const t = new Thread()
    const { ask, answers } = slow<Message[]>()
    const both = [t.open(ask), t.open(ask)]
    answers[1]([recalled(1)])
    answers[0]([message(1)])
    await Promise.all(both)
    expect(seen(t)).toEqual(['1 recalled'])
  })

  it('takes what it is told while older messages are read', async () => {
    const t = new Thread()
    await t.open(async () => Array.from({ length: 40 }, (_, i) => message(i + 10)))
    const { ask, answers } = slow<Message[]>()
    const back = t.back(ask)
    t.tell(recalled(2))
    answers[0]([message(1), message(2)])
    await back
    expect(seen(t).slice(0, 3)).toEqual(['1', '2 recalled', '10'])
  })

  it('keeps nothing of what was told before it is read anew', async () => {
    const t = new Thread()
    await t.open(async () => [message(1)])
    t.tell(message(1, { body: 'old' }))
    await t.open(async () => [message(1, { body: 'new' })])
    expect(t.list[0].body).toBe('new')
  })

  it('says why it could not be read, and goes on', async () => {
    const t = new Thread()
    await t.open(async () => Promise.reject(new Error('down')))
    expect([t.ready, t.trouble]).toEqual([true, 'down'])
    await t.open(async () => [message(1)])
    expect([t.trouble, ...seen(t)]).toEqual(['', '1'])
  })
})

describe('a list', () => {
  it('is told again what came while it was read', async () => {
    const r = new Reading<string>()
    const { ask, answers } = slow<string>()
    const got: string[] = []
    const read = r.read(ask, (a) => got.push(a), (told) => got.push(told))
    r.note('after')
    answers[0]('list')
    await read
    r.note('later')
    expect(got).toEqual(['list', 'after'])
  })
})

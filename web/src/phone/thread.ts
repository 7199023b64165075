// The messages of a conversation that were read. What was read and what the line
// tells of come by two ways, in any order: an answer that was on its way while a
// message changed still holds the message as it was.

import type { Message } from './types'

/** Something that is read as a whole, and told of in parts meanwhile. */
export class Reading<T> {
  private begun = 0
  private taken = 0
  private under = 0
  private told: T[] = []

  /** Reads with ask. What it returns goes to take, unless a read that began later was
   * there before; and then to tell what was told since this read began. */
  async read<A>(ask: () => Promise<A>, take: (answer: A) => void, tell: (told: T) => void): Promise<void> {
    const turn = ++this.begun
    this.under++
    try {
      const answer = await ask()
      if (turn < this.taken) return
      this.taken = turn
      take(answer)
      for (const one of this.told) tell(one)
    } finally {
      if (--this.under === 0) this.told = []
    }
  }

  /** Keeps what was told for the reads that are under way. */
  note(told: T) {
    if (this.under > 0) this.told.push(told)
  }
}

export const pageSize = 40

/** A conversation's messages, oldest first. */
export class Thread {
  list: Message[] = []
  whole = false
  trouble = ''
  ready = false
  private newest = new Reading<Message>()
  private older = new Reading<Message>()

  /** Reads the newest messages; those known already stay. */
  async open(ask: () => Promise<Message[]>): Promise<void> {
    try {
      await this.newest.read(ask, (m) => this.takeNewest(m), (m) => this.place(m))
      this.trouble = ''
    } catch (e) {
      this.trouble = (e as Error).message
    }
    this.ready = true
  }

  private takeNewest(messages: Message[]) {
    // Where more has come than a page, what lies between is not known: the old goes.
    if (this.list.length > 0 && messages.length === pageSize && messages[0].no > this.list[this.list.length - 1].no) {
      this.list.length = 0
    }
    if (this.list.length === 0) this.whole = messages.length < pageSize
    for (const m of messages) this.put(m)
  }

  /** Reads the messages before the oldest that is known. */
  async back(ask: (before: number) => Promise<Message[]>): Promise<void> {
    if (this.whole || this.list.length === 0) return
    const before = this.list[0].no
    await this.older.read(
      () => ask(before),
      (messages) => {
        this.whole = messages.length < pageSize
        for (const m of messages) this.put(m)
      },
      (m) => this.place(m),
    )
  }

  /** Takes a message that has come or changed. */
  tell(m: Message) {
    this.newest.note(m)
    this.older.note(m)
    if (this.ready) this.place(m)
  }

  // A message before the oldest that is known is left to be read.
  private place(m: Message) {
    if (this.list.length === 0 || this.whole || m.no >= this.list[0].no) this.put(m)
  }

  // They stand in the order of their numbers.
  private put(m: Message) {
    let i = this.list.length
    while (i > 0 && this.list[i - 1].no > m.no) i--
    if (i > 0 && this.list[i - 1].no === m.no) this.list[i - 1] = m
    else this.list.splice(i, 0, m)
  }
}

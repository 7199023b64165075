// How much of each conversation the member has not read. The server counts, so that every device shows the same; what
// is read here is told to it, a little later and several at once.

import { computed, reactive } from 'vue'
import { get, post } from '@/shared/request'
import { read, write } from '@/shared/words'
import { conversations, me } from './store'

const counts = reactive<Record<string, number>>({})

/** The key that the line tells when another of the member's pages has read something. */
export const readElsewhere = 'read/'

/** The server counts up to here. */
const most = 100
export const written = (n: number) => (n >= most ? '99+' : String(n))

export const unreadOf = (key: string) => counts[key] ?? 0
export const unread = computed(() => (conversations.value ?? []).reduce((sum, c) => sum + unreadOf(c.key), 0))

/** A message of somebody else has come. */
export function countOne(key: string) {
  counts[key] = Math.min(unreadOf(key) + 1, most)
}

// What was read here: up to which number, and what of it the server does not know yet.
const marks: Record<string, number> = {}
let untold: Record<string, number> = {}
let telling = Promise.resolve()
let timer: ReturnType<typeof setTimeout> | undefined

/** The member has read a conversation up to a message. */
export function markRead(key: string, no: number) {
  no = Math.floor(no) // a message with customers has parts
  if (no <= (marks[key] ?? 0)) return
  marks[key] = untold[key] = no
  counts[key] = 0
  clearTimeout(timer)
  timer = setTimeout(() => void tellServer(), 150)
}

function tellServer(): Promise<void> {
  clearTimeout(timer)
  const now = untold
  untold = {}
  if (Object.keys(now).length > 0) telling = telling.then(() => post('/phone/api/read', now)).then(() => {}, () => again(now))
  return telling
}
// The line may be down. What could not be told is told with what is read next, or when the list is read anew.
function again(marks: Record<string, number>) {
  for (const key in marks) untold[key] = Math.max(untold[key] ?? 0, marks[key])
}
globalThis.addEventListener?.('pagehide', () => void tellServer())

let asked = 0
/** Asks the server, which hears first what was read here. */
export async function loadUnread() {
  const turn = ++asked
  await carryOver()
  await tellServer()
  const answer = await get<{ counts: Record<string, number> }>('/phone/api/unread').catch(() => undefined)
  if (!answer || turn !== asked) return
  for (const key of Object.keys(counts)) if (!(key in answer.counts)) counts[key] = 0
  for (const key in answer.counts) if (!(key in untold)) counts[key] = answer.counts[key]
}

// Earlier versions remembered in the browser what was read.
let carried = false
async function carryOver() {
  if (carried || !me.value) return
  carried = true
  const place = `qiwei.read.${me.value.corp.corpid}.${me.value.userid}`
  try {
    const before: Record<string, number> = JSON.parse(read(place) ?? '{}')
    for (const key in before) if (before[key] >= 1) untold[key] = Math.max(untold[key] ?? 0, Math.floor(before[key]))
    write(place, '{}')
  } catch {
    // nothing that could be read
  }
}

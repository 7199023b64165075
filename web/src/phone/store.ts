// What the phone knows: its member, the conversations, and of each the messages
// that were read. The line (useLine) keeps it up to date.

import { computed, reactive, ref, shallowReactive, shallowRef, watchEffect } from 'vue'
import { setServerTime } from '@/shared/china'
import { useLive, type Line } from '@/shared/live'
import { get, post, Refusal, signedOut, withQuery } from '@/shared/request'
import { my, roomOf, ways } from './rooms'
import { pageSize, Reading, Thread } from './thread'
import { countOne, loadUnread, readElsewhere } from './unread'
import type { Conversation, Me, Message } from './types'

export const me = shallowRef<Me>()
export const conversations = ref<Conversation[]>()
/** Why the list could not be read; empty where it could. */
export const trouble = ref('')

const threads = shallowReactive(new Map<string, Thread>())

export const appKey = (agentid: number | string, chatid = '') => `a/${agentid}` + (chatid ? `/${chatid}` : '')
export const botKey = (bot: string, chatid = '') => `b/${bot}` + (chatid ? `/${chatid}` : '')

/** The page of a conversation of which the key alone is known. */
export function routeOfKey(key: string): string {
  const [kind, id, chatid] = key.split('/')
  if (kind === 'a') return routeOf({ key, agentid: Number(id), chatid })
  return routeOf(kind === 'b' ? { key, bot: id, chatid } : { key })
}

/** The page of a conversation. */
export function routeOf(c: Pick<Conversation, 'agentid' | 'bot' | 'chatid' | 'key'>): string {
  const room = roomOf(c.key)
  if (room) return `/${room.room}/${room.id.split('/').map(encodeURIComponent).join('/')}`
  const chat = c.chatid ? '/c/' + encodeURIComponent(c.chatid) : ''
  return (c.bot ? '/b/' + encodeURIComponent(c.bot) : '/a/' + c.agentid) + chat
}

signedOut.call = () => {
  const here = location.pathname + location.search
  location.href = '/account/sign-in?next=' + encodeURIComponent(here)
}

export async function loadMe() {
  me.value = await get<Me>('/phone/api/me')
  my.userid = me.value.userid
  setServerTime(me.value.now)
}

type AppLine = { agentid: number; chatid?: string; name: string; logo?: string; last: Message }
type BotLine = { bot: string; chatid?: string; name: string; chat_name?: string; logo?: string; last?: Message; deaf?: boolean }

const lists = new Reading<{ key: string; last: Message }>()

/** Reads the list anew. */
export async function loadConversations() {
  try {
    await lists.read(askConversations, (list) => (conversations.value = sorted(list)), tellLast)
    trouble.value = ''
    void loadUnread()
  } catch (e) {
    trouble.value = (e as Error).message
  }
}

async function askConversations(): Promise<Conversation[]> {
  const [apps, bots, ...rooms] = await Promise.all([
    get<{ conversations: AppLine[] }>('/phone/api/conversations'),
    get<{ bots: BotLine[] }>('/phone/api/bots'),
    ...Object.values(ways).map((w) => w.list()),
  ])
  const list: Conversation[] = rooms.flat()
  for (const c of apps.conversations) list.push({ ...c, kind: 'app', key: appKey(c.agentid, c.chatid) })
  for (const c of bots.bots) {
    const name = c.chat_name ? `${c.chat_name} · ${c.name}` : c.name
    list.push({ kind: 'bot', key: botKey(c.bot, c.chatid), bot: c.bot, chatid: c.chatid, name, logo: c.logo, last: c.last, deaf: c.deaf })
  }
  return list
}

// Takes the newest message of a conversation, and reports whether it is in the list.
function tellLast({ key, last }: { key: string; last: Message }): boolean {
  const c = conversation(key)
  if (c && (!c.last || last.no >= c.last.no)) {
    c.last = last
    if (conversations.value) sorted(conversations.value)
  }
  return !!c
}

const at = (c: Conversation) => (c.last ? Date.parse(c.last.sent_at) : 0)
const sorted = (list: Conversation[]) => list.sort((a, b) => at(b) - at(a))

export function conversation(key: string): Conversation | undefined {
  return conversations.value?.find((c) => c.key === key)
}

function thread(key: string): Thread {
  let t = threads.get(key)
  if (!t) {
    threads.set(key, reactive(new Thread()) as Thread)
    t = threads.get(key)!
  }
  return t
}

function pathOf(key: string, before: number): string {
  const [kind, id, chatid] = key.split('/')
  return kind === 'b'
    ? withQuery('/phone/api/bots/messages', { bot: id, chatid, before: before || undefined, limit: pageSize })
    : withQuery('/phone/api/messages', { agentid: id, chatid, before: before || undefined, limit: pageSize })
}

async function page(key: string, before: number): Promise<Message[]> {
  const room = roomOf(key)
  return room ? room.way.messages(room.id, before) : (await get<{ messages: Message[] }>(pathOf(key, before))).messages
}

/** Reads the newest messages of a conversation; those known already stay. */
export const openThread = (key: string): Promise<void> => thread(key).open(() => page(key, 0))

/** Reads the messages before the oldest that is known. */
export const readBack = (key: string): Promise<void> => thread(key).back((before) => page(key, before))

export const useThread = (key: () => string) => computed(() => thread(key()))

/** Takes a message that has come or changed. */
export function take(agentid: number, chatid: string | undefined, m: Message) {
  const key = appKey(agentid, chatid)
  threads.get(key)?.tell(m)
  const told = { key, last: m }
  if (m.from !== me.value?.userid && m.no > (conversation(key)?.last?.no ?? Infinity)) countOne(key)
  lists.note(told)
  if (!tellLast(told)) void loadConversations()
}

/** Says what became of a message that this page has sent. */
export async function say(key: string, msgtype: string, body: Record<string, unknown>): Promise<void> {
  const room = roomOf(key)
  if (room) {
    await room.way.say(room.id, msgtype, body)
    await openThread(key)
    return
  }
  const [kind, id, chatid] = key.split('/')
  if (kind === 'b') {
    await post('/phone/api/bots/messages', { bot: id, chatid: chatid ?? '', msgtype, ...body })
    await openThread(key)
    return
  }
  await post('/phone/api/messages', { agentid: Number(id), msgtype, ...body })
  if (line.value !== 'open') await openThread(key) // nobody will tell of it
}

/** Presses a button of a card. */
export async function press(key: string, no: number, answer: { key: string; menu?: boolean; selected?: Record<string, string[]> }) {
  await post(key.startsWith('b/') ? '/phone/api/bots/cards' : '/phone/api/cards', { no, ...answer })
}

export async function upload(type: string, file: Blob, name: string): Promise<{ media_id: string; name: string; size: number }> {
  const form = new FormData()
  form.append('media', file, name)
  const answer = await fetch('/phone/api/files?type=' + type, { method: 'POST', body: form, credentials: 'same-origin' })
  const value = await answer.json().catch(() => ({}))
  if (answer.status === 401) signedOut.call()
  if (!answer.ok) throw new Refusal(answer.status, value.error || answer.statusText, value.errcode)
  return value
}

export const line = ref<Line>('connecting')
/** The member has opened the phone in too many places, and this one was cut off. */
export const crowded = ref(false)

/** What was written last in a room, by its key; the key is empty where anything may have been. */
export const touched = shallowRef({ key: '', at: 0 })

/** Listens for what comes, for as long as the component is there. */
export function useLine() {
  let pending = false
  const listSoon = () => {
    if (pending) return
    pending = true
    setTimeout(() => {
      pending = false
      void loadConversations()
    }, 300)
  }
  const anew = (key: string) => {
    if (threads.has(key)) void openThread(key)
    listSoon()
  }
  const live = useLive(
    () => '/phone/api/events',
    (data, _id, kind) => {
      const said = JSON.parse(data)
      if (kind === 'message') take(said.agentid, said.chatid, said.message)
      else if (kind === 'hello') {
        if (said.fresh) threadsAnew()
        void loadConversations()
        for (const key of threads.keys()) if (!key.startsWith('a/')) void openThread(key)
        touched.value = { key: '', at: Date.now() }
      } else if (kind === 'bot') anew(botKey(said.bot, said.chatid))
      else if (kind === 'talk' && said.key === readElsewhere) void loadUnread()
      else if (kind === 'talk') {
        anew(said.key)
        touched.value = { key: said.key, at: Date.now() }
      } else if (kind === 'signed-out') signedOut.call()
      else if (kind === 'crowded') {
        crowded.value = true
        live.stop()
      }
    },
    ['hello', 'message', 'bot', 'talk', 'mark', 'beat', 'crowded', 'signed-out'],
    50_000,
  )
  watchEffect(() => (line.value = live.line.value))
  return {
    again: () => {
      crowded.value = false
      live.restart()
    },
  }
}

// Whatever was read may be old: what is open is read anew, the rest forgotten.
function threadsAnew() {
  for (const [key, t] of threads) {
    if (t.ready && open.value !== key) threads.delete(key)
    else void openThread(key)
  }
}

/** The conversation that is on the screen. */
export const open = ref('')

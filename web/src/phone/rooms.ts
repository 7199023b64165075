// The rooms in which a member talks with people: how each lists its conversations, reads one, and sends into it.
// The keys of conversations begin with the room's letter: "m/zhangsan".

import { get, post, withQuery } from '@/shared/request'
import { say as word } from '@/shared/words'
import { parts, served, serving, worded, type Said, type Served } from './customers'
import { drawn } from './said'
import { pageSize } from './thread'
import type { Conversation, Message, Room } from './types'

export type Kind = 'text' | 'image' | 'voice' | 'video' | 'file' | 'place' | 'link' | 'emotion' | 'card' | 'todo' | 'vote' | 'collect' | 'weapp' | 'mixed' | 'voiptext'

type Way = {
  /** What can be written. */
  can: Kind[]
  /** Members answer messages there, and take them back. */
  answers?: boolean
  list: () => Promise<Conversation[]>
  messages: (id: string, before: number) => Promise<Message[]>
  say: (id: string, msgtype: string, body: Record<string, unknown>) => Promise<void>
  /** What stands above a conversation that is not in the list, and where its page is. */
  name: (id: string) => Promise<string>
  page: (id: string) => string
}

export const roomKey = (room: Room, id: string) => `${room}/${id}`
/** The room and the id of a key, where it is one of a room. */
export function roomOf(key: string): { room: Room; id: string; way: Way } | undefined {
  const room = key.slice(0, key.indexOf('/')) as Room
  const way = ways[room]
  return way && { room, id: key.slice(room.length + 1), way }
}

type ChatLine = { userid?: string; chatid?: string; name: string; avatar?: string; last?: Message }
const chatPath = (of: Record<string, string>, before: number) => withQuery('/phone/api/chats/messages', { ...of, before: before || undefined, limit: pageSize })
const readChat = async (of: Record<string, string>, before: number) => (await get<{ messages: Message[] }>(chatPath(of, before))).messages.map(drawn)
const everything: Kind[] = ['text', 'image', 'voice', 'video', 'file', 'place', 'link', 'emotion', 'card', 'todo', 'vote', 'collect', 'weapp', 'mixed', 'voiptext']

// What the composer calls a place is a location, with other names for the same.
function written(msgtype: string, body: Record<string, unknown>) {
  if (msgtype !== 'location') return body
  return { longitude: body.longitude, latitude: body.latitude, title: body.label, address: body.label, zoom: body.scale }
}

export const ways: Partial<Record<Room, Way>> = {
  m: {
    can: everything,
    answers: true,
    list: async () => (await chats()).filter((c) => c.userid).map((c) => line('m', c.userid!, c)),
    messages: (id, before) => readChat({ userid: id }, before),
    say: (id, msgtype, body) => post('/phone/api/chats/messages', { userid: id, msgtype, content: written(msgtype, body) }),
    name: async (id) => (await get<{ name: string }>('/phone/api/contacts/' + encodeURIComponent(id))).name,
    page: (id) => '/contacts/of/' + encodeURIComponent(id),
  },
  g: {
    can: everything,
    answers: true,
    list: async () => (await chats()).filter((c) => c.chatid).map((c) => line('g', c.chatid!, c)),
    messages: (id, before) => readChat({ chatid: id }, before),
    say: (id, msgtype, body) => post('/phone/api/chats/messages', { chatid: id, msgtype, content: written(msgtype, body) }),
    name: async (id) => (await get<{ name: string }>('/phone/api/chats/groups/' + encodeURIComponent(id))).name,
    page: (id) => `/g/${encodeURIComponent(id)}/about`,
  },
}

const customers: Kind[] = ['text', 'image', 'voice', 'video', 'file', 'place', 'link']
const self = (m: Said, id: string) => (m.from === 'customer' ? id : my.userid)
const page = <T>(path: string, before: number) => get<T>(withQuery(path, { before: before || undefined, limit: pageSize }))
/** Who reads, for what is said in the member's name. */
export const my = { userid: '' }

// A rule for sensitive words may hold a message back.
async function sendTo(path: string, msgtype: string, body: Record<string, unknown>) {
  const verdict = await post<{ intercepted?: boolean; rule_name?: string; words?: string[] }>(path, worded(msgtype, body))
  if (verdict.intercepted) throw new Error(word(['消息未发送，触发了敏感词规则：', 'Not sent; it meets a rule for sensitive words: ']) + (verdict.words?.join(' ') || verdict.rule_name))
}

const customerPath = (id: string) => '/phone/api/customers/' + encodeURIComponent(id)
ways.c = {
  can: customers,
  list: async () => {
    const { chats } = await get<{ chats: { external_userid: string; name: string; avatar?: string; last?: Said }[] }>('/phone/api/customer_chats')
    return chats.map((c) => ({ kind: 'c', key: roomKey('c', c.external_userid), id: c.external_userid, name: c.name, logo: c.avatar, last: c.last && parts(c.last, self(c.last, c.external_userid)).at(-1) }))
  },
  messages: async (id, before) => (await page<{ messages: Said[] }>(customerPath(id) + '/messages', Math.floor(before))).messages.flatMap((m) => parts(m, self(m, id))),
  say: (id, msgtype, body) => sendTo(customerPath(id) + '/messages', msgtype, body),
  name: async (id) => {
    const c = await get<{ name: string; remark?: string }>(customerPath(id))
    return c.remark || c.name
  },
  page: (id) => '/customers/of/' + encodeURIComponent(id),
}

const groupPath = (id: string) => '/phone/api/customer_groups/' + encodeURIComponent(id)
ways.r = {
  can: customers,
  list: async () => {
    const { groups } = await get<{ groups: { chat_id: string; name: string; last?: Said }[] }>('/phone/api/customer_groups')
    return groups.map((g) => ({ kind: 'r', key: roomKey('r', g.chat_id), id: g.chat_id, name: g.name || word(['客户群', 'Customer group']), last: g.last && parts(g.last, g.last.who ?? '').at(-1) }))
  },
  messages: async (id, before) => (await page<{ messages: Said[] }>(groupPath(id) + '/messages', Math.floor(before))).messages.flatMap((m) => parts(m, m.who ?? '')),
  say: (id, msgtype, body) => sendTo(groupPath(id) + '/messages', msgtype, body),
  name: async (id) => (await get<{ name: string }>(groupPath(id))).name,
  page: (id) => `/r/${encodeURIComponent(id)}/about`,
}

export type Session = {
  external_userid: string
  name: string
  avatar?: string
  service_state: number
  waits: boolean
  mine: boolean
  servicer?: { userid: string; name: string }
  asked_at: number
  last?: Served
}
export type Desk = { open_kfid: string; name: string; avatar?: string; duty: 'receive' | 'stop' | 'suspend'; servicers: { userid: string; name: string; duty: string }[]; sessions: Session[] }
export const beingServed = 3

/** The path of a session, whose id is the account's and the customer's. */
export function sessionPath(id: string): string {
  const [open, external] = id.split('/')
  return `/phone/api/kf/${encodeURIComponent(open)}/sessions/${encodeURIComponent(external)}`
}
const speaker = (m: Served, id: string) => (m.from === 'customer' ? id.split('/')[1] : m.userid === my.userid ? my.userid : m.userid || 'api')
ways.k = {
  can: customers,
  list: async () => {
    const { accounts } = await get<{ accounts: Desk[] }>('/phone/api/kf')
    return accounts.flatMap((a) =>
      a.sessions
        .filter((s) => s.mine && s.service_state === beingServed)
        .map((s) => {
          const id = `${a.open_kfid}/${s.external_userid}`
          return { kind: 'k' as const, key: roomKey('k', id), id, name: s.name, logo: s.avatar, last: s.last && served(s.last, speaker(s.last, id)) }
        }),
    )
  },
  messages: async (id, before) => (before ? [] : (await get<{ messages: Served[] }>(sessionPath(id))).messages.map((m) => served(m, speaker(m, id)))),
  say: (id, msgtype, body) => post(sessionPath(id) + '/reply', serving(msgtype, body)),
  name: async (id) => (await get<Session>(sessionPath(id))).name,
  page: () => '/desk',
}

function line(room: Room, id: string, c: ChatLine): Conversation {
  return { kind: room, key: roomKey(room, id), id, name: c.name, logo: c.avatar, last: c.last && drawn(c.last) }
}

// Members and groups come in one answer, which two rooms read at the same time.
let reading: Promise<ChatLine[]> | undefined
function chats(): Promise<ChatLine[]> {
  reading ??= get<{ chats: ChatLine[] }>('/phone/api/chats').then((a) => a.chats)
  void reading.catch(() => {}).finally(() => (reading = undefined))
  return reading
}

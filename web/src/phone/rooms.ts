// The rooms in which a member talks with people: how each lists its conversations, reads one, and sends into it.
// The keys of conversations begin with the room's letter: "m/zhangsan".

import { get, post, withQuery } from '@/shared/request'
import { drawn } from './said'
import { pageSize } from './thread'
import type { Conversation, Message, Room } from './types'

export type Kind = 'text' | 'image' | 'voice' | 'video' | 'file' | 'place' | 'link' | 'emotion'

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
const everything: Kind[] = ['text', 'image', 'voice', 'video', 'file', 'place', 'link', 'emotion']

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

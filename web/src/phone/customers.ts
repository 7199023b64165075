// What is said with customers: a message of the server's may hold a text and several things beside it, which a
// conversation shows one below the other.

import { say, type Pair } from '@/shared/words'
import type { FileOf, Message } from './types'

type Attachment = {
  msgtype: string
  image?: { media_id?: string; pic_url?: string }
  link?: { title: string; desc?: string; url: string }
  miniprogram?: { title: string; page?: string }
  video?: { media_id: string }
  file?: { media_id: string }
}
export type Words = {
  text?: { content: string }
  attachments?: Attachment[]
  voice?: { media_id: string }
  location?: { latitude: number; longitude: number; name?: string; address?: string }
  card?: { userid: string; name?: string }
}
type SaidFile = { media_id: string; name: string; size: number; path: string }
/** A message with a customer, as the server has it. */
export type Said = Words & { no?: number; from: string; who?: string; name?: string; avatar?: string; files?: SaidFile[]; time: number }

const kinds = {
  program: ['小程序', 'Mini programme'],
  card: ['名片', 'Name card'],
  picture: ['图片', 'Picture'],
} satisfies Record<string, Pair>

// Parts stand between the numbers of two messages: there are ten at most.
const apart = 16

/** The messages of one, in order. From is who says it, as the page knows them. */
export function parts(m: Said, from: string): Message[] {
  const base = { from, name: m.name, avatar: m.avatar, sent_at: new Date(m.time * 1000).toISOString(), note: m.from === 'customer' || m.from === 'member' ? undefined : m.from }
  const out: Message[] = []
  const add = (msgtype: string, body: Record<string, unknown>, mediaID?: string) => {
    const f = m.files?.find((x) => x.media_id === mediaID)
    const files: FileOf[] | undefined = f && [{ ...f, kind: msgtype as FileOf['kind'], type: '' }]
    out.push({ ...base, no: (m.no ?? 0) + out.length / apart, msgtype, body, files })
  }
  const card = (kind: Pair, title: string, url?: string) => add('summary', { kind: say(kind), title, lines: [], url })
  if (m.text?.content) add('text', m.text)
  for (const a of m.attachments ?? []) {
    if (a.image?.media_id) add('image', a.image, a.image.media_id)
    else if (a.image) card(kinds.picture, a.image.pic_url ?? '', a.image.pic_url)
    else if (a.link) add('link', { title: a.link.title, description: a.link.desc, url: a.link.url })
    else if (a.miniprogram) card(kinds.program, a.miniprogram.title)
    else if (a.video) add('video', a.video, a.video.media_id)
    else if (a.file) add('file', a.file, a.file.media_id)
  }
  if (m.voice) add('voice', m.voice, m.voice.media_id)
  if (m.location) add('location', { label: m.location.name || m.location.address, latitude: m.location.latitude, longitude: m.location.longitude })
  if (m.card) card(kinds.card, m.card.name || m.card.userid)
  return out
}

/** What the composer writes, as words to a customer. */
export function worded(msgtype: string, b: Record<string, any>): Words {
  switch (msgtype) {
    case 'text':
      return { text: { content: b.content } }
    case 'voice':
      return { voice: { media_id: b.media_id } }
    case 'location':
      return { location: { latitude: b.latitude, longitude: b.longitude, name: b.label } }
    case 'card':
      return { card: { userid: b.userid } }
    case 'miniprogram':
      return { attachments: [{ msgtype, miniprogram: b } as Attachment] }
    case 'link':
      return { attachments: [{ msgtype, link: { title: b.title, desc: b.description, url: b.link_url } }] }
  }
  return { attachments: [{ msgtype, [msgtype]: { media_id: b.media_id } } as Attachment] }
}

type Menu = { head_content?: string; tail_content?: string; list?: { type: string; click?: { id: string; content: string }; view?: { content: string; url: string }; miniprogram?: { content: string }; text?: { content: string } }[] }
/** A message of a session of customer service, as the server has it. */
export type Served = { no?: number; msgid: string; from: string; userid?: string; name?: string; msgtype: string; content?: any; time: number; failed?: boolean; recalled?: boolean; path?: string }

/** The items of a menu, with the id of those that are tapped. */
export function menuItems(menu: Menu): { id?: string; text: string; url?: string }[] {
  return (menu.list ?? []).map((x) => ({ id: x.click?.id, text: x.click?.content ?? x.view?.content ?? x.miniprogram?.content ?? x.text?.content ?? '', url: x.view?.url }))
}

/** A message of customer service as a bubble draws it. */
export function served(m: Served, from: string): Message {
  const c = m.content ?? {}
  const out: Message = { no: m.no ?? 0, msgid: m.msgid, msgtype: m.msgtype, body: c, from, name: m.name ?? (m.from === 'api' || m.from === 'event' ? say(application) : undefined), sent_at: new Date(m.time * 1000).toISOString(), failed: m.failed, recalled: m.recalled }
  switch (m.msgtype) {
    case 'text':
      return out
    case 'image':
    case 'voice':
    case 'video':
    case 'file':
      return { ...out, files: m.path ? [{ media_id: c.media_id, kind: m.msgtype, name: say(fileName), type: '', size: 0, path: m.path }] : [] }
    case 'link':
      return { ...out, body: { title: c.title, description: c.desc, url: c.url } }
    case 'location':
      return { ...out, body: { label: c.name || c.address, latitude: c.latitude, longitude: c.longitude } }
    case 'miniprogram':
      return { ...out, msgtype: 'summary', body: { kind: say(kinds.program), title: c.title, lines: [] } }
    case 'business_card':
      return { ...out, msgtype: 'summary', body: { kind: say(kinds.card), title: c.userid, lines: [] } }
    case 'msgmenu':
      return { ...out, msgtype: 'summary', body: { kind: c.head_content ?? '', title: '', lines: [...menuItems(c).map((x) => '· ' + x.text), c.tail_content].filter(Boolean) } }
  }
  return { ...out, msgtype: 'summary', body: { kind: `[${m.msgtype}]`, title: c.title ?? c.product_title ?? '', lines: [] } }
}
const fileName: Pair = ['文件', 'File']
const application: Pair = ['应用', 'Application']

/** What the composer writes, as a message of customer service. */
export function serving(msgtype: string, b: Record<string, any>): Record<string, unknown> {
  if (msgtype === 'link') return { msgtype, link: { title: b.title, desc: b.description, url: b.link_url } }
  if (msgtype === 'location') return { msgtype, location: { latitude: b.latitude, longitude: b.longitude, name: b.label, address: b.label } }
  if (msgtype === 'miniprogram') return { msgtype, miniprogram: { title: b.title, appid: b.appid, pagepath: b.page, thumb_media_id: b.pic_media_id } }
  if (msgtype === 'card') return { msgtype: 'business_card', business_card: { userid: b.userid } }
  if (msgtype === 'text') return { msgtype, text: { content: b.content } }
  return { msgtype, [msgtype]: { media_id: b.media_id } }
}

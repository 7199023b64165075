// The people who play WeChat users. The server has one line for each enterprise that knows somebody; those of one
// unionid are one person.

import type { Words } from '@/phone/customers'
import { post } from '@/shared/request'

export type Corp = { corpid: string; name: string }
export type Content = Words
export type Last = Words & { from: string; time: number }
export type Friend = { userid: string; name: string; avatar?: string; standing: 'friends' | 'half' | 'removed'; blocked?: boolean; archive?: string; since: number; last?: Last }
export type Known = { corp: Corp; external_userid: string; unionid?: string; name: string; avatar?: string; gender: number; friends: Friend[] }
export type Contact = Friend & { corp: Corp; external_userid: string }
export type Person = { key: string; name: string; avatar?: string; gender: number; unionid?: string; at: number; contacts: Contact[]; known: Known[] }
export type Code = { kind: 'way' | 'link' | 'join' | 'kf'; corp: Corp; link: string; note: string; state?: string }

const pathOf = (link: string) => link.replace(/[?#].*$/, '').replace(/^https?:\/\/[^/]*/, '')

/** Where a link leads, by its path. */
export function kindOf(link: string): Code['kind'] {
  const path = pathOf(link)
  if (path.startsWith('/kf/')) return 'kf'
  if (path.startsWith('/wechat/join/')) return 'join'
  return path.startsWith('/ca/') ? 'link' : 'way'
}

/** Whether two links have one path: what is appended to a link leaves it what it is. */
export const sameLink = (a: string, b: string) => pathOf(a) === pathOf(b)

const newest = (f: Friend) => f.last?.time ?? f.since

export function gather(lines: Known[]): Person[] {
  const people = new Map<string, Person>()
  for (const k of lines) {
    const key = k.unionid ? `u-${k.unionid}` : k.external_userid
    const p = people.get(key) ?? { key, name: k.name, avatar: k.avatar, gender: k.gender, unionid: k.unionid, at: 0, contacts: [], known: [] }
    people.set(key, p)
    p.known.push(k)
    for (const f of k.friends) {
      p.contacts.push({ ...f, corp: k.corp, external_userid: k.external_userid })
      p.at = Math.max(p.at, newest(f))
    }
  }
  for (const p of people.values()) p.contacts.sort((a, b) => newest(b) - newest(a))
  return [...people.values()].sort((a, b) => b.at - a.at)
}

/** Opens a page as somebody: the browser is theirs to applications until a member signs in, or for ten minutes. */
export async function openAs(p: Person, link: string) {
  const [known] = p.known
  await post('/_qiwei/wechat/open', p.unionid ? { unionid: p.unionid } : { corpid: known.corp.corpid, external_userid: known.external_userid })
  window.open(link, '_blank', 'noopener')
}

/** What somebody has with one enterprise beside the members. */
export type Outside = {
  groups: { chat_id: string; name: string; archive?: string; last?: Last }[]
  services: { open_kfid: string; name: string; service_state: number; time: number }[]
  transfers: { from: { userid: string; name: string }; to: { userid: string; name: string }; due: number }[]
}
/** Somebody as one enterprise knows them, with what they have there. */
export type Place = { corp: Corp; external_userid: string } & Outside

/** What a message is about, in a line: [kind] where it is no text. */
export function summary(c: Content, kinds: Record<string, string>): string {
  if (c.text?.content) return c.text.content
  const alone = c.voice ? 'voice' : c.location ? 'location' : c.card ? 'card' : ''
  if (alone) return `[${kinds[alone] ?? alone}]`
  const first = c.attachments?.[0]
  if (!first) return ''
  const title = first.link?.title ?? first.miniprogram?.title
  return `[${kinds[first.msgtype] ?? first.msgtype}]${title ? ' ' + title : ''}`
}

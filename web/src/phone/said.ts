// What people say, in the forms that a bubble draws. The archive's types (doc 91774) name some things otherwise
// than the messages of applications do; those that a bubble does not know become a card of a title and lines.

import { say, type Pair } from '@/shared/words'
import type { Message } from './types'

const words = {
  weapp: ['小程序', 'Mini programme'],
  card: ['名片', 'Name card'],
  chatrecord: ['聊天记录', 'Chat history'],
  todo: ['待办', 'To-do'],
  vote: ['投票', 'Vote'],
  collect: ['收集表', 'Form'],
  redpacket: ['红包', 'Red packet'],
  external_redpacket: ['红包', 'Red packet'],
  meeting: ['会议邀请', 'Meeting'],
  meeting_notification: ['会议通知', 'Meeting notice'],
  docmsg: ['在线文档', 'Document'],
  calendar: ['日程', 'Appointment'],
  meeting_voice_call: ['语音通话', 'Voice call'],
  voip_doc_share: ['共享文档', 'Shared document'],
  sphfeed: ['视频号', 'Video channel'],
  voiptext: ['通话', 'Call'],
  qydiskfile: ['微盘文件', 'File of the drive'],
} satisfies Record<string, Pair>

/** A card of what a bubble has no form for. */
export type Summary = { kind: string; title: string; lines: string[]; url?: string }

type Body = Record<string, any>
const time = (seconds: number) => (seconds ? new Date(seconds * 1000).toLocaleString() : '')
const text = (v: unknown) => (typeof v === 'string' || typeof v === 'number' ? String(v) : '')

function lines(type: string, b: Body): { title: string; lines: unknown[]; url?: string } {
  switch (type) {
    case 'weapp':
      return { title: text(b.title), lines: [b.description, b.displayname] }
    case 'card':
      return { title: text(b.userid), lines: [b.corpname] }
    case 'chatrecord':
      return { title: text(b.title), lines: (b.item ?? []).slice(0, 4).map((x: Body) => text(x.content?.content) || `[${x.type}]`) }
    case 'vote':
      return { title: text(b.votetitle), lines: b.voteitem ?? [] }
    case 'collect':
      return { title: text(b.title), lines: [b.creator, ...(b.details ?? []).map((x: Body) => x.ques)] }
    case 'redpacket':
    case 'external_redpacket':
      return { title: text(b.wish), lines: [`¥${((b.totalamount ?? 0) / 100).toFixed(2)} × ${b.totalcnt ?? 1}`] }
    case 'meeting':
      return { title: text(b.topic), lines: [time(b.starttime), b.address, b.remarks] }
    case 'docmsg':
      return { title: text(b.title), lines: [b.doc_creator], url: b.link_url }
    case 'calendar':
      return { title: text(b.title), lines: [time(b.starttime), b.place, b.remarks] }
    case 'voiptext':
      return { title: `${Math.floor((b.callduration ?? 0) / 60)}:${String((b.callduration ?? 0) % 60).padStart(2, '0')}`, lines: [] }
    case 'sphfeed':
      return { title: text(b.sph_name), lines: [b.feed_desc] }
    case 'qydiskfile':
      return { title: text(b.filename), lines: [] }
    case 'meeting_voice_call':
    case 'voip_doc_share':
      return { title: text(b.name), lines: [time(b.endtime)] }
  }
  return { title: text(b.title), lines: [b.content] }
}

function summary(type: string, b: Body): Summary {
  const got = lines(type, b)
  const kind = say(words[type as 'card'] ?? ['[消息]', '[Message]'])
  return { kind, title: got.title, lines: got.lines.map(text).filter(Boolean), url: got.url }
}

/** Returns a message of a conversation of members as a bubble draws it. */
export function drawn(m: Message): Message {
  const b: Body = m.body ?? {}
  switch (m.msgtype) {
    case 'text':
    case 'markdown':
    case 'image':
    case 'voice':
    case 'video':
    case 'file':
    case 'emotion':
    case 'notice':
    case 'revoke':
      return m
    case 'link':
      return { ...m, body: { title: b.title, description: b.description, url: b.link_url } }
    case 'location':
      return { ...m, body: { label: b.title || b.address, latitude: b.latitude, longitude: b.longitude } }
    case 'news':
      return { ...m, body: { articles: b.item ?? [] } }
    case 'mixed':
      return { ...m, body: { msg_item: (b.item ?? []).map((x: Body) => ({ msgtype: x.type, content: x.content?.content, media_id: x.content?.media_id })) } }
  }
  return { ...m, msgtype: 'summary', body: summary(m.msgtype, b) }
}

const notices: Record<string, Pair> = {
  made: ['{by}创建了群聊，邀请了{who}', '{by} made the group with {who}'],
  invited: ['{by}邀请{who}加入群聊', '{by} invited {who}'],
  removed: ['{by}将{who}移出群聊', '{by} removed {who}'],
  left: ['{by}退出了群聊', '{by} left the group'],
  renamed: ['{by}将群名修改为“{text}”', '{by} renamed the group “{text}”'],
  announced: ['{by}发布了群公告：{text}', '{by} put up a notice: {text}'],
  owner: ['{by}将群主转让给{who}', '{by} made {who} the owner'],
}

/** The line of a notice in a group. */
export function noticeOf(m: Message): string {
  const b: Body = m.body ?? {}
  const values: Record<string, string> = {
    by: m.name || m.from,
    who: (b.members ?? []).map((p: { name: string }) => p.name).join(say(['、', ', '])),
    text: text(b.text),
  }
  return say(notices[b.kind] ?? ['{by}', '{by}']).replace(/\{(\w+)\}/g, (_, k) => values[k] ?? '')
}

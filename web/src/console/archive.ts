// What the pages of the chat archive share: the records as the server sends them, and how they read.

import { say, type Pair } from '@/shared/words'

export type Hit = { before: string; match: string; after: string }
export type Shown = {
  seq: number; msgid: string; time: number; action: string; msgtype: string; from: string; peer?: string; roomid?: string; external?: boolean
  publickey_ver: number; message?: Record<string, unknown>; erased?: number; revoked_by?: number; conversation: number; hits?: Hit[]; hash: string
}
export type Conversation = { no: number; roomid?: string; external?: boolean; records: number; last_seq: number; last_time: number; people: string[]; title?: string }

const kinds: Record<string, Pair> = {
  image: ['图片', 'picture'], voice: ['语音', 'voice'], video: ['视频', 'video'], file: ['文件', 'file'], emotion: ['表情', 'sticker'], link: ['链接', 'link'], location: ['位置', 'place'],
  card: ['名片', 'card'], weapp: ['小程序', 'mini program'], chatrecord: ['聊天记录', 'chat history'], mixed: ['图文', 'mixed'], vote: ['投票', 'vote'], todo: ['待办', 'to-do'], collect: ['填表', 'form'],
  redpacket: ['红包', 'red packet'], external_redpacket: ['红包', 'red packet'], meeting: ['会议', 'meeting'], meeting_notification: ['会议', 'meeting'], docmsg: ['文档', 'document'],
  markdown: ['Markdown', 'Markdown'], news: ['图文', 'news'], calendar: ['日程', 'appointment'], meeting_voice_call: ['通话录音', 'recorded call'], voip_doc_share: ['演示文档', 'shown document'],
  sphfeed: ['视频号', 'video channel'], voiptext: ['通话', 'call'], qydiskfile: ['微盘文件', 'drive file'], agree: ['同意存档', 'agrees to be archived'], disagree: ['不同意存档', 'does not agree'],
  revoke: ['撤回了一条消息', 'took a message back'], switch: ['切换企业', 'changed enterprise'],
}
export const kindOf = (type: string) => (kinds[type] ? say(kinds[type]!) : type)

const silent = new Set(['msgid', 'action', 'from', 'tolist', 'roomid', 'msgtype', 'sdkfileid', 'md5sum', 'fileext', 'pre_msgid', 'userid', 'voteid', 'voiceid', 'voipid', 'type', 'image_url', 'picurl', 'username'])

/** The words of a message, a line each; parts of it are JSON in a text. */
export function wordsOf(r: Shown): string {
  const out: string[] = []
  const walk = (v: unknown, name: string) => {
    if (typeof v === 'string') {
      if (silent.has(name) || v === '') return
      if (name === 'content' && v.startsWith('{')) {
        try {
          return walk(JSON.parse(v), '')
        } catch {
          // a text that begins so
        }
      }
      out.push(v)
    } else if (Array.isArray(v)) v.forEach((one) => walk(one, name))
    else if (v && typeof v === 'object') for (const [key, one] of Object.entries(v)) walk(one, key)
  }
  walk(r.message, '')
  return out.join('\n')
}

/** The files that a message names. */
export function filesOf(r: Shown): { id: string; name: string; size: number; picture: boolean }[] {
  const out: { id: string; name: string; size: number; picture: boolean }[] = []
  const walk = (v: unknown, type: string) => {
    if (typeof v === 'string' && v.startsWith('{')) {
      try {
        walk(JSON.parse(v), type)
      } catch {
        // a text that begins so
      }
    } else if (Array.isArray(v)) v.forEach((one) => walk(one, type))
    else if (v && typeof v === 'object') {
      const o = v as Record<string, unknown>
      const kind = typeof o.type === 'string' ? o.type.toLowerCase().replace('chatrecord', '') : type
      if (typeof o.sdkfileid === 'string') {
        out.push({ id: o.sdkfileid, name: (o.filename as string) || kindOf(kind), size: Number(o.filesize ?? o.imagesize ?? o.voice_size ?? 0), picture: kind === 'image' || kind === 'emotion' })
      }
      for (const one of Object.values(o)) walk(one, kind)
    }
  }
  walk(r.message, r.msgtype)
  return out
}

export const fileURL = (r: Shown, id: string) => `/console/api/archive/file?seq=${r.seq}&id=${encodeURIComponent(id)}`

/** What to call somebody. */
export const nameOf = (names: Record<string, string>, p: string) => names[p] || p

// One line of a conversation: what its last message says.

import { say, type Pair } from '@/shared/words'
import { pieces } from './links'
import { plain } from './markdown'
import { noticeOf } from './said'
import type { Card, Message } from './types'

const kinds: Record<string, Pair> = {
  image: ['[图片]', '[Picture]'],
  voice: ['[语音]', '[Voice]'],
  video: ['[视频]', '[Video]'],
  file: ['[文件]', '[File]'],
  location: ['[位置]', '[Location]'],
  mixed: ['[图文]', '[Text and pictures]'],
  emotion: ['[表情]', '[Sticker]'],
}
const recalled: Pair = ['[消息已撤回]', '[Recalled]']
const secret: Pair = ['[保密消息]', '[Confidential]']
const other: Pair = ['[消息]', '[Message]']

export function preview(m: Message | undefined): string {
  if (!m) return ''
  if (m.recalled) return say(recalled)
  const b = m.body ?? {}
  if (m.safe) return say(secret)
  switch (m.msgtype) {
    case 'text':
      return pieces(String(b.content ?? ''))
        .map((p) => p.text)
        .join('')
    case 'markdown':
    case 'markdown_v2':
    case 'stream':
      return plain(String(b.content ?? ''))
    case 'file':
      return say(kinds.file) + ' ' + (m.files?.[0]?.name ?? '')
    case 'notice':
      return noticeOf(m)
    case 'summary':
      return `[${b.kind}] ${b.title ?? ''}`
    case 'textcard':
    case 'miniprogram_notice':
    case 'taskcard':
    case 'interactive_taskcard':
    case 'link':
      return b.title ?? ''
    case 'news':
    case 'mpnews':
      return b.articles?.[0]?.title ?? ''
    case 'template_card': {
      const c = b as Card
      return c.main_title?.title || c.sub_title_text || c.source?.desc || say(other)
    }
  }
  return say(kinds[m.msgtype] ?? other)
}

// What a message of each type looks like, for the calls that send one. Media ids in braces are uploaded by the
// server when the call is made.

const media = '{/cgi-bin/media/upload media_id}'
const file = '{/cgi-bin/media/upload#file media_id}'

export const messageTypes: Record<string, unknown> = {
  text: { content: '你好，<a href="https://example.com/">点这里</a>' },
  markdown: { content: '**今晚** 值班\n> 请准时' },
  textcard: { title: '领奖通知', description: '请到前台领取', url: 'https://example.com/', btntxt: '详情' },
  news: { articles: [{ title: '新品到店', description: '先到先得', url: 'https://example.com/', picurl: 'https://example.com/a.png' }] },
  mpnews: { articles: [{ title: '新品到店', thumb_media_id: media, author: '张三', content_source_url: 'https://example.com/', content: '<b>先到先得</b>', digest: '摘要' }] },
  image: { media_id: media },
  file: { media_id: file },
  template_card: { card_type: 'text_notice', main_title: { title: '会议提醒', desc: '下午三点' }, card_action: { type: 1, url: 'https://example.com/' } },
}

/** The message types that a path takes; none where it sends no message. */
export function typesOf(path: string): string[] {
  const all = Object.keys(messageTypes)
  switch (path) {
    case '/cgi-bin/message/send':
      return all
    case '/cgi-bin/appchat/send':
      return all.filter((t) => t !== 'template_card')
  }
  return []
}

/** The body with a message of another type in place of its own; the text as it was if it is no JSON. */
export function withType(body: string, type: string): string {
  let old: Record<string, unknown>
  try {
    old = JSON.parse(body)
  } catch {
    return body
  }
  const next = Object.fromEntries(Object.entries(old).filter(([name]) => !(name in messageTypes)))
  next.msgtype = type
  next[type] = messageTypes[type]
  return JSON.stringify(next, null, 2)
}

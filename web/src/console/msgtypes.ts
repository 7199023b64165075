// What a message of each type looks like, for the calls that send one. Media ids in braces are uploaded by the
// server when the call is made.

const media = '{/cgi-bin/media/upload media_id}'
const file = '{/cgi-bin/media/upload#file media_id}'

const messageTypes: Record<string, unknown> = {
  text: { content: '你好，<a href="https://example.com/">点这里</a>' },
  markdown: { content: '**今晚** 值班\n> 请准时' },
  textcard: { title: '领奖通知', description: '请到前台领取', url: 'https://example.com/', btntxt: '详情' },
  news: { articles: [{ title: '新品到店', description: '先到先得', url: 'https://example.com/', picurl: 'https://example.com/a.png' }] },
  mpnews: { articles: [{ title: '新品到店', thumb_media_id: media, author: '张三', content_source_url: 'https://example.com/', content: '<b>先到先得</b>', digest: '摘要' }] },
  image: { media_id: media },
  file: { media_id: file },
  template_card: { card_type: 'text_notice', main_title: { title: '会议提醒', desc: '下午三点' }, card_action: { type: 1, url: 'https://example.com/' } },
}

const kf: Record<string, unknown> = {
  text: { content: '您好' },
  image: { media_id: media },
  file: { media_id: file },
  link: { title: '新品到店', desc: '先到先得', url: 'https://example.com/', thumb_media_id: media },
  location: { name: '总部', address: '一号楼', latitude: 39.9, longitude: 116.4 },
  msgmenu: { head_content: '这次服务如何？', list: [{ type: 'click', click: { id: 'good', content: '满意' } }, { type: 'click', click: { id: 'bad', content: '不满意' } }], tail_content: '谢谢' },
}
const robot: Record<string, unknown> = {
  text: { content: '今晚值班', mentioned_list: ['@all'] },
  markdown: { content: '**今晚** 值班' },
  markdown_v2: { content: '# 今晚值班\n- 张三' },
  news: messageTypes.news,
  template_card: messageTypes.template_card,
}

/** The messages that a path takes, by their type; none where it sends no message. */
export function messagesOf(path: string): Record<string, unknown> {
  switch (path) {
    case '/cgi-bin/message/send':
      return messageTypes
    case '/cgi-bin/appchat/send':
      return Object.fromEntries(Object.entries(messageTypes).filter(([t]) => t !== 'template_card'))
    case '/cgi-bin/kf/send_msg':
      return kf
    case '/cgi-bin/webhook/send':
      return robot
  }
  return {}
}

/** The types of messages that a path takes. */
export const typesOf = (path: string) => Object.keys(messagesOf(path))

/** The body with a message of another type in place of its own; the text as it was if it is no JSON. */
export function withType(path: string, body: string, type: string): string {
  let old: Record<string, unknown>
  try {
    old = JSON.parse(body)
  } catch {
    return body
  }
  const messages = messagesOf(path)
  const next = Object.fromEntries(Object.entries(old).filter(([name]) => !(name in messages)))
  next.msgtype = type
  next[type] = messages[type]
  return JSON.stringify(next, null, 2)
}

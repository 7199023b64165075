import { expect, test } from 'vitest'
import { typesOf, withType } from './msgtypes'

test('a message changes its type and keeps its receivers', () => {
  const changed = JSON.parse(withType('/cgi-bin/message/send', '{"touser":"lisi","msgtype":"text","agentid":1000002,"text":{"content":"a"}}', 'image'))
  expect(changed).toEqual({ touser: 'lisi', msgtype: 'image', agentid: 1000002, image: { media_id: '{/cgi-bin/media/upload media_id}' } })
  expect(withType('/cgi-bin/message/send', '{', 'image')).toBe('{')
})

test('chats take no cards, and other calls no messages', () => {
  expect(typesOf('/cgi-bin/appchat/send')).not.toContain('template_card')
  expect(typesOf('/cgi-bin/message/send')).toContain('template_card')
  expect(typesOf('/cgi-bin/kf/send_msg')).toContain('msgmenu')
  expect(typesOf('/cgi-bin/webhook/send')).toContain('markdown_v2')
  expect(typesOf('/cgi-bin/user/get')).toEqual([])
})

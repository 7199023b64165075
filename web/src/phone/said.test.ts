import { expect, test } from 'vitest'
import { setLang } from '@/shared/words'
import { drawn, noticeOf } from './said'
import type { Message } from './types'

const said = (msgtype: string, body: any): Message => ({ no: 1, msgtype, body, from: 'zhangsan', name: '张三', sent_at: '2026-11-30T01:00:00Z' })

test('what a bubble knows under another name gets that name', () => {
  expect(drawn(said('link', { title: 't', description: 'd', link_url: 'https://a.example' })).body).toEqual({ title: 't', description: 'd', url: 'https://a.example' })
  expect(drawn(said('location', { title: '', address: '路', latitude: 1, longitude: 2 })).body).toEqual({ label: '路', latitude: 1, longitude: 2 })
  expect(drawn(said('mixed', { item: [{ type: 'text', content: { content: 'x' } }, { type: 'image', content: { media_id: 'M' } }] })).body.msg_item).toEqual([
    { msgtype: 'text', content: 'x', media_id: undefined },
    { msgtype: 'image', content: undefined, media_id: 'M' },
  ])
  const text = said('text', { content: 'x' })
  expect(drawn(text)).toBe(text)
})

test('everything else becomes a card', () => {
  setLang('en')
  for (const [type, body, want] of [
    ['vote', { votetitle: 'Lunch?', voteitem: ['noodles', 'rice'] }, { kind: 'Vote', title: 'Lunch?', lines: ['noodles', 'rice'], url: undefined }],
    ['redpacket', { wish: 'luck', totalcnt: 2, totalamount: 888 }, { kind: 'Red packet', title: 'luck', lines: ['¥8.88 × 2'], url: undefined }],
    ['voiptext', { callduration: 442 }, { kind: 'Call', title: '7:22', lines: [], url: undefined }],
    ['docmsg', { title: 'Plan', doc_creator: 'lisi', link_url: 'https://d.example' }, { kind: 'Document', title: 'Plan', lines: ['lisi'], url: 'https://d.example' }],
    ['todo', { title: '', content: 'tidy up' }, { kind: 'To-do', title: '', lines: ['tidy up'], url: undefined }],
    ['chatrecord', { title: 'h', item: [{ type: 'ChatRecordText', content: { content: 'a' } }, { type: 'ChatRecordImage', content: {} }] }, { kind: 'Chat history', title: 'h', lines: ['a', '[ChatRecordImage]'], url: undefined }],
    ['nothing known', {}, { kind: '[Message]', title: '', lines: [], url: undefined }],
  ] as const) {
    const got = drawn(said(type, body))
    expect(got.msgtype).toBe('summary')
    expect(got.body).toEqual(want)
  }
})

test('a notice says who did what', () => {
  setLang('en')
  expect(noticeOf(said('notice', { kind: 'invited', members: [{ name: 'A' }, { name: 'B' }] }))).toBe('张三 invited A, B')
  setLang('zh')
  expect(noticeOf(said('notice', { kind: 'renamed', text: '秋游' }))).toBe('张三将群名修改为“秋游”')
  expect(noticeOf(said('notice', { kind: 'left' }))).toBe('张三退出了群聊')
})

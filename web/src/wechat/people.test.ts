import { expect, test } from 'vitest'
import { gather, kindOf, sameLink, summary, type Known } from './people'

const friend = (userid: string, since: number) => ({ userid, name: userid, standing: 'friends' as const, since })
const known = (corpid: string, external_userid: string, unionid: string, friends: Known['friends']): Known => ({
  corp: { corpid, name: corpid }, external_userid, unionid: unionid || undefined, name: external_userid, gender: 0, friends,
})

test('two enterprises know one unionid as one person', () => {
  const people = gather([known('a', 'wm1', 'o1', [friend('x', 10)]), known('a', 'wm2', '', [friend('x', 30)]), known('b', 'wm3', 'o1', [friend('y', 20)])])
  expect(people.map((p) => p.key)).toEqual(['wm2', 'u-o1'])
  expect(people[1].contacts.map((c) => [c.corp.corpid, c.external_userid, c.userid])).toEqual([['b', 'wm3', 'y'], ['a', 'wm1', 'x']])
})

test('without a unionid two enterprises know two people', () => {
  expect(gather([known('a', 'wm1', '', []), known('b', 'wm2', '', [])]).length).toBe(2)
})

test('a message in a line', () => {
  const kinds = { link: 'Link', image: 'Picture' }
  for (const [content, want] of [
    [{ text: { content: '您好' } }, '您好'],
    [{ attachments: [{ msgtype: 'link', link: { title: '价目表', url: 'https://a.example/' } }] }, '[Link] 价目表'],
    [{ attachments: [{ msgtype: 'image', image: {} }] }, '[Picture]'],
    [{ attachments: [{ msgtype: 'video' }] }, '[video]'],
    [{}, ''],
  ] as const) {
    expect(summary(content as never, kinds)).toBe(want)
  }
})

test('a link says where it leads, whatever is appended to it', () => {
  expect(kindOf('http://h/kf/kfcX?enc_scene=ENCY&scene_param=a%3D1')).toBe('kf')
  expect(kindOf('http://h/ca/cawcde1?customer_channel=/kf/x')).toBe('link')
  expect(kindOf('http://h/wechat/join/1f')).toBe('join')
  expect(kindOf('http://h/wechat/way/1f')).toBe('way')
  expect(sameLink('http://a/ca/x?customer_channel=1', 'http://b/ca/x')).toBe(true)
  expect(sameLink('http://a/ca/x', 'http://a/ca/y')).toBe(false)
})

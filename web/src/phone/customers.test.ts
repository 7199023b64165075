import { expect, test } from 'vitest'
import { setLang } from '@/shared/words'
import { menuItems, parts, served, serving, worded } from './customers'

setLang('en')

test('a message with a customer becomes its parts, in order', () => {
  const got = parts(
    {
      no: 7,
      from: 'welcome',
      time: 1_796_000_000,
      text: { content: 'hello' },
      attachments: [
        { msgtype: 'image', image: { media_id: 'M' } },
        { msgtype: 'link', link: { title: 't', desc: 'd', url: 'https://a.example' } },
        { msgtype: 'image', image: { pic_url: 'https://p.example/1.png' } },
        { msgtype: 'miniprogram', miniprogram: { title: 'shop' } },
      ],
      files: [{ media_id: 'M', name: 'a.png', size: 3, path: '/f/M' }],
    },
    'zhangsan',
  )
  expect(got.map((m) => [m.no, m.msgtype])).toEqual([
    [7, 'text'],
    [7 + 1 / 16, 'image'],
    [7 + 2 / 16, 'link'],
    [7 + 3 / 16, 'summary'],
    [7 + 4 / 16, 'summary'],
  ])
  expect(got[1].files?.[0].path).toBe('/f/M')
  expect(got[3].body).toEqual({ kind: 'Picture', title: 'https://p.example/1.png', lines: [], url: 'https://p.example/1.png' })
  expect(got.every((m) => m.from === 'zhangsan' && m.note === 'welcome')).toBe(true)
  expect(parts({ no: 1, from: 'customer', time: 0, location: { latitude: 1, longitude: 2, address: 'here' } }, 'c')[0].body).toEqual({ label: 'here', latitude: 1, longitude: 2 })
})

test('what the composer writes is what the server takes', () => {
  expect(worded('image', { media_id: 'M' })).toEqual({ attachments: [{ msgtype: 'image', image: { media_id: 'M' } }] })
  expect(worded('link', { title: 't', description: 'd', link_url: 'u' })).toEqual({ attachments: [{ msgtype: 'link', link: { title: 't', desc: 'd', url: 'u' } }] })
  expect(worded('location', { latitude: 1, longitude: 2, label: 'x', scale: 15 })).toEqual({ location: { latitude: 1, longitude: 2, name: 'x' } })
  expect(worded('voice', { media_id: 'V', play_length: 3 })).toEqual({ voice: { media_id: 'V' } })
  expect(serving('file', { media_id: 'F' })).toEqual({ msgtype: 'file', file: { media_id: 'F' } })
})

test('a menu of customer service shows its items', () => {
  const menu = { head_content: 'Satisfied?', list: [{ type: 'click', click: { id: '1', content: 'Yes' } }, { type: 'view', view: { content: 'More', url: 'https://a.example' } }], tail_content: 'Thanks' }
  expect(menuItems(menu)).toEqual([
    { id: '1', text: 'Yes', url: undefined },
    { id: undefined, text: 'More', url: 'https://a.example' },
  ])
  const m = served({ msgid: 'a', from: 'api', msgtype: 'msgmenu', content: menu, time: 1 }, 'api')
  expect(m.body).toEqual({ kind: 'Satisfied?', title: '', lines: ['· Yes', '· More', 'Thanks'] })
  expect(m.name).toBe('Application')
})

import { expect, test } from 'vitest'
import { actsOf, body, moments, summary, targets } from './faults'
import type { Form } from './faults'

const form: Form = { of: 'path', target: ' /cgi-bin/user/get ', at: 'now', act: 'errcode', value: '45009', status: '', type: '', delay: '', done: false, skip: '', times: '', chance: '' }

test('the form says what is to go wrong', () => {
  expect(body({ ...form, times: '2', chance: '50', skip: '1' })).toEqual({ path: '/cgi-bin/user/get', errcode: 45009, times: 2, chance: 0.5, skip: 1 })
  expect(body({ ...form, act: 'body', value: '', status: '502', type: 'text/html', done: true })).toEqual({ path: '/cgi-bin/user/get', body: '', status: 502, content_type: 'text/html', done: true })
  expect(body({ ...form, act: 'delay', value: '1500', delay: '3' })).toEqual({ path: '/cgi-bin/user/get', delay: '1500ms' })
  expect(body({ ...form, of: 'bot', target: '*', act: 'half_open', times: '2' })).toEqual({ bot: '*', at: 'now', half_open: true })
  expect(body({ ...form, of: 'callback', target: '*', act: 'copies', value: '3' })).toEqual({ callback: '*', copies: 3 })
  expect(body({ ...form, of: 'callback', target: '*', act: 'forge', value: 'token' })).toEqual({ callback: '*', forge: 'token' })
})

test('whatever can happen has words', () => {
  for (const t of targets) {
    for (const m of moments) {
      for (const a of actsOf(t.name, m.name)) {
        const said = summary({ hits: 0, ...body({ ...form, of: t.name, at: m.name, act: a.name, value: a.value ?? '' }) })
        expect(said, `${t.name} ${m.name} ${a.name}`).not.toBe('')
      }
    }
  }
  expect(summary({ hits: 0, script: [{ times: 2 }, { errcode: 45009 }] })).toBe('✓ ×2 → errcode 45009')
})

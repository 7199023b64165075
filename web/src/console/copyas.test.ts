import { expect, test } from 'vitest'
import { programs, type Asked } from './copyas'

const asked: Asked = {
  base: 'http://127.0.0.1:7993', method: 'POST', path: '/cgi-bin/message/send', credential: 'access_token', query: { debug: '1', empty: '', access_token: 'secret' },
  body: '{\n  "touser": "lisi",\n  "text": {"content": "it\'s"}\n}', file: false,
}
const make = (id: string, change: Partial<Asked> = {}) => programs.find((p) => p.id === id)!.make({ ...asked, ...change })

test('the token is read from the environment and never written down', () => {
  for (const p of programs) {
    const out = p.make(asked)
    expect(out).toContain('ACCESS_TOKEN')
    expect(out).not.toContain('secret')
    expect(out).toContain('/cgi-bin/message/send?debug=1&access_token=')
    expect(out).not.toContain('empty=')
  }
})

test('curl quotes what the shell would read', () => {
  expect(make('curl')).toContain(`"content": "it'\\''s"`)
  expect(make('curl', { method: 'GET', body: '' })).toBe(`curl -s 'http://127.0.0.1:7993/cgi-bin/message/send?debug=1&access_token='"$ACCESS_TOKEN"\n`)
})

test('a call without a token reads none', () => {
  for (const p of programs) expect(p.make({ ...asked, credential: '', query: {} })).not.toContain('ACCESS_TOKEN')
})

test('a file goes as a form', () => {
  for (const p of programs) {
    const out = p.make({ ...asked, file: true })
    expect(out).toContain('FILE')
    expect(out).toContain('media')
    expect(out).not.toContain('touser')
  }
})

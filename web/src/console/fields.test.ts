import { expect, test } from 'vitest'
import { fieldsOf, merged, type Schemas } from './fields'

const all: Schemas = {
  'm.in': { type: 'object', properties: { msgtype: { type: ['string', 'null'] }, text: { $ref: '#/components/schemas/m.text' }, news: { type: 'object', properties: { articles: { type: 'array', items: { $ref: '#/components/schemas/m.article' } } } }, users: { type: 'array', items: { type: 'string' } } } },
  'm.text': { type: 'object', properties: { content: { type: 'string' } } },
  'm.article': { type: 'object', properties: { title: { type: 'string' }, more: { $ref: '#/components/schemas/m.article' } } },
}

test('the fields of a schema have their places and types', () => {
  const got = fieldsOf({ $ref: '#/components/schemas/m.in' }, all)
  expect(got.map((f) => `${f.name} ${f.type}`)).toEqual([
    'msgtype string', 'text object', 'text.content string', 'news object', 'news.articles array', 'news.articles[].title string', 'news.articles[].more object', 'users array of string',
  ])
})

test('what is documented comes first and once', () => {
  const got = merged([{ name: 'msgtype', type: 'string', need: 'yes' }], fieldsOf({ $ref: '#/components/schemas/m.in' }, all))
  expect(got[0]).toEqual({ name: 'msgtype', type: 'string', need: 'yes' })
  expect(got.filter((f) => f.name === 'msgtype')).toHaveLength(1)
})

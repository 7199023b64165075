import { expect, test } from 'vitest'
import { attributeFields, attributeValues } from './attributes'

test('every declared attribute has a field, and nothing else has', () => {
  const fields = attributeFields(['爱好', '主页'], [{ Type: 1, Name: '主页', URL: 'https://a.example', Title: '主页' }, { Type: 0, Name: '旧的', Text: 'x' }])
  expect(fields.map((f) => [f.Name, f.Type, f.Text, f.URL])).toEqual([['爱好', 0, '', ''], ['主页', 1, '', 'https://a.example']])
})

test('a field says only what its type has', () => {
  const [text, web, mini] = attributeFields(['a', 'b', 'c'], [])
  Object.assign(text!, { Text: ' 围棋 ', URL: 'left over' })
  Object.assign(web!, { Type: 1, Text: 'left over', URL: 'https://a.example', Title: '主页' })
  Object.assign(mini!, { Type: 2, AppID: 'wx1', PagePath: '/p', Title: '名片' })
  expect(attributeValues([text!, web!, mini!])).toEqual([
    { Type: 0, Name: 'a', Text: '围棋' },
    { Type: 1, Name: 'b', URL: 'https://a.example', Title: '主页' },
    { Type: 2, Name: 'c', AppID: 'wx1', PagePath: '/p', Title: '名片' },
  ])
})

import { expect, test } from 'vitest'
import { pretty } from './when'

test('JSON and XML are laid out, and anything else is left as it is', () => {
  expect(pretty('{"a":[1]}')).toBe('{\n  "a": [\n    1\n  ]\n}')
  expect(pretty('<xml><ToUserName><![CDATA[a<b></x>]]></ToUserName><Items><Item>1</Item><Empty/></Items></xml>')).toBe(
    '<xml>\n  <ToUserName><![CDATA[a<b></x>]]></ToUserName>\n  <Items>\n    <Item>1</Item>\n    <Empty/>\n  </Items>\n</xml>',
  )
  expect(pretty('1 < 2')).toBe('1 < 2')
})

import { afterEach, expect, test } from 'vitest'
import { fill, lang, say, useWords } from './words'

afterEach(() => {
  lang.value = 'zh'
})

test('words follow the language', () => {
  const w = useWords({ save: ['保存', 'Save'] })
  lang.value = 'zh'
  expect(w.save).toBe('保存')
  lang.value = 'en'
  expect(w.save).toBe('Save')
  expect(say(['人', 'person'])).toBe('person')
})

test('values are filled in, and what is not given stays', () => {
  expect(fill('{n} of {all}', { n: 3 })).toBe('3 of {all}')
})

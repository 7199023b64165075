import { expect, it } from 'vitest'
import { inWords, type Question } from './health'

const q = (question_type: number, options?: string[]): Question => ({ question_id: 1, title: 'Q', question_type, is_required: true, options })

it('says an answer in words', () => {
  expect(inWords(q(1), { question_id: 1, text: '36.5' })).toBe('36.5')
  expect(inWords(q(2, ['好', '不好']), { question_id: 1, single_choice: 2 })).toBe('不好')
  expect(inWords(q(3, ['a', 'b', 'c']), { question_id: 1, multi_choice: [1, 3] })).toBe('a、c')
  expect(inWords(q(2, ['a']), { question_id: 1, single_choice: 7 })).toBe('7')
  expect(inWords(q(5), { question_id: 1, url: 'https://example.com/s' })).toBe('https://example.com/s')
  expect(inWords(q(6), { question_id: 1, itinerary_card_type: 0, high_risk_area: '某市' })).toMatch(/ · 某市$/)
  expect(inWords(q(1))).toBe('')
})

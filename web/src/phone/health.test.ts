import { expect, it } from 'vitest'
import { answered, unfilled, valuesOf, type HealthQuestion } from './health'

const q = (question_id: number, question_type: number): HealthQuestion => ({ question_id, question_type, title: 'Q', is_required: 1 })
const all = [1, 2, 3, 4, 5, 6].map((n) => q(n, n))

it('sends nothing for what is not answered', () => {
  const filled = Object.fromEntries(all.map((x) => [x.question_id, unfilled()]))
  expect(all.some((x) => answered(x, filled[x.question_id]!))).toBe(false)
  expect(valuesOf(all, filled)).toEqual([])
  expect(valuesOf(all, {})).toEqual([])
})

it('sends each kind of answer in its own field', () => {
  const filled = { 1: { ...unfilled(), text: ' 36.5 ' }, 2: { ...unfilled(), single: 2 }, 3: { ...unfilled(), multi: [3, 1] }, 4: { ...unfilled(), files: [{ id: 'm', name: 'a' }] }, 5: { ...unfilled(), text: 'https://s' }, 6: { ...unfilled(), card: 0, risk: '某市' } }
  expect(valuesOf(all, filled)).toEqual([
    { question_id: 1, text: '36.5' },
    { question_id: 2, single_choice: 2 },
    { question_id: 3, multi_choice: [1, 3] },
    { question_id: 4, fileid: ['m'] },
    { question_id: 5, url: 'https://s' },
    { question_id: 6, itinerary_card_type: 0, high_risk_area: '某市' },
  ])
})

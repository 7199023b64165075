import { expect, test } from 'vitest'
import { fromQuery, toQuery } from './filters'

const initial = { q: '', days: '30' }

test('a filter is read from the address, and only its own names', () => {
  expect(fromQuery({ q: 'lin', page: '2', days: ['7'] }, initial)).toEqual({ q: 'lin', days: '30' })
})

test('what is as at first is not in the address, and what is not of the filter stays', () => {
  expect(toQuery({ q: 'old', open: 'wm1' }, initial, { q: '', days: '7' })).toEqual({ open: 'wm1', days: '7' })
  expect(toQuery({ q: 'old' }, initial, { q: 'lin', days: '30' })).toEqual({ q: 'lin' })
})

test('what is written to the address is read from it', () => {
  const values = { q: 'a&b=c 林', days: '90' }
  expect(fromQuery(toQuery({}, initial, values), initial)).toEqual(values)
})

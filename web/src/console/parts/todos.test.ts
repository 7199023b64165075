import { expect, it } from 'vitest'
import { todoProgress, todoState } from './todos'

const said = (...answers: number[]) => ({ followers: answers.map((status) => ({ userid: 'lisi', name: '李四', status, updated_at: 0 })) })

it('counts who has done it among those who have not declined', () => {
  expect(todoProgress(said())).toBe('')
  expect(todoProgress(said(0))).toBe('')
  expect(todoProgress(said(0, 1, 2, 2))).toBe('2/3')
})

it('calls a to-do late only where the server does', () => {
  expect([0, 1, 2].map((status) => todoState({ status, overdue: false }))).toEqual(['done', 'open', 'deleted'])
  expect(todoState({ status: 1, overdue: true })).toBe('overdue')
})

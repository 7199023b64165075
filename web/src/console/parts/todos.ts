// What the pages of to-dos share.

import type { Pair } from '@/shared/words'
import type { Person } from '../customers'

export type Follower = Person & { status: number; updated_at: number }
export type Todo = {
  no: number
  todo_id: string
  content: string
  status: number
  overdue: boolean
  creator: Person
  end_time: number
  created_at: number
  updated_at: number
  remind_types: number[]
  remind_at: number
  followers: Follower[]
}

/** The state of a to-do, which is late where its end has come before it is done. */
export const todoState = (t: Pick<Todo, 'status' | 'overdue'>): 'open' | 'overdue' | 'done' | 'deleted' => (t.overdue ? 'overdue' : (['done', 'open', 'deleted'] as const)[t.status] ?? 'open')
export const todoStates: Record<ReturnType<typeof todoState>, Pair> = { open: ['进行中', 'under way'], overdue: ['已逾期', 'overdue'], done: ['已完成', 'done'], deleted: ['已删除', 'deleted'] }
export const todoTones: Record<ReturnType<typeof todoState>, string> = { open: '', overdue: 'bad', done: 'good', deleted: 'faint' }

/** What a member who takes part has said. */
export const todoAnswers: Pair[] = [['已拒绝', 'declined'], ['已接受', 'accepted'], ['已完成', 'done']]
export const todoAnswerTones = ['faint', '', 'good']

/** When members are reminded, by the kinds of reminders. 0 is no reminder. */
export const todoReminders: Record<number, Pair> = {
  1: ['截止时', 'at the end'],
  3: ['提前 15 分钟', '15 minutes before'],
  5: ['提前 1 小时', '1 hour before'],
  6: ['提前 2 小时', '2 hours before'],
  7: ['提前 1 天', '1 day before'],
  8: ['提前 2 天', '2 days before'],
  9: ['提前 1 周', '1 week before'],
}

/** How many of those who take part have done it. Those who have declined do not count. */
export function todoProgress(t: Pick<Todo, 'followers'>): string {
  const asked = t.followers.filter((f) => f.status !== 0)
  return asked.length ? `${asked.filter((f) => f.status === 2).length}/${asked.length}` : ''
}

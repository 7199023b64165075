// The built-in applications that have pages of their own, and what has a page without being an application, under a
// kind that no administrator switches off. One more is a line here and its routes.

import { get } from '@/shared/request'
import type { Pair } from '@/shared/words'
import type { paths } from './parts/Icon.vue'

export type Tile = {
  /** The kind of the application that administrators switch off, and whose range counts. */
  kind: string
  name: Pair
  to: string
  icon: keyof typeof paths
  tint: string
  /** How much waits for the member. */
  badge?: () => Promise<number>
}

export const tiles: Tile[] = [
  {
    kind: 'approval',
    name: ['审批', 'Approvals'],
    to: '/approvals',
    icon: 'approval',
    tint: '#2767d8',
    badge: async () => (await get<{ waiting: number }>('/phone/api/approvals?box=waiting')).waiting,
  },
  { kind: 'checkin', name: ['打卡', 'Check-in'], to: '/checkin', icon: 'place', tint: '#1f8a4c' },
  { kind: 'calendar', name: ['日程', 'Calendar'], to: '/calendar', icon: 'calendar', tint: '#a8590a' },
  { kind: 'meeting', name: ['会议', 'Meetings'], to: '/meetings', icon: 'video', tint: '#b03a5b' },
  { kind: 'meeting_room', name: ['会议室', 'Meeting rooms'], to: '/rooms', icon: 'room', tint: '#0a7688' },
  {
    kind: 'journal',
    name: ['汇报', 'Reports'],
    to: '/journals',
    icon: 'journal',
    tint: '#7a4fc9',
    badge: async () => (await get<{ journals: { read: boolean }[] }>('/phone/api/journals?box=received')).journals.filter((j) => !j.read).length,
  },
  {
    kind: 'todo',
    name: ['待办', 'To-dos'],
    to: '/todos',
    icon: 'todo',
    tint: '#b23a6b',
    badge: async () => (await get<{ todos: { answer: number | null }[] }>('/phone/api/todos?box=open')).todos.filter((t) => t.answer === 1).length,
  },
  {
    kind: 'health',
    name: ['健康上报', 'Health'],
    to: '/health',
    icon: 'heart',
    tint: '#c2452d',
    badge: async () => (await get<{ jobs: { reported: boolean }[] }>('/phone/api/health?for=workbench')).jobs.filter((j) => !j.reported).length,
  },
  { kind: 'document', name: ['文档', 'Documents'], to: '/docs', icon: 'file', tint: '#2f6f9f' },
  { kind: 'robots', name: ['机器人', 'Robots'], to: '/robots', icon: 'robot', tint: '#4a5568' },
]

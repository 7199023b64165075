// What waits for a member: mass messages to be sent, moments to be published, customers to be taken.

import { ref } from 'vue'
import { get } from '@/shared/request'
import type { Words } from './customers'

export type Target = { id: string; name: string; enough?: boolean }
export type Task = Words & { msgid: string; chat_type: 'single' | 'group'; allow_select: boolean; reminded: number; create_time: number; count: number; enough: number; targets: Target[] }
export type Quota = { rule: 'month' | 'week' | 'day'; most: number; since: number }
export type Answer = { userid?: string; external_userid?: string; name: string; text?: string; time: number }
export type Moment = {
  moment_id: string
  own: boolean
  by: { userid?: string; name: string }
  published_at?: number
  text?: string
  images?: string[]
  video?: { media_id: string }
  link?: { title: string; url: string; media_id?: string }
  location?: { name: string }
  files?: Record<string, string>
  customers: number
  likes: Answer[]
  comments: Answer[]
}
export type Transfer = { external_userid: string; name: string; avatar?: string; from: { userid: string; name: string }; to: { userid: string; name: string }; resigned?: boolean; status: 1 | 2 | 3 | 4; due: number }

export const tasks = ref<Task[]>([])
export const quota = ref<Quota>()
export const moments = ref<{ todo: Moment[]; published: Moment[] }>({ todo: [], published: [] })
export const transfers = ref<Transfer[]>([])
export const waiting = () => tasks.value.length + moments.value.todo.length

export async function loadTodo() {
  const [mass, m, t] = await Promise.all([
    get<{ quota: Quota; tasks: Task[] }>('/phone/api/mass'),
    get<{ todo: Moment[]; published: Moment[] }>('/phone/api/moments'),
    get<{ transfers: Transfer[] }>('/phone/api/customer_transfers'),
  ])
  tasks.value = mass.tasks
  quota.value = mass.quota
  moments.value = m
  transfers.value = t.transfers
}

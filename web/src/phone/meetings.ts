// Meetings as the phone has them. internal/meeting says what each part means.

import { say, type Pair } from '@/shared/words'

export type Meeting = {
  meetingid: string
  title: string
  meeting_code: string
  admin_userid: string
  location?: string
  meeting_start: number
  meeting_end: number
  repeats: boolean
  status: number
  mine: boolean
  lead: boolean
  inside: boolean
  waiting: boolean
}
export type Person = { name: string; userid?: string; tmp_openid: string; role: number; waiting: boolean; audio: boolean; screen: boolean }
export type Detail = Meeting & {
  description?: string
  password?: string
  invitees: string[]
  sub_meetings: { sub_meetingid: string; status: number; start_time: number; end_time: number }[]
  people: Person[]
  mute_all: boolean
  locked: boolean
  audio: boolean
  screen: boolean
}
export type State = { meetingid: string; meeting_code: string; status: number; waiting: boolean }

const statuses: Record<number, Pair> = { 1: ['待开始', 'not begun'], 2: ['进行中', 'going on'], 3: ['已结束', 'over'], 4: ['已取消', 'cancelled'], 5: ['已过期', 'expired'] }
export const statusName = (n: number) => (statuses[n] ? say(statuses[n]) : '')
const roles: Record<number, Pair> = { 2: ['主持人', 'host'], 3: ['管理员', 'administrator'], 4: ['访客', 'visitor'], 6: ['联席主持人', 'co-host'] }
export const roleName = (n: number) => (roles[n] ? say(roles[n]) : '')

/** A number of nine digits as people read it. */
export const spaced = (code: string) => code.replace(/^(\d{3})(\d{3})(\d{3})$/, '$1 $2 $3')

/** Whether somebody can still come in. */
export const canJoin = (m: Meeting) => !m.inside && !m.waiting && (m.status === 1 || m.status === 2)

/** Those who are in the meeting, and those who wait, each person once. */
export function there(people: Person[]): { inside: Person[]; waiting: Person[] } {
  const once = (list: Person[]) => list.filter((p, i) => list.findIndex((o) => o.tmp_openid === p.tmp_openid) === i)
  return { inside: once(people.filter((p) => !p.waiting)), waiting: once(people.filter((p) => p.waiting)) }
}

// Schedules as the phone has them. internal/calendar says what each part means.

import { clock, dayText, day, format, midnight, now } from '@/shared/china'
import { get, withQuery } from '@/shared/request'
import { lang, say, type Pair } from '@/shared/words'

export type Shown = {
  schedule_id: string
  cal_id: string
  summary: string
  location?: string
  start_time: number
  end_time: number
  is_whole_day: boolean
  repeats: boolean
  attendees?: string[]
  response_status?: number
}
export type Repeat = { is_repeat: boolean; repeat_type: number; repeat_until: number; is_custom_repeat: boolean; repeat_interval: number; repeat_day_of_week: number[]; repeat_day_of_month: number[] }
export type Detail = {
  schedule_id: string
  calendar: string
  summary: string
  description: string
  location: string
  start_time: number
  end_time: number
  is_whole_day: boolean
  remind_time_diffs: number[]
  repeat: Repeat
  attendees: { userid: string; name: string; response_status: number }[]
  creator: string
  may_change: boolean
  takes_part: boolean
  has_room: boolean
}

export const schedules = (from: number, to: number) => get<Shown[]>(withQuery('/phone/api/schedules', { from, to }))

/** The next schedule within a week that the member has not declined. */
export async function nextSchedule(): Promise<Shown | undefined> {
  const list = await schedules(now(), now() + 7 * day)
  return list.filter((s) => s.response_status !== 4 && s.end_time > now()).sort((a, b) => a.start_time - b.start_time)[0]
}

/** Those that take some of a day, in order. */
export function onDay(list: Shown[], at: number): Shown[] {
  const to = at + day
  return list
    .filter((s) => (s.start_time < to && s.end_time > at) || (s.start_time === s.end_time && s.start_time >= at && s.start_time < to))
    .sort((a, b) => Number(b.is_whole_day) - Number(a.is_whole_day) || a.start_time - b.start_time)
}

export function dayName(at: number): string {
  const days = Math.round((midnight(at) - midnight(now())) / day)
  if (days === 0) return say(['今天', 'Today'])
  if (days === 1) return say(['明天', 'Tomorrow'])
  return format(at, lang.value, { month: 'short', day: 'numeric', weekday: 'short' })
}

export function spanText(s: { start_time: number; end_time: number; is_whole_day: boolean }): string {
  if (s.is_whole_day) {
    const last = Math.max(s.start_time, s.end_time - 1)
    return dayName(s.start_time) + (midnight(last) > midnight(s.start_time) ? ` – ${dayName(last)}` : '') + say([' 全天', ', all day'])
  }
  const end = midnight(s.end_time) === midnight(s.start_time) ? clock(s.end_time) : `${dayName(s.end_time)} ${clock(s.end_time)}`
  return `${dayName(s.start_time)} ${clock(s.start_time)}–${end}`
}

const rhythms: Record<number, Pair> = { 0: ['每天', 'Every day'], 1: ['每周', 'Every week'], 2: ['每月', 'Every month'], 5: ['每年', 'Every year'], 7: ['每个工作日', 'Every workday'] }
export const rhythmTypes = [0, 7, 1, 2, 5]
export const rhythmName = (type: number) => (rhythms[type] ? say(rhythms[type]) : '')
export function repeatText(r: Repeat): string {
  if (!r.is_repeat) return ''
  const every = r.is_custom_repeat && r.repeat_interval > 1 ? say([`（每 ${r.repeat_interval} 次）`, `, each ${r.repeat_interval}th`]) : ''
  return rhythmName(r.repeat_type) + every + (r.repeat_until ? say([`，至 ${dayText(r.repeat_until)}`, ` until ${dayText(r.repeat_until)}`]) : '')
}

const answers: Record<number, Pair> = { 0: ['未回复', 'no answer'], 1: ['待定', 'tentative'], 2: ['接受', 'accepted'], 3: ['仅接受一次', 'accepted once'], 4: ['拒绝', 'declined'] }
export const answerName = (n: number) => (answers[n] ? say(answers[n]) : '')

const reminders: Record<number, Pair> = {
  0: ['开始时', 'when it begins'],
  [-300]: ['5 分钟前', '5 minutes before'],
  [-900]: ['15 分钟前', '15 minutes before'],
  [-3600]: ['1 小时前', 'an hour before'],
  [-86400]: ['1 天前', 'a day before'],
}
export const reminderTimes = [0, -300, -900, -3600, -86400]
export const reminderName = (n: number) => (reminders[n] ? say(reminders[n]) : '')

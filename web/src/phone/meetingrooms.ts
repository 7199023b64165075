// Meeting rooms as the phone has them.

import { day } from '@/shared/china'
import { say, type Pair } from '@/shared/words'

export type Taken = { start_time: number; end_time: number }
export type Room = { meetingroom_id: number; name: string; place: string; capacity: number; equipment: number[]; need_approval: boolean; taken: Taken[] }
export type Booking = {
  booking_id: string
  meetingroom_id: number
  series_id: string
  room: string
  place: string
  subject: string
  start_time: number
  end_time: number
  status: number
  checked_in: number
  release_at: number
  steps: ('checkin' | 'release' | 'cancel')[]
}

const things: Record<number, Pair> = { 1: ['电视', 'television'], 2: ['电话', 'telephone'], 3: ['投影', 'projector'], 4: ['白板', 'whiteboard'], 5: ['视频', 'video'] }
export const equipmentName = (n: number) => (things[n] ? say(things[n]) : '')
const statuses: Record<number, Pair> = { 0: ['已预定', 'booked'], 2: ['待审批', 'asked for'], 3: ['审批中', 'being approved'] }
export const statusName = (n: number) => (statuses[n] ? say(statuses[n]) : '')

/** Half an hour, by which rooms are booked. */
export const slot = 1800

/** The slots of a day that are still to come, and whether each is free. */
export function slots(midnight: number, now: number, taken: Taken[], from = 8, to = 21): { at: number; free: boolean }[] {
  const out = []
  for (let at = midnight + from * 3600; at < midnight + to * 3600 && at < midnight + day; at += slot) {
    const past = at + slot / 2 <= now // a quarter of an hour late one may still book
    out.push({ at, free: !past && !taken.some((t) => t.start_time < at + slot && t.end_time > at) })
  }
  return out
}

/** Whether a room is free for a whole time. */
export const isFree = (room: Room, from: number, to: number) => !room.taken.some((t) => t.start_time < to && t.end_time > from)

/** Of bookings that repeat only the next one. */
export const nextOfEach = (list: Booking[]) => list.filter((b, i) => !b.series_id || list.findIndex((o) => o.series_id === b.series_id) === i)

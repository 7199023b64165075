import { expect, test } from 'vitest'
import { isFree, nextOfEach, slots, type Booking, type Room } from './meetingrooms'

const midnight = 1767542400 // 2026-01-05
const at = (hour: number) => midnight + hour * 3600

test('a slot is free until a quarter of an hour after it has begun, and where nothing is booked', () => {
  const list = slots(midnight, at(9) + 899, [{ start_time: at(10), end_time: at(11) }])
  const free = (hour: number) => list.find((s) => s.at === at(hour))!.free
  expect(free(8.5)).toBe(false)
  expect(free(9)).toBe(true)
  expect(free(9.5)).toBe(true)
  expect(free(10)).toBe(false)
  expect(free(10.5)).toBe(false)
  expect(free(11)).toBe(true)
  expect(slots(midnight, at(9) + 900, []).find((s) => s.at === at(9))!.free).toBe(false)
})

test('a room is free where no booking touches the time', () => {
  const room = { taken: [{ start_time: at(10), end_time: at(11) }] } as Room
  expect(isFree(room, at(9), at(10))).toBe(true)
  expect(isFree(room, at(10.5), at(12))).toBe(false)
  expect(isFree(room, at(11), at(12))).toBe(true)
})

test('of bookings that repeat only the next is listed', () => {
  const list = [{ booking_id: '1', series_id: 'a' }, { booking_id: '2', series_id: '' }, { booking_id: '3', series_id: 'a' }, { booking_id: '4', series_id: '' }] as Booking[]
  expect(nextOfEach(list).map((b) => b.booking_id)).toEqual(['1', '2', '4'])
})

// Check-ins as the server tells of them, and in words.
import { lang, useWords } from '@/shared/words'

export type CheckInRecord = { at: number; checkin_type: string; exception_type?: string; location_title?: string; notes?: string; missing?: boolean; field_work?: boolean }
export type Slot = { checkin_type: string; due: number; done?: CheckInRecord }
export type Site = { lat: number; lng: number; loc_title: string; loc_detail: string; distance: number }
export type Today = {
  now: number
  day: number
  rule?: string
  shift?: string
  workday: boolean
  exempt?: boolean
  open: boolean
  next?: string
  need_photo?: boolean
  face?: boolean
  places: Site[]
  slots: Slot[]
  records: CheckInRecord[]
}
export type Flaw = { exception: number; count: number; duration: number }
export type Day = { day: number; workday: boolean; future?: boolean; shift?: string; records: CheckInRecord[]; exceptions: Flaw[]; approvals: string[]; worked: number }
export type Month = { month: string; days: Day[]; work_days: number; regular_days: number; worked: number; overtime: number; exceptions: Flaw[] }

// Days and times are China's, whatever the phone's zone.
const zone = 'Asia/Shanghai'
const format = (at: number, how: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(lang.value === 'zh' ? 'zh-CN' : 'en-GB', { timeZone: zone, ...how }).format(at * 1000)

/** The time of day of Unix seconds. */
export const clock = (at: number, seconds = false) => format(at, { hour: '2-digit', minute: '2-digit', second: seconds ? '2-digit' : undefined, hourCycle: 'h23' })
/** The day of Unix seconds, in full. */
export const date = (at: number) => format(at, { month: 'long', day: 'numeric', weekday: 'long' })

/** The platform's names of kinds of check-ins and of what is wrong with them, in the reader's language. */
export function useCheckInWords() {
  const w = useWords({
    coming: ['上班打卡', 'Check in'],
    going: ['下班打卡', 'Check out'],
    noted: ['打卡', 'Check in'],
    outing: ['外出打卡', 'Outing'],
    missing: ['缺卡', 'missing'],
    place: ['地点异常', 'elsewhere'],
    device: ['设备异常', 'another phone'],
    time: ['时间异常', 'late or early'],
    wifi: ['wifi异常', 'another network'],
  })
  const kinds: Record<string, keyof typeof w> = { 上班打卡: 'coming', 下班打卡: 'going', 外出打卡: 'outing', 仅记录打卡时间和位置: 'noted' }
  const flaws: Record<string, keyof typeof w> = { 时间异常: 'time', 地点异常: 'place', wifi异常: 'wifi', 非常用设备: 'device', 未打卡: 'missing' }
  return {
    kind: (text: string) => (kinds[text] ? w[kinds[text]!] : text),
    wrong: (text: string) =>
      text
        .split(';')
        .map((t) => (flaws[t] ? w[flaws[t]!] : t))
        .join(' · '),
  }
}

// Templates of reports as the console has them.

import type { Control } from '@/shared/form/types'

type Range = { departments?: number[]; members?: string[]; tags?: number[] }
type Named = { departments: number[]; members: { userid: string; name: string }[]; tags: { id: number; name: string }[] }
export type JournalBody = {
  name: string
  controls: Control[]
  report_type: number
  range: Range
  white_range: Range
  receivers: { users: string[] | null; tags: number[] | null; leaders: number[] | null }
  deadline: number
  workdays: boolean
}
export type JournalTemplate = { template_id: string; body: JournalBody; range?: Named; white?: Named; receivers?: Named; version: string }

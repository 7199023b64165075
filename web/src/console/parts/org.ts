// What the boxes of the org chart share with their page.

import type { InjectionKey, Ref } from 'vue'
import type { Leader } from '@/shared/api'
import type { Department } from '../departments'
import type { Chart } from '../orgchart'

export type { Leader } from '@/shared/api'
export type People = { list: Leader[]; total: number; loading: boolean; trouble: string }

export type OrgPage = {
  chart: Chart
  focus: Ref<number>
  found: Ref<number>
  leaders: Map<number, Leader[]>
  people: Map<number, People>
  toggle: (d: Department) => void
  togglePeople: (d: Department) => void
  morePeople: (d: Department) => void
  widen: (d: Department, by: number) => void
  show: (userid: string) => void
}

export const orgPage: InjectionKey<OrgPage> = Symbol('org chart')

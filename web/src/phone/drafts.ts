// What a member has begun to write and not sent, in this browser.

import { reactive } from 'vue'
import { read, write } from '@/shared/words'
import { me } from './store'

const most = 100
const longest = 4000
const place = () => `qiwei.drafts.${me.value?.corp.corpid}.${me.value?.userid}`

let of = ''
const drafts = reactive<Record<string, string>>({})
function known(): Record<string, string> {
  if (me.value && of !== place()) {
    of = place()
    for (const key of Object.keys(drafts)) delete drafts[key]
    try {
      Object.assign(drafts, JSON.parse(read(of) ?? '{}'))
    } catch {
      // nothing that could be read
    }
  }
  return drafts
}

export const draftOf = (key: string) => known()[key] ?? ''

export function keepDraft(key: string, text: string) {
  const list = known()
  delete list[key] // the newest stands last
  if (text.trim() !== '') list[key] = text.slice(0, longest)
  for (const old of Object.keys(list).slice(0, -most)) delete list[old]
  write(place(), JSON.stringify(list))
}

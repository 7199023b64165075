// The categories of tools that a robot can be allowed to use.

import { say, type Pair } from './words'

const names: Record<string, Pair> = {
  contact: ['通讯录', 'Contacts'],
  doc: ['文档', 'Documents'],
  meeting: ['会议', 'Meetings'],
  msg: ['消息', 'Messages'],
  schedule: ['日程', 'Schedules'],
  todo: ['待办', 'To-dos'],
}

export const categoryName = (category: string) => (names[category] ? say(names[category]) : category)

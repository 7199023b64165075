// What the pages of customers share: types of the console's answers, and words for WeCom's numbers.

import { get } from '@/shared/request'
import { say, type Pair } from '@/shared/words'

export type Tag = { id: string; name: string }
export type Person = { userid: string; name: string }

export type Relation = {
  no: number
  external_userid: string
  name: string
  type: number
  gender: number
  corp_name?: string
  userid: string
  member: string
  left?: boolean
  standing: number
  handing?: boolean
  at: string
  remark: string
  description?: string
  company?: string
  mobiles: string[]
  tags: Tag[]
  way: number
  state?: string
  talked_at?: string
}

export type TagGroup = { id: string; name: string; order: number; app?: string; at: string; strategy_id?: number; tags: { id: string; name: string; order: number; app?: string; at: string }[] }

export type Content = { text: string; parts: { type: string; title?: string; url?: string; media_id?: string }[] }

// add_way, as the platform counts it.
const ways: Record<number, Pair> = {
  0: ['未知来源', 'Unknown'],
  1: ['扫描二维码', 'QR code'],
  2: ['搜索手机号', 'Mobile number'],
  3: ['名片分享', 'Name card'],
  4: ['群聊', 'Group chat'],
  5: ['手机通讯录', 'Phone contacts'],
  6: ['微信联系人', 'WeChat contacts'],
  8: ['应用的客服人员', 'Support of an application'],
  9: ['搜索邮箱', 'Mail address'],
  10: ['视频号', 'Video channel'],
  11: ['日程参与人', 'A schedule'],
  12: ['会议参与人', 'A meeting'],
  13: ['微信好友的企业微信', 'WeCom of a WeChat friend'],
  14: ['智慧硬件客服', 'Support of hardware'],
  15: ['上门服务客服', 'On-site service'],
  16: ['获客链接', 'Acquisition link'],
  17: ['定制开发', 'Custom development'],
  18: ['需求回复', 'Answer to a request'],
  21: ['第三方售前客服', 'Third-party pre-sales'],
  22: ['可能的商务伙伴', 'Possible partner'],
  24: ['微信账号的好友申请', 'Request to a WeChat account'],
  201: ['成员共享', 'Shared by a member'],
  202: ['管理员分配', 'Assigned by an admin'],
}
export const wayNumbers = Object.keys(ways).map(Number)
export const wayName = (n: number) => (ways[n] ? say(ways[n]) : `#${n}`)

const standings: Record<number, Pair> = { 1: ['好友', 'Friends'], 2: ['待成员通过', 'Not confirmed yet'], 3: ['客户已删除成员', 'Removed by the customer'] }
export const standingName = (n: number) => say(standings[n] ?? ['', ''])
const kinds: Record<number, Pair> = { 1: ['微信', 'WeChat'], 2: ['企业微信', 'WeCom'] }
export const kindOf = (n: number) => say(kinds[n] ?? ['', ''])

const parts: Record<string, Pair> = { image: ['图片', 'Picture'], link: ['链接', 'Link'], miniprogram: ['小程序', 'Mini program'], video: ['视频', 'Video'], file: ['文件', 'File'] }
export const partName = (type: string) => (parts[type] ? say(parts[type]) : type)

/** The text of something said, or what it consists of where it has none. */
export const inShort = (c: Content) => c.text || c.parts.map((p) => `[${partName(p.type)}] ${p.title ?? ''}`.trim()).join(' ')

export const loadTags = async () => (await get<{ groups: TagGroup[] }>('/console/api/customer-tags')).groups

/** The address of a picture that a media_id names. */
export const pictureOf = (mediaID: string) => `/console/api/pictures/${encodeURIComponent(mediaID)}`

/** An amount in fen as yuan. */
export const yuan = (fen: number) => `¥${(fen / 100).toFixed(2)}`

import { say, type Pair } from '@/shared/words'

const names: Record<string, Pair> = {
  self_built: ['自建应用', 'self-built'],
  contact_sync: ['通讯录同步', 'contact sync'],
  customer_contact: ['客户联系', 'customer contact'],
  chat_archive: ['会话内容存档', 'chat archive'],
  third_party: ['第三方应用', 'third-party'],
  third_party_contacts: ['第三方通讯录应用', 'third-party contacts'],
  contacts_edit: ['通讯录编辑授权', 'contacts-edit grant'],
  custom: ['代开发应用', 'proxy-developed'],
  login: ['登录授权', 'login authorisation'],
  hardware: ['硬件', 'hardware'],
  approval: ['审批', 'approval'],
  checkin: ['打卡', 'check-in'],
  journal: ['汇报', 'journal'],
  calendar: ['日程', 'calendar'],
  meeting: ['会议', 'meeting'],
  meeting_room: ['会议室', 'meeting rooms'],
  living: ['直播', 'live'],
  drive: ['微盘', 'drive'],
  customer_service: ['微信客服', 'customer service'],
  dial: ['公费电话', 'dial'],
  hr: ['人事助手', 'HR'],
  security: ['安全与管理', 'security'],
  health: ['健康上报', 'health reports'],
  suite: ['应用套件', 'suite'],
  provider: ['服务商', 'provider'],
  device: ['硬件设备', 'device'],
  group_robot: ['群机器人', 'group robot'],
  robot: ['智能机器人', 'intelligent robot'],
  sheet_hook: ['智能表格接收外部数据', 'a sheet’s webhook'],
}
// Those that an enterprise makes itself: a provider's are installed.
const elsewhere = ['third_party', 'third_party_contacts', 'contacts_edit', 'custom', 'login', 'hardware', 'suite', 'provider', 'device', 'group_robot', 'robot', 'sheet_hook']
export const kinds = Object.keys(names).filter((kind) => !elsewhere.includes(kind))
export const kindName = (kind: string) => (names[kind] ? say(names[kind]) : kind)

export const levelName = (level: string) =>
  say(
    ({
      range: ['可见范围内', 'in its range'],
      own: ['自己创建的', 'its own'],
      'historical-ip': ['历史 IP', 'historical IP'],
      all: ['全企业', 'all'],
      listed: ['被列为可调用时', 'if it is listed for it'],
      edit: ['可编辑时', 'if it may edit'],
      customers: ['可调用客户联系', 'if it may call customers'],
    } as Record<string, Pair>)[level] ?? [level, level],
  )

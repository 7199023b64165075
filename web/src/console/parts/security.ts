// Words for the platform's numbers of operations, devices and applications.

import type { Pair } from '@/shared/words'
import type { Person } from '../customers'

/** Of members (doc 100178). */
export const memberActs: Record<number, Pair> = {
  1: ['添加外部联系人', 'added a contact'], 2: ['删除外部联系人', 'deleted a contact'], 3: ['标记企业客户', 'marked a customer'], 4: ['新设备登录', 'signed in from a new device'], 5: ['更换手机号', 'changed the mobile number'],
  6: ['绑定微信号', 'bound WeChat'], 7: ['换绑微信号', 'bound another WeChat'], 8: ['邀请成员', 'invited a member'], 9: ['封禁登录', 'sign-in blocked'], 11: ['修改昵称', 'changed the alias'], 12: ['修改姓名', 'changed the name'],
  13: ['副设备登录', 'signed in on a second device'], 15: ['确认高级功能订单', 'confirmed an order'], 16: ['应用变更', 'changed an application'], 17: ['确认会话内容存档订单', 'confirmed an archive order'], 20: ['封禁互通', 'interconnection blocked'], 21: ['锁定设备', 'locked a device'],
}

/** With files (doc 98079). */
export const fileActs: Record<number, Pair> = {
  101: ['上传', 'uploaded'], 102: ['新建文件夹', 'made a folder'], 103: ['下载', 'downloaded'], 104: ['更新', 'updated'], 105: ['星标', 'starred'], 106: ['移动', 'moved'], 107: ['复制', 'copied'], 108: ['重命名', 'renamed'], 109: ['删除', 'deleted'],
  110: ['恢复', 'restored'], 111: ['彻底删除', 'deleted for good'], 112: ['转发到企业微信', 'forwarded in WeCom'], 113: ['通过链接下载', 'downloaded by a link'], 114: ['获取分享链接', 'took a link'], 115: ['修改分享链接', 'changed a link'],
  116: ['关闭分享链接', 'closed a link'], 117: ['收藏', 'kept'], 118: ['新建文档', 'made a document'], 119: ['新建表格', 'made a sheet'], 121: ['打开', 'opened'], 124: ['导出文件', 'exported'], 127: ['添加文件成员', 'added a member'],
  128: ['修改文件成员权限', 'changed a member’s right'], 129: ['移除文件成员', 'removed a member'], 130: ['设置文档水印', 'set the watermark'], 131: ['修改企业内权限', 'changed the right inside'], 132: ['修改企业外权限', 'changed the right outside'],
  133: ['添加快捷入口', 'added a shortcut'], 134: ['转发到微信', 'forwarded to WeChat'], 135: ['预览', 'previewed'], 136: ['权限管理', 'managed rights'], 139: ['安全设置', 'set the safety'], 140: ['通过邮件分享', 'shared by mail'],
  142: ['离职成员文件转交', 'handed on files of one who left'], 10001: ['通过下载申请', 'approved a download'], 10002: ['拒绝下载申请', 'refused a download'],
}

/** What was on a screen (doc 100128). */
export const screens: Record<number, Pair> = { 1: ['聊天', 'a chat'], 2: ['通讯录', 'the directory'], 3: ['邮件', 'mail'], 4: ['文件', 'a file'], 5: ['日程', 'a schedule'], 6: ['其他', 'something else'] }

/** What a device has come to (doc 98920). */
export const deviceStates: Record<number, Pair> = {
  1: ['已导入，未登录', 'imported, not used yet'], 2: ['待确认归属', 'ownership not confirmed'], 3: ['申报为企业设备', 'said to be the enterprise’s'], 4: ['申报为个人设备', 'said to be a member’s own'], 5: ['可信企业设备', 'trusted, the enterprise’s'], 6: ['可信个人设备', 'trusted, a member’s own'],
}
export const deviceTypes: Record<number, Pair> = { 1: ['可信企业设备', 'The enterprise’s'], 2: ['未知设备', 'Unknown'], 3: ['可信个人设备', 'Members’ own'] }

export type Device = {
  no: number
  device_code: string
  type: number
  status: number
  system: string
  mac_addr?: string[]
  motherboard_uuid?: string
  harddisk_uuid?: string[]
  domain?: string
  pc_name?: string
  seq_no?: string
  last_user?: Person
  last_login?: number
  confirm_by?: Person
  approved_by?: Person
}

export const businesses: Record<number, Pair> = { 1: ['邮件', 'mail'], 2: ['文档', 'documents'], 3: ['微盘', 'drive'], 4: ['会议', 'meetings'] }

/** What an application for an account has come to (doc 99885). */
export const applicationStates: Record<number, Pair> = { 1: ['审批中', 'being approved'], 2: ['审批驳回', 'refused by its approvers'], 3: ['审批通过', 'approved'], 4: ['管理员已拒绝', 'refused'], 5: ['管理员已分配', 'granted'], 101: ['已撤回', 'taken back'] }

// A customer, the member who knows them, and the colleague who takes over: three browsers, and the enterprise by
// its API and callbacks.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { accessible, settled, World } from './world.mjs'

/** @type {World} */
let w
let receiver
let wechat // the customer
let zhang // the member
let li // the colleague
let customer // external_userid
const shots = process.env.QIWEI_SHOTS // a folder for pictures, to look at
const picture = async (page, name) => shots && (await settled(page), await page.screenshot({ path: `${shots}/${name}.png` }))
const element = (xml, name) => new RegExp(`<${name}>(?:<!\\[CDATA\\[)?(.*?)(?:\\]\\]>)?</${name}>`).exec(xml)?.[1]
const log = (page) => page.getByRole('log')
async function script(path, body) {
  const answer = await fetch(`${w.url}/_qiwei/wechat/${path}`, { method: 'POST', body: JSON.stringify({ corpid: w.corp.corpid, ...body }) })
  assert.equal(answer.status, 200, `${path}: ${await answer.clone().text()}`)
  return answer.json()
}
async function write(page, text) {
  await page.getByRole('textbox', { name: /写消息|Write/ }).fill(text)
  await page.keyboard.press('Enter')
  await log(page).getByText(text).first().waitFor()
}
before(async () => {
  w = await World.start()
  receiver = await w.listen()
  wechat = await w.page({ viewport: { width: 1440, height: 900 }, locale: 'en-GB', bypassCSP: true, permissions: ['microphone'] })
  zhang = await w.phone('zhangsan', { lang: 'zh', path: '/phone/customers' })
  li = await w.phone('lisi', { width: 1024, height: 768, lang: 'en', dark: true })
})
after(() => w?.stop())

test('a customer scans a contact way, is welcomed, and both talk', async () => {
  const way = await w.call('externalcontact/add_contact_way', { type: 1, scene: 2, state: 'fair', user: ['zhangsan'] })
  await wechat.goto(way.qr_code)
  await wechat.getByLabel('Name', { exact: true }).fill('纪小北')
  await wechat.getByRole('button', { name: 'Add', exact: true }).click()
  const added = await receiver.push(/add_external_contact/)
  customer = element(added, 'ExternalUserID')
  await w.call('externalcontact/send_welcome_msg', { welcome_code: element(added, 'WelcomeCode'), text: { content: '欢迎光临' }, attachments: [{ msgtype: 'link', link: { title: '展位图', url: 'https://fair.example/map' } }] })
  await log(wechat).getByText('欢迎光临').waitFor()
  await log(wechat).getByRole('link', { name: /展位图/ }).waitFor()

  // The member's page has the customer at once, and shows what the application has said.
  await zhang.getByRole('link', { name: /纪小北/ }).click()
  await zhang.getByRole('link', { name: '发消息' }).click()
  await log(zhang).getByText('欢迎语').first().waitFor()
  await write(wechat, '几点开门？')
  await log(zhang).getByText('几点开门？').waitFor()
  await write(zhang, '九点')
  await log(wechat).getByText('九点').waitFor()
  await wechat.getByRole('button', { name: 'More' }).click()
  await wechat.getByRole('button', { name: 'Location' }).click()
  await wechat.getByLabel('Name of the place').fill('北门')
  await wechat.getByRole('dialog').getByRole('button', { name: 'Send' }).click()
  await log(zhang).getByText('北门').waitFor()
  await wechat.getByRole('button', { name: 'More' }).click()
  const chooser = wechat.waitForEvent('filechooser')
  await wechat.getByRole('button', { name: 'File', exact: true }).click()
  await (await chooser).setFiles({ name: '清单.txt', mimeType: 'text/plain', buffer: Buffer.from('一二三四五六') })
  await log(zhang).getByRole('link', { name: /清单.txt/ }).waitFor()
  await settled(wechat)
  await accessible(wechat, 'a chat on WeChat')
  await settled(zhang)
  await accessible(zhang, 'a chat with a customer')
  await picture(wechat, 'wechat-talk')
  await picture(zhang, 'customer-talk')
})

test('the member notes and tags the customer, and the enterprise reads it', async () => {
  const { tag_group: group } = await w.call('externalcontact/add_corp_tag', { group_name: '来源', tag: [{ name: '展会' }, { name: '官网' }] })
  await zhang.getByRole('link', { name: '详情' }).click()
  await zhang.getByRole('button', { name: '修改 标签' }).click()
  await zhang.getByLabel('展会').check()
  await zhang.getByRole('button', { name: '保存' }).click()
  await zhang.locator('.tags').getByText('展会').waitFor()
  await zhang.getByRole('button', { name: '编辑备注' }).click()
  await zhang.getByLabel('备注', { exact: true }).fill('小北')
  await zhang.getByRole('button', { name: '保存' }).click()
  await zhang.getByRole('heading', { name: '小北', level: 1 }).waitFor()
  const { follow_user: followers } = await w.call(`externalcontact/get?external_userid=${customer}`)
  assert.deepEqual([followers[0].remark, followers[0].tags.map((t) => t.tag_id)], ['小北', [group.tag[0].id]])
  assert.equal(element(await receiver.push(/edit_external_contact/), 'ExternalUserID'), customer)
  await settled(zhang)
  await accessible(zhang, 'a customer')
  await picture(zhang, 'customer')
})

test('the customer joins a group by a code, and both talk there', async () => {
  const { chat_id: chat } = await script('group/create', { owner: 'zhangsan', group_name: '新品群', userid: 'lisi' })
  const { config_id: config } = await w.call('externalcontact/groupchat/add_join_way', { scene: 2, chat_id_list: [chat] })
  await wechat.goto(`${w.url}/wechat/join/${config}`)
  await wechat.getByLabel('Who scans').selectOption({ label: '纪小北' })
  await wechat.getByRole('button', { name: 'Join', exact: true }).click()
  await write(wechat, '大家好')
  await zhang.goto(`${w.url}/phone/`)
  await zhang.getByRole('link', { name: /新品群/ }).click()
  await log(zhang).getByText('大家好').waitFor()
  await write(zhang, '欢迎小北')
  await log(wechat).getByText('欢迎小北').waitFor()
  await zhang.getByRole('link', { name: '详情' }).click()
  await zhang.locator('.row', { hasText: '纪小北' }).waitFor()
  await settled(zhang)
  await accessible(zhang, 'a group with customers')
  await picture(zhang, 'customer-group')
})

test('a mass message waits for the member, and reaches the customer', async () => {
  await zhang.goto(`${w.url}/phone/todo`)
  await zhang.getByText('没有待发送的群发').waitFor()
  await w.call('externalcontact/add_msg_template', { chat_type: 'single', sender: 'zhangsan', external_userid: [customer], text: { content: '新品上架，欢迎选购' } })
  await zhang.getByText('新品上架，欢迎选购').waitFor()
  await settled(zhang)
  await accessible(zhang, 'what is to be done')
  await picture(zhang, 'todo')
  await zhang.getByRole('button', { name: '发送' }).click()
  await zhang.getByText('没有待发送的群发').waitFor()
  await wechat.getByRole('link', { name: /新品上架/ }).click()
  await log(wechat).getByText('新品上架，欢迎选购').waitFor()
})

test('a moment is published, liked and answered', async () => {
  await zhang.goto(`${w.url}/phone/moments`)
  await zhang.getByRole('button', { name: '发表' }).click()
  await zhang.getByLabel('这一刻的想法').fill('新展厅开放了')
  await zhang.getByRole('dialog').getByRole('button', { name: '发表' }).click()
  await zhang.getByText('新展厅开放了').waitFor()
  await wechat.getByRole('link', { name: 'Moments' }).click()
  const moment = wechat.locator('article', { hasText: '新展厅开放了' })
  await moment.getByRole('button', { name: 'Like' }).click()
  await moment.getByLabel('Comment').fill('真好看')
  await moment.getByRole('button', { name: 'Send' }).click()
  await moment.getByText('真好看').waitFor()
  await settled(wechat)
  await accessible(wechat, 'moments on WeChat')
  await picture(wechat, 'wechat-moments')
  await zhang.reload()
  await zhang.getByText('真好看').waitFor()
  await settled(zhang)
  await accessible(zhang, 'moments')
})

test('the customer agrees to be handed to a colleague', async () => {
  await w.call('externalcontact/transfer_customer', { handover_userid: 'zhangsan', takeover_userid: 'lisi', external_userid: [customer] })
  await li.goto(`${w.url}/phone/todo`)
  await li.getByText(/may refuse until/).waitFor()
  await picture(wechat, 'wechat-transfer')
  await wechat.getByRole('button', { name: 'Accept' }).click()
  await wechat.getByRole('button', { name: 'Accept' }).waitFor({ state: 'detached' })
  await li.getByText('Done').waitFor()
  await li.goto(`${w.url}/phone/customers`)
  await li.getByRole('link', { name: /小北/ }).click()
  await li.getByRole('link', { name: 'Message', exact: true }).click()
  await log(li).getByText('On being handed over').waitFor()
  await settled(li)
  await accessible(li, 'a customer in the dark')
  await picture(li, 'customer-dark')
})

test('customer service: the assistant hands over to a person, who hands over and ends; the customer is asked', async () => {
  const account = await script('kf/account', { name: '售后', userid_list: ['lisi', 'zhangsan'], agentids: [w.app.agentid] })
  const of = { open_kfid: account.open_kfid, external_userid: customer }
  await wechat.goto(account.url)
  await wechat.getByLabel('Who scans').selectOption({ label: '纪小北' })
  await wechat.getByRole('button', { name: 'Enter', exact: true }).click()
  await write(wechat, '能退货吗？')
  await w.call('kf/send_msg', { touser: customer, open_kfid: account.open_kfid, msgtype: 'text', text: { content: '正在为您转接人工' } }).catch(() => {})
  await w.call('kf/service_state/trans', { ...of, service_state: 2 })

  await li.goto(`${w.url}/phone/desk`)
  await li.getByRole('link', { name: /纪小北/ }).click()
  await log(li).getByText('能退货吗？').waitFor()
  await picture(li, 'session-waits')
  await li.getByRole('button', { name: 'Take' }).click()
  await write(li, '可以，七天之内')
  await log(wechat).getByText('可以，七天之内').waitFor()
  await settled(li)
  await accessible(li, 'a session')
  await li.getByRole('button', { name: 'Hand over' }).click()
  const { name } = await w.call('user/get?userid=zhangsan')
  await li.getByRole('dialog').getByRole('button', { name: new RegExp(name) }).click()
  await li.getByText(`Served by ${name}`).waitFor()

  await zhang.goto(`${w.url}/phone/`)
  await zhang.getByRole('link', { name: /客服/ }).first().click()
  await write(zhang, '快递单号发我')
  await log(wechat).getByText('快递单号发我').waitFor()
  await settled(zhang)
  await accessible(zhang, 'a session on a phone')
  await picture(zhang, 'session-phone')
  await zhang.getByRole('button', { name: '结束会话' }).click()
  await zhang.getByText('会话已结束').waitFor()
  const { msg_list: told } = await w.call('kf/sync_msg', { open_kfid: account.open_kfid, limit: 1000 })
  const end = told.findLast((m) => m.event?.change_type === 3)
  const menu = { head_content: '您对服务满意吗？', list: [{ type: 'click', click: { id: 'good', content: '满意' } }, { type: 'click', click: { id: 'bad', content: '不满意' } }] }
  await w.call('kf/send_msg_on_event', { code: end.event.msg_code, msgtype: 'msgmenu', msgmenu: menu })
  await picture(wechat, 'wechat-menu')
  await log(wechat).getByRole('button', { name: '满意', exact: true }).click()
  await log(wechat).locator('.mine').getByText('满意').waitFor()
  const { msg_list: then } = await w.call('kf/sync_msg', { open_kfid: account.open_kfid, limit: 1000 })
  assert.equal(then.findLast((m) => m.origin === 3).text.menu_id, 'good')
  await settled(wechat)
  await accessible(wechat, 'customer service on WeChat')
  await picture(wechat, 'wechat-service')
})

test('the pages fit a phone, and nothing went wrong on the way', async () => {
  for (const page of [zhang, wechat]) {
    await page.setViewportSize({ width: 390, height: 844 })
    await settled(page)
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth + 1), 'a page scrolls sideways')
  }
  await picture(wechat, 'wechat-390')
  for (const page of [zhang, li, wechat]) assert.deepEqual([page.problems, page.outside], [[], []])
})

// A customer and an enterprise: the customer on the page of WeChat users, the enterprise by its API and callbacks.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { accessible, settled, World } from './world.mjs'

/** @type {World} */
let w
let receiver
let page
before(async () => {
  w = await World.start()
  receiver = await w.listen()
  page = await w.page({ viewport: { width: 1366, height: 860 }, locale: 'en-GB', bypassCSP: true })
})
after(() => w?.stop())
const element = (xml, name) => new RegExp(`<${name}>(?:<!\\[CDATA\\[)?(.*?)(?:\\]\\]>)?</${name}>`).exec(xml)?.[1]

test('a customer scans a contact way, is welcomed, writes and leaves', async () => {
  const way = await w.call('externalcontact/add_contact_way', { type: 1, scene: 2, state: 'fair', remark: 'The fair', user: ['zhangsan'] })
  await page.goto(way.qr_code)
  await page.getByLabel('Name', { exact: true }).fill('纪小北')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  const added = await receiver.push(/add_external_contact/)
  assert.equal(element(added, 'State'), 'fair')
  assert.equal(element(added, 'UserID'), 'zhangsan')
  await w.call('externalcontact/send_welcome_msg', { welcome_code: element(added, 'WelcomeCode'), text: { content: '欢迎光临' } })
  await page.getByRole('log').getByText('欢迎光临').waitFor()
  await page.getByPlaceholder('Write; Enter sends').fill('几点开门？')
  await page.keyboard.press('Enter')
  await page.getByRole('log').getByText('几点开门？').waitFor()
  const { external_contact: customer } = await w.call(`externalcontact/get?external_userid=${element(added, 'ExternalUserID')}`)
  assert.equal(customer.name, '纪小北')
  await settled(page)
  await accessible(page, 'a chat')

  await page.getByRole('button', { name: 'Block' }).click()
  await page.getByText('You have blocked them').waitFor()
  await page.getByRole('button', { name: 'Unblock' }).click()
  await page.getByRole('button', { name: 'Block', exact: true }).waitFor()
  await page.getByRole('button', { name: 'Remove' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Remove' }).click()
  assert.equal(element(await receiver.push(/del_follow_user/), 'ExternalUserID'), element(added, 'ExternalUserID'))
  await page.getByText('You have removed them').first().waitFor()
})

test('a customer is asked whether the conversation may be archived, and may change their mind', async () => {
  const customer = w.corp.customers[0]
  await page.goto(`${w.url}/wechat/`)
  const script = async (what, body) => {
    const r = await fetch(`${w.url}/_qiwei/${what}`, { method: 'POST', body: JSON.stringify({ corpid: w.corp.corpid, ...body }) })
    assert.equal(r.status, 200, await r.text())
  }
  await script('archive/settings', { editions: { 2: { departments: [1] } } })
  await page.getByRole('link', { name: new RegExp(customer.name) }).first().click()
  await page.getByRole('link', { name: /@/ }).first().click()
  const question = page.getByRole('group', { name: 'Chat archive' })
  await question.getByText('would archive this one').waitFor()
  await settled(page)
  await accessible(page, 'the question of the archive')
  await question.getByRole('button', { name: 'Agree' }).click()
  await question.getByText('You have agreed').waitFor()
  await question.getByRole('button', { name: 'Refuse' }).click()
  await question.getByText('You have refused').waitFor()
  await script('archive/settings', { editions: { 1: { departments: [1] } } })
})

test('a customer opens a page of an application, which hears who they are', async () => {
  await page.goto(`${w.url}/wechat/`)
  await page.getByRole('link', { name: /纪小北/ }).click()
  await page.getByRole('button', { name: 'Open a page' }).click()
  const dialog = page.getByRole('dialog', { name: 'Open a page' })
  await accessible(page, 'the dialogue of a page')
  const back = encodeURIComponent(`http://${w.app.redirect_domain}/healthz`)
  await dialog.getByLabel('Address of the page').fill(`${w.url}/connect/oauth2/authorize?appid=${w.corp.corpid}&agentid=${w.app.agentid}&redirect_uri=${back}&response_type=code&scope=snsapi_base&state=S`)
  const [opened] = await Promise.all([page.context().waitForEvent('page'), dialog.getByRole('button', { name: 'Open' }).click()])
  await opened.waitForURL(/healthz/)
  const who = await w.call(`auth/getuserinfo?code=${new URL(opened.url()).searchParams.get('code')}`)
  assert.match(who.openid, /^o.{27}$/)
  assert.equal(who.userid, undefined)
  await opened.close()
})

test('a code that leads nowhere says so', async () => {
  await page.goto(`${w.url}/wechat/way/nothing`)
  await page.getByLabel('Name', { exact: true }).fill('过客')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await page.getByRole('alert').getByText('config_id').waitFor()
  await accessible(page, 'the scanner')
})

test('the page fits a phone, in the dark', async () => {
  const p = await w.page({ viewport: { width: 390, height: 844 }, colorScheme: 'dark', locale: 'zh-CN', bypassCSP: true })
  await p.goto(`${w.url}/wechat/`)
  await p.getByRole('link', { name: /纪小北/ }).click()
  await p.getByRole('link', { name: /@/ }).click()
  await p.getByRole('log').getByText('几点开门？').waitFor()
  await settled(p)
  await accessible(p, 'a chat on a phone')
  assert.ok(await p.evaluate(() => document.documentElement.scrollWidth <= innerWidth + 1), 'the page scrolls sideways')
  assert.deepEqual([p.problems, p.outside], [[], []])
})

test('nothing was asked of another host', () => assert.deepEqual(page.outside, []))

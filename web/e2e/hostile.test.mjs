// Names and texts that are programs, everywhere people and other programs can put some, and every page that shows
// them. The pages' policy of content would stop a script; it is left out here, so that the drawing alone must.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { settled, World } from './world.mjs'

const evil = '<img src=x onerror=window.hit=1>'
const longer = `${evil}<svg onload="window.hit=1"></svg><a href="javascript:window.hit=1">tap</a>`
const mark = 'onerror=window.hit' // what a page that shows it has in its text

/** @type {World} */
let w
/** What was planted, by what it is. */
const made = {}
before(async () => {
  w = await World.start()
  await plant()
})
after(() => w?.stop())

const script = async (path, body) => {
  const answer = await fetch(`${w.url}/_qiwei/${path}`, { method: 'POST', body: JSON.stringify({ corpid: w.corp.corpid, ...body }) })
  const text = await answer.text()
  assert.ok(answer.ok, `${path}: ${text}`)
  return text && JSON.parse(text)
}

async function plant() {
  const soon = Math.floor(Date.now() / 1000) + 3600
  const contacts = async (path, body) => {
    const answer = await w.ask('contact_sync', path, body)
    assert.equal(answer.errcode, 0, `${path}: ${answer.errmsg}`)
    return answer
  }
  await contacts('user/create', { userid: 'evil', name: evil, alias: evil.slice(0, 32), position: longer.slice(0, 120), department: [1], mobile: '13800000999', address: longer.slice(0, 120) })
  await contacts('tag/create', { tagname: evil })
  await script('wechat/add', { userid: 'zhangsan', name: evil, unionid: 'oEvil' }).then((a) => (made.customer = a.external_userid))
  await script('wechat/send', { userid: 'zhangsan', external_userid: made.customer, text: longer })
  await w.call('externalcontact/remark', { userid: 'zhangsan', external_userid: made.customer, remark: evil.slice(0, 20), description: longer.slice(0, 100) })
  await script('wechat/group/create', { owner: 'zhangsan', group_name: evil, userids: ['lisi'], external_userids: [made.customer] }).then((a) => (made.group = a.chat_id))
  await script('wechat/group/send', { chat_id: made.group, external_userid: made.customer, text: longer })
  await w.call('externalcontact/add_contact_way', { type: 1, scene: 2, state: evil.slice(0, 30), remark: evil.slice(0, 30), user: ['zhangsan'] })
  await w.call('externalcontact/add_corp_tag', { group_name: evil.slice(0, 30), tag: [{ name: evil.slice(0, 30) }] })
  await w.call('appchat/create', { name: evil, chatid: 'evil', userlist: ['zhangsan', 'evil'] })
  await w.call('appchat/send', { chatid: 'evil', msgtype: 'markdown', markdown: { content: longer + '[tap](javascript:window.hit=1)' } })
  await w.send('zhangsan', 'text', { content: longer })
  const { meetingid } = await w.call('meeting/create', { admin_userid: 'zhangsan', title: evil, meeting_start: soon, meeting_duration: 1800, description: longer, invitees: { userid: ['evil'] } })
  made.meeting = meetingid
  made.schedule = (await w.call('oa/schedule/add', { schedule: { summary: longer, description: longer, location: evil, start_time: soon, end_time: soon + 900, attendees: [{ userid: 'zhangsan' }] } })).schedule_id
  await document()
  await form()
}

async function document() {
  const make = async (doc_type) => (await w.call('wedoc/create_doc', { doc_type, doc_name: evil, admin_users: ['zhangsan'] })).docid
  made.text = await make(3)
  await w.call('wedoc/document/batch_update', { docid: made.text, requests: [{ insert_text: { text: `${longer}\n[tap](javascript:window.hit=1)\n`, location: { index: 0 } } }] })
  made.grid = await make(4)
  const { sheet_id } = (await w.call('wedoc/spreadsheet/get_sheet_properties', { docid: made.grid })).properties[0]
  const rows = [{ values: [{ cell_value: { text: longer } }, { cell_value: { link: { text: 'tap', url: 'javascript:window.hit=1' } } }] }]
  await w.call('wedoc/spreadsheet/batch_update', { docid: made.grid, requests: [{ update_range_request: { sheet_id, grid_data: { start_row: 0, start_column: 0, rows } } }] })
  made.smart = await make(10)
  const smart = (await w.call('wedoc/smartsheet/get_sheet', { docid: made.smart })).sheet_list[0].sheet_id
  const more = { docid: made.smart, sheet_id: smart }
  await w.call('wedoc/smartsheet/add_fields', { ...more, fields: [{ field_title: evil, field_type: 'FIELD_TYPE_TEXT' }, { field_title: 'link', field_type: 'FIELD_TYPE_URL', property_url: { type: 'LINK_TYPE_PURE_TEXT' } }] })
  const values = { [evil]: [{ type: 'text', text: longer }], link: [{ type: 'url', text: 'tap', link: 'javascript:window.hit=1' }] }
  await w.call('wedoc/smartsheet/add_records', { ...more, records: [{ values }] })
}

async function form() {
  const items = [{ question_id: 1, title: evil, reply_type: 1, pos: 1, status: 1, must_reply: false, placeholder: evil }]
  const form_info = { form_title: evil, form_desc: longer, form_question: { items }, form_setting: { fill_out_auth: 0, fill_in_range: { userids: ['zhangsan'] }, setting_manager_range: { userids: ['zhangsan'] } } }
  made.form = (await w.call('wedoc/create_form', { form_info })).formid
}

/** Clicks what leads to a program. Fails if something ran, was drawn, or was asked of another server, and returns what the page shows. */
async function quiet(page, where) {
  await settled(page)
  for (const link of await page.getByText('tap', { exact: true }).all()) await link.click({ timeout: 2000 }).catch(() => {})
  assert.equal(await page.evaluate(() => window.hit), undefined, `a script ran on ${where}`)
  assert.deepEqual(page.outside, [], where)
  assert.equal(await page.locator('[href^="javascript:" i], img[src="x"], iframe:not([src^="/"])').count(), 0, `markup was drawn on ${where}`)
  return (await page.locator('body').innerText()).includes(mark)
}

/** Opens the pages one after the other and returns those that showed what was planted. */
async function walk(page, addresses) {
  const shown = []
  for (const address of addresses) {
    await page.goto(w.url + address)
    if (await quiet(page, address).catch((e) => { throw new Error(address + ': ' + e.message) })) shown.push(address)
  }
  return shown
}

const includes = (shown, ...wanted) => assert.deepEqual(wanted.filter((a) => !shown.includes(a)), [], 'pages that do not show it, so that nothing is known of them')

test('the console runs nothing', async () => {
  const page = await w.console({ bypassCSP: true })
  const pages = await page.locator('nav a[href]').evaluateAll((all) => all.map((a) => new URL(a.href).pathname).filter((p) => p.startsWith('/console')))
  assert.ok(pages.length > 30, `${pages.length} pages`)
  const shown = await walk(page, [...new Set(pages), '/console/directory?member=evil', `/console/customers/${made.customer}`, `/console/customer-groups/${made.group}`])
  includes(shown, '/console/tags', '/console/messages', '/console/calendars', '/console/customers', '/console/contact-ways', '/console/directory?member=evil', `/console/customers/${made.customer}`, `/console/customer-groups/${made.group}`)
  await page.context().close()
})

test('the phone runs nothing', async () => {
  const page = await w.page({ viewport: { width: 390, height: 844 }, locale: 'zh-CN', bypassCSP: true })
  assert.ok((await page.request.post(w.url + '/_qiwei/sign-in', { form: { corpid: w.corp.corpid, userid: 'zhangsan' } })).ok())
  const documents = [`/phone/docs/${made.text}`, `/phone/docs/${made.grid}`, `/phone/docs/${made.smart}`, `/phone/forms/${made.form}`]
  const people = ['/phone/contacts/of/evil', `/phone/customers/of/${made.customer}`, '/phone/a/' + w.app.agentid, `/phone/a/${w.app.agentid}/c/evil`]
  const office = ['/phone/docs', '/phone/meetings', `/phone/meetings/${made.meeting}`, '/phone/calendar', `/phone/calendar/${made.schedule}`]
  const shown = await walk(page, ['/phone/', '/phone/contacts', '/phone/customers', '/phone/workbench', '/phone/me', ...people, ...office, ...documents])
  includes(shown, '/phone/docs', ...people, `/phone/meetings/${made.meeting}`, `/phone/calendar/${made.schedule}`, ...documents)
  await page.context().close()
})

test('the page of WeChat users runs nothing', async () => {
  const page = await w.page({ viewport: { width: 1366, height: 860 }, locale: 'zh-CN', bypassCSP: true })
  await page.goto(w.url + '/wechat/')
  await page.getByRole('link', { name: evil }).first().click()
  assert.ok(await quiet(page, 'a WeChat user'))
  for (const link of await page.locator('main a[href*="/wechat/of/"], aside a[href*="/wechat/of/"]').all()) {
    if (!(await link.isVisible())) continue
    await link.click()
    await quiet(page, page.url())
  }
  await page.context().close()
})

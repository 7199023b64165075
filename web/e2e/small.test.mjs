// An administrator and the small built-in applications, in a browser: what scripts and phones do is seen in the
// console, and what the console does is seen by the calls.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { World } from './world.mjs'

describe('the small built-in applications', { timeout: 900_000 }, () => {
  let w
  let admin
  before(async () => {
    w = await World.start()
    admin = await w.console()
  })
  after(() => w?.stop())
  const play = async (path, body) => {
    const answer = await fetch(`${w.url}/_qiwei/${path}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ corpid: w.corp.corpid, ...body }) })
    assert.ok(answer.ok, `${path}: ${answer.status}`)
    return answer.json()
  }
  const open = async (path) => {
    await admin.goto(`${w.url}/console/${path}`)
    await admin.waitForSelector('h1')
  }
  const rows = () => admin.getByTestId('rows').locator('tr')

  it('keeps the roster, which the HR assistant’s call reads', async () => {
    await open('roster?q=lisi')
    await rows().filter({ hasText: 'lisi' }).getByRole('button').click()
    const card = admin.getByRole('dialog')
    await card.locator('input[name="12024"]').fill('E-4711')
    await card.getByRole('button', { name: 'Add 紧急联系人' }).click()
    await card.locator('input[name="17001"]').last().fill('李母')
    await card.getByTestId('save').click()
    await card.getByRole('alert').waitFor() // without a number
    await card.locator('input[name="17003"]').last().fill('13800001234')
    await card.getByTestId('save').click()
    await card.waitFor({ state: 'detached' })
    await rows().filter({ hasText: 'E-4711' }).waitFor()
    const info = await w.ask('hr', 'hr/get_staff_info', { userid: 'lisi', get_all: true })
    const texts = info.field_info.map((f) => f.value_string)
    assert.ok(texts.includes('E-4711') && texts.includes('李母'), JSON.stringify(info))
  })

  it('asks for a health report, which the phone answers', async () => {
    await open('health')
    await admin.getByTestId('add-job').click()
    const form = admin.getByRole('dialog')
    await form.locator('input[name="title"]').fill('返岗健康')
    await form.locator('input[name="question-0"]').fill('体温')
    await form.getByTestId('save').click()
    const shown = admin.getByRole('dialog', { name: '返岗健康' })
    await shown.getByText('Nothing was reported on this day').waitFor()
    const phone = await w.phone('lisi', { path: '/phone/health' })
    await phone.getByRole('link', { name: /返岗健康/ }).click()
    await phone.getByLabel('体温').fill('36.6')
    await phone.getByRole('button', { name: '提交' }).click()
    await phone.getByText('今天已上报').first().waitFor()
    assert.deepEqual(phone.problems, [])
    await phone.context().close()
    await admin.reload()
    await shown.getByTestId('answers').locator('tr', { hasText: '36.6' }).waitFor()
    await shown.getByRole('button', { name: 'Missing' }).click()
    await shown.getByTestId('missing').locator('li').first().waitFor()
    assert.equal(await shown.getByTestId('missing').getByText('李四').count(), 0)
    await shown.getByTestId('end-job').click()
    await admin.getByRole('button', { name: 'End the job' }).last().click()
    await shown.getByTestId('end-job').waitFor({ state: 'detached' })
  })

  it('reimburses an invoice, which then cannot be handed in', async () => {
    const { card_id, encrypt_code } = await play('invoice/add', { userid: 'lisi', fee: 8800, payee: '山间茶舍' })
    await open('invoices')
    await rows().filter({ hasText: '山间茶舍' }).getByRole('button').click()
    const shown = admin.getByRole('dialog', { name: '山间茶舍' })
    await shown.getByTestId('reimburse').click()
    await admin.getByRole('button', { name: 'Reimburse' }).last().click()
    await shown.getByTestId('reimburse').waitFor({ state: 'detached' })
    assert.equal((await w.ask('self_built', 'card/invoice/reimburse/getinvoiceinfo', { card_id, encrypt_code })).user_info.reimburse_status, 'INVOICE_REIMBURSE_CLOSURE')
  })

  it('cancels a broadcast, which its application hears', async () => {
    const receiver = await w.listen()
    await open('livings?status=0')
    await rows().first().getByRole('button').click()
    const shown = admin.getByRole('dialog').first()
    await shown.getByTestId('cancel-living').click()
    await admin.getByRole('button', { name: 'Cancel the broadcast' }).last().click()
    await shown.getByTestId('cancel-living').waitFor({ state: 'detached' })
    await receiver.push(/living_status_change[\s\S]*<Status>4</)
  })

  it('trusts a device that a member claims, and gives an account with advanced features', async () => {
    const { device_code } = await play('security/device/signin', { userid: 'lisi', system: 'Windows', mac_addr: ['02:00:5E:77:00:01'], pc_name: 'LAPTOP-77' })
    await play('security/device/ask', { userid: 'lisi', device_code, personal: true })
    await open('security?type=2')
    await rows().filter({ hasText: 'LAPTOP-77' }).getByRole('button', { name: 'Trust' }).click()
    await rows().filter({ hasText: 'LAPTOP-77' }).waitFor({ state: 'detached' })
    await admin.getByTestId('device-type').selectOption('3')
    await rows().filter({ hasText: 'LAPTOP-77' }).getByText('approved by').waitFor()
    await open('security/vips')
    await admin.getByTestId('grant').click()
    const form = admin.getByRole('dialog')
    await form.getByRole('searchbox').fill('zhangsan')
    await form.getByRole('button', { name: /zhangsan/ }).click()
    await form.getByTestId('save').click()
    await rows().filter({ hasText: 'zhangsan' }).waitFor()
  })

  it('ends a to-do that is late, which whoever takes part sees, and finds it by its address', async () => {
    const phone = await w.phone('lisi', { path: '/phone/todos' })
    await phone.getByText('约设计评审的会议室').first().waitFor()
    await open('todos?status=open')
    await admin.getByRole('search').getByRole('searchbox').fill('lisi')
    await admin.getByRole('button', { name: /lisi/ }).first().click()
    await admin.waitForURL(/userid=lisi/)
    await admin.getByLabel('How').selectOption('made')
    await admin.waitForURL(/role=made/)
    await rows().filter({ hasText: '准备下季度预算初稿' }).waitFor({ state: 'detached' }) // linyue has made it
    await admin.reload() // the address says it all, and the chip has the name
    await admin.getByRole('search').getByText('李四').waitFor()
    await rows().filter({ hasText: '约设计评审的会议室' }).getByRole('button').click()
    const shown = admin.getByRole('dialog', { name: 'To-do' })
    await shown.getByTestId('followers').getByText('lvxin').waitFor()
    await shown.getByTestId('finish-todo').click()
    await shown.getByTestId('reopen-todo').waitFor()
    assert.equal(await shown.getByTestId('state').innerText(), 'done')
    await phone.reload()
    await phone.getByText('确认新版图标的版权').first().waitFor()
    assert.equal(await phone.getByText('约设计评审的会议室').count(), 0)
    assert.deepEqual(phone.problems, [])
    await phone.context().close()
    await shown.getByTestId('delete-todo').click()
    await admin.getByRole('button', { name: 'Delete' }).last().click()
    await shown.getByTestId('delete-todo').waitFor({ state: 'detached' })
    await open('todos?status=deleted')
    await rows().filter({ hasText: '约设计评审的会议室' }).waitFor()
    await admin.getByRole('button', { name: 'Clear' }).click()
    await rows().filter({ hasText: '回访上月流失客户' }).waitFor()
  })

  it('was asked nothing of other hosts, and no script complained', () => {
    assert.deepEqual(admin.outside, [])
    assert.deepEqual(admin.problems.filter((p) => !/422/.test(p)), [])
  })
})

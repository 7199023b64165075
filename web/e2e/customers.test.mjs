// The console's pages of customers, as an administrator uses them: by mouse, by keyboard alone, and out of order.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { axeOf, settled, World } from './world.mjs'

/** @type {World} */
let w
let page
before(async () => {
  w = await World.start()
  page = await w.console()
})
after(() => w?.stop())
const go = (path) => page.goto(`${w.url}/console/${path}`)
const rows = () => page.getByTestId('rows').locator('tr')
const script = async (name, body) => {
  const answer = await fetch(`${w.url}/_qiwei/wechat/${name}`, { method: 'POST', body: JSON.stringify({ corpid: w.corp.corpid, ...body }) })
  assert.equal(answer.status, 200, `${name}: ${await answer.clone().text()}`)
  return answer.json()
}
const dialog = (name) => page.getByRole('dialog', { name })

test('a customer is found, the filter is in the address, and back leads back', async () => {
  await script('add', { userid: 'zhangsan', name: 'Lin 100%', add_way: 1, state: 'booth7' })
  await go('customers')
  await rows().first().waitFor()
  const all = await rows().count()
  await page.getByTestId('find-customer').fill('lin 100%')
  await page.waitForURL(/q=lin/)
  await page.waitForFunction(() => document.querySelectorAll('[data-test=rows] tr').length === 1)
  await page.reload()
  assert.equal(await page.getByTestId('find-customer').inputValue(), 'lin 100%')
  await page.getByRole('button', { name: 'Clear' }).click()
  await page.waitForFunction((n) => document.querySelectorAll('[data-test=rows] tr').length === n, all)
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByTestId('export').click()])
  assert.equal(file.suggestedFilename(), 'customers.csv')
})

test('by keyboard alone: a drawer takes the focus, keeps it, and gives it back', async () => {
  await go('customers?q=lin')
  const opener = rows().first().getByRole('button')
  await opener.focus()
  await page.keyboard.press('Enter')
  const drawer = dialog('Lin 100%')
  await drawer.waitFor()
  await drawer.getByTestId('relation').waitFor()
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press('Tab')
    assert.ok(await page.evaluate(() => document.querySelector('[role=dialog]').contains(document.activeElement)), 'the focus left the drawer')
  }
  await drawer.getByTestId('edit-relation').focus()
  await page.keyboard.press('Enter')
  const form = dialog(/notes about Lin/)
  await form.waitFor()
  await page.waitForFunction(() => document.activeElement?.name === 'remark')
  await page.keyboard.type('VIP')
  await page.keyboard.press('Escape')
  await page.getByText('Leave without saving?').waitFor() // and nothing is lost
  await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel' }).click()
  assert.equal(await form.locator('input[name=remark]').inputValue(), 'VIP')
  await form.locator('input[name=remark]').press('Enter')
  await form.waitFor({ state: 'detached' })
  await drawer.getByText('VIP').first().waitFor()
  await drawer.locator('h2').press('Escape')
  await drawer.waitFor({ state: 'detached' })
  await rows().first().getByText('VIP').waitFor()
  const got = await w.ask('customer_contact', `externalcontact/get?external_userid=${(await (await page.request.get(`${w.url}/console/api/customers?q=lin`)).json()).customers[0].external_userid}`)
  assert.equal(got.follow_user[0].remark, 'VIP')
})

test('tags, a contact way with its code, and a customer who comes by it', async () => {
  await go('customer-tags')
  await page.getByTestId('add-group').click()
  await dialog('New tags').locator('input[name=group]').fill('渠道')
  await dialog('New tags').locator('textarea[name=tags]').fill('展会\n官网\n')
  await page.getByTestId('save').click()
  await page.getByTestId('tag-group').filter({ hasText: '渠道' }).getByText('官网').waitFor()

  await go('contact-ways')
  await page.getByTestId('add-way').click()
  const form = dialog('New contact way')
  await page.getByTestId('save').click()
  await form.getByText('Choose members or departments.').first().waitFor()
  await form.locator('input[name=remark]').fill('门店')
  await form.locator('input[name=state]').fill('shop1')
  await form.getByRole('searchbox', { name: /Members/ }).fill('lisi')
  await form.locator('.found button').first().click()
  await page.getByTestId('save').click()
  await form.waitFor({ state: 'detached' })
  await rows().filter({ hasText: '门店' }).getByRole('button').click()
  const code = page.getByRole('img', { name: 'QR code of 门店' })
  await code.waitFor()
  assert.ok(await code.evaluate((img) => img.decode().then(() => img.naturalWidth > 100)), 'the code is not drawn')
  const link = await page.locator('.kit-modal .link').innerText()
  await script('add', { link: /http\S+/.exec(link)[0], name: '陆小满' })
  await page.reload()
  await page.getByRole('link', { name: '陆小满' }).waitFor()
})

test('a mass message: written, confirmed by a member, reminded, stopped', async () => {
  await go('mass')
  await page.getByTestId('add-mass').click()
  const form = dialog('New mass message')
  await page.getByTestId('save').click()
  await form.getByText('Write a text, or add a picture or a link.').first().waitFor()
  await form.locator('textarea[name=text]').fill('新品上市')
  await form.getByText('重点').click()
  await page.getByTestId('save').click()
  await form.waitFor({ state: 'detached' })
  await rows().filter({ hasText: '新品上市' }).getByRole('button').click()
  const parts = page.getByTestId('parts').locator('> li')
  for (let i = 0; i < 40 && !(await parts.count()); i++) {
    await page.reload()
    await page.getByTestId('parts').waitFor({ state: 'attached' })
    await settled(page)
  }
  assert.ok((await parts.count()) > 0, 'nobody is asked')
  const { messages } = await (await page.request.get(`${w.url}/console/api/mass`)).json()
  const { parts: asked } = await (await page.request.get(`${w.url}/console/api/mass/${messages[0].msgid}`)).json()
  await script('confirm', { msgid: messages[0].msgid, userid: asked[0].userid })
  await page.reload()
  await parts.filter({ hasText: asked[0].userid }).getByText(/confirmed/).first().waitFor()
  await page.getByRole('button', { name: 'Stop sending' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Stop sending' }).click()
  await page.getByText('Who has not confirmed cannot any more.').first().waitFor()
})

test('sessions of customer service appear without a reload', async () => {
  const kf = w.corp.kf[0].open_kfid
  await go(`service/${kf}`)
  const sessions = page.getByTestId('sessions')
  await sessions.getByText('Live').waitFor()
  const { external_userid } = await script('enter_kf', { open_kfid: kf, name: '钟意' })
  await script('kf/send', { open_kfid: kf, external_userid, msgtype: 'text', text: { content: '有人吗' } })
  const row = sessions.locator('tr', { hasText: '钟意' })
  await row.getByText('unhandled').waitFor()
  await row.getByRole('combobox').selectOption({ index: 1 })
  await row.getByText('served').waitFor()
  await row.getByRole('button', { name: 'End' }).click()
  await row.getByText('ended').waitFor()
})

test('what cannot be loaded says so, and is asked for again', async () => {
  await page.route(/console\/api\/customers$/, (route) => route.fulfill({ status: 500, contentType: 'application/json', body: '{"error":"out of order"}' }))
  await go('customers')
  await page.getByTestId('failed').getByText('out of order').waitFor()
  await page.unroute(/console\/api\/customers$/)
  await page.getByRole('button', { name: 'Try again' }).click()
  await rows().first().waitFor()
  page.problems = page.problems.filter((p) => !p.includes('status of 500')) // which is what was wanted
})

test('no page of customers or of a provider has a fault of accessibility, at any width', async (t) => {
  const customer = w.corp.customers[0].external_userid
  const pages = ['customers', `customers/${customer}`, 'customer-groups', 'customer-tags', 'customer-trends', 'contact-ways', `contact-ways/${w.corp.contact_ways[0].config_id}`, 'join-ways', 'acquisition', 'mass', 'moments', 'group-welcomes', 'products', 'sensitive', 'customer-scope', 'service', `service/${w.corp.kf[0].open_kfid}`, 'purchases']
  const provider = w.credentials.providers[0].corpid
  const ofProvider = ['provider', 'provider/editions', 'provider/orders', 'provider/licences', 'provider/registrations']
  for (const [colorScheme, width, locale] of [['light', 1440, 'zh-CN'], ['dark', 1024, 'en-GB'], ['dark', 390, 'zh-CN']]) {
    for (const [corpid, list] of [[w.corp.corpid, pages], [provider, ofProvider]]) {
      const p = await w.page({ colorScheme, viewport: { width, height: 860 }, bypassCSP: true, locale })
      const answer = await p.request.post(`${w.url}/console/api/session/demo`, { data: { corpid }, headers: { Origin: w.url } })
      assert.ok(answer.ok(), `signed in: ${answer.status()}`)
      for (const path of list) {
        await t.test(`${colorScheme} ${width} /${path}`, async () => {
          await p.goto(`${w.url}/console/${path}`)
          await p.waitForSelector('h1')
          await settled(p)
          if (width !== 1024) assert.deepEqual(await axeOf(p), [])
          assert.ok(await p.evaluate(() => document.documentElement.scrollWidth <= innerWidth + 1), 'the page scrolls sideways')
          assert.equal(await p.getByTestId('failed').count(), 0)
        })
      }
      assert.deepEqual(p.outside, [])
      assert.deepEqual(p.problems, [])
      await p.context().close()
    }
  }
})

test('nothing was asked of another host, and no script complained', () => {
  assert.deepEqual(page.outside, [])
  assert.deepEqual(page.problems.filter((p) => !p.includes('status of 4')), [])
})

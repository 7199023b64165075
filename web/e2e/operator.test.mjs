// What an operator does in the console day by day: trends, lists that are filtered, sent on and exported, an import from
// Excel, the doctor of callbacks, a member added by keyboard alone, and the banner that says what is not as usual.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import http from 'node:http'
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

test('trends: what was called, refused and delivered is drawn, and the errors lead to the calls', async () => {
  for (let i = 0; i < 5; i++) await w.ask('self_built', 'user/get?userid=zhangsan')
  for (let i = 0; i < 3; i++) await w.ask('self_built', 'user/get?userid=nobody')
  await go('trends?span=1h')
  const errors = page.getByTestId('errors')
  const row = errors.getByRole('row').filter({ has: page.getByRole('link', { name: '60111' }) })
  await row.getByText('3', { exact: true }).waitFor()
  await page.getByTestId('calls').locator('svg polyline').first().waitFor()
  assert.equal(await page.getByTestId('calls').locator('table tbody tr').count(), 60)
  assert.deepEqual(await axeOf(page), [])
  await page.getByTestId('span').selectOption('14d')
  await page.waitForURL(/span=14d/)
  await row.getByText('3', { exact: true }).waitFor()
  await row.getByRole('link').click()
  await page.waitForURL(/calls\?errcode=60111/)
  await page.getByTestId('calls').locator('tr').nth(2).waitFor()
  assert.equal(await page.getByTestId('calls').locator('tr').count(), 3)
  assert.ok((await page.getByTestId('calls').locator('tr').first().innerText()).includes('userid'), 'the text of the code stands beside it')
})

test('the calls: a misspelt path shows, the filter is in the address, a call keeps it, and what fits is exported', async () => {
  assert.equal((await fetch(`${w.url}/cgi-bin/no/such`)).status, 404)
  await go('calls?errcode=failed')
  const stray = page.getByTestId('calls').locator('tr').filter({ hasText: '/cgi-bin/no/such' })
  await stray.getByText('no such path').waitFor()
  await stray.getByRole('button').click()
  const drawer = page.getByRole('dialog')
  await drawer.waitFor()
  assert.match(page.url(), /calls\/\d+\?errcode=failed/)
  await page.keyboard.press('Escape')
  await drawer.waitFor({ state: 'detached' })
  assert.match(page.url(), /calls\?errcode=failed/)
  await page.getByRole('button', { name: 'Clear', exact: true }).first().waitFor()
  for (const [path, file] of [['calls', 'calls.csv'], ['audit', 'audit.csv'], ['messages', 'messages.csv'], ['callbacks', 'deliveries.csv']]) {
    await go(path)
    const [got] = await Promise.all([page.waitForEvent('download'), page.getByTestId('export').click()])
    assert.equal(got.suggestedFilename(), file)
  }
})

test('a member is added by keyboard alone, with under 25 keys beside what is typed', async () => {
  await go('directory')
  await page.getByTestId('add-member').waitFor()
  await page.getByTestId('add-member').focus()
  let keys = 0
  const press = async (key) => {
    keys++
    await page.keyboard.press(key)
  }
  await press('Enter')
  await page.getByTestId('member-form').waitFor()
  await page.waitForFunction(() => document.activeElement?.name === 'name')
  await page.keyboard.type('Qian Qi')
  await press('Tab')
  await page.keyboard.type('qianqi')
  await press('Tab')
  await page.keyboard.type('13600000077')
  await press('Enter')
  await page.getByTestId('member-form').waitFor({ state: 'detached' })
  const got = await w.ask('self_built', 'user/get?userid=qianqi')
  assert.equal(got.name, 'Qian Qi')
  assert.ok(keys < 25, `${keys} keys`)
  console.log(`a member by keyboard: ${keys} keys beside what is typed`)
  await page.waitForFunction(() => document.activeElement?.dataset.test === 'add-member') // the focus is back
})

test('what was typed into a drawer is not thrown away by Esc', async () => {
  await go('directory')
  await page.getByTestId('add-member').click()
  const form = page.getByTestId('member-form')
  await form.locator('input[name=name]').fill('Half')
  await page.keyboard.press('Escape')
  await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel' }).click()
  assert.equal(await form.locator('input[name=name]').inputValue(), 'Half')
  await page.keyboard.press('Escape')
  await page.getByRole('alertdialog').getByRole('button', { name: 'Discard' }).click()
  await form.waitFor({ state: 'detached' })
})

test('a file as Excel saves it is looked at, mended and imported', async () => {
  await go('directory')
  await page.getByRole('button', { name: 'Import' }).click()
  const file = (buffer) => ({ name: 'members.csv', mimeType: 'text/csv', buffer })
  // "姓名,帐号,手机号,所在部门" and two rows in GBK, the second without a department; then mended.
  const gbk = (tail) => Buffer.concat([Buffer.from('d0d5c3fb2cd5cabac52ccad6bbfabac52ccbf9d4dab2bfc3c50a', 'hex'), Buffer.from('sunba,sunba,13600000078,1\n' + tail)])
  await page.getByTestId('import-file').setInputFiles(file(gbk('lost,lost,13600000079,\n')))
  const preview = page.getByTestId('preview')
  await preview.getByText(/GBK, 2 rows: 1 new, 0 to update, 1 with errors/).waitFor()
  assert.equal((await w.ask('self_built', 'user/get?userid=sunba')).errcode, 60111)
  await page.getByTestId('import-start').click()
  await page.getByTestId('import-result').getByText(/1 created, 0 updated, 1 failed/).waitFor()
  await page.getByTestId('import-file').setInputFiles(file(gbk('lost,lost,13600000079,1\n')))
  await preview.getByText(/2 rows: 1 new, 1 to update, 0 with errors/).waitFor()
  await page.getByTestId('import-start').click()
  await page.getByTestId('import-result').getByText(/1 created, 1 updated, 0 failed/).waitFor()
  assert.deepEqual(page.problems, [])
})

test('the doctor of callbacks says what is wrong with a receiver, and then that it is right', async () => {
  const token = 'DoctorToken'
  const key = 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG'
  const { createDecipheriv } = await import('node:crypto')
  let quoted = true
  const server = http.createServer((req, res) => {
    const q = new URL(req.url, 'http://x').searchParams
    const sealed = q.get('echostr') ?? ''
    const sign = createHash('sha1').update([token, q.get('timestamp'), q.get('nonce'), sealed].sort().join('')).digest('hex')
    if (sign !== q.get('msg_signature')) return res.writeHead(401).end()
    const aes = Buffer.from(key + '=', 'base64')
    const d = createDecipheriv('aes-256-cbc', aes, aes.subarray(0, 16)).setAutoPadding(false)
    const plain = Buffer.concat([d.update(sealed, 'base64'), d.final()])
    const echo = plain.subarray(20, 20 + plain.readUInt32BE(16)).toString()
    return res.end(quoted ? `"${echo}"` : echo)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    await go('callback-doctor')
    const form = page.getByTestId('doctor-form')
    await form.locator('input[name=url]').fill(`http://127.0.0.1:${server.address().port}/cb`)
    await form.locator('input[name=token]').fill(token)
    await form.locator('input[name=encoding_aes_key]').fill(key)
    await page.getByTestId('examine').click()
    const report = page.getByTestId('report')
    await report.getByText(/quotes/i).first().waitFor()
    await settled(page)
    assert.deepEqual(await axeOf(page), [])
    quoted = false
    await page.getByTestId('examine').click()
    await report.getByText(/quotes/i).first().waitFor({ state: 'detached' })
  } finally {
    server.close()
  }
})

test('a fault and a moved clock are told on every page, until they are gone', async () => {
  const control = (method, path, body) => fetch(`${w.url}/_qiwei/${path}`, { method, body: body && JSON.stringify(body) })
  await go('tags')
  await page.locator('h1').waitFor()
  assert.equal(await page.getByTestId('world').count(), 0)
  await control('POST', 'faults', { path: '/cgi-bin/user/get', errcode: 45009 })
  await control('POST', 'clock', { advance: '48h' })
  await page.reload()
  const banner = page.getByTestId('world')
  await banner.getByText('One fault is set').waitFor()
  await banner.getByText('clock was moved').waitFor()
  assert.deepEqual(await axeOf(page), [])
  await control('DELETE', 'faults')
  await control('POST', 'clock', { advance: '-48h' })
  await page.reload()
  await page.locator('h1').waitFor()
  await page.waitForTimeout(500)
  assert.equal(await banner.count(), 0)
  assert.deepEqual(page.problems, [])
})

test('a reset of a small enterprise is done within moments', async () => {
  const start = performance.now()
  const rounds = 5
  for (let i = 0; i < rounds; i++) {
    await w.ask('self_built', 'user/get?userid=zhangsan')
    assert.ok((await fetch(`${w.url}/_qiwei/reset`, { method: 'POST' })).ok)
  }
  console.log(`reset, with a call before it: ${((performance.now() - start) / rounds).toFixed(1)} ms each`)
})

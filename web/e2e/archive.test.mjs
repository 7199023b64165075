// The chat archive in the console: read, searched, exported by two, and seen by an auditor.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { accessible, settled, World } from './world.mjs'

/** @type {World} */
let w
let page
before(async () => {
  w = await World.start()
  page = await w.console()
})
after(() => w?.stop())
const go = (on, path) => on.goto(`${w.url}/console/${path}`)

/** A page of the console in which somebody with a role of the archive is signed in. */
async function as(userid) {
  const other = await w.phone(userid, { width: 1366, height: 860, lang: 'en', path: '' })
  await other.goto(`${w.url}/console/`)
  await other.getByRole('button', { name: /Go on as|以此身份/ }).first().click()
  await other.waitForSelector('#content')
  return other
}

test('the overview says what is covered', async () => {
  await go(page, 'archive')
  await page.getByText('Members covered').waitFor()
  await page.getByRole('img', { name: 'Messages a day' }).waitFor()
  await page.getByTestId('roles').getByText('compliance officer').first().waitFor()
  await page.getByLabel('As a table').check()
  assert.equal(await page.getByRole('region', { name: 'Messages a day' }).locator('tbody tr').count(), 60)
  await settled(page)
  await accessible(page, 'the overview of the archive')
})

test('a conversation is read from its end back, and a word is found in its place', async () => {
  await go(page, 'archive/read')
  const room = page.getByTestId('conversations').getByRole('button', { name: /平台组日常/ })
  await room.click()
  const said = page.getByTestId('said')
  await said.locator('article').first().waitFor()
  const count = await said.locator('article').count()
  await said.getByRole('button', { name: 'Earlier ones' }).click()
  await page.waitForFunction((n) => document.querySelectorAll('[data-test=said] article').length > n, count)
  await page.getByRole('searchbox', { name: 'Words' }).fill('报价单')
  await page.keyboard.press('Enter')
  await page.getByTestId('conversations').locator('mark').first().waitFor()
  assert.equal(await page.getByTestId('conversations').locator('mark').first().innerText(), '报价单')
  await page.getByTestId('conversations').getByRole('button').nth(3).click()
  await said.locator('article.focus').waitFor()
  assert.match(await said.locator('article.focus').innerText(), /报价单/)
  await settled(page)
  await accessible(page, 'reading the archive')
})

test('one asks for an export, another approves, and the auditor sees both', async () => {
  await go(page, 'archive/keep')
  await page.getByRole('button', { name: 'Request an export' }).click()
  await page.getByRole('textbox', { name: 'Name of the case' }).fill('case 7')
  await page.getByRole('textbox', { name: /Userids of participants/ }).fill('lisi')
  await page.getByRole('button', { name: 'Submit', exact: true }).click()
  await page.getByTestId('exports').getByText('somebody else decides').waitFor()
  await settled(page)
  await accessible(page, 'keeping the archive')
  const other = await as('lisi')
  await go(other, 'archive/keep')
  await other.getByRole('button', { name: 'Approve' }).click()
  await other.getByRole('alertdialog').getByRole('button', { name: 'Approve' }).click()
  const link = page.getByTestId('exports').getByRole('link', { name: 'Download' })
  await other.getByTestId('exports').getByText('ready').waitFor()
  await page.reload()
  const [file] = await Promise.all([page.waitForEvent('download'), link.click()])
  assert.equal(file.suggestedFilename(), 'archive-1.zip')
  assert.equal(await file.failure(), null)
  const auditor = await as('linyue')
  await go(auditor, 'archive/reads')
  for (const deed of ['asked for an export', 'approved an export', 'fetched an export', 'searched']) await auditor.getByTestId('reads').getByText(deed).first().waitFor()
  await settled(auditor)
  await accessible(auditor, 'who has read the archive')
  assert.deepEqual([...other.problems, ...auditor.problems].filter((p) => !p.includes('status of 4')), [])
  assert.deepEqual(page.problems, [])
  assert.deepEqual(page.outside, [])
})

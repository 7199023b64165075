// The first hour of a server for an organisation: an empty directory, the page that founds the enterprise, its
// admin in the console, a member with a password, and that member signed in at another product.

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { chromium } from 'playwright-core'
import { accessible, browserPath, program, settled } from './world.mjs'

let dir, server, base, browser, product
const pictures = process.env.QIWEI_PICTURES
before(async () => {
  dir = mkdtempSync(join(tmpdir(), 'qiwei-setup-'))
  if (pictures && !existsSync(pictures)) mkdirSync(pictures, { recursive: true })
  // The server has to know its address, so the port is drawn first.
  const port = await new Promise((resolve) => {
    const s = createServer().listen(0, '127.0.0.1', () => {
      const { port } = s.address()
      s.close(() => resolve(port))
    })
  })
  base = `http://localhost:${port}`
  server = spawn(program, ['serve', '--data', join(dir, 'data'), '--listen', `127.0.0.1:${port}`, '--base-url', base], { stdio: ['ignore', 'pipe', 'pipe'] })
  server.said = ''
  for (const out of [server.stdout, server.stderr]) out.on('data', (d) => (server.said += d))
  for (const end = Date.now() + 60_000; ; ) {
    if (await fetch(base + '/readyz').then((a) => a.ok, () => false)) break
    if (Date.now() > end || server.exitCode !== null) throw new Error(server.said)
    await new Promise((r) => setTimeout(r, 50))
  }
  browser = await chromium.launch({ executablePath: browserPath(), args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'] })
  product = createServer((_, answer) => answer.end('<!doctype html><html lang="en"><title>product</title><h1>product</h1>')).listen(0, '127.0.0.1')
})
after(async () => {
  await browser?.close()
  product?.close()
  server?.kill('SIGTERM')
  if (server?.exitCode === null) await new Promise((r) => server.on('exit', r))
  rmSync(dir, { recursive: true, force: true })
})

function run(...args) {
  const p = spawnSync(program, [...args, '--data', join(dir, 'data')])
  assert.equal(p.status, 0, String(p.stderr))
  return String(p.stdout)
}

async function picture(page, name) {
  if (!pictures) return
  for (const [width, height] of [[1440, 900], [1024, 768], [390, 844]]) {
    await page.setViewportSize({ width, height })
    await settled(Object.assign(page, { loading: page.loading ?? new Set() }))
    await page.screenshot({ path: join(pictures, `${name}-${width}.png`), fullPage: true })
  }
  await page.setViewportSize({ width: 1366, height: 860 })
}

async function open(lang) {
  const context = await browser.newContext({ viewport: { width: 1366, height: 860 }, locale: lang })
  context.setDefaultTimeout(60_000)
  const page = await context.newPage()
  page.problems = []
  page.loading = new Set()
  page.on('pageerror', (e) => page.problems.push(String(e)))
  return page
}

const boss = 'a long phrase to remember'
const words = 'another phrase to remember'

test('the first hour', async (t) => {
  const begin = Date.now()
  const laps = []
  const lap = (what) => laps.push(`${what} ${((Date.now() - begin) / 1000).toFixed(1)} s`)

  const page = await open('en-GB')
  await page.goto(base + '/')
  await page.getByRole('heading', { name: 'This server has no enterprise yet' }).waitFor()
  await accessible(page, 'without a link')
  await picture(page, 'unfounded')
  await page.goto(base + '/console/')
  await page.waitForURL(base + '/setup')
  const { link } = JSON.parse(run('corp', 'link', '--json'))
  assert.ok(!server.said.includes(new URL(link).searchParams.get('key')), 'the link is in the log')

  const chinese = await open('zh-CN')
  await chinese.goto(link)
  await chinese.getByRole('heading', { name: '创建企业' }).waitFor()
  await picture(chinese, 'founding-zh')
  await page.goto(link)
  await accessible(page, 'the first step')
  await picture(page, 'founding')
  await page.getByLabel('Name of the enterprise').fill('East Wind')
  await page.getByLabel('Name', { exact: true }).fill('Wang Wu')
  await page.getByLabel('User ID').fill('wangwu')
  await page.getByRole('button', { name: 'Next' }).click()
  await page.getByRole('alert').getByText('A mobile number or a mail address is needed.').waitFor()
  await page.getByLabel('Email').fill('wangwu@east.example')
  await page.getByRole('button', { name: 'Next' }).click()
  await page.getByRole('heading', { name: 'How you will sign in' }).waitFor()
  await accessible(page, 'the second step')
  await picture(page, 'prove')
  await page.getByLabel('New password', { exact: true }).fill(boss)
  await page.getByLabel('New password again').fill(boss)
  await page.getByRole('button', { name: 'Set password and sign in' }).click()
  await page.getByRole('heading', { name: 'East Wind is ready' }).waitFor()
  await accessible(page, 'the last step')
  await picture(page, 'founded')
  await page.getByRole('link', { name: 'Enter the console' }).click()
  await page.locator('#content').waitFor()
  await page.getByText('East Wind').first().waitFor()
  await page.waitForURL(base + '/console/')
  lap('admin in the console')

  await chinese.goto(link)
  await chinese.getByText('这个链接已使用、已过期或不正确。').waitFor()

  await page.goto(base + '/console/directory')
  await page.getByTestId('add-member').click()
  const form = page.getByTestId('member-form')
  await form.locator('input[name=name]').fill('Li Si')
  await form.locator('input[name=userid]').fill('lisi')
  await form.locator('input[name=email]').fill('lisi@east.example')
  await page.getByTestId('save-member').click()
  await page.getByTestId('members').getByRole('cell', { name: 'lisi', exact: true }).click()
  await page.locator('#member-tab-access').click()
  await page.getByTestId('set-password').click()
  await page.locator('input[name=new-password]').fill(words)
  await page.getByTestId('save-password').click()
  await page.getByTestId('member-access').getByText('set', { exact: true }).waitFor()
  await picture(page, 'member-access')
  lap('member with a password')

  await page.goto(base + '/console/apps')
  await page.getByTestId('create-app').click()
  await page.getByTestId('app-form').locator('input[name=name]').fill('Wiki')
  await page.getByRole('button', { name: 'Create', exact: true }).click()
  await page.getByRole('heading', { name: 'Wiki' }).waitFor()
  const home = `http://localhost:${product.address().port}/callback`
  await page.goto(base + '/console/sign-on')
  await page.getByTestId('add').click()
  await page.locator('input[name=name]').fill('Wiki')
  await page.locator('select[name=agentid]').selectOption({ label: 'Wiki' })
  await page.locator('textarea[name=redirect_uris]').fill(home)
  await page.getByTestId('save').click()
  const [issuer, client, secret] = await Promise.all(['issuer', 'client_id', 'client_secret'].map((n) => page.getByTestId(n).innerText()))
  await picture(page, 'sign-on')
  lap('product registered')

  const other = await open('en-GB')
  const metadata = await (await fetch(issuer + '/.well-known/openid-configuration')).json()
  const verifier = randomBytes(32).toString('base64url')
  const state = randomBytes(8).toString('hex')
  const ask = new URL(metadata.authorization_endpoint)
  ask.search = new URLSearchParams({ client_id: client, redirect_uri: home, response_type: 'code', scope: 'openid profile email', state, code_challenge: createHash('sha256').update(verifier).digest('base64url'), code_challenge_method: 'S256' })
  await other.goto(ask.href)
  const password = other.getByRole('link', { name: 'Use a password or a passkey' })
  await Promise.race([password.waitFor(), other.getByLabel('Password').waitFor()])
  if (await password.isVisible()) await password.click()
  await other.getByLabel('User ID').fill('lisi')
  await other.getByLabel('Password').fill(words)
  await other.getByRole('button', { name: 'Sign in', exact: true }).click()
  const allow = other.getByRole('button', { name: 'Allow' })
  await Promise.race([allow.waitFor(), other.waitForURL(home + '?**')])
  if (await allow.isVisible().catch(() => false)) await allow.click()
  await other.waitForURL(home + '?**')
  const back = new URL(other.url())
  assert.equal(back.searchParams.get('state'), state)
  const tokens = await (
    await fetch(metadata.token_endpoint, {
      method: 'POST',
      headers: { Authorization: 'Basic ' + Buffer.from(`${client}:${secret}`).toString('base64') },
      body: new URLSearchParams({ grant_type: 'authorization_code', code: back.searchParams.get('code'), redirect_uri: home, code_verifier: verifier }),
    })
  ).json()
  const who = await (await fetch(metadata.userinfo_endpoint, { headers: { Authorization: 'Bearer ' + tokens.access_token } })).json()
  assert.equal(who.email, 'lisi@east.example')
  lap('member signed in at the product')

  for (const path of ['checkup', 'enterprise', 'connections', 'robots']) {
    await page.goto(`${base}/console/${path}`)
    await page.locator('#content h1').waitFor()
    if (path === 'checkup') await page.getByTestId('findings').getByText('has no trusted IPs').waitFor()
    await accessible(page, path)
    await picture(page, path)
  }
  assert.deepEqual(page.problems, [])
  t.diagnostic(laps.join(', '))
  console.log(laps.join(', '))
})

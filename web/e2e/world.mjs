// A server of its own for a test in a browser: `qiwei dev` in an empty folder, a
// client of its API, receivers for its callbacks, and signed-in pages.
//
// QIWEI_BIN is the program, built with the pages; bin/qiwei where it is not set.
// QIWEI_CHROMIUM is the browser.

import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, selectors } from 'playwright-core'
import { Receiver } from './receiver.mjs'

selectors.setTestIdAttribute('data-test')

export const program = process.env.QIWEI_BIN ?? fileURLToPath(new URL('../../bin/qiwei', import.meta.url))
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What this machine cannot run, as the runner of the tests has found out. */
export const leftOut = (process.env.QIWEI_TEST_LEFT_OUT ?? '').split(',')

export function browserPath() {
  if (process.env.QIWEI_CHROMIUM) return process.env.QIWEI_CHROMIUM
  const found = spawnSync('sh', ['-c', 'command -v chromium || command -v chromium-browser || command -v google-chrome']).stdout.toString().trim()
  if (!found) throw new Error('there is no Chromium; apt-get install chromium, or name a browser with QIWEI_CHROMIUM')
  return found
}

export class World {
  receivers = []
  tokens = {}

  static async start() {
    if (!existsSync(program)) throw new Error(`there is no ${program}; make build builds it`)
    const w = new World()
    w.dir = mkdtempSync(join(tmpdir(), 'qiwei-e2e-'))
    w.boot('127.0.0.1:0')
    await w.ready()
    w.corp = w.credentials.corps[0]
    w.app = w.appOf('self_built')
    w.browser = await chromium.launch({
      executablePath: browserPath(),
      args: [
        ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
        ...['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', '--autoplay-policy=no-user-gesture-required'],
      ],
    })
    return w
  }

  boot(listen) {
    const data = join(this.dir, 'data')
    this.process = spawn(program, ['dev', '--data', data, '--listen', listen], { stdio: ['ignore', 'ignore', 'pipe'] })
    this.said = ''
    this.process.stderr.on('data', (d) => (this.said += d))
    this.gone = new Promise((resolve) => this.process.on('exit', resolve))
  }

  async ready() {
    const file = join(this.dir, 'data', 'credentials.json')
    for (const end = Date.now() + 60_000; Date.now() < end; ) {
      try {
        this.credentials = JSON.parse(readFileSync(file, 'utf8'))
        this.url = this.credentials.base_url
        if ((await fetch(this.url + '/readyz')).ok) return
      } catch {
        // not yet
      }
      if (this.process.exitCode !== null) break
      await new Promise((r) => setTimeout(r, 50))
    }
    throw new Error('the server did not start: ' + this.said)
  }

  /** Ends the server as a crash would, and starts it again at the same address. */
  async restart(between = async () => {}) {
    this.process.kill('SIGKILL')
    await this.gone
    await between()
    this.boot(new URL(this.url).host)
    await this.ready()
  }

  async stop() {
    await this.browser?.close()
    for (const r of this.receivers) r.stop()
    this.process.kill('SIGTERM')
    await this.gone
    rmSync(this.dir, { recursive: true, force: true })
  }

  /** Runs a command of the program on the server's data. */
  run(...args) {
    return new Promise((resolve, reject) => {
      const p = spawn(program, [...args, '--data', join(this.dir, 'data')])
      let out = ''
      p.stdout.on('data', (d) => (out += d))
      p.stderr.on('data', (d) => (out += d))
      p.on('exit', (code) => (code === 0 ? resolve(out) : reject(new Error(`qiwei ${args.join(' ')}: ${out}`))))
    })
  }

  appOf(kind) {
    return this.corp.apps.find((a) => a.kind === kind)
  }

  async get(path) {
    return (await fetch(this.url + path)).json()
  }

  async token(kind = 'self_built') {
    this.tokens[kind] ??= (await this.get(`/cgi-bin/gettoken?corpid=${this.corp.corpid}&corpsecret=${this.appOf(kind).secret}`)).access_token
    return this.tokens[kind]
  }

  /** Calls the API as an application of the kind: by POST where there is a body. */
  async ask(kind, path, body) {
    const url = `${this.url}/cgi-bin/${path}${path.includes('?') ? '&' : '?'}access_token=${await this.token(kind)}`
    return (await fetch(url, body && { method: 'POST', body: body instanceof FormData ? body : JSON.stringify(body) })).json()
  }

  /** Calls the API as the demo application, and fails where it refuses. */
  async call(path, body) {
    const answer = await this.ask('self_built', path, body)
    if (answer.errcode) throw new Error(`${path}: ${answer.errcode} ${answer.errmsg}`)
    return answer
  }

  async upload(type, name, content, kind = 'application/octet-stream') {
    const form = new FormData()
    form.append('media', new Blob([content], { type: kind }), name)
    return (await this.call(`media/upload?type=${type}`, form)).media_id
  }

  send(touser, msgtype, body, more = {}) {
    return this.call('message/send', { touser, msgtype, agentid: this.app.agentid, [msgtype]: body, ...more })
  }

  /** Starts a receiver and gives its address to the demo application. */
  async listen(answer = () => '') {
    const r = new Receiver(this.corp.corpid, answer)
    this.receivers.push(r)
    await r.start()
    await this.run('app', 'set', '--agentid', String(this.app.agentid), '--callback-url', r.url, '--callback-token', r.token, '--callback-aes-key', r.aesKey)
    return r
  }

  /** An empty page of a browser of its own. What it reports as an error is collected
   * in problems, and what it asks of other hosts in outside. */
  async page(options) {
    const context = await this.browser.newContext(options)
    context.setDefaultTimeout(60_000) // which ends what hangs; a busy machine takes its time
    const page = await context.newPage()
    page.problems = []
    page.outside = []
    page.on('pageerror', (e) => page.problems.push(String(e)))
    page.on('console', (m) => m.type() === 'error' && page.problems.push(m.text()))
    page.loading = new Set()
    for (const end of ['requestfinished', 'requestfailed']) page.on(end, (r) => page.loading.delete(r))
    page.on('request', (r) => {
      if (r.headers().accept !== 'text/event-stream') page.loading.add(r)
      if (new URL(r.url()).origin !== this.url && !/^(data|blob):/.test(r.url())) page.outside.push(r.url())
    })
    return page
  }

  /** A page in which the member is signed in to the phone. */
  async phone(userid, { width = 390, height = 844, lang = 'zh', dark = false, path = '/phone/' } = {}) {
    const page = await this.page({
      viewport: { width, height },
      locale: lang === 'zh' ? 'zh-CN' : 'en-GB',
      colorScheme: dark ? 'dark' : 'light',
      deviceScaleFactor: width < 600 ? 2 : 1,
      hasTouch: width < 600,
      permissions: ['microphone', 'camera', 'geolocation'],
      geolocation: { latitude: 30.2741, longitude: 120.1551 },
    })
    if (userid) {
      const answer = await page.request.post(this.url + '/_qiwei/sign-in', { form: { corpid: this.corp.corpid, userid } })
      if (!answer.ok()) throw new Error('sign in: ' + answer.status())
    }
    if (path) await page.goto(this.url + path)
    return page
  }

  /** A page that is signed in to the console. What else a browser can be told, such as
   * bypassCSP, is handed on. */
  async console({ width = 1366, height = 860, lang = 'en', dark = false, ...options } = {}) {
    const page = await this.page({ viewport: { width, height }, locale: lang === 'zh' ? 'zh-CN' : 'en-GB', colorScheme: dark ? 'dark' : 'light', ...options })
    await page.goto(`${this.url}/console/`)
    await page.getByRole('button', { name: /demo admin|演示管理员/ }).first().click()
    await page.waitForSelector('#content')
    return page
  }
}

/** Waits until the page has come to rest: nothing loads, what has come is drawn, and
 * no transition is under way. */
export async function settled(page) {
  await page.waitForLoadState('load')
  do {
    for (const r of page.loading) await r.response().then((a) => a?.finished(), () => {})
    await page.evaluate(async () => {
      for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame)
      const passing = document.getAnimations().filter((a) => a.effect?.getComputedTiming().endTime !== Infinity)
      await Promise.allSettled(passing.map((a) => a.finished))
    })
  } while (page.loading.size > 0)
}

const violationsOf = async (page) => {
  await page.evaluate(axe)
  return (await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }))).violations
}

/** All that axe finds on the page, of whatever level. */
export const axeOf = async (page) => (await violationsOf(page)).map((v) => `${v.impact} ${v.id}: ${v.nodes.map((n) => `${n.target.join(' ')} ${n.failureSummary}`).join(' | ')}`)

/** Fails where axe finds something serious on the page. */
export async function accessible(page, what) {
  const bad = (await violationsOf(page)).filter((v) => v.impact === 'serious' || v.impact === 'critical')
  assert.deepEqual(
    bad.map((v) => `${what}: ${v.id} ${v.nodes.map((n) => n.target.join(' ') + ' ' + n.failureSummary).join(' | ')}`),
    [],
  )
}

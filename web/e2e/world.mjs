// A server of its own for a test in a browser: `qiwei dev` in an empty folder, a
// receiver for its callbacks, and a client of its API.
//
// QIWEI_BIN is the program, built with the pages; bin/qiwei where it is not set.
// CHROMIUM is the browser, found by itself on Debian.

import { spawn } from 'node:child_process'
import crypto from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const program = process.env.QIWEI_BIN ?? fileURLToPath(new URL('../../bin/qiwei', import.meta.url))
const browserPath = process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)

export const canRun = existsSync(program) && !!browserPath

export class World {
  static async start() {
    const w = new World()
    w.dir = mkdtempSync(join(tmpdir(), 'qiwei-phone-'))
    w.boot('127.0.0.1:0')
    await w.ready()
    w.corp = w.credentials.corps[0]
    w.app = w.corp.apps.find((a) => a.kind === 'self_built')
    w.token = (await w.get(`/cgi-bin/gettoken?corpid=${w.corp.corpid}&corpsecret=${w.app.secret}`)).access_token
    w.browser = await chromium.launch({
      executablePath: browserPath,
      args: ['--no-sandbox', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream', '--autoplay-policy=no-user-gesture-required'],
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
    for (let i = 0; i < 300; i++) {
      try {
        this.credentials = JSON.parse(readFileSync(file, 'utf8'))
        this.url = this.credentials.base_url
        if ((await fetch(this.url + '/readyz')).ok) return
      } catch {
        // not yet
      }
      await new Promise((r) => setTimeout(r, 100))
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
    this.receiver?.server.closeAllConnections()
    this.receiver?.server.close()
    this.process.kill('SIGTERM')
    await this.gone
    rmSync(this.dir, { recursive: true, force: true })
  }

  run(...args) {
    return new Promise((resolve, reject) => {
      const p = spawn(program, [...args, '--data', join(this.dir, 'data')])
      let out = ''
      p.stdout.on('data', (d) => (out += d))
      p.stderr.on('data', (d) => (out += d))
      p.on('exit', (code) => (code === 0 ? resolve(out) : reject(new Error(`qiwei ${args.join(' ')}: ${out}`))))
    })
  }

  async get(path) {
    return (await fetch(this.url + path)).json()
  }

  /** Calls the API as the demo application, and fails where it refuses. */
  async call(path, body) {
    const url = `${this.url}/cgi-bin/${path}${path.includes('?') ? '&' : '?'}access_token=${this.token}`
    const answer = await (await fetch(url, { method: 'POST', body: JSON.stringify(body) })).json()
    if (answer.errcode) throw new Error(`${path}: ${answer.errcode} ${answer.errmsg}`)
    return answer
  }

  async upload(type, name, content, kind = 'application/octet-stream') {
    const form = new FormData()
    form.append('media', new Blob([content], { type: kind }), name)
    const answer = await (await fetch(`${this.url}/cgi-bin/media/upload?type=${type}&access_token=${this.token}`, { method: 'POST', body: form })).json()
    if (answer.errcode) throw new Error(`upload: ${answer.errcode} ${answer.errmsg}`)
    return answer.media_id
  }

  send(touser, msgtype, body, more = {}) {
    return this.call('message/send', { touser, msgtype, agentid: this.app.agentid, [msgtype]: body, ...more })
  }

  /** Starts a receiver and gives its address to the demo application. */
  async listen(answer = () => '') {
    const r = (this.receiver = new Receiver(this.corp.corpid, answer))
    await r.start()
    await this.run('app', 'set', '--agentid', String(this.app.agentid), '--callback-url', r.url, '--callback-token', r.token, '--callback-aes-key', r.aesKey)
    return r
  }

  /** A page of a browser of its own, in which the member is signed in. */
  async phone(userid, { width = 390, height = 844, lang = 'zh', dark = false, path = '/phone/' } = {}) {
    const context = await this.browser.newContext({
      viewport: { width, height },
      locale: lang === 'zh' ? 'zh-CN' : 'en-GB',
      colorScheme: dark ? 'dark' : 'light',
      deviceScaleFactor: width < 600 ? 2 : 1,
      hasTouch: width < 600,
      permissions: ['microphone', 'camera', 'geolocation'],
      geolocation: { latitude: 30.2741, longitude: 120.1551 },
    })
    if (userid) {
      const answer = await context.request.post(this.url + '/_qiwei/sign-in', { form: { corpid: this.corp.corpid, userid } })
      if (!answer.ok()) throw new Error('sign in: ' + answer.status())
    }
    const page = await context.newPage()
    page.problems = []
    page.on('pageerror', (e) => page.problems.push(String(e)))
    page.on('console', (m) => {
      if (m.type() === 'error') page.problems.push(m.text())
    })
    page.outside = []
    page.on('request', (r) => {
      if (!r.url().startsWith(this.url) && !/^(data|blob):/.test(r.url())) page.outside.push(r.url())
    })
    if (path) await page.goto(this.url + path)
    return page
  }
}

/** Receives callbacks: verifies, decrypts, and answers as the test says. */
export class Receiver {
  token = 'phoneTest'
  aesKey = crypto.randomBytes(33).toString('base64').replace(/[+/=]/g, 'a').slice(0, 42) + 'A'
  got = []
  waiting = []

  constructor(corpid, answer) {
    this.corpid = corpid
    this.answer = answer
    this.key = Buffer.from(this.aesKey + '=', 'base64')
  }

  async start() {
    this.server = http.createServer((req, res) => void this.serve(req, res))
    await new Promise((r) => this.server.listen(0, '127.0.0.1', r))
    this.url = `http://127.0.0.1:${this.server.address().port}/callback`
  }

  sign(...parts) {
    return crypto
      .createHash('sha1')
      .update([this.token, ...parts].sort().join(''))
      .digest('hex')
  }

  decrypt(text) {
    const d = crypto.createDecipheriv('aes-256-cbc', this.key, this.key.subarray(0, 16)).setAutoPadding(false)
    const plain = Buffer.concat([d.update(Buffer.from(text, 'base64')), d.final()])
    return plain.subarray(20, 20 + plain.readUInt32BE(16)).toString()
  }

  encrypt(text) {
    const size = Buffer.alloc(4)
    const body = Buffer.from(text)
    size.writeUInt32BE(body.length)
    const raw = Buffer.concat([crypto.randomBytes(16), size, body, Buffer.from(this.corpid)])
    const pad = 32 - (raw.length % 32)
    const c = crypto.createCipheriv('aes-256-cbc', this.key, this.key.subarray(0, 16)).setAutoPadding(false)
    return Buffer.concat([c.update(Buffer.concat([raw, Buffer.alloc(pad, pad)])), c.final()]).toString('base64')
  }

  async serve(req, res) {
    const q = new URL(req.url, this.url).searchParams
    let body = ''
    for await (const part of req) body += part
    const text = req.method === 'GET' ? q.get('echostr') : /<Encrypt><!\[CDATA\[(.*?)\]\]>/.exec(body)?.[1]
    if (this.sign(q.get('timestamp'), q.get('nonce'), text) !== q.get('msg_signature')) return res.writeHead(403).end()
    const plain = this.decrypt(text)
    if (req.method === 'GET') return res.end(plain)
    this.got.push(plain)
    const answer = this.answer(plain)
    if (!answer) res.end('')
    else {
      const encrypted = this.encrypt(answer)
      const [time, nonce] = [String(Math.floor(Date.now() / 1000)), 'n' + this.got.length]
      res.end(
        `<xml><Encrypt><![CDATA[${encrypted}]]></Encrypt><MsgSignature><![CDATA[${this.sign(time, nonce, encrypted)}]]></MsgSignature><TimeStamp>${time}</TimeStamp><Nonce><![CDATA[${nonce}]]></Nonce></xml>`,
      )
    }
    for (const w of this.waiting.splice(0)) w()
  }

  /** Waits for a push that matches, and returns it. */
  async push(matches, timeout = 10_000) {
    const end = Date.now() + timeout
    for (;;) {
      const i = this.got.findIndex((p) => matches.test(p))
      if (i >= 0) return this.got.splice(i, 1)[0]
      if (Date.now() > end) throw new Error(`no push like ${matches}; there are ${this.got.join('\n')}`)
      await Promise.race([new Promise((r) => this.waiting.push(r)), new Promise((r) => setTimeout(r, 200))])
    }
  }
}

// A receiver of callbacks, as an application has one.

import crypto from 'node:crypto'
import http from 'node:http'

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

  stop() {
    this.server.closeAllConnections()
    this.server.close()
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
  async push(matches, timeout = 60_000) {
    const end = Date.now() + timeout
    for (;;) {
      const i = this.got.findIndex((p) => matches.test(p))
      if (i >= 0) return this.got.splice(i, 1)[0]
      if (Date.now() > end) throw new Error(`no push like ${matches}; there are ${this.got.join('\n')}`)
      await Promise.race([new Promise((r) => this.waiting.push(r)), new Promise((r) => setTimeout(r, 200))])
    }
  }
}

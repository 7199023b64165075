// A server of its own for the tests, with the pages that were built into it.

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium, selectors } from 'playwright-core'

selectors.setTestIdAttribute('data-test')

const program = process.env.QIWEI_BIN ?? fileURLToPath(new URL('../../bin/qiwei', import.meta.url))

export async function startServer(args = []) {
  const data = mkdtempSync(join(tmpdir(), 'qiwei-e2e-'))
  const child = spawn(program, ['dev', '--data', data, '--listen', '127.0.0.1:0', '--lang', 'en', ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const base = await new Promise((resolve, reject) => {
    let out = ''
    child.stdout.on('data', (chunk) => {
      out += chunk
      const found = /running at (http:\S+)/.exec(out)
      if (found && out.includes('Ctrl-C')) resolve(found[1])
    })
    child.on('exit', (code) => reject(new Error(`qiwei ended with ${code}: ${out}`)))
  })
  const credentials = JSON.parse(readFileSync(join(data, 'credentials.json'), 'utf8'))
  return {
    base,
    data,
    corp: credentials.corps[0],
    app: (kind) => credentials.corps[0].apps.find((a) => a.kind === kind),
    async call(kind, path, body) {
      const { secret } = this.app(kind)
      const token = (await (await fetch(`${base}/cgi-bin/gettoken?corpid=${this.corp.corpid}&corpsecret=${secret}`)).json()).access_token
      const answer = await fetch(`${base}${path}${path.includes('?') ? '&' : '?'}access_token=${token}`, body && { method: 'POST', body: JSON.stringify(body) })
      return answer.json()
    },
    stop() {
      child.removeAllListeners('exit')
      const ended = new Promise((resolve) => child.on('exit', resolve))
      child.kill('SIGTERM')
      return ended.then(() => rmSync(data, { recursive: true, force: true }))
    },
  }
}

export function startBrowser() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  })
}

/** A page that is signed in to the console. What it reports as an error is collected. */
export async function openConsole(browser, base, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1366, height: 860 }, locale: 'en-GB', ...options })
  const page = await context.newPage()
  page.problems = []
  page.foreign = []
  page.on('pageerror', (e) => page.problems.push(String(e)))
  page.on('console', (m) => m.type() === 'error' && !m.text().includes('status of 4') && page.problems.push(m.text()))
  page.on('request', (r) => {
    const url = new URL(r.url())
    if (url.origin !== base && url.protocol !== 'data:' && url.protocol !== 'blob:') page.foreign.push(r.url())
  })
  await page.goto(`${base}/console/`)
  await page.getByRole('button', { name: /demo admin|演示管理员/ }).first().click()
  await page.waitForSelector('#content')
  return page
}

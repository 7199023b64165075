// The API explorer: the fields and types of messages, and the programs that are copied from it, which run.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { axeOf, leftOut, settled, World } from './world.mjs'

const run = promisify(execFile)

/** @type {World} */
let w
before(async () => (w = await World.start()))
after(() => w?.stop())
const open = async (page, path) => {
  await page.goto(`${w.url}/console/explorer?path=/cgi-bin/${path}`)
  await page.getByTestId('explore').waitFor()
}

test('messages have their fields and their types', async (t) => {
  const page = await w.console()
  for (const [path, field, type] of [
    ['message/send', 'news.articles[].title', 'mpnews'],
    ['kf/send_msg', 'link.thumb_media_id', 'msgmenu'],
    ['webhook/send', 'markdown_v2.content', 'markdown_v2'],
  ]) {
    await t.test(path, async () => {
      await open(page, path)
      await page.getByText(/^Fields \(\d+\)$/).click()
      await page.getByTestId('fields').getByText(field, { exact: true }).waitFor()
      await page.getByTestId('msgtype').selectOption(type)
      assert.equal(JSON.parse(await page.locator('textarea').inputValue()).msgtype, type)
    })
  }
  assert.deepEqual(page.problems, [])
})

test('what is copied runs', async (t) => {
  const page = await w.console()
  const folder = join(w.dir, 'copied')
  mkdirSync(folder)
  const env = { ...process.env, ACCESS_TOKEN: await w.token(), GOFLAGS: '-mod=mod', no_proxy: '*' }
  await page.evaluate(() => {
    globalThis.copied = ''
    navigator.clipboard.writeText = async (text) => void (globalThis.copied = text)
  })
  // The page keeps its clipboard only while it is not loaded anew, so that calls are chosen in it.
  const choose = async (path) => {
    await page.getByRole('link', { name: 'API explorer' }).first().click()
    await page.getByRole('searchbox').fill(path)
    await page.getByRole('button', { name: new RegExp(`${path}$`) }).click()
    await page.getByTestId('explore').waitFor()
    await settled(page)
  }
  for (const path of ['user/get', 'message/send', 'gettoken']) {
    await choose(`/cgi-bin/${path}`)
    for (const [name, file, program, args] of [
      ['curl', 'call.sh', 'sh', []],
      ['Go', 'call.go', 'go', ['run']],
      ['Python', 'call.py', 'python3', []],
      ['Node.js', 'call.mjs', 'node', []],
      ['Java', 'Call.java', 'java', []],
    ]) {
      if (leftOut.includes(name)) continue
      await t.test(`${path} in ${name}`, async () => {
        await page.getByRole('button', { name, exact: true }).click()
        const text = await page.evaluate(() => globalThis.copied)
        const at = join(folder, file)
        writeFileSync(at, text)
        const { stdout } = await run(program, [...args, at], { env, timeout: 120_000 })
        // Secrets never come to the page, so that gettoken is refused, in the words of the API.
        assert.match(stdout, path === 'gettoken' ? /"errcode": ?4\d{4}/ : /"errcode": ?0\b/, `${text}\n${stdout}`)
      })
    }
  }
})

test('it is accessible in every language and width', async (t) => {
  for (const [lang, width, dark] of [['zh', 1440, false], ['en', 1024, true], ['zh', 1024, false], ['zh', 390, false], ['en', 390, false]]) {
    await t.test(`${lang} ${width}`, async () => {
      const page = await w.console({ lang, width, dark, bypassCSP: true })
      await open(page, 'message/send')
      await page.locator('summary').first().click()
      await settled(page)
      assert.deepEqual(await axeOf(page), [])
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), 'the page is wider than the window')
      if (process.env.QIWEI_SHOTS) await page.screenshot({ path: `${process.env.QIWEI_SHOTS}/explorer-${lang}-${width}.png` })
    })
  }
})

// The palette of the console: Ctrl-K finds pages, members, departments, applications and calls, by the keyboard.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { axeOf, settled, World } from './world.mjs'

/** @type {World} */
let w
before(async () => (w = await World.start()))
after(() => w?.stop())

const palette = (page) => page.getByTestId('palette')
const options = (page, name) => page.locator('#palette-found').getByRole('option', name && { name })
async function find(page, words) {
  await page.keyboard.press('Control+k')
  await palette(page).waitFor()
  await page.keyboard.type(words)
}

test('the keyboard alone leads anywhere', async (t) => {
  const page = await w.console()
  for (const [what, words, option, url] of [
    ['a page', 'audit', 'Audit log', /\/audit$/],
    ['a page by its other name', '操作日志', 'Audit log', /\/audit$/],
    ['an application', '演示应用', '演示应用', new RegExp(`/apps/${w.appOf('self_built').agentid}$`)],
    ['a member', 'zhangsan', '张三', /\/directory\?member=zhangsan$/],
    ['a department', '平台组', '平台组', /\/directory\?dep=5$/],
    ['a call', 'media/uploadimg', '/cgi-bin/media/uploadimg', /\/explorer\?path=/],
  ]) {
    await t.test(what, async () => {
      await find(page, words)
      await options(page, option).first().waitFor()
      await page.keyboard.press('Enter')
      await page.waitForURL(url)
      assert.equal(await palette(page).count(), 0)
      if (what === 'a member') {
        await page.getByTestId('member-form').waitFor()
        await page.keyboard.press('Escape')
        await page.waitForURL(/\/directory$/)
      }
    })
  }
  assert.deepEqual(page.problems, [])
})

test('arrows choose, Esc closes and gives the focus back, and nothing found is said', async () => {
  const page = await w.console()
  await page.getByRole('navigation').getByRole('link', { name: 'Calls' }).focus()
  await find(page, 'customer')
  const chosen = () => palette(page).getAttribute('aria-activedescendant')
  await options(page).nth(1).waitFor()
  await page.keyboard.press('ArrowDown')
  assert.equal(await chosen(), 'found-1')
  await page.keyboard.press('ArrowUp')
  await page.keyboard.press('ArrowUp')
  assert.equal(await chosen(), `found-${(await options(page).count()) - 1}`)
  await palette(page).fill('zzzzzz')
  await page.getByText('Nothing found').waitFor()
  await page.keyboard.press('Escape')
  assert.equal(await palette(page).count(), 0)
  assert.equal(await page.evaluate(() => document.activeElement.textContent.trim()), 'Calls')
})

test('it is accessible in every language and width', async (t) => {
  for (const [lang, width, dark] of [['zh', 1440, false], ['en', 1024, true], ['zh', 390, false]]) {
    await t.test(`${lang} ${width}`, async () => {
      const page = await w.console({ lang, width, dark, bypassCSP: true })
      await find(page, 'tag')
      await options(page).first().waitFor()
      await settled(page)
      assert.deepEqual(await axeOf(page), [])
      if (process.env.QIWEI_SHOTS) await page.screenshot({ path: `${process.env.QIWEI_SHOTS}/palette-${lang}-${width}.png` })
    })
  }
})

// The directory as an admin works in it: what is looked for is in the address, a member has a whole record, and the
// enterprise can be seen as a chart.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { axeOf, settled, World } from './world.mjs'

describe('the directory', () => {
  let w
  before(async () => (w = await World.start()))
  after(() => w?.stop())

  test('what is looked for is in the address, and comes back with it', async () => {
    const page = await w.console()
    await page.goto(`${w.url}/console/directory`)
    await page.getByTestId('find-member').fill('zhang')
    await page.getByTestId('total').getByText('3 members').waitFor()
    await page.waitForURL(/q=zhang/)
    await page.reload()
    assert.equal(await page.getByTestId('find-member').inputValue(), 'zhang')
    await page.getByTestId('total').getByText('3 members').waitFor()

    await page.goto(`${w.url}/console/directory`)
    await page.getByRole('button', { name: 'Next' }).click()
    await page.waitForURL(/page=2/)
    await page.getByText('Page 2 of 2').waitFor()
    await page.reload()
    await page.getByText('Page 2 of 2').waitFor()
    // Another question begins at its first page.
    await page.getByRole('treeitem', { name: /研发中心/ }).click()
    await page.waitForURL((url) => url.searchParams.has('dep') && !url.searchParams.has('page'))
    await page.getByTestId('total').getByText(/^2\d members$/).waitFor()
    assert.deepEqual(page.problems, [])
    await page.context().close()
  })

  test('a member has a whole record: attributes, what customers see, tags, applications, a picture', async () => {
    const page = await w.console()
    const corp = await (await page.request.get(`${w.url}/console/api/corp`)).json()
    const put = await page.request.put(`${w.url}/console/api/corp`, { headers: { Origin: w.url }, data: { attributes: [...corp.attributes, '爱好', '博客'], version: corp.version } })
    assert.equal(put.status(), 200, await put.text())
    await page.goto(`${w.url}/console/directory?member=lisi`)
    await page.getByRole('tab', { name: 'More fields' }).click()
    await page.getByRole('group', { name: '爱好' }).locator('input').fill('围棋')
    await page.getByLabel('博客 Type').selectOption({ label: 'Web page' })
    await page.getByPlaceholder(/Address, beginning/).fill('https://home.example')
    await page.getByPlaceholder('Title to show').fill('博客')
    await page.getByTestId('save-member').click()
    await page.getByTestId('member-form').waitFor({ state: 'detached' })
    const seen = await w.get(`/cgi-bin/user/get?userid=lisi&access_token=${await w.token()}`)
    assert.deepEqual(seen.extattr.attrs.map((a) => a.text?.value ?? a.web.url).slice(-2), ['围棋', 'https://home.example'])

    await page.goto(`${w.url}/console/directory?member=lisi`)
    await page.getByTestId('avatar').setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: readFileSync(new URL('../../internal/console/sample.png', import.meta.url)) })
    await page.getByRole('button', { name: 'Back to the default picture' }).waitFor()
    // The arrows lead from tab to tab.
    await page.getByRole('tab', { name: 'Profile' }).focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowRight')
    await page.getByTestId('member-tags').waitFor()
    await page.getByTestId('member-apps').getByRole('link', { name: '演示应用' }).waitFor()
    await page.getByTestId('add-tag').focus()
    await page.getByTestId('add-tag').locator('option').nth(1).waitFor({ state: 'attached' })
    const tag = await page.getByTestId('add-tag').locator('option').nth(1).textContent()
    await page.getByTestId('add-tag').selectOption({ index: 1 })
    await page.getByRole('button', { name: `Remove the tag ${tag}` }).click()
    await page.getByRole('button', { name: `Remove the tag ${tag}` }).waitFor({ state: 'detached' })
    // Nothing of the form was changed, so nothing is asked.
    await page.keyboard.press('Escape')
    await page.getByTestId('member-tags').waitFor({ state: 'detached' })
    assert.deepEqual(page.problems, [])
    await page.context().close()
  })

  test('the enterprise is a chart that the keyboard walks and that finds departments and members', async () => {
    for (const width of [1366, 390]) {
      const page = await w.console({ width })
      await page.goto(`${w.url}/console/org`)
      const top = page.getByRole('treeitem', { name: /晴川科技/ }).first()
      await top.focus()
      await page.keyboard.press('ArrowRight')
      await page.keyboard.press('ArrowRight')
      await page.getByRole('treeitem', { name: /平台组/ }).first().waitFor()
      await page.keyboard.press(' ')
      await page.getByRole('treeitem', { name: /研发中心/ }).first().getByRole('listitem').first().waitFor()
      assert.deepEqual(await axeOf(page), [])
      await page.keyboard.press('Enter')
      await page.waitForURL(/\/directory\?dep=\d+/)

      await page.goto(`${w.url}/console/org`)
      await page.getByTestId('org-find').fill('zhangsan')
      await page.getByTestId('org-found').getByRole('button', { name: /张三/ }).click()
      await page.getByTestId('member-form').waitFor()
      await page.waitForURL(/at=\d+/)
      await settled(page)
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= width, 'the page is wider than the screen')
      assert.deepEqual(page.problems, [])
      await page.context().close()
    }
  })
})

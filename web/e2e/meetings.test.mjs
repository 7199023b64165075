// Meetings on two phones: one member reserves one, another joins it by its number and waits, is let in and leaves.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { accessible, settled, World } from './world.mjs'

describe('meetings', { timeout: 600_000 }, () => {
  /** @type {World} */
  let w
  before(async () => (w = await World.start()))
  after(() => w?.stop())

  it('takes two members through a meeting with a waiting room', async () => {
    const li = await w.phone('lisi', { path: '/phone/workbench' })
    await li.getByRole('link', { name: '会议', exact: true }).click()
    await li.getByTestId('meetings').getByText('移动端设计评审').waitFor()
    await settled(li)
    await accessible(li, 'the list of meetings')
    await li.getByRole('button', { name: '预约会议' }).click()
    const sheet = li.getByRole('dialog', { name: '预约会议' })
    await sheet.getByLabel('会议主题').fill('界面碰头')
    await sheet.getByLabel('时长（分钟）').fill('30')
    await sheet.getByLabel('入会密码').fill('2468')
    await sheet.getByLabel('开启等候室').check()
    await settled(li)
    await accessible(li, 'the sheet that reserves')
    await sheet.getByRole('button', { name: '预约会议' }).click()
    await sheet.waitFor({ state: 'detached' })
    await li.getByRole('link', { name: /界面碰头/ }).click()
    const number = (await li.locator('dd').first().textContent()).replaceAll(' ', '')
    assert.match(number, /^\d{9}$/)
    await li.getByRole('button', { name: '入会' }).click()
    await li.getByTestId('inside').getByText('李四').waitFor()

    const wang = await w.phone('wangwu', { path: '/phone/meetings?code=' + number })
    const door = wang.getByRole('dialog', { name: '加入会议' })
    await door.getByRole('button', { name: '加入会议' }).click()
    await wang.getByText(/the meeting has another|入会密码/).first().waitFor()
    await door.getByLabel('入会密码').fill('2468')
    await door.getByRole('button', { name: '加入会议' }).click()
    await wang.getByRole('status').getByText('您在等候室').waitFor()
    await li.getByTestId('waiting').getByRole('button', { name: '准入' }).click()
    await wang.getByTestId('inside').getByText('王五').waitFor()
    await settled(li)
    await accessible(li, 'a meeting that is held')
    await li.getByRole('button', { name: '全体静音' }).click()
    await wang.getByRole('button', { name: '解除静音' }).waitFor()
    await wang.getByRole('button', { name: '离开' }).click()
    await li.getByRole('button', { name: '结束会议' }).click()
    await li.getByText('已结束').waitFor()
    assert.deepEqual(li.problems, [])
    assert.deepEqual([...li.outside, ...wang.outside], [])
  })
})

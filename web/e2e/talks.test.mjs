// Members who talk with each other on their phones: two of them, and a group.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { accessible, settled, World } from './world.mjs'

/** @type {World} */
let w
let zhang
let li
const shots = process.env.QIWEI_SHOTS // a folder for pictures, to look at
const picture = async (page, name) => shots && (await settled(page), await page.screenshot({ path: `${shots}/${name}.png` }))
before(async () => {
  w = await World.start()
  zhang = await w.phone('zhangsan', { width: 1280, height: 800 })
  li = await w.phone('lisi', { lang: 'en' })
})
after(() => w?.stop())
const log = (page) => page.getByRole('log')
async function write(page, text) {
  await page.getByRole('textbox', { name: /写消息|Write a message/ }).fill(text)
  await page.keyboard.press('Enter')
}
const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAIAAAAlC+aJAAAAUElEQVR42u3PQQkAAAgEsOtf2gwGsK9gsLYsVaV5LQICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICzxYbmAABzZQ3sAAAAABJRU5ErkJggg==', 'base64')

test('two members talk: text, an answer, a picture, a link, a sticker, and one taken back', async () => {
  await zhang.goto(`${w.url}/phone/contacts/of/lisi`)
  await zhang.getByRole('link', { name: '发消息' }).click()
  await write(zhang, '周五的报告写完了吗？')
  await li.getByRole('link', { name: /周五的报告/ }).click()
  await log(li).getByText('周五的报告写完了吗？').waitFor()
  await log(li).getByText('周五的报告写完了吗？').click()
  await log(li).getByRole('button', { name: 'Quote' }).click()
  await write(li, '写完了，明早发您')
  await log(zhang).locator('.quoted', { hasText: '周五的报告' }).waitFor()

  const more = zhang.getByRole('button', { name: '更多' })
  await more.click()
  const chooser = zhang.waitForEvent('filechooser')
  await zhang.getByRole('button', { name: '图片', exact: true }).click()
  await (await chooser).setFiles({ name: 'a.png', mimeType: 'image/png', buffer: png })
  await log(li).locator('.shot img').first().waitFor()
  await more.click()
  await zhang.getByRole('button', { name: '链接' }).click()
  await zhang.getByLabel('标题').fill('排期')
  await zhang.getByLabel('网址').fill('https://plan.example/7')
  await zhang.getByRole('dialog').getByRole('button', { name: '发送' }).click()
  await log(li).getByRole('link', { name: /排期/ }).waitFor()
  await more.click()
  await zhang.getByRole('button', { name: '表情', exact: true }).click()
  await zhang.getByRole('button', { name: '👍' }).click()
  await log(li).locator('.sticker').waitFor()

  await more.click()
  await zhang.getByRole('button', { name: '名片' }).click()
  await zhang.getByRole('dialog').getByRole('searchbox').fill('wangwu')
  await zhang.getByRole('dialog').getByRole('listitem').first().getByRole('button').click()
  await log(li).locator('.message', { hasText: 'wangwu' }).last().waitFor()
  for (const [kind, title, fields, shown] of [
    ['待办', '订会议室', { 内容: '周四下午三点' }, '周四下午三点'],
    ['投票', '团建去哪里', { 选项: '爬山\n看海' }, '看海'],
    ['收集', '报名', { 问题: '姓名\n尺码' }, '尺码'],
    ['小程序', '打卡', { 描述: '每天', 小程序原始: 'gh_0123456789ab' }, '打卡'],
  ]) {
    await more.click()
    await zhang.getByRole('button', { name: kind, exact: true }).click()
    await zhang.getByLabel('标题').fill(title)
    for (const [label, text] of Object.entries(fields)) await zhang.getByLabel(label).fill(text)
    await zhang.getByRole('dialog').getByRole('button', { name: '发送' }).click()
    await log(li).locator('.message', { hasText: title }).filter({ hasText: shown }).last().waitFor()
  }

  await write(zhang, '说错了')
  await log(li).getByText('说错了').waitFor()
  await log(zhang).locator('.message').last().hover()
  await log(zhang).getByRole('button', { name: '撤回' }).last().click()
  await log(li).getByText('说错了').waitFor({ state: 'detached' })
  await log(li).getByText('A message was recalled').last().waitFor()
  await settled(zhang)
  await accessible(zhang, 'a talk')
  await settled(li)
  await accessible(li, 'a talk on a phone')
  await picture(zhang, 'talk-wide')
  await picture(li, 'talk-phone')
})

test('a vote, words with a picture, and the record of a call', async () => {
  const more = zhang.getByRole('button', { name: '更多' })
  const offer = async (name) => {
    await more.click()
    await picture(zhang, 'behind-the-plus')
    await zhang.getByRole('button', { name, exact: true }).click()
    return zhang.getByRole('dialog')
  }
  const vote = await offer('投票')
  await vote.getByLabel('标题').fill('去哪儿团建')
  await vote.getByLabel(/选项/).fill('山里\n海边')
  await vote.getByRole('button', { name: '发送' }).click()
  await log(li).getByText('去哪儿团建').waitFor()
  const mixed = await offer('图文')
  await settled(zhang)
  await accessible(zhang, 'words with pictures')
  await picture(zhang, 'words-with-pictures')
  await mixed.getByLabel('文字').fill('看看这张图')
  await mixed.getByLabel('图片').setInputFiles({ name: 'a.png', mimeType: 'image/png', buffer: png })
  await mixed.getByRole('button', { name: '发送' }).click()
  await log(li).getByText('看看这张图').waitFor()
  await log(li).locator('.message', { hasText: '看看这张图' }).locator('.shot img').waitFor()
  const call = await offer('通话记录')
  await picture(zhang, 'a-call')
  await call.getByLabel('时长（秒）').fill('5999')
  await call.getByRole('button', { name: '发送' }).click()
  await log(li).getByText('99:59').waitFor()
  await picture(li, 'what-lisi-sees')
})

test('a group is made, renamed, joined, handed over and left', async () => {
  await zhang.goto(`${w.url}/phone/`)
  await zhang.getByRole('button', { name: '发起聊天' }).click()
  const sheet = zhang.getByRole('dialog')
  for (const who of ['lisi', 'wangwu']) {
    const { name } = await w.call('user/get?userid=' + who)
    await sheet.getByRole('searchbox').fill(name)
    await sheet.getByRole('button', { name: new RegExp(name) }).first().click()
  }
  await picture(zhang, 'new-chat')
  await sheet.getByRole('button', { name: /确定/ }).click()
  await log(zhang).getByText('创建了群聊').waitFor()
  await write(zhang, '大家好')
  await li.goto(`${w.url}/phone/`)
  await li.getByRole('link', { name: /大家好/ }).click()
  await log(li).getByText('made the group with').waitFor()

  await zhang.getByRole('link', { name: '详情' }).click()
  await zhang.getByLabel('群名称').fill('秋游')
  await zhang.getByRole('button', { name: '保存' }).click()
  await log(li).getByText('renamed the group “秋游”').waitFor()
  await zhang.getByRole('button', { name: '邀请同事' }).click()
  const other = await w.call('user/get?userid=zhengshi')
  await zhang.getByRole('dialog').getByRole('searchbox').fill(other.name)
  await zhang.getByRole('dialog').getByRole('button', { name: new RegExp(other.name) }).first().click()
  await zhang.getByRole('dialog').getByRole('button', { name: /确定/ }).click()
  await log(li).getByText('invited ' + other.name).waitFor()
  await settled(zhang)
  await accessible(zhang, 'a group')
  await picture(zhang, 'group')
  await zhang.getByRole('button', { name: '转让群主' }).click()
  const { name } = await w.call('user/get?userid=lisi')
  await zhang.getByRole('dialog').getByRole('button', { name: new RegExp(name) }).first().click()
  await log(li).getByText(`made ${name} the owner`).waitFor()
  zhang.once('dialog', (d) => d.accept())
  await zhang.getByRole('button', { name: '退出群聊' }).click()
  await log(li).getByText('left the group').waitFor()
  await zhang.getByRole('link', { name: /秋游/ }).waitFor({ state: 'detached' })
  await picture(li, 'group-phone')
})

test('nothing went wrong on the way', () => {
  for (const page of [zhang, li]) assert.deepEqual([page.problems, page.outside], [[], []])
})

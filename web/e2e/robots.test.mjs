// Robots' permissions and to-dos, on the phone and in the console.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { settled, World } from './world.mjs'

let w, bot
before(async () => {
  w = await World.start()
  bot = w.corp.bots[0]
})
after(() => w?.stop())

const script = async (path, body) => (await fetch(`${w.url}/_qiwei/${path}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })).json()
const use = async (url, name, args) => {
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } }) })
  return JSON.parse((await answer.json()).result.content[0].text)
}

test('a member allows a robot, which makes a to-do, and takes it back', async () => {
  const page = await w.phone('lisi', { path: `/phone/robots/${bot.bot_id}?biz_type=todo` })
  const row = page.getByTestId('categories').locator('li', { hasText: '待办' })
  await row.getByRole('button', { name: '授权', exact: true }).click()
  await row.getByText('长期有效').waitFor()
  const { url } = await script('robots/allow', { bot_id: bot.bot_id, userid: 'lisi', biz_type: 'todo' })
  assert.equal((await use(url, 'create_todo', { content: '回访客户', follower_list: { followers: [{ follower_id: 'lisi' }] } })).errcode, 0)

  await page.goto(w.url + '/phone/todos')
  const todo = page.getByTestId('todos').locator('section', { hasText: '回访客户' })
  await todo.getByRole('button', { name: '我已完成' }).click()
  await todo.getByText('已完成', { exact: true }).waitFor()
  await page.getByTestId('new').click()
  await page.getByLabel('内容').fill('订会议室')
  await page.getByRole('button', { name: '创建', exact: true }).click()
  await page.getByTestId('todos').getByText('订会议室').waitFor()
  await settled(page)

  await page.goto(w.url + '/phone/robots')
  await page.getByTestId('categories').locator('li', { hasText: '待办' }).getByRole('button', { name: '取消授权' }).click()
  await page.getByTestId('categories').locator('li', { hasText: '待办' }).getByText('未授权').waitFor()
  assert.equal((await use(url, 'search_todo_userid', { keyword: '张' })).errcode, 850001)
  assert.deepEqual(page.problems, [])
})

test('an administrator sees what a robot may use and has used, and revokes it', async () => {
  const { url } = await script('robots/allow', { bot_id: bot.bot_id, userid: 'zhangsan', biz_type: 'doc', days: 30 })
  assert.equal((await use(url, 'create_doc', { doc_type: 3, doc_name: '周报' })).errcode, 0)
  const page = await w.console()
  await page.goto(`${w.url}/console/tools/${bot.bot_id}`)
  await page.getByText('create_doc').waitFor()
  const grants = page.getByRole('region', { name: 'Permissions' }).last()
  await grants.getByRole('row', { name: /Documents/ }).getByRole('button', { name: 'Revoke' }).click()
  await page.getByRole('alertdialog').getByRole('button', { name: 'Revoke' }).click()
  await page.getByText('Nobody has allowed anything yet').waitFor()
  assert.equal((await use(url, 'create_doc', { doc_type: 3, doc_name: '周报' })).errcode, 850001)
  assert.deepEqual(page.problems, [])
})

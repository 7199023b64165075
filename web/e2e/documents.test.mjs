// Documents on the page: two members, of whom one may only look, on a phone and at a desk.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { accessible, settled, World } from './world.mjs'
import { Made } from './documents.mjs'

describe('documents', { timeout: 600_000 }, () => {
  /** @type {World} */
  let w, made, rc
  before(async () => {
    w = await World.start()
    rc = await w.listen()
    made = await Made.in(w)
  })
  after(() => w?.stop())
  const desk = (user, path) => w.phone(user, { width: 1440, height: 900, path })
  const quiet = (...pages) => {
    for (const page of pages) {
      assert.deepEqual(page.problems, [])
      assert.deepEqual(page.outside, [])
    }
  }

  it('lists a member’s documents, and draws a text that another writes', async () => {
    const zhang = await w.phone('zhangsan', { path: '/phone/workbench' })
    await zhang.getByTestId('tiles').getByText('文档').click()
    await settled(zhang)
    await accessible(zhang, 'the list of documents')
    await zhang.getByTestId('docs').getByText('项目周报').click()
    await zhang.getByTestId('text').getByRole('table').first().waitFor()
    // What looks like a tag is words.
    await zhang.getByText('<img src=x onerror=alert(1)>').waitFor()
    await zhang.getByRole('button', { name: '编辑', exact: true }).click()
    await zhang.getByRole('button', { name: '编辑第 2 段' }).click()
    await zhang.getByLabel('段落内容').fill('本周完成了登录页，下周联调。')

    // Somebody else writes another paragraph meanwhile; both stay.
    await w.call('wedoc/document/batch_update', { docid: made.text, requests: [{ insert_text: { text: '抄送：全体\n', location: { index: 0 } } }] })
    await zhang.getByRole('button', { name: '保存', exact: true }).click()
    await zhang.getByText('本周完成了登录页，下周联调。').waitFor()
    await zhang.getByText('抄送：全体').waitFor()
    await settled(zhang)
    await accessible(zhang, 'a text that is edited')

    const li = await desk('lisi', new URL(made.textURL).pathname)
    await li.getByText('本周完成了登录页，下周联调。').waitFor()
    assert.match(li.url(), /\/phone\/docs\//)
    await li.getByText('仅可查看，不可复制').waitFor()
    assert.equal(await li.getByRole('button', { name: '编辑', exact: true }).count(), 0)
    await settled(li)
    await accessible(li, 'a text at a desk')
    quiet(zhang, li)
  })

  it('writes into the cells of a spreadsheet', async () => {
    const zhang = await desk('zhangsan', '/phone/docs/' + made.grid)
    await zhang.getByRole('button', { name: '单元格 B2 42' }).click()
    await zhang.getByRole('textbox', { name: '单元格 B2' }).fill('43')
    await zhang.getByRole('textbox', { name: '单元格 B2' }).press('Enter')
    await zhang.getByRole('button', { name: '单元格 B2 43' }).waitFor()
    // Two write into one cell: the second is asked.
    const other = await w.phone('zhangsan', { path: '/phone/docs/' + made.grid })
    await other.getByRole('button', { name: '单元格 B2 43' }).waitFor()
    await zhang.getByRole('button', { name: '单元格 B2 43' }).click()
    await zhang.getByRole('textbox', { name: '单元格 B2' }).fill('44')
    await zhang.getByRole('textbox', { name: '单元格 B2' }).press('Enter')
    await zhang.getByRole('button', { name: '单元格 B2 44' }).waitFor()
    await other.getByRole('button', { name: '单元格 B2 43' }).click()
    await other.getByRole('textbox', { name: '单元格 B2' }).fill('45')
    await other.getByRole('textbox', { name: '单元格 B2' }).press('Enter')
    const dialog = other.getByRole('dialog', { name: '内容已被他人修改' })
    await dialog.getByText('44', { exact: true }).waitFor()
    await settled(other)
    await accessible(other, 'a conflict')
    await dialog.getByRole('button', { name: '改为我的' }).click()
    await other.getByRole('button', { name: '单元格 B2 45' }).waitFor()
    const li = await w.phone('lisi', { path: '/phone/docs/' + made.grid })
    await li.getByTestId('grid').getByRole('cell', { name: '45', exact: true }).waitFor()
    assert.equal(await li.getByTestId('grid').getByRole('button').count(), 0)
    await settled(li)
    await accessible(li, 'a spreadsheet')
    quiet(zhang, other, li)
  })

  it('adds and changes records of a smart sheet, of which the application hears', async () => {
    const zhang = await desk('zhangsan', '/phone/docs/' + made.smart)
    await zhang.getByRole('button', { name: '新建记录' }).click()
    const form = zhang.getByTestId('record')
    await form.getByLabel('文本').fill('准备发布会')
    await form.getByLabel('工时').fill('6')
    await form.getByLabel('截止').fill('2026-03-01')
    await form.getByLabel('状态', { exact: true }).last().selectOption({ label: '进行中' })
    await form.getByRole('checkbox', { name: '完成' }).check()
    await form.getByRole('button', { name: '添加 负责人' }).click()
    const people = zhang.getByRole('dialog', { name: '负责人' })
    await people.getByRole('button', { name: /李四/ }).click()
    await people.getByRole('button', { name: '完成' }).click()
    await settled(zhang)
    await accessible(zhang, 'a new record')
    await form.getByRole('button', { name: '保存' }).click()
    const records = zhang.getByTestId('records')
    await records.getByText('准备发布会').waitFor()
    assert.match(await rc.push(/<ChangeType><!\[CDATA\[add_record\]\]>/), new RegExp(made.smart))
    await records.getByText('李四').first().waitFor()
    await records.getByText('进行中').first().waitFor()

    // One changes a field while another has the record open: both changes stay.
    const phone = await w.phone('zhangsan', { path: '/phone/docs/' + made.smart })
    await phone.getByRole('button', { name: '打开记录 1', exact: true }).click()
    await zhang.getByRole('button', { name: '打开记录 1', exact: true }).click()
    await form.getByLabel('工时').fill('9')
    await form.getByRole('button', { name: '保存' }).click()
    await form.waitFor({ state: 'detached' })
    assert.match(await rc.push(/<ChangeType><!\[CDATA\[update_record\]\]>/), new RegExp(made.smart))
    const small = phone.getByTestId('record')
    await small.getByLabel('文本').fill('写周报（改）')
    await small.getByRole('button', { name: '保存' }).click()
    await small.waitFor({ state: 'detached' })
    await phone.getByTestId('records').getByText('写周报（改）').waitFor()
    await phone.getByTestId('records').getByRole('cell', { name: '9', exact: true }).waitFor()

    // A filter of the page's own.
    await phone.getByRole('button', { name: '筛选与排序' }).click()
    const filter = phone.getByRole('dialog', { name: '筛选与排序' })
    await filter.getByRole('button', { name: '添加条件' }).click()
    await filter.getByLabel('值').fill('发布会')
    await settled(phone)
    await accessible(phone, 'a filter')
    await filter.getByRole('button', { name: '完成' }).click()
    await phone.getByText('第 1–1 条，共 1 条').waitFor()

    const li = await w.phone('lisi', { path: '/phone/docs/' + made.smart })
    await li.getByTestId('records').getByText('准备发布会').waitFor()
    assert.equal(await li.getByRole('button', { name: '新建记录' }).count(), 0)
    await li.getByRole('button', { name: '打开记录 1', exact: true }).click()
    assert.equal(await li.getByTestId('record').getByRole('button', { name: '保存' }).count(), 0)
    await settled(li)
    await accessible(li, 'a record to look at')
    quiet(zhang, phone, li)
  })

  it('takes the answer to a form once, and no more after its end', async () => {
    const li = await w.phone('lisi', { path: new URL(made.formURL).pathname })
    const form = li.getByTestId('form')
    await form.getByLabel('姓名').fill('李四')
    await form.getByRole('radio', { name: '参加', exact: true }).check()
    await settled(li)
    await accessible(li, 'a form')
    await form.getByRole('button', { name: '提交' }).click()
    await form.getByText('您已经填写过，感谢参与。').waitFor()
    assert.match(await rc.push(/<ChangeType><!\[CDATA\[form_complete\]\]>/), new RegExp(made.form))
    const ended = await desk('lisi', '/phone/forms/' + made.ended)
    await ended.getByText('这份收集表已经截止，不能再填写。').waitFor()
    assert.equal(await ended.getByRole('button', { name: '提交' }).count(), 0)
    quiet(li, ended)
  })

  it('shows a stranger nothing, until somebody who manages the document names them', async () => {
    const wang = await w.phone('wangwu', { path: '/phone/docs/' + made.closed })
    await wang.getByText('文档不存在，或没有与您共享').waitFor()
    wang.problems = wang.problems.filter((p) => !p.includes('400')) // the browser's own line about the refusal
    const zhang = await desk('zhangsan', '/phone/docs/' + made.closed)
    await zhang.getByRole('button', { name: '管理', exact: true }).click()
    const dialog = zhang.getByTestId('manage')
    await dialog.getByRole('button', { name: '添加 添加成员' }).click()
    const people = zhang.getByRole('dialog', { name: '添加成员' })
    await people.getByRole('button', { name: /王五/ }).click()
    await people.getByRole('button', { name: '完成' }).click()
    await dialog.getByRole('button', { name: '保存' }).last().click()
    await dialog.getByText('王五').waitFor()
    assert.match(await rc.push(/<ChangeType><!\[CDATA\[doc_member_change\]\]>/), new RegExp(made.closed))
    await settled(zhang)
    await accessible(zhang, 'a document’s members')
    await wang.reload()
    await wang.getByText('这个文档还没有内容').waitFor()
    quiet(wang, zhang)
  })
})

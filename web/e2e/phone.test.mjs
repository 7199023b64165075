// The phone's main journeys, as a member makes them.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { cards, fill, png } from './messages.mjs'
import { accessible, settled, World } from './world.mjs'

describe('the phone', { timeout: 900_000 }, () => {
  /** @type {World} */
  let w
  before(async () => (w = await World.start()))
  after(() => w?.stop())

  it('asks a stranger to sign in, and brings him back', async () => {
    const page = await w.phone('', { path: '' })
    await page.goto(w.url + '/phone/workbench')
    await page.waitForURL(/\/account\/sign-in\?next=%2Fphone%2Fworkbench/)
    await page.getByRole('button', { name: /李四/ }).first().click()
    await page.waitForURL(w.url + '/phone/workbench')
    await page.getByText('演示应用').first().waitFor()
    await page.context().close()
  })

  it('shows a text at once, and tells the application of the answer', async () => {
    const rc = await w.listen()
    const page = await w.phone('lisi')
    await page.getByText('还没有').or(page.locator('.rows li')).first().waitFor()
    await w.send('lisi', 'text', { content: '第一条' })
    await page.getByRole('link', { name: /演示应用/ }).click()
    await page.getByRole('log').getByText('第一条').waitFor()
    await w.send('lisi', 'text', { content: '第二条' })
    await page.getByRole('log').getByText('第二条').waitFor()
    await page.getByLabel('写消息').fill('收到')
    await page.keyboard.press('Enter')
    await page.locator('.mine').getByText('收到').waitFor()
    assert.match(await rc.push(/<MsgType><!\[CDATA\[text\]\]>/), /<Content><!\[CDATA\[收到\]\]><\/Content>/)
    assert.deepEqual(page.problems, [])
    assert.deepEqual(page.outside, [])
    await page.context().close()
  })

  it('checks a member in on an outing, and shows it', async () => {
    const page = await w.phone('lisi', { path: '/phone/workbench' })
    await page.getByTestId('tiles').getByRole('link', { name: '打卡' }).click()
    await page.waitForURL(w.url + '/phone/checkin')
    await page.getByLabel('打卡地点').selectOption({ label: '晴川大厦' })
    await page.getByLabel('备注').fill('拜访客户')
    await page.getByRole('button', { name: '外出打卡' }).click()
    await page.getByText('外出打卡拜访客户').waitFor()
    await page.getByText(/应出勤 \d+ 天/).waitFor()
    await accessible(page, 'the page of check-ins')
    assert.deepEqual(page.problems, [])
    await page.context().close()
  })

  it('answers each kind of card, which is updated in place', async () => {
    // The application answers the press with new words for the button.
    const rc = await w.listen((plain) =>
      plain.includes('template_card_event')
        ? '<xml><ToUserName><![CDATA[lisi]]></ToUserName><FromUserName><![CDATA[x]]></FromUserName><CreateTime>1</CreateTime><MsgType><![CDATA[update_button]]></MsgType><Button><ReplaceName><![CDATA[已处理]]></ReplaceName></Button></xml>'
        : '',
    )
    const all = cards(w.url + '/web/icon.svg')
    const page = await w.phone('lisi', { path: `/phone/a/${w.app.agentid}` })
    const log = page.getByRole('log')
    await log.waitFor()

    await w.send('lisi', 'template_card', { ...all.button_interaction, task_id: 'b1' })
    const buttons = log.locator('.card').filter({ hasText: '请假申请' })
    await buttons.getByLabel('抄送').selectOption('none')
    await buttons.getByRole('button', { name: '同意' }).click()
    const pressed = await rc.push(/template_card_event/)
    assert.match(pressed, /<EventKey><!\[CDATA\[approve\]\]>/)
    assert.match(pressed, /<QuestionKey><!\[CDATA\[level\]\]><\/QuestionKey><OptionIds><OptionId><!\[CDATA\[none\]\]>/)
    await buttons.getByText('已处理').waitFor()
    assert.equal(await buttons.getByRole('button', { name: '同意' }).count(), 0)

    await w.send('lisi', 'template_card', { ...all.vote_interaction, task_id: 'v1' })
    const vote = log.locator('.card').filter({ hasText: '团建' })
    await vote.getByLabel('登山').check()
    await vote.getByRole('button', { name: '提交' }).click()
    const voted = await rc.push(/<TaskId><!\[CDATA\[v1\]\]>/)
    assert.match(voted, /<OptionId><!\[CDATA\[lake\]\]>/)
    assert.match(voted, /<OptionId><!\[CDATA\[hill\]\]>/)
    await vote.getByText('已处理').waitFor()

    await w.send('lisi', 'template_card', { ...all.multiple_interaction, task_id: 'm1' })
    const form = log.locator('.card').filter({ hasText: '工服尺码' })
    await form.getByLabel('尺码').selectOption('xl')
    await form.getByRole('button', { name: '提交' }).click()
    const chosen = await rc.push(/<TaskId><!\[CDATA\[m1\]\]>/)
    assert.match(chosen, /<OptionId><!\[CDATA\[xl\]\]>/)
    assert.match(chosen, /<OptionId><!\[CDATA\[navy\]\]>/)
    await form.getByText('已处理').waitFor()

    await w.send('lisi', 'template_card', { ...all.text_notice, task_id: 'n1' })
    const notice = log.locator('.card').filter({ hasText: '报销已到账' })
    await notice.getByRole('button', { name: '更多操作' }).click()
    await notice.getByRole('button', { name: '不再提醒' }).click()
    assert.match(await rc.push(/template_card_menu_event/), /<EventKey><!\[CDATA\[mute\]\]>/)
    assert.deepEqual(page.problems, [])
    await page.context().close()
  })

  it('takes back what is recalled', async () => {
    const page = await w.phone('lisi', { path: `/phone/a/${w.app.agentid}` })
    const { msgid } = await w.send('lisi', 'text', { content: '请不要看这一条' })
    const text = page.getByRole('log').getByText('请不要看这一条')
    await text.waitFor()
    await w.call('message/recall', { msgid })
    await text.waitFor({ state: 'detached' })
    await page.getByText('消息已被撤回').last().waitFor()
    await page.context().close()
  })

  it('sends a picture, a file, a film, a voice and a place', async () => {
    const rc = await w.listen()
    const page = await w.phone('lisi', { path: `/phone/a/${w.app.agentid}` })
    const plus = () => page.getByRole('button', { name: '更多', exact: true })
    const pick = async (name, file) => {
      await plus().click()
      const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name, exact: true }).click()])
      await chooser.setFiles(file)
    }
    await pick('图片', { name: 'p.png', mimeType: 'image/png', buffer: png(40, 30) })
    assert.match(await rc.push(/<MsgType><!\[CDATA\[image\]\]>/), /<PicUrl>/)
    await page.locator('.mine img[src*="/files/"]').waitFor()
    await pick('文件', { name: '周报.txt', mimeType: 'text/plain', buffer: Buffer.from('周报内容'.repeat(9)) })
    assert.match(await rc.push(/<MsgType><!\[CDATA\[file\]\]>/), /周报\.txt/)
    await page.locator('.mine').getByText('周报.txt').waitFor()

    await plus().click()
    await page.getByRole('button', { name: '位置', exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: '使用当前位置' }).click()
    await dialog.getByLabel('地点名称').fill('湖滨')
    await page.waitForFunction(() => document.querySelector('dialog input').value !== '')
    await dialog.getByRole('button', { name: '发送' }).click()
    const place = await rc.push(/<MsgType><!\[CDATA\[location\]\]>/)
    assert.match(place, /<Location_X>30\.2741<\/Location_X>/)
    assert.match(place, /湖滨/)

    await plus().click()
    await page.getByRole('button', { name: '语音', exact: true }).click()
    await page.getByText(/正在录音… [1-9]″/).waitFor()
    await page.getByRole('button', { name: '停止并发送' }).click()
    assert.match(await rc.push(/<MsgType><!\[CDATA\[voice\]\]>/), /<Format><!\[CDATA\[amr\]\]>/)
    // What was recorded is played: the codec reads what it wrote.
    await page.locator('.mine').getByRole('button', { name: /播放语音/ }).last().click()
    await page.locator('.mine').getByRole('button', { name: /停止/ }).waitFor()
    assert.deepEqual(page.problems, [])
    await page.context().close()
  })

  it('presses the menu of an application', async () => {
    const rc = await w.listen()
    await w.call(`menu/create?agentid=${w.app.agentid}`, {
      button: [
        { type: 'click', name: '今日待办', key: 'todo' },
        { name: '工具', sub_button: [{ type: 'scancode_waitmsg', name: '扫码签到', key: 'check' }, { type: 'pic_photo_or_album', name: '上传照片', key: 'photo' }] },
      ],
    })
    const page = await w.phone('lisi', { path: `/phone/a/${w.app.agentid}` })
    await page.getByRole('button', { name: '今日待办' }).click()
    assert.match(await rc.push(/<Event><!\[CDATA\[click\]\]>/), /<EventKey><!\[CDATA\[todo\]\]>/)
    await page.getByRole('button', { name: '工具' }).click()
    await page.getByRole('button', { name: '扫码签到' }).click()
    await page.getByLabel(/也可以粘贴/).fill('SEAT-42')
    await page.getByRole('dialog').getByRole('button', { name: '打开' }).click()
    assert.match(await rc.push(/scancode_waitmsg/), /<ScanResult><!\[CDATA\[SEAT-42\]\]>/)
    await page.getByRole('button', { name: '工具' }).click()
    const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: '上传照片' }).click()])
    await chooser.setFiles([{ name: 'p.png', mimeType: 'image/png', buffer: png(30, 30) }])
    assert.match(await rc.push(/pic_photo_or_album/), /<Count>1<\/Count>/)
    await w.call(`menu/create?agentid=${w.app.agentid}`, { button: [{ type: 'click', name: '待办', key: 'todo' }] })
    await page.context().close()
  })

  it('loses nothing while the server is away, and says that the line is down', async () => {
    const page = await w.phone('lisi', { path: `/phone/a/${w.app.agentid}` })
    const log = page.getByRole('log')
    await w.send('lisi', 'text', { content: '断线之前' })
    await log.getByText('断线之前').waitFor()
    await w.restart(async () => {
      await page.getByText('连接已断开').waitFor({ timeout: 60_000 })
    })
    await w.send('lisi', 'text', { content: '断线之后' })
    await log.getByText('断线之后').waitFor({ timeout: 60_000 })
    await page.getByText('连接已断开').waitFor({ state: 'detached' })
    assert.equal(await log.getByText('断线之前').count(), 1)
    await page.context().close()
  })

  it('confirms a QR sign-in of another browser', async () => {
    await w.run('app', 'set', '--agentid', String(w.app.agentid), '--login-domain', 'app.example')
    const desk = await w.phone('', { width: 1280, height: 800, path: '' })
    await desk.route('http://app.example/**', (r) => r.fulfill({ contentType: 'text/html', body: '<h1>welcome</h1>' }))
    const to = encodeURIComponent('http://app.example/back')
    await desk.goto(`${w.url}/wwlogin/sso/login?login_type=CorpApp&appid=${w.corp.corpid}&agentid=${w.app.agentid}&redirect_uri=${to}&state=S`)
    const code = desk.locator('img[src*="qr"]').first()
    await code.waitFor()
    const picture = await code.screenshot()

    const page = await w.phone('lisi', { path: '/phone/scan' })
    const chooser = page.waitForEvent('filechooser')
    await page.getByText('选择图片').click()
    await (await chooser).setFiles({ name: 'qr.png', mimeType: 'image/png', buffer: picture })
    await page.waitForURL(/\/wwopen\/sso\/confirm2\?k=/)
    await page.getByRole('button', { name: /确认|登录/ }).first().click()
    await desk.waitForURL(/^http:\/\/app\.example\/back\?code=.+&state=S/)
    const user = await w.get(`/cgi-bin/auth/getuserinfo?access_token=${await w.token()}&code=${new URL(desk.url()).searchParams.get('code')}`)
    assert.equal(user.userid, 'lisi')
    await desk.context().close()
    await page.context().close()
  })

  it('opens an application from the workbench, where the member is known without being asked', async () => {
    await w.run('app', 'set', '--agentid', String(w.app.agentid), '--redirect-domain', 'app.example')
    const home = `https://open.weixin.qq.com/connect/oauth2/authorize?appid=${w.corp.corpid}&redirect_uri=${encodeURIComponent('http://app.example/home')}&response_type=code&scope=snsapi_base&state=H&agentid=${w.app.agentid}#wechat_redirect`
    await w.call('agent/set', { agentid: w.app.agentid, home_url: home })
    const page = await w.phone('zhangsan', { path: '/phone/workbench' })
    await page.context().route('http://app.example/**', (r) => r.fulfill({ contentType: 'text/html', body: '<h1>home</h1>' }))
    const [opened] = await Promise.all([page.context().waitForEvent('page'), page.locator('.grid').getByRole('button', { name: '演示应用' }).click()])
    await opened.waitForURL(/^http:\/\/app\.example\/home\?code=.+&state=H/)
    const user = await w.get(`/cgi-bin/auth/getuserinfo?access_token=${await w.token()}&code=${new URL(opened.url()).searchParams.get('code')}`)
    assert.equal(user.userid, 'zhangsan')
    await page.context().close()
  })

  it('finds a colleague by the sound of her name', async () => {
    const page = await w.phone('lisi', { path: '/phone/contacts' })
    await page.getByRole('searchbox').fill('zhangsan')
    await page.getByRole('link', { name: /张三/ }).click()
    await page.getByRole('heading', { name: '张三' }).first().waitFor()
    await page.goBack()
    await page.getByRole('searchbox').waitFor()
    assert.deepEqual(page.problems, [])
    await page.context().close()
  })

  it('talks with a robot', async () => {
    const page = await w.phone('lisi')
    await page.getByRole('link', { name: /小助手/ }).click()
    await page.getByRole('log').waitFor()
    assert.deepEqual(page.problems, [])
    await page.context().close()
  })

  it('runs no script that a message brings, and asks nothing of other servers', async () => {
    const thumb = await w.upload('image', 't.png', png(20, 20), 'image/png')
    const evil = `<img src="x" onerror="window.hit=1"><script>window.hit=1</script><svg onload="window.hit=1"></svg><a href="javascript:window.hit=1">tap</a><iframe src="https://evil.example"></iframe><div style="background:url(https://evil.example/x)">y</div><img src="https://evil.example/p.png">`
    await w.send('wangwu', 'text', { content: evil })
    await w.send('wangwu', 'markdown', { content: evil + '\n[tap](javascript:window.hit=1) ![p](https://evil.example/p.png)' })
    await w.send('wangwu', 'textcard', { title: evil.slice(0, 100), description: evil.slice(0, 480), url: 'javascript://x%0awindow.hit=1' })
    await w.send('wangwu', 'mpnews', { articles: [{ title: 'evil', thumb_media_id: thumb, content: evil + '<p id="end">完</p>' }] })
    await w.send('wangwu', 'news', { articles: [{ title: 'n', url: 'https://evil.example/', picurl: 'https://evil.example/p.png' }] })
    const page = await w.phone('wangwu', { path: `/phone/a/${w.app.agentid}` })
    const log = page.getByRole('log')
    await log.getByText('evil').last().waitFor()
    for (const link of await log.getByText('tap', { exact: true }).all()) await link.click()
    await log.locator('.foot').last().click()
    await log.getByText('阅读全文').click()
    await page.getByText('完', { exact: true }).waitFor()
    await page.locator('article').getByText('tap').click()
    assert.equal(await page.evaluate(() => window.hit), undefined)
    assert.deepEqual(page.outside, [])
    // The browser says of what is parsed that it would not run it.
    assert.deepEqual(page.problems.filter((p) => !p.startsWith('Executing inline event handler violates')), [])
    // Asked for, the picture is fetched.
    await page.context().route('https://evil.example/**', (r) => r.fulfill({ contentType: 'image/png', body: png(10, 10) }))
    await page.locator('article').getByRole('button', { name: /evil\.example/ }).click()
    await page.locator('article img[src="https://evil.example/p.png"]').waitFor()
    assert.equal(page.outside.length, 1)
    await page.context().close()
  })

  it('opens without the network once it was there', async () => {
    const page = await w.phone('lisi')
    await page.evaluate(() => navigator.serviceWorker.ready)
    await page.reload()
    await page.locator('.rows').waitFor()
    await page.context().setOffline(true)
    await page.reload()
    await page.getByText(/连接不上服务器|连接已断开/).first().waitFor()
    const manifest = await (await page.context().request.get(w.url + '/phone/manifest.webmanifest').catch(() => ({ json: () => ({}) }))).json()
    assert.equal(manifest.scope, '/phone/')
    await page.context().close()
  })

  it('has no serious accessibility fault', async () => {
    await w.listen()
    await fill(w, 'linyue')
    for (const look of [{}, { dark: true }, { lang: 'en', width: 1280, height: 800 }]) {
      const page = await w.phone('linyue', look)
      await page.locator('.rows li').first().waitFor()
      for (const path of ['', `a/${w.app.agentid}`, 'contacts', 'contacts/of/zhangsan', 'workbench', 'me', 'scan']) {
        await page.goto(w.url + '/phone/' + path)
        await page.locator('h1:visible').first().waitFor()
        await settled(page)
        await accessible(page, `${path} ${JSON.stringify(look)}`)
      }
      assert.deepEqual(page.problems, [])
      await page.context().close()
    }
  })

  it('is reached by the keyboard alone', async () => {
    const rc = await w.listen()
    await w.send('lisi', 'template_card', { ...cards(w.url + '/web/icon.svg').button_interaction, task_id: 'key1' })
    const page = await w.phone('lisi', { width: 1280, height: 800, path: `/phone/a/${w.app.agentid}` })
    const button = page.getByRole('button', { name: '驳回' }).last()
    await button.waitFor()
    for (let i = 0; i < 200 && !(await button.evaluate((b) => b === document.activeElement)); i++) await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    assert.match(await rc.push(/<TaskId><!\[CDATA\[key1\]\]>/), /<EventKey><!\[CDATA\[reject\]\]>/)
    await page.context().close()
  })
})


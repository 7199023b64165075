// A conversation with every type of message that an application can send.

import { deflateSync } from 'node:zlib'

/** A PNG of one colour that runs into another. */
export function png(width, height, [r1, g1, b1] = [64, 120, 220], [r2, g2, b2] = [120, 210, 190]) {
  const crcTable = Array.from({ length: 256 }, (_, n) => {
    for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1
    return n >>> 0
  })
  const crc = (b) => {
    let c = 0xffffffff
    for (const x of b) c = crcTable[(c ^ x) & 255] ^ (c >>> 8)
    return (c ^ 0xffffffff) >>> 0
  }
  const chunk = (name, data) => {
    const out = Buffer.alloc(12 + data.length)
    out.writeUInt32BE(data.length)
    out.write(name, 4, 'latin1')
    data.copy(out, 8)
    out.writeUInt32BE(crc(out.subarray(4, 8 + data.length)), 8 + data.length)
    return out
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width)
  head.writeUInt32BE(height, 4)
  head.set([8, 2, 0, 0, 0], 8)
  const rows = Buffer.alloc(height * (1 + width * 3))
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const t = (x / width + y / height) / 2
      rows.set([r1 + (r2 - r1) * t, g1 + (g2 - g1) * t, b1 + (b2 - b1) * t], y * (1 + width * 3) + 1 + x * 3)
    }
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), chunk('IHDR', head), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))])
}

/** Silence of the given seconds as AMR: frames of mode 7 (12.2 kbit/s). */
export function amr(seconds) {
  const frame = Buffer.alloc(32)
  frame[0] = 0x3c
  return Buffer.concat([Buffer.from('#!AMR\n'), ...Array.from({ length: seconds * 50 }, () => frame)])
}

export const cards = (picture) => ({
  text_notice: {
    card_type: 'text_notice',
    source: { icon_url: picture, desc: '费用报销', desc_color: 3 },
    action_menu: { desc: '更多操作', action_list: [{ text: '不再提醒', key: 'mute' }, { text: '移出此群', key: 'leave' }] },
    task_id: 'notice-1',
    main_title: { title: '报销已到账', desc: '十月差旅报销单' },
    quote_area: { type: 1, url: 'https://erp.example/doc/7', title: '财务备注', quote_text: '发票齐全，金额无误。\n请在三日内确认收款。' },
    emphasis_content: { title: '¥ 2,480.00', desc: '到账金额' },
    sub_title_text: '款项已转入尾号 6221 的工资卡',
    horizontal_content_list: [
      { keyname: '申请人', type: 3, userid: 'zhangsan', value: '张三' },
      { keyname: '报销单', type: 1, url: 'https://erp.example/doc/7', value: 'BX-20251107' },
      { keyname: '到账日', value: '2025-11-07' },
    ],
    jump_list: [{ type: 1, title: '查看报销单', url: 'https://erp.example/doc/7' }, { title: '如有疑问请联系财务' }],
    card_action: { type: 1, url: 'https://erp.example/doc/7' },
  },
  news_notice: {
    card_type: 'news_notice',
    source: { desc: '行政通知', desc_color: 0 },
    main_title: { title: '新园区班车时刻表', desc: '下周一起执行' },
    card_image: { url: picture, aspect_ratio: 2.1 },
    image_text_area: { type: 1, url: 'https://erp.example/bus', title: '三号线延伸', desc: '新增地铁接驳，早晚各四班', image_url: picture },
    vertical_content_list: [{ title: '早班', desc: '7:30、8:00、8:20、8:40' }, { title: '晚班', desc: '18:00、18:30、19:30、21:00' }],
    jump_list: [{ type: 1, title: '完整时刻表', url: 'https://erp.example/bus' }],
    card_action: { type: 1, url: 'https://erp.example/bus' },
  },
  button_interaction: {
    card_type: 'button_interaction',
    source: { desc: '审批', desc_color: 1 },
    main_title: { title: '张三的请假申请', desc: '年假 · 共 2 天' },
    horizontal_content_list: [{ keyname: '开始', value: '11 月 13 日上午' }, { keyname: '结束', value: '11 月 14 日下午' }, { keyname: '事由', value: '回家探亲' }],
    task_id: 'leave-1',
    button_selection: { question_key: 'level', title: '抄送', option_list: [{ id: 'none', text: '不抄送' }, { id: 'hr', text: '人力资源部' }], selected_id: 'hr' },
    button_list: [{ text: '同意', style: 1, key: 'approve' }, { text: '驳回', style: 3, key: 'reject' }],
  },
  vote_interaction: {
    card_type: 'vote_interaction',
    source: { desc: '团队投票' },
    main_title: { title: '周五团建去哪里', desc: '可以多选' },
    task_id: 'vote-1',
    checkbox: { question_key: 'where', mode: 1, option_list: [{ id: 'hill', text: '登山' }, { id: 'lake', text: '环湖骑行', is_checked: true }, { id: 'game', text: '桌游' }] },
    submit_button: { text: '提交', key: 'submit' },
  },
  multiple_interaction: {
    card_type: 'multiple_interaction',
    source: { desc: '工服登记' },
    main_title: { title: '请选择工服尺码', desc: '冬季款' },
    task_id: 'size-1',
    select_list: [
      { question_key: 'size', title: '尺码', selected_id: 'l', option_list: [{ id: 'm', text: 'M' }, { id: 'l', text: 'L' }, { id: 'xl', text: 'XL' }] },
      { question_key: 'colour', title: '颜色', option_list: [{ id: 'navy', text: '藏青' }, { id: 'grey', text: '深灰' }] },
    ],
    submit_button: { text: '提交', key: 'submit' },
  },
})

export const markdown = `# 值班交接
您的会议室已经预定，稍后会同步到\`邮箱\`
> **事项详情**
> 事　项：<font color="info">开会</font>
> 组织者：@linyue
> 会议日期：<font color="warning">2025年11月18日</font>
>
如需修改会议信息，请点击：[修改会议信息](https://work.weixin.qq.com)
<font color="comment">由值班机器人发出</font>`

export async function fill(w, user) {
  const image = await w.upload('image', 'photo.png', png(640, 420), 'image/png')
  const file = await w.upload('file', '十月差旅报销单.pdf', Buffer.from('%PDF-1.4 '.padEnd(48_211, ' ')))
  const voice = await w.upload('voice', 'voice.amr', amr(4))
  const form = new FormData()
  form.append('media', new Blob([png(600, 280, [240, 150, 70], [200, 70, 110])], { type: 'image/png' }), 'cover.png')
  const cover = (await w.call('media/uploadimg', form)).url

  const recalled = await w.send(user, 'text', { content: '发错了' })
  await w.call('message/recall', { msgid: recalled.msgid })
  await w.send(user, 'text', { content: '你的快递已到，请携带工卡前往邮件中心领取。\n出发前可查看<a href="https://work.weixin.qq.com">邮件中心视频实况</a>，聪明避开排队。' })
  await w.send(user, 'image', { media_id: image })
  await w.send(user, 'voice', { media_id: voice })
  await w.send(user, 'file', { media_id: file })
  await w.send(user, 'file', { media_id: file }, { safe: 1 })
  await w.send(user, 'text', { content: '季度奖金方案，仅供本人查阅。' }, { safe: 1 })
  await w.send(user, 'textcard', {
    title: '领奖通知',
    description: '<div class="gray">2025年11月7日</div> <div class="normal">恭喜你抽中骑行头盔一顶，领奖码：3391</div><div class="highlight">请于11月20日前联系行政同事领取</div>',
    url: 'https://work.weixin.qq.com',
    btntxt: '更多',
  })
  await w.send(user, 'news', { articles: [{ title: '中秋节礼品领取', description: '今年中秋节公司有豪礼相送', url: 'https://work.weixin.qq.com', picurl: cover }] })
  await w.send(user, 'news', {
    articles: [
      { title: '十一月刊：把表单搬进工作台', url: 'https://erp.example/1', picurl: cover },
      { title: '一次线上故障的复盘', url: 'https://erp.example/2', picurl: 'https://elsewhere.example/p.png' },
      { title: '新同事介绍', url: 'https://erp.example/3', picurl: cover },
    ],
  })
  await w.send(user, 'mpnews', {
    articles: [
      { title: '致全体同事的一封信', thumb_media_id: image, author: '沈晴川', content: `<h1>新的一年</h1><p style="text-align:center">感谢大家的<strong>努力</strong>。</p><ul><li>一</li><li>二</li></ul><img src="${cover}"><script>document.title='x'</script><a href="javascript:alert(1)">x</a>`, digest: '新的一年，新的开始', content_source_url: 'https://work.weixin.qq.com' },
    ],
  })
  await w.send(user, 'markdown', { content: markdown })
  await w.send(user, 'miniprogram_notice', { appid: 'wx00000000000000aa', title: '会议室预订成功通知', description: '4月27日 16:16', emphasis_first_item: true, content_item: [{ key: '会议室', value: '402' }, { key: '会议地点', value: '杭州-湖滨' }, { key: '会议时间', value: '2025年11月18日 09:00-09:30' }] })
  await w.send(user, 'interactive_taskcard', { title: '赵明登的礼物申请', description: '礼品：A31茶具套装<br>用途：赠与小黑科技张总经理', url: 'https://erp.example/gift', task_id: 'gift-1', btn: [{ key: 'ok', name: '批准', color: 'red', is_bold: true }, { key: 'no', name: '驳回' }] })
  for (const [type, card] of Object.entries(cards(cover))) await w.send(user, 'template_card', card).catch((e) => console.log(type, e.message))
  const done = await w.send(user, 'template_card', { ...cards(cover).button_interaction, task_id: 'leave-2' })
  await w.call('message/update_template_card', { userids: [user], agentid: w.app.agentid, response_code: done.response_code, button: { replace_name: '已同意' } })
  await w.call('appchat/create', { name: '发布群', chatid: 'release', userlist: [user, 'zhangsan', 'linyue'] }).catch((e) => console.log(e.message))
  await w.call('appchat/send', { chatid: 'release', msgtype: 'text', text: { content: '1.8.0 已发布到生产环境' } }).catch((e) => console.log(e.message))
  await w.call(`menu/create?agentid=${w.app.agentid}`, {
    button: [
      { type: 'click', name: '今日待办', key: 'todo' },
      { name: '工具', sub_button: [{ type: 'view', name: '打开手册', url: 'https://erp.example/guide' }, { type: 'scancode_waitmsg', name: '扫码签到', key: 'check' }, { type: 'pic_photo_or_album', name: '上传照片', key: 'photo' }, { type: 'location_select', name: '发送位置', key: 'where' }] },
      { type: 'view', name: '主页', url: 'https://erp.example' },
    ],
  })
}

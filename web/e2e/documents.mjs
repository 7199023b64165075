// Documents that an application has made, for journeys and pictures: zhangsan manages them, everybody else of the
// enterprise may look.

export class Made {
  static async in(w) {
    const m = new Made()
    const make = async (doc_type, doc_name) => {
      const { docid, url } = await w.call('wedoc/create_doc', { doc_type, doc_name, admin_users: ['zhangsan'] })
      return [docid, url]
    }
    ;[m.text, m.textURL] = await make(3, '项目周报')
    const words = '# 本周进展\n登录页还在做。\n- 接口已定\n- 文案待审\n<img src=x onerror=alert(1)>\n重要：周五前提交。\n'
    // A place for each letter, and behind them the table: its border, those of its row and cell, then the cell's end.
    const place = (index, text) => ({ insert_text: { text, location: { index: words.length + index } } })
    const requests = [
      { insert_text: { text: words, location: { index: 0 } } },
      { update_text_property: { text_property: { bold: true, color: 'C02B2B' }, ranges: [{ start_index: words.indexOf('重要'), length: 3 }] } },
      { insert_table: { rows: 2, cols: 2, location: { index: words.length } } },
      ...[place(14, '周五'), place(11, '联调'), place(6, '时间'), place(3, '事项')],
    ]
    await w.call('wedoc/document/batch_update', { docid: m.text, requests })
    await w.call('wedoc/mod_doc_safty_setting', { docid: m.text, enable_readonly_copy: false, watermark: { margin_type: 1, show_visitor_name: true, show_text: true, text: '内部资料' } })
    ;[m.grid] = await make(4, '费用预算')
    const sheet_id = (await w.call('wedoc/spreadsheet/get_sheet_properties', { docid: m.grid })).properties[0].sheet_id
    const cell = (text, text_format) => ({ cell_value: { text }, ...(text_format && { cell_format: { text_format } }) })
    const rows = [['项目', '数量', '说明'].map((t) => cell(t, { bold: true })), ['差旅', '42', '含高铁'].map((t) => cell(t)), ['设备', '7', '显示器'].map((t) => cell(t))]
    await w.call('wedoc/spreadsheet/batch_update', { docid: m.grid, requests: [{ update_range_request: { sheet_id, grid_data: { start_row: 0, start_column: 0, rows: rows.map((values) => ({ values })) } } }] })
    await m.fillSmart(w, make)
    m.form = await m.makeForm(w, '团建报名', 0)
    m.formURL = (await w.call('wedoc/doc_share', { formid: m.form })).share_url
    m.ended = await m.makeForm(w, '上周的报名', 1)
    ;[m.closed] = await make(3, '薪酬方案')
    await w.call('wedoc/mod_doc_join_rule', { docid: m.closed, enable_corp_internal: false, corp_internal_approve_only_by_admin: true })
    return m
  }

  async fillSmart(w, make) {
    ;[this.smart] = await make(10, '任务台账')
    const docid = this.smart
    const { sheet_id } = (await w.call('wedoc/smartsheet/get_sheet', { docid })).sheet_list[0]
    const fields = [
      { field_title: '状态', field_type: 'FIELD_TYPE_SINGLE_SELECT', property_single_select: { is_quick_add: true, options: [{ text: '未开始', style: 1 }, { text: '进行中', style: 5 }, { text: '已完成', style: 9 }] } },
      { field_title: '负责人', field_type: 'FIELD_TYPE_USER' },
      { field_title: '截止', field_type: 'FIELD_TYPE_DATE_TIME' },
      { field_title: '工时', field_type: 'FIELD_TYPE_NUMBER' },
      { field_title: '完成', field_type: 'FIELD_TYPE_CHECKBOX' },
      { field_title: '位置', field_type: 'FIELD_TYPE_LOCATION', property_location: { input_type: 'LOCATION_INPUT_TYPE_MANUAL' } },
      { field_title: '编号', field_type: 'FIELD_TYPE_AUTONUMBER' },
    ]
    await w.call('wedoc/smartsheet/add_fields', { docid, sheet_id, fields })
    const record = (text, state, hours, user) => ({
      values: { 文本: [{ type: 'text', text }], 状态: [{ text: state }], 工时: hours, 负责人: [{ user_id: user }], 截止: '1772323200000', 完成: state === '已完成' },
    })
    await w.call('wedoc/smartsheet/add_records', { docid, sheet_id, records: [record('写周报', '已完成', 2, 'lisi'), record('联调登录', '进行中', 16, 'zhangsan'), record('整理合同', '未开始', 4, 'wangwu')] })
  }

  async makeForm(w, form_title, timed_finish) {
    const question = (question_id, title, reply_type, more = {}) => ({ question_id, title, reply_type, pos: question_id, status: 1, must_reply: question_id === 1, ...more })
    const items = [
      question(1, '姓名', 1, { placeholder: '请写真实姓名' }),
      question(2, '是否参加', 2, { option_item: [{ key: 1, value: '参加', status: 1 }, { key: 2, value: '不参加', status: 1 }] }),
      question(3, '饮食偏好', 3, { option_item: [{ key: 1, value: '清真', status: 1 }, { key: 2, value: '素食', status: 1 }] }),
      question(4, '部门', 18),
      question(5, '同行成员', 19),
      question(6, '到达日期', 11),
      question(7, '现场照片', 9),
    ]
    const { formid } = await w.call('wedoc/create_form', { form_info: { form_title, form_desc: '下月团建，请在本周内填写。', form_question: { items }, form_setting: { fill_out_auth: 0, timed_finish } } })
    return formid
  }
}

import { describe, expect, it } from 'vitest'
import { another, blocksOf, editOf, nothing, type RosterGroup, type RosterValue } from './roster'

const basic: RosterGroup = { group_id: 1, group_type: 0, name: '在职', fields: [{ fieldid: 11, name: '工号' }, { fieldid: 12, name: '状态', computed: true }] }
const school: RosterGroup = { group_id: 2, group_type: 1, name: '教育', fields: [{ fieldid: 21, name: '学校' }, { fieldid: 22, name: '证书', file: true }] }
const values: RosterValue[] = [{ fieldid: 11, sub_idx: 0, text: 'A-1' }, { fieldid: 12, sub_idx: 0, text: '正式' }, { fieldid: 21, sub_idx: 0, text: '清华' }, { fieldid: 21, sub_idx: 2, text: '北大' }, { fieldid: 22, sub_idx: 2, text: '', files: ['m'] }]

describe('a card of the roster', () => {
  it('has a block for each time that a group is there', () => {
    const blocks = blocksOf([basic, school], values)
    expect(blocks.map((b) => [b.group.group_id, b.idx])).toEqual([[1, 0], [2, 0], [2, 1], [2, 2]])
    expect(blocks[3]!.files).toEqual({ 22: ['m'] })
  })
  it('shows a group that repeats nowhere while it is empty, and one that does not always', () => {
    expect(blocksOf([basic, school], []).map((b) => b.group.group_id)).toEqual([1])
  })
  it('sends nothing where nothing was changed', () => expect(nothing(editOf(blocksOf([basic, school], values), values))).toBe(true))
  it('sends what was changed, emptied, removed and added, and neither files nor what is computed', () => {
    const blocks = blocksOf([basic, school], values)
    blocks[0]!.texts = { 11: '', 12: '试用' }
    blocks[1]!.texts[21] = '浙大'
    blocks[3]!.gone = true
    const fresh = another(school)
    fresh.texts = { 21: '复旦', 22: 'x' }
    expect(editOf([...blocks, fresh, another(school)], values)).toEqual({
      set: [{ fieldid: 11, sub_idx: 0, text: '' }, { fieldid: 21, sub_idx: 0, text: '浙大' }],
      remove: [{ group_type: 1, sub_idx: 2 }],
      insert: [{ group_type: 1, values: [{ fieldid: 21, sub_idx: 0, text: '复旦' }] }],
    })
  })
  it('forgets one that was added and taken away again', () => {
    const fresh = another(school)
    fresh.texts = { 21: '复旦' }
    fresh.gone = true
    expect(nothing(editOf([fresh], []))).toBe(true)
  })
})

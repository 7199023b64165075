// A member's card of the roster: what the form holds, and what of it was changed.

export type RosterField = { fieldid: number; name: string; must?: boolean; day?: boolean; file?: boolean; computed?: boolean; options?: string[] }
export type RosterGroup = { group_id: number; group_type: number; name: string; fields: RosterField[] }
export type RosterValue = { fieldid: number; sub_idx: number; text: string; files?: string[] }
export type RosterEdit = { set: { fieldid: number; sub_idx: number; text: string }[]; remove: { group_type: number; sub_idx: number }[]; insert: { group_type: number; values: { fieldid: number; sub_idx: number; text: string }[] }[] }

/** One time that a group is there. idx is its place as stored; undefined for one that is new. */
export type Block = { group: RosterGroup; idx?: number; gone: boolean; texts: Record<number, string>; files: Record<number, string[]> }

/** The blocks of a form, in the order of the groups: one for a group that does not repeat, one for each time of another. */
export function blocksOf(groups: RosterGroup[], values: RosterValue[]): Block[] {
  return groups.flatMap((group) => {
    const of = values.filter((v) => group.fields.some((f) => f.fieldid === v.fieldid))
    const times = group.group_type ? of.reduce((n, v) => Math.max(n, v.sub_idx + 1), 0) : 1
    return Array.from({ length: times }, (_, idx) => {
      const here = of.filter((v) => v.sub_idx === idx)
      return { group, idx, gone: false, texts: Object.fromEntries(here.map((v) => [v.fieldid, v.text])), files: Object.fromEntries(here.filter((v) => v.files?.length).map((v) => [v.fieldid, v.files!])) }
    })
  })
}

export const another = (group: RosterGroup): Block => ({ group, gone: false, texts: {}, files: {} })

/** What has to be sent for the form to become what is stored. */
export function editOf(blocks: Block[], values: RosterValue[]): RosterEdit {
  const edit: RosterEdit = { set: [], remove: [], insert: [] }
  for (const b of blocks) {
    const fields = b.group.fields.filter((f) => !f.computed && !f.file)
    if (b.idx === undefined) {
      const filled = fields.filter((f) => b.texts[f.fieldid])
      if (!b.gone && filled.length) edit.insert.push({ group_type: b.group.group_type, values: filled.map((f) => ({ fieldid: f.fieldid, sub_idx: 0, text: b.texts[f.fieldid]! })) })
      continue
    }
    const idx = b.idx
    if (b.gone) {
      edit.remove.push({ group_type: b.group.group_type, sub_idx: idx })
      continue
    }
    for (const f of fields) {
      const before = values.find((v) => v.fieldid === f.fieldid && v.sub_idx === idx)?.text ?? ''
      const text = b.texts[f.fieldid] ?? ''
      if (text !== before) edit.set.push({ fieldid: f.fieldid, sub_idx: idx, text })
    }
  }
  return edit
}

export const nothing = (e: RosterEdit) => !e.set.length && !e.remove.length && !e.insert.length

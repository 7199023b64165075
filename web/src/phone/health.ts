// Health reports: what is asked, and what a member fills in.

import type { Pair } from '@/shared/words'

export type HealthQuestion = { question_id: number; title: string; question_type: number; is_required: number; option_list?: { option_id: number; option_text: string }[] }
export type HealthJob = { jobid: string; title: string; report_type: number; reported: boolean; question_templates: HealthQuestion[] }

/** What a member has filled in for a question. */
export type HealthFilled = { text: string; single: number; multi: number[]; files: { id: string; name: string }[]; card?: number; risk: string }
export const unfilled = (): HealthFilled => ({ text: '', single: 0, multi: [], files: [], risk: '' })

export const cards: Pair[] = [['未识别', 'Not recognised'], ['绿卡', 'Green'], ['红卡', 'Red'], ['黄卡', 'Yellow'], ['橙卡', 'Orange'], ['无行程卡', 'No card']]

/** Whether a question is answered. */
export function answered(q: HealthQuestion, f: HealthFilled): boolean {
  switch (q.question_type) {
    case 2:
      return f.single > 0
    case 3:
      return f.multi.length > 0
    case 4:
      return f.files.length > 0
    case 6:
      return f.card !== undefined
  }
  return f.text.trim() !== ''
}

type Value = { question_id: number; text?: string; single_choice?: number; multi_choice?: number[]; fileid?: string[]; url?: string; itinerary_card_type?: number; high_risk_area?: string }

/** The answers as the call takes them; what is not answered is left out. */
export function valuesOf(questions: HealthQuestion[], filled: Record<number, HealthFilled>): Value[] {
  return questions.flatMap((q): Value[] => {
    const f = filled[q.question_id]
    if (!f || !answered(q, f)) return []
    const id = { question_id: q.question_id }
    switch (q.question_type) {
      case 2:
        return [{ ...id, single_choice: f.single }]
      case 3:
        return [{ ...id, multi_choice: [...f.multi].sort((a, b) => a - b) }]
      case 4:
        return [{ ...id, fileid: f.files.map((x) => x.id) }]
      case 5:
        return [{ ...id, url: f.text.trim() }]
      case 6:
        return [{ ...id, itinerary_card_type: f.card, high_risk_area: f.risk.trim() || undefined }]
    }
    return [{ ...id, text: f.text.trim() }]
  })
}

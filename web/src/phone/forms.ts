// Forms on the page: what the server's JSON holds (internal/wedoc, doc 97462).

/** How many files answer a question: so many, or with a type of 1 at most so many. */
export type UploadLimit = { count_limit_type: number; count: number; max_size: number }
export type Question = {
  question_id: number
  title: string
  reply_type: number
  must_reply: boolean
  note: string
  placeholder: string
  option_item?: { key: number; value: string; status: number }[]
  question_extend_setting?: {
    radio_setting?: { add_other_option: boolean }
    checkbox_setting?: { add_other_option: boolean }
    department_setting?: { allow_multiple_selection: boolean }
    member_setting?: { allow_multiple_selection: boolean }
    image_setting?: { upload_image_limit?: UploadLimit }
    file_setting?: { upload_file_limit?: UploadLimit }
    duration_setting?: { time_scale: number; day_range: number }
  }
}
export type ReplyOf = {
  question_id: number
  text_reply?: string
  option_reply?: number[]
  option_extend_reply?: { option_reply: number; extend_text: string }[]
  department_reply?: { list: { department_id: number; name?: string }[] }
  member_reply?: { list: { userid: string; name?: string }[] }
  file_extend_reply?: { name: string; fileid: string }[]
  duration_reply?: { begin_time: number; end_time: number; time_scale: number; day_range?: number; hours?: number }
}
export type FormOf = {
  formid: string
  title: string
  desc: string
  header: string
  questions: Question[]
  anonymous: boolean
  until: number
  repeated_id: string
  refused?: string
  reason?: 'unasked' | 'early' | 'ended' | 'answered'
  answered?: number
  last?: ReplyOf[]
}

/** Whether the question is answered with pictures, files or a signature. */
export const isFile = (q: Question) => [9, 10, 17].includes(q.reply_type)
/** How many files answer the question at most. */
export function mostFiles(q: Question): number {
  const x = q.question_extend_setting
  const limits = [x?.image_setting?.upload_image_limit, x?.file_setting?.upload_file_limit].filter((l) => l !== undefined)
  return Math.min(9, ...limits.map((l) => l.count))
}
/** Where a file of a document is read. */
export const fileURL = (id: string) => '/phone/api/docfiles/' + encodeURIComponent(id)

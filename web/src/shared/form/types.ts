// The forms of approvals and reports, as WeCom writes them. internal/form says what
// each part means.

export type Text = { text: string; lang: string }

export type Kind =
  | 'Text' | 'Textarea' | 'Number' | 'Money' | 'Date' | 'Selector' | 'Contact' | 'Tips' | 'File' | 'WedriveFile' | 'Table' | 'Attendance' | 'Vacation'
  | 'Location' | 'RelatedApproval' | 'Formula' | 'DateRange' | 'BankAccount' | 'PhoneNumber' | 'PunchCorrection'

export type Option = { key: string; value: Text[] }
export type RangeConfig = { type: string; official_holiday?: number; perday_duration?: number }
export type TipsPart = { type: number; content: { plain_text?: { content: string }; link?: { title: string; url: string } } }
export type TipsConfig = { tips_content: { text: { sub_text: TipsPart[] }; lang: string }[] }

export type Config = {
  date?: { type: string }
  selector?: { type: string; exp_type: number; options: Option[]; op_relations?: { key: string; relation_list: { related_control_id: string; action: number }[] }[] }
  contact?: { type: string; mode: string }
  table?: { children: Control[]; stat_field?: Text[]; print_format?: number }
  attendance?: { date_range: RangeConfig; type: number }
  vacation_list?: { item: { id: number; name: Text[] }[] }
  tips?: TipsConfig
  file?: { is_only_photo: number }
  location?: { distance: number }
  related_approval?: { template_id: string[] }
  date_range?: RangeConfig
  formula?: { expression: string }
}

export type Control = {
  property: { control: Kind; id: string; title: Text[]; placeholder?: Text[] | null; require: number; un_print: number }
  config: Config
}

export type Range = { type: string; new_begin: number; new_end: number; new_duration: number; perday_duration?: number }
export type Attendance = { date_range: Range; type: number }
export type Person = { userid: string; name: string }

export type Value = {
  text?: string
  new_number?: string
  new_money?: string
  date?: { type: string; s_timestamp: string }
  selector?: { type: string; options: Option[]; exp_type?: number }
  new_tips?: TipsConfig
  members?: Person[]
  departments?: { openapi_id: string; name: string }[]
  files?: { file_id: string; file_name?: string; file_size?: number; file_type?: string }[]
  children?: { list: Content[] }[]
  vacation?: { selector: { type: string; options: Option[] }; attendance: Attendance }
  attendance?: Attendance
  punch_correction?: { state: string; time: number; version: number; daymonthyear: number }
  date_range?: Range
  location?: { latitude: string; longitude: string; title: string; address: string; time: number }
  related_approval?: { template_names: Text[]; sp_status: number; name: string; create_time: number; sp_no: string }[]
  formula?: { value: string }
  bank_account?: { account_type: number; account_name: string; account_number: string; remark: string; bank: Record<string, string | number> }
}

export type Content = { control: Kind; id: string; title?: Text[]; value: Value; hidden?: number }

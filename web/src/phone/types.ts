// What the server's JSON for members holds. internal/message, internal/aibot and
// internal/phone say what each field means.

export type FileOf = { media_id: string; kind: 'image' | 'voice' | 'video' | 'file'; name: string; type: string; size: number; path: string }

export type Message = {
  no: number
  msgtype: string
  body?: any // the object of the msgtype
  from: string // userid, "app", "robot" or "bot"
  robot?: string
  sent_at: string
  recalled?: boolean
  safe?: number
  files?: FileOf[]
  // Of people:
  name?: string
  avatar?: string
  msgid?: string
  answers?: { msgid: string; from: string; text: string }
  note?: string // what it was said as: welcome, mass, transfer
  failed?: boolean // has not reached the customer
  // Of robots:
  quote?: { no: number; msgtype: string; from: string; body: any }
  open?: boolean
  pictures?: number
  judgeable?: boolean
  judged?: number
}

/** The rooms beside those of applications and robots, by the letter that their keys begin with: a member, an
 * internal group, a customer, a group with customers, a session of customer service. */
export type Room = 'm' | 'g' | 'c' | 'r' | 'k'

/** A conversation: with an application or in one of its chats, with a robot or in a chat with one, or in a room. */
export type Conversation = {
  key: string
  kind: 'app' | 'bot' | Room
  id?: string // in a room
  agentid?: number
  bot?: string
  chatid?: string
  name: string
  logo?: string
  last?: Message
  deaf?: boolean // of a robot that no program listens for
}

export type Me = {
  userid: string
  name: string
  avatar: string
  position?: string
  department?: string
  corp: { corpid: string; name: string }
  base_url: string
  now: number
  dev?: boolean
}

export type MenuButton = {
  type?: string
  name: string
  key?: string
  url?: string
  pagepath?: string
  appid?: string
  sub_button?: MenuButton[]
}

export type Entered = { home_url?: string; report_location: boolean; writable: boolean }

export type Card = {
  card_type: string
  source?: { icon_url?: string; desc?: string; desc_color?: number }
  action_menu?: { desc?: string; action_list: { text: string; key: string }[] }
  main_title?: Title
  quote_area?: { type?: number; url?: string; appid?: string; title?: string; quote_text?: string }
  emphasis_content?: Title
  sub_title_text?: string
  image_text_area?: { type?: number; url?: string; appid?: string; title?: string; desc?: string; image_url: string }
  card_image?: { url: string; aspect_ratio?: number }
  vertical_content_list?: Title[]
  horizontal_content_list?: { type?: number; keyname: string; value?: string; url?: string; media_id?: string; userid?: string }[]
  jump_list?: Jump[]
  card_action?: Jump
  task_id?: string
  button_selection?: Select
  button_list?: { type?: number; text: string; style?: number; key?: string; url?: string }[]
  checkbox?: { question_key: string; mode: number; disable?: boolean; option_list: Option[] }
  select_list?: Select[]
  submit_button?: { text: string; key: string }
  replace_text?: string
}
export type Title = { title?: string; desc?: string }
export type Jump = { type?: number; title?: string; url?: string; appid?: string; pagepath?: string; question?: string }
export type Option = { id: string; text: string; is_checked?: boolean }
export type Select = { question_key: string; title?: string; selected_id?: string; disable?: boolean; option_list: Option[] }

export type Contact = { userid: string; name: string; avatar: string; position?: string; leader?: boolean }

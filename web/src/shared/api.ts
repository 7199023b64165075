// Code generated from the Go code by web/typescript; DO NOT EDIT. go generate ./web writes it anew.

/** What a call answers: Answer<'GET /console/api/members'>. */
export type Answer<K extends keyof Calls> = Calls[K]['answer']
/** What a call takes as its body. */
export type Takes<K extends keyof Calls> = Calls[K] extends { takes: infer T } ? T : never

export type AccessRange = { departments?: number[]; members?: string[]; tags?: number[] }
export type AccountForm = { name: string }
export type AccountLine = { open_kfid: string; name: string; avatar: string; at: string; sessions: Record<string, number> }
export type ActLine = { no: number; at: number; who: Person; outside?: string; type: number; source?: number; detail: string; size?: number; from?: string }
export type AibotConversation = { bot: string; chatid?: string; name: string; chat_name?: string; logo?: string; last?: AibotMessage; deaf?: boolean }
export type AibotMessage = { no: number; msgtype: string; body: unknown; from: string; quote?: unknown; open?: boolean; pictures?: number; judgeable?: boolean; judged?: number; sent_at: string }
export type ApiAnswer = { status: number; content_type: string; errcode: number; body: string; size: number; took_us: number; sent?: string }
export type AppButton = { type?: string; name: string | null; key?: string; url?: string; pagepath?: string; appid?: string; sub_button?: AppButton[] }
export type AppDetail = { agentid: number; name: string; kind: string; logo: string; description: string; home_url: string; disabled: boolean; legacy: boolean; redirect_domain: string; login_domain: string; trusted_domains: string[]; trusted_ips: string; range: RangeDetail; sensitive: string[]; customer_callable: boolean; callable: string[]; report_enter: number; report_location: number; callback_url: string; callback_events: string[]; events: EventGiven[]; created_at: string; version: string }
export type AppForm = { kind: string; name: string | null; description: string | null; home_url: string | null; disabled: boolean | null; legacy: boolean | null; redirect_domain: string | null; login_domain: string | null; trusted_domains: string[] | null; trusted_ips: string | null; range: AccessRange | null; sensitive: string[] | null; customer_callable: boolean | null; callable: string[] | null; report_enter: number | null; report_location: number | null; version: string }
export type AppWorkbench = { type: string; keydata?: AppWorkbenchNumbers; image?: AppWorkbenchPicture; list?: AppWorkbenchLines; webview?: AppWorkbenchPage }
export type AppWorkbenchLine = { title: string | null; jump_url?: string; pagepath?: string }
export type AppWorkbenchLines = { items: AppWorkbenchLine[] }
export type AppWorkbenchNumber = { key?: string; data: string | null; jump_url?: string; pagepath?: string }
export type AppWorkbenchNumbers = { items: AppWorkbenchNumber[] }
export type AppWorkbenchPage = { url: string; jump_url?: string; pagepath?: string; height?: string; hide_title: boolean; enable_webview_click: boolean }
export type AppWorkbenchPicture = { url: string; jump_url?: string; pagepath?: string }
export type ApplicationLine = { no: number; apply_id: string; who: Person; business: number; reason: string; at: number; status: number; url?: string; ended: boolean }
export type ApprovalBranch = { when: ApprovalCondition[]; nodes: ApprovalFlowNode[] }
export type ApprovalBrief = { no: number; sp_no: string; name: string; status: number; at: number; userid: string; who: string; summary: string[] }
export type ApprovalCondition = { id: string; op: string; values: string[] }
export type ApprovalExpiry = { type: number; duration: number; date: ApprovalMonthAndDay; extern_duration_enable: boolean; extern_duration: ApprovalMonthAndDay }
export type ApprovalFlow = { branches: ApprovalBranch[]; nodes: ApprovalFlowNode[] }
export type ApprovalFlowNode = { type: number; rel: number; users: string[]; tag?: number; leader?: number; choose?: boolean }
export type ApprovalMonthAndDay = { month: number; day: number }
export type ApprovalNodeAnswer = { type: number; rel: number; choose: boolean; people: FormMember[] }
export type ApprovalPage = { info: unknown; names: Record<string, string>; steps: string[] }
export type ApprovalQuota = { type: number; autoreset_time: number; autoreset_duration: number; quota_rule_type: number; quota_rules: ApprovalQuotaRules; at_entry_date: boolean; auto_reset_month_day: number }
export type ApprovalQuotaRule = { quota: number; begin: number; end: number }
export type ApprovalQuotaRules = { list: ApprovalQuotaRule[]; based_on_actual_work_time: boolean }
export type ApprovalStepAnswer = { sp_no?: string; thirdNo?: string; sp_status: number; waiting: string[] }
export type ApprovalTemplate = { template_id: string; names: FormText[]; controls: FormControl[]; process: ApprovalFlow; version: string; maker?: string; people?: FormMember[] }
export type ApprovalTemplateAnswer = { template_id: string; name: string; record_type?: number; controls: FormControl[]; process: ApprovalFlow }
export type ApprovalUserQuota = { id: number; assignduration: number; usedduration: number; leftduration: number; vacationname: string; real_assignduration: number }
export type ApprovalVacation = { id: number; name: string; time_attr: number; duration_type: number; quota_attr: ApprovalQuota; perday_duration: number; is_newovertime: number; enter_comp_time_limit: number; expire_rule: ApprovalExpiry; range?: AccessRange }
export type ArchiveCase = { people?: string[]; rooms?: string[]; words?: string[]; since?: string; until?: string }
export type ArchiveConversation = { no: number; roomid?: string; external?: boolean; records: number; last_seq: number; last_time: number; people: string[]; title?: string }
export type ArchiveExport = { no: number; name: string; question: ArchiveCase; formats: string[]; asked_by: string; asked_at: string; state: string; decided_by?: string; decided_at?: string; ended_at?: string; size?: number; records?: number; sha256?: string; error?: string }
export type ArchiveGap = { from: number; to: number; why: string; detail: string; found_at: string }
export type ArchiveHit = { before: string; match: string; after: string }
export type ArchiveHold = { no: number; name: string; people?: string[]; rooms?: string[]; since?: string; until?: string; released_at?: string }
export type ArchiveKey = { publickey_ver: number; public_key: string; created_at: string }
export type ArchivePulled = { no: number; source: string; seq: number; records: number; files: number; pulled_at: string; running?: boolean; gaps: ArchiveGap[] }
export type ArchiveRead = { no: number; time: number; app?: number; userid?: string; address: string; what: string; asked: string }
export type ArchiveReport = { no: number; report: unknown; signature: string; public_key: string }
export type ArchiveRule = { no: number; conversation?: string; msgtype?: string; departments?: number[]; days: number }
export type ArchiveSettings = { enabled: boolean; editions: Record<number, AccessRange>; pull_days: number; read_days: number; plain: boolean }
export type ArchiveShown = { seq: number; msgid: string; time: number; action: string; msgtype: string; from: string; peer?: string; roomid?: string; external?: boolean; publickey_ver: number; encrypt_random_key?: string; encrypt_chat_msg?: string; message?: unknown; erased?: number; revoked_by?: number; hits?: ArchiveHit[]; conversation: number; hash: string }
export type ArchiveState = { enabled: boolean; editions: Record<number, AccessRange>; pull_days: number; read_days: number; plain: boolean; keys: ArchiveKey[]; records: number; hash: string; pending: number; pulls: ArchivePulled[]; role?: string; volumes: ArchiveVolume[]; covered: number; members: number; ranges: Record<number, RangeDetail> }
export type ArchiveVolume = { day: string; records: number; external: number }
export type Attempt = { at: string; took_ms: number; status: number; problem?: string; query?: string; request?: string; lost?: string; response?: string; reply?: string }
export type Balance = { id: number; name: string; time_attr: number; perday_duration: number; limited: boolean; assigned: number; used: number; left: number }
export type Balances = { userid: string; name: string; balances: Balance[] }
export type BookingLine = { booking_id: string; room: number; subject: string; userid: string; name: string; start: number; end: number; status: number; checked_in: number; series: boolean }
export type BotForm = { name: string | null; mode: string | null; url: string | null; token: string | null; encoding_aes_key: string | null; range: AccessRange | null; disabled: boolean | null }
export type BotLine = { id: string; name: string; mode: string; url: string; range: RangeDetail; disabled: boolean; connected_at?: string; created_at: string }
export type CaldavPhoneAnswer = { url: string; user: string; keys: CaldavPhoneKey[] }
export type CaldavPhoneKey = { no: number; name: string; feed: boolean; created_at: number; used_on: string }
export type CaldavPhoneMade = { password?: string; url?: string }
export type CalendarBusy = { start_time: number; end_time: number }
export type CalendarForm = { cal_id?: string; summary: string; color: string; description: string; everybody: boolean; public: boolean; departments: number[]; members: string[]; shares: CalendarPart[]; app?: string; own: boolean; range?: RangeDetail; version?: string }
export type CalendarPart = { userid: string; name?: string; busy: boolean; admin: boolean }
export type CalendarPhoneAttendee = { userid: string; name: string; response_status: number }
export type CalendarPhoneCalendar = { cal_id: string; summary: string; color: string; own: boolean; may_change: boolean; busy_only: boolean }
export type CalendarPhoneDetail = { schedule_id: string; calendar: string; summary: string; description: string; location: string; start_time: number; end_time: number; is_whole_day: boolean; remind_time_diffs: number[]; repeat: CalendarPhoneRepeat; attendees: CalendarPhoneAttendee[]; creator: string; may_change: boolean; takes_part: boolean; has_room: boolean }
export type CalendarPhoneRepeat = { is_repeat: boolean; repeat_type: number; repeat_until: number; is_custom_repeat: boolean; repeat_interval: number; repeat_day_of_week: number[]; repeat_day_of_month: number[] }
export type CalendarPhoneSchedule = { schedule_id: string; cal_id: string; summary: string; location?: string; start_time: number; end_time: number; is_whole_day: boolean; repeats: boolean; attendees?: string[]; response_status?: number }
export type CalendarScheduleAddResponse = { schedule_id: string }
export type CallDetail = { no: number; at: string; method: string; path: string; agentid?: number; kind?: string; errcode: number; text?: string; missing?: boolean; took_ms: number; origin?: string; fault?: string; query: string; from: string; user_agent: string; content_type: string; request: string; request_size: number; response: string; response_size: number; hint?: string; cut: boolean; curl: string; replayable: boolean }
export type CallLine = { no: number; at: string; method: string; path: string; agentid?: number; kind?: string; errcode: number; text?: string; missing?: boolean; took_ms: number; origin?: string; fault?: string }
export type CalleeLine = { name: string; userid?: string; minutes: number }
export type ChatGroupPage = { chatid: string; name: string; notice: string; owner: string; count: number; members: ChatPerson[] }
export type ChatPerson = { userid: string; name: string; avatar?: string }
export type ChatQuoted = { msgid: string; from: string; text: string }
export type ChatShownFile = { media_id: string; kind: string; name: string; size: number; path: string }
export type ChatShownMessage = { no: number; msgid: string; msgtype: string; body?: unknown; from: string; name?: string; avatar?: string; sent_at: string; recalled?: boolean; files?: ChatShownFile[]; answers?: ChatQuoted }
export type ChatTalkAnswer = { userid?: string; chatid?: string; name: string; avatar?: string; last?: ChatShownMessage }
export type CheckinExceptionInfo = { count: number; duration: number; exception: number }
export type CheckinItem = { count: number; duration: number; time_type: number; type: number; vacation_id: number; name: string }
export type CheckinMemberMonth = { userid: string; name: string; rule?: string; month: string; days: CheckinPhoneDay[]; work_days: number; regular_days: number; except_days: number; worked: number; overtime: number; exceptions: CheckinExceptionInfo[]; items: CheckinItem[] }
export type CheckinPhoneCheckInRequest = { outing: boolean; location_title?: string; location_detail?: string; notes?: string; wifiname?: string; wifimac?: string; mediaids?: string[]; lat?: number; lng?: number; deviceid?: string; device_type?: number }
export type CheckinPhoneDay = { day: number; workday: boolean; holiday?: boolean; future?: boolean; shift?: string; records: CheckinPhoneRecord[]; exceptions: CheckinExceptionInfo[]; approvals: string[]; worked: number; overtime?: number }
export type CheckinPhoneMonth = { month: string; days: CheckinPhoneDay[]; work_days: number; regular_days: number; except_days: number; worked: number; overtime: number; exceptions: CheckinExceptionInfo[]; items: CheckinItem[] }
export type CheckinPhoneRecord = { at: number; checkin_type: string; exception_type?: string; due?: number; location_title?: string; notes?: string; missing?: boolean; field_work?: boolean }
export type CheckinPhoneSlot = { checkin_type: string; due: number; from: number; to: number; done?: CheckinPhoneRecord }
export type CheckinPhoneToday = { now: number; day: number; rule?: string; shift?: string; grouptype?: number; workday: boolean; exempt?: boolean; open: boolean; next?: string; need_photo?: boolean; face?: boolean; option_out_range: number; places: CheckinPlace[]; wifi: CheckinWiFi[]; slots: CheckinPhoneSlot[]; records: CheckinPhoneRecord[]; worked: number }
export type CheckinPlace = { lat: number; lng: number; loc_title: string; loc_detail: string; distance: number }
export type CheckinRule = { groupid: number; app?: string; from: number; rule: CheckinRule }
export type CheckinRuleRequest = { effective_now: boolean; rule: CheckinRule }
export type CheckinShiftItem = { userid: string; day: number; schedule_id: number | null }
export type CheckinWiFi = { wifiname: string; wifimac: string }
export type CheckupFinding = { id: string; level: string; what: CheckupText; mend?: CheckupText; corpid?: string; agentid?: number }
export type CheckupText = { zh: string; en: string }
export type Client = { corpid: string; name: string; agentid: number; at: string; disabled: boolean; by_members: boolean }
export type ClientForm = { agentid: number; name?: string; redirect_uris: string[]; post_logout_redirect_uris?: string[]; backchannel_logout_uri?: string; public?: boolean; require_pkce?: boolean; subject: string; sector?: string; algorithm: string; scopes: string[]; claims?: Record<string, string>; trusted?: boolean; access_minutes?: number; refresh_days?: number; disabled?: boolean }
export type ClientLine = { id: string; agentid: number; app: string; created_at: string; name?: string; redirect_uris: string[]; post_logout_redirect_uris?: string[]; backchannel_logout_uri?: string; public?: boolean; require_pkce?: boolean; subject: string; sector?: string; algorithm: string; scopes: string[]; claims?: Record<string, string>; trusted?: boolean; access_minutes?: number; refresh_days?: number; disabled?: boolean }
export type ComponentLine = { suite_id: string; name: string; pay_mode: string; price: number; link_auth_mode: string; link_ids: string[]; agentids: string[]; comp_scene: string }
export type ContentForm = { text: string; media_id: string; link: CustomerLink | null }
export type ContentLine = { text: string; parts: PartLine[] }
export type CorpDetail = { corpid: string; creator: string; member_limit: number; members: number; verified?: AccessRange; name?: string; sync?: string; mail_domain?: string; multi_language?: boolean; member_auth?: boolean; short_names?: string[]; channels?: string[]; mini_programs?: string[]; attributes?: string[]; external_attributes?: string[]; verify_url?: string; version: string }
export type CorpForm = { name?: string; sync?: string; mail_domain?: string; multi_language?: boolean; member_auth?: boolean; short_names?: string[]; channels?: string[]; mini_programs?: string[]; attributes?: string[]; external_attributes?: string[]; verify_url?: string; verified?: AccessRange; version: string }
export type CorpName = { corpid: string; name: string }
export type CustomerAttachment = { msgtype: string; image?: CustomerImage; link?: CustomerLink; miniprogram?: CustomerProgram; video?: CustomerFile; file?: CustomerFile }
export type CustomerCard = { userid: string; name?: string }
export type CustomerCustomerLine = { no: number; external_userid: string; name: string; remark?: string; avatar?: string; type: number; corp_name?: string; standing: string; since: number; tags: CustomerShownTag[] }
export type CustomerCustomerPage = { no: number; external_userid: string; name: string; remark?: string; avatar?: string; type: number; corp_name?: string; standing: string; since: number; tags: CustomerShownTag[]; gender: number; position?: string; description: string; remark_company: string; remark_mobiles: string[]; add_way: number; state?: string; handing?: CustomerMemberLine; followers: CustomerFollowerLine[] }
export type CustomerDetail = { external_userid: string; name: string; type: number; gender: number; unionid?: string; position?: string; corp_name?: string; corp_full_name?: string; relations: RelationLine[]; groups: GroupName[] }
export type CustomerFile = { media_id: string }
export type CustomerFollowerLine = { userid: string; name: string; since: number }
export type CustomerImage = { media_id?: string; pic_url?: string }
export type CustomerLink = { title: string; url: string; desc: string }
export type CustomerLocation = { latitude: number; longitude: number; name?: string; address?: string }
export type CustomerMemberLine = { userid: string; name: string }
export type CustomerProgram = { title: string; pic_media_id: string; appid: string; page: string }
export type CustomerSaidLine = { no: number; from: string; text?: CustomerText; attachments?: CustomerAttachment[]; voice?: CustomerFile; location?: CustomerLocation; card?: CustomerCard; files?: CustomerShownFile[]; time: number }
export type CustomerShownFile = { media_id: string; name: string; size: number; path: string }
export type CustomerShownTag = { id: string; name: string; group_name: string }
export type CustomerTagGroupLine = { group_id: string; group_name: string; tags: CustomerShownTag[] }
export type CustomerTalkLine = { external_userid: string; name: string; avatar?: string; last?: CustomerSaidLine }
export type CustomerText = { content: string }
export type CustomerTransferLine = { external_userid: string; name: string; avatar?: string; from: CustomerMemberLine; to: CustomerMemberLine; resigned?: boolean; status: number; due: number }
export type CustomerWords = { text?: CustomerText; attachments?: CustomerAttachment[]; voice?: CustomerFile; location?: CustomerLocation; card?: CustomerCard }
export type CustomergroupGroupLine = { chat_id: string; name: string; owner: boolean; last?: CustomergroupSaidLine }
export type CustomergroupGroupPage = { chat_id: string; name: string; owner: boolean; last?: CustomergroupSaidLine; notice: string; rules: boolean; members: CustomergroupPersonLine[] }
export type CustomergroupPersonLine = { who: string; name: string; avatar?: string; outside?: boolean; admin?: boolean; owner?: boolean }
export type CustomergroupSaidLine = { no: number; from: string; who: string; name: string; avatar?: string; text?: CustomerText; attachments?: CustomerAttachment[]; voice?: CustomerFile; location?: CustomerLocation; card?: CustomerCard; files?: CustomerShownFile[]; time: number }
export type CycleLine = { begin: number; end: number; written: Writer[]; missing: Writer[] }
export type Declared = { attributes: string[]; external_attributes: string[]; short_names: string[]; channels: string[]; mini_programs: string[] }
export type DeliveryLine = { no: number; event: string; agentid: number; url: string; queued_at: string; state: string; attempts: number; next_at?: string; last?: Attempt }
export type DepartmentForm = { id: number; parent: number | null; name: string | null; name_en: string | null; order: number | null; version: string }
export type DepartmentLeaders = { department: number; leaders: Leader[] }
export type DeviceLine = { no: number; device_code: string; type: number; status: number; source: number; system: string; mac_addr?: string[]; motherboard_uuid?: string; harddisk_uuid?: string[]; domain?: string; pc_name?: string; seq_no?: string; last_user?: Person; last_login?: number; confirm_by?: Person; confirm_at?: number; approved_by?: Person }
export type DialLine = { no: number; at: number; caller: Person; minutes: number; total: number; callees: CalleeLine[] }
export type DirectoryAttribute = { Type: number; Name: string; Text?: string; URL?: string; Title?: string; AppID?: string; PagePath?: string }
export type DirectoryTagNodes = { Users: string[]; Departments: number[] }
export type DoctorFinding = { step: string; state: string; zh: string; en: string; mend_zh?: string; mend_en?: string }
export type DoctorReport = { verified: boolean; findings: DoctorFinding[]; signed?: string[]; signature?: string; requests: number }
export type DoorForm = { name: string; agentid: number; range: AccessRange }
export type DoorLine = { name: string; dn?: string; agentid: number; app?: string; range: RangeDetail; created_at: string }
export type EditionLine = { edition_id: string; name: string; fixed: boolean; price: number; least: number; most: number }
export type Entry = { no: number; at: string; source: string; userid?: string; name?: string; agentid?: number; address?: string; action: string; target: string; detail?: unknown }
export type EventGiven = { name: string; doc: number; form: string }
export type ExternalForm = { corp_name?: string; channel?: string; attributes?: DirectoryAttribute[] }
export type ExternalShown = { corp_name: string; channel: string; attributes: DirectoryAttribute[] }
export type FiguresDay = { day: string; sessions: number; customers: number; messages: number; asked: number; replied: number; waited: number }
export type FormAttendanceConfig = { date_range: FormRangeConfig; type: number }
export type FormAttendanceValue = { date_range: FormRangeValue; type: number; slice_info?: FormSliceValue }
export type FormBank = { bank_alias: string; bank_alias_code: string; province: string; province_code: number; city: string; city_code: number; bank_branch_name: string; bank_branch_id: string }
export type FormBankValue = { account_type: number; account_name: string; account_number: string; remark: string; bank: FormBank }
export type FormConfig = { date?: FormDateConfig; selector?: FormSelectorConfig; contact?: FormContactConfig; table?: FormTableConfig; attendance?: FormAttendanceConfig; vacation_list?: FormVacationConfig; tips?: FormTipsConfig; file?: FormFileConfig; location?: FormLocationConfig; related_approval?: FormRelatedConfig; date_range?: FormRangeConfig; formula?: FormFormulaConfig }
export type FormContactConfig = { type: string; mode: string }
export type FormContent = { control: string; id: string; title: FormText[]; value: FormValue; hidden?: number }
export type FormControl = { property: FormProperty; config: FormConfig }
export type FormDateConfig = { type: string }
export type FormDateValue = { type: string; s_timestamp: string }
export type FormDaySlice = { daytime: number; duration: number }
export type FormDepartment = { openapi_id: string; name: string }
export type FormFileConfig = { is_only_photo: number }
export type FormFileValue = { file_id: string; file_name?: string; file_size?: number; file_type?: string; file_url?: string }
export type FormFormulaConfig = { expression: string }
export type FormFormulaValue = { value: string }
export type FormLocationConfig = { distance: number }
export type FormLocationValue = { latitude: string; longitude: string; title: string; address: string; time: number }
export type FormMember = { userid: string; name: string }
export type FormOption = { key: string; value: FormText[] }
export type FormProperty = { control: string; id: string; title: FormText[]; placeholder: FormText[]; require: number; un_print: number }
export type FormPunchValue = { state: string; time: number; version: number; daymonthyear: number }
export type FormRangeConfig = { type: string; official_holiday?: number; perday_duration?: number }
export type FormRangeValue = { type: string; new_begin: number; new_end: number; new_duration: number; perday_duration?: number }
export type FormRelated = { template_names: FormText[]; sp_status: number; name: string; create_time: number; sp_no: string }
export type FormRelatedConfig = { template_id: string[] }
export type FormRelation = { key: string; relation_list: FormRelative[] }
export type FormRelative = { related_control_id: string; action: number }
export type FormRow = { list: FormContent[] }
export type FormSelectorConfig = { type: string; exp_type: number; options: FormOption[]; op_relations?: FormRelation[] }
export type FormSelectorValue = { type: string; options: FormOption[]; exp_type: number }
export type FormSliceValue = { day_items: FormDaySlice[]; duration: number; state: number }
export type FormTableConfig = { print_format?: number; children: FormControl[]; stat_field: FormText[] }
export type FormText = { text: string; lang: string }
export type FormTipsBody = { plain_text?: FormTipsPlain; link?: FormTipsLink }
export type FormTipsConfig = { tips_content: FormTipsContent[] }
export type FormTipsContent = { text: FormTipsText; lang: string }
export type FormTipsLink = { title: string; url: string }
export type FormTipsPart = { type: number; content: FormTipsBody }
export type FormTipsPlain = { content: string }
export type FormTipsText = { sub_text: FormTipsPart[] }
export type FormVacationConfig = { item: FormVacationItem[] }
export type FormVacationItem = { id: number; name: FormText[] }
export type FormVacationValue = { selector: FormSelectorValue; attendance: FormAttendanceValue }
export type FormValue = { text?: string; new_number?: string; new_money?: string; date?: FormDateValue; selector?: FormSelectorValue; tips: FormText[]; new_tips?: FormTipsConfig; members: FormMember[]; departments: FormDepartment[]; files: FormFileValue[]; children: FormRow[]; stat_field: FormText[]; vacation?: FormVacationValue; attendance?: FormAttendanceValue; punch_correction?: FormPunchValue; date_range?: FormRangeValue; location?: FormLocationValue; related_approval: FormRelated[]; formula?: FormFormulaValue; bank_account?: FormBankValue }
export type FunnelLine = { way: number; came: number; friends: number; talked: number; kept: number }
export type GroupLine = { no: number; chat_id: string; name: string; owner: string; owner_name: string; owner_left?: boolean; status: number; staff: number; outsiders: number; capacity: number; at: string }
export type GroupName = { chat_id: string; name: string; owner: string }
export type HealthAnswer = { who: Person; at: number; values: HealthValue[] }
export type HealthDay = { date: string; finished: number; asked: number; opened: number; openers: number }
export type HealthLine = { no: number; jobid: string; title: string; by: Person; report_type: number; skip_weekend: boolean; ended: boolean; questions: HealthQuestion[]; range?: RangeDetail; report_to: Person[] }
export type HealthOptionWire = { option_id: number; option_text: string }
export type HealthPhoneJob = { jobid: string; title: string; report_type: number; reported: boolean; question_templates: HealthQuestionWire[] }
export type HealthPhoneReport = { report_values: HealthValue[] }
export type HealthQuestion = { question_id: number; title: string; question_type: number; is_required: boolean; options?: string[] }
export type HealthQuestionWire = { question_id: number; title: string; question_type: number; is_required: number; option_list?: HealthOptionWire[] }
export type HealthValue = { question_id: number; single_choice?: number; text?: string; multi_choice?: number[]; fileid?: string[]; url?: string; itinerary_card_type?: number; high_risk_area?: string }
export type HoldingLine = { corpid: string; corp: string; checked: boolean; trial: boolean; test: boolean; auto: boolean; basic: LicenceCount; external: LicenceCount }
export type Home = { base_url: string; version: string; database: string; dev: boolean; now: string; endpoints: number; members: number; departments: number; memory_mb: number; apps: HomeApp[]; sample: string; backlog: { waiting: number; oldest?: string } }
export type HomeApp = { agentid: number; name: string; kind: string; logo: string }
export type HrAnother = { group_type: number; values: HrWritten[] }
export type HrDropped = { group_type: number; sub_idx: number }
export type HrField = { fieldid: number; name: string; must?: boolean; day?: boolean; file?: boolean; computed?: boolean; options?: string[] }
export type HrGroup = { group_id: number; group_type: number; name: string; fields: HrField[] }
export type HrWritten = { fieldid: number; sub_idx: number; text: string; files?: string[] }
export type ImportPreview = { written: string; columns: string[]; ignored: string[]; total: number; new: number; changed: number; wrong: number; rows: string[][]; errors: RowFailure[] }
export type ImportProgress = { id: string; what: string; file: string; rows: number; total: number; created: number; updated: number; failed: number; ignored: string[]; ended: boolean; stopped: boolean; error?: string }
export type Installed = { agentid: number; by: string; by_members: boolean; at: string; disabled: boolean; permissions: string[]; range: RangeDetail }
export type Invited = { userid: string; name: string; code: string; link: string; expires: string }
export type InvoiceItem = { name: string; num?: number; unit?: string; fee?: number; price: number }
export type InvoiceLine = { no: number; who: Person; type: string; payee: string; fee: number; billing_time: number; billing_no: string; status: number; outside?: boolean }
export type InvoicePaper = { type: string; payee: string; detail: string; title: string; fee: number; fee_without_tax: number; tax: number; billing_time: number; billing_no: string; billing_code: string; check_code: string; pdf_url?: string; trip_pdf_url?: string; order_id?: string; buyer_number?: string; buyer_address_and_phone?: string; buyer_bank_account?: string; seller_number?: string; seller_address_and_phone?: string; seller_bank_account?: string; remarks?: string; cashier?: string; maker?: string; info?: InvoiceItem[] }
export type JoinWayForm = { remark: string; state: string; auto_create: boolean; room_name: string; room_number: number; chat_ids: string[] }
export type JoinWayLine = { no: number; config_id: string; scene: number; remark: string; state: string; auto_create: boolean; room_name: string; room_number: number; made: number; link?: string; app?: string; at: string; given: number }
export type JournalBrief = { no: number; journaluuid: string; name: string; at: number; userid: string; who: string; text: string; read: boolean; comments: number }
export type JournalCommentAnswer = { commentid: number }
export type JournalLine = { no: number; uuid: string; template: string; at: number; userid: string; who: string; text: string; readers: number; receivers: number; comments: number }
export type JournalReceivers = { users: string[]; tags: number[]; leaders: number[] }
export type JournalRecordAnswer = { journaluuid: string }
export type JournalTemplate = { template_id: string; body: JournalTemplateBody; range?: RangeDetail; white?: RangeDetail; receivers?: RangeDetail; version: string }
export type JournalTemplateAnswer = { template_id: string; name: string; controls: FormControl[]; report_type: number; range: AccessRange; white_range: AccessRange; receivers: JournalReceivers; deadline: number; workdays: boolean }
export type JournalTemplateBody = { name: string; controls: FormControl[]; report_type: number; range: AccessRange; white_range: AccessRange; receivers: JournalReceivers; deadline: number; workdays: boolean }
export type KfAdviceMember = { userid: string; wording: string }
export type KfCard = { userid: string }
export type KfChannels = { sub_type: number; nickname: string; title?: string }
export type KfDeskAccount = { open_kfid: string; name: string; avatar?: string; duty: string; servicers: KfServicerLine[]; sessions: KfSessionLine[] }
export type KfLink = { title: string; desc: string; url: string; pic_url?: string; thumb_media_id?: string }
export type KfLocation = { latitude: number | null; longitude: number | null; name: string; address: string }
export type KfMedia = { media_id: string; silk_media_id?: string }
export type KfMenu = { head_content: string; list: KfMenuItem[]; tail_content: string }
export type KfMenuClick = { id?: string; content: string }
export type KfMenuItem = { type: string; click?: KfMenuClick; view?: KfMenuView; miniprogram?: KfMenuProgram; text?: KfMenuText }
export type KfMenuProgram = { appid: string; pagepath: string; content: string }
export type KfMenuText = { content: string; no_newline?: boolean }
export type KfMenuView = { url: string; content: string }
export type KfMerged = { title: string; item: KfMergedItem[] }
export type KfMergedItem = { send_time: number; msgtype: string; sender_name: string; msg_content: string }
export type KfMessageLine = { no: number; msgid: string; from: string; userid?: string; name?: string; msgtype: string; content?: unknown; time: number; failed?: boolean; recalled?: boolean; path?: string }
export type KfMiniProgram = { title: string; appid: string; pagepath: string; thumb_media_id: string }
export type KfOrder = { order_id: string; product_titles: string; price_wording: string; state: string; image_url: string; shop_nickname: string }
export type KfProduct = { product_id: string; head_image: string; title: string; sales_price: string; shop_nickname: string; shop_head_image: string }
export type KfServicerLine = { userid: string; name: string; duty: string }
export type KfSessionLine = { external_userid: string; name: string; avatar?: string; service_state: number; waits: boolean; mine: boolean; servicer?: KfServicerLine; asked_at: number; last?: KfMessageLine }
export type KfText = { content: string; menu_id?: string }
export type KnownField = { name: string; type: string; need: string }
export type Leader = { userid: string; name: string; avatar?: string; position: string }
export type LicenceCount = { all: number; bound: number; free: number; expired: number }
export type LicenceOrder = { no: number; order_id: string; corpid?: string; corp?: string; order_type: number; order_status: number; test?: boolean; basic: number; external: number; days: number; price: number; buyer: string; at: string; paid_at?: string; waiting?: boolean }
export type LinkForm = { name: string; skip_verify: boolean; userids: string[]; departments: number[] }
export type LinkLine = { no: number; link_id: string; name: string; url: string; app?: string; at: string; skip_verify: boolean; unavailable: boolean; members: Person[]; departments: number[]; clicks: number; added: number }
export type LivingFigures = { reserved: number; viewers: number; online: number; comments: number; spoke: number }
export type LivingLine = { no: number; livingid: string; theme: string; description?: string; type: number; anchor: Person; app?: string; start: number; length: number; started_at?: number; ended_at?: number; status: number; replay: number }
export type MassLine = { no: number; msgid: string; groups: boolean; state: string; content: ContentLine; app?: string; by?: Person; personal?: boolean; at: string; asked: number; confirmed: number }
export type MasssendQuotaLine = { rule: string; most: number; since: number }
export type MasssendTargetLine = { id: string; name: string; enough?: boolean }
export type MasssendTaskLine = { msgid: string; chat_type: string; allow_select: boolean; reminded: number; create_time: number; text?: CustomerText; attachments?: CustomerAttachment[]; count: number; enough: number; targets: MasssendTargetLine[] }
export type McpPhoneCategory = { biz_type: string; allowed: boolean; over: boolean; until: number; max_days: number }
export type McpPhoneRobot = { bot: string; name: string; logo?: string; categories: McpPhoneCategory[] }
export type MeetingPhoneMeeting = { meetingid: string; title: string; meeting_code: string; admin_userid: string; location?: string; meeting_start: number; meeting_end: number; repeats: boolean; status: number; mine: boolean; lead: boolean; inside: boolean; waiting: boolean }
export type MeetingStateAnswer = { meetingid: string; meeting_code: string; status: number; waiting: boolean; tmp_openid?: string }
export type MeetingroomPhoneBook = { meetingroom_id: number; subject: string; start_time: number; end_time: number; attendees: string[] }
export type MeetingroomPhoneBooking = { booking_id: string; meetingroom_id: number; series_id: string; room: string; place: string; subject: string; start_time: number; end_time: number; status: number; checked_in: number; release_at: number; steps: string[] }
export type MeetingroomPhoneRoom = { meetingroom_id: number; name: string; place: string; capacity: number; equipment: number[]; need_approval: boolean; taken: MeetingroomPhoneTaken[] }
export type MeetingroomPhoneTaken = { start_time: number; end_time: number }
export type MemberApp = { agentid: number; name: string; kind: string; logo: string; disabled?: boolean }
export type MemberDetail = { userid: string; name: string; alias?: string; mobile: string; email: string; position: string; departments: number[]; main_department: number; leads: number[]; status: number; avatar: string; founder?: boolean; gender: number; direct_leader: string; enabled: boolean; activated: boolean; generated: boolean; orders: number[]; attributes: DirectoryAttribute[]; external: ExternalShown; created_at: string; version: string; admin?: string } & { name: string; position: string; mobile: string; email: string; biz_mail: string; telephone: string; alias: string; address: string; english_name: string; external_position: string }
export type MemberForm = { userid: string; gender: number | null; departments: number[] | null; orders: number[] | null; leads: number[] | null; main_department: number | null; direct_leader: string | null; enabled: boolean | null; attributes: DirectoryAttribute[] | null; external: ExternalForm | null; invite: boolean; version: string } & { name: string; position: string; mobile: string; email: string; biz_mail: string; telephone: string; alias: string; address: string; english_name: string; external_position: string }
export type MemberLine = { userid: string; name: string; alias?: string; mobile: string; email: string; position: string; departments: number[]; main_department: number; leads: number[]; status: number; avatar: string; founder?: boolean }
export type MemberRecord = { declared: Declared; picture: boolean; tags: MemberTag[]; apps: MemberApp[]; leader?: Person; created_by?: string; created_at: string; invited_at?: string; changed_at: string }
export type MemberTag = { id: number; name: string; app?: string; direct: boolean }
export type MenuForm = { buttons: AppButton[]; version: string }
export type MessageAgentOf = { agentid: number }
export type MessageConversation = { agentid: number; chatid?: string; name: string; logo?: string; last: MessageMessage }
export type MessageEntered = { home_url?: string; report_location: boolean; unlicensed?: boolean; writable: boolean }
export type MessageFile = { media_id: string; kind: string; name: string; type: string; size: number; path: string }
export type MessageMessage = { no: number; msgtype: string; body?: unknown; from: string; robot?: string; sent_at: string; recalled?: boolean; safe?: number; files?: MessageFile[] }
export type MessageSentMessage = { no: number; agentid: number; app: string; chatid?: string; chat?: string; robot?: boolean; from?: string; msgtype: string; body: unknown; safe?: number; sent_at: string; recalled_at?: string; copies: number; pending: boolean }
export type MomentAnswerLine = { userid?: string; external_userid?: string; name: string; text?: string; time: number }
export type MomentAttachment = { msgtype: string; image: { media_id: string } | null; video: MomentVideo | null; link: MomentLink | null }
export type MomentLine = { moment_id: string; at: string; of_member: boolean; by?: Person; app?: string; text: string; images: string[]; link?: string; link_title?: string; video?: boolean; place?: string; state: string; public: boolean; asked: number; published: number; shown: number; likes: number; comments: number }
export type MomentLink = { title: string; url: string; media_id?: string }
export type MomentLocation = { latitude: string; longitude: string; name: string }
export type MomentPerson = { userid?: string; external_userid?: string; name: string }
export type MomentPlace = { At: number; No: number }
export type MomentPublishAnswer = { moment_id: string; customers: number }
export type MomentShownMoment = { moment_id: string; own: boolean; by: MomentPerson; published_at?: number; text?: string; images?: string[]; video?: MomentVideo; link?: MomentLink; location?: MomentLocation; files?: Record<string, string>; customers: number; likes: MomentAnswerLine[]; comments: MomentAnswerLine[] }
export type MomentVideo = { media_id: string; thumb_media_id?: string }
export type Offer = { suite_id: string; kind: string; name: string; description?: string; provider: string; permissions: string[]; installed?: Installed }
export type OrderLine = { no: number; order_id: string; corpid?: string; corp?: string; content: string; order_type: number; order_status: number; pay_type: number; order_from: number; test?: boolean; origin: number; price: number; creator?: string; at: string; paid_at?: string; invoiced?: boolean }
export type PartLine = { type: string; title?: string; url?: string; media_id?: string }
export type Person = { userid: string; name: string; avatar?: string }
export type PhoneContactLine = { userid: string; name: string; avatar: string; position?: string; leader?: boolean }
export type PhoneCorpAnswer = { corpid: string; name: string }
export type PhoneDepartmentAnswer = { department: PhoneDepartmentLine; path: PhoneDepartmentLine[]; children: PhoneDepartmentLine[] }
export type PhoneDepartmentLine = { id: number; name: string }
export type PhoneFoundLine = { key: string; no: number; from?: string; text: string; sent_at: string }
export type PhoneMeAnswer = { userid: string; name: string; avatar: string; position?: string; department?: string; corp: PhoneCorpAnswer; base_url: string; dev?: boolean; now: number }
export type PhoneSearchAnswer = { members: PhoneContactLine[]; members_total: number; apps: PhoneWorkbenchApp[]; messages: PhoneFoundLine[]; more?: boolean }
export type PhoneUnreadAnswer = { counts: Record<string, number>; total: number }
export type PhoneWorkbenchApp = { agentid: number; kind: string; name: string; description?: string; logo?: string; home_url?: string; shows?: AppWorkbench }
export type ProductForm = { description: string | null; price: number | null; product_sn: string | null; media_ids: string[] | null }
export type ProviderDetail = { event_url: string; suites: ProviderSuite[]; models: ProviderModel[] }
export type ProviderModel = { model_id: string; name: string; access: string; abilities: string[]; devices: number; bound: number; online: number }
export type ProviderSuite = { suite_id: string; kind: string; name: string; draft: boolean; command_url: string; data_url: string; ticketed_at?: string; customers: Client[] }
export type RangeDetail = { departments: number[]; members: Person[]; tags: TagName[] }
export type RelationLine = { no: number; external_userid: string; name: string; type: number; gender: number; corp_name?: string; userid: string; member: string; left?: boolean; standing: number; handing?: boolean; at: string; remark: string; description?: string; company?: string; mobiles: string[]; tags: TagLine[]; way: number; state?: string; talked_at?: string }
export type Renewed = { secret: string }
export type RobotCategory = { category: string; max_days: number }
export type RobotDetail = { bot: string; name: string; logo?: string; mode: string; disabled?: boolean; connected_at?: string; allowed: string[]; categories: RobotCategory[]; grants: RobotGrant[] }
export type RobotGrant = { category: string; userid: string; name: string; by?: string; at: string; until?: string; over?: boolean }
export type RobotLine = { bot: string; name: string; logo?: string; mode: string; disabled?: boolean; connected_at?: string; allowed: string[] }
export type RobotUse = { no: number; category: string; tool: string; userid?: string; name?: string; errcode: number; at: string }
export type RoomForm = { id?: number; name: string; capacity: number; city?: string; building?: string; floor?: string; equipment?: number[]; latitude?: string; longitude?: string; users?: string[]; parties?: number[]; approval?: boolean; disabled?: boolean; release_after?: number; range?: RangeDetail; version?: string }
export type RowFailure = { row: number; id: string; errcode: number; error: string }
export type ScheduleLine = { schedule_id: string; summary: string; location: string; start: number; end: number; whole_day: boolean; repeats: boolean; attendees: string[] }
export type ScopeApp = { agentid: number; name: string; kind: string; logo: string; customer_contact: boolean; customer_service: boolean; grants?: string[] }
export type SecurityHardware = { system: string; mac_addr?: string[]; motherboard_uuid?: string; harddisk_uuid?: string[]; domain?: string; pc_name?: string; seq_no?: string }
export type SensitiveForm = { name: string; words: string[]; semantics: number[]; kind: number; userids: string[]; departments: number[] }
export type SensitiveLine = { rule_id: string; name: string; words: string[]; semantics: number[]; kind: number; app?: string; at: string; members: Person[]; departments: number[] }
export type SensitiveVerdict = { intercepted?: boolean; warned?: boolean; rule_id?: string; rule_name?: string; words?: string[]; semantics?: number[] }
export type ServicerLine = { userid?: string; name?: string; department?: number; duty?: string }
export type SheetHookLine = { id: string; document: string; sheet: string; on: boolean; by?: string; made_at?: string; used_at?: string }
export type ShownSession = { id: string; door: string; way: string; device: string; since: string; seen: string; current?: boolean }
export type SignInRequest = { corpid: string; userid: string; password: string }
export type SmartsheetHookShown = { on: boolean; url?: string; key?: string; by?: string; made?: number; used?: number; sample?: unknown }
export type StaffForm = { member: Person; values: HrWritten[]; version: string }
export type StaffLine = { userid: string; name: string; avatar?: string; department: string; fields: Record<number, string> }
export type State = { dev: boolean; version: string; signed_in: boolean; empty?: boolean; corp?: CorpName; admin?: Person; role?: string; rights?: Record<string, boolean>; range?: number[]; provider?: boolean; corps?: CorpName[]; member?: Person }
export type StrategyLine = { strategy_id: number; family: string; parent_id?: number; name: string; app?: string; at: string; admins: Person[]; members: Person[]; departments: number[] }
export type TagLine = { id: string; name: string }
export type TagName = { id: number; name: string; app?: string }
export type TagSetLine = { id: string; name: string; order: number; app?: string; at: string; strategy_id?: number; tags: TagSetTag[] }
export type TagSetTag = { id: string; name: string; order: number; app?: string; at: string }
export type ThingLine = { device_sn: string; name: string; corpid?: string; corp?: string; bound_at?: string; online: boolean; heard?: string; version?: string; created_at: string }
export type TodoFollower = { userid: string; name: string; avatar?: string; status: number; updated_at: number }
export type TodoLine = { no: number; todo_id: string; content: string; status: number; overdue: boolean; creator: Person; end_time: number; created_at: number; updated_at: number; remind_types: number[]; remind_at: number; followers: TodoFollower[] }
export type TodoPhoneFollower = { userid: string; name: string; status: number }
export type TodoPhoneTodo = { no: number; todo_id: string; content: string; status: number; end_time: number; remind_types: number[]; creator: string; own: boolean; answer: number | null; followers: TodoPhoneFollower[] }
export type TrendDay = { day: string; applied: number; added: number; lost: number; chats: number; messages: number; asked: number; replied: number; waited: number }
export type TrendErrors = { code: number; text: string; total: number; values: number[] }
export type TrendPoint = { at: string; calls: number; refused: number; p50_ms: number; p95_ms: number; p99_ms: number; delivered: number; retried: number; failed: number; entered: number; turned: number }
export type VacationForm = { vacations: ApprovalVacation[]; version: string }
export type ViewerLine = { no: number; name: string; userid?: string; external_userid?: string; reserved: boolean; watched: boolean; online: boolean; seconds: number; comments: number; spoke: boolean; invitor?: string }
export type WayForm = { remark: string; state: string; skip_verify: boolean; userids: string[]; departments: number[] }
export type WayLine = { no: number; config_id: string; type: number; scene: number; remark: string; state: string; skip_verify: boolean; link?: string; app?: string; at: string; led: number; members: Person[]; departments: number[] }
export type WedocBlock = { begin: number; end: number; runs?: WedocRun[]; rows?: WedocBlock[][][] }
export type WedocCellColor = { red: number; green: number; blue: number; alpha?: number }
export type WedocCheckboxSetting = { add_other_option: boolean; type: number; number: number }
export type WedocDateSetting = { date_format_type: number }
export type WedocDuration = { begin_time: number; end_time: number; time_scale: number; day_range?: number; days?: number; hours?: number }
export type WedocDurationSetting = { time_scale: number; date_type: number; day_range: number }
export type WedocFeverSetting = { unit_type: number }
export type WedocFileSetting = { upload_file_limit?: WedocUploadLimit }
export type WedocFormBody = { form_title: string; form_desc: string; form_header: string; form_question: WedocQuestions; form_setting: WedocFormSetting }
export type WedocFormSetting = { fill_out_auth: number; fill_in_range: WedocPeople; setting_manager_range: WedocPeople; timed_repeat_info: WedocRepeat; allow_multi_fill: boolean; timed_finish: number; can_anonymous: boolean; can_notify_submit: boolean }
export type WedocImageSetting = { camera_only: boolean; upload_image_limit?: WedocUploadLimit }
export type WedocLocationSetting = { location_type: number; distance_type: number }
export type WedocOption = { key: number; value: string; status: number }
export type WedocOtherOption = { option_reply: number; extend_text: string }
export type WedocPage = { title: string; markdown: boolean; content: string }
export type WedocPeople = { userids?: string[]; departmentids?: number[] }
export type WedocPhoneArea = { rows: number; columns: number; cells: WedocPhoneCell[] }
export type WedocPhoneCell = { row: number; column: number; text: string; link?: string; look?: WedocTextFormat }
export type WedocPhoneCellSaved = { saved: boolean; cell: WedocPhoneCell }
export type WedocPhoneDocument = { docid: string; kind: number; name: string; modified: number; right: number; copy: boolean; watermark?: string; narrow?: boolean; members?: WedocPhonePerson[]; version: number; blocks?: WedocBlock[]; sheets?: WedocPhoneSheet[]; pages?: WedocPage[] }
export type WedocPhoneForm = { formid: string; title: string; desc: string; header: string; questions: WedocQuestion[]; anonymous: boolean; until: number; repeated_id: string; refused?: string; reason?: string; answered?: number; last?: WedocReply[] }
export type WedocPhoneLine = { no: number; id: string; kind: number; name: string; modified: number; right?: number }
export type WedocPhoneLines = { documents: WedocPhoneLine[]; more: boolean }
export type WedocPhonePerson = { userid: string; name: string; right: number }
export type WedocPhoneSaved = { saved: boolean; version: number }
export type WedocPhoneSheet = { sheet_id: string; title: string; rows: number; columns: number }
export type WedocQuestion = { question_id: number; title: string; pos: number; status: number; reply_type: number; must_reply: boolean; note: string; option_item?: WedocOption[]; placeholder: string; question_extend_setting?: WedocQuestionExtras }
export type WedocQuestionExtras = { text_setting?: WedocTextSetting; radio_setting?: WedocRadioSetting; checkbox_setting?: WedocCheckboxSetting; location_setting?: WedocLocationSetting; image_setting?: WedocImageSetting; file_setting?: WedocFileSetting; date_setting?: WedocDateSetting; time_setting?: WedocTimeSetting; duration_setting?: WedocDurationSetting; temperature_setting?: WedocFeverSetting; department_setting?: WedocSeveralSetting; member_setting?: WedocSeveralSetting }
export type WedocQuestions = { items: WedocQuestion[] }
export type WedocRadioSetting = { add_other_option: boolean }
export type WedocRepeat = { enable: boolean; week_flag: number; remind_time: number; rule_ctime: number; rule_mtime: number; repeat_type: number; skip_holiday: boolean; day_of_month: number; fork_finish_type: number }
export type WedocReply = { question_id: number; text_reply?: string; option_reply?: number[]; option_extend_reply?: WedocOtherOption[]; file_extend_reply?: WedocReplyFiles[]; department_reply?: WedocReplyParties; member_reply?: WedocReplyMembers; duration_reply?: WedocDuration }
export type WedocReplyFiles = { name: string; fileid: string }
export type WedocReplyMembers = { list: WedocReplyPerson[] }
export type WedocReplyParties = { list: WedocReplyParty[] }
export type WedocReplyParty = { department_id: number }
export type WedocReplyPerson = { userid: string }
export type WedocRun = { text?: string; bold?: boolean; color?: string; background?: string; picture?: string; width?: number; height?: number; break?: boolean }
export type WedocSeveralSetting = { allow_multiple_selection: boolean }
export type WedocTextFormat = { font: string; font_size: number; bold: boolean; italic: boolean; strikethrough: boolean; underline: boolean; color?: WedocCellColor }
export type WedocTextSetting = { validation_type: number; validation_detail?: number; char_len?: number; number_min?: number; number_max?: number }
export type WedocTimeSetting = { time_format_type: number }
export type WedocUploadLimit = { count_limit_type: number; count: number; max_size: number }
export type WithNames = { conversations?: ArchiveConversation[]; records?: ArchiveShown[]; next: number; names: Record<string, string> }
export type Writer = { userid: string; name: string; uuid?: string; late?: boolean }

export interface Calls {
  'DELETE /console/api/acquisition/{link}': { answer: Record<string, never> }
  'DELETE /console/api/admins/{userid}': { answer: Record<string, never> }
  'DELETE /console/api/approval_templates/{template}': { answer: Record<string, never> }
  'DELETE /console/api/approvals/{sp_no}': { answer: Record<string, never> }
  'DELETE /console/api/apps/{agentid}': { answer: Record<string, never> }
  'DELETE /console/api/archive/holds/{no}': { answer: Record<string, never> }
  'DELETE /console/api/archive/roles/{userid}': { answer: Record<string, never> }
  'DELETE /console/api/archive/rules/{no}': { answer: Record<string, never> }
  'DELETE /console/api/bookings/{booking}': { answer: Record<string, never> }
  'DELETE /console/api/bots/{bot}': { answer: Record<string, never> }
  'DELETE /console/api/calendars/{calendar}': { answer: Record<string, never> }
  'DELETE /console/api/calls': { answer: Record<string, never> }
  'DELETE /console/api/checkin/rules/{id}': { answer: Record<string, never> }
  'DELETE /console/api/customer-tags/{tag}': { answer: Record<string, never> }
  'DELETE /console/api/customer-ways/{config}': { answer: Record<string, never> }
  'DELETE /console/api/departments/{id}': { answer: Record<string, never> }
  'DELETE /console/api/group-welcomes/{template}': { answer: Record<string, never> }
  'DELETE /console/api/imports/{id}': { answer: ImportProgress }
  'DELETE /console/api/join-ways/{config}': { answer: Record<string, never> }
  'DELETE /console/api/journal_templates/{template}': { answer: Record<string, never> }
  'DELETE /console/api/kf/{kf}': { answer: Record<string, never> }
  'DELETE /console/api/ldap/{name}': { answer: Record<string, never> }
  'DELETE /console/api/livings/{living}/replay': { answer: Record<string, never> }
  'DELETE /console/api/market/{suite}': { answer: Record<string, never> }
  'DELETE /console/api/members/{userid}': { answer: Record<string, never> }
  'DELETE /console/api/members/{userid}/avatar': { answer: { avatar: string } }
  'DELETE /console/api/members/{userid}/sessions': { answer: Record<string, never> }
  'DELETE /console/api/members/{userid}/sessions/{session}': { answer: Record<string, never> }
  'DELETE /console/api/oidc/clients/{client}': { answer: Record<string, never> }
  'DELETE /console/api/products/{product}': { answer: Record<string, never> }
  'DELETE /console/api/robots/{no}': { answer: Record<string, never> }
  'DELETE /console/api/rooms/{room}': { answer: Record<string, never> }
  'DELETE /console/api/scim/targets/{name}': { answer: Record<string, never> }
  'DELETE /console/api/scim/tokens/{name}': { answer: Record<string, never> }
  'DELETE /console/api/security/devices/{device}': { answer: Record<string, never> }
  'DELETE /console/api/sensitive/{rule}': { answer: Record<string, never> }
  'DELETE /console/api/session': { answer: Record<string, never> }
  'DELETE /console/api/sheet-hooks/{sheet}': { answer: Record<string, never> }
  'DELETE /console/api/sites/{host}': { answer: Record<string, never> }
  'DELETE /console/api/tags/{id}': { answer: Record<string, never> }
  'DELETE /console/api/tools/{bot}/grants/{category}/{userid}': { answer: Record<string, never> }
  'GET /console/api/acquisition': { answer: { links: LinkLine[]; next?: number; used: number; left: number } }
  'GET /console/api/acquisition-apps': { answer: { items: { suite_id: string; name: string; range: RangeDetail }[] } }
  'GET /console/api/acquisition-components': { answer: { items: ComponentLine[] } }
  'GET /console/api/acquisition/{link}': { answer: { no: number; link_id: string; name: string; url: string; app?: string; at: string; skip_verify: boolean; unavailable: boolean; members: Person[]; departments: number[]; clicks: number; added: number; days: { day: string; clicks: number; added: number }[]; newcomers: { external_userid: string; name: string; userid: string; state?: string; at: string; messages: number }[]; more: boolean } }
  'GET /console/api/admins': { answer: { admins: { userid: string; name: string; role: string; departments: number[]; founder?: boolean; since: string }[] } }
  'GET /console/api/approval_templates': { answer: { templates: ApprovalTemplate[] } }
  'GET /console/api/approval_templates/{template}': { answer: ApprovalTemplate }
  'GET /console/api/approvals': { answer: { approvals: ApprovalBrief[] } }
  'GET /console/api/approvals/{sp_no}': { answer: ApprovalPage }
  'GET /console/api/apps': { answer: { apps: { agentid: number; name: string; kind: string; logo: string; description: string; disabled: boolean; callback_url: string }[] } }
  'GET /console/api/apps/{agentid}': { answer: AppDetail }
  'GET /console/api/apps/{agentid}/menu': { answer: MenuForm }
  'GET /console/api/archive': { answer: ArchiveState }
  'GET /console/api/archive/conversations': { answer: WithNames }
  'GET /console/api/archive/conversations/{no}': { answer: WithNames }
  'GET /console/api/archive/exports': { answer: { exports: ArchiveExport[] } }
  'GET /console/api/archive/reads': { answer: { reads: ArchiveRead[]; next: number; names: Record<string, string> } }
  'GET /console/api/archive/roles': { answer: { roles: { userid: string; name: string; role: string; range?: AccessRange; since: string; of: RangeDetail }[] } }
  'GET /console/api/archive/rules': { answer: { rules: ArchiveRule[]; holds: ArchiveHold[]; erased: ArchiveReport[] } }
  'GET /console/api/archive/search': { answer: WithNames }
  'GET /console/api/audit': { answer: { entries: Entry[] } }
  'GET /console/api/bookings': { answer: { bookings: BookingLine[] } }
  'GET /console/api/bots': { answer: { items: BotLine[] } }
  'GET /console/api/calendars': { answer: { calendars: CalendarForm[]; may_add: boolean } }
  'GET /console/api/calendars/{calendar}/schedules': { answer: { schedules: ScheduleLine[] } }
  'GET /console/api/calls': { answer: { calls: CallLine[]; kept: number; bytes: number; limit: number } }
  'GET /console/api/calls/{no}': { answer: CallDetail }
  'GET /console/api/checkin/months': { answer: { members: CheckinMemberMonth[]; total: number } }
  'GET /console/api/checkin/rules': { answer: { rules: CheckinRule[] } }
  'GET /console/api/checkup': { answer: { worst: string; findings: CheckupFinding[] } }
  'GET /console/api/corp': { answer: CorpDetail }
  'GET /console/api/customer-groups': { answer: { groups: GroupLine[]; more: boolean } }
  'GET /console/api/customer-groups/{chat}': { answer: { no: number; chat_id: string; name: string; owner: string; owner_name: string; owner_left?: boolean; status: number; staff: number; outsiders: number; capacity: number; at: string; notice: string; people: { userid?: string; external_userid?: string; name: string; nickname?: string; admin?: boolean; scene: number; invitor?: string; state?: string; at: string }[] } }
  'GET /console/api/customer-scope': { answer: { scope: RangeDetail | null; apps: ScopeApp[] } }
  'GET /console/api/customer-tags': { answer: { groups: TagSetLine[] } }
  'GET /console/api/customer-trends': { answer: { days: TrendDay[]; funnel: FunnelLine; ways: FunnelLine[] } }
  'GET /console/api/customer-ways': { answer: { ways: WayLine[]; more: boolean } }
  'GET /console/api/customer-ways/{config}': { answer: { no: number; config_id: string; type: number; scene: number; remark: string; state: string; skip_verify: boolean; link?: string; app?: string; at: string; led: number; members: Person[]; departments: number[]; customers: RelationLine[] } }
  'GET /console/api/customers': { answer: { customers: RelationLine[]; more: boolean } }
  'GET /console/api/customers.unassigned': { answer: { customers: { external_userid: string; name: string; userid: string; left_at: string }[] } }
  'GET /console/api/customers/{external}': { answer: CustomerDetail }
  'GET /console/api/deliveries': { answer: { deliveries: DeliveryLine[] } }
  'GET /console/api/deliveries/{no}': { answer: { no: number; event: string; agentid: number; url: string; queued_at: string; state: string; attempts: number; next_at?: string; last?: Attempt; body: string; all: Attempt[] } }
  'GET /console/api/departments': { answer: { departments: unknown[][]; members: number } }
  'GET /console/api/dial': { answer: { records: DialLine[]; more: boolean } }
  'GET /console/api/errcodes/{code}': { answer: { code: number; text: string; meaning: string; advice: string } }
  'GET /console/api/explore/sample': { answer: { agentid: number; query: { name: string; value: string }[]; body: string; file: boolean; sample_file: string; fields: KnownField[] } }
  'GET /console/api/group-welcomes': { answer: { templates: { template_id: string; content: ContentLine; app?: string; notify: boolean; at: string }[] } }
  'GET /console/api/health/jobs': { answer: { jobs: HealthLine[]; more: boolean } }
  'GET /console/api/health/jobs/{job}': { answer: { job: HealthLine; day: HealthDay; answers: HealthAnswer[]; more: boolean } }
  'GET /console/api/health/jobs/{job}/missing': { answer: { missing: Person[]; next: number } }
  'GET /console/api/home': { answer: Home }
  'GET /console/api/hr/fields': { answer: { groups: HrGroup[] } }
  'GET /console/api/hr/staff': { answer: { staff: StaffLine[]; total: number } }
  'GET /console/api/hr/staff/{userid}': { answer: StaffForm }
  'GET /console/api/imports/{id}': { answer: ImportProgress }
  'GET /console/api/imports/{id}/failures': { answer: { failures: RowFailure[]; total: number } }
  'GET /console/api/invoices': { answer: { invoices: InvoiceLine[]; more: boolean } }
  'GET /console/api/invoices/{no}': { answer: { no: number; who: Person; type: string; payee: string; fee: number; billing_time: number; billing_no: string; status: number; outside?: boolean; paper: InvoicePaper; url: string } }
  'GET /console/api/join-ways': { answer: { ways: JoinWayLine[]; more: boolean } }
  'GET /console/api/join-ways/{config}': { answer: { no: number; config_id: string; scene: number; remark: string; state: string; auto_create: boolean; room_name: string; room_number: number; made: number; link?: string; app?: string; at: string; given: number; groups: GroupLine[]; came: number; there: number } }
  'GET /console/api/journal_statistics': { answer: { cycles: CycleLine[] } }
  'GET /console/api/journal_templates': { answer: { templates: JournalTemplate[] } }
  'GET /console/api/journals': { answer: { journals: JournalLine[] } }
  'GET /console/api/journals/{uuid}': { answer: { info: unknown; names: Record<string, string> } }
  'GET /console/api/kf': { answer: { accounts: AccountLine[]; more: boolean } }
  'GET /console/api/kf/{kf}': { answer: { open_kfid: string; name: string; avatar: string; at: string; sessions: Record<string, number>; link: string; servicers: ServicerLine[]; managers: HomeApp[] } }
  'GET /console/api/kf/{kf}/figures': { answer: { days: FiguresDay[] } }
  'GET /console/api/kf/{kf}/sessions': { answer: { sessions: { external_userid: string; name: string; state: string; userid?: string; servicer?: string; asked_at?: string; runs: number }[]; at: string } }
  'GET /console/api/ldap': { answer: { items: DoorLine[]; suffix: string } }
  'GET /console/api/leaders': { answer: { departments: DepartmentLeaders[] } }
  'GET /console/api/livings': { answer: { livings: LivingLine[]; more: boolean } }
  'GET /console/api/livings/{living}': { answer: { living: LivingLine; figures: LivingFigures; viewers: ViewerLine[]; more: boolean } }
  'GET /console/api/market': { answer: { suites: Offer[] } }
  'GET /console/api/mass': { answer: { messages: MassLine[]; more: boolean; rule: string } }
  'GET /console/api/mass/{msgid}': { answer: { no: number; msgid: string; groups: boolean; state: string; content: ContentLine; app?: string; by?: Person; personal?: boolean; at: string; asked: number; confirmed: number; targets: number; sent: number; waiting: number; no_friend: number; enough: number; parts: { userid: string; name: string; avatar?: string; at?: string }[]; more: boolean } }
  'GET /console/api/mass/{msgid}/{userid}': { answer: { outcomes: { external_userid?: string; chat_id?: string; name: string; status: number; at?: string }[]; more: boolean } }
  'GET /console/api/members': { answer: { members: MemberLine[]; total: number } }
  'GET /console/api/members/{userid}': { answer: MemberDetail }
  'GET /console/api/members/{userid}/access': { answer: { password: boolean; passkeys: number; invited_until?: string; sessions: ShownSession[] } }
  'GET /console/api/members/{userid}/record': { answer: MemberRecord }
  'GET /console/api/messages': { answer: { messages: MessageSentMessage[] } }
  'GET /console/api/messages/{no}/receivers': { answer: { userids: string[]; total: number } }
  'GET /console/api/moments': { answer: { moments: MomentLine[]; next: MomentPlace | null } }
  'GET /console/api/moments/{moment}': { answer: { members: { userid: string; name: string; avatar?: string; at?: string }[]; more: boolean } }
  'GET /console/api/oidc/clients': { answer: { items: ClientLine[]; issuer: string; scopes: string[]; algorithms: string[] } }
  'GET /console/api/oidc/keys': { answer: { items: { kid: string; alg: string; created_at: string; signs_from: string; expires_at?: string }[] } }
  'GET /console/api/permissions': { answer: { kinds: string[]; endpoints: { method: string; path: string; doc: number; open?: boolean; by?: string; allow: Record<string, string> }[] } }
  'GET /console/api/products': { answer: { products: { product_id: string; description: string; price: number; product_sn: string; media_ids: string[]; app?: string; at: string }[]; next?: number } }
  'GET /console/api/provider': { answer: { provider: ProviderDetail | null } }
  'GET /console/api/provider/editions': { answer: { suites: { suite_id: string; name: string; kind: string; trial_days: number | null; editions: EditionLine[] }[] } }
  'GET /console/api/provider/licences': { answer: { balance: number | null; customers: HoldingLine[]; orders: LicenceOrder[]; more: boolean; dev: boolean } }
  'GET /console/api/provider/models/{model}/devices': { answer: { devices: ThingLine[]; more: boolean } }
  'GET /console/api/provider/orders': { answer: { orders: OrderLine[]; more: boolean } }
  'GET /console/api/provider/registrations': { answer: { packages: { template_id: string; name: string; suites: string[]; migration: boolean }[]; codes: { no: number; package: string; state?: string; corp: string; corpid?: string; at: string; used_at?: string }[]; more: boolean } }
  'GET /console/api/purchases': { answer: { installed: { suite_id: string; name: string; kind: string; app_status: number; edition?: string; users: number; ends_at?: string; editions: EditionLine[] }[]; orders: OrderLine[]; more: boolean; dev: boolean } }
  'GET /console/api/robots': { answer: { items: { id: number; name: string; chatid: string; chat: string; disabled: boolean; created_at: string }[] } }
  'GET /console/api/rooms': { answer: { rooms: RoomForm[] } }
  'GET /console/api/scim/targets': { answer: { items: { name: string; url: string; groups: boolean; on_leave: string; range: RangeDetail; pending: number; refused: number; error?: string; some: { what: string; error: string }[] }[] } }
  'GET /console/api/scim/tokens': { answer: { items: { name: string; used_on: string; created_at: string }[]; url: string } }
  'GET /console/api/security/acts': { answer: { acts: ActLine[]; more: boolean } }
  'GET /console/api/security/applications': { answer: { applications: ApplicationLine[]; more: boolean } }
  'GET /console/api/security/devices': { answer: { devices: DeviceLine[]; more: boolean } }
  'GET /console/api/security/files': { answer: { acts: ActLine[]; more: boolean } }
  'GET /console/api/security/screens': { answer: { acts: ActLine[]; more: boolean } }
  'GET /console/api/security/vips': { answer: { members: Person[]; next: number; accounts: number; used: number; limited: boolean } }
  'GET /console/api/sensitive': { answer: { rules: SensitiveLine[] } }
  'GET /console/api/session': { answer: State }
  'GET /console/api/sheet-hooks': { answer: { items: SheetHookLine[]; next: number } }
  'GET /console/api/sites': { answer: { items: DoorLine[] } }
  'GET /console/api/strategies': { answer: { strategies: StrategyLine[] } }
  'GET /console/api/tags': { answer: { tags: TagName[] } }
  'GET /console/api/tags/{id}': { answer: { id: number; name: string; app?: string; members: { userid: string; name: string }[]; departments: number[] } }
  'GET /console/api/test-events': { answer: { events: string[] } }
  'GET /console/api/todos': { answer: { todos: TodoLine[]; more: boolean } }
  'GET /console/api/todos/{todo}': { answer: TodoLine }
  'GET /console/api/tools': { answer: { robots: RobotLine[] } }
  'GET /console/api/tools/{bot}': { answer: RobotDetail }
  'GET /console/api/tools/{bot}/uses': { answer: { uses: RobotUse[] } }
  'GET /console/api/trends': { answer: { step_minutes: number; points: TrendPoint[]; errors: TrendErrors[] } }
  'GET /console/api/vacation_balances': { answer: { members: Balances[]; total: number } }
  'GET /console/api/vacations': { answer: VacationForm }
  'GET /phone/api/approval_templates': { answer: { templates: ApprovalTemplateAnswer[]; vacations: ApprovalUserQuota[] } }
  'GET /phone/api/approvals': { answer: { approvals: ApprovalBrief[]; waiting: number } }
  'GET /phone/api/approvals/{sp_no}': { answer: ApprovalPage }
  'GET /phone/api/bookings': { answer: MeetingroomPhoneBooking[] }
  'GET /phone/api/bots': { answer: { bots: AibotConversation[] } }
  'GET /phone/api/bots/messages': { answer: { messages: AibotMessage[] } }
  'GET /phone/api/busy': { answer: Record<string, CalendarBusy[]> }
  'GET /phone/api/caldav': { answer: CaldavPhoneAnswer }
  'GET /phone/api/calendars': { answer: CalendarPhoneCalendar[] }
  'GET /phone/api/chats': { answer: { chats: ChatTalkAnswer[] } }
  'GET /phone/api/chats/groups/{chatid}': { answer: ChatGroupPage }
  'GET /phone/api/chats/messages': { answer: { messages: ChatShownMessage[] } }
  'GET /phone/api/checkin': { answer: CheckinPhoneToday }
  'GET /phone/api/checkin/month': { answer: CheckinPhoneMonth }
  'GET /phone/api/contacts': { answer: { members: PhoneContactLine[]; total: number } }
  'GET /phone/api/contacts/{userid}': { answer: Record<string, unknown> }
  'GET /phone/api/conversations': { answer: { conversations: MessageConversation[] } }
  'GET /phone/api/customer_chats': { answer: { chats: CustomerTalkLine[] } }
  'GET /phone/api/customer_groups': { answer: { groups: CustomergroupGroupLine[] } }
  'GET /phone/api/customer_groups/{chat}': { answer: CustomergroupGroupPage }
  'GET /phone/api/customer_groups/{chat}/messages': { answer: { messages: CustomergroupSaidLine[] } }
  'GET /phone/api/customer_tags': { answer: { groups: CustomerTagGroupLine[] } }
  'GET /phone/api/customer_transfers': { answer: { transfers: CustomerTransferLine[] } }
  'GET /phone/api/customers': { answer: { serves: boolean; customers: CustomerCustomerLine[]; more: boolean } }
  'GET /phone/api/customers/{external}': { answer: CustomerCustomerPage }
  'GET /phone/api/customers/{external}/messages': { answer: { messages: CustomerSaidLine[] } }
  'GET /phone/api/departments': { answer: PhoneDepartmentAnswer }
  'GET /phone/api/docs': { takes: Partial<WedocFormBody>; answer: WedocPhoneLines }
  'GET /phone/api/docs/{docid}': { answer: WedocPhoneDocument }
  'GET /phone/api/docs/{docid}/cells': { answer: WedocPhoneArea }
  'GET /phone/api/docs/{docid}/sheets/{sheet_id}/webhook': { answer: SmartsheetHookShown }
  'GET /phone/api/forms/{formid}': { answer: WedocPhoneForm }
  'GET /phone/api/health': { answer: { jobs: HealthPhoneJob[] } }
  'GET /phone/api/journal_templates': { answer: { templates: JournalTemplateAnswer[] } }
  'GET /phone/api/journals': { answer: { journals: JournalBrief[] } }
  'GET /phone/api/journals/{uuid}': { answer: { info: unknown; names: Record<string, string>; comments: string[] } }
  'GET /phone/api/kf': { answer: { accounts: KfDeskAccount[] } }
  'GET /phone/api/kf/{open}/sessions/{external}': { answer: { external_userid: string; name: string; avatar?: string; service_state: number; waits: boolean; mine: boolean; servicer?: KfServicerLine; asked_at: number; last?: KfMessageLine; refused: boolean; upgrade?: KfAdviceMember; messages: KfMessageLine[] } }
  'GET /phone/api/mass': { answer: { quota: MasssendQuotaLine; tasks: MasssendTaskLine[] } }
  'GET /phone/api/me': { answer: PhoneMeAnswer }
  'GET /phone/api/meetingrooms': { answer: MeetingroomPhoneRoom[] }
  'GET /phone/api/meetings': { answer: MeetingPhoneMeeting[] }
  'GET /phone/api/meetings/{id}': { answer: unknown }
  'GET /phone/api/menu': { answer: { button: AppButton[] } }
  'GET /phone/api/messages': { answer: { messages: MessageMessage[] } }
  'GET /phone/api/moments': { answer: { todo: MomentShownMoment[]; published: MomentShownMoment[] } }
  'GET /phone/api/robots': { answer: { robots: McpPhoneRobot[] } }
  'GET /phone/api/robots/{bot}': { answer: McpPhoneRobot }
  'GET /phone/api/schedules': { answer: CalendarPhoneSchedule[] }
  'GET /phone/api/schedules/{id}': { answer: CalendarPhoneDetail }
  'GET /phone/api/search': { answer: PhoneSearchAnswer }
  'GET /phone/api/todos': { answer: { todos: TodoPhoneTodo[]; more: boolean } }
  'GET /phone/api/todos/{id}': { answer: TodoPhoneTodo }
  'GET /phone/api/unread': { answer: PhoneUnreadAnswer }
  'GET /phone/api/workbench': { answer: { apps: PhoneWorkbenchApp[]; hidden: string[] } }
  'POST /console/api/acquisition': { takes: Partial<LinkForm>; answer: { link_id: string } }
  'POST /console/api/approval_templates': { takes: Partial<ApprovalTemplate>; answer: { template_id: string } }
  'POST /console/api/apps': { takes: Partial<AppForm>; answer: { agentid: number } }
  'POST /console/api/apps/{agentid}/secret': { answer: { secret: string } }
  'POST /console/api/archive/exports': { takes: Partial<{ name: string; question: ArchiveCase; formats: string[] }>; answer: { no: number } }
  'POST /console/api/archive/exports/{no}/approve': { answer: Record<string, never> }
  'POST /console/api/archive/exports/{no}/refuse': { answer: Record<string, never> }
  'POST /console/api/archive/holds': { takes: Partial<{ name: string; people: string[]; rooms: string[]; since: string; until: string }>; answer: Record<string, never> }
  'POST /console/api/archive/keys': { takes: Partial<{ public_key: string }>; answer: { publickey_ver: number } }
  'POST /console/api/archive/rules': { takes: Partial<ArchiveRule>; answer: Record<string, never> }
  'POST /console/api/bookings/{booking}/decide': { takes: Partial<{ approve: boolean }>; answer: Record<string, never> }
  'POST /console/api/bots': { takes: Partial<BotForm>; answer: Record<string, string> }
  'POST /console/api/bots/{bot}/keys': { answer: Record<string, string> }
  'POST /console/api/bots/{bot}/secret': { answer: { bot_id: string; secret: string } }
  'POST /console/api/calendars': { takes: Partial<CalendarForm>; answer: { cal_id: string } }
  'POST /console/api/callback-doctor': { takes: Partial<{ agentid: number; url: string; token: string; encoding_aes_key: string; kind: string; receiveid: string; push: boolean }>; answer: DoctorReport }
  'POST /console/api/callback-keys': { answer: { token: string; encoding_aes_key: string } }
  'POST /console/api/calls/{no}/replay': { answer: ApiAnswer }
  'POST /console/api/checkin/rules': { takes: Partial<CheckinRuleRequest>; answer: { groupid: number } }
  'POST /console/api/checkin/rules/{id}/shifts': { takes: Partial<{ yearmonth: number; items: CheckinShiftItem[] }>; answer: Record<string, never> }
  'POST /console/api/customer-groups/{chat}/owner': { takes: Partial<{ to: string }>; answer: Record<string, never> }
  'POST /console/api/customer-tags': { takes: Partial<{ strategy_id: number; group_id: string; group_name: string; tags: string[] }>; answer: Record<string, never> }
  'POST /console/api/customer-ways': { takes: Partial<WayForm>; answer: { config_id: string } }
  'POST /console/api/customers.transfer': { takes: Partial<{ from: string; to: string; external_userids: string[]; message: string; resigned: boolean }>; answer: { done: number; failed: { external_userid: string; errcode: number; error: string }[] } }
  'POST /console/api/deliveries/replay': { takes: Partial<{ numbers: number[]; failed: boolean; agentid: number }>; answer: { queued: number } }
  'POST /console/api/departments': { takes: Partial<DepartmentForm>; answer: { id: number } }
  'POST /console/api/explore': { takes: Partial<{ agentid: number; method: string; path: string; query: Record<string, string>; body: string; fill: boolean }>; answer: ApiAnswer }
  'POST /console/api/explore/upload': { takes: Record<string, string>; answer: ApiAnswer }
  'POST /console/api/group-welcomes': { takes: Partial<{ text: string; media_id: string; link: CustomerLink | null; notify: boolean }>; answer: { template_id: string } }
  'POST /console/api/health/jobs': { takes: Partial<{ title: string; report_type: number; skip_weekend: boolean; members: string[]; departments: number[]; report_to: string[]; questions: HealthQuestion[] }>; answer: { jobid: string } }
  'POST /console/api/health/jobs/{job}/end': { answer: Record<string, never> }
  'POST /console/api/imports': { answer: ImportProgress }
  'POST /console/api/imports/preview': { answer: ImportPreview }
  'POST /console/api/join-ways': { takes: Partial<JoinWayForm>; answer: { config_id: string } }
  'POST /console/api/journal_templates': { takes: Partial<JournalTemplate>; answer: { template_id: string } }
  'POST /console/api/kf': { takes: Partial<AccountForm>; answer: { open_kfid: string } }
  'POST /console/api/kf/{kf}/servicers': { takes: Partial<{ add: { userids: string[]; departments: number[] }; remove: { userids: string[]; departments: number[] } }>; answer: { failed: { userid?: string; department?: number; error: string }[] } }
  'POST /console/api/kf/{kf}/sessions/{external}': { takes: Partial<{ state: string; userid: string }>; answer: Record<string, never> }
  'POST /console/api/ldap': { takes: Partial<DoorForm>; answer: { bind_dn: string; secret: string } }
  'POST /console/api/ldap/{name}/secret': { answer: { secret: string } }
  'POST /console/api/livings/{living}/cancel': { answer: Record<string, never> }
  'POST /console/api/market/{suite}': { takes: Partial<{ range: AccessRange | null }>; answer: { agentid: number } }
  'POST /console/api/mass': { takes: Partial<{ text: string; media_id: string; link: CustomerLink | null; groups: boolean; sender: string; tags: string[][]; chat_ids: string[]; allow_select: boolean }>; answer: { msgid: string; failed: number } }
  'POST /console/api/mass/{msgid}/cancel': { answer: Record<string, never> }
  'POST /console/api/mass/{msgid}/remind': { answer: Record<string, never> }
  'POST /console/api/members': { takes: Partial<MemberForm>; answer: { userid: string } }
  'POST /console/api/members.batch': { takes: Partial<{ userids: string[]; action: string; department: number }>; answer: { done: number; failed: { userid: string; error: string }[] } }
  'POST /console/api/members.invite': { takes: Partial<{ userids: string[]; department: number }>; answer: { invited: Invited[]; refused: number; more: boolean } }
  'POST /console/api/members/{userid}/invitation': { answer: Invited }
  'POST /console/api/messages/{no}/recall': { answer: Record<string, never> }
  'POST /console/api/moments': { takes: Partial<{ text: string; media_ids: string[]; userids: string[]; departments: number[]; tags: string[] }>; answer: Record<string, never> }
  'POST /console/api/moments/{moment}/cancel': { answer: Record<string, never> }
  'POST /console/api/oidc/clients': { takes: Partial<ClientForm>; answer: { issuer: string; client_id: string; client_secret: string } }
  'POST /console/api/oidc/clients/{client}/secret': { answer: { client_id: string; client_secret: string } }
  'POST /console/api/oidc/keys': { takes: Partial<{ alg: string; stolen: boolean }>; answer: { kid: string } }
  'POST /console/api/pictures': { answer: { media_id: string } }
  'POST /console/api/products': { takes: Partial<ProductForm>; answer: { product_id: string } }
  'POST /console/api/provider/licences/orders': { takes: Partial<{ corpid: string; basic: number; external: number; months: number }>; answer: { order_id: string; price: number } }
  'POST /console/api/provider/licences/orders/{order}/cancel': { answer: Record<string, never> }
  'POST /console/api/provider/licences/orders/{order}/pay': { answer: Record<string, never> }
  'POST /console/api/provider/models/{model}/secret': { answer: Renewed }
  'POST /console/api/provider/orders/{order}/close': { answer: Record<string, never> }
  'POST /console/api/provider/orders/{order}/price': { takes: Partial<{ price: number }>; answer: { order_id: string } }
  'POST /console/api/provider/orders/{order}/refund': { answer: Record<string, never> }
  'POST /console/api/provider/packages': { takes: Partial<{ name: string; suites: string[]; migration: boolean }>; answer: { template_id: string } }
  'POST /console/api/provider/secret': { answer: Renewed }
  'POST /console/api/provider/suites/{suite}/editions': { takes: Partial<EditionLine>; answer: { edition_id: string } }
  'POST /console/api/provider/suites/{suite}/installations/{corp}/reset': { answer: Record<string, never> }
  'POST /console/api/provider/suites/{suite}/secret': { answer: Renewed }
  'POST /console/api/provider/suites/{suite}/ticket': { answer: Record<string, never> }
  'POST /console/api/purchases': { takes: Partial<{ suite_id: string; edition_id: string; order_type: number; user_count: number; duration_days: number }>; answer: { order_id: string; price: number } }
  'POST /console/api/purchases/{order}/pay': { answer: Record<string, never> }
  'POST /console/api/purchases/{order}/{what}': { answer: Record<string, never> }
  'POST /console/api/robots': { takes: Partial<{ name: string; chatid: string }>; answer: Record<string, string> }
  'POST /console/api/robots/{no}/keys': { answer: Record<string, string> }
  'POST /console/api/rooms': { takes: Partial<RoomForm>; answer: { id: number } }
  'POST /console/api/scim/targets': { takes: Partial<{ name: string; url: string; token: string; groups: boolean; on_leave: string; range: AccessRange }>; answer: Record<string, never> }
  'POST /console/api/scim/targets/{name}/sync': { answer: Record<string, never> }
  'POST /console/api/scim/tokens': { takes: Partial<DoorForm>; answer: { url: string; token: string } }
  'POST /console/api/scim/tokens/{name}/secret': { answer: { token: string } }
  'POST /console/api/secrets': { takes: Partial<{ agentid: number }>; answer: { secret: string; token: string; encoding_aes_key: string } }
  'POST /console/api/security/applications/{apply}/decide': { takes: Partial<{ grant: boolean }>; answer: Record<string, never> }
  'POST /console/api/security/devices': { takes: Partial<SecurityHardware>; answer: { device_code: string } }
  'POST /console/api/security/devices/{device}/decide': { takes: Partial<{ approve: boolean }>; answer: Record<string, never> }
  'POST /console/api/security/vips': { takes: Partial<{ members: string[]; add: boolean }>; answer: { failed: Person[] } }
  'POST /console/api/sensitive': { takes: Partial<SensitiveForm>; answer: { rule_id: string } }
  'POST /console/api/session': { takes: Partial<SignInRequest>; answer: Record<string, never> }
  'POST /console/api/session/demo': { takes: Partial<{ corpid: string }>; answer: Record<string, never> }
  'POST /console/api/session/member': { answer: Record<string, never> }
  'POST /console/api/sheet-hooks/{sheet}': { takes: Partial<{ renew: boolean }>; answer: { webhook: string } }
  'POST /console/api/sheet-hooks/{sheet}/keys': { answer: Record<string, string> }
  'POST /console/api/sites': { takes: Partial<DoorForm>; answer: Record<string, never> }
  'POST /console/api/tags': { takes: Partial<TagName>; answer: { id: number } }
  'POST /console/api/tags/{id}/content': { takes: Partial<{ add: DirectoryTagNodes; remove: DirectoryTagNodes }>; answer: Record<string, never> }
  'POST /console/api/test-events': { takes: Partial<{ agentid: number; event: string }>; answer: Record<string, never> }
  'POST /console/api/tools/{bot}/grants': { takes: Partial<{ category: string; userid: string; days: number }>; answer: Record<string, never> }
  'POST /phone/api/approval_process': { takes: Partial<{ template_id: string; department: number; contents: FormContent[] }>; answer: { process: ApprovalNodeAnswer[] } }
  'POST /phone/api/approvals': { takes: Partial<{ template_id: string; department: number; contents: FormContent[]; chosen: string[][] }>; answer: ApprovalStepAnswer }
  'POST /phone/api/approvals/{sp_no}/{step}': { takes: Partial<{ speech: string; media: string[]; to: string[]; before: boolean; node: number }>; answer: ApprovalPage }
  'POST /phone/api/bookings': { takes: Partial<MeetingroomPhoneBook>; answer: unknown }
  'POST /phone/api/bookings/{id}/{step}': { answer: Record<string, never> }
  'POST /phone/api/bots/cards': { answer: Record<string, never> }
  'POST /phone/api/bots/enter': { answer: Record<string, never> }
  'POST /phone/api/bots/feedback': { answer: Record<string, never> }
  'POST /phone/api/bots/messages': { answer: { no: number } }
  'POST /phone/api/caldav': { takes: Partial<{ name: string; feed: boolean }>; answer: CaldavPhoneMade }
  'POST /phone/api/caldav/{no}/delete': { answer: Record<string, never> }
  'POST /phone/api/cards': { takes: Partial<{ no: number; key: string; menu: boolean; selected: Record<string, string[]> }>; answer: Record<string, never> }
  'POST /phone/api/chats/groups': { takes: Partial<{ name: string; add: string[] }>; answer: { chatid: string } }
  'POST /phone/api/chats/groups/{chatid}': { takes: Partial<{ name: string | null; notice: string | null; owner: string; add: string[]; remove: string[] }>; answer: Record<string, never> }
  'POST /phone/api/chats/messages': { takes: Partial<{ userid: string; chatid: string; msgtype: string; content: unknown }>; answer: { msgid: string } }
  'POST /phone/api/checkin': { takes: Partial<CheckinPhoneCheckInRequest>; answer: { record: CheckinPhoneRecord; today: CheckinPhoneToday } }
  'POST /phone/api/customer_groups': { takes: Partial<{ name: string; userids: string[]; external_userids: string[] }>; answer: { chat_id: string } }
  'POST /phone/api/customer_groups/{chat}': { takes: Partial<{ name: string | null; notice: string | null; owner: string; add_userids: string[]; add_external_userids: string[]; remove: string[]; leave: boolean; dismiss: boolean }>; answer: Record<string, never> }
  'POST /phone/api/customer_groups/{chat}/messages': { takes: Partial<CustomerWords>; answer: SensitiveVerdict }
  'POST /phone/api/customers/{external}': { takes: Partial<{ remark: string | null; description: string | null; remark_company: string | null; remark_mobiles: string[] | null; add_tag: string[]; remove_tag: string[] }>; answer: Record<string, never> }
  'POST /phone/api/customers/{external}/accept': { answer: Record<string, never> }
  'POST /phone/api/customers/{external}/messages': { takes: Partial<CustomerWords>; answer: SensitiveVerdict }
  'POST /phone/api/customers/{external}/remove': { answer: Record<string, never> }
  'POST /phone/api/docs/{docid}/cell': { answer: WedocPhoneCellSaved }
  'POST /phone/api/docs/{docid}/delete': { answer: Record<string, never> }
  'POST /phone/api/docs/{docid}/members': { answer: Record<string, never> }
  'POST /phone/api/docs/{docid}/name': { answer: Record<string, never> }
  'POST /phone/api/docs/{docid}/sheets/{sheet_id}/webhook': { answer: SmartsheetHookShown }
  'POST /phone/api/docs/{docid}/text': { answer: WedocPhoneSaved }
  'POST /phone/api/enter': { takes: Partial<MessageAgentOf>; answer: MessageEntered }
  'POST /phone/api/files': { answer: { media_id: string; name: string; size: number } }
  'POST /phone/api/forms/{formid}': { answer: Record<string, number> }
  'POST /phone/api/health/{jobid}': { takes: Partial<HealthPhoneReport>; answer: Record<string, unknown> }
  'POST /phone/api/journals': { takes: Partial<{ template_id: string; contents: FormContent[]; receivers: string[] }>; answer: JournalRecordAnswer }
  'POST /phone/api/journals/{uuid}/{step}': { takes: Partial<{ to: string; content: string }>; answer: JournalCommentAnswer }
  'POST /phone/api/kf/{open}/duty': { takes: Partial<{ duty: string }>; answer: Record<string, never> }
  'POST /phone/api/kf/{open}/sessions/{external}/{step}': { takes: Partial<{ to: string; msgtype: string; text: KfText | null; image: KfMedia | null; voice: KfMedia | null; video: KfMedia | null; file: KfMedia | null; location: KfLocation | null; link: KfLink | null; business_card: KfCard | null; miniprogram: KfMiniProgram | null; msgmenu: KfMenu | null; channels_shop_product: KfProduct | null; channels_shop_order: KfOrder | null; merged_msg: KfMerged | null; channels: KfChannels | null }>; answer: Record<string, never> }
  'POST /phone/api/location': { takes: Partial<{ agentid: number; latitude: number; longitude: number; precision: number }>; answer: Record<string, never> }
  'POST /phone/api/mass/{msgid}': { takes: Partial<{ external_userids: string[]; chat_ids: string[] }>; answer: Record<string, never> }
  'POST /phone/api/meetings': { takes: unknown; answer: unknown | MeetingStateAnswer }
  'POST /phone/api/meetings/join': { takes: unknown; answer: unknown | MeetingStateAnswer }
  'POST /phone/api/meetings/{id}/lead': { takes: unknown; answer: unknown | Record<string, never> }
  'POST /phone/api/meetings/{id}/{step}': { takes: unknown; answer: unknown | MeetingStateAnswer | Record<string, never> }
  'POST /phone/api/menu': { takes: Partial<{ agentid: number; type: string; key: string; scan_type: string; scan_result: string; pictures: string[]; location: { latitude: number; longitude: number; scale: number; label: string; poiname: string } }>; answer: Record<string, never> }
  'POST /phone/api/messages': { takes: Partial<{ agentid: number; msgtype: string; content?: string; media_id?: string; thumb_media_id?: string; latitude?: number; longitude?: number; scale?: number; label?: string; picurl?: string; title?: string; description?: string; url?: string }>; answer: { no: number } }
  'POST /phone/api/moments': { takes: Partial<{ text: string; attachments: MomentAttachment[]; tag_list: string[] }>; answer: MomentPublishAnswer }
  'POST /phone/api/moments/{moment}/{step}': { takes: Partial<{ text: string }>; answer: MomentPublishAnswer }
  'POST /phone/api/read': { takes: Record<string, number>; answer: Record<string, never> }
  'POST /phone/api/robots/{bot}/allow': { takes: Partial<{ biz_type: string; days: number }>; answer: McpPhoneRobot }
  'POST /phone/api/robots/{bot}/revoke': { takes: Partial<{ biz_type: string; days: number }>; answer: McpPhoneRobot }
  'POST /phone/api/schedules': { takes: unknown; answer: unknown | CalendarScheduleAddResponse }
  'POST /phone/api/schedules/{id}/cancel': { takes: unknown; answer: unknown | Record<string, never> }
  'POST /phone/api/schedules/{id}/change': { takes: unknown; answer: unknown | CalendarScheduleAddResponse }
  'POST /phone/api/schedules/{id}/respond': { takes: unknown; answer: unknown | Record<string, never> }
  'POST /phone/api/todos': { answer: { todo_id: string } }
  'POST /phone/api/todos/{id}/answer': { answer: Record<string, never> }
  'POST /phone/api/todos/{id}/change': { answer: Record<string, never> }
  'POST /phone/api/todos/{id}/delete': { answer: Record<string, never> }
  'PUT /console/api/acquisition-apps/{suite}': { takes: Partial<{ range: AccessRange }>; answer: Record<string, never> }
  'PUT /console/api/acquisition-components/{suite}': { takes: Partial<ComponentLine>; answer: Record<string, never> }
  'PUT /console/api/acquisition/{link}': { takes: Partial<LinkForm>; answer: Record<string, never> }
  'PUT /console/api/admins/{userid}': { takes: Partial<{ role: string; departments: number[] }>; answer: Record<string, never> }
  'PUT /console/api/approval_templates/{template}': { takes: Partial<ApprovalTemplate>; answer: Record<string, never> }
  'PUT /console/api/apps/{agentid}': { takes: Partial<AppForm>; answer: { version: string } }
  'PUT /console/api/apps/{agentid}/callback': { takes: Partial<{ url: string; token: string; encoding_aes_key: string; events: string[]; unverified: boolean }>; answer: { version: string } }
  'PUT /console/api/apps/{agentid}/logo': { answer: { logo: string } }
  'PUT /console/api/apps/{agentid}/menu': { takes: Partial<MenuForm>; answer: { version: string } }
  'PUT /console/api/archive': { takes: Partial<ArchiveSettings>; answer: Record<string, never> }
  'PUT /console/api/archive/roles/{userid}': { takes: Partial<{ role: string; range: AccessRange }>; answer: Record<string, never> }
  'PUT /console/api/bots/{bot}': { takes: Partial<BotForm>; answer: Record<string, never> }
  'PUT /console/api/calendars/{calendar}': { takes: Partial<CalendarForm>; answer: Record<string, never> }
  'PUT /console/api/checkin/rules/{id}': { takes: Partial<CheckinRuleRequest>; answer: Record<string, never> }
  'PUT /console/api/corp': { takes: Partial<CorpForm>; answer: { version: string } }
  'PUT /console/api/customer-scope': { takes: Partial<{ scope: AccessRange | null }>; answer: Record<string, never> }
  'PUT /console/api/customer-scope/apps/{agentid}': { takes: Partial<{ customer_contact: boolean | null; customer_service: boolean | null }>; answer: Record<string, never> }
  'PUT /console/api/customer-tags/{tag}': { takes: Partial<{ name: string | null; order: number | null }>; answer: Record<string, never> }
  'PUT /console/api/customer-ways/{config}': { takes: Partial<WayForm>; answer: Record<string, never> }
  'PUT /console/api/customers/{external}/relations/{userid}': { takes: Partial<{ remark: string | null; description: string | null; company: string | null; mobiles: string[] | null; add_tags: string[]; remove_tags: string[] }>; answer: Record<string, never> }
  'PUT /console/api/departments/{id}': { takes: Partial<DepartmentForm>; answer: Record<string, never> }
  'PUT /console/api/group-welcomes/{template}': { takes: Partial<ContentForm>; answer: Record<string, never> }
  'PUT /console/api/hr/staff/{userid}': { takes: Partial<{ set: HrWritten[]; remove: HrDropped[]; insert: HrAnother[]; version: string }>; answer: Record<string, never> }
  'PUT /console/api/invoices/{no}/status': { takes: Partial<{ status: number }>; answer: Record<string, never> }
  'PUT /console/api/join-ways/{config}': { takes: Partial<JoinWayForm>; answer: Record<string, never> }
  'PUT /console/api/journal_templates/{template}': { takes: Partial<JournalTemplate>; answer: Record<string, never> }
  'PUT /console/api/kf/{kf}': { takes: Partial<AccountForm>; answer: Record<string, never> }
  'PUT /console/api/kf/{kf}/managers': { takes: Partial<{ agentids: number[] }>; answer: Record<string, never> }
  'PUT /console/api/ldap.suffix': { takes: Partial<{ suffix: string }>; answer: Record<string, never> }
  'PUT /console/api/market/{suite}': { takes: Partial<{ range: AccessRange | null; permissions: string[] | null; disabled: boolean | null; by_members: boolean | null }>; answer: Record<string, never> }
  'PUT /console/api/mass.rule': { takes: Partial<{ rule: string }>; answer: Record<string, never> }
  'PUT /console/api/members/{userid}': { takes: Partial<MemberForm>; answer: { version: string } }
  'PUT /console/api/members/{userid}/avatar': { answer: { avatar: string } }
  'PUT /console/api/members/{userid}/password': { takes: Partial<{ password: string }>; answer: { password: string } }
  'PUT /console/api/oidc/clients/{client}': { takes: Partial<ClientForm>; answer: Record<string, never> }
  'PUT /console/api/products/{product}': { takes: Partial<ProductForm>; answer: Record<string, never> }
  'PUT /console/api/provider/licences/customers/{corp}': { takes: Partial<{ checked: boolean; trial: boolean; test: boolean }>; answer: Record<string, never> }
  'PUT /console/api/provider/suites/{suite}/plan': { takes: Partial<{ trial_days: number }>; answer: Record<string, never> }
  'PUT /console/api/robots/{no}': { takes: Partial<{ disabled: boolean }>; answer: Record<string, never> }
  'PUT /console/api/rooms/{room}': { takes: Partial<RoomForm>; answer: Record<string, never> }
  'PUT /console/api/security/vips.accounts': { takes: Partial<{ accounts: number }>; answer: Record<string, never> }
  'PUT /console/api/sensitive/{rule}': { takes: Partial<SensitiveForm>; answer: Record<string, never> }
  'PUT /console/api/tags/{id}': { takes: Partial<TagName>; answer: Record<string, never> }
  'PUT /console/api/todos/{todo}/status': { takes: Partial<{ status: number | null }>; answer: Record<string, never> }
  'PUT /console/api/vacation_balances/{userid}': { takes: Partial<{ vacation_id: number; left: number; time_attr: number; remarks: string }>; answer: Record<string, never> }
  'PUT /console/api/vacations': { takes: Partial<VacationForm>; answer: Record<string, never> }
}

package access

import "slices"

// Kind says who makes a call. An application keeps its kind for life.
type Kind string

// The kinds of application. The last group are WeCom's own applications; they
// differ only in the API family that is theirs.
const (
	SelfBuilt       Kind = "self_built"       // 自建应用
	ContactSync     Kind = "contact_sync"     // 通讯录同步
	CustomerContact Kind = "customer_contact" // 客户联系
	ChatArchive     Kind = "chat_archive"     // 会话内容存档

	ThirdParty         Kind = "third_party"          // 第三方应用
	ThirdPartyContacts Kind = "third_party_contacts" // 第三方通讯录应用
	ContactsEdit       Kind = "contacts_edit"        // 通讯录编辑授权
	Custom             Kind = "custom"               // 代开发应用
	Hardware           Kind = "hardware"             // 硬件

	Approval        Kind = "approval"         // 审批
	Checkin         Kind = "checkin"          // 打卡
	Journal         Kind = "journal"          // 汇报
	Calendar        Kind = "calendar"         // 日程
	Meeting         Kind = "meeting"          // 会议
	MeetingRoom     Kind = "meeting_room"     // 会议室
	Living          Kind = "living"           // 直播
	Drive           Kind = "drive"            // 微盘
	CustomerService Kind = "customer_service" // 微信客服
	Dial            Kind = "dial"             // 公费电话
	HR              Kind = "hr"               // 人事助手
	Security        Kind = "security"         // 安全与管理
	Health          Kind = "health"           // 健康上报
)

// Document is a family of calls that applications are listed for, and no application itself: 文档 has no secret of its
// own.
const Document Kind = "document"

// Emergency is another such family: 紧急通知, whose own secret calls nothing in enterprises founded since 2023-12-01.
const Emergency Kind = "emergency"

// The kinds of caller that are no application.
const (
	Suite      Kind = "suite"       // a third-party application by itself, in no corp
	Provider   Kind = "provider"    // 服务商
	Model      Kind = "model"       // a model of smart hardware, in no corp
	Device     Kind = "device"      // a piece of smart hardware
	GroupRobot Kind = "group_robot" // 群机器人, by its key
	Robot      Kind = "robot"       // 智能机器人
	SheetHook  Kind = "sheet_hook"  // 接收外部数据 of a sheet, by its key
	Member     Kind = "member"      // a member on a page
	Admin      Kind = "admin"       // an administrator in the console
	Program    Kind = "system"      // the program itself, and a person who commands it from a shell
)

// AppKinds returns the kinds that an application can have, in a fixed order.
func AppKinds() []Kind {
	return slices.Concat([]Kind{SelfBuilt, ContactSync, CustomerContact, ChatArchive}, ProviderApps(), BuiltIn())
}

// MadeKinds returns the kinds of application that a corp has or makes for itself.
func MadeKinds() []Kind {
	return slices.Concat([]Kind{SelfBuilt, ContactSync, CustomerContact, ChatArchive}, BuiltIn())
}

// Single reports whether a corp has at most one application of the kind.
func (k Kind) Single() bool { return k != SelfBuilt && !k.Installed() }

// CallerKinds returns the kinds that can stand in the permission table: those of applications, and those of
// other callers with a credential of their own.
func CallerKinds() []Kind {
	return append(AppKinds(), Suite, Provider, Model, Device, GroupRobot, Robot, SheetHook)
}

// BuiltIn returns the kinds of WeCom's own applications beside contact sync,
// customer contact and chat archive.
func BuiltIn() []Kind {
	return []Kind{Approval, Checkin, Journal, Calendar, Meeting, MeetingRoom, Living, Drive, CustomerService, Dial, HR, Security, Health}
}

// ProviderApps returns the kinds of application that a provider brings into a
// corp. A corp cannot make one: it is installed.
func ProviderApps() []Kind {
	return []Kind{ThirdParty, ThirdPartyContacts, ContactsEdit, Custom, Hardware}
}

// Commanded reports whether a suite of the kind is told of changes in the corp at its
// command URL. A proxy-developed application is told of them by its own callback.
func (k Kind) Commanded() bool {
	return k == ThirdParty || k == ThirdPartyContacts || k == ContactsEdit
}

// Installed reports whether an application of the kind is a provider's, and so
// is installed, not made.
func (k Kind) Installed() bool { return slices.Contains(ProviderApps(), k) }

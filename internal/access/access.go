// Package access holds the words in which rights are written: the kinds of
// caller, what a caller may see, and the levels that an endpoint grants to a
// kind. It decides nothing; wire and the rooms do, with these words.
package access

import (
	"net/netip"
	"strings"

	"qiwei/internal/id"
)

// Kind says what sort of credential a call was made with. Each application has
// one, and it never changes.
type Kind string

// The kinds of caller. The last group are WeCom's own applications; they differ
// only in the API family that is theirs.
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
	Living          Kind = "living"           // 直播
	Drive           Kind = "drive"            // 微盘
	CustomerService Kind = "customer_service" // 微信客服
	Dial            Kind = "dial"             // 公费电话
	HR              Kind = "hr"               // 人事助手
)

// Admin is the administrator, at the command line or in the console. No
// application has this kind, and no endpoint of the API is called with it.
const Admin Kind = "admin"

// Kinds returns every kind an application can have, in a fixed order.
func Kinds() []Kind {
	return append([]Kind{SelfBuilt, ContactSync, CustomerContact, ChatArchive,
		ThirdParty, ThirdPartyContacts, ContactsEdit, Custom, Hardware}, BuiltIn()...)
}

// BuiltIn returns the kinds of WeCom's own applications beside contact sync,
// customer contact and chat archive.
func BuiltIn() []Kind {
	return []Kind{Approval, Checkin, Journal, Calendar, Meeting, Living, Drive, CustomerService, Dial, HR}
}

// Level says how far a kind of caller may go at an endpoint.
type Level int

// The levels, from none to all. Where an endpoint's row has no level for a
// kind, it is Nothing.
const (
	Nothing    Level = iota // refused: 48002, or 48008 to a contacts-edit grant
	InRange                 // within the caller's visible range
	Own                     // what the caller itself made (tags, jobs)
	Historical              // everything, but only from a historical IP; else 48009
	All                     // everything in the corp
	Edit                    // everything, if the corp lets its contact sync edit; else 48002
	Customers               // within the visible range, if the application may call customer contact; else 48002
)

func (l Level) String() string {
	return [...]string{"-", "range", "own", "historical-ip", "all", "edit", "customers"}[l]
}

// Allow is an endpoint's row in the permission table.
type Allow map[Kind]Level

// To returns a row that grants the level to each of the kinds.
func To(l Level, kinds ...Kind) Allow {
	a := Allow{}
	for _, k := range kinds {
		a[k] = l
	}
	return a
}

// And returns the row with those of b added; where both speak of a kind, b wins.
func (a Allow) And(b Allow) Allow {
	out := Allow{}
	for k, l := range a {
		out[k] = l
	}
	for k, l := range b {
		out[k] = l
	}
	return out
}

// Range is a visible range (可见范围): the departments named and everything
// below them, the members named, and all that the tags hold. It is the range of
// permission as well (doc 90665).
type Range struct {
	Departments []int64     `json:"departments,omitempty"`
	Members     []id.UserID `json:"members,omitempty"`
	Tags        []int64     `json:"tags,omitempty"`
}

// Root is the department that holds all others.
const Root = 1

// Everything is the range of the whole corp.
func Everything() Range { return Range{Departments: []int64{Root}} }

// All reports whether the range is the whole corp.
func (r Range) All() bool {
	for _, d := range r.Departments {
		if d == Root {
			return true
		}
	}
	return false
}

// Empty reports whether nothing is in the range.
func (r Range) Empty() bool {
	return len(r.Departments) == 0 && len(r.Members) == 0 && len(r.Tags) == 0
}

// Caller is who makes a call: one application of one corp, at this moment. It
// is made by the token room and by System; and by callback, for an application
// that is told of something and makes no call.
type Caller struct {
	CorpID  string
	App     int64 // the application's number in our tables
	AgentID int64
	Kind    Kind
	Range   Range
	From    netip.Addr // the caller's address

	// Legacy marks an application made before 2022-06-20, which still reads the
	// sensitive fields of members.
	Legacy bool
	// Sync is how the corp has set 通讯录同步: "", "read" or "edit".
	Sync string
	// Grants are the permissions that the corp has given to a third party's
	// application, by the names of agent/get_permissions (doc 99052).
	Grants []string
	// CustomerCallable lists a self-built application among those that may call
	// customer contact (可调用接口的应用).
	CustomerCallable bool
	// Disabled marks an application that an administrator has switched off.
	Disabled bool
	// Level is what the endpoint's row says for this caller's kind.
	Level Level

	Trusted Addresses
}

// System returns the caller behind an administrator's action: it may do all.
func System(corpID string) Caller {
	return Caller{CorpID: corpID, Kind: Admin, Range: Everything(), Sync: "edit", Level: All}
}

// SeesAll reports whether this call is not cut to the caller's visible range.
func (c Caller) SeesAll() bool {
	return c.Level == All || c.Level == Edit || c.Level == Historical || c.Range.All()
}

// Granted reports whether the corp has given the application a permission.
func (c Caller) Granted(permission string) bool {
	for _, g := range c.Grants {
		if g == permission {
			return true
		}
	}
	return false
}

// MayCallCustomers reports whether the application may call customer contact (doc
// 95098): one of the corp's own if it is listed for that, another's if the corp
// has given it some permission for its customers.
func (c Caller) MayCallCustomers() bool {
	switch c.Kind {
	case SelfBuilt:
		return c.CustomerCallable
	case Custom, ThirdParty:
		for _, g := range c.Grants {
			if strings.HasPrefix(g, "externalcontact:") {
				return true
			}
		}
		return false
	}
	return true
}

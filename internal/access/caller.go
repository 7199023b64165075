package access

import (
	"net/netip"
	"slices"
	"strings"

	"qiwei/internal/id"
)

// Caller is who makes a call or is told of something, at this moment: a kind, perhaps a corp, and what it is
// shown. Only the constructors below make one, and the app room for applications.
type Caller struct {
	CorpID string // the corp that it acts in; empty for a suite or a provider by itself
	Kind   Kind

	App     int64     // the application's number in our tables
	AgentID int64     // the application's agentid
	Robot   int64     // the robot's number in our tables
	Suite   string    // suite_id
	Partner string    // the provider's corpid
	Model   string    // model_id of a model of smart hardware, also that of a device
	Device  string    // the device's serial number
	UserID  id.UserID // the member or the administrator who acts

	View
	Standing

	From netip.Addr // the caller's address
}

// View is what a caller is shown of a corp.
type View struct {
	Range Range
	// Level is what the endpoint's row says for this caller's kind.
	Level Level
	// Legacy marks an application made before 2022-06-20, which still reads the
	// sensitive fields of members.
	Legacy bool
	// ByMembers marks an application that members have installed each for themselves: it has no right over
	// departments, and is told of none but the root (doc 94496).
	ByMembers bool
	// Grants are the permissions that the corp has given to a provider's
	// application, by the names of agent/get_permissions (doc 99052).
	Grants []string
	// IDs are the ids that the caller knows the corp's people by; nil for a caller that is shown the corp's
	// own.
	IDs IDs
	// Open are the ids by which the caller's provider knows them, even where the caller itself is shown the
	// corp's own, because it was installed before providers had ids and has not been migrated; nil without a
	// provider.
	Open IDs
}

// Standing is what decides whether an application may call at all.
type Standing struct {
	// Sync is the corp's setting of 通讯录同步: "", "read" or "edit".
	Sync string
	// Callable are the kinds of WeCom's own applications whose calls the corp lets a
	// self-built application make (可调用接口的应用).
	Callable []Kind
	// Disabled marks an application that an administrator has switched off.
	Disabled bool
	// Withdrawn marks one that the platform has closed for want of use, and LowActive one whose members use it
	// too little to read customers.
	Withdrawn, LowActive bool
	Trusted              Addresses
}

// System returns the program itself acting in a corp. It may do everything.
func System(corpID string) Caller { return whole(corpID, Program) }

// AdminOf returns an administrator acting in a corp, within the administered range.
func AdminOf(corpID string, user id.UserID, within Range) Caller {
	c := whole(corpID, Admin)
	c.UserID = user
	if !within.All() {
		c = c.Within(within)
	}
	return c
}

// MemberOf returns a member who acts on a page.
func MemberOf(corpID string, user id.UserID) Caller {
	return Caller{CorpID: corpID, Kind: Member, UserID: user}
}

// RobotOf returns a robot of a corp. It is shown the corp's own ids and reads
// nothing of the directory.
func RobotOf(kind Kind, corpID string, no int64) Caller {
	return Caller{CorpID: corpID, Kind: kind, Robot: no}
}

// SuiteOf returns a suite acting in no corp, for its provider. It may call from the
// provider's addresses, and knows corps by the provider's ids.
func SuiteOf(suiteID, partner string, trusted Addresses, ids IDs) Caller {
	return Caller{Kind: Suite, Suite: suiteID, Partner: partner, View: View{IDs: ids}, Standing: Standing{Trusted: trusted}}
}

// ProviderOf returns a provider acting in no corp.
func ProviderOf(partner string, trusted Addresses, ids IDs) Caller {
	return Caller{Kind: Provider, Partner: partner, View: View{IDs: ids}, Standing: Standing{Trusted: trusted}}
}

// ModelOf returns a model of smart hardware acting in no corp, for its provider.
func ModelOf(modelID, partner string, trusted Addresses, ids IDs) Caller {
	return Caller{Kind: Model, Model: modelID, Partner: partner, View: View{IDs: ids}, Standing: Standing{Trusted: trusted}}
}

// DeviceOf returns a piece of smart hardware acting in the corp that it is bound to, for the people who use it.
func DeviceOf(corpID, modelID, sn, partner string, people Range, trusted Addresses, ids IDs) Caller {
	return Caller{
		CorpID: corpID, Kind: Device, Model: modelID, Device: sn, Partner: partner,
		View: View{Range: people, Level: InRange, IDs: ids}, Standing: Standing{Trusted: trusted},
	}
}

// Anyone returns a caller without a credential.
func Anyone(from netip.Addr) Caller { return Caller{From: from} }

func whole(corpID string, kind Kind) Caller {
	return Caller{CorpID: corpID, Kind: kind, View: View{Range: Everything(), Level: All}, Standing: Standing{Sync: "edit"}}
}

// Within returns the caller limited to a range, whatever it was allowed before.
func (c Caller) Within(r Range) Caller {
	c.Range, c.Level = r, InRange
	return c
}

// OfCorp reports whether the corp itself acts, by an administrator or by the
// program, and not an application with rules of its own.
func (c Caller) OfCorp() bool { return c.Kind == Admin || c.Kind == Program }

// SeesAll reports whether this call is not limited to the caller's visible range.
func (c Caller) SeesAll() bool {
	return c.Level == All || c.Level == Edit || c.Level == Historical || c.Range.All()
}

// Granted reports whether the corp has given the application a permission.
func (c Caller) Granted(permission string) bool { return slices.Contains(c.Grants, permission) }

// MayCallOf reports whether the corp lists the application among those that may make another one's calls,
// namely those of one of WeCom's own applications.
func (c Caller) MayCallOf(family Kind) bool { return slices.Contains(c.Callable, family) }

// MayCallCustomers reports whether the application may call customer contact (doc 95098): the corp's own
// application if it is listed for that, a provider's if the corp has given it a permission for its customers.
func (c Caller) MayCallCustomers() bool {
	switch c.Kind {
	case SelfBuilt:
		return c.MayCallOf(CustomerContact)
	case Custom, ThirdParty:
		return slices.ContainsFunc(c.Grants, func(g string) bool { return strings.HasPrefix(g, "externalcontact:") })
	}
	return true
}

package acquisition

import (
	"context"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// The changes of customer_acquisition (doc 97299).
const (
	balanceLow       = "balance_low"
	balanceExhausted = "balance_exhausted"
	balanceIncreased = "balance_increased"
	quotaExpires     = "quota_expire_soon"
	linkUnavailable  = "link_unavailable"
	linkDeleted      = "delete_link"
	profileOpened    = "open_profile"
	friendAsked      = "friend_request"
	chatStarted      = "customer_start_chat"
	messageHeard     = "message_from_customer"

	eventName = "customer_acquisition"
)

type kinds struct {
	balance  map[string]*event.Kind[BalanceEvent]
	expiring *event.Kind[ExpiryEvent]
	link     map[string]*event.Kind[LinkEvent]
}

// receivers are told of the balance: applications that may make the room's calls.
var receivers = event.Receivers{access.SelfBuilt: event.Full, access.Custom: event.Full, access.ThirdParty: event.Full}

func hears(to access.Caller) bool {
	if to.Kind.Installed() {
		return to.Granted(permit)
	}
	return to.MayCallOf(access.CustomerContact)
}

func (s *Service) declare(l *event.Log) kinds {
	of := func(change string) event.Declaration {
		name := eventName + "/" + change
		return event.Declaration{Name: name, Doc: 97299, SuiteCallbacks: []string{name}, Identity: []string{"ChangeType", "LinkId", "UserID", "ExternalUserID"}}
	}
	all := func(change string) event.Declaration {
		d := of(change)
		d.Receivers, d.Only, d.Identity = receivers, hears, []string{"ChangeType"}
		return d
	}
	out := kinds{balance: map[string]*event.Kind[BalanceEvent]{}, link: map[string]*event.Kind[LinkEvent]{}}
	for _, change := range []string{balanceLow, balanceExhausted, balanceIncreased} {
		out.balance[change] = event.Declare(l, all(change), func() BalanceEvent { return BalanceEvent{Change: change} })
	}
	out.expiring = event.Declare(l, all(quotaExpires), func() ExpiryEvent { return ExpiryEvent{At: 1690819200, Count: 100} })
	for _, change := range []string{linkUnavailable, linkDeleted, profileOpened, friendAsked, chatStarted, messageHeard} {
		out.link[change] = event.Declare(l, of(change), func() LinkEvent {
			return LinkEvent{Change: change, LinkID: "cawcde000000000000", State: "teststate", Kind: customer.WeChat, Customer: 999999, UserID: "zhangsan", Newcomer: 999999, Messages: 3, s: s}
		})
	}
	return out
}

// push is one of the room. A suite is told of which corp it is (doc 97402).
func push(to event.Audience, f event.Fields) []event.Push {
	p := event.Push{Event: eventName, Fields: f}
	if to.Envelope == event.OfSuite {
		p.Lead.Text("AuthCorpId", to.Corp)
	}
	return []event.Push{p}
}

// BalanceEvent is what the balance of a corp has come to.
type BalanceEvent struct{ Change string }

// Push tells any application that may know.
func (e BalanceEvent) Push(_ *store.Tx, to event.Audience) ([]event.Push, error) {
	var f event.Fields
	f.Text("ChangeType", e.Change)
	return push(to, f), nil
}

// ExpiryEvent is quota that expires soon.
type ExpiryEvent struct {
	At    int64 // Unix seconds
	Count int64
}

// Push tells the midnight before it expires, as the call does.
func (e ExpiryEvent) Push(_ *store.Tx, to event.Audience) ([]event.Push, error) {
	var f event.Fields
	f.Text("ChangeType", quotaExpires)
	f.Int("ExpireTime", customer.DayOf(time.Unix(e.At, 0)).Unix())
	f.Int("ExpireQuotaNum", e.Count)
	return push(to, f), nil
}

// LinkEvent is what happened to a link, or by it. The application that made the link is told.
type LinkEvent struct {
	Change string
	App    int64
	LinkID string
	State  string `json:",omitempty"`

	Kind     int64     `json:",omitempty"` // the customer's
	Customer int64     `json:",omitempty"` // our number
	UserID   id.UserID `json:",omitempty"`

	Newcomer int64 `json:",omitempty"`
	Messages int64 `json:",omitempty"`

	s *Service
}

// Receiver is the application that made the link, its suite for a third-party one.
func (e LinkEvent) Receiver() event.Receiver { return event.Receiver{App: e.App, Command: true} }

// Push writes the fields of the change. Who has sent a message is not told since 2024-12-19, but can be asked
// for with the ChatKey (doc 97299).
func (e LinkEvent) Push(tx *store.Tx, to event.Audience) ([]event.Push, error) {
	var f event.Fields
	f.Text("ChangeType", e.Change)
	if e.Change == chatStarted {
		own := string(e.s.deps.Customers.ExternalID(e.Kind, e.Customer))
		if to.IDs != nil {
			known, err := to.IDs.Shown(tx, to.CorpID, access.ExternalID, []string{own})
			if err != nil {
				return nil, err
			}
			if shown, ok := known[own]; ok {
				own = shown
			}
		}
		f.User("UserID", e.UserID)
		f.Text("ExternalUserID", own)
	}
	f.Text("LinkId", e.LinkID)
	switch e.Change {
	case profileOpened, friendAsked:
		f.Text("State", e.State)
	case messageHeard:
		f.Text("ChatKey", e.s.sealChat(to.CorpID, chatKey{e.Newcomer, e.Messages, to.App, tx.Now().Unix()}))
	}
	return push(to, f), nil
}

// tellLink records what happened to a link.
func (s *Service) tellLink(ctx context.Context, tx *store.Tx, by access.Caller, change string, l Link, e LinkEvent) error {
	e.Change, e.App, e.LinkID, e.s = change, l.App, l.LinkID, s
	return s.kinds.link[change].Record(ctx, tx, by, e)
}

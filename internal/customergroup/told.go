package customergroup

import (
	"context"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// The kinds of event of groups, and what may have changed (doc 92130).
const (
	created   = "create"
	updated   = "update"
	dismissed = "dismiss"

	joined        = "add_member"
	gone          = "del_member"
	ownerChanged  = "change_owner"
	nameChanged   = "change_name"
	noticeChanged = "change_notice"
)

type kinds map[string]*event.Kind[GroupEvent]

// receivers are the applications that are told: customer contact's own, and those that may call it. A
// third-party application is told at the command URL of its suite.
var receivers = event.Receivers{
	access.CustomerContact: event.Visible, access.SelfBuilt: event.Visible, access.Custom: event.Visible, access.ThirdParty: event.Visible,
}

func (s *Service) declare(l *event.Log) kinds {
	out := kinds{}
	for _, change := range []string{created, updated, dismissed} {
		name := "change_external_chat/" + change
		out[change] = event.Declare(l, event.Declaration{
			Name: name, Doc: 92130, Receivers: receivers, SuiteCallbacks: []string{name}, Only: customer.Hears(customer.PermitBase),
			Identity: []string{"ChangeType", "ChatId", "UpdateDetail", "CurMemVer"},
		}, func() GroupEvent {
			e := GroupEvent{Change: change, Group: 999999, sample: true, s: s}
			if change == updated {
				e.Detail, e.Scene, e.Last, e.Current = joined, byCode, sampleVersion, sampleVersion
				e.People = []Told{{Kind: staff, UserID: "zhangsan"}}
			}
			return e
		})
	}
	return out
}

const sampleVersion = "00112233445566778899aabbccddeeff"

// GroupEvent is what happened to a group (doc 92130).
type GroupEvent struct {
	Change    string
	Group     int64  // our number
	Owner     int64  // member, our number
	OwnerLeft bool   `json:",omitempty"`
	Detail    string `json:",omitempty"` // what was updated
	// Scene says how people have come or gone; the other three name them, and the versions of the list before
	// and after.
	Scene         int64  `json:",omitempty"`
	People        []Told `json:",omitempty"`
	Last, Current string `json:",omitempty"`

	sample bool
	s      *Service
}

// Told is a person in an event.
type Told struct {
	Kind     int64
	UserID   id.UserID     `json:",omitempty"`
	External id.ExternalID `json:",omitempty"`
}

// Subject names the group.
func (e GroupEvent) Subject() string { return e.Change + " " + e.Detail }

func (s *Service) tell(ctx context.Context, tx *store.Tx, by access.Caller, e GroupEvent) error {
	e.s = s
	return s.kinds[e.Change].Record(ctx, tx, by, e)
}

// Push tells an application that sees the owner, and everybody of the group of one who has left.
func (e GroupEvent) Push(tx *store.Tx, to event.Audience) ([]event.Push, error) {
	if !e.sample && !e.OwnerLeft {
		seen, err := e.s.deps.Customers.Serving(tx, to.Caller, []int64{e.Owner})
		if err != nil || len(seen) == 0 {
			return nil, err
		}
	}
	chat, err := customer.ShownAs(tx, to, access.CustomerChatID, string(e.s.ChatID(e.Group)))
	if err != nil {
		return nil, err
	}
	var f event.Fields
	f.Text("ChatId", chat)
	f.Text("ChangeType", e.Change)
	if e.Change == updated {
		f.Text("UpdateDetail", e.Detail)
	}
	if len(e.People) > 0 {
		if err := e.people(tx, to, &f); err != nil {
			return nil, err
		}
	}
	push := event.Push{Event: "change_external_chat", Fields: f}
	if to.Envelope == event.OfSuite {
		push.Lead.Text("AuthCorpId", to.Corp)
	}
	return []event.Push{push}, nil
}

// people writes who has come or gone.
func (e GroupEvent) people(tx *store.Tx, to event.Audience, f *event.Fields) error {
	scene := map[string]string{joined: "JoinScene", gone: "QuitScene"}[e.Detail]
	f.Int(scene, e.Scene)
	f.Int("MemChangeCnt", int64(len(e.People)))
	shown := map[string]string{}
	if to.IDs != nil {
		var own []string
		for _, p := range e.People {
			own = append(own, string(p.External))
		}
		own = slices.DeleteFunc(own, func(text string) bool { return text == "" })
		var err error
		if shown, err = to.IDs.Shown(tx, to.CorpID, access.ExternalID, own); err != nil {
			return err
		}
	}
	var items event.Fields
	for _, p := range e.People {
		text, known := shown[string(p.External)]
		switch {
		case p.Kind == staff:
			items.BareUser("Item", p.UserID)
		case known:
			items.Bare("Item", text)
		default:
			items.Bare("Item", string(p.External))
		}
	}
	f.Group("MemChangeList", items)
	f.Bare("LastMemVer", e.Last)
	f.Bare("CurMemVer", e.Current)
	return nil
}

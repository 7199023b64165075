package customer

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"qiwei/internal/access"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// The kinds of event of customers and their tags (doc 92130).
const (
	contactAdded    = "add_external_contact"
	contactHalf     = "add_half_external_contact"
	contactEdited   = "edit_external_contact"
	contactRemoved  = "del_external_contact" // by the member
	followerRemoved = "del_follow_user"      // by the customer
	transferFailed  = "transfer_fail"
	archiveApproved = "msg_audit_approved" // to being archived, by the customer (doc 92005)

	tagCreated  = "create"
	tagUpdated  = "update"
	tagDeleted  = "delete"
	tagShuffled = "shuffle"
)

type kinds struct {
	contact map[string]*event.Kind[ContactEvent]
	tag     map[string]*event.Kind[TagEvent]
}

// receivers are the applications that are told: customer contact's own, and those that may call it. Of a
// third-party application the suite is told, at its command URL (doc 92277).
var receivers = event.Receivers{access.CustomerContact: event.Visible, access.SelfBuilt: event.Visible, access.Custom: event.Visible, access.ThirdParty: event.Visible}

// hears reports whether an application is told of events for which a provider's needs permissions.
func hears(permissions ...string) func(access.Caller) bool {
	return func(to access.Caller) bool {
		if to.Kind.Installed() {
			return !slices.ContainsFunc(permissions, func(p string) bool { return !to.Granted(p) })
		}
		return to.Kind == access.CustomerContact || to.MayCallOf(access.CustomerContact)
	}
}

func (s *Service) declare(l *event.Log) kinds {
	out := kinds{map[string]*event.Kind[ContactEvent]{}, map[string]*event.Kind[TagEvent]{}}
	for _, change := range []string{contactAdded, contactHalf, contactEdited, contactRemoved, followerRemoved, transferFailed, archiveApproved} {
		name := "change_external_contact/" + change
		needs, doc, toSuites, told := []string{permitBase}, 92130, []string{name}, receivers
		if change == transferFailed {
			needs = append(needs, permitTransfer)
		}
		if change == archiveApproved {
			doc, toSuites = 92005, nil // a corp's own matter, of which no suite is told
			told = maps.Clone(receivers)
			delete(told, access.ThirdParty)
		}
		out.contact[change] = event.Declare(l, event.Declaration{
			Name: name, Doc: doc, Receivers: told, SuiteCallbacks: toSuites, Only: hears(needs...), Identity: []string{"ChangeType", "UserID", "ExternalUserID"},
		}, func() ContactEvent {
			e := ContactEvent{Change: change, Kind: WeChat, Customer: 999999, UserID: "zhangsan", sample: true, s: s}
			if change == contactAdded || change == contactHalf {
				e.State, e.Follow = "teststate", 999999
			}
			if change == archiveApproved {
				e.Follow = 999999
			}
			if change == transferFailed {
				e.FailReason = refusedByCustomer
			}
			return e
		})
	}
	for _, change := range []string{tagCreated, tagUpdated, tagDeleted, tagShuffled} {
		out.tag[change] = event.Declare(l, event.Declaration{
			Name: "change_external_tag/" + change, Doc: 92130, Receivers: receivers, SuiteCallbacks: []string{"change_external_tag/" + change}, Only: hears(permitTags), Identity: []string{"ChangeType", "Id"},
		}, func() TagEvent {
			return TagEvent{Change: change, ID: s.groupID(999999), Group: true, s: s}
		})
	}
	return out
}

// ContactEvent is what happened between a member and a customer (doc 92130).
type ContactEvent struct {
	Change   string
	Kind     int64 // the customer's
	Customer int64 // our number
	Member   int64 // our number
	UserID   id.UserID
	State    string `json:",omitempty"`
	Source   string `json:",omitempty"`
	// FailReason is why a customer was not handed over.
	FailReason string `json:",omitempty"`
	// Phones says that nothing but the mobiles of a remark was edited, of which a third-party application is
	// not told (doc 92277).
	Phones bool `json:",omitempty"`
	// Follow is the relation for which a welcome may be sent, 0 if none may.
	Follow int64 `json:",omitempty"`

	sample bool
	s      *Service
}

// Subject names the customer.
func (e ContactEvent) Subject() string { return string(e.UserID) }

// Push tells an application that sees the member. Each is given a code of its own for the welcome; a
// provider's needs the permission to send one.
func (e ContactEvent) Push(tx *store.Tx, to event.Audience) ([]event.Push, error) {
	if e.Phones && to.Kind == access.ThirdParty {
		return nil, nil
	}
	if !e.sample {
		seen, err := e.s.serving(tx, to.Caller, []int64{e.Member})
		if err != nil || len(seen) == 0 {
			return nil, err
		}
	}
	external, err := shownAs(tx, to, access.ExternalID, string(e.s.ExternalID(e.Kind, e.Customer)))
	if err != nil {
		return nil, err
	}
	var f event.Fields
	f.Text("ChangeType", e.Change)
	if e.FailReason != "" {
		f.Text("FailReason", e.FailReason)
	}
	f.User("UserID", e.UserID)
	f.Text("ExternalUserID", external)
	if e.State != "" {
		f.Text("State", e.State)
	}
	if e.Follow != 0 && (!to.Kind.Installed() || to.Granted(permitWelcome)) {
		f.Text("WelcomeCode", e.s.welcomeCode(to.CorpID, welcome{e.Follow, to.App, tx.Now().UnixMilli()}))
	}
	if e.Source != "" {
		f.Text("Source", e.Source)
	}
	return told(to, "change_external_contact", f), nil
}

// told is the push of an event. A suite is told of which corp it is (doc 92277).
func told(to event.Audience, name string, f event.Fields) []event.Push {
	p := event.Push{Event: name, Fields: f}
	if to.Envelope == event.OfSuite {
		p.Lead.Text("AuthCorpId", to.Corp)
	}
	return []event.Push{p}
}

// shownAs returns an id as the receiver knows it.
func shownAs(tx *store.Tx, to event.Audience, form access.Form, own string) (string, error) {
	if to.IDs == nil {
		return own, nil
	}
	known, err := to.IDs.Shown(tx, to.CorpID, form, []string{own})
	if shown, ok := known[own]; ok {
		own = shown
	}
	return own, err
}

// TagEvent is what happened to a tag or a group of tags (doc 92130). Tags that are put into another order have
// the id of their group; without one, the groups were.
type TagEvent struct {
	Change string
	ID     id.CustomerTag
	Group  bool
	// Strategy is the strategy group that it belongs to, 0 if it is the corp's. Customer contact itself alone is
	// told (doc 92130).
	Strategy int64 `json:",omitempty"`

	s *Service
}

// Push tells any application that may know.
func (e TagEvent) Push(tx *store.Tx, to event.Audience) ([]event.Push, error) {
	shown, err := shownAs(tx, to, access.CustomerTagID, string(e.ID))
	if err != nil {
		return nil, err
	}
	var f event.Fields
	f.Text("Id", shown)
	strategic := e.Strategy != 0 && to.Kind == access.CustomerContact
	switch {
	case e.Change == tagShuffled && strategic:
		f.Text("StrategyId", strconv.FormatInt(e.Strategy, 10))
	case e.Change == tagShuffled:
	case e.Group:
		f.Text("TagType", "tag_group")
	default:
		f.Text("TagType", "tag")
	}
	f.Text("ChangeType", e.Change)
	if strategic && e.Change != tagShuffled {
		f.Int("StrategyId", e.Strategy)
	}
	return told(to, "change_external_tag", f), nil
}

// tellTag records what a person did to a tag. What an application does is told to nobody (doc 92130).
func (s *Service) tellTag(ctx context.Context, tx *store.Tx, by access.Caller, change string, tag id.CustomerTag, group bool, strategy int64) error {
	if !by.OfCorp() {
		return nil
	}
	return s.kinds.tag[change].Record(ctx, tx, by, TagEvent{Change: change, ID: tag, Group: group, Strategy: strategy, s: s})
}

// ShuffleTags tells that the tags of a group were put into the order of a list, or the groups if no group is
// named; those of a strategy group unless that is 0. The first gets the largest order.
func (s *Service) ShuffleTags(ctx context.Context, tx *store.Tx, by access.Caller, strategy int64, group id.CustomerTag, order []id.CustomerTag) error {
	if err := lockTags(tx, by.CorpID); err != nil {
		return err
	}
	table, err := s.tags(tx, by.CorpID)
	if err != nil {
		return err
	}
	if table, err = s.part(tx, by, table, strategy); err != nil {
		return err
	}
	numbers, err := s.numbersOf(table, order, group == "", false)
	if err != nil {
		return err
	}
	for i, no := range numbers {
		of := table.groups[no]
		if group != "" {
			if of = table.tags[no].TagGroup; s.groupID(table.tags[no].Group) != group {
				return ErrTag.With("%q is not in the group", order[i])
			}
		}
		of.Order = int64(len(numbers) - i)
		if err := updateTag(tx, by.CorpID, of, group == ""); err != nil {
			return err
		}
	}
	return s.tellTag(ctx, tx, by, tagShuffled, group, true, strategy)
}

package customer

import (
	"context"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// What the rooms of customer contact above this one ask.

// Endpoint returns a call of customer contact, below /cgi-bin/externalcontact/: the system application may
// make it, a self-built one that is listed for customer contact, and a provider's with one of the grants.
func Endpoint(method, name string, doc int, h wire.Handler, grants ...string) wire.Endpoint {
	return endpoint(method, name, doc, h, grants...)
}

// PermitBase is the permission for the basic data of customers and their groups.
const PermitBase = permitBase

// Hears reports whether an application is told of events for which a provider's needs permissions.
func Hears(permissions ...string) func(access.Caller) bool { return hears(permissions...) }

// ShownAs returns an id as the receiver of a push knows it.
func ShownAs(tx *store.Tx, to event.Audience, form access.Form, own string) (string, error) {
	return shownAs(tx, to, form, own)
}

// Serving returns, of the members by number, those who have customer contact, are in the corp and are seen by
// the caller.
func (s *Service) Serving(tx *store.Tx, by access.Caller, members []int64) (map[int64]id.UserID, error) {
	return s.serving(tx, by, members)
}

// ServingMember returns a member whom the caller sees and who has customer contact. It answers 60111 for an unknown
// userid, 60011 for one out of range, and ErrNoContact.
func (s *Service) ServingMember(ctx context.Context, tx *store.Tx, by access.Caller, user id.UserID) (directory.Member, error) {
	m, serves, err := s.member(ctx, tx, by, user)
	if err == nil && !serves {
		err = ErrNoContact.With("%q has no customer contact", m.UserID)
	}
	return m, err
}

// Unlicensed returns which of the members, by number, have no licence for the calls of a provider's application
// about their customers (doc 95652). Nobody lacks one where none is needed.
func (s *Service) Unlicensed(ctx context.Context, tx *store.Tx, by access.Caller, members []int64) (map[int64]bool, error) {
	return s.unlicensed(ctx, tx, by, members)
}

// Contact returns the corp's customer of an id, whether anybody follows them or not. It answers ErrExternal and
// ErrExternalMissing.
func (s *Service) Contact(tx *store.Tx, corpID string, external id.ExternalID) (Contact, error) {
	return s.contact(tx, corpID, external)
}

// Contacts returns customers of the corp by their numbers.
func (s *Service) Contacts(tx *store.Tx, corpID string, numbers []int64) (map[int64]Contact, error) {
	list := make([]Follower, len(numbers))
	for i, no := range numbers {
		list[i].Customer = no
	}
	return selectContacts(tx, corpID, list)
}

// Meet returns the customer of the id, without one that of the contact's unionid, and makes a new one if the
// corp has none; nobody follows a new one. Whoever asks customer service or is in a group is a customer, too. It
// answers ErrExternal, and 40058 for a new customer without a name.
func (s *Service) Meet(tx *store.Tx, corpID string, external id.ExternalID, c Contact) (Contact, error) {
	if c.Kind == 0 {
		c.Kind = WeChat
	}
	a := Arrival{External: external, Contact: c}
	if external == "" && c.UnionID != "" {
		known, err := selectContactsWhere(tx, `corpid = ? AND unionid = ? AND unionid <> ''`, corpID, c.UnionID)
		if err != nil || len(known) > 0 {
			return append(known, Contact{})[0], err
		}
	}
	if err := a.valid(); err != nil {
		return Contact{}, err
	}
	return s.arriving(tx, corpID, a)
}

// OnAdded registers fn, which is called when a customer and a member have become friends, inside the
// transaction that makes them so.
func (s *Service) OnAdded(fn func(ctx context.Context, tx *store.Tx, by access.Caller, e ContactEvent) error) {
	s.kinds.contact[contactAdded].On(fn)
}

// Script runs a script in a corp, in a write transaction and as the program. It answers a refusal that names
// corpid if there is no such corp.
func (s *Service) Script(ctx context.Context, corpID string, fn func(tx *store.Tx, by access.Caller) error) error {
	return s.script(ctx, corpID, fn)
}

// Look is Script in a read transaction.
func (s *Service) Look(ctx context.Context, corpID string, fn func(tx *store.Tx, by access.Caller) error) error {
	return s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		if err := s.named(tx, corpID); err != nil {
			return err
		}
		return fn(tx, access.System(corpID))
	})
}

// ScriptPath is where a script of WeChat users and members is called.
func ScriptPath(name string) string { return "POST /_qiwei/wechat/" + strings.TrimPrefix(name, "/") }

// DayOf returns the beginning of the day in China, by which statistics and quotas count.
func DayOf(t time.Time) time.Time { return dayOf(t) }

// CountWay counts ways that were made or deleted: contact ways and join ways share one quota (doc 92229). It
// answers 41045 if there is no room for another.
func (s *Service) CountWay(tx *store.Tx, corpID string, n int64) error {
	if err := addWays(tx, corpID, n); err != nil || n < 0 {
		return err
	}
	all, err := countWays(tx, corpID)
	if err == nil && all > maxWays {
		err = errWayQuota.With("at most %d", maxWays)
	}
	return err
}

// CheckContent refuses a message that cannot be sent, as the page of welcome messages says (doc 92137).
func (s *Service) CheckContent(tx *store.Tx, corpID string, c Content) error {
	return s.checkContent(tx, corpID, c)
}

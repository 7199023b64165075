package customer

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// A person in WeChat may be known to the corp without following anybody: whoever asks customer service is one
// of its customers, by the same external_userid.

// Person returns the corp's customer of the id, whether anybody follows them or not. It answers ErrExternal
// and ErrExternalMissing.
func (s *Service) Person(tx *store.Tx, corpID string, external id.ExternalID) (Contact, error) {
	return s.contact(tx, corpID, external)
}

// Visitor returns the customer of the id, without one that of the contact's unionid, and makes a new one if the
// corp has none. It answers ErrExternal, and 40058 for a new customer without a name.
func (s *Service) Visitor(tx *store.Tx, corpID string, external id.ExternalID, c Contact) (Contact, error) {
	c.Kind = WeChat
	a := Arrival{External: external, Contact: c}
	if external == "" && c.UnionID != "" {
		known, err := selectContactsWhere(tx, `corpid = ? AND unionid = ? AND unionid <> ''`, corpID, c.UnionID)
		if err != nil || len(known) > 0 {
			return append(known, Contact{})[0], err
		}
	}
	if err := a.valid(); err != nil {
		return c, err
	}
	return s.arriving(tx, corpID, a)
}

// OnAdded registers fn, which is called when a customer and a member have become friends, inside the
// transaction that makes them so.
func (s *Service) OnAdded(fn func(ctx context.Context, tx *store.Tx, by access.Caller, e ContactEvent) error) {
	s.kinds.contact[contactAdded].On(fn)
}

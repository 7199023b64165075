package oauth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// A user ticket is valid for as long as the page of its call says (doc 91023), any number of times. The older
// call says expires_in 7200.
const (
	ticketLife    = 1800 * time.Second
	oldTicketLife = 7200 * time.Second
)

// Errors of user tickets (doc 90313).
var (
	ErrTicketExpired = wire.Code(84014, "user_ticket expired")
	ErrTicket        = wire.Code(84015, "invalid user_ticket")
	ErrTicketMissing = wire.Code(84090, "user_ticket missing")
)

// userTicket is what a ticket holds. It is sealed and not stored: it opens only for its corp, and names its
// application.
type userTicket struct {
	app, member int64
	scope       scope
	expires     int64 // Unix seconds
}

func (s *Service) ticket(tx *store.Tx, a app.App, m directory.Member, sc scope, life time.Duration) string {
	return s.deps.Box.SealText(seal.UserTicket, a.CorpID, fmt.Appendf(nil, "%d %d %d %s", a.No, m.No, tx.Now().Add(life).Unix(), sc))
}

func (s *Service) openTicket(tx *store.Tx, by access.Caller, text string) (t userTicket, err error) {
	if text == "" {
		return t, ErrTicketMissing
	}
	plain, err := s.deps.Box.OpenText(seal.UserTicket, by.CorpID, text)
	if err != nil {
		return t, ErrTicket
	}
	if _, err := fmt.Sscanf(string(plain), "%d %d %d %s", &t.app, &t.member, &t.expires, &t.scope); err != nil {
		return t, ErrTicket
	}
	switch {
	case t.app != by.App:
		return t, ErrTicket.With("it was given to another application")
	case tx.Now().Unix() >= t.expires:
		return t, ErrTicketExpired
	}
	return t, nil
}

// asWire reports whether the error is a refusal, and which.
func asWire(err error, into *wire.Error) bool { return errors.As(err, into) }

// Detail is what an application may read about a member: the fields are by their wire names, only those that
// the administrator allows and the member has ticked.
type Detail struct {
	Member directory.Member
	Fields map[string]string
	Named  bool // the name is shown, too: to applications from before 2022-06-20
}

// UserDetail returns what the ticket lets the caller read now. Withdrawing a
// field, in the console or by the member, takes effect on tickets at once.
func (s *Service) UserDetail(ctx context.Context, tx *store.Tx, by access.Caller, text string) (d Detail, err error) {
	t, err := s.openTicket(tx, by, text)
	if err != nil {
		return d, err
	}
	var found bool
	if d.Member, found, err = s.deps.Directory.MemberNo(tx, t.member); err != nil {
		return d, err
	}
	if !found || !d.Member.Enabled {
		return d, ErrTicket.With("the member is no longer there")
	}
	visible, err := s.deps.Directory.Sees(tx, by, d.Member)
	if err != nil {
		return d, err
	}
	if !visible { // the code is unverified
		return d, wire.ErrNoPrivilege.With("the member is outside the visible range")
	}
	a, err := s.deps.Apps.AppNo(tx, by.App)
	if err != nil {
		return d, err
	}
	var fields []string
	switch {
	case t.scope == scopePrivate:
		fields, err = s.Consent(tx, a, d.Member)
	case a.Legacy: // silent, without mobile and addresses
		fields = []string{"gender", "avatar"}
	}
	d.Named, d.Fields = a.Legacy, map[string]string{}
	for _, f := range fields {
		d.Fields[f] = s.fieldOf(d.Member, f)
	}
	return d, err
}

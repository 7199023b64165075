package kf

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

type kinds struct {
	message *event.Kind[MessageEvent]
	auth    *event.Kind[AuthEvent]
}

func (s *Service) declare(l *event.Log) kinds {
	return kinds{
		event.Declare(l, event.Declaration{
			Name: "kf_msg_or_event", Doc: 94670, Only: hears, Identity: []string{"OpenKfId"},
			Receivers: event.Receivers{access.CustomerService: event.Full, access.SelfBuilt: event.Full, access.Custom: event.Full, access.ThirdParty: event.Full},
		}, func() MessageEvent { return MessageEvent{Account: 999999, sample: true, s: s} }),
		event.Declare(l, event.Declaration{Name: "kf_account_auth_change", Doc: 97712, Identity: []string{"AuthAddOpenKfId", "AuthDelOpenKfId"}},
			func() AuthEvent { return AuthEvent{Added: []int64{999998}, Removed: []int64{999999}, s: s} }),
	}
}

// hears reports whether an application is told of messages.
func hears(to access.Caller) bool {
	if to.Kind.Installed() {
		return to.Granted(permitChat)
	}
	return to.Kind == access.CustomerService || to.MayCallOf(access.CustomerService)
}

// MessageEvent is something new in the list of an account. It says nothing of what: that is read (doc 94670).
type MessageEvent struct {
	Account int64

	sample bool
	s      *Service
}

// Push tells an application that manages the account, and gives it a token to read with.
func (e MessageEvent) Push(tx *store.Tx, to event.Audience) ([]event.Push, error) {
	if is, err := e.s.manages(tx, to.Caller, e.Account); err != nil || !is && !e.sample {
		return nil, err
	}
	open, err := e.s.shown(tx, to, e.Account)
	if err != nil {
		return nil, err
	}
	var f event.Fields
	f.Text("Token", e.s.token(to.CorpID, e.Account, tx.Now()))
	f.Text("OpenKfId", open)
	return []event.Push{{Event: "kf_msg_or_event", NoFrom: true, Fields: f}}, nil
}

// AuthEvent is a change of the accounts that an application manages (doc 97712).
type AuthEvent struct {
	App            int64
	Added, Removed []int64

	s *Service
}

// Receiver returns the application.
func (e AuthEvent) Receiver() event.Receiver { return event.Receiver{App: e.App} }

// Push names each account in an element of its own.
func (e AuthEvent) Push(tx *store.Tx, to event.Audience) ([]event.Push, error) {
	var f event.Fields
	for _, part := range []struct {
		name string
		list []int64
	}{{"AuthAddOpenKfId", e.Added}, {"AuthDelOpenKfId", e.Removed}} {
		for _, no := range part.list {
			open, err := e.s.shown(tx, to, no)
			if err != nil {
				return nil, err
			}
			f.Text(part.name, open)
		}
	}
	return []event.Push{{Event: "kf_account_auth_change", Fields: f}}, nil
}

// shown returns the id by which a receiver knows an account.
func (s *Service) shown(tx *store.Tx, to event.Audience, account int64) (string, error) {
	own := string(s.OpenKfID(account))
	if to.IDs == nil {
		return own, nil
	}
	known, err := to.IDs.Shown(tx, to.CorpID, access.ServiceAccountID, []string{own})
	if shown, ok := known[own]; ok {
		own = shown
	}
	return own, err
}

// tell records that there is something new. The platform tells it, whoever has caused it.
func (s *Service) tell(tx *store.Tx, a Account) error {
	return s.kinds.message.Record(tx.Context(), tx, access.System(a.CorpID), MessageEvent{Account: a.No, s: s})
}

// tellAuth tells an application which accounts it manages from now on, and which no more. One that would need a
// permission and has none is told of the latter alone (doc 97712).
func (s *Service) tellAuth(ctx context.Context, tx *store.Tx, by access.Caller, app int64, added, removed []int64) error {
	a, err := s.deps.Apps.AppNo(tx, app)
	if err != nil {
		return err
	}
	to, err := s.deps.Apps.Caller(tx, a)
	if err != nil || len(removed) == 0 && !hears(to) {
		return err
	}
	return s.kinds.auth.Record(ctx, tx, by, AuthEvent{App: app, Added: added, Removed: removed, s: s})
}

// tokenLife is how long the token of a callback is good (doc 94670).
const tokenLife = 10 * time.Minute

// tokenHead stands before tokens.
const tokenHead = "ENC"

// ErrToken refuses a token that is no longer good, or another account's (doc 90313).
var ErrToken = wire.Code(95007, "invalid msgtoken")

func (s *Service) token(corpID string, account int64, now time.Time) string {
	return tokenHead + s.deps.Box.SealText(seal.ServiceToken, tokenPlace(corpID, account), []byte(strconv.FormatInt(now.UnixMilli(), 10)))
}

func tokenPlace(corpID string, account int64) string { return fmt.Sprint(corpID, " ", account) }

func (s *Service) checkToken(a Account, token string, now time.Time) error {
	plain, err := s.deps.Box.OpenText(seal.ServiceToken, tokenPlace(a.CorpID, a.No), strings.TrimPrefix(token, tokenHead))
	if err != nil {
		return ErrToken.With("the Token of a callback about this account expected")
	}
	at, err := strconv.ParseInt(string(plain), 10, 64)
	if err != nil || now.Sub(time.UnixMilli(at)) > tokenLife {
		return ErrToken.With("it was good for %d minutes", int(tokenLife.Minutes()))
	}
	return nil
}

// renameMember lets messages follow a member whose userid has changed.
func (s *Service) renameMember(_ context.Context, tx *store.Tx, by access.Caller, e directory.MemberUpdatedEvent) error {
	if e.NewUserID == "" {
		return nil
	}
	return renameServicer(tx, by.CorpID, e.UserID, id.UserID(e.NewUserID))
}

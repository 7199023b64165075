// Package token issues access tokens and JS-SDK tickets and resolves a token to the application that it was
// issued to. It serves /cgi-bin/gettoken (doc 91039), get_jsapi_ticket, ticket/get (doc 90506) and the
// address lists (doc 90238, 92520).
//
// A token is not stored. It is the application's number, its round and the time of issue, sealed; the
// application's row says which round is valid and when the present token was issued. So every server on the
// database can compute the same token while it is valid, and an old one is known to have expired rather than
// to be unknown.
package token

import (
	"context"
	"embed"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"sync/atomic"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Migrations is the room's part of the schema.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Life is how long a token or a ticket is valid (doc 91039).
const Life = 7200 * time.Second

// Deps is what the room needs.
type Deps struct {
	Apps *app.Service
	Box  *seal.Box
	// Dev takes shorter lives and given tokens, which are for tests.
	Dev bool
	// Life is how long the tokens of applications are valid in dev; 0 is Life.
	Life time.Duration
	// Limits turns on the ban of addresses that guess secrets.
	Limits bool
	// OwnCorp returns the corpid behind one that a provider knows a corp by, empty where
	// there is none (doc 97164).
	OwnCorp func(tx *store.Tx, shown string) (string, error)
	// Addresses are the server's own, for the lists of addresses.
	Addresses func() []netip.Addr
}

// Service issues and resolves tokens.
type Service struct {
	deps    Deps
	guesses *wire.Limiter
	life    atomic.Int64 // seconds, of applications that have none of their own
}

// New returns the room.
func New(d Deps) *Service {
	s := &Service{deps: d, guesses: wire.NewLimiter()}
	if d.Life == 0 {
		d.Life = Life
	}
	s.life.Store(int64(d.Life / time.Second))
	return s
}

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint {
	return append(s.tokenEndpoints(), append(s.ticketEndpoints(), s.addressEndpoints()...)...)
}

// state is what the application's row says about its tokens.
type state struct {
	version int64 // of the application's row
	round   int64
	issued  int64 // Unix seconds
	own     int64 // seconds that the application's tokens are valid, 0 for the server's
}

// text computes the token issued to the application at the time. It is 71 characters; the platform allows 512
// bytes.
func (s *Service) text(no, round, issued int64) string {
	var plain [24]byte
	binary.BigEndian.PutUint64(plain[0:], uint64(no))
	binary.BigEndian.PutUint64(plain[8:], uint64(round))
	binary.BigEndian.PutUint64(plain[16:], uint64(issued))
	return base64.RawURLEncoding.EncodeToString(s.deps.Box.SealSame(seal.AccessToken, "", plain[:]))
}

// open reads a token back; ok is false if it is not one of ours.
func (s *Service) open(text string) (no, round, issued int64, ok bool) {
	plain, err := s.deps.Box.OpenText(seal.AccessToken, "", text)
	if err != nil || len(plain) != 24 {
		return 0, 0, 0, false
	}
	n := func(i int) int64 { return int64(binary.BigEndian.Uint64(plain[i:])) }
	return n(0), n(8), n(16), true
}

// Resolve returns the caller behind a token. An old token is ErrExpired. Any other invalid one, including
// after a reset secret, is ErrInvalid: clients fetch a new token on either.
func (s *Service) Resolve(tx *store.Tx, text string) (access.Caller, error) {
	k, err := s.known(tx, text)
	switch {
	case err != nil:
		return access.Caller{}, fmt.Errorf("resolve token: %w", err)
	case k == nil:
		return access.Caller{}, wire.ErrInvalid
	case !k.given && !s.alive(k.state, tx.Now()):
		return access.Caller{}, wire.ErrExpired
	}
	return k.caller, nil
}

// keptToken is an application as the caller of the token that is kept with it.
type keptToken struct {
	state
	given  bool // and never expires
	caller access.Caller
}

// size returns the size of the cached value in bytes. An invalid token is not cached, so that strangers
// cannot fill the memory with guesses.
func (k *keptToken) size() int {
	if k == nil {
		return -1
	}
	return callerSize
}

// callerSize is about what a caller takes. Its lists are shared with the
// application's room.
const callerSize = 400

// known returns the application behind a token of its present round, expired or not; nil if there is none.
// Opening a token costs more than all the rest, so the opened form is cached. The caller depends on the
// corp's settings too, but changing those raises the versions of the corp's applications.
func (s *Service) known(tx *store.Tx, text string) (*keptToken, error) {
	return store.RecallTable(tx, "app", "token "+text, (*keptToken).size, func() (*keptToken, error) {
		no, round, issued, ok := s.open(text)
		if !ok {
			return s.given(tx, text)
		}
		k := &keptToken{state: state{issued: issued}}
		_, err := tx.Get(`SELECT version, token_round, token_life FROM app WHERE no = ?`, []any{no}, &k.version, &k.round, &k.own)
		if err != nil || k.round != round { // no application has round 0
			return nil, err
		}
		k.caller, err = s.caller(tx, no, k.version)
		return k, err
	})
}

// caller returns the application as a caller; version is that of its row.
func (s *Service) caller(tx *store.Tx, no, version int64) (access.Caller, error) {
	by, err := s.deps.Apps.CallerNo(tx, no, version)
	if errors.Is(err, app.ErrNotFound) {
		return by, wire.ErrInvalid
	}
	return by, err
}

// issue makes sure that the application has a valid token and returns it with its remaining seconds. If two
// servers find it expired, one writes the new time of issue and the other reads it.
func (s *Service) issue(ctx context.Context, st *store.Store, no int64) (text string, left int64, err error) {
	err = st.Write(ctx, func(tx *store.Tx) error {
		now := tx.Now().Unix()
		if _, err := tx.Exec(`UPDATE app SET token_issued_at = ? WHERE no = ?
			AND (token_issued_at <= ? - CASE WHEN token_life > 0 THEN token_life ELSE ? END OR token_issued_at > ?)`,
			now, no, now, s.lifeOf(0), now); err != nil {
			return fmt.Errorf("issue token: %w", err)
		}
		var cur state
		if _, err := tx.Get(`SELECT token_round, token_issued_at, token_life FROM app WHERE no = ?`, []any{no}, &cur.round, &cur.issued, &cur.own); err != nil {
			return fmt.Errorf("issue token: %w", err)
		}
		text, left = s.text(no, cur.round, cur.issued), s.left(cur, tx.Now())
		return nil
	})
	return text, left, err
}

var _ wire.Resolver = (*Service)(nil)

// Issue returns the living token of an application and the seconds that it has
// left, and issues one where there is none. It is for rooms that hand out tokens for
// another credential than a secret.
func (s *Service) Issue(ctx context.Context, st *store.Store, a app.App) (text string, left int64, err error) {
	var cur state
	if err := st.Read(ctx, func(tx *store.Tx) error {
		_, err := tx.Get(`SELECT token_round, token_issued_at, token_life FROM app WHERE no = ?`, []any{a.No}, &cur.round, &cur.issued, &cur.own)
		return err
	}); err != nil {
		return "", 0, err
	}
	if now := st.Now(); s.alive(cur, now) && cur.issued <= now.Unix() {
		return s.text(a.No, cur.round, cur.issued), s.left(cur, now), nil
	}
	return s.issue(ctx, st, a.No)
}

// Give returns a token of the application, as gettoken would with its secret. It is
// for calls that an administrator makes in the application's name.
func (s *Service) Give(ctx context.Context, st *store.Store, a app.App) (string, error) {
	text, _, err := s.issue(ctx, st, a.No)
	return text, err
}

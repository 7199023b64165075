// Package login signs members in: the sign-in pages with passwords, passkeys and invitations, the gate that
// every session passes, the sessions themselves, and what ends with a credential. Web authorisation, which
// lets a signed-in member into an application, is package oauth's.
//
//	picker (dev), password, passkey,
//	invitation, QR code ──> Identity ──> gate ──> session
//	                                       └────> pending ──> company's page ──> session
//
// A pending session is good only for the way to the company's page (verify.go). Rooms above that have pages
// for members call SignedIn or Require, or Page to look like the pages here.
package login

import (
	"context"
	"embed"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime"
	"slices"
	"sync"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/login/page"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/token"
)

// Migrations is the room's part of the schema.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Deps is what the room needs.
type Deps struct {
	Store     *store.Store
	Corps     *corp.Service
	Directory *directory.Service
	Apps      *app.Service
	Tokens    *token.Service
	Box       *seal.Box
	Log       *slog.Logger
	// BaseURL is where members reach this server, without a slash at the end. QR codes lead there, and
	// passkeys are bound to its host.
	BaseURL func() string
	// ClientIP says where a request comes from.
	ClientIP func(*http.Request) netip.Addr
	// Dev lets everyone sign in as any member, by a click or a POST.
	Dev bool
	// Observe is called for each attempt to begin a session; it may be nil.
	Observe func(Attempt)
}

// Service signs members in.
type Service struct {
	// CredentialsEnded is for rooms that keep something that a member's credentials have opened.
	CredentialsEnded Endings

	deps    Deps
	pages   *page.Pages
	hashing chan struct{} // one slot for each password that may be hashed at a time
	nobody  func() string // the hash that stands in for members without a password
	// Package oauth sets these.
	sendPending func(*Visit, Session, string) error
	desk        func(*Visit, Asked) error
	granted     []func(context.Context, *store.Tx, Session) ([]Granted, error)
	onEnd       []func(context.Context, *store.Tx, Ended) error
	// Attempts that are still to be told, and who is told of them.
	tallies   tallies
	onTallied []func(context.Context, *store.Tx, []Tally) error
	onEntered []func(context.Context, *store.Tx, Attempt) error
}

// New returns the room.
func New(d Deps) *Service {
	s := &Service{
		deps:    d,
		pages:   page.New(page.Options{Dev: d.Dev}),
		hashing: make(chan struct{}, min(runtime.NumCPU(), 4)),
		nobody:  sync.OnceValue(hashOfNobody),
	}
	d.Directory.MemberUpdated.On(s.memberUpdated)
	d.Directory.MemberDeleted.On(s.memberDeleted)
	return s
}

// Stop reports the refusals that are left.
func (s *Service) Stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := s.tellTallied(ctx); err != nil {
		s.deps.Log.Warn("note refused sign-ins", "err", err)
	}
}

// Routes returns the room's pages.
func (s *Service) Routes() []door.Route {
	routes := slices.Concat(s.signInRoutes(), s.accountRoutes(), s.passwordRoutes(), s.invitationRoutes(), s.passkeyRoutes(),
		s.cardRoutes(), s.errorCodeRoutes(), s.jssdkRoutes())
	return append(routes, door.Route{Pattern: "GET " + page.AssetPrefix, Handler: page.Assets()})
}

// Sweep deletes what has expired. It may run on several servers at once.
func (s *Service) Sweep(ctx context.Context) error {
	if err := s.tellTallied(ctx); err != nil {
		return err
	}
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		now := tx.Now()
		for _, stale := range []struct {
			where  string
			before time.Time
		}{
			{`login_session WHERE expires_at <= ?`, now},
			{`login_challenge WHERE expires_at <= ?`, now},
			{`login_invitation WHERE expires_at <= ?`, now.Add(-invitationMemory)},
			{`login_familiar WHERE seen_at <= ?`, now.Add(-familiarMemory)},
			{`login_ending WHERE gone = 1 AND at <= ?`, now.Add(-endingMemory)},
		} {
			if _, err := tx.Exec(`DELETE FROM `+stale.where, stale.before.UnixMilli()); err != nil {
				return err
			}
		}
		return sweepGuesses(tx)
	})
}

// corpOf returns the corp with the id; found is false if there is none.
func (s *Service) corpOf(tx *store.Tx, corpID string) (c corp.Corp, found bool, err error) {
	c, err = s.deps.Corps.Corp(tx, corpID)
	if err == corp.ErrNotFound {
		return c, false, nil
	}
	return c, err == nil, err
}

// sees reports whether the member is in the application's visible range.
func (s *Service) sees(tx *store.Tx, a app.App, m directory.Member) (bool, error) {
	return s.deps.Directory.InRange(tx, a.CorpID, a.Range, m)
}

// greet records the first use ever, or of a day: the member becomes active and counts as present that day.
func (s *Service) greet(ctx context.Context, tx *store.Tx, corpID string, m directory.Member) error {
	if err := s.deps.Directory.Activate(ctx, tx, access.System(corpID), m.UserID); err != nil {
		return err
	}
	return s.deps.Directory.RecordActivity(tx, corpID, m)
}

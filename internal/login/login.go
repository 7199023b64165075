// Package login signs members in and lets them into applications. It serves
// /connect/oauth2/authorize (doc 91022), the QR pages of /wwopen/sso/ (doc 91019)
// and /wwlogin/sso/ (doc 98152), the calls that redeem what those hand out (doc
// 91023, 95833), and the second verification (doc 99519).
//
// How a member comes to an application:
//
//	picker (dev), password,            consent        getuserinfo    getuserdetail
//	passkey, invitation ──> session ──> authorize ──> code ──> user ticket ──> fields
//	                         │   │                     ▲
//	                         │   └───> QR confirmed ───┘  (no ticket)
//	                         │
//	                         └ pending ──> company's page ──> authsucc, tfa_succ
//
// Each step writes what it found out to the database and hands back; none calls
// the next. A session that is pending is good for nothing but the way to the
// company's page (verify.go).
//
// Whoever builds a page for members above this room asks SignedIn or Require.
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
	"qiwei/internal/login/page"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/token"
	"qiwei/internal/wire"
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
	// BaseURL is where members reach this server, without a slash at the end. QR
	// codes lead there, and passkeys belong to its host.
	BaseURL func() string
	// ClientIP says where a request comes from.
	ClientIP func(*http.Request) netip.Addr
	// Dev lets everyone sign in as any member, by a click or a POST.
	Dev bool
	// Observe is told of each attempt to begin a session; it may be nil.
	Observe func(Attempt)
}

// Service signs members in.
type Service struct {
	// CredentialsEnded is for rooms that keep what a member's credentials have opened.
	CredentialsEnded Endings

	deps    Deps
	pages   *page.Pages
	hashing chan struct{} // one for each password that may be hashed at a time
	nobody  func() string // the hash that stands in for members without a password
	shown   *wire.Limiter // QR codes shown to an address
	waiting waiting       // pages that wait for their QR code
	granted []func(context.Context, *store.Tx, Session) ([]Granted, error)
	onEnd   []func(context.Context, *store.Tx, Ended) error
	// Refusals that are still to be told, and who is told of them.
	tallies   tallies
	onRefused []func(context.Context, *store.Tx, []Tally) error
	stop      func()
	stopped   context.Context
}

// New returns the room.
func New(d Deps) *Service {
	s := &Service{
		deps:    d,
		pages:   page.New(page.Options{Dev: d.Dev}),
		hashing: make(chan struct{}, min(runtime.NumCPU(), 4)),
		nobody:  sync.OnceValue(hashOfNobody),
		shown:   wire.NewLimiter(),
	}
	s.stopped, s.stop = context.WithCancel(context.Background())
	d.Directory.MemberUpdated.On(s.memberUpdated)
	d.Directory.MemberDeleted.On(s.memberDeleted)
	return s
}

// Stop ends the requests that wait for a QR code to be scanned, so that a server
// that shuts down need not, and tells what is still to be told.
func (s *Service) Stop() {
	s.stop()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := s.tellRefused(ctx); err != nil {
		s.deps.Log.Warn("note refused sign-ins", "err", err)
	}
}

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint {
	return slices.Concat(s.userInfoEndpoints(), s.userDetailEndpoints(), s.verifyEndpoints())
}

// Route is a page, or something that a page asks for, outside the API.
type Route struct {
	Pattern string // for http.ServeMux
	Handler http.Handler
}

// Routes returns the room's pages.
func (s *Service) Routes() []Route {
	routes := slices.Concat(s.signInRoutes(), s.accountRoutes(), s.passwordRoutes(), s.invitationRoutes(), s.passkeyRoutes(),
		s.authorizeRoutes(), s.consentRoutes(), s.scanRoutes(), s.scanSignInRoutes(), s.cardRoutes(), s.errorCodeRoutes(), s.jssdkRoutes())
	return append(routes, Route{"GET " + page.AssetPrefix, page.Assets()})
}

// Sweep deletes what has had its time. It may run on several servers at once.
func (s *Service) Sweep(ctx context.Context) error {
	if err := s.tellRefused(ctx); err != nil {
		return err
	}
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		now := tx.Now()
		for _, stale := range []struct {
			where  string
			before time.Time
		}{
			{`login_session WHERE expires_at <= ?`, now},
			{`login_code WHERE expires_at <= ?`, now.Add(-codeMemory)},
			{`login_scan WHERE expires_at <= ?`, now.Add(-scanMemory)},
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

// corpOf returns the corp with the id; found is false where there is none.
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

// greet does what the first use of a day, or of all, brings about: the member
// becomes active and counts among those who were there.
func (s *Service) greet(ctx context.Context, tx *store.Tx, corpID string, m directory.Member) error {
	if err := s.deps.Directory.Activate(ctx, tx, access.System(corpID), m.UserID); err != nil {
		return err
	}
	return s.deps.Directory.RecordActivity(tx, corpID, m)
}

// Package gate lets members in at hosts that a reverse proxy protects: nginx by auth_request, Traefik, Caddy
// and others by forward authentication. The proxy asks /auth/verify with each request, and the answer's
// headers say who the visitor is.
//
// Cookies belong to a host. A member's session is at ours, so the browser goes there and comes back with a
// ticket:
//
//	the site                              our host
//	/page ─ verify says 401
//	/auth/start ── request, sealed ─────> /auth/enter: session, range
//	   │ a nonce stays in the browser        │
//	/auth/callback <── ticket, once, ────────┘
//	   │ nonce and ticket belong together
//	/page ─ verify says 200 and who
//
// The browser's pass depends on the member's session and ends with it, wherever the session is ended. A
// browser cannot choose where it is led: only to the hosts in the table, and to each of them only with a
// ticket made for that host.
package gate

import (
	"context"
	"embed"
	"log/slog"
	"net/http"

	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/login"
	"qiwei/internal/seal"
	"qiwei/internal/store"
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
	Login     *login.Service
	Box       *seal.Box
	Log       *slog.Logger
	// BaseURL is where members sign in, without a slash at the end.
	BaseURL func() string
	// Trusted reports whether one of our proxies set the request's X-Forwarded-Host and similar headers.
	Trusted func(*http.Request) bool
}

// Service guards sites.
type Service struct{ deps Deps }

// New returns the room.
func New(d Deps) *Service { return &Service{d} }

const (
	verifyPath   = "/auth/verify"
	startPath    = "/auth/start"
	enterPath    = "/auth/enter"
	callbackPath = "/auth/callback"
	signOutPath  = "/auth/sign-out"
)

// Routes returns the room's paths.
func (s *Service) Routes() []door.Route {
	return []door.Route{
		{Pattern: verifyPath, Handler: http.HandlerFunc(s.verify)}, // the proxy may use any method
		{Pattern: "GET " + startPath, Handler: http.HandlerFunc(s.start)},
		{Pattern: "GET " + enterPath, Handler: http.HandlerFunc(s.enter)},
		{Pattern: "GET " + callbackPath, Handler: http.HandlerFunc(s.callback)},
		{Pattern: "GET " + signOutPath, Handler: http.HandlerFunc(s.signOut)},
	}
}

// Sweep deletes expired tickets.
func (s *Service) Sweep(ctx context.Context) error {
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`DELETE FROM gate_ticket WHERE expires_at <= ?`, tx.Now().UnixMilli())
		return err
	})
}

// Package founding makes a server's first enterprise, and an enterprise's first admin, in a browser. Whoever
// can run the program on the server's data gets a link that is good once; nothing here is open without it.
//
//	qiwei corp link ──> /setup?key=… ──> enterprise, member, admin ──> invitation ──> password or passkey
//	                                                                                   └──> /setup/done
//
// How the admin signs in is package login's: the first step ends with an invitation, and the browser that made
// it is led there.
package founding

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"

	"qiwei/internal/admin"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/login"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Deps is what the room needs.
type Deps struct {
	Store     *store.Store
	Corps     *corp.Service
	Directory *directory.Service
	Admins    *admin.Service
	Login     *login.Service
	Box       *seal.Box
	Log       *slog.Logger
	// Found makes a corp with what every corp has.
	Found func(ctx context.Context, tx *store.Tx, c corp.Corp) (corp.Corp, error)
	// BaseURL is where members reach this server, without a slash at the end.
	BaseURL  func() string
	ClientIP func(*http.Request) netip.Addr
	// Addresses are those of this machine, from which callbacks come.
	Addresses func() []netip.Addr
	// PrivateCallbacks is whether callback URLs may lead to private networks.
	PrivateCallbacks bool
}

// Service founds enterprises.
type Service struct {
	deps  Deps
	wrong *wire.Limiter // wrong keys by address
}

// New returns the room.
func New(d Deps) *Service { return &Service{deps: d, wrong: wire.NewLimiter()} }

// Migrations is the room's part of the schema.
func (s *Service) Migrations() fs.FS { return migrations }

// Routes returns the room's pages.
func (s *Service) Routes() []door.Route {
	return []door.Route{
		{Pattern: "GET " + Path, Handler: s.deps.Login.Page(s.open)},
		{Pattern: "POST " + Path, Handler: s.deps.Login.Form(s.found)},
		{Pattern: "GET " + donePath, Handler: s.deps.Login.Page(s.done)},
	}
}

// Start does nothing: links age by themselves.
func (s *Service) Start() {}

// Stop does nothing.
func (s *Service) Stop() {}

// Sweep removes links that have expired.
func (s *Service) Sweep(ctx context.Context) error {
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`DELETE FROM founding_link WHERE expires_at <= ?`, tx.Now().UnixMilli())
		return err
	})
}

// Package register keeps promotion packages (推广二维码) and the enterprises that register
// by them. It serves the registration calls of /cgi-bin/service/, agent/set_scope and
// sync/contact_sync_success (doc 90578).
//
//	package ──get_register_code──> register_code ──link──> new enterprise with the package's suites
//	                                                        └─> contact-sync token, for 30 minutes
//
// The page behind the link is package install's; in dev a script registers as well. That the directory is locked while
// it is being filled is not built.
package register

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/event"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/internal/wire"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Deps is what the room needs.
type Deps struct {
	Store     *store.Store
	Corps     *corp.Service
	Directory *directory.Service
	Apps      *app.Service
	Suites    *suite.Service
	Events    *event.Log
	Box       *seal.Box
	Log       *slog.Logger
	// Found makes a corp with what every corp has.
	Found func(ctx context.Context, tx *store.Tx, c corp.Corp) (corp.Corp, error)
}

// Service keeps packages and registrations.
type Service struct {
	deps  Deps
	kinds kinds
}

// New returns the room.
func New(d Deps) *Service { return &Service{deps: d, kinds: declareKinds(d.Events)} }

// Migrations is the room's part of the schema.
func (s *Service) Migrations() fs.FS { return migrations }

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint {
	return slices.Concat(s.codeEndpoints(), s.scopeEndpoints())
}

// Start does nothing: codes age by themselves.
func (s *Service) Start() {}

// Stop does nothing.
func (s *Service) Stop() {}

// Sweep removes codes that nobody has used.
func (s *Service) Sweep(ctx context.Context) error {
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`DELETE FROM register_code WHERE used_at = 0 AND created_at < ?`, tx.Now().Add(-2*askWithin).UnixMilli())
		return err
	})
}

const (
	codeLife  = 600 * time.Second // within which the link is opened (doc 90581)
	pageLife  = time.Hour         // for which the page may then stay open; the platform names no limit
	askWithin = 24 * time.Hour    // within which its outcome can be asked for (doc 90582)
	tokenLife = 1800 * time.Second
	maxState  = 128 // letters and digits
	maxID     = 128 // bytes of a template_id
	maxSuites = 15  // of a package (doc 90578)
)

// Errors of registrations (doc 90581 and neighbours).
var (
	ErrNoTemplate = wire.Code(84019, "template id missing")
	ErrTemplate   = wire.Code(84020, "template id not found")
	ErrNoCode     = wire.Code(84021, "register_code missing")
	ErrCode       = wire.Code(84022, "invalid register_code")
	ErrNotSyncing = wire.Code(84023, "contact sync completion may not be called")
	ErrNoInfo     = wire.Code(84024, "no register info")
)

var providers = access.Allow{access.Provider: access.All}

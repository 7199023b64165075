// Package emergency keeps the calls of emergency notices (紧急通知应用), by which an application has the platform
// ring members up. It serves /cgi-bin/pstncc/ (doc 91627). qiwei places no calls: in dev a script answers them, and
// one that nobody answers rings out.
package emergency

import (
	"embed"
	"io/fs"
	"log/slog"

	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Deps is what the room needs.
type Deps struct {
	Store     *store.Store
	Corps     *corp.Service
	Directory *directory.Service
	Log       *slog.Logger
}

// Service keeps calls.
type Service struct{ deps Deps }

// New returns the room.
func New(d Deps) *Service { return &Service{d} }

// Migrations is the room's part of the schema.
func (s *Service) Migrations() fs.FS { return migrations }

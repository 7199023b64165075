// Package dial keeps the records of calls by the enterprise's telephone (公费电话), which the enterprise pays
// for. It serves /cgi-bin/dial/ (doc 93662). qiwei places no calls; in dev a script records them.
package dial

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

// Service keeps records of calls.
type Service struct{ deps Deps }

// New returns the room.
func New(d Deps) *Service {
	s := &Service{d}
	d.Directory.MemberUpdated.On(s.renameMember)
	return s
}

// Migrations is the room's part of the schema.
func (s *Service) Migrations() fs.FS { return migrations }

// Package hr is the HR assistant (人事助手): the fields of an enterprise's roster, and what it has of each member. It
// serves /cgi-bin/hr/ (doc 99130). The basic fields are the directory's own, so that a name changed here is
// changed everywhere.
package hr

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/media"
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
	Media     *media.Service
	Log       *slog.Logger
}

// Service keeps the rosters.
type Service struct{ deps Deps }

// New returns the room.
func New(d Deps) *Service {
	s := &Service{d}
	d.Directory.OnMemberLeaving(s.memberLeaving)
	return s
}

// Migrations is the room's part of the schema.
func (s *Service) Migrations() fs.FS { return migrations }

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint {
	list := []wire.Endpoint{
		{Method: "GET", Path: "/cgi-bin/hr/get_fields", Doc: 99131, Handle: wire.Read(s.getFields)},
		{Method: "POST", Path: "/cgi-bin/hr/get_staff_info", Doc: 99132, Handle: wire.Read(s.getStaffInfo)},
		{Method: "POST", Path: "/cgi-bin/hr/update_staff_info", Doc: 99133, Handle: wire.Write(s.updateStaffInfo)},
	}
	for i := range list { // the permissions are the same for all (doc 99130)
		list[i].Family = access.HR
		list[i].Allow = access.Allow{access.HR: access.InRange, access.SelfBuilt: access.Listed}
	}
	return list
}

// memberLeaving ends the files of a member who leaves. The row goes with the member's.
func (s *Service) memberLeaving(ctx context.Context, tx *store.Tx, by access.Caller, m directory.Member) error {
	staff, err := selectStaff(tx, by.CorpID, m.No)
	if err != nil {
		return err
	}
	for _, values := range staff {
		for _, v := range values {
			if err := s.forget(tx, by.CorpID, v); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Service) forget(tx *store.Tx, corpID string, v Value) error {
	for _, mediaID := range v.Files {
		if err := s.deps.Media.Forget(tx, corpID, mediaID); err != nil {
			return err
		}
	}
	return nil
}

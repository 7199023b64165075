// Package health has health reports (健康上报): what members are asked, by day, and what they answered. It serves
// /cgi-bin/health/ (doc 93676 and neighbours). Members answer by their phone's calls, or by scripts in dev. Reports
// of parents need schools, which are not built.
package health

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/login"
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
	Member    door.Door[login.Session]
	Log       *slog.Logger
}

// Service keeps health reports.
type Service struct{ deps Deps }

// New returns the room.
func New(d Deps) *Service {
	s := &Service{d}
	d.Directory.MemberUpdated.On(s.renameMember)
	return s
}

// Migrations is the room's part of the schema.
func (s *Service) Migrations() fs.FS { return migrations }

// china is the zone of the days that the calls name.
var china = time.FixedZone("CST", 8*3600)

func dayOf(t time.Time) string { return t.In(china).Format(time.DateOnly) }

// How far back reports can be read (docs 93676, 93678).
const (
	maxStatBack   = 30
	maxAnswerBack = 14
)

// within checks a day that a call names: not to come, and not too far back.
func within(day string, now time.Time, back int) error {
	if day == "" {
		return wire.ErrEmpty.With("date is missing")
	}
	if _, err := time.ParseInLocation(time.DateOnly, day, china); err != nil {
		return wire.ErrParameter.With("date: a day such as 2020-03-27 expected")
	}
	if day > dayOf(now) || day < dayOf(now.AddDate(0, 0, -back)) {
		return wire.ErrParameter.With("date: one of the last %d days expected", back)
	}
	return nil
}

// renameMember lets reports follow a member whose userid has changed.
func (s *Service) renameMember(ctx context.Context, tx *store.Tx, by access.Caller, e directory.MemberUpdatedEvent) error {
	if e.NewUserID == "" {
		return nil
	}
	return renameMember(tx, by.CorpID, e.UserID, e.NewUserID)
}

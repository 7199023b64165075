// Package journal is the application for reports (汇报): templates, what members write by them every day, week or
// month, and who has and who has not. It serves /cgi-bin/oa/journal/ (doc 93496). Members write by their phone,
// or by scripts in dev.
package journal

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/form"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/media"
	"qiwei/internal/message"
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
	Media     *media.Service
	Messages  *message.Service
	Member    door.Door[login.Session]
	Box       *seal.Box
	Log       *slog.Logger
	// BaseURL is where clients reach this server.
	BaseURL func() string
}

// Service keeps reports.
type Service struct{ deps Deps }

// New returns the room.
func New(d Deps) *Service {
	s := &Service{d}
	d.Directory.MemberUpdated.On(s.renameMember)
	return s
}

// Migrations is the room's part of the schema.
func (s *Service) Migrations() fs.FS { return migrations }

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint {
	return slices.Concat(s.recordEndpoints(), s.statEndpoints())
}

// Errors of reports (doc 93393).
var (
	ErrRight     = wire.Code(301065, "no right to read journal data")
	ErrParameter = wire.Code(301066, "invalid journal request parameter")
)

func (s *Service) files() form.Files { return form.Files{Media: s.deps.Media, Table: "journal_file"} }

// look answers what a form names. Reports have no leave and no related approvals.
type look struct{ form.Look }

// Related finds nothing.
func (look) Related(string) (form.Related, string, bool, error) {
	return form.Related{}, "", false, nil
}

// Vacations are none.
func (look) Vacations() (map[int64]string, error) { return nil, nil }

// renameMember lets reports follow a member whose userid has changed.
func (s *Service) renameMember(ctx context.Context, tx *store.Tx, by access.Caller, e directory.MemberUpdatedEvent) error {
	if e.NewUserID == "" {
		return nil
	}
	corpID, old, now := by.CorpID, e.UserID.Key(), e.NewUserID.Key()
	list, err := selectRecords(tx, `corpid = ? AND no IN (SELECT journal FROM journal_person WHERE corpid = ? AND userkey = ?) ORDER BY no`, corpID, corpID, old)
	if err != nil {
		return err
	}
	rename := func(u *id.UserID) {
		if u.Equal(e.UserID) {
			*u = e.NewUserID
		}
	}
	for _, r := range list {
		r.eachUser(rename)
		if err := updateRecord(tx, r); err != nil {
			return err
		}
	}
	for _, change := range []string{
		`UPDATE journal_person SET userkey = ? WHERE corpid = ? AND userkey = ?`, `UPDATE journal_record SET submitter = ? WHERE corpid = ? AND submitter = ?`,
	} {
		if _, err := tx.Exec(change, now, corpID, old); err != nil {
			return err
		}
	}
	templates, err := selectTemplates(tx, `corpid = ? AND lower(body) `+store.Like, corpID, store.Pattern("", `"`+old+`"`, ""))
	if err != nil {
		return err
	}
	for _, t := range templates {
		for _, users := range [][]id.UserID{t.Range.Members, t.White.Members, t.Receivers.Users} {
			for i := range users {
				rename(&users[i])
			}
		}
		if err := updateTemplate(tx, t); err != nil {
			return err
		}
	}
	return nil
}

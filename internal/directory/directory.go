// Package directory keeps the members, departments and tags of a corp. It serves /cgi-bin/user/,
// /cgi-bin/department/, /cgi-bin/tag/ and /cgi-bin/batch/ (doc 90193 and neighbours), reads the corp's
// settings from corp, and is read by everything above it. People join through internal/join; internal/sheet
// reads and writes files of members and departments.
//
// A caller sees what its visible range holds. The range is part of every query. What lies outside does not
// exist for the caller, except where WeCom distinguishes the two. A table says which fields it reads of what
// lies inside (member_field.go, department_fields.go).
package directory

import (
	"context"
	"embed"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/event"
	"qiwei/internal/media"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Migrations is the room's part of the schema.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Deps is what the room needs.
type Deps struct {
	Corps  *corp.Service
	Media  *media.Service
	Events *event.Log
	Box    *seal.Box
	// BaseURL is where members and their clients reach this server, without a
	// slash at the end. Avatars are links to it.
	BaseURL func() string
	// Limits turns on the ban on corps that look up too many members in vain.
	Limits bool
}

// Service keeps the directories of all corps.
type Service struct {
	deps Deps

	DepartmentCreated *event.Kind[DepartmentCreatedEvent]
	DepartmentUpdated *event.Kind[DepartmentUpdatedEvent]
	DepartmentDeleted *event.Kind[DepartmentDeletedEvent]
	MemberCreated     *event.Kind[MemberCreatedEvent]
	MemberUpdated     *event.Kind[MemberUpdatedEvent]
	MemberDeleted     *event.Kind[MemberDeletedEvent]
	TagUpdated        *event.Kind[TagUpdatedEvent]
	JobDone           *event.Kind[JobDoneEvent]

	guesses       *wire.Limiter
	memberLeaving []func(context.Context, *store.Tx, access.Caller, Member) error
	tagDeleted    []func(context.Context, *store.Tx, access.Caller, DeletedTag) error
}

// New returns the room.
func New(d Deps) *Service {
	s := &Service{deps: d, guesses: wire.NewLimiter()}
	s.declare(d.Events)
	d.Corps.OnDelete(forgetCorp)
	return s
}

// contactReceivers is the directory's row in the table of subscriptions (doc 90967): contact sync, and the
// applications that a provider develops for the corp. The page does not name self-built applications, so they
// get nothing.
var contactReceivers = event.Receivers{access.ContactSync: event.Reduced, access.Custom: event.Visible}

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint {
	return slices.Concat(s.departmentEndpoints(), s.memberEndpoints(), s.tagEndpoints(),
		s.openIDEndpoints(), s.activityEndpoints())
}

// forgetCorp removes the members of a deleted corp. They refer to its departments, which PostgreSQL would
// otherwise try to delete first.
func forgetCorp(ctx context.Context, tx *store.Tx, corpID string) error {
	_, err := tx.Exec(`DELETE FROM member WHERE corpid = ?`, corpID)
	return err
}

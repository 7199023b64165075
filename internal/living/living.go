// Package living has live broadcasts (直播): reserved, held, ended or cancelled, and who watched them. It serves
// /cgi-bin/living/ (doc 93633 and neighbours).
//
//	live broadcast ──state──> living_status_change, to the application that made it
//	   └─ viewers, members and customers: reserved a place, entered, left, commented, spoke
//
// qiwei carries no video. In dev a script says when the anchor begins and ends and who watches, and the server's
// clock counts for how long.
package living

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/customer"
	"qiwei/internal/directory"
	"qiwei/internal/event"
	"qiwei/internal/media"
	"qiwei/internal/message"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
	"qiwei/internal/work"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Deps is what the room needs.
type Deps struct {
	Store     *store.Store
	Corps     *corp.Service
	Directory *directory.Service
	Media     *media.Service
	Apps      *app.Service
	Customers *customer.Service
	Messages  *message.Service
	Events    *event.Log
	Box       *seal.Box
	Log       *slog.Logger
	Work      *work.Engine
	// BaseURL is where clients reach this server. Dev is whether scripts may broadcast.
	BaseURL func() string
	Dev     bool
	// For says for which corps this server reminds; for all if it is nil.
	For func(corpID string) bool
}

// Service keeps live broadcasts.
type Service struct {
	deps    Deps
	changed *event.Kind[ChangedEvent]
	work    *work.Queue
}

// New returns the room. Viewers are reminded after Start.
func New(d Deps) *Service {
	s := &Service{deps: d}
	s.changed = declare(d.Events)
	s.work = d.Work.Queue(s.reminderWork())
	d.Directory.MemberUpdated.On(s.renameMember)
	d.Apps.OnDelete(s.appDeleted)
	return s
}

// Migrations is the room's part of the schema.
func (s *Service) Migrations() fs.FS { return migrations }

// Start begins to remind viewers, until Stop.
func (s *Service) Start() { s.work.Start() }

// Stop ends that.
func (s *Service) Stop() { s.work.Stop() }

// Sweep has nothing to delete.
func (s *Service) Sweep(context.Context) error { return nil }

// Errors of live broadcasts (doc 90313).
var (
	ErrBegun   = wire.Code(92006, "live broadcast already started or cancelled")
	ErrReplay  = wire.Code(92007, "replay may not be deleted")
	ErrOthers  = wire.Code(92008, "app has no right over this live broadcast")
	ErrUnknown = wire.ErrParameter // the table has no code for it
	ErrCode    = wire.Code(40029, "invalid code")
)

// permit is what a corp gives to a provider's application (doc 99052).
const permit = "living:base:base"

// endpoint returns a call of live broadcasts. The built-in application may make it, self-built applications that
// are listed for it, and providers' that have the permission (doc 93633).
func endpoint(name string, doc int, h wire.Handler) wire.Endpoint {
	return wire.Endpoint{
		Method: "POST", Path: "/cgi-bin/living/" + name, Doc: doc, Family: access.Living, Grants: []string{permit}, Handle: h,
		Allow: access.Allow{access.Living: access.InRange, access.SelfBuilt: access.Listed, access.Custom: access.InRange, access.ThirdParty: access.InRange},
	}
}

// renameMember lets broadcasts follow a member whose userid has changed.
func (s *Service) renameMember(ctx context.Context, tx *store.Tx, by access.Caller, e directory.MemberUpdatedEvent) error {
	if e.NewUserID == "" {
		return nil
	}
	return renameMember(tx, by.CorpID, e.UserID, e.NewUserID)
}

// appDeleted deletes an application's broadcasts.
func (s *Service) appDeleted(ctx context.Context, tx *store.Tx, a app.App) error {
	_, err := tx.Exec(`DELETE FROM living WHERE corpid = ? AND app = ?`, a.CorpID, a.No)
	return err
}

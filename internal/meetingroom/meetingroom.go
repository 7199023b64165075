// Package meetingroom has meeting rooms and their bookings (会议室). It serves /cgi-bin/oa/meetingroom/ (doc
// 93618 and neighbours).
//
//	room ──booked──> booking, one for each time that it is taken ──> a schedule in calendar
//
// The bookings of a room never overlap. Members book in dev by a script, and on the phone. A room that is booked for a
// meeting is booked for the meeting's schedule.
package meetingroom

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/calendar"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/event"
	"qiwei/internal/login"
	"qiwei/internal/meeting"
	"qiwei/internal/message"
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
	Calendars *calendar.Service
	Meetings  *meeting.Service
	Messages  *message.Service
	Events    *event.Log
	Member    door.Door[login.Session]
	Log       *slog.Logger
	Work      *work.Engine
	// For says for which corps this server books further days; for all if it is nil.
	For func(corpID string) bool
}

// Service keeps rooms and bookings.
type Service struct {
	deps  Deps
	kinds kinds
	work  *work.Queue // books further days
	gone  *work.Queue // gives back rooms to which nobody has come
}

// New returns the room. Further days are booked, and rooms are given back, after Start.
func New(d Deps) *Service {
	s := &Service{deps: d}
	s.kinds = s.declare(d.Events)
	s.work = d.Work.Queue(s.extendWork())
	s.gone = d.Work.Queue(s.releaseWork())
	d.Calendars.OnChanged(s.scheduleChanged)
	d.Directory.MemberUpdated.On(s.renameMember)
	return s
}

// Migrations is the room's part of the schema.
func (s *Service) Migrations() fs.FS { return migrations }

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint {
	return slices.Concat(s.roomEndpoints(), s.bookingEndpoints())
}

// Start begins to book further days for schedules that repeat for ever, and to give back rooms to which nobody has
// come, until Stop.
func (s *Service) Start() {
	s.work.Start()
	s.gone.Start()
}

// Stop ends that.
func (s *Service) Stop() {
	s.work.Stop()
	s.gone.Stop()
}

// Sweep has nothing to delete.
func (s *Service) Sweep(context.Context) error { return nil }

// Errors of rooms and bookings (doc 90313). That of a room that is taken is unverified: the table has none.
var (
	errParameter = wire.ErrParameter

	ErrTaken        = wire.Code(45035, "concurrent write conflict")
	ErrRange        = wire.Code(60030, "out of agent range")
	ErrHasRoom      = wire.Code(90498, "schedule already booked another meeting room")
	ErrOthers       = wire.Code(90499, "room booked by another app may not be cancelled")
	ErrRoomDisabled = wire.Code(90711, "meeting room disabled")
)

// endpoint returns a call of meeting rooms. A self-built application must be listed for it, and a provider's
// cannot make it (doc 93619). The built-in application may by its own secret in enterprises from before
// 2023-12-01.
func endpoint(name string, doc int, h wire.Handler) wire.Endpoint {
	return wire.Endpoint{
		Method: "POST", Path: "/cgi-bin/oa/meetingroom/" + name, Doc: doc, Family: access.MeetingRoom, Handle: h,
		Allow: access.Allow{access.SelfBuilt: access.Listed, access.MeetingRoom: access.All},
	}
}

// renameMember lets bookings follow a member whose userid has changed.
func (s *Service) renameMember(ctx context.Context, tx *store.Tx, by access.Caller, e directory.MemberUpdatedEvent) error {
	if e.NewUserID == "" {
		return nil
	}
	return renameMember(tx, by.CorpID, e.UserID, e.NewUserID)
}

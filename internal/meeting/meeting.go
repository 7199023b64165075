// Package meeting has meetings (会议): reserved ones with their people, guests, enrolments and waiting rooms, and what
// happens while they are held. It serves /cgi-bin/meeting/ (doc 93626 and neighbours).
//
//	meeting ──makes──> a schedule in its people's calendars ──> rooms that are booked for it
//	   └─ session: from the first who comes in to the last who leaves
//	        └─ visits of people, in the meeting or in its waiting room ──> meeting_change, to the application
//
// qiwei carries neither sound nor pictures. Members come and go on the phone's page; in dev a script says who does.
package meeting

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/calendar"
	"qiwei/internal/contactrule"
	"qiwei/internal/corp"
	"qiwei/internal/customer"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/event"
	"qiwei/internal/login"
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
	Rules     *contactrule.Service
	Apps      *app.Service
	Customers *customer.Service
	Calendars *calendar.Service
	Messages  *message.Service
	Events    *event.Log
	Member    door.Door[login.Session]
	Box       *seal.Box
	Log       *slog.Logger
	// BaseURL is where clients reach this server.
	BaseURL func() string
}

// Service keeps meetings.
type Service struct {
	deps    Deps
	kinds   kinds
	started *event.Kind[Started]
}

// New returns the room.
func New(d Deps) *Service {
	s := &Service{deps: d, kinds: declare(d.Events), started: declareStarted(d.Events)}
	d.Calendars.OnChanged(s.scheduleChanged)
	d.Directory.MemberUpdated.On(s.renameMember)
	d.Directory.OnMemberLeaving(s.memberLeaving)
	d.Apps.OnDelete(s.appDeleted)
	return s
}

// Migrations is the room's part of the schema.
func (s *Service) Migrations() fs.FS { return migrations }

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint {
	list := slices.Concat(s.reservationEndpoints(), s.peopleEndpoints(), s.attendanceEndpoints(), s.controlEndpoints(), s.enrolmentEndpoints())
	for i := range list {
		list[i].Gate = s.gate
	}
	return list
}

// gate refuses all calls of meetings while the enterprise has the application 会议 switched off.
func (s *Service) gate(tx *store.Tx, by access.Caller) error {
	off, err := s.deps.Apps.Off(tx, by.CorpID, access.Meeting)
	if err == nil && off {
		err = ErrOff.With("an administrator has switched off the application of meetings")
	}
	return err
}

// Errors of meetings (doc 90313).
var (
	errParameter = wire.ErrParameter

	ErrUnknown        = wire.Code(90602, "meeting id wrong or created by another app")
	ErrScheduleHeld   = wire.Code(90707, "meeting of the schedule is running")
	ErrScheduleOver   = wire.Code(90710, "meeting of the schedule is over")
	ErrPeople         = wire.Code(400020, "too many meeting participants")
	ErrPerson         = wire.Code(400021, "participant or host invalid or outside the range")
	ErrHosts          = wire.Code(400027, "too many hosts")
	ErrOff            = wire.Code(400028, "meeting system app off")
	ErrPassword       = wire.Code(400030, "invalid meeting password")
	ErrSettings       = wire.Code(400031, "invalid meeting settings")
	ErrStart          = wire.Code(400034, "invalid meeting_start")
	ErrLength         = wire.Code(400035, "invalid meeting_duration")
	ErrCalendar       = wire.Code(400036, "creator lacks the right to the calendar")
	ErrRing           = wire.Code(400037, "ring user is not a participant")
	ErrCancelled      = wire.Code(400041, "meeting cancelled")
	ErrTitle          = wire.Code(400042, "meeting title has a bad length")
	ErrAgain          = wire.Code(400302, "same meeting already created")
	ErrHeld           = wire.Code(400221, "running or finished meeting may not be updated")
	ErrPast           = wire.Code(400222, "start time in the past")
	ErrNotCancellable = wire.Code(400224, "running or finished meeting may not be cancelled")
	ErrNotYours       = wire.Code(400308, "user is neither participant nor creator")
	ErrOpenID         = wire.Code(730000, "invalid tmp_openid")
	ErrSub            = wire.Code(730003, "invalid sub-meeting id")
	ErrNumber         = wire.Code(730004, "invalid meeting number")
	ErrOthers         = wire.Code(730005, "meeting created by another app")
	ErrEnrolment      = wire.Code(730006, "invalid enrolment id")
	ErrNoAdmin        = wire.Code(730009, "administrator must be a participant")
	ErrNotByAPI       = wire.Code(730010, "meeting not created by API")
)

// permit is what a corp gives to a provider's application (doc 99052).
const permit = "meeting:base:base"

// basic returns a call of 预约会议基础管理. Self-built applications that are listed for meetings may make it, and
// providers' that have the permission (doc 93626). The built-in application may by its own secret in enterprises from
// before 2023-12-01.
func basic(name string, doc int, h wire.Handler) wire.Endpoint {
	ep := advanced(name, doc, h)
	ep.Grants = []string{permit}
	ep.Allow = ep.Allow.And(access.To(access.InRange, access.Custom, access.ThirdParty))
	return ep
}

// advanced returns a call that providers' applications cannot make. The platform wants advanced features bought for it
// (doc 93626); qiwei sells none and lets every enterprise have them.
func advanced(name string, doc int, h wire.Handler) wire.Endpoint {
	return wire.Endpoint{
		Method: "POST", Path: "/cgi-bin/meeting/" + name, Doc: doc, Family: access.Meeting, Handle: h,
		Allow: access.Allow{access.Meeting: access.InRange, access.SelfBuilt: access.Listed},
	}
}

// renameMember lets meetings follow a member whose userid has changed.
func (s *Service) renameMember(ctx context.Context, tx *store.Tx, by access.Caller, e directory.MemberUpdatedEvent) error {
	if e.NewUserID == "" {
		return nil
	}
	return renameMember(tx, by.CorpID, e.UserID, e.NewUserID)
}

// memberLeaving takes a member who leaves out of what they are invited to. That they were there stays.
func (s *Service) memberLeaving(ctx context.Context, tx *store.Tx, by access.Caller, m directory.Member) error {
	_, err := tx.Exec(`DELETE FROM meeting_member WHERE corpid = ? AND userkey = ?`, by.CorpID, m.UserID.Key())
	return err
}

// appDeleted deletes an application's meetings.
func (s *Service) appDeleted(ctx context.Context, tx *store.Tx, a app.App) error {
	_, err := tx.Exec(`DELETE FROM meeting WHERE corpid = ? AND app = ?`, a.CorpID, a.No)
	return err
}

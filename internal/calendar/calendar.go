// Package calendar has calendars and schedules (日程). It serves /cgi-bin/oa/calendar/ and /cgi-bin/oa/schedule/
// (doc 93624 and neighbours), tells members of their schedules by messages, and reminds them.
//
//	calendar ──shares, public range──> members who see it
//	   └─ schedule ──repeats──> the times that it takes, one of them replaced by another schedule
//	         └─ attendees, who answer ──> respond_schedule
//
// A calendar is an application's, or a member's own, which no application reads. Package caldav shows both to
// calendar programs, and meetingroom books rooms for schedules.
package calendar

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"slices"
	_ "time/tzdata" // calendar programs name zones, and a container may have none

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/contactrule"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/login"
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
	Rules     *contactrule.Service
	Apps      *app.Service
	Messages  *message.Service
	Events    *event.Log
	Member    door.Door[login.Session]
	Log       *slog.Logger
	Work      *work.Engine
	// For says for which corps this server reminds; for all if it is nil.
	For func(corpID string) bool
}

// Service keeps calendars and schedules.
type Service struct {
	deps  Deps
	kinds kinds
	work  *work.Queue

	changed []func(context.Context, *store.Tx, access.Caller, Changed) error
}

// New returns the room. Members are reminded after Start.
func New(d Deps) *Service {
	s := &Service{deps: d}
	s.kinds = s.declare(d.Events)
	s.work = d.Work.Queue(s.reminderWork())
	d.Directory.MemberUpdated.On(s.renameMember)
	d.Directory.OnMemberLeaving(s.memberLeaving)
	d.Apps.OnDelete(s.appDeleted)
	return s
}

// Migrations is the room's part of the schema.
func (s *Service) Migrations() fs.FS { return migrations }

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint {
	return slices.Concat(s.calendarEndpoints(), s.scheduleEndpoints())
}

// Start begins to remind members, until Stop.
func (s *Service) Start() { s.work.Start() }

// Stop ends that.
func (s *Service) Stop() { s.work.Stop() }

// Sweep forgets how much applications made on days long past.
func (s *Service) Sweep(ctx context.Context) error {
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`DELETE FROM calendar_day WHERE day < ?`, directory.Day(tx.Now().AddDate(0, 0, -2)))
		return err
	})
}

// Errors of calendars and schedules (doc 90313).
var (
	errParameter = wire.ErrParameter

	ErrCalendarID      = wire.Code(90457, "invalid calendar id")
	ErrNoCalendarID    = wire.Code(90458, "calendar id list empty")
	ErrCalendarDeleted = wire.Code(90459, "calendar deleted")
	ErrScheduleDeleted = wire.Code(90460, "schedule deleted")
	ErrScheduleID      = wire.Code(90461, "invalid schedule id")
	ErrNoScheduleID    = wire.Code(90462, "schedule id list empty")
	ErrAttendees       = wire.Code(90464, "too many attendees")
	ErrRepeatType      = wire.Code(90465, "repeat type not supported")
	ErrOtherApp        = wire.Code(90466, "calendar or schedule created by another app")
	ErrWeekday         = wire.Code(90467, "invalid weekday parameter")
	ErrLimit           = wire.Code(90469, "page size too large")
	ErrOffset          = wire.Code(90470, "invalid page number")
	ErrRemind          = wire.Code(90471, "invalid reminder time")
	ErrNoRight         = wire.Code(90472, "no right to the calendar or schedule")
	ErrColor           = wire.Code(90473, "invalid colour parameter")
	ErrUsersSchedule   = wire.Code(90477, "only the system schedule app may read user-created schedules")
	ErrChangeUsers     = wire.Code(90479, "user-created schedule may not be changed")
	ErrZone            = wire.Code(90480, "invalid timezone")
	ErrCalendars       = wire.Code(90481, "organizer has too many calendars")
	ErrOpStart         = wire.Code(90482, "invalid op_start_time")
	ErrPublicRange     = wire.Code(90483, "public or all-staff calendar needs public_range")
	ErrOnlyRepeating   = wire.Code(90484, "this-occurrence mode is for repeating schedules only")
	ErrOpMode          = wire.Code(90485, "invalid op_mode")
	ErrInterval        = wire.Code(90486, "repeat_interval missing")
	ErrMonthDay        = wire.Code(90487, "invalid day_of_month")
	ErrBeforeOpStart   = wire.Code(90488, "start_time not after op_start_time")
	ErrAdmin           = wire.Code(90492, "administrator not in the member list")
	ErrBooked          = wire.Code(90700, "cancel the room booking before updating the schedule")
	ErrRemindDiffs     = wire.Code(90704, "remind_time_diffs holds an invalid value")
	ErrIntoPast        = wire.Code(90706, "start of a single schedule may not move into the past")
	ErrNoDefault       = wire.Code(90708, "creator has no default calendar")
	ErrDefault         = wire.Code(90712, "default calendar may not be deleted")
	ErrScheduleAdmin   = wire.Code(90715, "schedule administrator must be an attendee")
)

// renameMember lets calendars and schedules follow a member whose userid has changed.
func (s *Service) renameMember(ctx context.Context, tx *store.Tx, by access.Caller, e directory.MemberUpdatedEvent) error {
	if e.NewUserID == "" {
		return nil
	}
	return renameMember(tx, by.CorpID, e.UserID, e.NewUserID)
}

// memberLeaving takes a member who leaves out of everything, and deletes the member's own calendar.
func (s *Service) memberLeaving(ctx context.Context, tx *store.Tx, by access.Caller, m directory.Member) error {
	return forgetMember(tx, by.CorpID, m.UserID)
}

// appDeleted deletes an application's calendars.
func (s *Service) appDeleted(ctx context.Context, tx *store.Tx, a app.App) error {
	_, err := tx.Exec(`DELETE FROM calendar WHERE corpid = ? AND app = ?`, a.CorpID, a.No)
	return err
}

// members returns the userids as the directory spells them, of those whom the caller may see. It answers
// 60111 for the first that is unknown.
func (s *Service) members(tx *store.Tx, by access.Caller, users, kept []id.UserID, field string) ([]id.UserID, error) {
	known, err := s.deps.Rules.Known(tx, by, users, kept)
	if err != nil {
		return nil, err
	}
	var out []id.UserID
	seen := map[string]bool{}
	for i, u := range users {
		m, ok := known[u.Key()]
		if !ok {
			return nil, directory.ErrMemberNotFound.With("%s[%d]: %q is no enabled member whom the application sees", field, i, u)
		}
		if !seen[u.Key()] {
			seen[u.Key()] = true
			out = append(out, m.UserID)
		}
	}
	return out, nil
}

// sight returns by as whom the directory is asked: members may invite everybody.
func sight(by access.Caller) access.Caller {
	if by.Kind == access.Member {
		return access.System(by.CorpID)
	}
	return by
}

// Package checkin is the check-in application (打卡): rules that say when and where members work, the shifts of
// those who work by shifts, their check-ins, and the days and months that follow from all of it. It serves
// /cgi-bin/checkin/ (doc 93384 and neighbours).
//
//	rule ──whom it covers──> a member's plan of a day <──shifts, special days, holidays
//	check-ins by phone, device and API ──matched with the plan──> late, early, missing, absent, overtime
//	approvals ──leave, trips, outings, overtime, corrections──┘
//
// A report is computed when it is asked for, from check-ins that stay as they came. So a check-in that is added
// late, or a leave that is approved afterwards, changes the day that it concerns.
package checkin

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/approval"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/form"
	"qiwei/internal/hardware"
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
	Approvals *approval.Service
	Hardware  *hardware.Service
	Member    door.Door[login.Session]
	Log       *slog.Logger
}

// Service keeps rules and check-ins.
type Service struct{ deps Deps }

// New returns the room.
func New(d Deps) *Service {
	s := &Service{d}
	d.Directory.MemberUpdated.On(s.renameMember)
	d.Directory.OnMemberLeaving(s.memberLeaving)
	d.Approvals.OnSettled(s.approvalSettled)
	d.Approvals.BeforePunch(s.mayCorrect)
	d.Hardware.OnCheckins(s.deviceReported)
	return s
}

// Migrations is the room's part of the schema.
func (s *Service) Migrations() fs.FS { return migrations }

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint {
	return slices.Concat(s.ruleEndpoints(), s.changeEndpoints(), s.shiftEndpoints(), s.recordEndpoints(), s.reportEndpoints(), s.faceEndpoints())
}

// Errors of check-in (doc 90313).
var (
	ErrUser     = wire.Code(301021, "invalid userid")
	ErrUsers    = wire.Code(301023, "useridlist empty or longer than 100")
	ErrSpan     = wire.Code(301024, "time range invalid or longer than a month")
	ErrShiftDay = wire.Code(301073, "invalid schedule time")
	ErrInput    = wire.Code(301075, "face upload: invalid parameter")
	ErrDue      = wire.Code(301080, "no such due check-in time")
	ErrTime     = wire.Code(301081, "check-in time outside the allowed window")
	ErrDay      = wire.Code(301082, "no work that day and overtime not allowed")
	ErrCall     = wire.Code(301083, "invalid check-in parameter")
	ErrGroup    = wire.Code(301089, "invalid groupid")
	ErrHidden   = wire.Code(301090, "check-in rule holds ids outside the app's range")
	ErrOverlap  = wire.Code(301091, "check-in rule range overlaps another rule")
	ErrOtherApp = wire.Code(301092, "check-in rule created by another app")
	ErrField    = wire.Code(301093, "invalid check-in rule field")
	ErrOldField = wire.Code(301094, "check-in rule holds a forbidden field")
)

// Limits of a query (doc 90262, 93374).
const (
	maxUsers = 100
	// maxSpan is between the beginning and the end of a time span: "at most 30 days" of check-ins, "a month" of
	// the other lists, to which their last day is added.
	maxSpan = 30 * day
)

// permit is the permission by which a provider's application calls (doc 99052).
const permit = "checkin:app:base"

// endpoint returns a call of the check-in application: its own secret makes it, self-built applications that are
// listed for it, and providers' of the given kinds that have the permission.
func endpoint(path string, doc, perMinute int, h wire.Handler, providers ...access.Kind) wire.Endpoint {
	ep := wire.Endpoint{
		Method: "POST", Path: "/cgi-bin/checkin/" + path, Doc: doc, Family: access.Checkin, Handle: h,
		Allow: access.Allow{access.Checkin: access.InRange, access.SelfBuilt: access.Listed}.And(access.To(access.InRange, providers...)),
	}
	if len(providers) > 0 {
		ep.Grants = []string{permit}
	}
	if perMinute > 0 {
		ep.Limit = wire.Limit{PerCorp: perMinute, Every: time.Minute}
	}
	return ep
}

// day is how many seconds a day has; China knows no summer time.
const day int64 = 24 * 60 * 60

// Midnight is the beginning of the day, in China, that a time falls on.
func Midnight(at int64) int64 {
	const east = 8 * 60 * 60
	return at - (at+east)%day
}

// today is the midnight before now.
func today(tx *store.Tx) int64 { return Midnight(tx.Now().Unix()) }

// files keeps the pictures of check-ins.
func (s *Service) files() form.Files { return form.Files{Media: s.deps.Media, Table: "checkin_file"} }

// renameMember lets rules, shifts and check-ins follow a member whose userid has changed.
func (s *Service) renameMember(ctx context.Context, tx *store.Tx, by access.Caller, e directory.MemberUpdatedEvent) error {
	if e.NewUserID == "" {
		return nil
	}
	for _, table := range []string{"checkin_shift", "checkin_record"} {
		if _, err := tx.Exec(`UPDATE `+table+` SET userkey = ? WHERE corpid = ? AND userkey = ?`, e.NewUserID.Key(), by.CorpID, e.UserID.Key()); err != nil {
			return err
		}
	}
	return rewriteUsers(tx, by.CorpID, e.UserID, e.NewUserID)
}

// memberLeaving takes a member who leaves out of the rules. The check-ins stay.
func (s *Service) memberLeaving(ctx context.Context, tx *store.Tx, by access.Caller, m directory.Member) error {
	if err := tx.Send(`DELETE FROM checkin_shift WHERE corpid = ? AND userkey = ? AND day > ?`, by.CorpID, m.UserID.Key(), today(tx)); err != nil {
		return err
	}
	return rewriteUsers(tx, by.CorpID, m.UserID, "")
}

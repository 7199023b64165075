package calendar

import (
	"context"
	"regexp"
	"slices"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Calendar is a calendar (日历).
type Calendar struct {
	No     int64
	CorpID string
	ID     string
	App    int64     // our number of the application that made it; 0 for a member's own
	Owner  id.UserID // that member
	details
	Shares      []Share
	PublicUsers []id.UserID
	Public      bool
	CorpWide    bool // 全员日历
	Default     bool
	Sequence    int64
}

// details are what is kept as JSON.
type details struct {
	Summary     string  `json:"summary"`
	Color       string  `json:"color,omitempty"`
	Description string  `json:"description,omitempty"`
	Parties     []int64 `json:"parties,omitempty"` // departments of the public range
}

// Permission is what a member sees of a calendar.
type Permission int64

// The permissions.
const (
	SeesAll  Permission = 1
	SeesBusy Permission = 3
)

// Share is a member who is told of a calendar (通知范围成员).
type Share struct {
	UserID     id.UserID
	Permission Permission
	Admin      bool
}

// Limits of calendars (docs 93624 and 93647).
const (
	maxAdmins        = 3
	maxSummary       = 128 // characters
	maxDetails       = 512
	maxShares        = 2000
	maxPublicUsers   = 1000
	maxPublicParties = 100
	maxCorpWide      = 20
	maxPublic        = 30_000
	maxOfApp         = 10_000
	maxShared        = 100 // calendars that one member is shown
	maxAsked         = 1000
)

var colorShape = regexp.MustCompile(`^#[0-9A-Fa-f]{6}$`)

func (c Calendar) valid() error {
	switch n := utf8.RuneCountInString(c.Summary); {
	case n < 1 || n > maxSummary:
		return errParameter.With("calendar.summary: 1 to %d characters expected", maxSummary)
	case utf8.RuneCountInString(c.Description) > maxDetails:
		return errParameter.With("calendar.description: at most %d characters expected", maxDetails)
	case !c.CorpWide && !colorShape.MatchString(c.Color):
		return ErrColor.With("calendar.color: a form such as #0000FF expected")
	case len(c.Shares) > maxShares:
		return errParameter.With("calendar.shares: at most %d members expected", maxShares)
	case len(c.PublicUsers) > maxPublicUsers:
		return errParameter.With("calendar.public_range.userids: at most %d members expected", maxPublicUsers)
	case len(c.Parties) > maxPublicParties:
		return errParameter.With("calendar.public_range.partyids: at most %d departments expected", maxPublicParties)
	case c.Public && len(c.PublicUsers) == 0 && len(c.Parties) == 0:
		return ErrPublicRange.With("calendar.public_range: members or departments expected")
	}
	for i, p := range c.Shares {
		if p.Permission != SeesAll && p.Permission != SeesBusy {
			return errParameter.With("calendar.shares[%d].permission: 1 or 3 expected", i)
		}
	}
	return nil
}

// Refused is a member of a request who was left out.
type Refused struct {
	UserID id.UserID
	Err    error
}

// Wish is a calendar as a request wants it.
type Wish struct {
	Calendar
	Admins     []id.UserID
	SkipPublic bool // an update leaves the public range as it is
	Quiet      bool // nobody is told
}

// CreateCalendar makes a calendar of the calling application. Members whom it does not know or see are left
// out and returned. Doc 93647.
func (s *Service) CreateCalendar(ctx context.Context, tx *store.Tx, by access.Caller, w Wish) (calID string, bad []Refused, err error) {
	if w.Default && by.Kind == access.ThirdParty {
		return "", nil, errParameter.With("calendar.set_as_default: not for third-party applications")
	}
	w.Public = w.Public || w.CorpWide
	if !w.Public {
		w.PublicUsers, w.Parties = nil, nil
	}
	if w.CorpWide { // these it cannot have (doc 93647), though the page's own sample sends them
		w.Color, w.Default = "", false
		for i := range w.Shares {
			w.Shares[i].Permission = SeesAll
		}
	}
	if bad, err = s.settle(tx, by, &w); err != nil {
		return "", nil, err
	}
	if err := s.roomFor(tx, by, w.Calendar); err != nil {
		return "", nil, err
	}
	w.CorpID, w.App = by.CorpID, by.App
	if w.Default {
		if err := forgetDefault(tx, by.CorpID, by.App); err != nil {
			return "", nil, err
		}
	}
	c, err := insertCalendar(tx, w.Calendar)
	if err != nil {
		return "", nil, err
	}
	if w.Quiet {
		return c.ID, bad, nil
	}
	return c.ID, bad, s.tellShared(ctx, tx, c, "新建了日历")
}

// settle checks a wish and replaces its members by those whom the directory has.
func (s *Service) settle(tx *store.Tx, by access.Caller, w *Wish) (bad []Refused, err error) {
	if err := w.valid(); err != nil {
		return nil, err
	}
	if len(w.Admins) > maxAdmins {
		return nil, errParameter.With("calendar.admins: at most %d members expected", maxAdmins)
	}
	if w.Shares, bad, err = s.knownShares(tx, by, w.Calendar); err != nil {
		return nil, err
	}
	for i, a := range w.Admins {
		at := slices.IndexFunc(w.Shares, func(p Share) bool { return p.UserID.Equal(a) })
		if at < 0 {
			return nil, ErrAdmin.With("calendar.admins[%d]: %q is not among the shares", i, a)
		}
		w.Shares[at].Admin = true
	}
	if w.PublicUsers, err = s.members(tx, by, w.PublicUsers, nil, "calendar.public_range.userids"); err != nil {
		return nil, err
	}
	seen, err := s.deps.Directory.VisibleDepartments(tx, sight(by), w.Parties)
	for i, p := range w.Parties {
		if err == nil && !seen[p] {
			err = directory.ErrDepartmentNotFound.With("calendar.public_range.partyids[%d]: %d is no department that the application sees", i, p)
		}
	}
	return bad, err
}

// Codes of members who were left out: the first is that of the page's sample (doc 93647).
var errNotFound = wire.Error{Code: 40001, Text: "not found"}

// knownShares parts the wanted shares into those that can be and the others.
func (s *Service) knownShares(tx *store.Tx, by access.Caller, c Calendar) (good []Share, bad []Refused, err error) {
	users := make([]string, len(c.Shares))
	for i, p := range c.Shares {
		users[i] = string(p.UserID)
	}
	known, err := s.deps.Directory.Named(tx, sight(by), users)
	if err != nil {
		return nil, nil, err
	}
	full, err := crowdedMembers(tx, by.CorpID, c.No, users)
	if err != nil {
		return nil, nil, err
	}
	seen := map[string]bool{}
	for _, p := range c.Shares {
		m, ok := known[p.UserID.Key()]
		switch {
		case seen[p.UserID.Key()]:
		case !ok:
			bad = append(bad, Refused{p.UserID, errNotFound})
		case full[p.UserID.Key()]:
			bad = append(bad, Refused{p.UserID, ErrCalendars.With("a member is shown at most %d calendars", maxShared)})
		default:
			p.UserID = m.UserID
			good = append(good, p)
		}
		seen[p.UserID.Key()] = true
	}
	return good, bad, nil
}

// roomFor refuses one calendar too many.
func (s *Service) roomFor(tx *store.Tx, by access.Caller, c Calendar) error {
	for _, limit := range []struct {
		counts bool
		where  string
		args   []any
		most   int64
		what   string
	}{
		{true, `app = ? AND app > 0`, []any{by.App}, maxOfApp, "an application has"},
		{c.Public, `public = 1`, nil, maxPublic, "an enterprise has, of public ones,"},
		{c.CorpWide, `public = 1 AND corp_wide = 1`, nil, maxCorpWide, "an enterprise has, of those for everybody,"},
	} {
		if !limit.counts {
			continue
		}
		n, err := tx.Count(`SELECT count(*) FROM calendar WHERE deleted_at = 0 AND corpid = ? AND `+limit.where, append([]any{by.CorpID}, limit.args...)...)
		if err != nil {
			return err
		}
		if n >= limit.most {
			return ErrCalendars.With("%s at most %d", limit.what, limit.most)
		}
	}
	return nil
}

// calendarOf returns a calendar that the application may work on.
func (s *Service) calendarOf(tx *store.Tx, by access.Caller, calID string) (Calendar, error) {
	c, gone, found, err := selectCalendar(tx, by.CorpID, calID)
	switch {
	case err != nil:
		return c, err
	case !found || calID == "":
		return c, ErrCalendarID.With("cal_id: there is no calendar %q", calID)
	case c.App == 0:
		return c, ErrUsersSchedule.With("the calendar is a member's own")
	case c.App != by.App:
		return c, ErrOtherApp.With("cal_id: %q was made by another application", calID)
	case gone:
		return c, ErrCalendarDeleted.With("cal_id: %q", calID)
	}
	return c, nil
}

// UpdateCalendar replaces a calendar of the calling application, except for what cannot be changed: whose it
// is, and whether it is public. Doc 97716.
func (s *Service) UpdateCalendar(ctx context.Context, tx *store.Tx, by access.Caller, w Wish) (bad []Refused, err error) {
	old, err := s.calendarOf(tx, by, w.ID)
	if err != nil {
		return nil, err
	}
	return s.replace(ctx, tx, by, old, w)
}

// replace writes a calendar anew, as by wants it.
func (s *Service) replace(ctx context.Context, tx *store.Tx, by access.Caller, old Calendar, w Wish) (bad []Refused, err error) {
	w.No, w.ID, w.CorpID, w.App, w.Public, w.CorpWide, w.Default = old.No, old.ID, old.CorpID, old.App, old.Public, old.CorpWide, old.Default
	if w.CorpWide {
		w.Color = ""
		for i := range w.Shares {
			w.Shares[i].Permission = SeesAll
		}
	}
	if w.SkipPublic || !w.Public {
		w.PublicUsers, w.Parties = nil, nil
	}
	kept := w.Public && w.SkipPublic
	if kept {
		w.Public = false // nothing of the range to check
	}
	if bad, err = s.settle(tx, by, &w); err != nil {
		return nil, err
	}
	if w.Public = old.Public; kept {
		w.PublicUsers, w.Parties = old.PublicUsers, old.Parties
	}
	if err := updateCalendar(tx, w.Calendar); err != nil {
		return nil, err
	}
	return bad, s.tellShared(ctx, tx, w.Calendar, "修改了日历")
}

// Calendars returns the application's calendars with the ids. Those that were deleted are left out. Doc 97717.
func (s *Service) Calendars(tx *store.Tx, by access.Caller, ids []string) ([]Calendar, error) {
	if len(ids) == 0 {
		return nil, ErrNoCalendarID.With("cal_id_list: 1 to %d expected", maxAsked)
	}
	if len(ids) > maxAsked {
		return nil, ErrLimit.With("cal_id_list: at most %d expected", maxAsked)
	}
	var out []Calendar
	for _, calID := range ids {
		c, err := s.calendarOf(tx, by, calID)
		if isGone(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// DeleteCalendar deletes a calendar of the calling application and cancels its schedules. Doc 97718.
func (s *Service) DeleteCalendar(ctx context.Context, tx *store.Tx, by access.Caller, calID string) error {
	c, err := s.calendarOf(tx, by, calID)
	if err != nil {
		return err
	}
	if c.Default {
		return ErrDefault.With("cal_id: %q; make another one the default first", calID)
	}
	return s.deleteCalendar(ctx, tx, by, c)
}

func (s *Service) deleteCalendar(ctx context.Context, tx *store.Tx, by access.Caller, c Calendar) error {
	all, err := selectSchedules(tx, `corpid = ? AND calendar = ? AND cancelled = 0 ORDER BY no`, c.CorpID, c.No)
	if err != nil {
		return err
	}
	for _, sch := range all {
		if err := s.cancel(ctx, tx, by, sch); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(`UPDATE calendar SET deleted_at = ? WHERE no = ? AND corpid = ?`, tx.Now().UnixMilli(), c.No, c.CorpID); err != nil {
		return err
	}
	return s.tellShared(ctx, tx, c, "删除了日历")
}

// OfApps returns the first of the corp's calendars, without those of members.
func (s *Service) OfApps(tx *store.Tx, corpID string, most int) ([]Calendar, error) {
	list, _, err := selectCalendars(tx, `corpid = ? AND app > 0 AND deleted_at = 0 ORDER BY no LIMIT ?`, corpID, most)
	return list, err
}

// OfApp returns a calendar of the corp's that is no member's own.
func (s *Service) OfApp(tx *store.Tx, corpID, calID string) (c Calendar, found bool, err error) {
	c, gone, found, err := selectCalendar(tx, corpID, calID)
	return c, found && !gone && c.App > 0, err
}

// Any reports whether the corp has a calendar.
func (s *Service) Any(tx *store.Tx, corpID string) (bool, error) {
	return tx.Get(`SELECT 1 FROM calendar WHERE corpid = ? AND deleted_at = 0 LIMIT 1`, []any{corpID}, new(int64))
}

package console

import (
	"cmp"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/calendar"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Calendars (日程) as administrators have them: those of applications, which are the enterprise's. What is in a
// member's own calendar is that member's affair. An administrator changes the calendars of the built-in
// application; those of another are its own.

func (s *Service) calendarCalls() []call {
	return []call{
		{pattern: "GET /console/api/calendars", right: readCorp, handle: s.listCalendars},
		{pattern: "POST /console/api/calendars", right: editCorp, handle: s.createCalendar},
		{pattern: "PUT /console/api/calendars/{calendar}", right: editCorp, handle: s.updateCalendar},
		{pattern: "DELETE /console/api/calendars/{calendar}", right: editCorp, handle: s.deleteCalendar},
		{pattern: "GET /console/api/calendars/{calendar}/schedules", right: readCorp, handle: s.listSchedules},
	}
}

var errNoCalendars = problem{404, "no-app", "企业没有“日程”应用，不能新建日历", "The enterprise has no calendar application, so a calendar cannot be made.", ""}

type calendarForm struct {
	ID          string `json:"cal_id,omitempty"`
	Summary     string `json:"summary"`
	Color       string `json:"color"`
	Description string `json:"description"`
	// Everybody makes it one for all; otherwise Public has the members of a range see it.
	Everybody   bool           `json:"everybody"`
	Public      bool           `json:"public"`
	Departments []int64        `json:"departments"`
	Members     []id.UserID    `json:"members"`
	Shares      []calendarPart `json:"shares"`

	App     string       `json:"app,omitempty"`
	Own     bool         `json:"own"`             // the built-in application's, which an administrator changes
	Range   *rangeDetail `json:"range,omitempty"` // of the public, with names
	Version string       `json:"version,omitempty"`
}

// calendarPart is a member with whom a calendar is shared.
type calendarPart struct {
	UserID id.UserID `json:"userid"`
	Name   string    `json:"name,omitempty"`
	Busy   bool      `json:"busy"` // sees busy times only
	Admin  bool      `json:"admin"`
}

func (v *visit) calendarForm(tx *store.Tx, c calendar.Calendar, apps map[int64]string, own int64) (out calendarForm, err error) {
	out = calendarForm{ID: c.ID, Summary: c.Summary, Color: c.Color, Description: c.Description, Everybody: c.CorpWide, Public: c.Public,
		Departments: orEmpty(c.Parties), Members: orEmpty(c.PublicUsers), Shares: []calendarPart{}, App: apps[c.App], Own: c.App == own, Version: digest(c)}
	if out.Range, err = v.named(tx, access.Range{Departments: c.Parties, Members: c.PublicUsers}); err != nil {
		return out, err
	}
	var users []id.UserID
	for _, p := range c.Shares {
		users = append(users, p.UserID)
	}
	names, err := v.s.deps.Directory.NamesOf(tx, v.corpID, users)
	for _, p := range c.Shares {
		out.Shares = append(out.Shares, calendarPart{p.UserID, cmp.Or(names[p.UserID.Key()], string(p.UserID)), p.Permission == calendar.SeesBusy, p.Admin})
	}
	return out, err
}

// ownCalendars returns the names of the applications by our numbers, and the number of the built-in one; 0 if the
// enterprise has none.
func (v *visit) ownCalendars(tx *store.Tx) (apps map[int64]string, own int64, err error) {
	list, err := v.s.deps.Apps.Apps(tx, v.corpID)
	apps = map[int64]string{}
	for _, a := range list {
		if apps[a.No] = a.Name; a.Kind == access.Calendar {
			own = a.No
		}
	}
	return apps, own, err
}

// calendarsAtOnce is how many the page lists.
const calendarsAtOnce = 1000

func (s *Service) listCalendars(v *visit) (any, error) {
	var out struct {
		Calendars []calendarForm `json:"calendars"`
		MayAdd    bool           `json:"may_add"`
	}
	out.Calendars = []calendarForm{}
	return &out, v.look(func(tx *store.Tx) error {
		apps, own, err := v.ownCalendars(tx)
		if err != nil {
			return err
		}
		out.MayAdd = own != 0
		list, err := s.deps.Calendars.OfApps(tx, v.corpID, calendarsAtOnce)
		for _, c := range list {
			f, err := v.calendarForm(tx, c, apps, own)
			if err != nil {
				return err
			}
			out.Calendars = append(out.Calendars, f)
		}
		return err
	})
}

// wish returns what the form asks for.
func (f calendarForm) wish() (w calendar.Wish) {
	w.ID, w.Summary, w.Color, w.Description, w.Public, w.CorpWide = f.ID, f.Summary, f.Color, f.Description, f.Public, f.Everybody
	w.Parties, w.PublicUsers = f.Departments, f.Members
	if f.Everybody && len(f.Departments)+len(f.Members) == 0 {
		w.Parties = []int64{access.Root}
	}
	for _, p := range f.Shares {
		share := calendar.Share{UserID: p.UserID, Permission: calendar.SeesAll}
		if p.Busy {
			share.Permission = calendar.SeesBusy
		}
		if w.Shares = append(w.Shares, share); p.Admin {
			w.Admins = append(w.Admins, p.UserID)
		}
	}
	return w
}

// asCalendars returns the admin as the one who acts for the built-in application.
func (v *visit) asCalendars(tx *store.Tx) (access.Caller, error) {
	_, own, err := v.ownCalendars(tx)
	if err == nil && own == 0 {
		err = errNoCalendars
	}
	by := v.by
	by.App = own
	return by, err
}

func (s *Service) createCalendar(v *visit) (any, error) {
	var req calendarForm
	if err := v.read(&req); err != nil {
		return nil, err
	}
	var made string
	err := v.change(func(tx *store.Tx) (done, error) {
		by, err := v.asCalendars(tx)
		if err != nil {
			return done{}, err
		}
		calID, bad, err := s.deps.Calendars.CreateCalendar(v.ctx(), tx, by, req.wish())
		if made = calID; err == nil && len(bad) > 0 {
			err = bad[0].Err
		}
		return done{"calendar.create", req.Summary, map[string]any{"cal_id": made}}, err
	})
	return map[string]string{"cal_id": made}, err
}

// calendar returns the calendar that the path names.
func (v *visit) calendar(tx *store.Tx) (calendar.Calendar, error) {
	c, found, err := v.s.deps.Calendars.OfApp(tx, v.corpID, v.r.PathValue("calendar"))
	if err == nil && !found {
		err = errGone
	}
	return c, err
}

func (s *Service) updateCalendar(v *visit) (any, error) {
	var req calendarForm
	if err := v.read(&req); err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		c, err := v.calendar(tx)
		if err != nil {
			return done{}, err
		}
		if req.Version != "" && req.Version != digest(c) {
			return done{}, errStale
		}
		by, err := v.asCalendars(tx)
		if err != nil {
			return done{}, err
		}
		w := req.wish()
		w.ID = c.ID
		bad, err := s.deps.Calendars.UpdateCalendar(v.ctx(), tx, by, w)
		if err == nil && len(bad) > 0 {
			err = bad[0].Err
		}
		return done{"calendar.update", req.Summary, map[string]any{"cal_id": c.ID}}, err
	})
}

func (s *Service) deleteCalendar(v *visit) (any, error) {
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		c, err := v.calendar(tx)
		if err != nil {
			return done{}, err
		}
		by, err := v.asCalendars(tx)
		if err != nil {
			return done{}, err
		}
		return done{"calendar.delete", c.Summary, map[string]any{"cal_id": c.ID}}, s.deps.Calendars.DeleteCalendar(v.ctx(), tx, by, c.ID)
	})
}

type scheduleLine struct {
	ID        string   `json:"schedule_id"`
	Summary   string   `json:"summary"`
	Location  string   `json:"location"`
	Start     int64    `json:"start"`
	End       int64    `json:"end"`
	WholeDay  bool     `json:"whole_day"`
	Repeats   bool     `json:"repeats"`
	Attendees []string `json:"attendees"` // names
}

// schedulesAtOnce bounds what one answer lists.
const schedulesAtOnce = 500

// listSchedules answers what is in a calendar from one time to another.
func (s *Service) listSchedules(v *visit) (any, error) {
	from, err := v.number("from")
	if err != nil {
		return nil, err
	}
	to, err := v.number("to")
	if err != nil {
		return nil, err
	}
	if from <= 0 || to <= from || to-from > 400*86400 {
		return nil, wire.ErrParameter.With("from: a time span of at most 400 days expected")
	}
	out := []scheduleLine{}
	return map[string]any{"schedules": &out}, v.look(func(tx *store.Tx) error {
		c, err := v.calendar(tx)
		if err != nil {
			return err
		}
		list, err := s.deps.Calendars.Between(tx, c, from, to)
		if err != nil {
			return err
		}
		var users []id.UserID
		for _, sch := range list {
			for _, a := range sch.Attendees {
				users = append(users, a.UserID)
			}
		}
		names, err := s.deps.Directory.NamesOf(tx, v.corpID, users)
		for _, sch := range list {
			line := scheduleLine{ID: sch.ID, Summary: sch.Summary, Location: sch.Location, WholeDay: sch.WholeDay, Repeats: sch.Repeat.On, Attendees: []string{}}
			for _, a := range sch.Attendees {
				line.Attendees = append(line.Attendees, cmp.Or(names[a.UserID.Key()], string(a.UserID)))
			}
			sch.Occurrences(from, to, func(start, end int64) bool {
				line.Start, line.End = start, end
				out = append(out, line)
				return len(out) < schedulesAtOnce
			})
		}
		slices.SortStableFunc(out, func(a, b scheduleLine) int { return cmp.Compare(a.Start, b.Start) })
		return err
	})
}

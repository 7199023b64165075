package calendar

import (
	"cmp"
	"net/http"

	"qiwei/internal/access"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/store"
)

// phoneDraft is a schedule as a member writes it.
type phoneDraft struct {
	Summary     string      `json:"summary"`
	Description string      `json:"description"`
	Location    string      `json:"location"`
	Start       int64       `json:"start_time"`
	End         int64       `json:"end_time"`
	WholeDay    bool        `json:"is_whole_day"`
	Attendees   []id.UserID `json:"attendees"`
	Reminders   []int64     `json:"remind_time_diffs"` // seconds from the start; before it they are negative
	Repeat      phoneRepeat `json:"repeat"`
}

// phoneRepeat is how a schedule repeats, in the words of schedule/add (doc 93648).
type phoneRepeat struct {
	On       bool       `json:"is_repeat"`
	Type     RepeatType `json:"repeat_type"`
	Until    int64      `json:"repeat_until"` // Unix seconds; 0 for ever
	Custom   bool       `json:"is_custom_repeat"`
	Interval int64      `json:"repeat_interval"`
	Weekdays []int64    `json:"repeat_day_of_week"`
	Days     []int64    `json:"repeat_day_of_month"`
}

func (p phoneDraft) draft() (d Draft) {
	d.Summary, d.Description, d.Location, d.Start, d.End, d.WholeDay, d.Offset = p.Summary, p.Description, p.Location, p.Start, p.End, p.WholeDay, DefaultOffset
	d.Remind, d.Diffs = len(p.Reminders) > 0, p.Reminders
	if r := p.Repeat; r.On {
		d.Repeat = Repeat{On: true, Type: r.Type, Until: r.Until, Custom: r.Custom, Interval: r.Interval, Weekdays: r.Weekdays, Days: r.Days}
	}
	for _, u := range p.Attendees {
		d.Attendees = append(d.Attendees, Attendee{UserID: u})
	}
	return d
}

func (s *Service) phoneCreate(r *http.Request, sess login.Session) (any, error) {
	return write(s, r, sess, func(tx *store.Tx, by access.Caller, req phoneDraft) (any, error) {
		made, err := s.CreateOwn(r.Context(), tx, by, req.draft())
		return scheduleAddResponse{made.ID}, err
	})
}

// phoneChange replaces a schedule, or some of its repetitions.
func (s *Service) phoneChange(r *http.Request, sess login.Session) (any, error) {
	type changed struct {
		phoneDraft
		Mode    Mode  `json:"op_mode"`
		OpStart int64 `json:"op_start_time"`
	}
	return write(s, r, sess, func(tx *store.Tx, by access.Caller, req changed) (any, error) {
		old, err := s.existing(tx, by, r.PathValue("id"))
		if err != nil {
			return nil, err
		}
		u := Update{Draft: req.draft(), Mode: req.Mode, OpStart: req.OpStart}
		u.ID, u.Offset, u.Zone = old.ID, old.Offset, old.Zone
		for _, a := range old.Attendees { // who administers stays, if they still take part
			if a.Admin && attends(u.Attendees, a.UserID) {
				u.Admins = append(u.Admins, a.UserID)
			}
		}
		newID, err := s.ChangeAsMember(r.Context(), tx, by, u)
		return scheduleAddResponse{cmp.Or(newID, old.ID)}, err
	})
}

func attends(list []Attendee, user id.UserID) bool {
	for _, a := range list {
		if a.UserID.Equal(user) {
			return true
		}
	}
	return false
}

type phoneAttendee struct {
	UserID id.UserID `json:"userid"`
	Name   string    `json:"name"`
	Answer Answer    `json:"response_status"`
}

// phoneDetail is a schedule as those who take part see it.
type phoneDetail struct {
	ID          string          `json:"schedule_id"`
	Calendar    string          `json:"calendar"` // its name
	Summary     string          `json:"summary"`
	Description string          `json:"description"`
	Location    string          `json:"location"`
	Start       int64           `json:"start_time"`
	End         int64           `json:"end_time"`
	WholeDay    bool            `json:"is_whole_day"`
	Reminders   []int64         `json:"remind_time_diffs"`
	Repeat      phoneRepeat     `json:"repeat"`
	Attendees   []phoneAttendee `json:"attendees"`
	Creator     string          `json:"creator"` // a member's name; empty for an application
	May         bool            `json:"may_change"`
	Takes       bool            `json:"takes_part"`
	Rooms       bool            `json:"has_room"`
}

func (s *Service) phoneSchedule(r *http.Request, sess login.Session) (any, error) {
	var out phoneDetail
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		sch, found, err := s.Find(tx, sess.CorpID, r.PathValue("id"))
		if err != nil {
			return err
		}
		calendar, sees, err := s.sees(tx, sess, sch)
		if err == nil && (!found || sch.Cancelled || !sees) {
			err = door.ErrNotFound
		}
		if err != nil {
			return err
		}
		out, err = s.phoneDetail(tx, sess, sch)
		out.Calendar = calendar
		return err
	})
	return out, err
}

// sees reports whether a member sees a schedule in full, and returns the name of its calendar where the member
// sees that.
func (s *Service) sees(tx *store.Tx, sess login.Session, sch Schedule) (calendar string, sees bool, err error) {
	list, err := s.SeenBy(tx, sess.CorpID, sess.Member)
	for _, c := range list {
		if c.No == sch.Calendar && !c.Busy {
			return c.Summary, true, err
		}
	}
	return "", attends(sch.Attendees, sess.Member.UserID), err
}

func (s *Service) phoneDetail(tx *store.Tx, sess login.Session, sch Schedule) (phoneDetail, error) {
	r := sch.Repeat
	out := phoneDetail{
		ID: sch.ID, Summary: sch.Summary, Description: sch.Description, Location: sch.Location, Start: sch.Start, End: sch.End, WholeDay: sch.WholeDay,
		Reminders: append([]int64{}, sch.Diffs...), Repeat: phoneRepeat{r.On, r.Type, r.Until, r.Custom, r.Interval, append([]int64{}, r.Weekdays...), append([]int64{}, r.Days...)},
		Attendees: []phoneAttendee{}, May: s.mayChange(tx, sess.Member.UserID, sch) == nil, Takes: attends(sch.Attendees, sess.Member.UserID), Rooms: sch.Rooms > 0,
	}
	users := append(userIDs(sch.Attendees), sch.Creator)
	names, err := s.deps.Directory.NamesOf(tx, sess.CorpID, users)
	for _, a := range sch.Attendees {
		out.Attendees = append(out.Attendees, phoneAttendee{a.UserID, cmp.Or(names[a.UserID.Key()], string(a.UserID)), a.Answer})
	}
	out.Creator = cmp.Or(names[sch.Creator.Key()], string(sch.Creator))
	return out, err
}

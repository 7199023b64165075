package calendar

import (
	"encoding/json"
	"net/http"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/store"
)

// Routes returns what the member's page asks for.
func (s *Service) Routes() []door.Route {
	phone := s.deps.Member.JSON
	return []door.Route{
		{Pattern: "GET /phone/api/calendars", Handler: phone(s.phoneCalendars)},
		{Pattern: "GET /phone/api/schedules", Handler: phone(s.phoneSchedules)},
		{Pattern: "POST /phone/api/schedules", Handler: phone(s.phoneCreate)},
		{Pattern: "GET /phone/api/schedules/{id}", Handler: phone(s.phoneSchedule)},
		{Pattern: "POST /phone/api/schedules/{id}/change", Handler: phone(s.phoneChange)},
		{Pattern: "POST /phone/api/schedules/{id}/respond", Handler: phone(s.phoneRespond)},
		{Pattern: "POST /phone/api/schedules/{id}/cancel", Handler: phone(s.phoneCancel)},
		{Pattern: "GET /phone/api/busy", Handler: phone(s.phoneBusy)},
	}
}

type (
	phoneCalendar struct {
		ID      string `json:"cal_id"`
		Summary string `json:"summary"`
		Color   string `json:"color"`
		Own     bool   `json:"own"`
		May     bool   `json:"may_change"`
		Busy    bool   `json:"busy_only"`
	}
	phoneSchedule struct {
		ID        string      `json:"schedule_id"`
		Calendar  string      `json:"cal_id"`
		Summary   string      `json:"summary"`
		Location  string      `json:"location,omitempty"`
		Start     int64       `json:"start_time"`
		End       int64       `json:"end_time"`
		WholeDay  bool        `json:"is_whole_day"`
		Repeats   bool        `json:"repeats"`
		Attendees []id.UserID `json:"attendees,omitempty"`
		Answer    *Answer     `json:"response_status,omitempty"` // the member's own
	}
)

// shownAtOnce bounds what one answer to the page lists.
const shownAtOnce = 1000

// lookSpan is how many seconds the page may look at.
const lookSpan = 400 * 86400

func between(r *http.Request) (from, to int64, err error) {
	if from, err = door.Number(r, "from"); err != nil {
		return 0, 0, err
	}
	if to, err = door.Number(r, "to"); err != nil {
		return 0, 0, err
	}
	if from < 0 || to <= from || to-from > lookSpan {
		err = errParameter.With("from, to: Unix times in seconds, at most 400 days apart, expected")
	}
	return from, to, err
}

func (s *Service) phoneCalendars(r *http.Request, sess login.Session) (any, error) {
	out := []phoneCalendar{}
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		list, err := s.SeenBy(tx, sess.CorpID, sess.Member)
		for _, c := range list {
			out = append(out, phoneCalendar{c.ID, c.Summary, c.Color, c.Own, c.May, c.Busy})
		}
		return err
	})
	return out, err
}

func (s *Service) phoneSchedules(r *http.Request, sess login.Session) (any, error) {
	from, to, err := between(r)
	if err != nil {
		return nil, err
	}
	out := []phoneSchedule{}
	err = s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		list, err := s.Attended(tx, sess.CorpID, sess.Member.UserID, from, to)
		if err != nil {
			return err
		}
		listed := map[int64]bool{}
		for _, sch := range list {
			out = appendShown(out, sch, sess.Member.UserID, false, from, to)
			listed[sch.No] = true
		}
		calendars, err := s.SeenBy(tx, sess.CorpID, sess.Member)
		if err != nil {
			return err
		}
		for _, c := range calendars {
			if list, err = s.Between(tx, c.Calendar, from, to); err != nil {
				return err
			}
			for _, sch := range list {
				if !listed[sch.No] && len(out) < shownAtOnce {
					out = appendShown(out, sch, sess.Member.UserID, c.Busy, from, to)
				}
			}
		}
		return nil
	})
	return out, err
}

func appendShown(out []phoneSchedule, sch Schedule, user id.UserID, busy bool, from, to int64) []phoneSchedule {
	one := phoneSchedule{ID: sch.ID, Calendar: sch.CalendarID, Summary: sch.Summary, Location: sch.Location, WholeDay: sch.WholeDay, Repeats: sch.Repeat.On, Attendees: userIDs(sch.Attendees)}
	for _, a := range sch.Attendees {
		if a.UserID.Equal(user) {
			one.Answer = &a.Answer
		}
	}
	if busy {
		one = phoneSchedule{ID: sch.ID, Calendar: sch.CalendarID, Summary: BusySummary, WholeDay: sch.WholeDay}
	}
	sch.Occurrences(from, to, func(start, end int64) bool {
		one.Start, one.End = start, end
		out = append(out, one)
		return len(out) < shownAtOnce
	})
	return out
}

// BusySummary is what is shown in place of a title to those who see busy times only.
const BusySummary = "忙碌"

// write runs fn as the signed-in member on the request's body.
func write[Req any](s *Service, r *http.Request, sess login.Session, fn func(tx *store.Tx, by access.Caller, req Req) (any, error)) (out any, err error) {
	var req Req
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return nil, errParameter.With("a JSON object expected: %v", err)
	}
	err = s.deps.Store.Write(r.Context(), func(tx *store.Tx) error {
		out, err = fn(tx, access.MemberOf(sess.CorpID, sess.Member.UserID), req)
		return err
	})
	return out, err
}

func (s *Service) phoneRespond(r *http.Request, sess login.Session) (any, error) {
	type answered struct {
		Answer  Answer `json:"response_status"`
		OpStart int64  `json:"op_start_time"`
	}
	return write(s, r, sess, func(tx *store.Tx, by access.Caller, req answered) (any, error) {
		return nothing{}, s.Respond(r.Context(), tx, by, r.PathValue("id"), req.Answer, req.OpStart)
	})
}

func (s *Service) phoneCancel(r *http.Request, sess login.Session) (any, error) {
	type cancelled struct {
		Mode    Mode  `json:"op_mode"`
		OpStart int64 `json:"op_start_time"`
	}
	return write(s, r, sess, func(tx *store.Tx, by access.Caller, req cancelled) (any, error) {
		return nothing{}, s.CancelAsMember(r.Context(), tx, by, r.PathValue("id"), req.Mode, req.OpStart)
	})
}

// phoneBusy answers when members have no time, as wx.qy.checkSchedule shows it (doc 97693). Of those whom the member does
// not see it says nothing, as of those who are not there.
func (s *Service) phoneBusy(r *http.Request, sess login.Session) (any, error) {
	from, to, err := between(r)
	if err != nil {
		return nil, err
	}
	users := id.From[id.UserID](strings.Split(r.URL.Query().Get("users"), ","))
	if len(users) == 1 && users[0] == "" {
		users[0] = sess.Member.UserID
	}
	if len(users) > 100 {
		return nil, errParameter.With("users: at most 100 expected")
	}
	out := map[id.UserID][]Busy{}
	err = s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		known, err := s.deps.Rules.Known(tx, access.MemberOf(sess.CorpID, sess.Member.UserID), users, nil)
		for _, m := range known {
			times, err := s.BusyTimes(tx, sess.CorpID, m.UserID, from, to)
			if err != nil {
				return err
			}
			out[m.UserID] = append([]Busy{}, times...)
		}
		return err
	})
	return out, err
}

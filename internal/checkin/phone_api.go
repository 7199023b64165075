package checkin

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/approval"
	"qiwei/internal/door"
	"qiwei/internal/form"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/store"
)

// Routes returns the calls of a member's page, with the member's session.
func (s *Service) Routes() []door.Route {
	page := s.deps.Member.JSON
	return []door.Route{
		{Pattern: "GET /phone/api/checkin", Handler: page(s.phoneToday)},
		{Pattern: "POST /phone/api/checkin", Handler: page(s.phoneCheckIn)},
		{Pattern: "GET /phone/api/checkin/month", Handler: page(s.phoneMonth)},
	}
}

type (
	// phoneRecord is a check-in, or one that is missing.
	phoneRecord struct {
		At        int64  `json:"at"` // Unix seconds
		Kind      string `json:"checkin_type"`
		Exception string `json:"exception_type,omitempty"`
		Due       int64  `json:"due,omitempty"`
		Title     string `json:"location_title,omitempty"`
		Notes     string `json:"notes,omitempty"`
		Missing   bool   `json:"missing,omitempty"`
		Field     bool   `json:"field_work,omitempty"`
	}
	// phoneSlot is a time of today at which one checks in.
	phoneSlot struct {
		Kind string       `json:"checkin_type"`
		Due  int64        `json:"due"`
		From int64        `json:"from"`
		To   int64        `json:"to"`
		Done *phoneRecord `json:"done,omitempty"`
	}
	phoneToday struct {
		Now       int64         `json:"now"`
		Day       int64         `json:"day"`
		Rule      string        `json:"rule,omitempty"`
		Shift     string        `json:"shift,omitempty"`
		Type      int64         `json:"grouptype,omitempty"`
		Workday   bool          `json:"workday"`
		Exempt    bool          `json:"exempt,omitempty"`
		Open      bool          `json:"open"` // one can check in
		Next      string        `json:"next,omitempty"`
		NeedPhoto bool          `json:"need_photo,omitempty"`
		Face      bool          `json:"face,omitempty"`
		OutRange  int64         `json:"option_out_range"`
		Places    []Place       `json:"places"`
		WiFi      []WiFi        `json:"wifi"`
		Slots     []phoneSlot   `json:"slots"`
		Records   []phoneRecord `json:"records"`
		Worked    int64         `json:"worked"`
	}
	phoneDay struct {
		Day        int64           `json:"day"`
		Workday    bool            `json:"workday"`
		Holiday    bool            `json:"holiday,omitempty"`
		Future     bool            `json:"future,omitempty"`
		Shift      string          `json:"shift,omitempty"`
		Records    []phoneRecord   `json:"records"`
		Exceptions []exceptionInfo `json:"exceptions"`
		Approvals  []string        `json:"approvals"`
		Worked     int64           `json:"worked"`
		Overtime   int64           `json:"overtime,omitempty"`
	}
	phoneMonth struct {
		Month      string          `json:"month"`
		Days       []phoneDay      `json:"days"`
		Workdays   int64           `json:"work_days"`
		Regular    int64           `json:"regular_days"`
		Except     int64           `json:"except_days"`
		Worked     int64           `json:"worked"`
		Overtime   int64           `json:"overtime"`
		Exceptions []exceptionInfo `json:"exceptions"`
		Items      []item          `json:"items"`
	}
)

func (c shown) phone() phoneRecord {
	out := phoneRecord{At: c.at, Kind: c.kind, Exception: c.exception, Due: c.due, Missing: c.rec == nil}
	if c.rec != nil {
		out.Title, out.Notes, out.Field = c.rec.Title, c.rec.Notes, c.rec.Flaws&fieldWork != 0
	}
	return out
}

func (d *dayReport) phoneRecords() []phoneRecord {
	out := []phoneRecord{}
	for _, c := range d.shown {
		out = append(out, c.phone())
	}
	return out
}

// became returns what a check-in is listed as. One that is not listed, because another stands for its time, has no kind.
func (s *Service) became(ctx context.Context, tx *store.Tx, corpID string, user id.UserID, rec *Record) (phoneRecord, error) {
	p, err := s.member(ctx, tx, corpID, user)
	if err != nil {
		return phoneRecord{}, err
	}
	list, err := s.days(tx, corpID, []*person{p}, Midnight(rec.At)-day, Midnight(rec.At))
	for _, days := range list {
		for _, d := range days {
			for _, c := range d.shown {
				if c.rec != nil && c.rec.At == rec.At && c.rec.Source == rec.Source && c.rec.Flaws == rec.Flaws {
					return c.phone(), err
				}
			}
		}
	}
	return phoneRecord{At: rec.At, Title: rec.Title, Notes: rec.Notes}, err
}

func (s *Service) phoneToday(r *http.Request, sess login.Session) (any, error) {
	var out phoneToday
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
		out, err = s.todayOf(r.Context(), tx, sess.CorpID, sess.Member.UserID)
		return err
	})
	return out, err
}

func (s *Service) todayOf(ctx context.Context, tx *store.Tx, corpID string, user id.UserID) (out phoneToday, err error) {
	p, err := s.member(ctx, tx, corpID, user)
	if err != nil {
		return out, err
	}
	now := tx.Now().Unix()
	w, err := s.windowAt(ctx, tx, corpID, p, now)
	if err != nil {
		return out, err
	}
	d := w.report
	out = phoneToday{Now: now, Day: d.day, Workday: d.kind == workday, Exempt: d.exempt, Open: w.open, Shift: d.shift.Name, Records: d.phoneRecords(), Places: []Place{}, WiFi: []WiFi{}, Slots: []phoneSlot{}, Worked: d.regular}
	if w.since != nil { // an outing after midnight is of the new day, and listed at once
		for _, c := range w.since.shown {
			if c.rec != nil {
				out.Records = append(out.Records, c.phone())
			}
		}
	}
	if r := w.rule; r != nil {
		out.Rule, out.Type, out.NeedPhoto, out.Face, out.OutRange = r.Name, r.Type, r.NeedPhoto, r.FaceDetect, r.OutOfRange
		out.Places, out.WiFi = append(out.Places, r.Places...), append(out.WiFi, r.WiFi...)
		out.Open = out.Open && r.Means != 1 && r.Means != 2
	}
	for _, sl := range d.slots {
		v := phoneSlot{Kind: kindText(sl.off), Due: sl.due, From: sl.from, To: sl.to}
		if i := slices.IndexFunc(d.shown, func(c shown) bool { return c.rec != nil && c.rec == sl.rec }); i >= 0 {
			done := d.shown[i].phone()
			v.Done = &done
		}
		out.Slots = append(out.Slots, v)
	}
	switch last := len(d.pairs) - 1; {
	case !out.Open:
	case w.slot != nil:
		out.Next = kindText(w.slot.off)
	case w.rule.Method == 2:
		out.Next = notedText
	default:
		out.Next = kindText(last >= 0 && (d.pairs[last].off == nil || w.rule.Method == 1))
	}
	return out, nil
}

// phoneCheckInRequest is a check-in by the page.
type phoneCheckInRequest struct {
	Outing bool `json:"outing"`
	Details
}

func (s *Service) phoneCheckIn(r *http.Request, sess login.Session) (any, error) {
	var req phoneCheckInRequest
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		return nil, ErrInput.With("a JSON object expected: %v", err)
	}
	var out struct {
		Record phoneRecord `json:"record"`
		Today  phoneToday  `json:"today"`
	}
	err := s.deps.Store.Write(r.Context(), func(tx *store.Tx) error {
		rec, err := s.CheckIn(r.Context(), tx, sess.CorpID, Punch{UserID: sess.Member.UserID, At: tx.Now().Unix(), Outing: req.Outing, Details: req.Details})
		if err != nil {
			return err
		}
		if out.Record, err = s.became(r.Context(), tx, sess.CorpID, sess.Member.UserID, rec); err != nil {
			return err
		}
		out.Today, err = s.todayOf(r.Context(), tx, sess.CorpID, sess.Member.UserID)
		return err
	})
	return out, err
}

// monthSpan returns the first and the last day of a month such as 2026-11; of this one if it is empty.
func monthSpan(tx *store.Tx, name string) (from, to int64, err error) {
	first := tx.Now().In(form.China)
	if name != "" {
		if first, err = time.ParseInLocation("2006-01", name, form.China); err != nil {
			return 0, 0, ErrInput.With("month: a month such as 2026-11 expected")
		}
	}
	first = time.Date(first.Year(), first.Month(), 1, 0, 0, 0, 0, form.China)
	return first.Unix(), first.AddDate(0, 1, -1).Unix(), nil
}

func (s *Service) phoneMonth(r *http.Request, sess login.Session) (any, error) {
	var out phoneMonth
	err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
		out, err = s.monthOf(r.Context(), tx, sess.CorpID, sess.Member.UserID, r.URL.Query().Get("month"))
		return err
	})
	return out, err
}

// monthOf returns a month of a member, days to come being only planned.
func (s *Service) monthOf(ctx context.Context, tx *store.Tx, corpID string, user id.UserID, name string) (out phoneMonth, err error) {
	list, err := s.Months(tx, access.System(corpID), []id.UserID{user}, name)
	if err != nil {
		return out, err
	}
	return list[0].phoneMonth, nil
}

// MemberMonth is a month of a member, as pages show it.
type MemberMonth struct {
	UserID id.UserID `json:"userid"`
	Name   string    `json:"name"`
	Rule   string    `json:"rule,omitempty"` // of the last day
	phoneMonth
}

// Months returns a month such as 2026-11 of members whom the caller sees; this month if it is empty.
func (s *Service) Months(tx *store.Tx, by access.Caller, users []id.UserID, name string) (out []MemberMonth, err error) {
	from, to, err := monthSpan(tx, name)
	if err != nil || len(users) == 0 {
		return nil, err
	}
	people, err := s.named(tx, by, users)
	if err != nil {
		return nil, err
	}
	now := tx.Now().Unix()
	list, err := s.daysAt(tx, by.CorpID, people, from, to, now)
	if err != nil {
		return nil, err
	}
	vacations, err := s.deps.Approvals.Vacations(tx, by.CorpID)
	for i, p := range people {
		m := MemberMonth{UserID: p.UserID, Name: p.Name, phoneMonth: monthPage(list[i], vacations, now)}
		m.Month = dateOf(from)[:7]
		if r := list[i][len(list[i])-1].rule; r != nil {
			m.Rule = r.Name
		}
		out = append(out, m)
	}
	return out, err
}

// monthPage is a month for a page.
func monthPage(days []*dayReport, vacations []approval.Vacation, now int64) (out phoneMonth) {
	for _, d := range days {
		v := phoneDay{
			Day: d.day, Workday: d.kind == workday, Holiday: d.kind == holiday, Future: d.day > now, Shift: d.shift.Name, Records: d.phoneRecords(),
			Exceptions: append([]exceptionInfo{}, exceptions(d.flaws)...), Approvals: []string{}, Worked: d.regular, Overtime: d.overtime.Seconds,
		}
		for _, a := range d.approvals() {
			v.Approvals = append(v.Approvals, a.title)
		}
		out.Days = append(out.Days, v)
	}
	m := sum(slices.DeleteFunc(slices.Clone(days), func(d *dayReport) bool { return d.day > now }), vacations)
	out.Workdays, out.Regular, out.Except, out.Worked = m.workdays, m.regular, m.except, m.worked
	out.Overtime = m.overtime[workday] + m.overtime[restDay] + m.overtime[holiday]
	out.Exceptions, out.Items = append([]exceptionInfo{}, exceptions(m.flaws)...), m.items
	return out
}

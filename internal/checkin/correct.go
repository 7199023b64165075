package checkin

import (
	"context"
	"errors"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/approval"
	"qiwei/internal/form"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// window is what a member can do at a moment.
type window struct {
	rule   *dated
	report *dayReport
	since  *dayReport // the day that has begun since, where the report is of the day before
	open   bool       // one can check in by phone
	slot   *slot
}

// windowAt returns what a member can check in for at a time: the day before may still be open after midnight.
func (s *Service) windowAt(ctx context.Context, tx *store.Tx, corpID string, p *person, at int64) (w window, err error) {
	midnight := Midnight(at)
	list, err := s.daysAt(tx, corpID, []*person{p}, midnight-day, midnight, max(at, tx.Now().Unix()))
	if err != nil {
		return w, err
	}
	yesterday, today := list[0][0], list[0][1]
	w.report, w.rule = today, today.rule
	if sl := yesterday.slotAt(at); sl != nil && today.slotAt(at) == nil {
		return window{yesterday.rule, yesterday, today, true, sl}, nil
	}
	switch w.slot = today.slotAt(at); {
	case today.rule == nil:
	case today.rule.Type == Free || today.exempt:
		w.open = true
	case today.kind == workday:
		w.open = w.slot != nil
	default:
		w.open = today.rule.OnRestDays || today.planOvertime().Allow
	}
	return w, nil
}

// slotAt returns what a check-in at the time would be for: coming if the member has not come yet, and otherwise going.
func (d *dayReport) slotAt(at int64) (found *slot) {
	for i := range d.slots {
		sl := &d.slots[i]
		if sl.from > at || at > sl.to || !sl.off && sl.rec != nil {
			continue
		}
		if found == nil || found.off || !sl.off {
			found = sl
		}
	}
	return found
}

// PunchCorrection is a check-in that an application corrects (doc 95803).
type PunchCorrection struct {
	UserID id.UserID
	Day    int64  // midnight
	Due    *int64 // seconds after it, nil where no times are set
	At     int64
	Remark string
}

// Correct corrects a check-in. It answers ErrDue where nobody has to check in at the time, ErrTime for a time at which
// that is not possible, ErrDay for a day without work on which check-ins do not count, and ErrCall for times to come.
func (s *Service) Correct(ctx context.Context, tx *store.Tx, by access.Caller, c PunchCorrection) error {
	switch {
	case c.UserID == "":
		return ErrCall.With("userid is missing")
	case c.Day <= 0 || c.Day != Midnight(c.Day):
		return ErrCall.With("schedule_date_time: a midnight in UTC+8 expected, as a Unix time in seconds")
	case c.At <= 0 || c.At > tx.Now().Unix() || c.Day > today(tx):
		return ErrCall.With("checkin_time: a time that has come expected")
	case len(c.Remark) > maxRemark:
		return ErrCall.With("remark: %d bytes, at most %d", len(c.Remark), maxRemark)
	}
	people, err := s.named(tx, by, []id.UserID{c.UserID})
	if err != nil {
		return err
	}
	list, err := s.daysAt(tx, by.CorpID, people, c.Day, c.Day, tx.Now().Unix())
	if err != nil {
		return err
	}
	d := list[0][0]
	rec := &Record{User: people[0].UserID.Key(), At: c.At, Source: ByCorrection, Details: Details{Notes: c.Remark}}
	if len(d.slots) > 0 {
		if c.Due == nil {
			return ErrDue.With("schedule_checkin_time: one of %v expected", d.dues())
		}
		i := slices.IndexFunc(d.slots, func(sl slot) bool { return sl.due == c.Day+*c.Due })
		if i < 0 {
			return ErrDue.With("schedule_checkin_time: %d; one of %v expected", *c.Due, d.dues())
		}
		if sl := d.slots[i]; c.At < sl.from || c.At > sl.to {
			return ErrTime.With("checkin_time: %d to %d expected", sl.from, sl.to)
		}
		rec.Due = c.Day + *c.Due
		return s.correct(tx, by.CorpID, rec)
	}
	if err := d.takesLoose(c.At); err != nil {
		return err
	}
	if c.Due != nil && *c.Due != 0 {
		return ErrDue.With("schedule_checkin_time: nobody has to check in at a time on that day")
	}
	return s.correct(tx, by.CorpID, rec)
}

// takesLoose answers why a day takes no check-in that stands for no time.
func (d *dayReport) takesLoose(at int64) error {
	rest := d.kind == restDay || d.kind == holiday
	if rest && d.rule.Type != Free && !d.rule.OnRestDays && !d.planOvertime().Allow {
		return ErrDay.With("the day is one of rest, on which the rule %q takes no check-ins", d.rule.Name)
	}
	if from, to := d.span(); at < from || at >= to {
		return ErrTime.With("checkin_time: %d to %d expected", from, to-1)
	}
	return nil
}

// dues are the times of the day at which one checks in, in seconds after midnight.
func (d *dayReport) dues() (out []int64) {
	for _, sl := range d.slots {
		out = append(out, sl.due-d.day)
	}
	return out
}

// correct writes a correction. Of several for a time the last stands.
func (s *Service) correct(tx *store.Tx, corpID string, rec *Record) error {
	if _, err := tx.Exec(`DELETE FROM checkin_record WHERE corpid = ? AND userkey = ? AND at = ? AND source = ? AND due = ?`, corpID, rec.User, rec.At, int64(rec.Source), rec.Due); err != nil {
		return err
	}
	_, err := insertRecord(tx, corpID, rec)
	return err
}

// mayCorrect answers why a member may not have a check-in corrected by approval: the member's rule says how often, how
// long afterwards, and what (doc 98041). Without a rule everything may be.
func (s *Service) mayCorrect(ctx context.Context, tx *store.Tx, corpID string, user id.UserID, v form.PunchValue) error {
	p, err := s.member(ctx, tx, corpID, user)
	if err != nil {
		return err
	}
	midnight, now := punchDay(v), tx.Now()
	if v.Time > now.Unix() {
		return approval.ErrParameter.With("punch_correction.time has not come yet")
	}
	list, err := s.daysAt(tx, corpID, []*person{p}, midnight, midnight, now.Unix())
	if err != nil || list[0][0].rule == nil {
		return err
	}
	d := list[0][0]
	c := d.rule.Correct
	month := now.In(form.China)
	begin := dayOf(month.Format("2006-01") + "-01")
	switch {
	case !c.Allow:
		return approval.ErrParameter.With("the check-in rule %q allows no corrections", d.rule.Name)
	case c.Days > 0 && midnight <= today(tx)-c.Days*day:
		return approval.ErrParameter.With("the check-in rule %q allows corrections of %d days", d.rule.Name, c.Days)
	case c.NextMonth > 0 && midnight < begin && (int64(month.Day()) >= c.NextMonth || midnight < dayOf(month.AddDate(0, 0, -month.Day()).Format("2006-01")+"-01")):
		return approval.ErrParameter.With("the check-in rule %q allows corrections until day %d of the next month", d.rule.Name, c.NextMonth)
	}
	if c.Most >= 0 {
		at := dayOf(dateOf(midnight)[:7] + "-01")
		n, err := countCorrections(tx, corpID, p.UserID.Key(), at, at+31*day)
		if err != nil {
			return err
		}
		if n >= c.Most {
			return approval.ErrParameter.With("the check-in rule %q allows %d corrections a month", d.rule.Name, c.Most)
		}
	}
	if sl := d.wrong(v.Time); sl != nil && c.closes(sl.flaw) {
		return approval.ErrParameter.With("the check-in rule %q allows no corrections of this", d.rule.Name)
	}
	return nil
}

// closes reports whether what is wrong may not be corrected.
func (c Correction) closes(f flaw) bool {
	bit := map[flaw]int64{missing: 1, absent: 1, late: 2, early: 4}[f]
	if bit == 0 {
		bit = 8
	}
	return c.Closed&bit != 0
}

// punchDay is the day of a correction; old forms only have the time.
func punchDay(v form.PunchValue) int64 {
	if v.Day > 0 {
		return Midnight(v.Day)
	}
	return Midnight(v.Time)
}

// wrong returns the time of the day that a correction is for: the nearest of those with something wrong, nil if
// there is none.
func (d *dayReport) wrong(at int64) (found *slot) {
	distance := func(sl *slot) int64 { return max(sl.due-at, at-sl.due) }
	for i := range d.slots {
		if sl := &d.slots[i]; sl.flaw != fine && (found == nil || distance(sl) < distance(found)) {
			found = sl
		}
	}
	return found
}

// approvalSettled makes check-ins of the corrections of an approval that has passed, and takes them back with it.
func (s *Service) approvalSettled(ctx context.Context, tx *store.Tx, c *approval.Case) error {
	if c.RecordType != form.Punch {
		return nil
	}
	n, err := tx.Count(`SELECT count(*) FROM checkin_record WHERE corpid = ? AND sp_no = ? AND sp_no <> ''`, c.CorpID, c.SpNo)
	if err != nil {
		return err
	}
	if c.Status != approval.Passed {
		if n > 0 {
			_, err = tx.Exec(`DELETE FROM checkin_record WHERE corpid = ? AND sp_no = ? AND sp_no <> ''`, c.CorpID, c.SpNo)
		}
		return err
	}
	if n > 0 {
		return nil
	}
	p, err := s.member(ctx, tx, c.CorpID, c.Creator)
	if errors.Is(err, ErrUser) { // who has left needs no correction
		return nil
	}
	if err != nil {
		return err
	}
	for _, v := range form.Punches(c.Contents) {
		list, err := s.daysAt(tx, c.CorpID, []*person{p}, punchDay(v), punchDay(v), tx.Now().Unix())
		if err != nil {
			return err
		}
		rec := &Record{User: p.UserID.Key(), At: v.Time, Source: ByApproval, SpNo: c.SpNo}
		if sl := list[0][0].wrong(v.Time); sl != nil {
			rec.Due = sl.due
		}
		if err := s.correct(tx, c.CorpID, rec); err != nil {
			return err
		}
	}
	return nil
}

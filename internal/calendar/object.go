package calendar

import (
	"context"
	"errors"
	"slices"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Object is a schedule as a calendar program has it: together with the schedules that take the place of single
// repetitions.
type Object struct {
	Schedule
	Instead []Schedule // in the order of what they replace
	// written is the sequence number of the whole, and stale says that a part has changed after it.
	written int64
	stale   bool
}

// Written returns what the program has written, empty if the object is not from one or has changed since.
func (o Object) Written() string {
	if o.stale {
		return ""
	}
	return o.Source
}

// FileName is the name of the object's resource.
func (o Object) FileName() string {
	if o.Name != "" {
		return o.Name
	}
	return o.ID + ".ics"
}

// ObjectUID is the iCalendar UID.
func (o Object) ObjectUID() string {
	if o.UID != "" {
		return o.UID
	}
	return o.ID
}

// Version grows with each change of the object within its calendar.
func (o Object) Version() int64 { return o.Sequence }

// Objects returns those in a calendar, or only those with something that has changed after a sequence number;
// then also those that are gone.
func (s *Service) Objects(tx *store.Tx, c Calendar, after int64) (there, gone []Object, err error) {
	all, err := selectSchedules(tx, `corpid = ? AND calendar = ? ORDER BY no`, c.CorpID, c.No)
	if err != nil {
		return nil, nil, err
	}
	there, gone = objectsOf(all, after)
	return there, gone, nil
}

// ObjectsNamed returns the objects in a calendar that have the file name or the UID, either of which may be empty.
func (s *Service) ObjectsNamed(tx *store.Tx, c Calendar, name, uid string) ([]Object, error) {
	where, args := `name = ? OR schedule_id = ?`, []any{c.CorpID, c.No, name, strings.TrimSuffix(name, ".ics")}
	if uid != "" {
		where, args = where+` OR uid = ? OR schedule_id = ?`, append(args, uid, uid)
	}
	var numbers []int64
	err := tx.Each(`SELECT no, parent FROM calendar_schedule WHERE corpid = ? AND calendar = ? AND cancelled = 0 AND (`+where+`)`, args, func(rows *store.Rows) error {
		var no, parent int64
		err := rows.Scan(&no, &parent)
		numbers = append(numbers, no)
		if parent != 0 {
			numbers = append(numbers, parent)
		}
		return err
	})
	if err != nil || len(numbers) == 0 {
		return nil, err
	}
	in := store.Marks(len(numbers))
	all, err := selectSchedules(tx, `corpid = ? AND calendar = ? AND (no IN (`+in+`) OR parent IN (`+in+`)) ORDER BY no`,
		store.Args(store.Args([]any{c.CorpID, c.No}, numbers), numbers)...)
	there, _ := objectsOf(all, -1)
	return there, err
}

// ErrFull refuses what a member's own calendar has no room for.
var ErrFull = errors.New("the calendar is full")

// What a member's own calendar holds. Programs read it as a whole, so its size is what one request costs.
const (
	maxObjects = 10_000   // schedules, those that replace single repetitions too
	maxBytes   = 32 << 20 // of what programs have written
)

// fits refuses what has made a calendar too large.
func fits(tx *store.Tx, c Calendar) error {
	var count, size int64
	_, err := tx.Get(`SELECT count(*), COALESCE(SUM(LENGTH(body)), 0) FROM calendar_schedule WHERE corpid = ? AND calendar = ? AND cancelled = 0`, []any{c.CorpID, c.No}, &count, &size)
	if err == nil && (count > maxObjects || size > maxBytes) {
		err = ErrFull
	}
	return err
}

// objectsOf joins schedules to objects.
func objectsOf(all []Schedule, after int64) (there, gone []Object) {
	at := map[int64]int{}
	var list []Object
	for _, sch := range all {
		parent, joined := at[sch.Parent]
		joined = joined && sch.Parent != 0 && !list[parent].Cancelled
		if !joined {
			at[sch.No] = len(list)
			list = append(list, Object{Schedule: sch, written: sch.Sequence})
			continue
		}
		o := &list[parent]
		o.stale = o.stale || sch.Sequence > o.written
		if o.Sequence = max(o.Sequence, sch.Sequence); sch.Cancelled {
			continue
		}
		o.Instead = append(o.Instead, sch)
	}
	for _, o := range list {
		switch {
		case o.Version() <= after:
		case o.Cancelled:
			gone = append(gone, o)
		default:
			there = append(there, o)
		}
	}
	return there, gone
}

// Invited returns the schedules that a member was invited to and has not declined, of calendars that the
// member does not see in full.
func (s *Service) Invited(tx *store.Tx, corpID string, user id.UserID, seen []Seen) ([]Object, error) {
	list, err := selectSchedules(tx, `corpid = ? AND cancelled = 0 AND no IN (SELECT schedule FROM calendar_attendee WHERE corpid = ? AND userkey = ? AND answer <> ?) ORDER BY no`,
		corpID, corpID, user.Key(), int64(Declined))
	list = slices.DeleteFunc(list, func(sch Schedule) bool {
		return slices.ContainsFunc(seen, func(c Seen) bool { return c.No == sch.Calendar && !c.Busy })
	})
	there, _ := objectsOf(list, -1)
	return there, err
}

// ObjectDraft is an object as a program writes it.
type ObjectDraft struct {
	Name, UID string
	Draft
	Instead []Draft // InsteadOf says which repetition each replaces
	Source  string
}

// PutObject makes or replaces an object in a calendar that the member may change. old is nil for a new one,
// which only the member's own calendar takes: others' only their application adds to (doc 93624).
func (s *Service) PutObject(ctx context.Context, tx *store.Tx, by access.Caller, c Seen, old *Object, d ObjectDraft) error {
	var kept []id.UserID
	if old != nil {
		kept = userIDs(old.Attendees)
	}
	drafts := append([]*Draft{&d.Draft}, pointers(d.Instead)...)
	for _, one := range drafts {
		if one.Summary == "" {
			one.Summary = defaultSummary
		}
		if err := s.settleDraft(tx, by, one, kept...); err != nil {
			return err
		}
	}
	for _, one := range d.Instead {
		d.exclude(one.InsteadOf)
	}
	if old == nil {
		if !c.Own {
			return ErrNoRight.With("only its application adds to this calendar")
		}
		if err := s.insertObject(ctx, tx, by, c.Calendar, d); err != nil {
			return err
		}
		return fits(tx, c.Calendar)
	}
	if err := s.mayChange(tx, by.UserID, old.Schedule); err != nil {
		return err
	}
	next := old.Schedule
	next.Start, next.End, next.Content, next.UID = d.Start, d.End, d.Content, d.UID
	next.Attendees = carryOver(by.UserID, old.Attendees, d.Attendees)
	if err := s.putInstead(tx, by.UserID, c.Calendar, *old, d); err != nil {
		return err
	}
	moved := !sameTimes(old.Schedule, next) || !slices.Equal(old.Repeat.Excluded, next.Repeat.Excluded)
	next.Source = d.Source
	next, err := s.update(tx, next, true) // last, so that the object is as it was written
	if err != nil {
		return err
	}
	if c.Own {
		if err := fits(tx, c.Calendar); err != nil {
			return err
		}
	}
	if err := s.report(ctx, tx, by, Changed{next, moved}); err != nil {
		return err
	}
	if err := s.tellChange(ctx, tx, old.Schedule, next); err != nil {
		return err
	}
	return s.happened(ctx, tx, by, scheduleModified, next.App, next.CalendarID, next.ID)
}

func pointers(list []Draft) (out []*Draft) {
	for i := range list {
		out = append(out, &list[i])
	}
	return out
}

// carryOver keeps of those who took part before what only they or the API say: their answers, and who
// administers. The member's own answer is as the member's program writes it.
func carryOver(user id.UserID, before, wanted []Attendee) []Attendee {
	out := slices.Clone(wanted)
	for i := range out {
		a := &out[i]
		if !a.UserID.Equal(user) {
			a.Answer = Unanswered
		}
		for _, b := range before {
			if !b.UserID.Equal(a.UserID) {
				continue
			}
			if a.Admin = b.Admin; !b.UserID.Equal(user) || a.Answer == Unanswered {
				a.Answer = b.Answer
			}
		}
	}
	return out
}

func (s *Service) insertObject(ctx context.Context, tx *store.Tx, by access.Caller, c Calendar, d ObjectDraft) error {
	d.Creator, d.Schedule.Name, d.Schedule.UID = by.UserID, d.Name, d.UID
	d.Attendees = carryOver(by.UserID, nil, d.Attendees)
	made, err := s.insert(tx, c, d.Schedule)
	if err != nil {
		return err
	}
	if err := s.putInstead(tx, by.UserID, c, Object{Schedule: made}, d); err != nil {
		return err
	}
	made.Source = d.Source
	if made, err = s.update(tx, made, false); err != nil { // last, so that the object is as it was written
		return err
	}
	others := slices.DeleteFunc(slices.Clone(made.Attendees), func(a Attendee) bool { return a.UserID.Equal(by.UserID) })
	return s.tellAttendees(ctx, tx, made, others, "新日程")
}

// putInstead makes the schedules in place of single repetitions what a program has written.
func (s *Service) putInstead(tx *store.Tx, by id.UserID, c Calendar, old Object, d ObjectDraft) error {
	left := slices.Clone(old.Instead)
	for _, one := range d.Instead {
		one.Repeat, one.Parent, one.Creator = Repeat{}, old.No, old.Creator
		i := slices.IndexFunc(left, func(s Schedule) bool { return s.InsteadOf == one.InsteadOf })
		if i < 0 {
			one.Attendees = carryOver(by, nil, one.Attendees)
			if _, err := s.insert(tx, c, one.Schedule); err != nil {
				return err
			}
			continue
		}
		next := left[i]
		left = slices.Delete(left, i, i+1)
		next.Start, next.End, next.Content, next.Attendees = one.Start, one.End, one.Content, carryOver(by, next.Attendees, one.Attendees)
		if _, err := s.update(tx, next, true); err != nil {
			return err
		}
	}
	for _, gone := range left {
		gone.Cancelled = true
		if _, err := s.update(tx, gone, false); err != nil {
			return err
		}
	}
	return nil
}

// DeleteObject cancels an object as a member who may, and declines it as one who only takes part.
func (s *Service) DeleteObject(ctx context.Context, tx *store.Tx, by access.Caller, o Object) error {
	if err := s.mayChange(tx, by.UserID, o.Schedule); err != nil {
		if slices.ContainsFunc(o.Attendees, func(a Attendee) bool { return a.UserID.Equal(by.UserID) }) {
			return s.Respond(ctx, tx, by, o.ID, Declined, 0)
		}
		return err
	}
	for _, one := range o.Instead {
		if err := s.cancel(ctx, tx, by, one); err != nil {
			return err
		}
	}
	return s.CancelAsMember(ctx, tx, by, o.ID, Whole, 0)
}

// First returns the first n repetitions' last start, for programs that count repetitions instead of naming the
// end; 0 if there are fewer.
func (s Schedule) First(n int) (last int64) {
	s.timing().each(0, endOfTime, func(o span) bool {
		n--
		if n == 0 {
			last = o.start
		}
		return n > 0
	})
	return last
}

// Takes reports whether the object takes any time between from and to.
func (o Object) Takes(from, to int64) (takes bool) {
	for _, s := range append([]Schedule{o.Schedule}, o.Instead...) {
		s.Occurrences(from, to, func(int64, int64) bool { takes = true; return false })
	}
	return takes
}

package calendar

import (
	"context"
	"time"

	"qiwei/internal/store"
	"qiwei/internal/work"
)

// nextReminder returns when members are to be reminded next, after now; 0 for never. A reminder is not due any
// more when what it is for has ended.
func (s Schedule) nextReminder(now int64) int64 {
	at, _ := s.reminderAfter(now)
	return at
}

// reminderAfter is nextReminder, and returns the repetition that it is for.
func (s Schedule) reminderAfter(now int64) (at int64, of span) {
	if !s.Remind || len(s.Diffs) == 0 || s.Cancelled {
		return 0, span{}
	}
	earliest, latest := s.Diffs[0], s.Diffs[0]
	for _, d := range s.Diffs {
		earliest, latest = min(earliest, d), max(latest, d)
	}
	// The repetition with the next reminder begins after now less the latest difference. One that begins
	// later may still remind first, if its reminder is earlier.
	s.timing().each(now-latest, endOfTime, func(o span) bool {
		if at != 0 && o.start+earliest >= at {
			return false
		}
		for _, d := range s.Diffs {
			if t := o.start + d; t > now && (at == 0 || t < at) {
				at, of = t, o
			}
		}
		return true
	})
	return at, of
}

// reminders are the rows of which somebody is to be reminded.
const reminders work.Reminders = "calendar_schedule"

// reminderWork is reminding as the engine sees it: a schedule is a key. It needs no lease, because two servers
// that remind of one schedule collide.
func (s *Service) reminderWork() work.Kind {
	return work.Kind{Name: "calendar reminder", Slots: 2, Every: 5 * time.Second, For: s.deps.For, Waiting: reminders.Waiting, Take: s.takeReminder, Backlog: reminders.Backlog}
}

func (s *Service) takeReminder(tx *store.Tx, t *work.Turn) (work.Batch, time.Time, error) {
	list, err := dueSchedules(tx, t.Key)
	if err != nil || len(list) == 0 {
		return nil, time.Time{}, err
	}
	return dueReminder{s, t.Key}, time.Time{}, nil
}

func dueSchedules(tx *store.Tx, no int64) ([]Schedule, error) {
	return selectSchedules(tx, `no = ? AND remind_at > 0 AND remind_at <= ?`, no, tx.Now().Unix())
}

// dueReminder is a schedule of which members are to be reminded now.
type dueReminder struct {
	s  *Service
	no int64
}

// Do has nothing to do outside of the transaction.
func (dueReminder) Do(context.Context) error { return nil }

// Record reminds, and notes when to remind next.
func (d dueReminder) Record(ctx context.Context, tx *store.Tx, _ work.Result) error {
	list, err := dueSchedules(tx, d.no)
	if err != nil || len(list) == 0 {
		return err
	}
	sch, now := list[0], tx.Now().Unix()
	// A server that was away for long reminds once, of the last that has not ended.
	due, of := sch.reminderAfter(sch.RemindAt - 1)
	for next, nextOf := due, of; next != 0 && next <= now; next, nextOf = sch.reminderAfter(next) {
		due, of = next, nextOf
	}
	if _, err := tx.Exec(`UPDATE calendar_schedule SET remind_at = ? WHERE no = ? AND corpid = ?`, sch.nextReminder(now), sch.No, sch.CorpID); err != nil {
		return err
	}
	if due == 0 || due > now || of.end < now {
		return nil
	}
	var who []Attendee
	for _, a := range sch.Attendees {
		if a.Answer != Declined {
			who = append(who, a)
		}
	}
	if sch.Creator != "" && len(sch.Attendees) == 0 {
		who = []Attendee{{UserID: sch.Creator}}
	}
	return d.s.say(ctx, tx, sch.CorpID, sch.App, userIDs(who), sch.describe("日程提醒", of.start, of.end))
}

// RemindDue reminds members of what is due, and returns.
func (s *Service) RemindDue(ctx context.Context) error { return s.work.Drain(ctx, nil) }

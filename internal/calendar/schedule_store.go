package calendar

import (
	"encoding/json"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

const scheduleColumns = `no, corpid, calendar, schedule_id, app, creator, starts, ends, body, cancelled, sequence, number, rooms, parent, instead_of, name, uid, remind_at, created_at, changed_at`

// selectSchedules returns schedules with their attendees. where may order and limit them.
func selectSchedules(tx *store.Tx, where string, args ...any) (list []Schedule, err error) {
	if err := tx.Each(`SELECT `+scheduleColumns+` FROM calendar_schedule WHERE `+where, args, func(rows *store.Rows) error {
		list = append(list, Schedule{})
		s := &list[len(list)-1]
		var body string
		if err := rows.Scan(&s.No, &s.CorpID, &s.Calendar, &s.ID, &s.App, &s.Creator, &s.Start, &s.End, &body, &s.Cancelled, &s.Sequence, &s.Number, &s.Rooms,
			&s.Parent, &s.InsteadOf, &s.Name, &s.UID, &s.RemindAt, &s.CreatedAt, &s.ChangedAt); err != nil {
			return err
		}
		return json.Unmarshal([]byte(body), &s.Content)
	}); err != nil {
		return nil, err
	}
	if err := fillCalendarIDs(tx, list); err != nil {
		return nil, err
	}
	return list, fillAttendees(tx, list)
}

func fillCalendarIDs(tx *store.Tx, list []Schedule) error {
	ids := map[int64]string{}
	for i := range list {
		no := list[i].Calendar
		if _, ok := ids[no]; !ok {
			var calID string
			if _, err := tx.Get(`SELECT cal_id FROM calendar WHERE no = ? AND corpid = ?`, []any{no, list[i].CorpID}, &calID); err != nil {
				return err
			}
			ids[no] = calID
		}
		list[i].CalendarID = ids[no]
	}
	return nil
}

func fillAttendees(tx *store.Tx, list []Schedule) error {
	at := make(map[int64]int, len(list))
	for i, s := range list {
		at[s.No] = i
	}
	for some := range slices.Chunk(list, 1000) {
		numbers := make([]int64, len(some))
		for i, s := range some {
			numbers[i] = s.No
		}
		if err := tx.Each(`SELECT schedule, userid, answer, admin FROM calendar_attendee WHERE schedule IN (`+store.Marks(len(some))+`) ORDER BY schedule, place`,
			store.Args(nil, numbers), func(rows *store.Rows) error {
				var no int64
				var a Attendee
				if err := rows.Scan(&no, &a.UserID, &a.Answer, &a.Admin); err != nil {
					return err
				}
				s := &list[at[no]]
				s.Attendees = append(s.Attendees, a)
				return nil
			}); err != nil {
			return err
		}
	}
	return nil
}

// nextSequence raises the calendar's number of changes. Whoever changes a schedule in it waits for the others
// here, so that nobody who asks what has changed misses one.
func nextSequence(tx *store.Tx, corpID string, calendar int64) (n int64, err error) {
	if _, err := tx.Exec(`UPDATE calendar SET sequence = sequence + 1 WHERE no = ? AND corpid = ?`, calendar, corpID); err != nil {
		return 0, err
	}
	_, err = tx.Get(`SELECT sequence FROM calendar WHERE no = ? AND corpid = ?`, []any{calendar, corpID}, &n)
	return n, err
}

// insert puts a new schedule into a calendar.
func (s *Service) insert(tx *store.Tx, c Calendar, sch Schedule) (Schedule, error) {
	sch.CorpID, sch.App, sch.Calendar, sch.CalendarID = c.CorpID, c.App, c.No, c.ID
	if sch.ID == "" {
		sch.ID = id.Hex(15)[:29] + "AAA"
	}
	var err error
	if sch.Sequence, err = nextSequence(tx, c.CorpID, c.No); err != nil {
		return sch, err
	}
	sch.Number = sch.Sequence
	sch.CreatedAt, sch.ChangedAt = tx.Now().UnixMilli(), tx.Now().UnixMilli()
	sch.RemindAt = sch.nextReminder(tx.Now().Unix())
	body, err := json.Marshal(sch.Content)
	if err != nil {
		return sch, err
	}
	sch.No, err = tx.Insert(`INSERT INTO calendar_schedule (corpid, calendar, schedule_id, app, creator, starts, ends, last_ends, body, cancelled, sequence, number, rooms, parent, instead_of, name, uid, remind_at, created_at, changed_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		sch.CorpID, sch.Calendar, sch.ID, sch.App, string(sch.Creator), sch.Start, sch.End, sch.timing().lastEnd(), string(body), sch.Sequence, sch.Number, sch.Rooms,
		sch.Parent, sch.InsteadOf, sch.Name, sch.UID, sch.RemindAt, sch.CreatedAt, sch.ChangedAt)
	if err != nil {
		return sch, err
	}
	return sch, insertAttendees(tx, sch)
}

func insertAttendees(tx *store.Tx, sch Schedule) error {
	for i, a := range sch.Attendees {
		if err := tx.Send(`INSERT INTO calendar_attendee (schedule, corpid, userkey, userid, answer, admin, place) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			sch.No, sch.CorpID, a.UserID.Key(), string(a.UserID), int64(a.Answer), flag(a.Admin), int64(i)); err != nil {
			return err
		}
	}
	return nil
}

// update writes a schedule. people says whether the attendees have changed too.
func (s *Service) update(tx *store.Tx, sch Schedule, people bool) (Schedule, error) {
	var err error
	if sch.Sequence, err = nextSequence(tx, sch.CorpID, sch.Calendar); err != nil {
		return sch, err
	}
	sch.ChangedAt = tx.Now().UnixMilli()
	sch.RemindAt = 0
	if sch.Cancelled {
		sch.Source = "" // nobody reads it any more
	} else {
		sch.RemindAt = sch.nextReminder(tx.Now().Unix())
	}
	body, err := json.Marshal(sch.Content)
	if err != nil {
		return sch, err
	}
	if _, err := tx.Exec(`UPDATE calendar_schedule SET starts = ?, ends = ?, last_ends = ?, body = ?, cancelled = ?, sequence = ?, name = ?, uid = ?, remind_at = ?, changed_at = ? WHERE no = ? AND corpid = ?`,
		sch.Start, sch.End, sch.timing().lastEnd(), string(body), flag(sch.Cancelled), sch.Sequence, sch.Name, sch.UID, sch.RemindAt, sch.ChangedAt, sch.No, sch.CorpID); err != nil {
		return sch, err
	}
	if !people {
		return sch, nil
	}
	if _, err := tx.Exec(`DELETE FROM calendar_attendee WHERE schedule = ? AND corpid = ?`, sch.No, sch.CorpID); err != nil {
		return sch, err
	}
	return sch, insertAttendees(tx, sch)
}

// countMade counts a schedule among those that the application has made today, and refuses one too many.
func countMade(tx *store.Tx, by access.Caller) error {
	day := directory.Day(tx.Now())
	if _, err := tx.Exec(`INSERT INTO calendar_day (corpid, app, day, made) VALUES (?, ?, ?, 1) ON CONFLICT (corpid, app, day) DO UPDATE SET made = calendar_day.made + 1`, by.CorpID, by.App, day); err != nil {
		return err
	}
	n, err := tx.Count(`SELECT made FROM calendar_day WHERE corpid = ? AND app = ? AND day = ?`, by.CorpID, by.App, day)
	if err == nil && n > madePerDay {
		err = wire.ErrFrequency.With("an application makes at most %d schedules in a day", madePerDay)
	}
	return err
}

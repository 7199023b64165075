package meeting

import (
	"encoding/json"
	"slices"

	"qiwei/internal/id"
	"qiwei/internal/store"
)

// selectMeetings returns meetings with their people. where may order and limit them.
func selectMeetings(tx *store.Tx, where string, args ...any) (list []Meeting, err error) {
	err = tx.Each(`SELECT no, corpid, meetingid, code, app, admin, department, starts, length, body, schedule_id, cancelled, retired, created_at FROM meeting WHERE `+where, args,
		func(rows *store.Rows) error {
			var m Meeting
			var body string
			if err := rows.Scan(&m.No, &m.CorpID, &m.ID, &m.Code, &m.App, &m.Admin, &m.Department, &m.Start, &m.Length, &body, &m.ScheduleID, &m.Cancelled, &m.Retired, &m.CreatedAt); err != nil {
				return err
			}
			err := json.Unmarshal([]byte(body), &m.Body)
			list = append(list, m)
			return err
		})
	if err != nil {
		return nil, err
	}
	return list, fillPeople(tx, list)
}

// fillPeople reads the members of meetings.
func fillPeople(tx *store.Tx, list []Meeting) error {
	at := make(map[int64]int, len(list))
	for i, m := range list {
		at[m.No] = i
	}
	for some := range slices.Chunk(list, 1000) {
		numbers := make([]int64, len(some))
		for i, m := range some {
			numbers[i] = m.No
		}
		if err := tx.Each(`SELECT meeting, userid, invited, host, ring FROM meeting_member WHERE meeting IN (`+store.Marks(len(some))+`) ORDER BY meeting, place`, store.Args(nil, numbers), func(rows *store.Rows) error {
			var no int64
			var u id.UserID
			var invited, host, ring bool
			if err := rows.Scan(&no, &u, &invited, &host, &ring); err != nil {
				return err
			}
			p := &list[at[no]].People
			for to, is := range map[*[]id.UserID]bool{&p.Invitees: invited, &p.Hosts: host, &p.Ring: ring} {
				if is {
					*to = append(*to, u)
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// insertMeeting writes a new meeting. A number that is taken is drawn anew.
func insertMeeting(tx *store.Tx, m Meeting) (Meeting, error) {
	for {
		m.Code = newNumber()
		taken, err := tx.Get(`SELECT 1 FROM meeting WHERE code = ?`, []any{m.Code}, new(int64))
		if err != nil {
			return m, err
		}
		if !taken {
			break
		}
	}
	body, err := json.Marshal(m.Body)
	if err != nil {
		return m, err
	}
	m.No, err = tx.Insert(`INSERT INTO meeting (corpid, meetingid, code, app, admin, admin_key, department, starts, length, last_ends, body, schedule_id, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		m.CorpID, m.ID, m.Code, m.App, string(m.Admin), m.Admin.Key(), m.Department, m.Start, m.Length, m.lastEnd(), string(body), m.ScheduleID, m.CreatedAt)
	if err != nil {
		return m, err
	}
	return m, insertPeople(tx, m)
}

// newNumber draws a number of nine digits that does not begin with 0.
func newNumber() string {
	raw := id.Bytes(9)
	out := make([]byte, 9)
	for i, b := range raw {
		out[i] = '0' + b%10
	}
	out[0] = '1' + raw[0]%9
	return string(out)
}

func insertPeople(tx *store.Tx, m Meeting) error {
	type flags struct {
		user                id.UserID
		invited, host, ring bool
	}
	var order []*flags
	known := map[string]*flags{}
	mark := func(users []id.UserID, set func(*flags)) {
		for _, u := range users {
			f := known[u.Key()]
			if f == nil {
				f = &flags{user: u}
				known[u.Key()], order = f, append(order, f)
			}
			set(f)
		}
	}
	mark(m.Invitees, func(f *flags) { f.invited = true })
	mark(m.Hosts, func(f *flags) { f.host = true })
	mark(m.Ring, func(f *flags) { f.ring = true })
	for i, f := range order {
		if err := tx.Send(`INSERT INTO meeting_member (meeting, corpid, userkey, userid, place, invited, host, ring) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			m.No, m.CorpID, f.user.Key(), string(f.user), int64(i), flag(f.invited), flag(f.host), flag(f.ring)); err != nil {
			return err
		}
	}
	return nil
}

// updateMeeting writes a meeting. people says whether its members have changed too.
func updateMeeting(tx *store.Tx, m Meeting, people bool) error {
	body, err := json.Marshal(m.Body)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE meeting SET starts = ?, length = ?, last_ends = ?, body = ?, schedule_id = ?, cancelled = ?, retired = ? WHERE no = ? AND corpid = ?`,
		m.Start, m.Length, m.lastEnd(), string(body), m.ScheduleID, flag(m.Cancelled), flag(m.Retired), m.No, m.CorpID); err != nil || !people {
		return err
	}
	if _, err := tx.Exec(`DELETE FROM meeting_member WHERE meeting = ? AND corpid = ?`, m.No, m.CorpID); err != nil {
		return err
	}
	return insertPeople(tx, m)
}

func flag(is bool) int64 {
	if is {
		return 1
	}
	return 0
}

// hold has whoever else changes the meeting wait until this transaction is over.
func hold(tx *store.Tx, corpID, where string, arg string) error {
	_, err := tx.Exec(`UPDATE meeting SET changes = changes + 1 WHERE corpid = ? AND `+where+` = ?`, corpID, arg)
	return err
}

// renameMember replaces the old userid by the new one everywhere.
func renameMember(tx *store.Tx, corpID string, old, renamed id.UserID) error {
	for _, step := range []string{
		`UPDATE meeting SET admin = ?, admin_key = ? WHERE corpid = ? AND admin_key = ?`,
		`UPDATE meeting_member SET userid = ?, userkey = ? WHERE corpid = ? AND userkey = ?`,
		`UPDATE meeting_person SET userid = ?, who = ? WHERE corpid = ? AND who = ? AND userid <> ''`,
	} {
		if _, err := tx.Exec(step, string(renamed), renamed.Key(), corpID, old.Key()); err != nil {
			return err
		}
	}
	_, err := tx.Exec(`UPDATE meeting_session SET starter = ? WHERE corpid = ? AND lower(starter) = ?`, string(renamed), corpID, old.Key())
	return err
}

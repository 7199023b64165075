package masssend

import (
	"encoding/json"
	"errors"
	"slices"
	"time"

	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// manyRows is how many rows one statement inserts.
const manyRows = 200

// refused reports whether an error is a refusal, and not of the database.
func refused(err error) bool { return errors.As(err, new(wire.Error)) }

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func selectMessages(tx *store.Tx, where string, args ...any) (out []Message, err error) {
	err = tx.Each(`SELECT no, corpid, app, creator, personal, kind, content, shared, allow_select, named, source, place, state, created_at FROM mass_message WHERE `+where, args, func(rows *store.Rows) error {
		var m Message
		var content, source string
		var personal, allow, named, at int64
		if err := rows.Scan(&m.No, &m.CorpID, &m.App, &m.Creator, &personal, &m.Kind, &content, &m.Shared, &allow, &named, &source, &m.Place, &m.State, &at); err != nil {
			return err
		}
		m.Personal, m.AllowSelect, m.Named, m.CreatedAt = personal == 1, allow == 1, named == 1, time.Unix(at, 0).UTC()
		if err := json.Unmarshal([]byte(content), &m.Content); err != nil {
			return err
		}
		err := json.Unmarshal([]byte(source), &m.Source)
		out = append(out, m)
		return err
	})
	return out, err
}

func insertMessage(tx *store.Tx, m Message) (int64, error) {
	content, err := json.Marshal(m.Content)
	if err != nil {
		return 0, err
	}
	source, err := json.Marshal(m.Source)
	if err != nil {
		return 0, err
	}
	return tx.Insert(`INSERT INTO mass_message (corpid, app, creator, personal, kind, content, shared, allow_select, named, source, place, state, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)`,
		m.CorpID, m.App, m.Creator, flag(m.Personal), m.Kind, string(content), m.Shared, flag(m.AllowSelect), flag(m.Named), string(source), m.State, m.CreatedAt.Unix())
}

// Task is a member's part of a message.
type Task struct {
	No      int64
	CorpID  string
	Message int64
	Member  int64
	UserID  id.UserID // filled in where it is asked for
	SentAt  time.Time // when the member confirmed it; zero before
}

func selectTasks(tx *store.Tx, where string, args ...any) (out []Task, err error) {
	err = tx.Each(`SELECT no, corpid, message, member, sent_at FROM mass_task WHERE `+where, args, func(rows *store.Rows) error {
		var t Task
		var at int64
		err := rows.Scan(&t.No, &t.CorpID, &t.Message, &t.Member, &at)
		if at != 0 {
			t.SentAt = time.Unix(at, 0).UTC()
		}
		out = append(out, t)
		return err
	})
	return out, err
}

func selectTask(tx *store.Tx, corpID string, message, member int64) (t Task, found bool, err error) {
	list, err := selectTasks(tx, `corpid = ? AND message = ? AND member = ?`, corpID, message, member)
	if err != nil || len(list) == 0 {
		return t, false, err
	}
	return list[0], true, nil
}

// ensureTask returns the number of a member's part of a message, which is made if there is none.
func ensureTask(tx *store.Tx, m Message, member int64) (int64, error) {
	t, found, err := selectTask(tx, m.CorpID, m.No, member)
	if err != nil || found {
		return t.No, err
	}
	return tx.Insert(`INSERT INTO mass_task (corpid, message, member, sent_at, sending) VALUES (?, ?, ?, 0, 0)`, m.CorpID, m.No, member)
}

// target is a customer or a group that a task is for.
type target struct {
	No     int64
	Target int64
	Kind   int64 // the customer's
	Follow int64 // relation with the customer, our number
	Status int64
	SentAt int64
}

// followsOf returns the numbers of the relations.
func followsOf(list []target) []int64 {
	out := make([]int64, len(list))
	for i, t := range list {
		out[i] = t.Follow
	}
	return out
}

func numbersOf(list []target) []int64 {
	out := make([]int64, len(list))
	for i, t := range list {
		out[i] = t.Target
	}
	return out
}

func selectTargets(tx *store.Tx, where string, args ...any) (out []target, err error) {
	err = tx.Each(`SELECT no, target, kind, follow, status, sent_at FROM mass_target WHERE `+where, args, func(rows *store.Rows) error {
		var t target
		err := rows.Scan(&t.No, &t.Target, &t.Kind, &t.Follow, &t.Status, &t.SentAt)
		out = append(out, t)
		return err
	})
	return out, err
}

// addTargets gives each of the members a part of a message for their customers.
func addTargets(tx *store.Tx, m Message, follows []customer.Follow) error {
	of := map[int64][]target{}
	var members []int64
	for _, f := range follows {
		if of[f.Member] == nil {
			members = append(members, f.Member)
		}
		of[f.Member] = append(of[f.Member], target{Target: f.Customer, Kind: f.Kind, Follow: f.No})
	}
	for _, member := range members {
		task, err := ensureTask(tx, m, member)
		if err == nil {
			err = insertTargets(tx, m.CorpID, task, of[member])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func insertTargets(tx *store.Tx, corpID string, task int64, list []target) error {
	for some := range slices.Chunk(list, manyRows) {
		args := make([]any, 0, 5*len(some))
		for _, t := range some {
			args = append(args, corpID, task, t.Target, t.Kind, t.Follow)
		}
		query := `INSERT INTO mass_target (corpid, task, target, kind, follow, chosen, status, sent_at) VALUES ` + store.Tuples(`(?, ?, ?, ?, ?, 1, 0, 0)`, len(some))
		if err := tx.Send(query, args...); err != nil {
			return err
		}
	}
	return nil
}

// countDay counts one more for each of the customers, or groups, today.
func countDay(tx *store.Tx, corpID string, kind int64, targets []int64) error {
	day := customer.DayOf(tx.Now()).Unix()
	for some := range slices.Chunk(targets, manyRows) {
		args := make([]any, 0, 4*len(some))
		for _, no := range some {
			args = append(args, corpID, kind, no, day)
		}
		query := `INSERT INTO mass_day (corpid, kind, target, day, n) VALUES ` + store.Tuples(`(?, ?, ?, ?, 1)`, len(some))
		if err := tx.Send(query+` ON CONFLICT (corpid, kind, target, day) DO UPDATE SET n = mass_day.n + 1`, args...); err != nil {
			return err
		}
	}
	return nil
}

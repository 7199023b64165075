package security

import (
	"encoding/json"

	"qiwei/internal/id"
	"qiwei/internal/store"
)

func insertFileAct(tx *store.Tx, corpID string, f FileAct) error {
	body, err := json.Marshal(f)
	if err != nil {
		return err
	}
	_, err = tx.Insert(`INSERT INTO security_file (corpid, at, userkey, userid, type, source, body) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		corpID, f.At, f.UserID.Key(), string(f.UserID), f.Type, f.Source, string(body))
	return err
}

// chosen is the condition of a query that files and screens have in common.
func (q RecordQuery) chosen(corpID string) (where string, args []any) {
	where, args = `corpid = ? AND at BETWEEN ? AND ? AND no > ?`, []any{corpID, q.From, q.To, q.After}
	if len(q.Users) > 0 {
		where += ` AND userkey IN (` + store.Marks(len(q.Users)) + `)`
		for _, u := range q.Users {
			args = append(args, u.Key())
		}
	}
	if q.Type != 0 {
		where, args = where+` AND type = ?`, append(args, q.Type)
	}
	return where, args
}

// selectFileActs returns one more than were asked for, if there are more.
func selectFileActs(tx *store.Tx, corpID string, q RecordQuery) (list []FileAct, err error) {
	where, args := q.chosen(corpID)
	if q.Source != 0 {
		where, args = where+` AND source = ?`, append(args, q.Source)
	}
	return fileActsWhere(tx, where+` ORDER BY no LIMIT ?`, append(args, q.Limit+1)...)
}

// fileActsWhere returns what was done with files. where may order and limit it.
func fileActsWhere(tx *store.Tx, where string, args ...any) (list []FileAct, err error) {
	err = tx.Each(`SELECT no, at, userid, type, source, body FROM security_file WHERE `+where, args, func(rows *store.Rows) error {
		var f FileAct
		var no, at, kind, source int64
		var user id.UserID
		var body string
		if err := rows.Scan(&no, &at, &user, &kind, &source, &body); err != nil {
			return err
		}
		err := json.Unmarshal([]byte(body), &f)
		f.No, f.At, f.UserID, f.Type, f.Source = no, at, user, kind, source
		list = append(list, f)
		return err
	})
	return list, err
}

func insertScreenAct(tx *store.Tx, corpID string, a ScreenAct) error {
	_, err := tx.Insert(`INSERT INTO security_screen (corpid, at, userkey, userid, department, type, content, system) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		corpID, a.At, a.UserID.Key(), string(a.UserID), a.Department, a.Type, a.Content, a.System)
	return err
}

// selectScreenActs returns one more than were asked for, if there are more.
func selectScreenActs(tx *store.Tx, corpID string, q RecordQuery) (list []ScreenAct, err error) {
	where, args := q.chosen(corpID)
	if len(q.Departments) > 0 {
		where, args = where+` AND department IN (`+store.Marks(len(q.Departments))+`)`, store.Args(args, q.Departments)
	}
	return screenActsWhere(tx, where+` ORDER BY no LIMIT ?`, append(args, q.Limit+1)...)
}

// screenActsWhere returns shots of screens. where may order and limit them.
func screenActsWhere(tx *store.Tx, where string, args ...any) (list []ScreenAct, err error) {
	err = tx.Each(`SELECT no, at, userid, department, type, content, system FROM security_screen WHERE `+where, args, func(rows *store.Rows) error {
		var a ScreenAct
		err := rows.Scan(&a.No, &a.At, &a.UserID, &a.Department, &a.Type, &a.Content, &a.System)
		list = append(list, a)
		return err
	})
	return list, err
}

// AnyRecord reports whether the corp has a record of a file or a screen.
func (s *Service) AnyRecord(tx *store.Tx, corpID string) (bool, error) {
	var one int64
	return tx.Get(`SELECT 1 FROM (SELECT no FROM security_file WHERE corpid = ? UNION ALL SELECT no FROM security_screen WHERE corpid = ?) r LIMIT 1`, []any{corpID, corpID}, &one)
}

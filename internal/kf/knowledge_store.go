package kf

import (
	"encoding/json"

	"qiwei/internal/store"
)

func insertGroup(tx *store.Tx, corpID string, g Group) (int64, error) {
	return tx.Insert(`INSERT INTO kf_group (corpid, name, usual) VALUES (?, ?, ?)`, corpID, g.Name, flag(g.Usual))
}

// selectGroups returns groups behind a number, in order; only one if it is named.
func selectGroups(tx *store.Tx, corpID string, after, only, limit int64) (out []Group, err error) {
	where, args := ``, []any{corpID, after}
	if only != 0 {
		where, args = ` AND no = ?`, append(args, only)
	}
	err = tx.Each(`SELECT no, name, usual FROM kf_group WHERE corpid = ? AND no > ?`+where+` ORDER BY no LIMIT ?`, append(args, limit), func(rows *store.Rows) error {
		var g Group
		err := rows.Scan(&g.No, &g.Name, &g.Usual)
		out = append(out, g)
		return err
	})
	return out, err
}

func selectGroup(tx *store.Tx, corpID string, no int64) (Group, bool, error) {
	list, err := selectGroups(tx, corpID, 0, no, 1)
	return append(list, Group{})[0], len(list) > 0, err
}

// selectIntents returns questions behind a number, in order; only those of a group, and only one, if they are
// named.
func selectIntents(tx *store.Tx, corpID string, after, group, only, limit int64) (out []Intent, err error) {
	where, args := ``, []any{corpID, after}
	if group != 0 {
		where, args = where+` AND part = ?`, append(args, group)
	}
	if only != 0 {
		where, args = where+` AND no = ?`, append(args, only)
	}
	err = tx.Each(`SELECT no, part, question, similar_questions, answers FROM kf_intent WHERE corpid = ? AND no > ?`+where+` ORDER BY no LIMIT ?`, append(args, limit), func(rows *store.Rows) error {
		var i Intent
		var similar, answers string
		if err := rows.Scan(&i.No, &i.Group, &i.Question, &similar, &answers); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(similar), &i.Similar); err != nil {
			return err
		}
		err := json.Unmarshal([]byte(answers), &i.Answers)
		out = append(out, i)
		return err
	})
	return out, err
}

func (i Intent) texts() (similar, answers string, err error) {
	if i.Similar == nil {
		i.Similar = []string{}
	}
	one, err := json.Marshal(i.Similar)
	if err != nil {
		return "", "", err
	}
	two, err := json.Marshal(i.Answers)
	return string(one), string(two), err
}

func insertIntent(tx *store.Tx, corpID string, i Intent) (no int64, err error) {
	similar, answers, err := i.texts()
	if err == nil {
		no, err = tx.Insert(`INSERT INTO kf_intent (corpid, part, question, similar_questions, answers) VALUES (?, ?, ?, ?, ?)`, corpID, i.Group, i.Question, similar, answers)
	}
	return no, err
}

func updateIntent(tx *store.Tx, corpID string, i Intent) error {
	similar, answers, err := i.texts()
	if err == nil {
		_, err = tx.Exec(`UPDATE kf_intent SET question = ?, similar_questions = ?, answers = ? WHERE corpid = ? AND no = ?`, i.Question, similar, answers, corpID, i.No)
	}
	return err
}

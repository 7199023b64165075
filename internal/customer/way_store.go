package customer

import (
	"encoding/json"
	"fmt"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
)

const wayColumns = `no, config_id, app, kind, scene, style, remark, skip_verify, state, members, departments, exclusive, created_at, turns, temporary, mark_source`

func selectWaysWhere(tx *store.Tx, where string, args ...any) (out []Way, err error) {
	err = tx.Each(`SELECT `+wayColumns+` FROM customer_way WHERE `+where, args, func(rows *store.Rows) error {
		var w Way
		var skip, exclusive, created, mark int64
		var members, departments, temporary string
		if err := rows.Scan(&w.No, &w.ConfigID, &w.App, &w.Kind, &w.Scene, &w.Style, &w.Remark, &skip, &w.State, &members, &departments, &exclusive, &created, &w.Turns, &temporary, &mark); err != nil {
			return err
		}
		w.SkipVerify, w.MarkSource, w.Exclusive, w.CreatedAt = skip == 1, mark == 1, exclusive == 1, time.Unix(created, 0).UTC()
		if err := json.Unmarshal([]byte(members), &w.Members); err != nil {
			return err
		}
		if temporary != "" {
			if err := json.Unmarshal([]byte(temporary), &w.Temporary); err != nil {
				return err
			}
		}
		err := json.Unmarshal([]byte(departments), &w.Departments)
		out = append(out, w)
		return err
	})
	return out, err
}

func selectWay(tx *store.Tx, corpID, configID string) (w Way, found bool, err error) {
	list, err := selectWaysWhere(tx, `corpid = ? AND config_id = ?`, corpID, configID)
	if err != nil || len(list) == 0 {
		return w, false, err
	}
	return list[0], true, nil
}

// selectWays returns ways of a time span by their age. An administrator is shown those of all applications.
func selectWays(tx *store.Tx, by access.Caller, from, to time.Time, after WayPlace, limit int64) ([]Way, error) {
	where, args := `corpid = ? AND temporary = '' AND created_at BETWEEN ? AND ? AND (created_at > ? OR (created_at = ? AND no > ?))`,
		[]any{by.CorpID, max(from.Unix(), after.At), to.Unix(), after.At, after.At, after.No}
	if !by.OfCorp() {
		where += ` AND app = ?`
		args = append(args, by.App)
	}
	return selectWaysWhere(tx, where+` ORDER BY created_at, no LIMIT ?`, append(args, limit)...)
}

func countWays(tx *store.Tx, corpID string) (int64, error) {
	return tx.Count(`SELECT ways FROM customer_size WHERE corpid = ?`, corpID)
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func numbers(list []int64) string {
	if len(list) == 0 {
		return "[]"
	}
	text, err := json.Marshal(list)
	if err != nil {
		panic(err) // numbers
	}
	return string(text)
}

// text is how a row holds it, empty if there is none.
func (t *Temporary) text() string {
	if t == nil {
		return ""
	}
	text, err := json.Marshal(t)
	if err != nil {
		panic(err) // texts and numbers
	}
	return string(text)
}

func insertWay(tx *store.Tx, corpID string, w Way) error {
	_, err := tx.Exec(`INSERT INTO customer_way (corpid, config_id, app, kind, scene, style, remark, skip_verify, state, members, departments, exclusive, created_at, turns, temporary, mark_source)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?)`,
		corpID, w.ConfigID, w.App, w.Kind, w.Scene, w.Style, w.Remark, flag(w.SkipVerify), w.State, numbers(w.Members), numbers(w.Departments), flag(w.Exclusive), w.CreatedAt.Unix(), w.Temporary.text(), flag(w.MarkSource))
	if err != nil {
		err = fmt.Errorf("insert contact way: %w", err)
	}
	return err
}

func updateWay(tx *store.Tx, corpID string, w Way) error {
	_, err := tx.Exec(`UPDATE customer_way SET style = ?, remark = ?, skip_verify = ?, state = ?, members = ?, departments = ?, temporary = ?, mark_source = ? WHERE corpid = ? AND no = ?`,
		w.Style, w.Remark, flag(w.SkipVerify), w.State, numbers(w.Members), numbers(w.Departments), w.Temporary.text(), flag(w.MarkSource), corpID, w.No)
	return err
}

func turnWay(tx *store.Tx, corpID string, no int64) error {
	_, err := tx.Exec(`UPDATE customer_way SET turns = turns + 1 WHERE corpid = ? AND no = ?`, corpID, no)
	return err
}

func deleteWay(tx *store.Tx, corpID string, w Way) error {
	n, err := tx.Exec(`DELETE FROM customer_way WHERE corpid = ? AND no = ?`, corpID, w.No)
	if err != nil || w.Temporary != nil {
		return err
	}
	return addWays(tx, corpID, -n)
}

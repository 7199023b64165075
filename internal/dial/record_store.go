package dial

import (
	"encoding/json"
	"fmt"
	"time"

	"qiwei/internal/id"
	"qiwei/internal/store"
)

func insertRecord(tx *store.Tx, corpID string, r Record) error {
	callees, err := json.Marshal(r.Callees)
	if err != nil {
		return err
	}
	_, err = tx.Insert(`INSERT INTO dial_record (corpid, call_time, caller, minutes, callees) VALUES (?, ?, ?, ?, ?)`,
		corpID, r.At.Unix(), string(r.Caller), r.Minutes, string(callees))
	return err
}

// selectRecords returns the records of a time span, both ends included, in the order given.
func selectRecords(tx *store.Tx, where string, args ...any) (out []Record, err error) {
	err = tx.Each(`SELECT no, call_time, caller, minutes, callees FROM dial_record WHERE `+where, args, func(rows *store.Rows) error {
		var r Record
		var at int64
		var callees string
		if err := rows.Scan(&r.No, &at, &r.Caller, &r.Minutes, &callees); err != nil {
			return err
		}
		r.At = time.Unix(at, 0)
		out = append(out, r)
		return json.Unmarshal([]byte(callees), &out[len(out)-1].Callees)
	})
	return out, err
}

// spanned returns the records of a time span, both ends included, in order of time.
func spanned(tx *store.Tx, corpID string, from, to time.Time, offset, limit int64) ([]Record, error) {
	return selectRecords(tx, `corpid = ? AND call_time BETWEEN ? AND ? ORDER BY call_time, no LIMIT ? OFFSET ?`, corpID, from.Unix(), to.Unix(), limit, offset)
}

// renameMember replaces the old userid by the new one everywhere.
func renameMember(tx *store.Tx, corpID string, old, renamed id.UserID) error {
	if _, err := tx.Exec(`UPDATE dial_record SET caller = ? WHERE corpid = ? AND lower(caller) = ?`, string(renamed), corpID, old.Key()); err != nil {
		return err
	}
	type row struct {
		no      int64
		callees []Callee
	}
	var rows []row
	if err := tx.Each(`SELECT no, callees FROM dial_record WHERE corpid = ? AND lower(callees) `+store.Like, []any{corpID, store.Pattern("", `"userid":"`+old.Key()+`"`, "")},
		func(r *store.Rows) error {
			var one row
			var text string
			if err := r.Scan(&one.no, &text); err != nil {
				return err
			}
			err := json.Unmarshal([]byte(text), &one.callees)
			rows = append(rows, one)
			return err
		}); err != nil {
		return err
	}
	for _, r := range rows {
		for i := range r.callees {
			if r.callees[i].UserID.Equal(old) {
				r.callees[i].UserID = renamed
			}
		}
		text, err := json.Marshal(r.callees)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`UPDATE dial_record SET callees = ? WHERE no = ?`, string(text), r.no); err != nil {
			return fmt.Errorf("rename in record %d: %w", r.no, err)
		}
	}
	return nil
}

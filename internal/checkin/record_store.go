package checkin

import (
	"encoding/json"
	"fmt"
	"slices"

	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// insertRecord writes a check-in. One that is there already stays as it is, and fresh is false.
func insertRecord(tx *store.Tx, corpID string, r *Record) (fresh bool, err error) {
	fresh, err = tx.Get(`INSERT INTO checkin_record (corpid, userkey, at, due, source, flaws, sp_no, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (corpid, userkey, at, source, due) DO NOTHING RETURNING no`,
		[]any{corpID, r.User, r.At, r.Due, int64(r.Source), r.Flaws, r.SpNo, string(wire.Encode(r.Details))}, &r.No)
	if err != nil {
		err = fmt.Errorf("insert check-in: %w", err)
	}
	return fresh, err
}

// selectRecords returns the check-ins of members from one second to another, both included, by member and time.
func selectRecords(tx *store.Tx, corpID string, keys []string, from, to int64) (map[string][]*Record, error) {
	out := map[string][]*Record{}
	for some := range slices.Chunk(keys, 500) {
		args := store.Args([]any{corpID, from, to, from, to}, some)
		if err := tx.Each(`SELECT no, userkey, at, due, source, flaws, sp_no, body FROM checkin_record
			WHERE corpid = ? AND (at BETWEEN ? AND ? OR due BETWEEN ? AND ?) AND userkey IN (`+store.Marks(len(some))+`) ORDER BY userkey, at, no`, args, func(rows *store.Rows) error {
			r, body := &Record{}, ""
			if err := rows.Scan(&r.No, &r.User, &r.At, &r.Due, (*int64)(&r.Source), &r.Flaws, &r.SpNo, &body); err != nil {
				return err
			}
			out[r.User] = append(out[r.User], r)
			return json.Unmarshal([]byte(body), &r.Details)
		}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// usualDevice returns the device by which a member checked in first, empty if there is none.
func usualDevice(tx *store.Tx, corpID, user string) (device string, err error) {
	body := ""
	found, err := tx.Get(`SELECT body FROM checkin_record WHERE corpid = ? AND userkey = ? AND source = ? AND body LIKE ? ORDER BY at, no LIMIT 1`, []any{corpID, user, int64(ByPhone), `%"deviceid":%`}, &body)
	if err != nil || !found {
		return "", err
	}
	var d Details
	return d.Device, json.Unmarshal([]byte(body), &d)
}

// countCorrections returns how many corrections of a member were approved for days from one to another.
func countCorrections(tx *store.Tx, corpID, user string, from, to int64) (int64, error) {
	return tx.Count(`SELECT count(*) FROM checkin_record WHERE corpid = ? AND userkey = ? AND source = ? AND at >= ? AND at < ?`, corpID, user, int64(ByApproval), from, to)
}

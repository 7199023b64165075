package hr

import (
	"encoding/json"

	"qiwei/internal/store"
)

// selectStaff returns what the roster has of a member, empty where it has nothing.
func selectStaff(tx *store.Tx, corpID string, member int64) (Staff, error) {
	var body string
	found, err := tx.Get(`SELECT body FROM hr_staff WHERE member = ? AND corpid = ?`, []any{member, corpID}, &body)
	if err != nil || !found {
		return Staff{}, err
	}
	st := Staff{}
	return st, json.Unmarshal([]byte(body), &st)
}

// selectStaffs returns what the roster has of members, by our number.
func selectStaffs(tx *store.Tx, corpID string, members []int64) (map[int64]Staff, error) {
	out := map[int64]Staff{}
	if len(members) == 0 {
		return out, nil
	}
	err := tx.Each(`SELECT member, body FROM hr_staff WHERE corpid = ? AND member IN (`+store.Marks(len(members))+`)`, store.Args([]any{corpID}, members), func(rows *store.Rows) error {
		var member int64
		var body string
		if err := rows.Scan(&member, &body); err != nil {
			return err
		}
		st := Staff{}
		out[member] = st
		return json.Unmarshal([]byte(body), &st)
	})
	return out, err
}

func saveStaff(tx *store.Tx, corpID string, member int64, st Staff) error {
	body, err := json.Marshal(st)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO hr_staff (member, corpid, body) VALUES (?, ?, ?) ON CONFLICT (member) DO UPDATE SET body = excluded.body WHERE hr_staff.corpid = excluded.corpid`, member, corpID, string(body))
	return err
}

// Any reports whether the corp's roster holds anything.
func (s *Service) Any(tx *store.Tx, corpID string) (bool, error) {
	var one int64
	return tx.Get(`SELECT 1 FROM hr_staff WHERE corpid = ? LIMIT 1`, []any{corpID}, &one)
}

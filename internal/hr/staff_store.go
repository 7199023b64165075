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

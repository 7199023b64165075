package living

import (
	"encoding/json"

	"qiwei/internal/id"
	"qiwei/internal/store"
)

// selectLives returns broadcasts. where may order and limit them.
func selectLives(tx *store.Tx, where string, args ...any) (list []Live, err error) {
	err = tx.Each(`SELECT no, corpid, livingid, app, anchor, department, reserved, length, body, status, started_at, ended_at, replay, remind_at FROM living WHERE `+where, args,
		func(rows *store.Rows) error {
			var l Live
			var body string
			if err := rows.Scan(&l.No, &l.CorpID, &l.ID, &l.App, &l.Anchor, &l.Department, &l.Start, &l.Length, &body, &l.Stored, &l.StartedAt, &l.EndedAt, &l.Replay, &l.RemindAt); err != nil {
				return err
			}
			err := json.Unmarshal([]byte(body), &l.Body)
			list = append(list, l)
			return err
		})
	return list, err
}

func insertLive(tx *store.Tx, l Live) (Live, error) {
	body, err := json.Marshal(l.Body)
	if err != nil {
		return l, err
	}
	l.No, err = tx.Insert(`INSERT INTO living (corpid, livingid, app, anchor, anchor_key, department, reserved, length, body, status, remind_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		l.CorpID, l.ID, l.App, string(l.Anchor), l.Anchor.Key(), l.Department, l.Start, l.Length, string(body), int64(l.Stored), l.RemindAt)
	return l, err
}

func updateLive(tx *store.Tx, l Live) error {
	body, err := json.Marshal(l.Body)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE living SET reserved = ?, length = ?, body = ?, status = ?, started_at = ?, ended_at = ?, replay = ?, remind_at = ? WHERE no = ? AND corpid = ?`,
		l.Start, l.Length, string(body), int64(l.Stored), l.StartedAt, l.EndedAt, int64(l.Replay), l.RemindAt, l.No, l.CorpID)
	return err
}

// renameMember replaces the old userid by the new one everywhere.
func renameMember(tx *store.Tx, corpID string, old, renamed id.UserID) error {
	if _, err := tx.Exec(`UPDATE living SET anchor = ?, anchor_key = ? WHERE corpid = ? AND anchor_key = ?`, string(renamed), renamed.Key(), corpID, old.Key()); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE living_viewer SET invitor = ? WHERE corpid = ? AND lower(invitor) = ?`, string(renamed), corpID, old.Key()); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE living_viewer SET who = ?, userid = ? WHERE corpid = ? AND who = ? AND userid <> ''`, renamed.Key(), string(renamed), corpID, old.Key())
	return err
}

package meeting

import "qiwei/internal/store"

func selectVisits(tx *store.Tx, where string, args ...any) (list []Visit, err error) {
	err = tx.Each(`SELECT no, sub, session, person, instance, waiting, joined_at, left_at, audio, video, screen, customer_data FROM meeting_visit WHERE `+where, args, func(rows *store.Rows) error {
		var v Visit
		err := rows.Scan(&v.No, &v.Sub, &v.Session, &v.Person, &v.Instance, &v.Waiting, &v.JoinedAt, &v.LeftAt, &v.Audio, &v.Video, &v.Screen, &v.Data)
		list = append(list, v)
		return err
	})
	return list, err
}

// present returns the visits that are not over, in the meeting and in its waiting room.
func present(tx *store.Tx, m Meeting) ([]Visit, error) {
	return selectVisits(tx, `meeting = ? AND left_at = 0 ORDER BY no`, m.No)
}

func insertVisit(tx *store.Tx, m Meeting, v Visit) (Visit, error) {
	var err error
	v.No, err = tx.Insert(`INSERT INTO meeting_visit (corpid, meeting, sub, session, person, instance, waiting, joined_at, audio, video, screen, customer_data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		m.CorpID, m.No, v.Sub, v.Session, v.Person, v.Instance, flag(v.Waiting), v.JoinedAt, flag(v.Audio), flag(v.Video), flag(v.Screen), v.Data)
	return v, err
}

func updateVisit(tx *store.Tx, m Meeting, v Visit) error {
	_, err := tx.Exec(`UPDATE meeting_visit SET left_at = ?, audio = ?, video = ?, screen = ? WHERE no = ? AND corpid = ?`, v.LeftAt, flag(v.Audio), flag(v.Video), flag(v.Screen), v.No, m.CorpID)
	return err
}

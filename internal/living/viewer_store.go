package living

import "qiwei/internal/store"

// selectViewers returns viewers. where may order and limit them.
func selectViewers(tx *store.Tx, where string, args ...any) (list []Viewer, err error) {
	err = tx.Each(`SELECT no, userid, external, kind, name, reserved, watched, entered_at, seconds, comments, spoke, invitor, invitor_external FROM living_viewer WHERE `+where, args,
		func(rows *store.Rows) error {
			var v Viewer
			err := rows.Scan(&v.No, &v.UserID, &v.External, &v.Kind, &v.Name, &v.Reserved, &v.Watched, &v.Entered, &v.Seconds, &v.Comments, &v.Spoke, &v.Invitor.UserID, &v.Invitor.External)
			list = append(list, v)
			return err
		})
	return list, err
}

func insertViewer(tx *store.Tx, l Live, v Viewer) (Viewer, error) {
	no, err := tx.Insert(`INSERT INTO living_viewer (corpid, living, who, userid, external, kind, name) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		l.CorpID, l.No, v.key(), string(v.UserID), string(v.External), v.Kind, v.Name)
	v.No = no
	return v, err
}

func updateViewer(tx *store.Tx, corpID string, v Viewer) error {
	_, err := tx.Exec(`UPDATE living_viewer SET reserved = ?, watched = ?, entered_at = ?, seconds = ?, comments = ?, spoke = ?, invitor = ?, invitor_external = ? WHERE no = ? AND corpid = ?`,
		flag(v.Reserved), flag(v.Watched), v.Entered, v.Seconds, v.Comments, flag(v.Spoke), string(v.Invitor.UserID), string(v.Invitor.External), v.No, corpID)
	return err
}

// flag is a truth as the tables write it, and as the pages do.
func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// everybodyLeaves counts the time of those who are still there.
func everybodyLeaves(tx *store.Tx, l Live, now int64) error {
	_, err := tx.Exec(`UPDATE living_viewer SET seconds = seconds + ? - entered_at, entered_at = 0 WHERE corpid = ? AND living = ? AND entered_at > 0`, now, l.CorpID, l.No)
	return err
}

func countViewers(tx *store.Tx, l Live) (c counts, err error) {
	_, err = tx.Get(`SELECT coalesce(sum(watched), 0), coalesce(sum(comments), 0), coalesce(sum(spoke), 0), coalesce(sum(CASE WHEN entered_at > 0 THEN 1 ELSE 0 END), 0), coalesce(sum(reserved), 0)
		FROM living_viewer WHERE corpid = ? AND living = ?`, []any{l.CorpID, l.No}, &c.viewers, &c.comments, &c.spoke, &c.online, &c.reserved)
	return c, err
}

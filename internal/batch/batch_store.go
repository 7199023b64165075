package batch

import "qiwei/internal/store"

func insertDoomed(tx *store.Tx, corpID string, dep int64) error {
	_, err := tx.Exec(`INSERT INTO batch_doomed (corpid, department) VALUES (?, ?) ON CONFLICT DO NOTHING`, corpID, dep)
	return err
}

func forgetDoomed(tx *store.Tx, corpID string, dep int64) error {
	_, err := tx.Exec(`DELETE FROM batch_doomed WHERE corpid = ? AND department = ?`, corpID, dep)
	return err
}

func selectDoomed(tx *store.Tx, corpID string) (map[int64]bool, error) {
	out := map[int64]bool{}
	err := tx.Each(`SELECT department FROM batch_doomed WHERE corpid = ?`, []any{corpID}, func(rows *store.Rows) error {
		var dep int64
		err := rows.Scan(&dep)
		out[dep] = true
		return err
	})
	return out, err
}

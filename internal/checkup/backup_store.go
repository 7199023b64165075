package checkup

import (
	"strconv"
	"time"

	"qiwei/internal/store"
)

// NoteBackup notes that a backup was written now.
func NoteBackup(tx *store.Tx) error {
	_, err := tx.Exec(`INSERT INTO installation (name, value) VALUES ('backup', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
		[]byte(strconv.FormatInt(tx.Now().UnixMilli(), 10)))
	return err
}

// LastBackup returns when the last backup was written; zero if none was.
func LastBackup(tx *store.Tx) (time.Time, error) {
	var value []byte
	found, err := tx.Get(`SELECT value FROM installation WHERE name = 'backup'`, nil, &value)
	if err != nil || !found {
		return time.Time{}, err
	}
	n, err := strconv.ParseInt(string(value), 10, 64)
	return time.UnixMilli(n).UTC(), err
}

package login

import (
	"fmt"

	"qiwei/internal/store"
)

func selectPassword(tx *store.Tx, member int64) (sealed []byte, found bool, err error) {
	found, err = tx.Get(`SELECT hash FROM login_password WHERE member = ?`, []any{member}, &sealed)
	return sealed, found, err
}

func deletePassword(tx *store.Tx, member int64) error {
	_, err := tx.Exec(`DELETE FROM login_password WHERE member = ?`, member)
	return err
}

func upsertPassword(tx *store.Tx, member int64, sealed []byte) error {
	_, err := tx.Exec(`INSERT INTO login_password (member, hash, changed_at) VALUES (?, ?, ?)
		ON CONFLICT (member) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at`, member, sealed, tx.Now().UnixMilli())
	if err != nil {
		return fmt.Errorf("write password: %w", err)
	}
	return nil
}

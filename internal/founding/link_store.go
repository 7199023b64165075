package founding

import (
	"fmt"
	"time"

	"qiwei/internal/store"
)

func selectLink(tx *store.Tx, target string) (sealed []byte, expires time.Time, found bool, err error) {
	var at int64
	found, err = tx.Get(`SELECT sealed, expires_at FROM founding_link WHERE target = ?`, []any{target}, &sealed, &at)
	return sealed, time.UnixMilli(at).UTC(), found, err
}

func findLink(tx *store.Tx, mac []byte) (target string, expires time.Time, found bool, err error) {
	var at int64
	found, err = tx.Get(`SELECT target, expires_at FROM founding_link WHERE mac = ?`, []any{mac}, &target, &at)
	return target, time.UnixMilli(at).UTC(), found, err
}

func upsertLink(tx *store.Tx, target string, mac, sealed []byte, expires time.Time) error {
	_, err := tx.Exec(`INSERT INTO founding_link (target, mac, sealed, expires_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (target) DO UPDATE SET mac = excluded.mac, sealed = excluded.sealed, expires_at = excluded.expires_at`,
		target, mac, sealed, expires.UnixMilli())
	if err != nil {
		return fmt.Errorf("write founding link: %w", err)
	}
	return nil
}

// takeLink uses the link; taken is false if somebody else was quicker.
func takeLink(tx *store.Tx, mac []byte) (taken bool, err error) {
	n, err := tx.Exec(`DELETE FROM founding_link WHERE mac = ? AND expires_at > ?`, mac, tx.Now().UnixMilli())
	return n == 1, err
}

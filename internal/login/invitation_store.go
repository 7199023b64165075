package login

import (
	"crypto/subtle"
	"fmt"
	"time"

	"qiwei/internal/store"
)

func upsertInvitation(tx *store.Tx, member int64, mac []byte, expires time.Time) error {
	_, err := tx.Exec(`INSERT INTO login_invitation (member, mac, expires_at, used_at) VALUES (?, ?, ?, 0)
		ON CONFLICT (member) DO UPDATE SET mac = excluded.mac, expires_at = excluded.expires_at, used_at = 0`,
		member, mac, expires.UnixMilli())
	if err != nil {
		return fmt.Errorf("write invitation: %w", err)
	}
	return nil
}

// checkInvitation reports whether the member's invitation has this digest, and
// whether it was used or has expired.
func checkInvitation(tx *store.Tx, member int64, mac []byte) (right, over bool, err error) {
	var have []byte
	var expires, used int64
	found, err := tx.Get(`SELECT mac, expires_at, used_at FROM login_invitation WHERE member = ?`, []any{member}, &have, &expires, &used)
	if err != nil || !found || subtle.ConstantTimeCompare(have, mac) != 1 {
		return false, false, err
	}
	return true, used > 0 || tx.Now().UnixMilli() >= expires, nil
}

// takeInvitation uses the invitation; taken is false if it is no longer valid.
func takeInvitation(tx *store.Tx, member int64, mac []byte) (taken bool, err error) {
	now := tx.Now().UnixMilli()
	n, err := tx.Exec(`UPDATE login_invitation SET used_at = ? WHERE member = ? AND mac = ? AND used_at = 0 AND expires_at > ?`, now, member, mac, now)
	return n == 1, err
}

// spendInvitation ends the member's invitation, if there is one.
func spendInvitation(tx *store.Tx, member int64) error {
	_, err := tx.Exec(`UPDATE login_invitation SET used_at = ? WHERE member = ? AND used_at = 0`, tx.Now().UnixMilli(), member)
	return err
}

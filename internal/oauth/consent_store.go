package oauth

import (
	"fmt"
	"strings"
	"time"

	"qiwei/internal/store"
)

func selectConsent(tx *store.Tx, app, member int64) (c consent, found bool, err error) {
	var fields string
	var decided int64
	found, err = tx.Get(`SELECT fields, decided_at FROM login_consent WHERE app = ? AND member = ?`, []any{app, member}, &fields, &decided)
	if err != nil || !found {
		return consent{}, false, err
	}
	return consent{strings.Fields(fields), time.UnixMilli(decided).UTC()}, true, nil
}

// consentedApps returns the numbers of the applications that the member was
// asked about, latest first.
func consentedApps(tx *store.Tx, member int64) ([]int64, error) {
	var out []int64
	err := tx.Each(`SELECT app FROM login_consent WHERE member = ? ORDER BY decided_at DESC, app`, []any{member}, func(rows *store.Rows) error {
		var no int64
		err := rows.Scan(&no)
		out = append(out, no)
		return err
	})
	return out, err
}

func upsertConsent(tx *store.Tx, app, member int64, fields []string) error {
	_, err := tx.Exec(`INSERT INTO login_consent (app, member, fields, decided_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (app, member) DO UPDATE SET fields = excluded.fields, decided_at = excluded.decided_at`,
		app, member, strings.Join(fields, " "), tx.Now().UnixMilli())
	if err != nil {
		return fmt.Errorf("write consent: %w", err)
	}
	return nil
}

func deleteConsent(tx *store.Tx, app, member int64) error {
	_, err := tx.Exec(`DELETE FROM login_consent WHERE app = ? AND member = ?`, app, member)
	return err
}

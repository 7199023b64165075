package oidc

import (
	"fmt"
	"strings"
	"time"

	"qiwei/internal/store"
)

// grantsOfSession returns the grants that were given in a session.
func grantsOfSession(tx *store.Tx, corpID, session string) (out []grantRow, err error) {
	err = tx.Each(`SELECT id, client, member, scopes FROM oidc_grant WHERE session = ? AND corpid = ?`, []any{session, corpID}, func(rows *store.Rows) error {
		var g grantRow
		var scopes string
		err := rows.Scan(&g.id, &g.client, &g.member, &scopes)
		g.scopes = strings.Fields(scopes)
		out = append(out, g)
		return err
	})
	return out, err
}

// clientsOfSession returns the clients that were let in in a session.
func clientsOfSession(tx *store.Tx, corpID, session string) (out []string, err error) {
	err = tx.Each(`SELECT DISTINCT client FROM oidc_grant WHERE session = ? AND corpid = ? ORDER BY client`, []any{session, corpID}, func(rows *store.Rows) error {
		var c string
		err := rows.Scan(&c)
		out = append(out, c)
		return err
	})
	return out, err
}

func insertNotice(tx *store.Tx, n notice) error {
	_, err := tx.Exec(`INSERT INTO oidc_logout (corpid, client, subject, session, tries, due_at, created_at) VALUES (?, ?, ?, ?, 0, ?, ?)`,
		n.corpID, n.client, n.subject, n.session, tx.Now().UnixMilli(), tx.Now().UnixMilli())
	if err != nil {
		return fmt.Errorf("insert logout: %w", err)
	}
	return nil
}

// selectDue returns those who are to be told now, who have waited longest first.
func selectDue(tx *store.Tx, corpID string, limit int64) (out []notice, err error) {
	err = tx.Each(`SELECT no, corpid, client, subject, session, tries FROM oidc_logout WHERE due_at <= ? AND ? IN ('', corpid) ORDER BY due_at, no LIMIT ?`,
		[]any{tx.Now().UnixMilli(), corpID, limit}, func(rows *store.Rows) error {
			var n notice
			err := rows.Scan(&n.no, &n.corpID, &n.client, &n.subject, &n.session, &n.tries)
			out = append(out, n)
			return err
		})
	return out, err
}

// takeNotice takes a row for a while; false where another server has it.
func takeNotice(tx *store.Tx, n notice, lease time.Duration) (bool, error) {
	changed, err := tx.Exec(`UPDATE oidc_logout SET due_at = ?, tries = tries + 1 WHERE no = ? AND tries = ? AND due_at <= ?`,
		tx.Now().Add(lease).UnixMilli(), n.no, n.tries, tx.Now().UnixMilli())
	return changed > 0, err
}

func postponeNotice(tx *store.Tx, no int64, due time.Time) error {
	_, err := tx.Exec(`UPDATE oidc_logout SET due_at = ? WHERE no = ?`, due.UnixMilli(), no)
	return err
}

func deleteNotice(tx *store.Tx, no int64) error {
	_, err := tx.Exec(`DELETE FROM oidc_logout WHERE no = ?`, no)
	return err
}

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

// endingGrant is what has to be known of a grant when it ends.
type endingGrant struct {
	corpID, client, session string
	member                  int64
}

func selectEndingGrants(tx *store.Tx, where string, args ...any) (out []endingGrant, err error) {
	err = tx.Each(`SELECT DISTINCT corpid, client, session, member FROM oidc_grant WHERE `+where+` ORDER BY client, session, member`, args, func(rows *store.Rows) error {
		var g endingGrant
		err := rows.Scan(&g.corpID, &g.client, &g.session, &g.member)
		out = append(out, g)
		return err
	})
	return out, err
}

// hasNotice reports whether the client is already to be told of the session's end.
func hasNotice(tx *store.Tx, c Client, session string) (bool, error) {
	n, err := tx.Count(`SELECT count(*) FROM oidc_notice WHERE client = ? AND session = ? AND corpid = ?`, c.ID, session, c.CorpID)
	return n > 0, err
}

func insertNotice(tx *store.Tx, n notice) error {
	_, err := tx.Exec(`INSERT INTO oidc_notice (corpid, client, uri, algorithm, subject, session, tries, due_at, created_at) VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?)`,
		n.corpID, n.client, n.uri, n.algorithm, n.subject, n.session, tx.Now().UnixMilli(), tx.Now().UnixMilli())
	if err != nil {
		return fmt.Errorf("insert logout notice: %w", err)
	}
	return nil
}

// selectDue returns the notices that are due, those first that have waited longest.
func selectDue(tx *store.Tx, corpID string, limit int64) (out []notice, err error) {
	err = tx.Each(`SELECT no, corpid, client, uri, algorithm, subject, session, tries FROM oidc_notice WHERE due_at <= ? AND ? IN ('', corpid) ORDER BY due_at, no LIMIT ?`,
		[]any{tx.Now().UnixMilli(), corpID, limit}, func(rows *store.Rows) error {
			var n notice
			err := rows.Scan(&n.no, &n.corpID, &n.client, &n.uri, &n.algorithm, &n.subject, &n.session, &n.tries)
			out = append(out, n)
			return err
		})
	return out, err
}

// takeNotice takes a row for a while; false where another server has it.
func takeNotice(tx *store.Tx, n notice, lease time.Duration) (bool, error) {
	changed, err := tx.Exec(`UPDATE oidc_notice SET due_at = ?, tries = tries + 1 WHERE no = ? AND tries = ? AND due_at <= ?`,
		tx.Now().Add(lease).UnixMilli(), n.no, n.tries, tx.Now().UnixMilli())
	return changed > 0, err
}

func postponeNotice(tx *store.Tx, no int64, due time.Time) error {
	_, err := tx.Exec(`UPDATE oidc_notice SET due_at = ? WHERE no = ?`, due.UnixMilli(), no)
	return err
}

func deleteNotice(tx *store.Tx, no int64) error {
	_, err := tx.Exec(`DELETE FROM oidc_notice WHERE no = ?`, no)
	return err
}

package oidc

import (
	"fmt"
	"strings"
	"time"

	"qiwei/internal/store"
	"qiwei/internal/work"
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

// clientsOfSession returns the clients with a grant from the session.
func clientsOfSession(tx *store.Tx, corpID, session string) (out []string, err error) {
	err = tx.Each(`SELECT DISTINCT client FROM oidc_grant WHERE session = ? AND corpid = ? ORDER BY client`, []any{session, corpID}, func(rows *store.Rows) error {
		var c string
		err := rows.Scan(&c)
		out = append(out, c)
		return err
	})
	return out, err
}

// endingGrant is what must be known of a grant when it ends.
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

// hasNotice reports whether a notice of the session's end already waits for the client.
func hasNotice(tx *store.Tx, c Client, session string) (bool, error) {
	n, err := tx.Count(`SELECT count(*) FROM oidc_notice WHERE client = ? AND session = ?`, c.ID, session)
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

// waitingNotices returns one due notice for each client that no request is under way to, so that a client
// that hangs holds up no others.
func waitingNotices(tx *store.Tx) (list []work.Waiting, err error) {
	now := tx.Now()
	beyond := now.Add(2 * 12 * time.Hour)
	err = tx.Each(`SELECT o.no, o.corpid, o.holder, o.due_at FROM oidc_notice o JOIN (
			SELECT min(d.no) AS no FROM oidc_notice d WHERE (d.due_at <= ? OR d.due_at > ?)
				AND NOT EXISTS (SELECT 1 FROM oidc_notice h WHERE h.client = d.client AND h.holder <> '' AND h.due_at > ? AND h.due_at < ?)
			GROUP BY d.client) f ON f.no = o.no ORDER BY o.due_at, o.no`,
		[]any{now.UnixMilli(), beyond.UnixMilli(), now.UnixMilli(), now.Add(2 * noticeLease).UnixMilli()}, func(rows *store.Rows) error {
			var w work.Waiting
			var until int64
			err := rows.Scan(&w.Key, &w.CorpID, &w.Holder, &until)
			w.Until = time.UnixMilli(until)
			list = append(list, w)
			return err
		})
	return list, err
}

func noticeBacklog(tx *store.Tx) (b work.Backlog, err error) {
	var oldest int64
	_, err = tx.Get(`SELECT count(*), coalesce(min(created_at), 0) FROM oidc_notice`, nil, &b.Waiting, &oldest)
	if oldest > 0 {
		b.Oldest = time.UnixMilli(oldest).UTC()
	}
	return b, err
}

func selectNotice(tx *store.Tx, no int64) (n notice, found bool, err error) {
	found, err = tx.Get(`SELECT no, corpid, client, uri, algorithm, subject, session FROM oidc_notice WHERE no = ?`, []any{no}, &n.no, &n.corpID, &n.client, &n.uri, &n.algorithm, &n.subject, &n.session)
	return n, found, err
}

func deleteNotice(tx *store.Tx, no int64) error {
	_, err := tx.Exec(`DELETE FROM oidc_notice WHERE no = ?`, no)
	return err
}

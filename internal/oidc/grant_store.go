package oidc

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"qiwei/internal/store"
)

func insertGrant(tx *store.Tx, g grant, expires time.Time) error {
	request, err := json.Marshal(g.Request)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO oidc_grant (id, corpid, client, member, session, scopes, request, auth_at, way, created_at, expires_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, g.ID, g.CorpID, g.client.ID, g.Member.No, g.Session, strings.Join(g.Scopes, " "), string(request),
		g.AuthAt.UnixMilli(), g.Way, tx.Now().UnixMilli(), expires.UnixMilli())
	if err != nil {
		return fmt.Errorf("insert grant: %w", err)
	}
	return nil
}

// prolongGrant makes a grant live as long as what was issued last.
func prolongGrant(tx *store.Tx, id string, expires time.Time) error {
	_, err := tx.Exec(`UPDATE oidc_grant SET expires_at = ? WHERE id = ? AND expires_at < ?`, expires.UnixMilli(), id, expires.UnixMilli())
	return err
}

func deleteGrantsOf(tx *store.Tx, where string, args ...any) error {
	_, err := tx.Exec(`DELETE FROM oidc_grant WHERE `+where, args...)
	return err
}

func insertTokens(tx *store.Tx, grantID string, list ...issued) error {
	var args []any
	for _, t := range list {
		args = append(args, t.mac, t.kind, grantID, tx.Now().UnixMilli(), t.expires.UnixMilli())
	}
	_, err := tx.Exec(`INSERT INTO oidc_token (mac, kind, grant_id, used_at, created_at, expires_at) VALUES (?, ?, ?, 0, ?, ?)`+
		strings.Repeat(`, (?, ?, ?, 0, ?, ?)`, len(list)-1), args...)
	if err != nil {
		return fmt.Errorf("insert token: %w", err)
	}
	return nil
}

// useToken marks a code or refresh token as used; false if it was used already.
func useToken(tx *store.Tx, mac []byte) (bool, error) {
	n, err := tx.Exec(`UPDATE oidc_token SET used_at = ? WHERE mac = ? AND used_at = 0`, tx.Now().UnixMilli(), mac)
	return n > 0, err
}

// grantRow is a grant as the table has it.
type grantRow struct {
	id, corpID, client, session, way string
	member                           int64
	scopes                           []string
	request                          []byte
	authAt, created                  time.Time
}

// selectToken returns a token and its grant.
func selectToken(tx *store.Tx, kind string, mac []byte) (t issued, g grantRow, found bool, err error) {
	var used, made, expires, auth, created int64
	var scopes, request string
	t.mac, t.kind = mac, kind
	found, err = tx.Get(`SELECT t.used_at, t.created_at, t.expires_at, g.id, g.corpid, g.client, g.member, g.session, g.scopes, g.request, g.auth_at, g.way, g.created_at
		FROM oidc_token t JOIN oidc_grant g ON g.id = t.grant_id WHERE t.mac = ? AND t.kind = ?`, []any{mac, kind},
		&used, &made, &expires, &g.id, &g.corpID, &g.client, &g.member, &g.session, &scopes, &request, &auth, &g.way, &created)
	if err != nil || !found {
		return t, g, false, err
	}
	if used > 0 {
		t.used = time.UnixMilli(used).UTC()
	}
	t.created, t.expires = time.UnixMilli(made).UTC(), time.UnixMilli(expires).UTC()
	g.scopes, g.request = strings.Fields(scopes), []byte(request)
	g.authAt, g.created = time.UnixMilli(auth).UTC(), time.UnixMilli(created).UTC()
	return t, g, true, nil
}

// offline reports whether the grant outlives the session.
func (r grantRow) offline() bool { return slices.Contains(r.scopes, scopeOffline) }

// consented returns the scopes that the member has agreed to.
func consented(tx *store.Tx, client string, member int64) ([]string, error) {
	var scopes string
	_, err := tx.Get(`SELECT scopes FROM oidc_consent WHERE client = ? AND member = ?`, []any{client, member}, &scopes)
	return strings.Fields(scopes), err
}

// consents returns the clients that the member has agreed to, latest first.
func consents(tx *store.Tx, member int64) (out []string, err error) {
	err = tx.Each(`SELECT client FROM oidc_consent WHERE member = ? ORDER BY decided_at DESC, client`, []any{member}, func(rows *store.Rows) error {
		var c string
		err := rows.Scan(&c)
		out = append(out, c)
		return err
	})
	return out, err
}

func upsertConsent(tx *store.Tx, client string, member int64, scopes []string) error {
	_, err := tx.Exec(`INSERT INTO oidc_consent (client, member, scopes, decided_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (client, member) DO UPDATE SET scopes = excluded.scopes, decided_at = excluded.decided_at`,
		client, member, strings.Join(scopes, " "), tx.Now().UnixMilli())
	if err != nil {
		return fmt.Errorf("write consent: %w", err)
	}
	return nil
}

func deleteConsent(tx *store.Tx, client string, member int64) error {
	_, err := tx.Exec(`DELETE FROM oidc_consent WHERE client = ? AND member = ?`, client, member)
	return err
}

package oauth

import (
	"fmt"
	"time"

	"qiwei/internal/store"
)

func insertCode(tx *store.Tx, mac []byte, c code) error {
	var session any // NULL without one
	if c.Session != nil {
		session = c.Session
	}
	_, err := tx.Exec(`INSERT INTO login_code (mac, corpid, member, person, purpose, scope, app, suite, provider, origin, device, session, expires_at, used_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`,
		mac, c.CorpID, null(c.Member.No), string(c.Person), string(c.Purpose), string(c.Scope), c.App, null(c.Suite), null(c.Partner), c.Origin, c.Device, session, c.Expires.UnixMilli())
	if err != nil {
		return fmt.Errorf("insert code: %w", err)
	}
	return nil
}

// null is a number that may be missing, as a column has it.
func null(n int64) any {
	if n == 0 {
		return nil
	}
	return n
}

// selectCode returns the code if it belongs to the owner that whose names.
func (s *Service) selectCode(tx *store.Tx, mac []byte, whose string, owner any) (c code, used time.Time, found bool, err error) {
	var member, expires, usedAt int64
	c.mac = mac
	found, err = tx.Get(`SELECT corpid, COALESCE(member, 0), person, purpose, scope, app, COALESCE(suite, 0), COALESCE(provider, 0), origin, device, session, expires_at, used_at
		FROM login_code WHERE mac = ? AND `+whose, []any{mac, owner},
		&c.CorpID, &member, &c.Person, &c.Purpose, &c.Scope, &c.App, &c.Suite, &c.Partner, &c.Origin, &c.Device, &c.Session, &expires, &usedAt)
	if err != nil || !found {
		return code{}, used, false, err
	}
	c.Expires = time.UnixMilli(expires).UTC()
	if usedAt > 0 {
		used = time.UnixMilli(usedAt).UTC()
	}
	if c.Person != "" {
		return c, used, true, nil
	}
	c.Member, found, err = s.deps.Directory.MemberNo(tx, member)
	return c, used, found, err
}

// spendCodes ends the member's codes that were not used. Those of a second verification are deleted with
// their session, and stay while it does.
func spendCodes(tx *store.Tx, member int64) error {
	return tx.Send(`UPDATE login_code SET used_at = ? WHERE member = ? AND used_at = 0 AND session IS NULL`, tx.Now().UnixMilli(), member)
}

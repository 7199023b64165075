package login

import (
	"context"
	"fmt"
	"time"

	"qiwei/internal/directory"
	"qiwei/internal/store"
)

// Credentials are the ways by which a member can sign in now.
type Credentials struct {
	Password bool
	Passkeys int64
	// InvitedUntil is until when an invitation can be accepted; zero for none.
	InvitedUntil time.Time
}

// None reports whether the member cannot sign in without an invitation.
func (c Credentials) None() bool { return !c.Password && c.Passkeys == 0 }

// CredentialsOf returns the member's credentials.
func (s *Service) CredentialsOf(tx *store.Tx, m directory.Member) (c Credentials, err error) {
	var expires int64
	if _, c.Password, err = selectPassword(tx, m.No); err != nil {
		return c, err
	}
	if _, err = tx.Get(`SELECT count(*) FROM login_passkey WHERE member = ?`, []any{m.No}, &c.Passkeys); err != nil {
		return c, err
	}
	found, err := tx.Get(`SELECT expires_at FROM login_invitation WHERE member = ? AND used_at = 0 AND expires_at > ?`, []any{m.No, tx.Now().UnixMilli()}, &expires)
	if found {
		c.InvitedUntil = time.UnixMilli(expires).UTC()
	}
	return c, err
}

// WithCredentials returns which of the members, by our numbers, can sign in without an invitation.
func (s *Service) WithCredentials(tx *store.Tx, members []int64) (map[int64]bool, error) {
	out := map[int64]bool{}
	if len(members) == 0 {
		return out, nil
	}
	for _, table := range []string{"login_password", "login_passkey"} {
		if err := tx.Each(`SELECT member FROM `+table+` WHERE member IN (`+store.Marks(len(members))+`)`, store.Args([]any{}, members), func(rows *store.Rows) error {
			var no int64
			err := rows.Scan(&no)
			out[no] = true
			return err
		}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// OpenSession is a browser in which a member is signed in, as it is listed.
type OpenSession struct {
	ID     string
	Way    Way
	Device string // what the browser calls itself, and its address; empty if it was not noted
	Since  time.Time
	Seen   time.Time // to the hour
}

// SessionsOf returns the member's sessions that are open, newest first.
func (s *Service) SessionsOf(tx *store.Tx, m directory.Member) (list []OpenSession, err error) {
	err = tx.Each(`SELECT mac, sid, way, device, created_at, seen_at FROM login_session
		WHERE member = ? AND pending = 0 AND expires_at > ? ORDER BY created_at DESC, mac`, []any{m.No, tx.Now().UnixMilli()}, func(rows *store.Rows) error {
		var mac []byte
		var o OpenSession
		var way string
		var since, seen int64
		err := rows.Scan(&mac, &o.ID, &way, &o.Device, &since, &seen)
		o.ID, o.Way, o.Since, o.Seen = sidOf(o.ID, mac), Way(way), time.UnixMilli(since).UTC(), time.UnixMilli(seen).UTC()
		list = append(list, o)
		return err
	})
	return list, err
}

// EndSession ends the member's session with the ID; found is false if there is none.
func (s *Service) EndSession(ctx context.Context, tx *store.Tx, m directory.Member, sid string) (found bool, err error) {
	var mac []byte
	if err := tx.Each(`SELECT mac, sid FROM login_session WHERE member = ?`, []any{m.No}, func(rows *store.Rows) error {
		var one []byte
		var id string
		err := rows.Scan(&one, &id)
		if sidOf(id, one) == sid {
			mac = one
		}
		return err
	}); err != nil || mac == nil {
		return false, err
	}
	ended, err := selectEnding(tx, `mac = ?`, mac)
	if err != nil {
		return false, err
	}
	if err := deleteSession(tx, mac); err != nil {
		return false, fmt.Errorf("end session: %w", err)
	}
	return true, s.tellEnd(ctx, tx, ended)
}

// SignOutEverywhere ends what the member's credentials have opened, at every door. The credentials stay.
func (s *Service) SignOutEverywhere(ctx context.Context, tx *store.Tx, corpID string, m directory.Member) error {
	return s.endCredentials(ctx, tx, corpID, m, SignedOutAll, nil)
}

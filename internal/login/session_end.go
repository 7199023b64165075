package login

import (
	"context"
	"crypto/sha256"
	"encoding/base64"

	"qiwei/internal/store"
)

// ID names the session to rooms above and, through them, to applications. It does not help to take over the
// session. A member who signs in anew in the same browser keeps the ID, so that an application that knows it
// can still be told of the end.
func (sess Session) ID() string { return sess.sid }

// Proof names the sign-in behind the session. Unlike ID, it changes each time the member signs in.
func (sess Session) Proof() string { return digest("proof", sess.mac) }

func digest(word string, mac []byte) string {
	sum := sha256.Sum256(append([]byte("session "+word+" "), mac...))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}

// Ended is a session that ended early: its member signed out or was signed out, or another member signed in
// with the same browser.
type Ended struct {
	CorpID  string
	Session string // its ID
	Member  int64
}

// OnEnd registers fn, which is called inside the transaction that ends a session. It is not called for a
// session that has only expired, or whose member is deleted.
func (s *Service) OnEnd(fn func(context.Context, *store.Tx, Ended) error) {
	s.onEnd = append(s.onEnd, fn)
}

// Hold keeps the session from ending until tx is over, and reports whether the session still exists. A room
// that stores something that depends on a session calls it first. Otherwise, on PostgreSQL, the session could
// end concurrently, and what was stored would outlive it.
func (s *Service) Hold(tx *store.Tx, sess Session) (bool, error) {
	n, err := tx.Exec(`UPDATE login_session SET seen_at = seen_at WHERE mac = ? AND pending = 0 AND expires_at > ?`, sess.mac, tx.Now().UnixMilli())
	return n > 0, err
}

func (s *Service) tellEnd(ctx context.Context, tx *store.Tx, ended []Ended) error {
	for _, e := range ended {
		for _, fn := range s.onEnd {
			if err := fn(ctx, tx, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// endSession ends the session with the token, if there is one.
func (s *Service) endSession(ctx context.Context, tx *store.Tx, token string) error {
	if token == "" {
		return nil
	}
	ended, err := selectEnding(tx, `mac = ?`, s.sessionMAC(token))
	if err != nil {
		return err
	}
	if err := deleteSession(tx, s.sessionMAC(token)); err != nil {
		return err
	}
	return s.tellEnd(ctx, tx, ended)
}

// endSessions ends the member's sessions, except the one with the digest keep.
func (s *Service) endSessions(ctx context.Context, tx *store.Tx, member int64, keep []byte) error {
	where, args := `member = ?`, []any{member}
	if keep != nil {
		where, args = where+` AND mac <> ?`, append(args, keep)
	}
	ended, err := selectEnding(tx, where, args...)
	if err != nil {
		return err
	}
	if err := deleteSessions(tx, member, keep); err != nil {
		return err
	}
	return s.tellEnd(ctx, tx, ended)
}

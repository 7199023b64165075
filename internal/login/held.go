package login

import (
	"context"
	"net/http"
	"time"

	"qiwei/internal/directory"
	"qiwei/internal/login/page"
	"qiwei/internal/store"
)

// A room above may admit the session's member elsewhere, where this server's cookie does not reach. It keeps
// the session's key, and its rows refer to login_session (mac), so that they end with the session.

// Key names a session in the database. It is a digest: nobody can sign in with it.
func (s Session) Key() []byte { return s.mac }

// Held returns the live session with the key and keeps it alive, as SignedIn does with a browser's own.
func (s *Service) Held(ctx context.Context, key []byte) (sess Session, found bool, err error) {
	err = s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		sess, found, err = s.selectHeld(tx, key)
		return err
	})
	if err != nil || !found {
		return Session{}, false, err
	}
	now := s.deps.Store.Now()
	if now.Sub(sess.seen) < sessionStep && directory.Day(now) == directory.Day(sess.seen) {
		return sess, true, nil
	}
	err = s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		if err := s.deps.Directory.RecordActivity(tx, sess.CorpID, sess.Member); err != nil {
			return err
		}
		return touchSession(tx, sess)
	})
	return sess, err == nil, err
}

func (s *Service) selectHeld(tx *store.Tx, key []byte) (sess Session, found bool, err error) {
	sess.mac = key
	var member, created, seen int64
	found, err = tx.Get(`SELECT corpid, member, way, created_at, seen_at FROM login_session WHERE mac = ? AND pending = 0 AND expires_at > ?`,
		[]any{key, tx.Now().UnixMilli()}, &sess.CorpID, &member, &sess.Way, &created, &seen)
	if err != nil || !found {
		return Session{}, false, err
	}
	sess.SignedInAt, sess.seen = time.UnixMilli(created).UTC(), time.UnixMilli(seen).UTC()
	sess.Member, found, err = s.deps.Directory.MemberNo(tx, member)
	return sess, found && sess.Member.Enabled, err
}

// Refuse answers with a page that says what went wrong, for a room above.
func (s *Service) Refuse(w http.ResponseWriter, r *http.Request, status int, p page.Problem) {
	s.page(page.NoFrame, func(v *visit) error { return v.problem(status, p) }).ServeHTTP(w, r)
}

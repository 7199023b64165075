package login

import (
	"context"
	"fmt"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/store"
)

// The second verification at sign-in (登录二次验证, doc 99519). Whether a member is asked
// for it is decided at the gate; the session then is pending and opens nothing. The way
// to the company's page and back is package oauth's, which knows codes: it tells this
// room where to send a pending session (OnPending), and lets it in (Pass).

// continuePath is where the company's page may send the member afterwards: on to
// where they were going. The platform's client does without one, because it watches
// the page from outside.
const continuePath = "/account/continue"

// mustVerify reports whether the member has to pass a second verification when
// signing in.
func (s *Service) mustVerify(tx *store.Tx, corpID string, m directory.Member) (bool, error) {
	c, err := s.deps.Corps.Corp(tx, corpID)
	if err != nil || c.TwoFactor.URL == "" {
		return false, err
	}
	return s.MustVerify(tx, c, m)
}

// MustVerify reports whether the member is among those whom the corp's setting names.
func (s *Service) MustVerify(tx *store.Tx, c corp.Corp, m directory.Member) (bool, error) {
	return s.deps.Directory.InRange(tx, c.CorpID, access.Range{Departments: c.TwoFactor.Departments, Members: c.TwoFactor.Members}, m)
}

// OnPending has fn lead a pending session to the company's page. next is a path of this
// server to come back to; where it is empty, the one that the session has stays.
func (s *Service) OnPending(fn func(v *Visit, sess Session, next string) error) { s.sendPending = fn }

func (v *visit) sendToVerify(sess Session, next string) error {
	return v.s.sendPending(&Visit{v}, sess, next)
}

// Pass ends the waiting of a pending session.
func (s *Service) Pass(ctx context.Context, tx *store.Tx, sess Session) error {
	if _, err := tx.Exec(`UPDATE login_session SET pending = 0 WHERE mac = ?`, sess.mac); err != nil {
		return fmt.Errorf("pass verification: %w", err)
	}
	if err := touchSession(tx, sess); err != nil {
		return err
	}
	return s.greet(ctx, tx, sess.CorpID, sess.Member)
}

// resume takes a member who has passed to where they were going.
func (s *Service) resume(v *visit) error {
	sess, found, err := s.session(v.r)
	switch {
	case err != nil:
		return err
	case found && sess.Pending:
		return v.sendToVerify(sess, "")
	case found:
		return v.redirect(ownPath(sess.next))
	}
	return v.redirect(accountPath)
}

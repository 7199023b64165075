package login

import (
	"context"
	"fmt"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/store"
)

// The second verification at sign-in (登录二次验证, doc 99519). The gate decides whether a member must pass it. The
// session is then pending and opens nothing. Package oauth, which knows codes, handles the way to the
// company's page and back: it tells this room where to send a pending session (OnPending), and admits it
// (Pass).

// continuePath is where the company's page may send the member afterwards, to continue to their destination.
// The platform has none: its client watches the page from outside.
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

// OnPending registers fn, which leads a pending session to the company's page. next is a path of this server
// to return to; if it is empty, the session keeps its own.
func (s *Service) OnPending(fn func(v *Visit, sess Session, next string) error) { s.sendPending = fn }

func (v *visit) sendToVerify(sess Session, next string) error {
	return v.s.sendPending(&Visit{v}, sess, next)
}

// Pass turns a pending session into a full one.
func (s *Service) Pass(ctx context.Context, tx *store.Tx, sess Session) error {
	if _, err := tx.Exec(`UPDATE login_session SET pending = 0 WHERE mac = ?`, sess.mac); err != nil {
		return fmt.Errorf("pass verification: %w", err)
	}
	if err := touchSession(tx, sess); err != nil {
		return err
	}
	return s.greet(ctx, tx, sess.CorpID, sess.Member)
}

// resume leads a member who has passed on to their destination.
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

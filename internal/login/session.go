package login

import (
	"context"
	"net/http"
	"time"

	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

const (
	// SessionCookie is the cookie of a signed-in browser.
	SessionCookie = "qiwei_session"

	// A session ends a week after its last use, and a month after sign-in in any case.
	sessionIdle = 7 * 24 * time.Hour
	sessionLife = 30 * 24 * time.Hour

	// pendingLife is how long a member may take for the second verification.
	pendingLife = 30 * time.Minute

	// sessionStep is how often a session's last use is stored, so that not every page view is a write.
	sessionStep = time.Hour
)

// Session is a browser in which a member is signed in.
type Session struct {
	CorpID     string
	Member     directory.Member
	Way        string // a Way
	SignedInAt time.Time
	// Pending marks a session that still needs the second verification. It opens only the way there.
	Pending bool

	sid   string
	token string // in the browser; empty in a session that was not loaded from one
	mac   []byte
	next  string
	seen  time.Time
}

// SignedIn returns the session of a request's browser; found is false if nobody is signed in, or only
// somebody who has not passed the second verification. Pages of this server for members call Require instead.
func (s *Service) SignedIn(r *http.Request) (sess Session, found bool, err error) {
	sess, found, err = s.session(r)
	return sess, found && !sess.Pending, err
}

// session returns the browser's session, pending or not, and keeps it alive.
func (s *Service) session(r *http.Request) (sess Session, found bool, err error) {
	token := cookieOf(r, SessionCookie)
	if token == "" {
		return Session{}, false, nil
	}
	ctx, passes := r.Context(), false
	err = s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		if sess, found, err = s.selectSession(tx, token); err != nil || !found || !sess.Pending {
			return err
		}
		// If the administrator has since exempted the member from the verification, the session need not wait
		// any longer.
		needed, err := s.mustVerify(tx, sess.CorpID, sess.Member)
		passes = !needed
		return err
	})
	if err != nil || !found {
		return Session{}, false, err
	}
	now := s.deps.Store.Now()
	if !passes && (sess.Pending || (now.Sub(sess.seen) < sessionStep && directory.Day(now) == directory.Day(sess.seen))) {
		return sess, true, nil
	}
	err = s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		if passes {
			if err := s.Pass(ctx, tx, sess); err != nil {
				return err
			}
		}
		if err := s.deps.Directory.RecordActivity(tx, sess.CorpID, sess.Member); err != nil {
			return err
		}
		return touchSession(tx, sess)
	})
	sess.Pending = sess.Pending && !passes
	return sess, err == nil, err
}

// begin makes a session for the member who was admitted. It ends the browser's previous session, because
// somebody else may have planted its token, and returns the new session's token. next is where the member
// goes after the second verification.
func (s *Service) begin(ctx context.Context, tx *store.Tx, a Admission, previous, next string) (token string, err error) {
	m := a.Member()
	sid, err := s.replace(ctx, tx, m, previous)
	if err != nil {
		return "", err
	}
	sess := Session{CorpID: a.CorpID(), Member: m, Way: string(a.Way()), SignedInAt: tx.Now(), Pending: a.pending, sid: sid, token: id.Secret(), next: next}
	sess.mac = s.sessionMAC(sess.token)
	if err := insertSession(tx, a, sess); err != nil {
		return "", err
	}
	if a.Way() == ByPasskey || a.Way() == ByScan { // CheckPassword remembers the other ways
		if err := s.remember(tx, a.CorpID(), m, a.who.Stranger); err != nil {
			return "", err
		}
	}
	if a.pending {
		return sess.token, nil
	}
	return sess.token, s.greet(ctx, tx, a.CorpID(), m)
}

// replace ends the session that a browser had before its member signs in, and
// returns the ID of the new one: the old one's, where the member is the same.
func (s *Service) replace(ctx context.Context, tx *store.Tx, m directory.Member, previous string) (sid string, err error) {
	if previous == "" {
		return id.Letters(22), nil
	}
	old, found, err := s.selectSession(tx, previous)
	if err != nil {
		return "", err
	}
	if found && old.Member.No == m.No {
		return old.sid, deleteSession(tx, old.mac)
	}
	return id.Letters(22), s.endSession(ctx, tx, previous)
}

// enter begins a session and gives its token to the browser.
func (v *visit) enter(who Identity, next string) error {
	var token string
	err := v.s.Admit(v.ctx(), who, func(tx *store.Tx, a Admission) (err error) {
		token, err = v.s.begin(v.ctx(), tx, a, cookieOf(v.r, SessionCookie), next)
		return err
	})
	if err != nil {
		return err
	}
	v.browser() // so that DeviceId names this browser from the first code on
	v.setCookie(SessionCookie, token, int(sessionLife/time.Second))
	return nil
}

// stranger is the visitor of the sign-in pages.
func (v *visit) stranger() Stranger {
	v.browser()
	return v.s.StrangerAt(DoorPages, v.r)
}

// identity is prove in a transaction of its own, for a browser that may be nameless.
func (v *visit) identity(corpID string, m directory.Member, way Way) (who Identity, err error) {
	err = v.s.deps.Store.Read(v.ctx(), func(tx *store.Tx) error {
		who, err = v.s.prove(tx, v.s.StrangerAt(DoorPages, v.r), corpID, m, way)
		return err
	})
	return who, err
}

func (s *Service) sessionMAC(token string) []byte { return s.deps.Box.MAC(seal.Session, token) }

package console

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"qiwei/internal/admin"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

const (
	// sessionCookie is the console's own: somebody who tries an application as a member on the phone stays an
	// admin in the console.
	sessionCookie = "qiwei_console"

	// A session ends half a day after its last use, and a week after sign-in. In dev it does not end, because
	// the clock jumps there.
	sessionIdle = 12 * time.Hour
	sessionLife = 7 * 24 * time.Hour

	// sessionStep is how often the last use of a session is stored.
	sessionStep = 10 * time.Minute
)

// session is a sign-in of an admin in a browser.
type session struct {
	corpID string
	member directory.Member
	admin  admin.Admin
	way    string
	mac    []byte
	since  time.Time
	seen   time.Time
}

var errSignedOut = door.ErrSignedOut

func (s *Service) sessionMAC(token string) []byte { return s.deps.Box.MAC(seal.Console, token) }

// session returns the browser's session, or errSignedOut.
func (s *Service) session(r *http.Request) (sess session, err error) {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil || cookie.Value == "" {
		return sess, errSignedOut
	}
	sess.mac = s.sessionMAC(cookie.Value)
	err = s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		var member, since, seen int64
		found, err := tx.Get(`SELECT corpid, member, way, created_at, seen_at FROM console_session WHERE mac = ?`, []any{sess.mac},
			&sess.corpID, &member, &sess.way, &since, &seen)
		if err != nil || !found {
			return errors.Join(err, errSignedOut)
		}
		sess.since, sess.seen = time.UnixMilli(since).UTC(), time.UnixMilli(seen).UTC()
		if now := tx.Now(); !s.deps.Dev && (now.Sub(sess.since) > sessionLife || now.Sub(sess.seen) > sessionIdle) {
			return errSignedOut
		}
		if sess.member, found, err = s.deps.Directory.MemberNo(tx, member); err != nil || !found || !sess.member.Enabled {
			return errors.Join(err, errSignedOut)
		}
		if sess.admin, found, err = s.adminOf(tx, sess.corpID, sess.member); err != nil || !found {
			return errors.Join(err, errSignedOut)
		}
		return nil
	})
	if err != nil {
		return sess, err
	}
	if now := s.deps.Store.Now(); now.Sub(sess.seen) >= sessionStep {
		err = s.deps.Store.Write(r.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE console_session SET seen_at = ? WHERE mac = ?`, now.UnixMilli(), sess.mac)
			return err
		})
	}
	return sess, err
}

// archivist is whoever has a role of the chat archive and is no admin: the console shows them that alone.
const archivist admin.Role = "archive"

// adminOf returns what a member is in the console; found is false for one who is nothing there.
func (s *Service) adminOf(tx *store.Tx, corpID string, m directory.Member) (admin.Admin, bool, error) {
	a, found, err := s.deps.Admins.Of(tx, corpID, m)
	if err != nil || found {
		return a, found, err
	}
	by, err := s.deps.Archive.ReaderOf(tx, corpID, m)
	return admin.Admin{UserID: m.UserID, Name: m.Name, Role: archivist}, by.Role != "", err
}

// begin signs the admin in and gives the browser the cookie. It answers ErrNoAdmin for a member who is no
// admin, and the errors of login's gate.
func (s *Service) begin(v *visit, who login.Identity) error {
	token := id.Secret()
	err := s.deps.Login.Admit(v.ctx(), who, func(tx *store.Tx, a login.Admission) error {
		_, found, err := s.adminOf(tx, a.CorpID(), a.Member())
		if err == nil && !found {
			err = admin.ErrNoAdmin
		}
		if err != nil {
			return err
		}
		if err := s.replaceSession(tx, v.r); err != nil {
			return err
		}
		if err := s.insertSession(tx, a, token); err != nil {
			return err
		}
		user := string(a.Member().UserID)
		return insertAudit(tx, a.CorpID(), entry{UserID: user, Address: who.Address.String(), Action: "session.begin", Target: user,
			Detail: map[string]any{"way": a.Way()}})
	})
	if err == nil {
		s.setCookie(v.w, token, int(sessionLife/time.Second))
	}
	return err
}

// replaceSession ends the browser's previous session, because somebody else may have planted its token, and
// sweeps expired sessions.
func (s *Service) replaceSession(tx *store.Tx, r *http.Request) error {
	if old, err := r.Cookie(sessionCookie); err == nil {
		if _, err := tx.Exec(`DELETE FROM console_session WHERE mac = ?`, s.sessionMAC(old.Value)); err != nil {
			return err
		}
	}
	if s.deps.Dev {
		return nil
	}
	_, err := tx.Exec(`DELETE FROM console_session WHERE seen_at < ?`, tx.Now().Add(-sessionLife).UnixMilli())
	return err
}

func (s *Service) insertSession(tx *store.Tx, a login.Admission, token string) error {
	now := tx.Now().UnixMilli()
	_, err := tx.Exec(`INSERT INTO console_session (mac, corpid, member, way, created_at, seen_at) VALUES (?, ?, ?, ?, ?, ?)`,
		s.sessionMAC(token), a.CorpID(), a.Member().No, string(a.Way()), now, now)
	return err
}

// endSessions ends all console sessions that a member's credentials have opened.
func (s *Service) endSessions(_ context.Context, tx *store.Tx, e login.Ending) error {
	return s.expel(tx, e.Member.No)
}

// expel signs a member out of the console in every browser.
func (s *Service) expel(tx *store.Tx, member int64) error {
	return tx.Send(`DELETE FROM console_session WHERE member = ?`, member)
}

// end signs the browser out.
func (s *Service) end(w http.ResponseWriter, r *http.Request) error {
	cookie, err := r.Cookie(sessionCookie)
	if err != nil {
		return nil
	}
	s.setCookie(w, "", -1)
	return s.deps.Store.Write(r.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(`DELETE FROM console_session WHERE mac = ?`, s.sessionMAC(cookie.Value))
		return err
	})
}

func (s *Service) setCookie(w http.ResponseWriter, value string, seconds int) {
	http.SetCookie(w, &http.Cookie{
		Name: sessionCookie, Value: value, Path: "/console/", MaxAge: seconds, HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: strings.HasPrefix(s.deps.BaseURL(), "https://"),
	})
}

package login

import (
	"fmt"
	"time"

	"qiwei/internal/store"
)

// selectSession returns the live session of a token. A disabled member has none, even if the row still
// exists.
func (s *Service) selectSession(tx *store.Tx, token string) (sess Session, found bool, err error) {
	sess.token, sess.mac = token, s.sessionMAC(token)
	var member, pending, created, seen int64
	found, err = tx.Get(`SELECT corpid, member, way, pending, next, created_at, seen_at, sid FROM login_session WHERE mac = ? AND expires_at > ?`,
		[]any{sess.mac, tx.Now().UnixMilli()}, &sess.CorpID, &member, &sess.Way, &pending, &sess.next, &created, &seen, &sess.sid)
	if err != nil || !found {
		return Session{}, false, err
	}
	sess.sid = sidOf(sess.sid, sess.mac)
	sess.Pending, sess.SignedInAt, sess.seen = pending == 1, time.UnixMilli(created).UTC(), time.UnixMilli(seen).UTC()
	sess.Member, found, err = s.deps.Directory.MemberNo(tx, member)
	return sess, found && sess.Member.Enabled, err
}

// insertSession takes the admission for the session: without one there is no session.
func insertSession(tx *store.Tx, a Admission, sess Session) error {
	now, life := tx.Now(), sessionIdle
	if sess.Pending {
		life = pendingLife
	}
	_, err := tx.Exec(`INSERT INTO login_session (mac, corpid, member, way, pending, presented, next, created_at, seen_at, expires_at, sid, device)
		VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?)`, sess.mac, sess.CorpID, sess.Member.No, sess.Way, flag(sess.Pending), sess.next,
		now.UnixMilli(), now.UnixMilli(), now.Add(life).UnixMilli(), sess.sid, a.Device())
	if err != nil {
		return fmt.Errorf("insert session: %w", err)
	}
	return nil
}

// touchSession keeps the session alive from now on, up to its life from sign-in.
func touchSession(tx *store.Tx, sess Session) error {
	expires := tx.Now().Add(sessionIdle)
	if end := sess.SignedInAt.Add(sessionLife); end.Before(expires) {
		expires = end
	}
	_, err := tx.Exec(`UPDATE login_session SET seen_at = ?, expires_at = ? WHERE mac = ?`, tx.Now().UnixMilli(), expires.UnixMilli(), sess.mac)
	return err
}

// sidOf returns a session's ID. Sessions of earlier versions have none in the row.
func sidOf(sid string, mac []byte) string {
	if sid == "" {
		return digest("id", mac)
	}
	return sid
}

// selectEnding returns the sessions whose end is reported to others. A pending session has admitted nobody
// anywhere, so its end concerns nobody.
func selectEnding(tx *store.Tx, where string, args ...any) (out []Ended, err error) {
	err = tx.Each(`SELECT mac, sid, corpid, member FROM login_session WHERE pending = 0 AND `+where, args, func(rows *store.Rows) error {
		var mac []byte
		var e Ended
		err := rows.Scan(&mac, &e.Session, &e.CorpID, &e.Member)
		e.Session = sidOf(e.Session, mac)
		out = append(out, e)
		return err
	})
	return out, err
}

func deleteSession(tx *store.Tx, mac []byte) error {
	_, err := tx.Exec(`DELETE FROM login_session WHERE mac = ?`, mac)
	return err
}

// deleteSessions ends the member's sessions, except the one with the digest keep.
func deleteSessions(tx *store.Tx, member int64, keep []byte) error {
	if keep == nil {
		_, err := tx.Exec(`DELETE FROM login_session WHERE member = ?`, member)
		return err
	}
	_, err := tx.Exec(`DELETE FROM login_session WHERE member = ? AND mac <> ?`, member, keep)
	return err
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

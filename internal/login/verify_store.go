package login

import (
	"time"

	"qiwei/internal/directory"
	"qiwei/internal/store"
)

// PendingSession returns the session with the key, if it is pending.
func (s *Service) PendingSession(tx *store.Tx, mac []byte) (sess Session, found bool, err error) {
	var member, created int64
	found, err = tx.Get(`SELECT corpid, member, created_at FROM login_session WHERE mac = ? AND pending = 1 AND expires_at > ?`,
		[]any{mac, tx.Now().UnixMilli()}, &sess.CorpID, &member, &created)
	if err != nil || !found {
		return Session{}, false, err
	}
	sess.mac, sess.SignedInAt = mac, time.UnixMilli(created).UTC()
	sess.Member, found, err = s.deps.Directory.MemberNo(tx, member)
	return sess, found, err
}

// PendingSessions returns the member's pending sessions whose code the company has redeemed, or all pending
// ones if there is none.
func (s *Service) PendingSessions(tx *store.Tx, m directory.Member) ([]Session, error) {
	var presented, waiting []Session
	err := tx.Each(`SELECT mac, corpid, created_at, presented FROM login_session WHERE member = ? AND pending = 1 AND expires_at > ?`,
		[]any{m.No, tx.Now().UnixMilli()}, func(rows *store.Rows) error {
			sess := Session{Member: m}
			var created, seen int64
			if err := rows.Scan(&sess.mac, &sess.CorpID, &created, &seen); err != nil {
				return err
			}
			sess.SignedInAt = time.UnixMilli(created).UTC()
			if seen == 1 {
				presented = append(presented, sess)
			}
			waiting = append(waiting, sess)
			return nil
		})
	if len(presented) > 0 {
		return presented, err
	}
	return waiting, err
}

// Present notes that the company has begun to verify the session with the key.
func (s *Service) Present(tx *store.Tx, key []byte) error {
	_, err := tx.Exec(`UPDATE login_session SET presented = 1 WHERE mac = ?`, key)
	return err
}

// GoesTo stores the destination of a pending session's member.
func (s *Service) GoesTo(tx *store.Tx, sess Session, next string) error {
	_, err := tx.Exec(`UPDATE login_session SET next = ? WHERE mac = ?`, next, sess.mac)
	return err
}

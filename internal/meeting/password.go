package meeting

import (
	"context"
	"errors"
	"time"

	"qiwei/internal/store"
)

// A password has four to six digits, so one person tries only a few within a time (unverified). Wrong ones are counted
// in the database: several servers count together, and a restart gives nobody new tries.
const (
	passwordTries = 10
	passwordEvery = 10 * time.Minute
)

// wrongPassword refuses a password. What it has counted must stay, see Service.inTx.
type wrongPassword struct{ error }

func (w wrongPassword) Unwrap() error { return w.error }

// mayTry refuses somebody who has tried too many passwords. A clock that was set back makes nobody wait longer than
// passwordEvery.
func mayTry(tx *store.Tx, m Meeting, who string) error {
	now := tx.Now()
	n, err := tx.Count(`SELECT count(*) FROM meeting_try WHERE meeting = ? AND who = ? AND tries >= ? AND over > ? AND over <= ?`,
		m.No, who, int64(passwordTries), now.UnixMilli(), now.Add(passwordEvery).UnixMilli())
	if err == nil && n > 0 {
		err = ErrPassword.With("password: %d were tried; try again in %v", passwordTries, passwordEvery)
	}
	return err
}

// countTry counts a wrong password.
func countTry(tx *store.Tx, m Meeting, who string) error {
	now := tx.Now()
	_, err := tx.Exec(`INSERT INTO meeting_try (meeting, corpid, who, tries, over) VALUES (?, ?, ?, 1, ?)
		ON CONFLICT (meeting, who) DO UPDATE SET tries = CASE WHEN meeting_try.over > ? THEN meeting_try.tries + 1 ELSE 1 END, over = excluded.over`,
		m.No, m.CorpID, who, now.Add(passwordEvery).UnixMilli(), now.UnixMilli())
	return err
}

// inTx runs fn in a write transaction. One that ends in a wrong password stays, because of its count.
func (s *Service) inTx(ctx context.Context, fn func(*store.Tx) error) error {
	var refused error
	err := s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		refused = fn(tx)
		if errors.As(refused, new(wrongPassword)) {
			return nil
		}
		return refused
	})
	if err == nil {
		err = refused
	}
	return err
}

package login

import (
	"fmt"
	"time"

	"qiwei/internal/store"
)

// countGuess counts a try of the subject and returns how many there are now, or
// how long the subject is still locked, in which case none was counted. The one
// statement that counts waits for others that do, so no try is counted twice.
func countGuess(tx *store.Tx, subject string, limit guessLimit) (fails int64, wait time.Duration, err error) {
	now := tx.Now()
	counted, err := tx.Get(`INSERT INTO login_guess (subject, fails, last_at, locked_until) VALUES (?, 1, ?, 0)
		ON CONFLICT (subject) DO UPDATE SET last_at = excluded.last_at,
			fails = CASE WHEN login_guess.last_at <= ? THEN 1 ELSE login_guess.fails + 1 END
		WHERE login_guess.locked_until <= ?
		RETURNING fails`, []any{subject, now.UnixMilli(), now.Add(-guessMemory).UnixMilli(), now.UnixMilli()}, &fails)
	if err != nil {
		return 0, 0, fmt.Errorf("count guess: %w", err)
	}
	if !counted {
		var until int64
		if _, err := tx.Get(`SELECT locked_until FROM login_guess WHERE subject = ?`, []any{subject}, &until); err != nil {
			return 0, 0, err
		}
		return 0, max(time.UnixMilli(until).Sub(now), time.Second), nil
	}
	if d := limit.lock(fails); d > 0 {
		if _, err := tx.Exec(`UPDATE login_guess SET locked_until = ? WHERE subject = ?`, now.Add(d).UnixMilli(), subject); err != nil {
			return 0, 0, err
		}
	}
	return fails, 0, nil
}

func deleteGuesses(tx *store.Tx, subject string) error {
	_, err := tx.Exec(`DELETE FROM login_guess WHERE subject = ?`, subject)
	return err
}

func takeBackGuess(tx *store.Tx, subject string) error {
	_, err := tx.Exec(`UPDATE login_guess SET fails = fails - 1 WHERE subject = ? AND fails > 0`, subject)
	return err
}

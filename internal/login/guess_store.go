package login

import (
	"fmt"
	"time"

	"qiwei/internal/store"
)

// countOrLock counts a try of the subject and returns how many are left before it is locked. If it is locked
// already, it answers *Locked and counts nothing. The statement that counts waits for other such statements,
// so no try is counted twice.
//
// If the clock was set back, times that lie impossibly far ahead are cut to the maximum: nobody waits for
// years.
func countOrLock(tx *store.Tx, subject []byte, limit guessLimit) (left int, err error) {
	now := tx.Now().UnixMilli()
	step, most := limit.step.Milliseconds(), limit.most.Milliseconds()
	ceiling := now + (limit.tries+furthest-1)*step
	var empty int64
	counted, err := tx.Get(`INSERT INTO login_guess (subject, empty_at, locked_until) VALUES (?, ?, 0)
		ON CONFLICT (subject) DO UPDATE SET empty_at = ? + CASE
			WHEN login_guess.empty_at < ? THEN ? WHEN login_guess.empty_at > ? THEN ? ELSE login_guess.empty_at END
		WHERE login_guess.locked_until <= ? OR login_guess.locked_until > ?
		RETURNING empty_at`,
		[]any{subject, now + step, step, now, now, ceiling, ceiling, now, now + most}, &empty)
	if err != nil {
		return 0, fmt.Errorf("count guess: %w", err)
	}
	if !counted {
		var until int64
		if _, err := tx.Get(`SELECT locked_until FROM login_guess WHERE subject = ?`, []any{subject}, &until); err != nil {
			return 0, err
		}
		return 0, &Locked{min(max(time.Duration(until-now)*time.Millisecond, time.Second), limit.most)}
	}
	fails := (empty - now + step - 1) / step
	if d := limit.lock(fails); d > 0 {
		if _, err := tx.Exec(`UPDATE login_guess SET locked_until = ? WHERE subject = ?`, now+d.Milliseconds(), subject); err != nil {
			return 0, err
		}
	}
	return int(max(limit.tries-fails, 0)), nil
}

// lockOf returns how long the subject is still locked.
func lockOf(tx *store.Tx, subject []byte, most time.Duration) (time.Duration, error) {
	var until int64
	if _, err := tx.Get(`SELECT locked_until FROM login_guess WHERE subject = ?`, []any{subject}, &until); err != nil {
		return 0, err
	}
	wait := time.Duration(until-tx.Now().UnixMilli()) * time.Millisecond
	if wait > most { // the clock was set back
		return 0, nil
	}
	return max(wait, 0), nil
}

func deleteGuess(tx *store.Tx, subject []byte) error {
	_, err := tx.Exec(`DELETE FROM login_guess WHERE subject = ?`, subject)
	return err
}

func takeBackGuess(tx *store.Tx, subject []byte, step time.Duration) error {
	_, err := tx.Exec(`UPDATE login_guess SET empty_at = empty_at - ? WHERE subject = ?`, step.Milliseconds(), subject)
	return err
}

// sweepGuesses deletes the counts that have decayed, and the smallest ones if there are too many.
func sweepGuesses(tx *store.Tx) error {
	now := tx.Now().UnixMilli()
	if _, err := tx.Exec(`DELETE FROM login_guess WHERE empty_at <= ? AND locked_until <= ?`, now, now); err != nil {
		return err
	}
	n, err := tx.Count(`SELECT count(*) FROM login_guess`)
	if err != nil || n <= guessesMost {
		return err
	}
	_, err = tx.Exec(`DELETE FROM login_guess WHERE subject IN (SELECT subject FROM login_guess ORDER BY empty_at LIMIT ?)`, n-guessesMost)
	return err
}

// familiar reports whether the member has signed in at the place.
func familiar(tx *store.Tx, member int64, mark []byte) (found bool, err error) {
	var seen int64
	found, err = tx.Get(`SELECT seen_at FROM login_familiar WHERE member = ? AND mark = ?`, []any{member, mark}, &seen)
	return found && tx.Now().UnixMilli()-seen < familiarMemory.Milliseconds(), err
}

// familiarWith returns how many members have signed in at the place.
func familiarWith(tx *store.Tx, mark []byte) (int64, error) {
	return tx.Count(`SELECT count(*) FROM login_familiar WHERE mark = ? AND seen_at > ?`, mark, tx.Now().Add(-familiarMemory).UnixMilli())
}

// insertFamiliar notes the place, unless it did so within a day, and drops the member's least recently seen
// places.
func insertFamiliar(tx *store.Tx, member int64, mark []byte) (fresh bool, err error) {
	now := tx.Now().UnixMilli()
	var seen int64
	found, err := tx.Get(`SELECT seen_at FROM login_familiar WHERE member = ? AND mark = ?`, []any{member, mark}, &seen)
	if err != nil || (found && now-seen < familiarStep.Milliseconds() && now >= seen) {
		return false, err
	}
	if _, err := tx.Exec(`INSERT INTO login_familiar (member, mark, seen_at) VALUES (?, ?, ?)
		ON CONFLICT (member, mark) DO UPDATE SET seen_at = excluded.seen_at`, member, mark, now); err != nil {
		return false, fmt.Errorf("note familiar place: %w", err)
	}
	if found {
		return true, nil
	}
	_, err = tx.Exec(`DELETE FROM login_familiar WHERE member = ? AND mark IN (
		SELECT mark FROM login_familiar WHERE member = ? ORDER BY seen_at DESC, mark LIMIT 1000 OFFSET ?)`, member, member, int64(familiarMost))
	return true, err
}

package work

import (
	"errors"
	"fmt"
	"time"

	"qiwei/internal/store"
)

// ErrLost is returned if another server has taken the key's lease.
var ErrLost = errors.New("another server has taken the work over")

// Lease says where the leases of a kind are kept: in columns of the rows that are
// the work, or in a table of their own.
type Lease struct {
	// Table has the columns Key, Holder (text) and Until (Unix milliseconds).
	Table, Key, Holder, Until string
	// Tries is a column that counts how often the work was begun since it last went
	// well; none if it is empty.
	Tries string
	// Where is a condition that selects unfinished work; none if empty.
	Where string
	// Of is a table with the key "no". If it is given, Table has rows only for leases, which are made when
	// needed, for keys in Of.
	Of string
	// Length is how long a silent server keeps others out.
	Length time.Duration
}

func (l Lease) none() bool { return l.Table == "" }

// counted returns the SQL expression of the tries after a begin.
func (l Lease) counted(fresh bool) string {
	switch {
	case l.Tries == "":
		return ""
	case fresh:
		return ", " + l.Tries + " = 1"
	}
	return ", " + l.Tries + " = " + l.Tries + " + 1"
}

func (l Lease) and() string {
	if l.Where == "" {
		return ""
	}
	return " AND " + l.Where
}

// With a right clock, no lease and no pause ends later than its length from now. A row that does was written
// before the clock was set back, and is free. Twice the length is allowed, because servers' clocks differ.

// held reports whether another engine has the key.
func (q *Queue) held(now time.Time, holder string, until time.Time) bool {
	return holder != "" && holder != q.owner && until.After(now) && until.Before(now.Add(2*q.kind.Lease.Length))
}

// left reports whether the key rests until its next try.
func (q *Queue) left(now time.Time, holder string, until time.Time) bool {
	return holder == "" && until.After(now) && until.Before(now.Add(2*q.kind.Retry.longest()))
}

// free returns the condition that the key can be taken, with its arguments.
func (q *Queue) free(prefix string, now time.Time) (condition string, args []any) {
	holder, until := prefix+q.kind.Lease.Holder, prefix+q.kind.Lease.Until
	return `(` + holder + ` = ? OR ` + until + ` <= ? OR ` + until + ` >= CASE WHEN ` + holder + ` = '' THEN CAST(? AS BIGINT) ELSE CAST(? AS BIGINT) END)`,
		[]any{q.owner, now.UnixMilli(), now.Add(2 * q.kind.Retry.longest()).UnixMilli(), now.Add(2 * q.kind.Lease.Length).UnixMilli()}
}

// take makes this engine the key's holder, or keeps it so, and returns how often
// the work has been begun, this time included. Fresh says that it went well before.
func (q *Queue) take(tx *store.Tx, key int64, until time.Time, fresh bool) (ok bool, tries int64, err error) {
	l, now := q.kind.Lease, tx.Now()
	if l.none() {
		return true, 1, nil
	}
	if l.Of != "" {
		free, args := q.free(l.Table+".", now)
		n, err := tx.Exec(`INSERT INTO `+l.Table+` (`+l.Key+`, `+l.Holder+`, `+l.Until+`)
			SELECT no, CAST(? AS TEXT), CAST(? AS BIGINT) FROM `+l.Of+` WHERE no = ?
			ON CONFLICT (`+l.Key+`) DO UPDATE SET `+l.Holder+` = excluded.`+l.Holder+`, `+l.Until+` = excluded.`+l.Until+`
			WHERE `+free, append([]any{q.owner, until.UnixMilli(), key}, args...)...)
		if err != nil {
			return false, 0, fmt.Errorf("take lease: %w", err)
		}
		return n > 0, 1, nil
	}
	free, args := q.free("", now)
	counter := l.Tries
	if counter == "" {
		counter = "1"
	}
	ok, err = tx.Get(`UPDATE `+l.Table+` SET `+l.Holder+` = ?, `+l.Until+` = ?`+l.counted(fresh)+` WHERE `+l.Key+` = ?`+l.and()+`
		AND `+free+` RETURNING `+counter, append([]any{q.owner, until.UnixMilli(), key}, args...), &tries)
	if err != nil {
		return false, 0, fmt.Errorf("take lease: %w", err)
	}
	return ok, tries, nil
}

// holds reports whether this engine still is the key's holder, and how often the
// work has been begun.
func (q *Queue) holds(tx *store.Tx, key int64) (ok bool, tries int64, err error) {
	l := q.kind.Lease
	if l.none() {
		return true, 0, nil
	}
	counter := l.Tries
	if counter == "" {
		counter = "0"
	}
	ok, err = tx.Get(`SELECT `+counter+` FROM `+l.Table+` WHERE `+l.Key+` = ? AND `+l.Holder+` = ?`, []any{key, q.owner}, &tries)
	return ok, tries, err
}

// rests returns until when the key rests before its next try, or zero if it does not rest. A look that read
// the row just before a failure was recorded wakes a key that rests. The key goes on resting then: if it ended
// instead, its failures in a row would be forgotten.
func (q *Queue) rests(tx *store.Tx, key int64) (until time.Time, err error) {
	l, now := q.kind.Lease, tx.Now()
	var holder string
	var at int64
	ok, err := tx.Get(`SELECT `+l.Holder+`, `+l.Until+` FROM `+l.Table+` WHERE `+l.Key+` = ?`+l.and(), []any{key}, &holder, &at)
	if at := time.UnixMilli(at); ok && q.left(now, holder, at) {
		return at, err
	}
	return until, err
}

// renew extends the lease. With progress the work counts as begun for the first time. It returns ErrLost if
// the lease is not ours.
func (q *Queue) renew(tx *store.Tx, key int64, progress bool) error {
	l := q.kind.Lease
	if l.none() {
		return nil
	}
	count := ""
	if progress {
		count = l.counted(true)
	}
	n, err := tx.Exec(`UPDATE `+l.Table+` SET `+l.Until+` = ?`+count+` WHERE `+l.Key+` = ? AND `+l.Holder+` = ?`+l.and(),
		tx.Now().Add(l.Length).UnixMilli(), key, q.owner)
	if err == nil && n == 0 {
		err = ErrLost
	}
	return err
}

// begun says what happens to the count of tries when a key is released.
type begun int

const (
	counts begun = iota // this begin stays counted
	spared              // it is taken back: nothing was done
	well                // it went well, so the count restarts
)

// drop releases the key, from a time on or at once if it is zero.
//
// The row stays, even if it exists only for the lease. Another server's transaction that waits for it then
// collides, and begins again with the present queue. If the row were deleted, that transaction would insert
// its own and read a queue in which finished work still waits.
func (q *Queue) drop(tx *store.Tx, key int64, until time.Time, as begun) error {
	l := q.kind.Lease
	if l.none() {
		return nil
	}
	at, count := int64(0), ""
	if !until.IsZero() {
		at = until.UnixMilli()
	}
	switch {
	case l.Tries == "":
	case as == spared:
		count = ", " + l.Tries + " = " + l.Tries + " - 1"
	case as == well:
		count = ", " + l.Tries + " = 0"
	}
	_, err := tx.Exec(`UPDATE `+l.Table+` SET `+l.Holder+` = '', `+l.Until+` = ?`+count+` WHERE `+l.Key+` = ? AND `+l.Holder+` = ?`, at, key, q.owner)
	if err != nil {
		return fmt.Errorf("drop lease: %w", err)
	}
	return nil
}

// inherit frees keys held by processes that are known to be dead, so that a killed server continues at its
// next start and not only when its leases have run out. The count of tries stays: the work may be what killed
// them.
func (q *Queue) inherit(tx *store.Tx) error {
	l := q.kind.Lease
	if l.none() {
		return nil
	}
	var dead []string
	err := tx.Each(`SELECT DISTINCT `+l.Holder+` FROM `+l.Table+` WHERE `+l.Holder+` <> ''`+l.and(), nil, func(rows *store.Rows) error {
		var holder string
		err := rows.Scan(&holder)
		if q.engine.owner.dead(holder, q.engine.deps.Store.Lives) {
			dead = append(dead, holder)
		}
		return err
	})
	if err != nil {
		return err
	}
	for _, holder := range dead {
		n, err := tx.Exec(`UPDATE `+l.Table+` SET `+l.Holder+` = '', `+l.Until+` = 0 WHERE `+l.Holder+` = ?`+l.and(), holder)
		if err != nil {
			return err
		}
		q.engine.deps.Log.Info("work of a process that has ended goes on", "kind", q.kind.Name, "keys", n)
	}
	return nil
}

package work

import (
	"errors"
	"fmt"
	"time"

	"qiwei/internal/store"
)

// ErrLost is returned where a key's lease is another server's by now.
var ErrLost = errors.New("another server has taken the work over")

// Lease says where the leases of a kind are kept: in columns of the rows that are
// the work, or in a table of their own.
type Lease struct {
	// Table has the columns Key, Holder (text) and Until (Unix milliseconds).
	Table, Key, Holder, Until string
	// Tries is a column that counts how often the work was begun since it last went
	// well; none if it is empty.
	Tries string
	// Where is a condition that work fulfils which is not done yet; none if empty.
	Where string
	// Of is a table with the key "no". If it is given, Table has rows for leases
	// alone, which are made when they are needed, for keys that stand in Of.
	Of string
	// Length is how long a server that gives no sign keeps others out.
	Length time.Duration
}

func (l Lease) none() bool { return l.Table == "" }

// counted returns the expression of the tries after a begin.
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

// A right clock has written no lease, and no pause before the next try, that ends
// later than its length from now. A row that says so was written before the clock
// was set back, and is free. Twice the length is allowed, because the clocks of
// servers differ.

// held reports whether another engine has the key.
func (q *Queue) held(now time.Time, holder string, until time.Time) bool {
	return holder != "" && holder != q.owner && until.After(now) && until.Before(now.Add(2*q.kind.Lease.Length))
}

// left reports whether the key is left alone until its next try.
func (q *Queue) left(now time.Time, holder string, until time.Time) bool {
	return holder == "" && until.After(now) && until.Before(now.Add(2*q.kind.Retry.longest()))
}

// free is the condition that the key can be taken, with its arguments.
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

// renew puts the lease's end off. With progress the work counts as begun for the
// first time. It returns ErrLost where the lease is not ours.
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

// begun says what becomes of the count of tries when a key is let go.
type begun int

const (
	counts begun = iota // this begin stays counted
	spared              // it is taken back: nothing was done
	well                // it went well, and with it all before
)

// drop lets others have the key, from a time on or, where it is zero, at once.
//
// The row stays, also where it is there for the lease alone: a transaction of
// another server that waits for it collides then, and begins anew with the queue as
// it is now. If the row were deleted, that one would insert its own and read a queue
// in which what was just done still waits.
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

// inherit frees what processes hold that are known to be dead, so that a server
// that was killed goes on at its next start and not when its leases have run out.
// How often the work was begun stays counted: it may have been what killed them.
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

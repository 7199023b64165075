package callback

import (
	"fmt"
	"math"
	"slices"
	"time"

	"qiwei/internal/store"
)

// queued is a delivery that waits.
type queued struct {
	no       int64
	name     string
	body     string
	attempts int64
	chances  int64
	due      int64
	within   time.Duration
	reply    string
	ref      string
}

// attempt is one request of a delivery and what came of it.
type attempt struct {
	of       queued
	who      Receiver
	at       time.Time
	took     time.Duration
	status   int
	ok       bool
	problem  string
	seal     string
	response []byte
	reply    []byte
	due      int64 // of the next one, where it failed
}

func (a attempt) final() bool { return a.ok || a.of.chances <= 1 }

func (a attempt) outcome() string {
	switch {
	case a.ok:
		return "delivered"
	case a.final():
		return "failed"
	}
	return "retried"
}

// takeLease makes this server the one that delivers to the receiver, or keeps it
// so. ok is false while another one is, and where the receiver is gone.
func takeLease(tx *store.Tx, receiver int64, owner string, until time.Time) (ok bool, err error) {
	n, err := tx.Exec(`INSERT INTO callback_lease (receiver, owner, until)
		SELECT no, CAST(? AS TEXT), CAST(? AS BIGINT) FROM callback_receiver WHERE no = ?
		ON CONFLICT (receiver) DO UPDATE SET owner = excluded.owner, until = excluded.until
		WHERE callback_lease.owner = excluded.owner OR callback_lease.until <= ?`,
		owner, until.UnixMilli(), receiver, tx.Now().UnixMilli())
	if err != nil {
		return false, fmt.Errorf("take lease: %w", err)
	}
	return n > 0, nil
}

// dropLease lets others deliver to the receiver. The row stays: a transaction of
// another server that waits for it collides then, and begins anew with the queue
// as it is now. If the row were deleted, that one would insert its own and read a
// queue in which what was just delivered still waits.
func dropLease(tx *store.Tx, receiver int64, owner string) error {
	_, err := tx.Exec(`UPDATE callback_lease SET owner = '', until = 0 WHERE receiver = ? AND owner = ?`, receiver, owner)
	if err != nil {
		return fmt.Errorf("drop lease: %w", err)
	}
	return nil
}

// selectQueue returns the first deliveries that wait for the receiver.
func selectQueue(tx *store.Tx, receiver int64, limit int) ([]queued, error) {
	var list []queued
	err := tx.Each(`SELECT no, name, body, attempts, chances, due, within, reply, ref FROM callback_delivery
		WHERE receiver = ? AND state = 0 ORDER BY no LIMIT ?`, []any{receiver, limit}, func(rows *store.Rows) error {
		var q queued
		var within int64
		err := rows.Scan(&q.no, &q.name, &q.body, &q.attempts, &q.chances, &q.due, &within, &q.reply, &q.ref)
		q.within = time.Duration(within) * time.Millisecond
		list = append(list, q)
		return err
	})
	return list, err
}

// recordAtOnce is how many attempts go into one statement.
const recordAtOnce = 50

// record writes down what came of attempts. One that another server has recorded
// meanwhile, or whose delivery is gone, changes nothing.
func record(tx *store.Tx, list []attempt) error {
	var done []int64
	for _, a := range list {
		if a.ok {
			done = append(done, a.of.no)
			continue
		}
		state := 0
		if a.final() {
			state = 2
		}
		if _, err := tx.Exec(`UPDATE callback_delivery SET state = ?, attempts = attempts + 1, chances = chances - 1, due = ? WHERE no = ? AND state = 0`,
			state, a.due, a.of.no); err != nil {
			return fmt.Errorf("record failed attempt: %w", err)
		}
	}
	for some := range slices.Chunk(done, recordAtOnce) {
		if _, err := tx.Exec(`UPDATE callback_delivery SET state = 1, attempts = attempts + 1 WHERE state = 0 AND no IN (`+store.Marks(len(some))+`)`,
			store.Args(nil, some)...); err != nil {
			return fmt.Errorf("record deliveries: %w", err)
		}
	}
	for some := range slices.Chunk(list, recordAtOnce) {
		args := make([]any, 0, 8*len(some))
		for _, a := range some {
			args = append(args, a.of.no, a.of.attempts+1, a.at.UnixMilli(), a.took.Microseconds(), int64(a.status), a.problem, a.seal, a.response)
		}
		if _, err := tx.Exec(`INSERT INTO callback_attempt (delivery, n, at, took, status, problem, seal, response) VALUES `+
			rowMarks(len(some), 8)+` ON CONFLICT DO NOTHING`, args...); err != nil {
			return fmt.Errorf("record attempts: %w", err)
		}
	}
	return nil
}

// giveUp fails everything that waits for a receiver that receives no longer.
func giveUp(tx *store.Tx, receiver int64, why string) error {
	if _, err := tx.Exec(`INSERT INTO callback_attempt (delivery, n, at, took, status, problem, seal, response)
		SELECT no, attempts + 1, CAST(? AS BIGINT), 0, 0, CAST(? AS TEXT), '', ? FROM callback_delivery WHERE receiver = ? AND state = 0`,
		tx.Now().UnixMilli(), why, []byte{}, receiver); err != nil {
		return fmt.Errorf("give up: %w", err)
	}
	_, err := tx.Exec(`UPDATE callback_delivery SET state = 2, attempts = attempts + 1 WHERE receiver = ? AND state = 0`, receiver)
	return err
}

// bookOf returns the receiver's book and key.
func bookOf(tx *store.Tx, receiver int64) (r Receiver, found bool, err error) {
	found, err = tx.Get(`SELECT book, key, coalesce(corpid, ''), coalesce(app, 0) FROM callback_receiver WHERE no = ?`, []any{receiver}, &r.Book, &r.Key, &r.CorpID, &r.App)
	return r, found, err
}

// waiting is a receiver for whom something waits.
type waiting struct {
	receiver int64
	due      int64 // of the first
	corpID   string
	owner    string // who delivers to him now; empty where nobody does
}

// selectWaiting returns the receivers for whom something waits. It steps through
// the index from receiver to receiver, so that a long queue costs no more than a
// short one.
func selectWaiting(tx *store.Tx) ([]waiting, error) {
	var list []waiting
	err := tx.Each(`WITH RECURSIVE q(receiver) AS (
			SELECT min(receiver) FROM callback_delivery WHERE state = 0
			UNION ALL
			SELECT (SELECT min(d.receiver) FROM callback_delivery d WHERE d.state = 0 AND d.receiver > q.receiver) FROM q WHERE q.receiver IS NOT NULL)
		SELECT q.receiver, (SELECT d.due FROM callback_delivery d WHERE d.receiver = q.receiver AND d.state = 0 ORDER BY d.no LIMIT 1),
			coalesce(r.corpid, ''), coalesce(l.owner, '')
		FROM q JOIN callback_receiver r ON r.no = q.receiver LEFT JOIN callback_lease l ON l.receiver = q.receiver AND l.until > ?`,
		[]any{tx.Now().UnixMilli()}, func(rows *store.Rows) error {
			var w waiting
			err := rows.Scan(&w.receiver, &w.due, &w.corpID, &w.owner)
			list = append(list, w)
			return err
		})
	return list, err
}

// sweepAtOnce is how many deliveries are deleted in one transaction.
const sweepAtOnce = 1000

// sweep deletes the oldest deliveries that were queued before a time, with their
// attempts, and says whether there may be more of them. Numbers rise with time, so
// it looks at no more rows than it deletes. What still waits goes with them.
func sweep(tx *store.Tx, before time.Time) (more bool, err error) {
	var oldest, at int64
	found, err := tx.Get(`SELECT no, queued_at FROM callback_delivery ORDER BY no LIMIT 1`, nil, &oldest, &at)
	if err != nil {
		return false, err
	}
	if !found || at >= before.UnixMilli() {
		// An attempt that was under way when its delivery was deleted is recorded all
		// the same.
		if !found {
			oldest = math.MaxInt64
		}
		_, err := tx.Exec(`DELETE FROM callback_attempt WHERE delivery < ?`, oldest)
		return false, err
	}
	last := oldest + sweepAtOnce
	if _, err := tx.Exec(`DELETE FROM callback_delivery WHERE no < ? AND queued_at < ?`, last, before.UnixMilli()); err != nil {
		return false, fmt.Errorf("sweep deliveries: %w", err)
	}
	if _, err := tx.Exec(`DELETE FROM callback_attempt WHERE delivery < ? AND NOT EXISTS (SELECT 1 FROM callback_delivery d WHERE d.no = delivery)`, last); err != nil {
		return false, fmt.Errorf("sweep attempts: %w", err)
	}
	return true, nil
}

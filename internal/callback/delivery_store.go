package callback

import (
	"fmt"
	"math"
	"slices"
	"time"

	"qiwei/internal/store"
	"qiwei/internal/work"
)

// queued is a waiting delivery.
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

// attempt is one request of a delivery and its outcome.
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
	due      int64 // of the next one, if it failed
	settled  bool  // the taker of the reply has got it
}

func (a attempt) final() bool { return a.ok || a.of.chances <= 1 }

func (a attempt) outcome() string {
	switch {
	case a.ok:
		return work.Done
	case a.final():
		return work.Failed
	}
	return work.Retried
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

// record stores the outcome of attempts. An attempt that another server recorded meanwhile, or whose delivery
// is gone, changes nothing.
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

// giveUp fails what waits for a receiver: of one name, or everything where the name is empty.
func giveUp(tx *store.Tx, receiver int64, name, why string) error {
	where, args := `receiver = ? AND state = 0`, []any{receiver}
	if name != "" {
		where, args = where+` AND name = ?`, append(args, name)
	}
	if _, err := tx.Exec(`INSERT INTO callback_attempt (delivery, n, at, took, status, problem, seal, response)
		SELECT no, attempts + 1, CAST(? AS BIGINT), 0, 0, CAST(? AS TEXT), '', ? FROM callback_delivery WHERE `+where,
		append([]any{tx.Now().UnixMilli(), why, []byte{}}, args...)...); err != nil {
		return fmt.Errorf("give up: %w", err)
	}
	_, err := tx.Exec(`UPDATE callback_delivery SET state = 2, attempts = attempts + 1 WHERE `+where, args...)
	return err
}

// bookOf returns the receiver's book and key.
func bookOf(tx *store.Tx, receiver int64) (r Receiver, found bool, err error) {
	found, err = tx.Get(`SELECT book, key, coalesce(corpid, ''), coalesce(app, 0) FROM callback_receiver WHERE no = ?`, []any{receiver}, &r.Book, &r.Key, &r.CorpID, &r.App)
	return r, found, err
}

// selectWaiting returns the receivers for which something waits. It steps through the index from receiver to
// receiver, so that a long queue costs no more than a short one.
func selectWaiting(tx *store.Tx) ([]work.Waiting, error) {
	var list []work.Waiting
	err := tx.Each(`WITH RECURSIVE q(receiver) AS (
			SELECT min(receiver) FROM callback_delivery WHERE state = 0
			UNION ALL
			SELECT (SELECT min(d.receiver) FROM callback_delivery d WHERE d.state = 0 AND d.receiver > q.receiver) FROM q WHERE q.receiver IS NOT NULL)
		SELECT q.receiver, (SELECT d.due FROM callback_delivery d WHERE d.receiver = q.receiver AND d.state = 0 ORDER BY d.no LIMIT 1),
			coalesce(r.corpid, ''), coalesce(l.owner, ''), coalesce(l.until, 0)
		FROM q JOIN callback_receiver r ON r.no = q.receiver LEFT JOIN callback_lease l ON l.receiver = q.receiver`,
		nil, func(rows *store.Rows) error {
			var w work.Waiting
			var due, until int64
			err := rows.Scan(&w.Key, &due, &w.CorpID, &w.Holder, &until)
			w.Due, w.Until = time.UnixMilli(due), time.UnixMilli(until)
			list = append(list, w)
			return err
		})
	return list, err
}

// sweepAtOnce is how many deliveries are deleted in one transaction.
const sweepAtOnce = 1000

// sweep deletes the oldest deliveries that were queued before a time, with their attempts, and says whether
// there may be more. Numbers rise with time, so it reads no more rows than it deletes. Waiting deliveries are
// deleted too.
func sweep(tx *store.Tx, before time.Time) (more bool, err error) {
	var oldest, at int64
	found, err := tx.Get(`SELECT no, queued_at FROM callback_delivery ORDER BY no LIMIT 1`, nil, &oldest, &at)
	if err != nil {
		return false, err
	}
	if !found || at >= before.UnixMilli() {
		// An attempt may be recorded after its delivery was deleted, if it was under way then.
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

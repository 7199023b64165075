package store

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// witness tells a memo when a PostgreSQL database has changed.
//
// It asks for the current snapshot: xmin, xmax, and the transactions between them that run. Each transaction
// that changes anything has a number of 64 bits. One that commits between two snapshots was in the list of
// the first, or not below its xmax; in the second it is below xmax and not in the list. So if the two are
// equal, nothing was committed between them. If they differ, they show which transactions have ended.
// PostgreSQL takes a transaction out of the list before it answers COMMIT. So everything acknowledged
// anywhere before the question counts as ended in the answer.
//
// The witness knows this process's transactions and what each has changed. If no others have ended,
// everything that they did not change stays cached. If any other has ended, whether another server's, a
// person's, or one in another database of the same PostgreSQL, everything is forgotten. The same holds for
// tried parts of a transaction (Tx.Try), which have numbers of their own that nobody asks for.
//
// One answer serves all reads that began before the question was asked: while one is under way, those that
// begin wait for the next.
//
// Snapshots are comparable only within the life of a server: a crash may undo transactions' numbers that
// nobody was told of, and a standby that takes over assigns them in its own way. A session does not outlive
// its server. So what is kept lives as long as the witness's session, and only what was read from the same
// server is kept: the same address, the same time of start, and a session that is not older than the
// witness's. A standby lists its transactions elsewhere, and nothing is kept there.
type witness struct {
	db   *postgres
	memo *memo

	generation atomic.Uint64 // how many sessions it has had
	writing    atomic.Int64  // transactions of this process that write at this moment

	mu      sync.Mutex
	waiting *round // readers that began since the last question; nil if there are none
	asking  bool
	stopped sync.WaitGroup

	// Only for the goroutine that asks.
	session *pgSession
	last    snapshot
	asked   time.Time // when the last question was
	number  uint64    // of the state in the memo
	refused time.Time // when no session could be had

	ownMu  sync.Mutex
	server string
	owned  map[uint64]change // transactions of this process, as far as they were not counted as ended
}

// round is a question that several readers wait for.
type round struct {
	done   chan struct{}
	seen   look
	server string
}

const (
	// witnessPatience is how long a server may take to answer the question.
	witnessPatience = 10 * time.Second
	// witnessPause is how long to wait after a session was refused before asking for another. Meanwhile reads
	// use no cached values.
	witnessPause = 500 * time.Millisecond
	// witnessPace is the least time between two questions while this process writes, divided by its
	// processors. Each statement of a writer needs a processor twice, here and in the database, and would
	// find them taken by readers each time. With a pause, readers come in larger groups, with writers in
	// between.
	witnessPace = 3 * time.Millisecond
)

func newWitness(db *postgres, memory int) *witness {
	return &witness{db: db, memo: newMemo(memory), owned: map[uint64]change{}}
}

// look returns the state of the database at a moment after the call, and where it was seen; the zero look if
// it is unknown, or if ctx is done first.
func (w *witness) look(ctx context.Context) (look, string) {
	w.mu.Lock()
	r := w.waiting
	if r == nil {
		r = &round{done: make(chan struct{})}
		w.waiting = r
	}
	if !w.asking {
		w.asking = true
		w.stopped.Go(w.ask)
	}
	w.mu.Unlock()
	select {
	case <-r.done:
		return r.seen, r.server
	case <-ctx.Done():
		return look{}, ""
	}
}

// ask asks as long as somebody waits.
func (w *witness) ask() {
	for {
		if w.writing.Load() > 0 {
			<-time.After(time.Until(w.asked.Add(witnessPace / time.Duration(runtime.GOMAXPROCS(0)))))
		}
		w.mu.Lock()
		r := w.waiting
		w.waiting = nil
		if r == nil {
			w.asking = false
			w.mu.Unlock()
			return
		}
		w.mu.Unlock()
		if err := w.refresh(); err == nil {
			r.seen, r.server = look{w.memo, w.number}, w.session.server
		}
		close(r.done)
	}
}

func (w *witness) close() {
	w.stopped.Wait()
	if w.session != nil {
		w.db.end(w.session)
	}
}

// refresh brings the memo up to the present state of the database.
func (w *witness) refresh() error {
	now, err := w.question()
	if err != nil && w.session != nil && w.session.broken != nil {
		// The server may have been restarted since.
		w.db.end(w.session)
		w.session = nil
		now, err = w.question()
	}
	if err != nil {
		return err
	}
	if now.equal(&w.last) {
		return nil
	}
	w.number = w.memo.next(w.since(&now))
	w.last = now
	return nil
}

// question asks for the snapshot.
func (w *witness) question() (snapshot, error) {
	if w.session == nil {
		if err := w.connect(); err != nil {
			return snapshot{}, err
		}
	}
	w.asked = time.Now()
	w.session.Conn.SetDeadline(w.asked.Add(witnessPatience))
	row, _, err := w.session.run(pgSnapshot)
	if err != nil {
		return snapshot{}, err
	}
	if len(row) != 3 || row[1] != "false" {
		return snapshot{}, errors.New("the server is a standby")
	}
	now, err := parseSnapshot(row[0])
	now.backend = row[2]
	return now, err
}

// connect makes a session, with which everything starts from scratch.
func (w *witness) connect() error {
	if time.Since(w.refused) < witnessPause {
		return errors.New("no session could be made a moment ago")
	}
	ctx, cancel := context.WithTimeout(context.Background(), witnessPatience)
	defer cancel()
	s, err := w.db.connect(ctx)
	if err != nil {
		w.refused = time.Now()
		return err
	}
	w.ownMu.Lock()
	s.generation = w.generation.Add(1)
	w.server = s.server
	clear(w.owned)
	w.ownMu.Unlock()
	w.session, w.last, w.number = s, snapshot{}, w.memo.forget()
	return nil
}

// ownedMost bounds the transactions that are remembered while nobody reads.
const ownedMost = 4096

// noteOwn notes what a transaction of this process changes. It is called before the transaction can end.
func (w *witness) noteOwn(s *pgSession, number uint64, changed change) {
	w.ownMu.Lock()
	defer w.ownMu.Unlock()
	if s.server != w.server || s.generation != w.generation.Load() {
		return
	}
	if len(w.owned) >= ownedMost {
		clear(w.owned) // and missed ones make the memo forget everything
	}
	w.owned[number] = changed
}

// since returns what was changed between the last snapshot and now.
func (w *witness) since(now *snapshot) (c change) {
	w.ownMu.Lock()
	defer w.ownMu.Unlock()
	ended, ok := now.ended(&w.last)
	for _, number := range ended {
		changed, own := w.owned[number]
		c.merge(changed)
		c.everything = c.everything || !own
		delete(w.owned, number)
	}
	if !ok || c.everything {
		c.everything = true
		for number := range w.owned {
			if now.has(number) {
				delete(w.owned, number)
			}
		}
	}
	return c
}

// snapshot is which transactions have ended, as pg_current_snapshot has it. Its
// zero value is of no database.
type snapshot struct {
	xmin, xmax uint64   // all below xmin have ended, none at or above xmax
	running    []uint64 // of those between
	backend    string   // the process that has answered
}

func parseSnapshot(text string) (s snapshot, err error) {
	parts := strings.SplitN(text, ":", 3)
	if len(parts) != 3 {
		return s, fmt.Errorf("snapshot %q", text)
	}
	var list []uint64
	for _, part := range strings.FieldsFunc(parts[0]+","+parts[1]+","+parts[2], func(r rune) bool { return r == ',' }) {
		n, err := strconv.ParseUint(part, 10, 64)
		if err != nil {
			return s, fmt.Errorf("snapshot %q: %w", text, err)
		}
		list = append(list, n)
	}
	return snapshot{xmin: list[0], xmax: list[1], running: list[2:]}, nil
}

func pgTransactionNumber(row []string) (uint64, error) {
	if len(row) != 1 {
		return 0, errors.New("PostgreSQL has given the transaction no number")
	}
	return strconv.ParseUint(row[0], 10, 64)
}

func (s *snapshot) equal(other *snapshot) bool {
	if s.xmin != other.xmin || s.xmax != other.xmax || s.backend != other.backend || len(s.running) != len(other.running) {
		return false
	}
	for i, n := range s.running {
		if other.running[i] != n {
			return false
		}
	}
	return true
}

// has reports whether the transaction has ended.
func (s *snapshot) has(number uint64) bool {
	if number < s.xmin || number >= s.xmax {
		return number < s.xmin
	}
	for _, n := range s.running {
		if n == number {
			return false
		}
	}
	return true
}

// endedMost is how many transactions are checked one by one.
const endedMost = 4096

// ended returns the transactions that have ended since the other snapshot; ok is false if that is unknown.
func (s *snapshot) ended(before *snapshot) (list []uint64, ok bool) {
	if before.xmax == 0 || s.backend != before.backend || s.xmax < before.xmax || s.xmax-before.xmax > endedMost {
		return nil, false
	}
	for _, n := range before.running {
		if s.has(n) {
			list = append(list, n)
		}
	}
	for n := before.xmax; n < s.xmax; n++ {
		if s.has(n) {
			list = append(list, n)
		}
	}
	return list, true
}

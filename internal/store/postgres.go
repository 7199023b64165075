package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// postgres runs transactions on a few sessions: with many more than processors, they only take the processors
// from each other.
type postgres struct {
	cfg      *pgconn.Config
	settings string // of every session, as SQL
	witness  *witness

	waited waited

	slots chan struct{} // one for each session that is in use
	mu    sync.Mutex
	idle  []*pgSession   // the most recently used one last
	ends  sync.WaitGroup // sessions that are being thrown away
}

func openPostgres(ctx context.Context, c Config) (*postgres, error) {
	cfg, err := pgconn.ParseConfig(c.URL)
	if err != nil {
		// The driver's message may hold the password of the URL.
		return nil, fmt.Errorf("the database URL does not parse; expected postgres://user:password@host/database")
	}
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = 5 * time.Second
	}
	p := &postgres{
		cfg: cfg,
		// Another server's transaction that stands still (a stopped process, a cut network) must not hold its
		// locks for ever.
		settings: fmt.Sprintf("SET lock_timeout = %d; SET idle_in_transaction_session_timeout = '1min'", max(c.LockWait.Milliseconds(), 1)),
		waited:   c.Waited,
		slots:    make(chan struct{}, c.Connections),
	}
	p.witness = newWitness(p, c.Memory)
	if err := p.ping(ctx); err != nil {
		p.close()
		return nil, fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	p.witness.look(ctx) // if it is not available, nothing is kept
	return p, nil
}

// close returns when the server has no session left.
func (p *postgres) close() error {
	p.witness.close()
	p.mu.Lock()
	for _, s := range p.idle {
		p.end(s)
	}
	p.idle = nil
	p.mu.Unlock()
	p.ends.Wait()
	return nil
}

func (p *postgres) ping(ctx context.Context) error {
	return p.read(ctx, func(c conn) error {
		rows, err := c.query("SELECT 1", nil)
		if err != nil {
			return err
		}
		return rows.Close()
	})
}

// take returns a session that nobody else uses until it is given back. What is told
// of the wait has the time in it that a new session takes.
func (p *postgres) take(ctx context.Context) (*pgSession, error) {
	var wait wait
	select {
	case p.slots <- struct{}{}:
	default:
		wait.begin()
		select {
		case p.slots <- struct{}{}:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	s := p.fromIdle()
	if s == nil {
		wait.begin()
		var err error
		if s, err = p.connect(ctx); err != nil {
			<-p.slots
			return nil, err
		}
	}
	p.waited.ended(ForConnection, wait)
	return s, nil
}

// fromIdle returns a session that waits, or nil. Sessions older than the witness's own belong to a server
// that may no longer run.
func (p *postgres) fromIdle() *pgSession {
	generation := p.witness.generation.Load()
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.idle) > 0 {
		s := p.idle[len(p.idle)-1]
		p.idle = p.idle[:len(p.idle)-1]
		if s.generation == generation {
			return s
		}
		p.end(s)
	}
	return nil
}

// give gives a session back.
func (p *postgres) give(s *pgSession) {
	if s.broken != nil {
		p.end(s)
	} else {
		p.mu.Lock()
		p.idle = append(p.idle, s)
		p.mu.Unlock()
	}
	<-p.slots
}

func (p *postgres) read(ctx context.Context, run func(conn) error) error {
	t := &pgTx{ctx: ctx, db: p, begin: pgBeginRead}
	defer t.end()
	return t.gone(run(t))
}

// write runs at repeatable read: a row that another transaction has changed since this one began cannot be
// changed. That is ErrConflict, and Store.Write runs the transaction again. Rooms read, decide and write as
// if they were alone. If a decision depends on rows that they do not write (a tree without loops), they guard
// it by writing one. See docs/decisions/0006-writes-at-repeatable-read.md.
func (p *postgres) write(ctx context.Context, run func(conn) (change, error)) error {
	t := &pgTx{ctx: ctx, db: p, begin: pgBeginWrite}
	p.witness.writing.Add(1)
	defer p.witness.writing.Add(-1)
	defer t.end()
	changed, err := run(t)
	if err == nil {
		err = t.commit(changed)
	}
	return t.gone(err)
}

// pgTx is a transaction. It takes a session when it needs one: a read of cached values needs none.
type pgTx struct {
	ctx   context.Context
	db    *postgres
	begin string // the statement that it begins with

	on     *pgSession
	watch  func() bool // ends the watch of ctx; false where it was too late
	number uint64      // PostgreSQL's of a write
	rows   *pgRows     // of the last query
	sent   []pgSent    // what goes with the next statement
	size   int         // of sent, in bytes
	asked  []*pgAsked  // what was announced, with the answers that are there

	looked bool
	seen   look
	server string // where seen was seen
}

// look waits for the witness. It is useless once the transaction itself has a state, and to a write.
func (t *pgTx) look() look {
	if !t.looked {
		t.looked = true
		if t.on == nil && t.begin == pgBeginRead {
			t.seen, t.server = t.db.witness.look(t.ctx)
		}
	}
	return t.seen
}

func (t *pgTx) exec(query string, args []any) (int64, error) {
	rows, err := t.start(query, args)
	if err != nil {
		return 0, err
	}
	if err := rows.Close(); err != nil {
		return 0, err
	}
	return rows.changed, nil
}

func (t *pgTx) query(query string, args []any) (*Rows, error) {
	if kept := t.answer(query, args); kept != nil {
		return newRows(kept), nil
	}
	rows, err := t.start(query, args)
	if err != nil {
		return nil, err
	}
	return newRows(rows), nil
}

// start runs a statement up to its first row, and begins the transaction with it if it is the first. Sessions
// that a restarted server has lost look alive until they are used. As nothing was committed yet, start tries
// another one, until one works or none can be made.
func (t *pgTx) start(query string, args []any) (*pgRows, error) {
	t.trip()
	if t.on != nil {
		return t.statement(query, args)
	}
	for try := 0; ; try++ {
		rows, err := t.beginWith(query, args)
		lost := t.on != nil && t.on.broken != nil
		if err == nil || !lost || try > cap(t.db.slots) || t.ctx.Err() != nil {
			return rows, err
		}
		t.discard()
		t.again()
	}
}

// beginWith begins the transaction and runs its first statement, in one message.
func (t *pgTx) beginWith(query string, args []any) (*pgRows, error) {
	values, formats, err := pgParameters(args)
	if err != nil {
		return nil, err
	}
	if t.on, err = t.db.take(t.ctx); err != nil {
		return nil, err
	}
	t.watchOver()
	if t.on.server != t.server {
		t.seen = look{} // this session reads another server than the one that was looked at
	}
	s := t.on
	s.standing(t.begin)
	if t.begin == pgBeginWrite {
		s.standing(pgNumber)
	}
	put := t.questions()
	st := s.bind(query, values, formats)
	if err := s.sync(); err != nil {
		return nil, err
	}
	if err := s.settle(1); err != nil { // what the last transaction left
		return nil, err
	}
	if err := t.begun(); err != nil {
		t.skipped(put)
		s.forgetUnready(query, st)
		return nil, s.drained(err)
	}
	if err := t.answers(put); err != nil {
		s.forgetUnready(query, st)
		return nil, err
	}
	return t.opened(s.open(query, st))
}

// begun reads that the transaction has begun, and the number of a write.
func (t *pgTx) begun() error {
	if _, _, err := t.on.command(); err != nil || t.begin != pgBeginWrite {
		return err
	}
	row, _, err := t.on.command()
	if err != nil {
		return err
	}
	if t.number, err = pgTransactionNumber(row); err == nil {
		t.db.witness.noteOwn(t.on, t.number, change{})
	}
	return err
}

func (t *pgTx) statement(query string, args []any) (*pgRows, error) {
	s := t.on
	if s.broken != nil {
		return nil, s.broken
	}
	values, formats, err := pgParameters(args)
	if err != nil {
		return nil, err
	}
	before, put := t.queue(), t.questions()
	st := s.bind(query, values, formats)
	if err := s.sync(); err != nil {
		return nil, err
	}
	check, err := t.collect(before)
	if err != nil {
		t.skipped(put)
	} else {
		err = t.answers(put)
	}
	if err != nil {
		s.forgetUnready(query, st)
		return nil, err
	}
	rows, err := s.open(query, st)
	if check != nil {
		if err == nil {
			rows.Close()
		}
		return nil, check
	}
	return t.opened(rows, err)
}

func (t *pgTx) opened(rows *pgRows, err error) (*pgRows, error) {
	t.rows = rows
	return rows, err
}

// watchOver has the session interrupted when the caller goes. The driver's own watch
// would cost a goroutine for each statement.
func (t *pgTx) watchOver() {
	if t.ctx.Done() == nil {
		t.watch = func() bool { return true }
		return
	}
	t.watch = context.AfterFunc(t.ctx, t.on.interrupt)
}

// commit commits what was written, if anything was done at all. A caller who goes away before is told that
// nothing happened. One who goes away meanwhile waits for it.
func (t *pgTx) commit(changed change) error {
	if t.on == nil {
		return nil
	}
	if !t.watch() {
		t.on.fail(t.ctx.Err())
		return t.ctx.Err()
	}
	t.watch = func() bool { return true }
	for _, st := range t.sent {
		if st.then.check != nil { // it may still forbid the commit
			if err := t.flush(); err != nil {
				return err
			}
			break
		}
	}
	// The witness has to know it before anybody can see it.
	t.db.witness.noteOwn(t.on, t.number, changed)
	t.trip()
	before := t.queue()
	t.on.standing(pgCommit)
	if err := t.on.sync(); err != nil {
		return err
	}
	if _, err := t.collect(before); err != nil {
		return err // and the server has left out COMMIT
	}
	_, tag, err := t.on.command()
	err = t.on.drained(err)
	if err == nil && tag != "COMMIT" {
		err = fmt.Errorf("%w: PostgreSQL has answered COMMIT with %s", ErrUnavailable, tag)
	}
	t.release()
	return err
}

// end ends the transaction without a commit. A read does not wait for that.
func (t *pgTx) end() {
	if t.on == nil {
		return
	}
	if t.rows != nil {
		t.rows.Close()
	}
	if t.on.broken == nil {
		if t.begin == pgBeginWrite {
			t.on.run(pgRollback)
		} else {
			t.on.standing(pgRollback)
			t.on.sync()
		}
	}
	t.release()
}

// release gives the session back; discard ends it although it may still be good.
func (t *pgTx) release() {
	if !t.watch() {
		t.on.fail(t.ctx.Err()) // it was interrupted, or is about to be
	}
	t.db.give(t.on)
	t.on, t.rows = nil, nil
}

func (t *pgTx) discard() {
	t.on.fail(errors.New("dropped"))
	t.release()
}

// gone reports that the caller went away, if that is why a statement failed.
func (t *pgTx) gone(err error) error {
	if gone := t.ctx.Err(); err != nil && gone != nil && !errors.Is(err, gone) {
		return fmt.Errorf("%w: %w", gone, err)
	}
	return err
}

func (s *pgSession) forgetUnready(query string, st *pgStatement) {
	if !st.ready && s.prepared[query] == st {
		delete(s.prepared, query)
	}
}

package store

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// How the life of a session begins and ends.

// pgCheckClient has the server look each second whether its client is still there,
// while a statement runs or waits for a lock. Otherwise the statement of a killed
// process goes on to its end, with all its locks. PostgreSQL has it since version
// 14, and not on every system.
const pgCheckClient = `SELECT set_config('client_connection_check_interval', '1000', false) WHERE current_setting('server_version_num')::int >= 140000`

// set sets what every session has set.
func (p *postgres) set(ctx context.Context, line *pgconn.PgConn) error {
	if _, err := line.Exec(ctx, p.settings).ReadAll(); err != nil {
		return err
	}
	_, err := line.Exec(ctx, pgCheckClient).ReadAll()
	if errors.As(err, new(*pgconn.PgError)) {
		return nil // its system cannot
	}
	return err
}

// connect makes a session.
func (p *postgres) connect(ctx context.Context) (*pgSession, error) {
	generation := p.witness.generation.Load()
	line, err := pgconn.ConnectConfig(ctx, p.cfg)
	if err != nil {
		return nil, err
	}
	s, err := p.begin(ctx, line)
	if err != nil {
		p.ends.Go(func() {
			line.Close(context.Background())
			<-line.CleanupDone() // it may be closing already, because ctx is done
		})
		return nil, err
	}
	s.generation = generation
	return s, nil
}

// begin makes a session of a line.
func (p *postgres) begin(ctx context.Context, line *pgconn.PgConn) (*pgSession, error) {
	if err := p.set(ctx, line); err != nil {
		return nil, err
	}
	results, err := line.Exec(ctx, "SELECT extract(epoch FROM pg_postmaster_start_time())::text").ReadAll()
	if err != nil {
		return nil, err
	}
	if len(results) != 1 || len(results[0].Rows) != 1 {
		return nil, errors.New("the server does not say when it was started")
	}
	for _, st := range pgStanding {
		if _, err := line.Prepare(ctx, st.name, st.text, nil); err != nil {
			return nil, err
		}
	}
	s := &pgSession{prepared: map[string]*pgStatement{}}
	s.server = line.Conn().RemoteAddr().String() + " " + string(results[0].Rows[0][0])
	s.HijackedConn, err = line.Hijack()
	return s, err
}

// interrupt lets whoever uses the session fail at once. They end it then. It may be
// called at any time.
func (s *pgSession) interrupt() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.left {
		s.Conn.SetDeadline(time.Unix(1, 0))
	}
}

// end ends a session that nobody uses. Nobody waits for it but close.
func (p *postgres) end(s *pgSession) {
	s.mu.Lock()
	s.left = true // nobody interrupts it any more
	s.mu.Unlock()
	p.ends.Go(s.end)
}

const (
	// pgEnding is how long the server may take to let a session go. Later it finds
	// the line closed; see pgCheckClient.
	pgEnding = 10 * time.Second
	// pgCancelAgain is how long a statement may take to end once it was cancelled.
	// It doubles with each request.
	pgCancelAgain = 50 * time.Millisecond
)

// end returns when the server has let the session go. What may still run on it is
// cancelled, and again for as long as the server keeps the session: a request that
// overtakes its statement finds nothing to cancel, and the statement runs after it.
func (s *pgSession) end() {
	defer s.Conn.Close()
	ctx, done := context.WithTimeout(context.Background(), pgEnding)
	defer done()
	s.Conn.SetDeadline(time.Now().Add(time.Second))
	if s.broken == nil {
		s.Frontend.Send(&pgproto3.Terminate{})
		s.Frontend.Flush()
	}
	closeWrite(s.Conn)
	for wait := pgCancelAgain; ctx.Err() == nil; wait *= 2 {
		if s.broken != nil {
			s.cancel(ctx)
		}
		s.Conn.SetReadDeadline(time.Now().Add(wait))
		_, err := io.Copy(io.Discard, s.Conn)
		if late := net.Error(nil); !errors.As(err, &late) || !late.Timeout() {
			return
		}
	}
}

// cancel asks the server to cancel what runs on the session.
func (s *pgSession) cancel(ctx context.Context) {
	copied := *s.HijackedConn
	if line, err := pgconn.Construct(&copied); err == nil {
		line.CancelRequest(ctx)
	}
}

// closeWrite tells the server that nothing more comes, and leaves its answers to be
// read.
func closeWrite(c net.Conn) {
	if secure, ok := c.(*tls.Conn); ok {
		c = secure.NetConn()
	}
	if half, ok := c.(interface{ CloseWrite() error }); ok {
		half.CloseWrite()
	}
}

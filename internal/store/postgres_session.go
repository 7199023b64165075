package store

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// pgSession is one connection to PostgreSQL with its prepared statements. pgconn
// makes it; from then on messages are sent and read here, because only so can a
// transaction begin together with its first statement, and end without being
// waited for. See https://www.postgresql.org/docs/current/protocol-flow.html,
// "Extended Query".
//
// After a failure of the line the session is broken and good for nothing but end.
type pgSession struct {
	*pgconn.HijackedConn
	server     string // which server it leads to, see witness
	generation uint64 // of the witness when it was made

	prepared map[string]*pgStatement
	made     int   // numbers the names of statements
	owed     int   // syncs whose answers nobody has read to their end
	broken   error // why it is

	mu   sync.Mutex
	left bool // nobody uses it any more
}

type pgStatement struct {
	name    string
	columns []string
	types   []uint32
	asked   bool // the server was sent it
	ready   bool // the server has it
}

// The statements that each session has from its beginning, by name.
const (
	pgBeginRead  = "begin_read"
	pgBeginWrite = "begin_write"
	pgNumber     = "number"
	pgCommit     = "commit"
	pgRollback   = "rollback"
	pgSnapshot   = "snapshot"
)

var pgStanding = []struct{ name, text string }{
	{pgBeginRead, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"},
	{pgBeginWrite, "BEGIN ISOLATION LEVEL REPEATABLE READ"},
	{pgNumber, "SELECT pg_current_xact_id()::text"},
	{pgCommit, "COMMIT"},
	{pgRollback, "ROLLBACK"},
	{pgSnapshot, "SELECT pg_current_snapshot()::text, pg_is_in_recovery()::text, pg_backend_pid()::text"},
}

func (s *pgSession) fail(err error) error {
	if s.broken == nil {
		s.broken = err
	}
	return err
}

// standing queues one of the statements that every session has.
func (s *pgSession) standing(name string) {
	s.Frontend.SendBind(&pgproto3.Bind{PreparedStatement: name})
	s.Frontend.SendExecute(&pgproto3.Execute{})
}

// pgStatements bounds the prepared statements of a session; lists of many lengths would otherwise accumulate
// them.
const pgStatements = 400

// bind queues a statement, and its preparation if it is new.
func (s *pgSession) bind(query string, values [][]byte, formats []int16) *pgStatement {
	st := s.prepared[query]
	if st == nil {
		if len(s.prepared) >= pgStatements {
			for old, st := range s.prepared {
				s.forgetStatement(old, st)
				break
			}
		}
		s.made++
		st = &pgStatement{name: "s" + strconv.Itoa(s.made)}
		s.prepared[query] = st
	}
	if !st.asked {
		st.asked = true
		s.Frontend.SendParse(&pgproto3.Parse{Name: st.name, Query: query})
		s.Frontend.SendDescribe(&pgproto3.Describe{ObjectType: 'S', Name: st.name})
	}
	s.Frontend.SendBind(&pgproto3.Bind{PreparedStatement: st.name, Parameters: values, ParameterFormatCodes: formats, ResultFormatCodes: pgBinary})
	s.Frontend.SendExecute(&pgproto3.Execute{})
	return st
}

func (s *pgSession) forgetStatement(query string, st *pgStatement) {
	if st.ready {
		s.Frontend.SendClose(&pgproto3.Close{ObjectType: 'S', Name: st.name})
	}
	delete(s.prepared, query)
}

// sync sends what is queued.
func (s *pgSession) sync() error {
	s.Frontend.SendSync(&pgproto3.Sync{})
	if err := s.Frontend.Flush(); err != nil {
		return s.fail(err)
	}
	s.owed++
	return nil
}

// next reads a message that says something about a statement.
func (s *pgSession) next() (pgproto3.BackendMessage, error) {
	for {
		msg, err := s.Frontend.Receive()
		if err != nil {
			return nil, s.fail(err)
		}
		switch msg := msg.(type) {
		case *pgproto3.NoticeResponse, *pgproto3.ParameterStatus, *pgproto3.NotificationResponse, *pgproto3.CloseComplete:
		case *pgproto3.ReadyForQuery:
			s.owed--
			return msg, nil
		case *pgproto3.ErrorResponse:
			err := pgconn.ErrorResponseToPgError(msg)
			if msg.Severity == "FATAL" || msg.Severity == "PANIC" || msg.SeverityUnlocalized == "FATAL" || msg.SeverityUnlocalized == "PANIC" {
				s.fail(err) // the server closes the line after it
			}
			return nil, err
		default:
			return msg, nil
		}
	}
}

// settle reads until no more answers are owed than leave says. It ignores errors of statements that nobody
// waits for.
func (s *pgSession) settle(leave int) error {
	for s.owed > leave {
		if _, err := s.next(); err != nil && s.broken != nil {
			return err
		}
	}
	return nil
}

// drained returns err once the answers up to the last sync are read.
func (s *pgSession) drained(err error) error {
	if s.broken == nil {
		s.settle(0)
	}
	return err
}

// command reads the answer to a standing statement that was queued: the values of
// its row, if it has one, and its tag.
func (s *pgSession) command() (row []string, tag string, err error) {
	for {
		msg, err := s.next()
		if err != nil {
			return nil, "", err
		}
		switch msg := msg.(type) {
		case *pgproto3.BindComplete:
		case *pgproto3.DataRow:
			for _, v := range msg.Values {
				row = append(row, string(v))
			}
		case *pgproto3.CommandComplete:
			return row, string(msg.CommandTag), nil
		default:
			return nil, "", s.fail(fmt.Errorf("unexpected %T from PostgreSQL", msg))
		}
	}
}

// run sends a standing statement and waits for its answer.
func (s *pgSession) run(name string) (row []string, tag string, err error) {
	s.standing(name)
	if err := s.sync(); err != nil {
		return nil, "", err
	}
	if err := s.settle(1); err != nil {
		return nil, "", err
	}
	row, tag, err = s.command()
	return row, tag, s.drained(err)
}

// finish reads the answer to a statement that others follow, and returns how many
// rows it has changed.
func (s *pgSession) finish(query string, st *pgStatement) (int64, error) {
	r, err := s.begun(query, &pgRows{session: s, statement: st, followed: true})
	if err == nil {
		err = r.Close()
	}
	if err != nil {
		return 0, err
	}
	return r.changed, nil
}

// open reads the beginning of the answer to the last statement that was sent: up to
// its first row, or its end.
func (s *pgSession) open(query string, st *pgStatement) (*pgRows, error) {
	return s.begun(query, &pgRows{session: s, statement: st})
}

func (s *pgSession) begun(query string, r *pgRows) (*pgRows, error) {
	st := r.statement
	for {
		msg, err := s.next()
		if err != nil {
			if code := pgCode(err); !st.ready || code == "0A000" || code == "26000" {
				s.forgetStatement(query, st) // 0A000: its columns have changed; 26000: it is gone
			}
			return nil, s.drained(err)
		}
		switch msg := msg.(type) {
		case *pgproto3.RowDescription:
			st.columns, st.types = nil, nil
			for _, f := range msg.Fields {
				st.columns, st.types = append(st.columns, string(f.Name)), append(st.types, f.DataTypeOID)
			}
			st.ready = true
		case *pgproto3.NoData:
			st.ready = true
		case *pgproto3.ParseComplete, *pgproto3.ParameterDescription, *pgproto3.BindComplete:
		default:
			return r, r.take(msg)
		}
	}
}

func pgCode(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}

// pgRows are the rows of a statement, as they arrive. It implements driver.Rows.
type pgRows struct {
	session   *pgSession
	statement *pgStatement
	row       []driver.Value // read ahead, if there is one
	changed   int64
	done      bool
	followed  bool // by the answers to other statements, before those to the next sync
}

// take takes in a message of the answer.
func (r *pgRows) take(msg pgproto3.BackendMessage) error {
	switch msg := msg.(type) {
	case *pgproto3.DataRow:
		if len(msg.Values) != len(r.statement.types) {
			return r.session.fail(fmt.Errorf("PostgreSQL sent %d columns of %d", len(msg.Values), len(r.statement.types)))
		}
		r.row = make([]driver.Value, len(msg.Values))
		for i, v := range msg.Values {
			var err error
			if r.row[i], err = pgValue(r.statement.types[i], v); err != nil {
				return r.session.drained(fmt.Errorf("column %d: %w", i+1, err))
			}
		}
		return nil
	case *pgproto3.CommandComplete:
		r.done = true
		tag := string(msg.CommandTag)
		r.changed, _ = strconv.ParseInt(tag[strings.LastIndexByte(tag, ' ')+1:], 10, 64)
	case *pgproto3.EmptyQueryResponse:
		r.done = true
	default:
		return r.session.fail(fmt.Errorf("unexpected %T from PostgreSQL", msg))
	}
	if r.followed {
		return nil
	}
	return r.session.settle(0)
}

func (r *pgRows) Columns() []string { return r.statement.columns }

func (r *pgRows) Next(into []driver.Value) error {
	if r.row == nil && !r.done {
		msg, err := r.session.next()
		if err == nil {
			err = r.take(msg)
		}
		if err != nil {
			r.done = true
			return r.session.drained(err)
		}
	}
	if r.row == nil {
		return io.EOF
	}
	copy(into, r.row)
	r.row = nil
	return nil
}

// Close reads the rest of the answer. Its error is what ended the statement.
func (r *pgRows) Close() error {
	for !r.done {
		msg, err := r.session.next()
		if err != nil {
			r.done = true
			return r.session.drained(err)
		}
		if _, row := msg.(*pgproto3.DataRow); row {
			continue
		}
		if err := r.take(msg); err != nil {
			r.done = true
			return err
		}
	}
	return nil
}

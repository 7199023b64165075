// Package pgserver runs a private PostgreSQL server for tests and benchmarks:
// an empty one, in a temporary folder, on a free port of 127.0.0.1, gone when
// stopped. It uses the server programs that the machine has and installs none.
//
//	pg, err := pgserver.Start(ctx)
//	if errors.Is(err, pgserver.ErrNotFound) { … } // this machine has SQLite only
//	defer pg.Stop()
//	conn, err := pgx.Connect(ctx, pg.URL())
//
// Whoever can reach 127.0.0.1 is its superuser, so nothing but test data
// belongs there.
package pgserver

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Server is one PostgreSQL server. Its methods may be called from any goroutine.
type Server struct {
	program  Program
	owner    owner
	dir      string // holds the data, the socket and the log; removed by Stop
	port     int
	settings []string

	mu      sync.Mutex
	process *os.Process   // nil when it does not run
	exited  chan struct{} // closed when process has ended
	stopped bool
}

// tuned are the settings of every server. A machine that loses power may take
// this data with it, so nothing waits for a disk. A commit still waits until the
// kernel has it (synchronous_commit stays on): after Kill, which is not a loss of
// power, tests may ask for every row that was acknowledged.
var tuned = []string{
	"fsync=off",
	"full_page_writes=off",
	"max_connections=400",
	"shared_buffers=64MB",
	"wal_level=minimal",
	"max_wal_senders=0",
	"checkpoint_timeout=1h",
	"listen_addresses=127.0.0.1",
	"logging_collector=off",
	"log_timezone=UTC",
	"timezone=UTC",
}

// Start starts an empty server of the newest PostgreSQL that Find finds, and
// returns when it takes connections. ctx bounds the start, not the server's life;
// a start that takes longer than a minute has failed.
// The settings are added to its own and win: "fsync=on", "work_mem=32MB".
func Start(ctx context.Context, settings ...string) (*Server, error) {
	program, err := Find()
	if err != nil {
		return nil, err
	}
	owner, err := newOwner()
	if err != nil {
		return nil, err
	}
	dir, err := owner.mkdir()
	if err != nil {
		return nil, err
	}
	s := &Server{program: program, owner: owner, dir: dir, settings: settings}
	if err := s.create(ctx); err != nil {
		s.Stop()
		return nil, fmt.Errorf("start %s: %w", program, err)
	}
	return s, nil
}

// URL returns the address of the database "postgres" for a superuser, who needs
// no password: postgres://qiwei@127.0.0.1:20021/postgres?sslmode=disable
func (s *Server) URL() string {
	return fmt.Sprintf("postgres://qiwei@127.0.0.1:%d/postgres?sslmode=disable", s.port)
}

// Version returns the server's version as PostgreSQL writes it: "15.18".
func (s *Server) Version() string { return s.program.Version }

// Stop ends the server and removes its data. It may be called again.
func (s *Server) Stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return nil
	}
	s.stopped = true
	s.kill() // nobody will read the data again
	return os.RemoveAll(s.dir)
}

// Kill ends the server as a crash does: connections break, and nothing is written
// that was not written already. It returns when the server is gone. The data stays
// for Restart.
func (s *Server) Kill() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil {
		return errors.New("pgserver: not running")
	}
	s.kill()
	return nil
}

// Restart starts the server again on its old data and address, killing it first if it runs, and returns when
// it accepts connections.
func (s *Server) Restart(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return errors.New("pgserver: stopped")
	}
	s.kill()
	return s.launch(ctx)
}

// create makes the data folder and starts the server on the first free port.
func (s *Server) create(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.initdb(ctx); err != nil {
		return err
	}
	for {
		port, err := freePort()
		if err != nil {
			return err
		}
		s.port = port
		if err = s.launch(ctx); err == nil || ctx.Err() != nil {
			return err
		}
		if free(port) { // nobody took the port, so the fault is elsewhere
			return err
		}
	}
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

// initdb makes the data folder. Text is sorted by code point, as SQLite does, and upper and lower case are
// Unicode's if the system has that locale.
func (s *Server) initdb(ctx context.Context) error {
	var out []byte
	var err error
	for _, locale := range []string{"C.UTF-8", "C"} {
		cmd := exec.CommandContext(ctx, s.program.path("initdb"), "-D", s.data(), "--username=qiwei",
			"--auth=trust", "--encoding=UTF8", "--locale="+locale, "--no-sync")
		s.prepare(cmd)
		// It runs other programs, which may hold its output open when it is killed.
		cmd.WaitDelay = time.Second
		locked(func() { out, err = cmd.CombinedOutput() })
		if err == nil || ctx.Err() != nil {
			return err
		}
	}
	return fmt.Errorf("initdb: %w\n%s", err, out)
}

// launch starts postgres on s.port and waits until it accepts connections.
func (s *Server) launch(ctx context.Context) error {
	log, err := os.OpenFile(s.logfile(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	before, err := log.Seek(0, 2)
	if err != nil {
		return err
	}

	args := []string{"-D", s.data(), "-p", strconv.Itoa(s.port)}
	socket := []string{"unix_socket_directories=" + s.socketDir()}
	for _, setting := range slices.Concat(tuned, socket, s.settings) {
		args = append(args, "-c", setting)
	}
	cmd := exec.Command(s.program.path("postgres"), args...)
	s.prepare(cmd)
	cmd.Stdout, cmd.Stderr = log, log

	started, exited := make(chan error), make(chan struct{})
	go locked(func() {
		err := cmd.Start()
		started <- err
		if err == nil {
			cmd.Wait()
			close(exited)
		}
	})
	if err := <-started; err != nil {
		return err
	}
	s.process, s.exited = cmd.Process, exited

	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !s.ready() {
		select {
		case <-tick.C:
		case <-exited:
			s.process = nil
			return fmt.Errorf("postgres has ended: %s", s.logSince(before))
		case <-ctx.Done():
			s.kill()
			return fmt.Errorf("postgres was not ready in time: %w\n%s", ctx.Err(), s.logSince(before))
		}
	}
	return nil
}

// kill ends the process, if there is one, and waits for it.
func (s *Server) kill() {
	if s.process == nil {
		return
	}
	abort(s.process)
	select {
	case <-s.exited:
	case <-time.After(10 * time.Second):
		s.process.Kill()
		<-s.exited
	}
	s.process = nil
}

// ready reads what `pg_ctl -w` reads: postmaster.pid, whose first line is the
// process and whose eighth its state. A crash leaves the last server's file.
func (s *Server) ready() bool {
	b, err := os.ReadFile(filepath.Join(s.data(), "postmaster.pid"))
	if err != nil {
		return false
	}
	lines := strings.Split(string(b), "\n")
	return len(lines) >= 8 && lines[0] == strconv.Itoa(s.process.Pid) && strings.TrimSpace(lines[7]) == "ready"
}

func (s *Server) logfile() string { return filepath.Join(s.dir, "postgres.log") }

func (s *Server) logSince(offset int64) string {
	b, err := os.ReadFile(s.logfile())
	if err != nil || int64(len(b)) < offset {
		return ""
	}
	return strings.TrimSpace(string(b[offset:]))
}

// socketDir is where the Unix socket lies, for a psql by hand. The system limits the length of its path (104
// bytes on macOS); in a deeper folder there is no socket.
func (s *Server) socketDir() string {
	if len(s.dir)+len("/.s.PGSQL.65535") > 100 {
		return ""
	}
	return s.dir
}

// prepare sets what every program of the server needs: its user, a folder that this user can enter, and none
// of the person's PGDATA, PGPORT and language.
func (s *Server) prepare(cmd *exec.Cmd) {
	s.owner.run(cmd)
	cmd.Dir = s.dir
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "PG") && !strings.HasPrefix(v, "LC_") && !strings.HasPrefix(v, "LANG") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, "LC_ALL=C")
}

// locked runs f on a thread of its own while f lasts. A child that dies with its parent dies with the
// parent's *thread*, so that thread must stay.
func locked(f func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	f()
}

// freePort returns a port that nobody listens on, below those that the system
// hands out to outgoing connections (32768 on Linux, 49152 elsewhere): from
// there another connection could take the port between Kill and Restart.
func freePort() (int, error) {
	for range 100 {
		if port := 20000 + rand.IntN(12000); free(port) {
			return port, nil
		}
	}
	return 0, errors.New("no free port between 20000 and 32000")
}

func free(port int) bool {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return false
	}
	l.Close()
	return true
}

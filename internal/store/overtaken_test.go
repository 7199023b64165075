package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"qiwei/internal/clock"
	"qiwei/internal/store"
)

// slowLine is a way to PostgreSQL on which a statement that holds the mark waits
// until a request to cancel has overtaken it.
type slowLine struct {
	to        string
	mark      []byte
	waiting   chan struct{} // closed when the statement waits
	overtaken chan struct{} // closed when the first request has been answered
	first     sync.Once
}

func (l *slowLine) serve(listener net.Listener) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return
		}
		go l.pass(client)
	}
}

func (l *slowLine) pass(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", l.to)
	if err != nil {
		return
	}
	defer server.Close()
	buf := make([]byte, 1<<16)
	n, err := io.ReadAtLeast(client, buf, 8)
	if err != nil {
		return
	}
	cancels := binary.BigEndian.Uint32(buf[4:]) == 80877102
	answered := make(chan struct{})
	go func() {
		io.Copy(client, server)
		client.(*net.TCPConn).CloseWrite()
		close(answered)
	}()
	for err == nil {
		if bytes.Contains(buf[:n], l.mark) {
			close(l.waiting)
			<-l.overtaken
		}
		server.Write(buf[:n])
		if cancels {
			<-answered
			l.first.Do(func() { close(l.overtaken) })
			cancels = false
		}
		n, err = client.Read(buf)
	}
	server.(*net.TCPConn).CloseWrite()
	<-answered
}

// TestCancelledBeforeItBegan leaves a statement of ten minutes that PostgreSQL sees
// only after the request to cancel it. It must not go on, and a store that is closed
// leaves no connection.
func TestCancelledBeforeItBegan(t *testing.T) {
	t.Parallel()
	server := os.Getenv("QIWEI_TEST_POSTGRES")
	if server == "" {
		return // the machine has none; see test/run
	}
	u, err := url.Parse(emptyPostgres(t, server))
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	line := &slowLine{to: u.Host, mark: []byte("pg_sleep(600)"), waiting: make(chan struct{}), overtaken: make(chan struct{})}
	go line.serve(listener)
	u.Host = listener.Addr().String()
	st, err := store.Open(t.Context(), store.Config{URL: u.String(), Clock: clock.New()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, leave := context.WithCancel(t.Context())
	go func() {
		<-line.waiting
		leave()
	}()
	err = st.Read(ctx, func(tx *store.Tx) error {
		_, err := tx.Count(`SELECT 1 FROM pg_sleep(600)`)
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the statement: %v", err)
	}
	if err := st.Close(); err != nil {
		t.Error(err)
	}
	// A session that was only beginning ends a moment after its client.
	soon(t, func() bool { return backends(t, server, u, "") == 0 })
}

// backends returns the connections to a database that run, or ran last, a statement
// with these words. Those of PostgreSQL itself, which tidies up where it likes, are
// not among them.
func backends(t *testing.T, server string, database *url.URL, words string) (n int) {
	t.Helper()
	db, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow(`SELECT count(*) FROM pg_stat_activity
		WHERE datname = $1 AND backend_type = 'client backend' AND query LIKE '%' || $2 || '%'`, database.Path[1:], words).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// soon waits for something that takes far less than the statements of ten minutes.
func soon(t *testing.T, done func() bool) {
	t.Helper()
	limit, tick := time.After(2*time.Minute), time.NewTicker(20*time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatal("two minutes have passed")
		}
	}
}

// doze runs a statement of ten minutes.
func doze(url string) error {
	st, err := store.Open(context.Background(), store.Config{URL: url, Clock: clock.New()})
	if err != nil {
		return err
	}
	return st.Write(context.Background(), func(tx *store.Tx) error {
		_, err = tx.Count(`SELECT 1 FROM pg_sleep(600)`)
		return err
	})
}

// TestStatementOfTheDead kills a process in the middle of a statement of ten minutes,
// which would go on and hold its locks.
func TestStatementOfTheDead(t *testing.T) {
	t.Parallel()
	server := os.Getenv("QIWEI_TEST_POSTGRES")
	if server == "" {
		return // the machine has none; see test/run
	}
	database := emptyPostgres(t, server)
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), otherProcess+"="+database)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	soon(t, func() bool { return backends(t, server, u, "pg_sleep(600)") == 1 })
	cmd.Process.Kill()
	cmd.Wait()
	soon(t, func() bool { return backends(t, server, u, "") == 0 })
}

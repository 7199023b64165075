package platform_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/qiweitest"
	"qiwei/test/pgserver"
)

// lines is a log that a test reads.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) has(text string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Contains(l.buf.String(), text)
}

func withLog(l *lines) qiweitest.Option {
	return func(c *platform.Config) { c.Log = slog.New(slog.NewTextHandler(l, nil)) }
}

var hint = regexp.MustCompile(`hint: \[(\d{25})\]`)

// wantBusy checks that a call was refused as WeCom refuses when it is in trouble,
// and that the log tells the cause under the hint of the answer.
func wantBusy(t *testing.T, log *lines, r qiweitest.Result) {
	t.Helper()
	m := hint.FindStringSubmatch(r.ErrMsg)
	if r.ErrCode != -1 || r.Status != 200 || m == nil {
		t.Errorf("%d %s, want errcode -1 with a hint", r.Status, r.Body)
		return
	}
	if !log.has(m[1]) {
		t.Errorf("the log has no line for the hint of %s", r.Body)
	}
}

func create(c *qiweitest.Client, n int) qiweitest.Result {
	return c.Call("POST", "/cgi-bin/user/create", fmt.Sprintf(
		`{"userid":"new%d","name":"新人","email":"new%d@corp.example","department":[2],"address":"%s"}`, n, n, strings.Repeat("长", 128)))
}

// consistent checks that nothing is half written: the counters agree with the
// rows, each member has his seats, and each event its change.
func consistent(t *testing.T, w *qiweitest.World, members int64) {
	t.Helper()
	count := func(tx *store.Tx, query string) int64 {
		n, err := tx.Count(query, w.CorpID)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if err := w.Server.Store.Read(context.Background(), func(tx *store.Tx) error {
		for _, q := range []struct {
			name, query string
		}{
			{"members", `SELECT count(*) FROM member WHERE corpid = ?`},
			{"the count of members", `SELECT members FROM directory_size WHERE corpid = ?`},
			{"seats", `SELECT count(*) FROM member_department WHERE corpid = ?`},
			{"events of creation", `SELECT count(*) FROM event WHERE corpid = ? AND name = 'change_contact/create_user'`},
		} {
			if n := count(tx, q.query); n != members {
				t.Errorf("%s: %d, want %d", q.name, n, members)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

func TestFullDisk(t *testing.T) {
	t.Parallel()
	log := &lines{}
	w := qiweitest.New(t, withLog(log), func(c *platform.Config) { c.MaxPages = 150 })
	sync, reader := w.As(access.ContactSync), w.As(access.SelfBuilt)
	reader.Token()
	made := 0
	var r qiweitest.Result
	for made = 0; made < 5000; made++ {
		if r = create(sync, made); r.ErrCode != 0 {
			break
		}
	}
	wantBusy(t, log, r)
	consistent(t, w, int64(3+made))
	if r := reader.Call("GET", "/cgi-bin/user/get?userid=lisi", ""); r.ErrCode != 0 {
		t.Errorf("reading while the disk is full: %s", r.Body)
	}
	// Room is made, and the same server writes again.
	for n := range 20 {
		if r := sync.Call("GET", fmt.Sprintf("/cgi-bin/user/delete?userid=new%d", n), ""); r.ErrCode != 0 {
			wantBusy(t, log, r)
		}
	}
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(`DELETE FROM event WHERE no % 2 = 0`)
		return err
	})
	if r := create(sync, 10_000); r.ErrCode != 0 {
		t.Errorf("once there is room: %s", r.Body)
	}
}

func TestDatabaseLockedByAnotherProcess(t *testing.T) {
	t.Parallel()
	log := &lines{}
	var path string
	w := qiweitest.New(t, withLog(log), func(c *platform.Config) { c.LockWait, path = 20*time.Millisecond, c.Database })
	c, reader := w.As(access.ContactSync), w.As(access.SelfBuilt)
	if r := create(c, 1); r.ErrCode != 0 {
		t.Fatal(r.Body)
	}
	reader.Token()
	other, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	conn, err := other.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	wantBusy(t, log, create(c, 2))
	if r := reader.Call("GET", "/cgi-bin/user/get?userid=lisi", ""); r.ErrCode != 0 {
		t.Errorf("reading while another process writes: %s", r.Body)
	}
	if _, err := conn.ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if r := create(c, 2); r.ErrCode != 0 {
		t.Errorf("once the lock is gone: %s", r.Body)
	}
	consistent(t, w, 5)
}

func TestLostPostgreSQL(t *testing.T) {
	t.Parallel()
	server, err := pgserver.Start(t.Context())
	if errors.Is(err, pgserver.ErrNotFound) {
		t.Log("no PostgreSQL server program on this machine: there is none to lose")
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	database, err := qiweitest.CreatePostgres(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	log := &lines{}
	w := qiweitest.NewOn(t, database, withLog(log))
	c, reader := w.As(access.ContactSync), w.As(access.SelfBuilt)
	if r := create(c, 1); r.ErrCode != 0 {
		t.Fatal(r.Body)
	}
	reader.Token()
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	wantBusy(t, log, create(c, 2))
	wantBusy(t, log, reader.Call("GET", "/cgi-bin/user/get?userid=lisi", ""))
	if resp := w.Get("/readyz"); resp.Status != 503 {
		t.Errorf("/readyz without a database: %d, want 503", resp.Status)
	}
	if err := server.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r := create(c, 3); r.ErrCode != 0 {
		t.Errorf("once it is back: %s", r.Body)
	}
	if r := reader.Call("GET", "/cgi-bin/user/get?userid=new1", ""); r.ErrCode != 0 {
		t.Errorf("what was acknowledged before: %s", r.Body)
	}
	consistent(t, w, 5)
}

package platform_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"qiwei/internal/app"
	"qiwei/internal/clock"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/qiweitest"
	"qiwei/test/pgserver"
)

// troubled is a server whose database will fail.
type troubled struct {
	*node
	corpID    string
	log       *logged
	sync, own string // tokens
	agent     app.App

	mu      sync.Mutex
	created map[string]bool // acknowledged
}

func newTroubled(t *testing.T, database string, lockWait time.Duration) *troubled {
	t.Helper()
	tr := &troubled{log: &logged{}, created: map[string]bool{}}
	tr.node = newNode(t, database, clock.At(qiweitest.Start), func(c *platform.Config) {
		c.LockWait, c.Log = lockWait, slog.New(slog.NewTextHandler(tr.log, nil))
	})
	corpID, sync, own := tr.found()
	tr.corpID, tr.agent = corpID, own
	tr.sync = tr.call("gettoken", "corpid", corpID, "corpsecret", sync.Secret).Token
	tr.own = tr.call("gettoken", "corpid", corpID, "corpsecret", own.Secret).Token
	return tr
}

// create creates a member and remembers those that were acknowledged.
func (tr *troubled) create(user string) reply {
	r := tr.call("user/create", "access_token", tr.sync, "userid", user, "name", "某", "email", user+"@x.example", "department", "1",
		"address", strings.Repeat("街", 120))
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if r.Code == 0 {
		tr.created[user] = true
	}
	return r
}

var hintShape = regexp.MustCompile(`^system busy, hint: \[(\d{25})\], from ip`)

// busy checks an answer that reports trouble: it reveals nothing of the cause, and the log has all of it
// under the hint's number.
func (tr *troubled) busy(what string, r reply, cause string) {
	tr.t.Helper()
	m := hintShape.FindStringSubmatch(r.Msg)
	if r.Code != -1 || m == nil {
		tr.t.Errorf("%s: %d %s; want -1", what, r.Code, r.Msg)
		return
	}
	for _, line := range strings.Split(tr.log.String(), "\n") {
		if strings.Contains(line, "id="+m[1]) && strings.Contains(line, cause) && strings.Contains(line, "level=ERROR") {
			return
		}
	}
	tr.t.Errorf("%s: no line of the log has %s and %q:\n%s", what, m[1], cause, tr.log)
}

// reads checks that reading goes on.
func (tr *troubled) reads(what string) {
	tr.t.Helper()
	for path, params := range map[string][]string{
		"user/simplelist": {"access_token", tr.own, "department_id", "1"},
		"agent/get":       {"access_token", tr.own, "agentid", fmt.Sprint(tr.agent.AgentID)},
		"gettoken":        {"corpid", tr.corpID, "corpsecret", tr.agent.Secret},
	} {
		if r := tr.call(path, params...); r.Code != 0 {
			tr.t.Errorf("%s: %s: %d %s", what, path, r.Code, r.Msg)
		}
	}
}

// whole checks that everything acknowledged exists completely.
func (tr *troubled) whole() {
	tr.t.Helper()
	checkConsistency(tr.t, tr.server.Store, tr.corpID)
	if err := tr.server.Store.Read(context.Background(), func(tx *store.Tx) error {
		for user := range tr.created {
			n, err := tx.Count(`SELECT count(*) FROM member WHERE corpid = ? AND userkey = ?`, tr.corpID, user)
			if err != nil {
				return err
			}
			if n != 1 {
				tr.t.Errorf("%s was acknowledged, and is not there", user)
			}
		}
		return nil
	}); err != nil {
		tr.t.Error(err)
	}
}

func (tr *troubled) ready() int {
	resp, err := http.Get(tr.url + "/readyz")
	if err != nil {
		tr.t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// diskFull leaves the database no room, and gives it back.
var diskFull = map[string]struct {
	fill, free func(*store.Tx) error
	cause      string
}{
	"sqlite": {
		func(tx *store.Tx) error {
			pages, err := tx.Count("PRAGMA page_count")
			if err == nil {
				_, err = tx.Count(fmt.Sprintf("PRAGMA max_page_count = %d", pages+3))
			}
			return err
		},
		func(tx *store.Tx) error { _, err := tx.Count("PRAGMA max_page_count = 1000000"); return err },
		"database or disk is full",
	},
	// PostgreSQL's own disk cannot be filled from here; its error can be had.
	"postgres": {
		func(tx *store.Tx) error {
			_, err := tx.Exec(`CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
				IF NEW.name LIKE '%create_user' OR NEW.name = 'probe' THEN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END IF;
				RETURN NEW; END $$`)
			if err == nil {
				_, err = tx.Exec(`CREATE TRIGGER full_disk BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION full_disk()`)
			}
			if err == nil {
				_, err = tx.Exec(`CREATE TRIGGER full_disk BEFORE INSERT ON installation FOR EACH ROW EXECUTE FUNCTION full_disk()`)
			}
			return err
		},
		func(tx *store.Tx) error {
			_, err := tx.Exec(`DROP TRIGGER full_disk ON event`)
			if err == nil {
				_, err = tx.Exec(`DROP TRIGGER full_disk ON installation`)
			}
			return err
		},
		"No space left on device",
	},
}

func TestFullDisk(t *testing.T) {
	t.Parallel()
	for name, database := range freshDatabases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := newTroubled(t, database, 0)
			full := diskFull[name]
			ctx := context.Background()
			if r := tr.create("before"); r.Code != 0 {
				t.Fatal(r)
			}
			if err := tr.server.Store.Write(ctx, full.fill); err != nil {
				t.Fatal(err)
			}
			// Many at once, so that on SQLite they share transactions, and those fail
			// together for which the room is not enough.
			failed := 0
			for round := 0; failed == 0 && round < 20; round++ {
				for _, r := range together(16, func(i int) reply { return tr.create(fmt.Sprintf("full%d-%d", round, i)) }) {
					if r.Code != 0 {
						failed++
						tr.busy("create on a full disk", r, "database unavailable")
					}
				}
			}
			if failed == 0 {
				t.Fatal("the disk was not full")
			}
			last := tr.create("full")
			for n := 0; last.Code == 0 && n < 1000; n++ { // one alone may find room where many together did not
				last = tr.create(fmt.Sprint("full", n))
			}
			tr.busy("create on a full disk", last, full.cause)
			tr.reads("on a full disk")
			if code := tr.ready(); code != http.StatusServiceUnavailable {
				t.Errorf("readyz on a full disk: %d", code)
			}
			tr.whole()
			if err := tr.server.Store.Write(ctx, full.free); err != nil {
				t.Fatal(err)
			}
			if code := tr.ready(); code != http.StatusOK {
				t.Errorf("readyz with room again: %d", code)
			}
			for _, r := range together(16, func(i int) reply { return tr.create(fmt.Sprint("after", i)) }) {
				if r.Code != 0 {
					t.Errorf("with room again: %d %s", r.Code, r.Msg)
				}
			}
			tr.whole()
		})
	}
}

// lockOut takes what every new member is written to, in a connection of its own.
var lockOut = map[string]struct{ driver, lock, cause string }{
	"sqlite":   {"sqlite", "BEGIN IMMEDIATE", "database is locked"},
	"postgres": {"pgx", "BEGIN; LOCK TABLE member IN EXCLUSIVE MODE", "lock timeout"},
}

func TestLockedDatabase(t *testing.T) {
	t.Parallel()
	for name, database := range freshDatabases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := newTroubled(t, database, 700*time.Millisecond)
			l := lockOut[name]
			db, err := sql.Open(l.driver, database)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			other, err := db.Conn(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			exec := func(text string) {
				t.Helper()
				for _, statement := range strings.Split(text, "; ") {
					if _, err := other.ExecContext(context.Background(), statement); err != nil {
						t.Fatal(err)
					}
				}
			}
			for round := range 2 { // a second time: the first has left nothing behind
				exec(l.lock)
				answers := make(chan []reply)
				go func() {
					answers <- together(20, func(i int) reply { return tr.create(fmt.Sprintf("locked%d-%d", round, i)) })
				}()
				tr.reads("while another process holds the lock")
				for _, r := range <-answers {
					tr.busy("create while another process holds the lock", r, l.cause)
				}
				tr.reads("while another process holds the lock")
				exec("ROLLBACK")
				for _, r := range together(5, func(i int) reply { return tr.create(fmt.Sprintf("free%d-%d", round, i)) }) {
					if r.Code != 0 {
						t.Errorf("when the lock was given back: %d %s", r.Code, r.Msg)
					}
				}
				tr.whole()
			}
		})
	}
}

// A PostgreSQL server that goes away and comes back loses nothing, and our server continues without a
// restart.
func TestPostgresRestarts(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	pg, err := pgserver.Start(ctx)
	if errors.Is(err, pgserver.ErrNotFound) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pg.Stop() })
	tr := newTroubled(t, pg.URL(), 0)
	warm := func() { // so that there are connections to lose
		for _, r := range together(16, func(i int) reply {
			return tr.call("user/simplelist", "access_token", tr.own, "department_id", "1")
		}) {
			if r.Code != 0 {
				t.Errorf("a call: %d %s", r.Code, r.Msg)
			}
		}
	}
	warm()
	// Between calls: nobody notices.
	if err := pg.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	if r := tr.create("afterwards"); r.Code != 0 {
		t.Errorf("the first call after a restart: %d %s", r.Code, r.Msg)
	}
	warm()

	// Under calls, and then away for a while.
	var all sync.WaitGroup
	stop := make(chan struct{})
	for c := range 4 {
		all.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				if r := tr.create(fmt.Sprintf("clerk%dm%d", c, i)); r.Code != 0 {
					tr.busy("create while the server goes away", r, "database unavailable")
				}
			}
		})
	}
	for tr.count() < 30 {
	}
	if err := pg.Kill(); err != nil {
		t.Fatal(err)
	}
	close(stop)
	all.Wait()
	for range 3 {
		tr.busy("create without a server", tr.create("without"), "database unavailable")
		tr.busy("gettoken without a server", tr.call("gettoken", "corpid", tr.corpID, "corpsecret", tr.agent.Secret), "database unavailable")
	}
	if code := tr.ready(); code != http.StatusServiceUnavailable {
		t.Errorf("readyz without a server: %d", code)
	}
	if err := pg.Restart(ctx); err != nil {
		t.Fatal(err)
	}
	for _, r := range together(10, func(i int) reply { return tr.create(fmt.Sprint("back", i)) }) {
		if r.Code != 0 {
			t.Errorf("with the server back: %d %s", r.Code, r.Msg)
		}
	}
	if code := tr.ready(); code != http.StatusOK {
		t.Errorf("readyz with the server back: %d", code)
	}
	tr.whole()
	t.Logf("%d members were acknowledged", tr.count())
}

func (tr *troubled) count() int {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return len(tr.created)
}

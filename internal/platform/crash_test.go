package platform_test

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/clock"
	"qiwei/internal/directory"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// With this variable the test binary becomes a server on the database that it names, and waits to be killed.
const doomedServer = "QIWEI_TEST_DOOMED_SERVER"

func TestMain(m *testing.M) {
	if database := os.Getenv(doomedServer); database != "" {
		fmt.Fprintln(os.Stderr, serveUntilKilled(database))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// serveUntilKilled also kills itself: while it creates a member whose userid
// begins with "before", between two statements of the transaction, and with
// "after" when the transaction is on disk and nobody has been told.
func serveUntilKilled(database string) error {
	s, err := platform.Open(context.Background(), platform.Config{Database: database, Key: qiweitest.Key, Clock: clock.New(), SweepEvery: -1})
	if err != nil {
		return err
	}
	die := func() {
		self, _ := os.FindProcess(os.Getpid())
		self.Kill()
		select {}
	}
	s.Directory.MemberCreated.On(func(_ context.Context, tx *store.Tx, _ access.Caller, e directory.MemberCreatedEvent) error {
		switch user := string(e.Member.UserID); {
		case strings.HasPrefix(user, "before"):
			die()
		case strings.HasPrefix(user, "after"):
			tx.AfterCommit(die)
		}
		return nil
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	go func() { // the tests have gone
		io.Copy(io.Discard, os.Stdin)
		os.Exit(1)
	}()
	fmt.Println("http://" + listener.Addr().String())
	mux := http.NewServeMux()
	mux.Handle("/", s)
	mux.Handle("POST /doomed/meeting", doomedMeeting(s, die))
	mux.Handle("POST /doomed/archive", doomedArchive(s))
	return http.Serve(listener, mux)
}

// doomed is a server in a process of its own.
type doomed struct {
	url  string
	cmd  *exec.Cmd
	stop io.Closer
}

func startDoomed(t *testing.T, database string) *doomed {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), doomedServer+"="+database)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the server has not started: %v", err)
	}
	return &doomed{strings.TrimSpace(line), cmd, in}
}

func (d *doomed) kill() {
	d.cmd.Process.Kill()
	d.wait()
}

func (d *doomed) wait() {
	d.cmd.Wait()
	d.stop.Close()
}

// belief is what a client knows about a member: what it was told, and what may also be true because a request
// got no answer.
type belief struct {
	there, maybe *string // position; nil if the member does not exist
	asked        bool
}

func (b belief) allows(found *string) bool {
	same := func(a, b *string) bool { return (a == nil) == (b == nil) && (a == nil || *a == *b) }
	return same(found, b.there) || (b.asked && same(found, b.maybe))
}

// clerk is a client that creates, changes and deletes members of its own until the
// server no longer answers.
type clerk struct {
	no      int
	token   string
	members map[string]*belief
	rand    *rand.Rand
	http    *http.Client
}

func newClerk(no int, token string) *clerk {
	c := &clerk{no: no, token: token, members: map[string]*belief{}, rand: rand.New(rand.NewPCG(uint64(no), 1)),
		http: &http.Client{Transport: &http.Transport{}}}
	for i := range 6 {
		c.members[fmt.Sprintf("clerk%dm%d", no, i)] = &belief{}
	}
	return c
}

func (c *clerk) work(base string, acknowledged *atomic.Int64) error {
	defer c.http.CloseIdleConnections()
	for {
		user := fmt.Sprintf("clerk%dm%d", c.no, c.rand.IntN(len(c.members)))
		b := c.members[user]
		position := fmt.Sprint("p", c.rand.Int32())
		path, body := "create", map[string]any{"userid": user, "name": "某", "email": user + "@x.example", "position": position, "department": []int{1, 2 + c.rand.IntN(3)}}
		b.maybe = &position
		switch {
		case b.there != nil && c.rand.IntN(3) == 0:
			path, body, b.maybe = "delete", map[string]any{"userid": user}, nil
		case b.there != nil:
			path, body = "update", map[string]any{"userid": user, "position": position, "department": []int{2 + c.rand.IntN(3)}}
		}
		b.asked = true
		code, err := c.post(base+"/cgi-bin/user/"+path, body)
		if err != nil {
			return nil // killed; b.asked stays
		}
		if code != 0 {
			return fmt.Errorf("user/%s of %s: %d", path, user, code)
		}
		b.there, b.asked = b.maybe, false
		acknowledged.Add(1)
	}
}

func (c *clerk) post(url string, body any) (code int, err error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return 0, err
	}
	resp, err := c.http.Post(url+"?access_token="+c.token, "application/json", strings.NewReader(string(raw)))
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	var r reply
	err = json.NewDecoder(resp.Body).Decode(&r)
	return r.Code, err
}

// crashRounds is how often the server is killed on each database.
const crashRounds = 20

// TestCrash kills the server in the middle of its work, over and over. What was
// acknowledged is there each time, and nothing is half done.
func TestCrash(t *testing.T) {
	t.Parallel()
	for name, database := range freshDatabases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := prepare(t, database)
			var clerks []*clerk
			for i := range 6 {
				clerks = append(clerks, newClerk(i, w.token))
			}
			r := rand.New(rand.NewPCG(uint64(len(name)), 7))
			var all atomic.Int64
			for round := range crashRounds {
				s := startDoomed(t, database)
				var acknowledged atomic.Int64
				var working sync.WaitGroup
				for _, c := range clerks {
					working.Go(func() {
						if err := c.work(s.url, &acknowledged); err != nil {
							t.Errorf("round %d: %v", round, err)
						}
					})
				}
				limit, tick := time.After(2*time.Minute), time.NewTicker(time.Millisecond)
				for enough := int64(r.IntN(60)); acknowledged.Load() < enough; {
					select {
					case <-limit:
						t.Errorf("round %d: only %d writes were acknowledged", round, acknowledged.Load())
						enough = 0
					case <-tick.C:
					}
				}
				tick.Stop()
				<-time.After(time.Duration(r.IntN(4000)) * time.Microsecond)
				s.kill()
				working.Wait()
				all.Add(acknowledged.Load())
				w.settled(t)
				members := w.check(t)
				for _, c := range clerks {
					for user, b := range c.members {
						if !b.allows(members[user]) {
							t.Errorf("round %d: %s is %s; told %s, asked (%v) for %s", round, user, show(members[user]), show(b.there), b.asked, show(b.maybe))
						}
						b.there, b.asked = members[user], false
					}
				}
				if t.Failed() {
					return
				}
			}
			t.Logf("%d acknowledged writes, %d kills", all.Load(), crashRounds)
		})
	}
}

func show(position *string) string {
	if position == nil {
		return "nobody"
	}
	return *position
}

// TestCrashInsideATransaction stops the process at two exact places.
func TestCrashInsideATransaction(t *testing.T) {
	t.Parallel()
	for name, database := range freshDatabases(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := prepare(t, database)
			c := newClerk(0, w.token)
			for i, tt := range []struct {
				user  string
				there bool
			}{{"before1", false}, {"after1", true}, {"before1", false}, {"after2", true}} {
				s := startDoomed(t, database)
				if code, err := c.post(s.url+"/cgi-bin/user/create", map[string]any{"userid": tt.user, "name": "某", "email": tt.user + "@x.example", "department": []int{2, 3}}); err == nil {
					t.Errorf("%s: the server lives and says %d", tt.user, code)
				}
				s.wait()
				w.settled(t)
				if members := w.check(t); (members[tt.user] != nil) != tt.there {
					t.Errorf("crash %d: %s is there: %v, want %v", i, tt.user, members[tt.user] != nil, tt.there)
				}
			}
			// A half-created member can be created.
			s := startDoomed(t, database)
			defer s.kill()
			if code, err := c.post(s.url+"/cgi-bin/user/create", map[string]any{"userid": "Half", "name": "某", "email": "before1@x.example"}); err != nil || code != 0 {
				t.Errorf("with the address of one that never was: %d, %v", code, err)
			}
		})
	}
}

// workplace is an enterprise on a database, for servers that will be killed.
type workplace struct {
	database, corpID, token string
}

func prepare(t *testing.T, database string) workplace {
	t.Helper()
	c := clock.New()
	n := newNode(t, database, c)
	corpID, sync, _ := n.found()
	token := n.call("gettoken", "corpid", corpID, "corpsecret", sync.Secret).Token
	for i := range 3 {
		if r := n.call("department/create", "access_token", token, "id", fmt.Sprint(2+i), "parentid", "1", "name", fmt.Sprint("部", i)); r.Code != 0 {
			t.Fatal(r)
		}
	}
	if err := n.server.Close(); err != nil {
		t.Fatal(err)
	}
	return workplace{database, corpID, token}
}

// settled waits until the database has finished what it was asked before the server died.
func (w workplace) settled(t *testing.T) {
	t.Helper()
	if !strings.HasPrefix(w.database, "postgres:") {
		return
	}
	u, err := url.Parse(w.database)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(u.Path, "/")
	u.Path = "/postgres"
	db, err := sql.Open("pgx", u.String())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for limit := time.After(2 * time.Minute); ; {
		var n int
		if err := db.QueryRow(`SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'`, name).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
		select {
		case <-limit:
			t.Fatalf("%d connections of the dead are left", n)
		case <-tick.C:
		}
	}
}

// check opens the database as the next server would, and returns the members with
// their positions.
func (w workplace) check(t *testing.T) map[string]*string {
	t.Helper()
	ctx := context.Background()
	st, err := store.Open(ctx, store.Config{URL: w.database, Clock: clock.New()})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	checkConsistency(t, st, w.corpID)
	members := map[string]*string{}
	if err := st.Read(ctx, func(tx *store.Tx) error {
		return tx.Each(`SELECT userkey, position FROM member WHERE corpid = ?`, []any{w.corpID}, func(rows *store.Rows) error {
			var user, position string
			err := rows.Scan(&user, &position)
			members[user] = &position
			return err
		})
	}); err != nil {
		t.Fatal(err)
	}
	return members
}

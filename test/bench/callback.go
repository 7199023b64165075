package main

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/pprof"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"qiwei/callbackcrypto"
	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/callback"
	"qiwei/internal/clock"
	"qiwei/internal/corp"
	"qiwei/internal/event"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/test/pgserver"
)

// Callbacks are measured from a receiver's first request to its last: everything is queued before the
// dispatcher starts. The server is a process of its own, the receivers are in this one and decrypt one push
// in fifty.
const (
	callbackToken = "benchmark"
	callbackKey   = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
	oneReceiver   = 20_000 // pushes
)

func measureCallbacks(t *table, dir string) error {
	if err := measureCallbacksOn(t, filepath.Join(dir, "callbacks"), "SQLite", 3000); err != nil {
		return err
	}
	// Commits wait for the disk, as in production.
	pg, err := pgserver.Start(context.Background(), "fsync=on", "full_page_writes=on", "shared_buffers=256MB", "max_wal_size=2GB")
	if err != nil {
		fmt.Printf("| %-58s | %-22s | %-22s | %-6s |\n", "callbacks on PostgreSQL", "no PostgreSQL here", "", "")
		return nil
	}
	defer pg.Stop()
	return measureCallbacksOn(t, pg.URL(), "PostgreSQL", 5000)
}

func measureCallbacksOn(t *table, database, name string, floor float64) error {
	// Each measurement has a database of its own, without the rows of the others.
	fresh := func(what string) string {
		if name == "SQLite" {
			return database + "-" + what + ".db"
		}
		return createDatabase(database, what)
	}
	one, err := best(3, func(i int) (drained, error) { return drain(fresh(fmt.Sprint("one", i)), 1, oneReceiver, nil) })
	if err != nil {
		return err
	}
	t.add("callbacks a second to one receiver, in order, "+name, one.rate >= floor, fmt.Sprintf("%.0f/s", floor), "%.0f/s, cpu %v", one.rate, one.cpu)
	many, err := best(3, func(i int) (drained, error) { return drain(fresh(fmt.Sprint("many", i)), 8, oneReceiver/8, nil) })
	if err != nil {
		return err
	}
	t.add("callbacks a second to 8 receivers, "+name, many.rate >= floor, fmt.Sprintf("%.0f/s", floor), "%.0f/s, cpu %v", many.rate, many.cpu)
	// In short turns, so that other load on the machine affects both alike.
	var alone, beside drained
	for i := range 8 {
		for to, dead := range map[*drained][]string{&alone: nil, &beside: {refusing(), hanging()}} {
			got, err := drain(fresh(fmt.Sprintf("turn%d_%d", i, len(dead))), 1, oneReceiver/4, dead)
			if err != nil {
				return err
			}
			if got.rate > to.rate {
				*to = got
			}
		}
	}
	kept := beside.rate / alone.rate
	t.add("… to one beside 1,000 that wait for each of two dead, "+name, kept >= 0.95, "95 %", "%.0f/s, %.0f %%", beside.rate, 100*kept)
	return nil
}

// createDatabase makes an empty database on a PostgreSQL server.
func createDatabase(server, name string) string {
	db, err := sql.Open("pgx", server)
	if err != nil {
		panic(err)
	}
	defer db.Close()
	if _, err := db.Exec("CREATE DATABASE " + name); err != nil {
		panic(err)
	}
	u, err := url.Parse(server)
	if err != nil {
		panic(err)
	}
	u.Path = "/" + name
	return u.String()
}

// best measures several times and returns the fastest: other load on the machine can only slow it down.
func best(times int, measure func(i int) (drained, error)) (d drained, err error) {
	for i := range times {
		got, err := measure(i)
		if err != nil {
			return d, err
		}
		if got.rate > d.rate {
			d = got
		}
	}
	return d, nil
}

// refusing is an address where nobody listens.
func refusing() string { return "http://127.0.0.1:1/callback" }

// hanging is an address that accepts connections and never answers.
func hanging() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	return "http://" + l.Addr().String() + "/callback"
}

type drained struct {
	rate float64
	cpu  time.Duration // of the server, for each push
}

// drain lets a server deliver n pushes to each of some receivers, besides 1,000 for each dead one.
func drain(database string, receivers, n int, dead []string) (d drained, err error) {
	var left atomic.Int64
	left.Store(int64(receivers * n))
	crypt, err := callbackcrypto.New(callbackToken, callbackKey, "")
	if err != nil {
		return d, err
	}
	var first atomic.Int64
	done := make(chan error, 1)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return d, err
	}
	defer l.Close()
	go http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		first.CompareAndSwap(0, time.Now().UnixNano())
		body, err := io.ReadAll(r.Body)
		if k := left.Add(-1); err == nil && k%50 == 0 {
			if _, err = crypt.OpenPush(callbackcrypto.ParseQuery(r.URL.Query()), body); k == 0 || err != nil {
				done <- err
			}
		}
	}))
	urls := url.Values{}
	for i := range receivers {
		urls.Add("url", fmt.Sprintf("http://%s/%d", l.Addr(), i))
	}
	cmd, srv, err := startCallbacks(database)
	if err != nil {
		return d, err
	}
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	ask := func(path string) error {
		resp, err := http.Get(srv + path)
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if body, _ := io.ReadAll(resp.Body); resp.StatusCode != 200 {
			return fmt.Errorf("%s: %s", path, body)
		}
		return nil
	}
	for _, u := range dead {
		if err := ask("/queue?n=1000&url=" + url.QueryEscape(u)); err != nil {
			return d, err
		}
	}
	if err := ask(fmt.Sprintf("/queue?n=%d&%s", n, urls.Encode())); err != nil {
		return d, err
	}
	before := (&target{cmd: cmd}).cpuTime()
	if err := ask("/start"); err != nil {
		return d, err
	}
	select {
	case err := <-done:
		if err != nil {
			return d, err
		}
	case <-time.After(2 * time.Minute):
		return d, fmt.Errorf("%d callbacks are missing after two minutes", left.Load())
	}
	took := time.Since(time.Unix(0, first.Load()))
	total := receivers * n
	return drained{float64(total) / took.Seconds(), (((&target{cmd: cmd}).cpuTime() - before) / time.Duration(total)).Round(time.Microsecond)}, nil
}

func startCallbacks(database string) (cmd *exec.Cmd, base string, err error) {
	cmd = exec.Command(os.Args[0], "serve-callbacks", database)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, "", err
	}
	if _, err := cmd.StdinPipe(); err != nil { // the child ends when it is closed
		return nil, "", err
	}
	if err := cmd.Start(); err != nil {
		return nil, "", err
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &base)
	}
	if err != nil {
		cmd.Process.Kill()
		cmd.Wait()
	}
	return cmd, base, err
}

// serveCallbacks is the child. /queue makes an application for each url and
// queues n pushes for it; /start begins to deliver.
func serveCallbacks(database string) error {
	ctx := context.Background()
	debug.SetGCPercent(platform.GCPercent)
	debug.SetMemoryLimit(platform.MemoryLimit)
	server, err := platform.Open(ctx, platform.Config{Database: database, Key: key, Clock: clock.New(), Callback: callback.Settings{Anywhere: true}})
	if err != nil {
		return err
	}
	defer server.Close()
	kind := event.Declare(server.Events, event.Declaration{Name: "bench", Doc: 1, Passing: true, Identity: []string{"ChangeType", "UserID"}},
		func() event.Letter { return event.Letter{} })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/start", func(w http.ResponseWriter, r *http.Request) { server.Start() })
	mux.HandleFunc("/queue", func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.FormValue("n"))
		if err := queueCallbacks(ctx, server, kind, r.Form["url"], n); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	mux.HandleFunc("/install", func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.FormValue("n"))
		if err := install(ctx, server, n, r.FormValue("url")); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	go http.Serve(l, mux)
	if err := json.NewEncoder(os.Stdout).Encode("http://" + l.Addr().String()); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

func queueCallbacks(ctx context.Context, server *platform.Server, kind *event.Kind[event.Letter], urls []string, n int) error {
	var apps []int64
	err := server.Store.Write(ctx, func(tx *store.Tx) error {
		apps = nil
		c, err := server.CreateCorp(ctx, tx, corp.Corp{Name: "测量公司"}, nil)
		for i := 0; i < len(urls) && err == nil; i++ {
			var a app.App
			a, err = server.Apps.CreateApp(ctx, tx, app.App{CorpID: c.CorpID, Kind: access.SelfBuilt, Settings: app.Settings{
				Name: "测量", CallbackURL: urls[i], CallbackToken: callbackToken, CallbackAESKey: callbackKey}})
			apps = append(apps, a.No)
		}
		return err
	})
	if err != nil {
		return err
	}
	return batches(ctx, server, 1, n, func(tx *store.Tx, k int) error {
		for _, no := range apps {
			p := event.Push{Event: "change_contact"} // as long as a member with all fields
			p.Fields.Bare("ChangeType", "create_user")
			p.Fields.Text("UserID", fmt.Sprintf("user%06d", k))
			p.Fields.Text("Name", "成员")
			p.Fields.Text("Department", "1,2,3")
			p.Fields.Text("Position", "工程师")
			p.Fields.Bare("Mobile", "13800000000")
			p.Fields.Text("Email", fmt.Sprintf("user%06d@corp.example", k))
			p.Fields.Text("Avatar", "https://wecom.corp.example/wwhead/AAAAAAAAAAAAAAAAAAAAAA/0")
			if err := kind.Record(ctx, tx, access.Caller{}, event.Letter{To: event.Receiver{App: no}, What: p}); err != nil {
				return err
			}
		}
		return nil
	})
}

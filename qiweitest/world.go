// Package qiweitest starts a complete qiwei inside a Go test in milliseconds.
//
//	func TestMyApp(t *testing.T) {
//		w := qiweitest.New(t)
//		app := w.As("self_built")
//		client := mysdk.New(w.URL, w.CorpID, app.Secret)
//		...
//	}
//
// A World is a server with two enterprises that look alike, so that a test fails if it mixes them up. Its
// clock stands still until Advance moves it. It is closed when the test ends.
package qiweitest

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/callback"
	"qiwei/internal/clock"
	"qiwei/internal/corp"
	"qiwei/internal/event"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Start is the time that a World's clock shows first.
var Start = time.Date(2031, 1, 6, 9, 0, 0, 0, time.UTC)

// World is a running server with two enterprises.
type World struct {
	*Corp  // the first enterprise
	Second *Corp
	URL    string
	Server *platform.Server // the assembled server, for everything without an HTTP door
	Clock  *clock.Clock

	t      testing.TB
	config platform.Config
	corps  sync.Map // corpid, of those that this World has founded
	twin   *twinWatch
}

// New starts a World on SQLite.
func New(t testing.TB, opts ...Option) *World {
	t.Helper()
	return sqliteWorld(t, opts)
}

// NewOn starts a World on a database of its own, which has the schema and which the test may break.
func NewOn(t testing.TB, database string, opts ...Option) *World {
	t.Helper()
	return newWorld(t, database, opts, nil)
}

// Run runs the test once on SQLite and, if QIWEI_TEST_POSTGRES names a PostgreSQL server, once on that, each
// in a World of its own.
func Run(t *testing.T, test func(*testing.T, *World), opts ...Option) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, sqliteWorld(t, opts))
	})
	if url := postgresDatabase(t); url != "" {
		t.Run("postgres", func(t *testing.T) {
			t.Parallel()
			test(t, newWorld(t, url, opts, nil))
		})
	}
}

// RunAlone is Run with a database of the World's own on PostgreSQL, for tests in which a server deletes what
// its clock calls expired, or processes a whole table: it would do so for the other Worlds too.
func RunAlone(t *testing.T, test func(*testing.T, *World), opts ...Option) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, sqliteWorld(t, opts))
	})
	if os.Getenv("QIWEI_TEST_POSTGRES") != "" {
		t.Run("postgres", func(t *testing.T) {
			t.Parallel()
			test(t, newWorld(t, postgresCopy(t), opts, nil))
		})
	}
}

// Option changes how a World's server is assembled.
type Option func(*platform.Config)

// WithLimits turns the platform's frequency limits on.
func WithLimits() Option { return func(c *platform.Config) { c.Limits = true } }

// WithTokenLife has access tokens expire after another time than two hours: whole seconds, from one on.
func WithTokenLife(life time.Duration) Option { return func(c *platform.Config) { c.TokenLife = life } }

// WithBlobs sets where the content of files is kept, in the form of `qiwei serve --blobs`.
func WithBlobs(place string) Option { return func(c *platform.Config) { c.Blobs = place } }

// WithCollisions has each write run once in vain before it counts, as one that collides with another does on
// PostgreSQL. What it leaves outside its transaction shows. QIWEI_TEST_COLLIDE=1 is this for all tests.
func WithCollisions() Option { return func(c *platform.Config) { c.Collide = true } }

// WithServe assembles the server as `qiwei serve` does: without test controls.
func WithServe() Option { return func(c *platform.Config) { c.Dev = false } }

// WithLog writes the server's log to the test's log, at every level.
func WithLog(t testing.TB) Option {
	return func(c *platform.Config) {
		c.Log = slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
}

type testWriter struct{ t testing.TB }

func (w testWriter) Write(p []byte) (int, error) { w.t.Logf("%s", p); return len(p), nil }

// Key is the master key of every World, so that two of them can share a database.
var Key = bytes.Repeat([]byte("qiweitest"), 4)

// newWorld starts a World on a database that has the schema; with a twin where triggers are given.
func newWorld(t testing.TB, database string, opts []Option, triggers *twinTriggers) *World {
	t.Helper()
	w := &World{t: t, Clock: clock.At(Start)}
	// Worlds on PostgreSQL share tables but not the clock: what has expired for one is current for another.
	cfg := platform.Config{Database: database, Blobs: filepath.Join(t.TempDir(), "media"), Key: Key, Clock: w.Clock, Dev: true, Collide: os.Getenv("QIWEI_TEST_COLLIDE") != "", SweepEvery: -1, JobsByHand: true, InspectBytes: 1 << 20,
		Callback: callback.Settings{Anywhere: true, For: w.founded}}
	if triggers != nil {
		cfg.Watch = triggers.watch
	}
	for _, opt := range opts {
		opt(&cfg)
	}
	var err error
	w.config = cfg
	w.Server, err = platform.Open(context.Background(), cfg)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	w.twin = watchTwin(t, w.Server, triggers)
	front := httptest.NewServer(w.twin.handler(guarded(t, w.Server)))
	w.URL = front.URL
	w.Server.SetBaseURL(w.URL)
	w.Server.Start()
	t.Cleanup(func() {
		front.Close()
		w.twin.report()
		if err := w.Server.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	w.Corp, w.Second = w.newCorp("甲公司"), w.newCorp("乙公司")
	return w
}

// founded reports whether the enterprise is this World's.
func (w *World) founded(corpID string) bool { _, ok := w.corps.Load(corpID); return ok }

// Beside returns another server on the World's database, for organisations that run several. It shares the
// World's clock. It is not started, and is closed with the World.
func (w *World) Beside() *platform.Server {
	w.t.Helper()
	s, err := platform.Open(context.Background(), w.config)
	if err != nil {
		w.t.Fatalf("open a second server: %v", err)
	}
	s.SetBaseURL(w.URL)
	w.t.Cleanup(func() {
		if err := s.Close(); err != nil {
			w.t.Errorf("close the second server: %v", err)
		}
	})
	return s
}

// Corps returns the two enterprises.
func (w *World) Corps() (a, b *Corp) { return w.Corp, w.Second }

// Advance moves the server's clock.
func (w *World) Advance(d time.Duration) { w.Clock.Advance(d) }

// Endpoints returns what the server's API offers.
func (w *World) Endpoints() []wire.Endpoint { return w.Server.API.Endpoints() }

// Write runs fn in a transaction of the server's store, as an administrator's
// action would, and fails the test on an error.
func (w *World) Write(fn func(ctx context.Context, tx *store.Tx) error) {
	w.t.Helper()
	ctx := context.Background()
	if err := w.Server.Store.Write(ctx, func(tx *store.Tx) error { return fn(ctx, tx) }); err != nil {
		w.t.Fatalf("write: %v", err)
	}
}

// Do sends a request to the server and returns the answer, without following
// redirects.
func (w *World) Do(req *http.Request) *http.Response {
	w.t.Helper()
	resp, err := noRedirect.Do(req)
	if err != nil {
		w.t.Fatalf("%s %s: %v", req.Method, req.URL, err)
	}
	w.t.Cleanup(func() { resp.Body.Close() })
	return resp
}

var noRedirect = &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// Local are the addresses that a World's own applications are called from.
var Local, _ = access.ParseAddresses("127.0.0.0/8;::1")

// newCorp founds an enterprise with a small tree and three members.
func (w *World) newCorp(name string) *Corp {
	w.t.Helper()
	c := &Corp{w: w, Name: name, apps: map[access.Kind]*Client{}}
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		made, err := w.Server.CreateCorp(ctx, tx, corp.Corp{Name: name, Settings: corp.Settings{
			Sync: "edit", MultiLanguage: true, Attributes: []string{"工位", "主页"}, ExternalAttributes: []string{"专长", "名片", "小程序"},
			ShortNames: []string{"甲"}, Channels: []string{"甲视频"}, MiniPrograms: []string{"wx0123456789abcdef"},
		}}, Local)
		if err != nil {
			return err
		}
		c.CorpID = made.CorpID
		w.corps.Store(c.CorpID, true)
		return seedDirectory(ctx, tx, w.Server, c.CorpID)
	})
	c.Events()
	return c
}

// Events returns the names of the events of the enterprise since the last call,
// in order.
func (c *Corp) Events() []string {
	c.w.t.Helper()
	var names []string
	for _, e := range c.EventRecords() {
		names = append(names, e.Name)
	}
	return names
}

// EventRecords is Events with everything that was recorded.
func (c *Corp) EventRecords() []event.Recorded {
	c.w.t.Helper()
	var list []event.Recorded
	err := c.w.Server.Store.Read(context.Background(), func(tx *store.Tx) (err error) {
		list, err = event.Since(tx, c.CorpID, c.lastEvent, 10_000)
		return err
	})
	if err != nil {
		c.w.t.Fatalf("read events: %v", err)
	}
	if n := len(list); n > 0 {
		c.lastEvent = list[n-1].No
	}
	return list
}

// WithCallback changes how messages and events are delivered.
func WithCallback(change func(*callback.Settings)) Option {
	return func(c *platform.Config) { change(&c.Callback) }
}

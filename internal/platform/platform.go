// Package platform assembles a server: it opens the store, builds the rooms in
// the order of the floors, and mounts their endpoints and pages. `qiwei serve`,
// `qiwei dev` and every test start the same one.
package platform

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"qiwei/internal/aibot"
	"qiwei/internal/app"
	"qiwei/internal/batch"
	"qiwei/internal/blob"
	"qiwei/internal/callback"
	"qiwei/internal/clock"
	"qiwei/internal/console"
	"qiwei/internal/control"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/event"
	"qiwei/internal/gate"
	"qiwei/internal/intercept"
	"qiwei/internal/job"
	"qiwei/internal/ldap"
	"qiwei/internal/login"
	"qiwei/internal/media"
	"qiwei/internal/message"
	"qiwei/internal/oauth"
	"qiwei/internal/oidc"
	"qiwei/internal/phone"
	"qiwei/internal/scim"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/token"
	"qiwei/internal/wire"
	"qiwei/internal/wire/known"
)

// GCPercent is what the programs set the garbage collector to, where GOGC is not
// set. The live heap is small (the database's pages are not in it), so that at
// the default the collector would run dozens of times a second under load.
const GCPercent = 400

// MemoryLimit is what the programs set the Go runtime's soft limit to, where
// GOMEMLIMIT is not set: from there on the collector runs more often than GCPercent
// says. SQLite's page caches are not counted in it.
const MemoryLimit = 160 << 20

// Config says what to assemble.
type Config struct {
	Database string // postgres://… or the path of a SQLite file
	// LockWait is how long a transaction waits for what another process has
	// locked, before its call is answered "system busy". Zero means 5 seconds.
	LockWait time.Duration
	// Connections is how many connections to PostgreSQL run transactions at once;
	// zero means four for each processor, and at least 8.
	Connections int
	// Blobs is where the content of files is kept: the path of a directory, or
	// s3://bucket?endpoint=…&region=…. Where it is empty it is the folder media beside
	// a SQLite file; with PostgreSQL files can then be neither uploaded nor read.
	Blobs string
	Key   []byte // master key, at least 32 bytes
	Clock *clock.Clock
	Log   *slog.Logger
	// Dev mounts the test controls and one-click sign-in.
	Dev bool
	// Limits turns the platform's frequency limits on.
	Limits bool
	// BaseURL is where clients reach the server; empty until the address is known.
	BaseURL string
	// Version is the program's, for those who ask.
	Version string
	// MetricsFrom are the addresses that may read /metrics; nil is everybody.
	MetricsFrom []netip.Prefix
	// TrustedProxies are those whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
	// Hosts are further names under which pages are served, beside addresses, those of
	// this machine, the base URL's and WeCom's.
	Hosts []string
	// SweepEvery is how often rows that have had their time are deleted: a minute
	// where it is zero, never where it is negative. What has expired is refused
	// before, so it matters to the disk alone.
	SweepEvery time.Duration
	// KeepEvents is how long the audit log shows what applications have changed: 180
	// days where it is zero (China's Cybersecurity Law wants logs of six months), for
	// ever where it is negative.
	KeepEvents time.Duration
	// MemberQuota is how many bytes a member may upload in a day: a gigabyte where it is
	// zero, as many as he likes where it is negative.
	MemberQuota int64
	// Callback is how messages and events are sent to applications.
	Callback callback.Settings
	// InspectBytes is how much memory the newest calls of the API may take, which the
	// console's inspector shows; none are kept where it is 0.
	InspectBytes int64
	// FetchFrom are the networks that files may be fetched from by URL, beside the
	// public internet. With Dev, this machine and private networks are among them.
	FetchFrom []netip.Prefix
	// JobsByHand leaves imports and exports to whoever holds the Server, as tests do.
	JobsByHand bool
}

// Server is an assembled server.
type Server struct {
	Config
	Store     *store.Store
	Events    *event.Log
	Blobs     *blob.Bucket
	Corps     *corp.Service
	Media     *media.Service
	Directory *directory.Service
	Apps      *app.Service
	Tokens    *token.Service
	Login     *login.Service
	OAuth     *oauth.Service
	OIDC      *oidc.Service
	Jobs      *job.Service
	Batch     *batch.Service
	Callbacks *callback.Service
	Messages  *message.Service
	Bots      *aibot.Service
	Scripts   *intercept.Scripts
	Gate      *gate.Service
	LDAP      *ldap.Service
	SCIM      *scim.Service
	Console   *console.Service
	Control   *control.Service // with Dev
	Phone     *phone.Service
	API       *wire.Server

	stop       context.CancelFunc // ends what runs beside the requests
	background context.Context
	running    sync.WaitGroup
	baseURL    atomic.Value // string
	mux        *http.ServeMux
	metrics    *metrics
	recorder   *console.Recorder
	writable   probe
}

// Migrations are those of all rooms.
func Migrations() []fs.FS {
	return []fs.FS{
		migrations, event.Migrations, corp.Migrations, media.Migrations, job.Migrations, directory.Migrations, app.Migrations, token.Migrations, login.Migrations, oauth.Migrations,
		callback.Migrations, message.Migrations, batch.Migrations, aibot.Migrations, gate.Migrations, oidc.Migrations, ldap.Migrations, scim.Migrations, console.Migrations,
	}
}

// Open assembles a server and brings its database's schema up to date.
func Open(ctx context.Context, c Config) (*Server, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Clock == nil {
		c.Clock = clock.New()
	}
	box, err := seal.New(c.Key)
	if err != nil {
		return nil, err
	}
	bucket, err := openBlobs(c)
	if err != nil {
		return nil, err
	}
	st, err := store.Open(ctx, store.Config{URL: c.Database, Clock: c.Clock, Log: c.Log, LockWait: c.LockWait, Connections: c.Connections})
	if err != nil {
		return nil, err
	}
	s := &Server{Config: c, Store: st, Blobs: bucket, Events: event.NewLog(), metrics: newMetrics(c.Version, st.Ping)}
	s.SetBaseURL(c.BaseURL)
	if err := st.Migrate(ctx, Migrations()...); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	if err := checkKey(ctx, st, box); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	s.build(box)
	s.metrics.watchBacklog(s.Callbacks.Backlog)
	if err := s.mount(); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	background, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.background = background
	if c.SweepEvery >= 0 {
		s.running.Go(func() { s.sweep(background) })
		s.running.Go(func() { s.OIDC.Run(background) })
	}
	return s, nil
}

func openBlobs(c Config) (*blob.Bucket, error) {
	if path := store.File(c.Database); c.Blobs == "" && path != "" {
		c.Blobs = filepath.Join(filepath.Dir(path), "media")
	}
	if c.Blobs == "" {
		return nil, nil
	}
	return blob.Open(c.Blobs)
}

// Start begins what a server does without being asked: it fetches files by URL,
// delivers callbacks and messages, imports and exports. A command beside a running
// server does not call it.
func (s *Server) Start() {
	s.Media.Start()
	s.Callbacks.Start()
	if !s.JobsByHand {
		s.Jobs.Start()
	}
	s.running.Go(func() { s.Messages.Run(s.background) })
	s.running.Go(func() { s.Bots.Run(s.background) })
	s.running.Go(func() { s.SCIM.Run(s.background) })
	s.running.Go(func() { s.Phone.Run(s.background) })
}

// sweep deletes now and then what has had its time.
func (s *Server) sweep(ctx context.Context) {
	tick := time.NewTicker(cmp.Or(s.SweepEvery, time.Minute))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			for _, sweep := range []func(context.Context) error{s.Login.Sweep, s.OAuth.Sweep, s.Media.Sweep, s.Messages.Sweep, s.Bots.Sweep, s.Gate.Sweep, s.OIDC.Sweep, s.pruneEvents} {
				if err := sweep(ctx); err != nil && ctx.Err() == nil {
					s.Log.Warn("sweep", "err", err)
				}
			}
		}
	}
}

// pruneEvents removes events that nobody is shown any more.
func (s *Server) pruneEvents(ctx context.Context) error {
	keep := cmp.Or(s.KeepEvents, 180*24*time.Hour)
	if keep < 0 {
		return nil
	}
	return event.Prune(ctx, s.Store, s.Clock.Now().Add(-keep))
}

// build makes the rooms in the order of the floors.
func (s *Server) build(box *seal.Box) {
	s.Corps = corp.New()
	s.Media = media.New(media.Deps{
		Store: s.Store, Events: s.Events, Bucket: s.Blobs, Clock: s.Clock, Log: s.Log, BaseURL: s.URL, Limits: s.Limits, FetchFrom: s.fetchFrom(), MemberQuota: s.MemberQuota,
	})
	s.Directory = directory.New(directory.Deps{
		Store: s.Store, Corps: s.Corps, Media: s.Media, Events: s.Events, Box: box, BaseURL: s.URL, ClientIP: s.clientIP, Limits: s.Limits,
	})
	s.Apps = app.New(app.Deps{
		Corps: s.Corps, Media: s.Media, Directory: s.Directory, Events: s.Events, Box: box, BaseURL: s.URL, Limits: s.Limits,
	})
	s.Tokens = token.New(token.Deps{Apps: s.Apps, Box: box, Limits: s.Limits, Addresses: addresses})
	s.Jobs = job.NewService(job.Deps{Store: s.Store, Box: box, Log: s.Log})
	s.Batch = batch.New(batch.Deps{Store: s.Store, Directory: s.Directory, Jobs: s.Jobs, Box: box, Media: s.Media, BaseURL: s.URL})
	s.Login = login.New(login.Deps{
		Store: s.Store, Corps: s.Corps, Directory: s.Directory, Apps: s.Apps, Tokens: s.Tokens, Box: box, Log: s.Log,
		BaseURL: s.URL, ClientIP: s.clientIP, Dev: s.Dev, Observe: s.metrics.observeSignIn,
	})
	s.OAuth = oauth.New(oauth.Deps{
		Store: s.Store, Corps: s.Corps, Directory: s.Directory, Apps: s.Apps, Login: s.Login, Box: box, Log: s.Log,
		BaseURL: s.URL, ClientIP: s.clientIP, Dev: s.Dev,
	})
	s.OIDC = oidc.New(oidc.Deps{
		Store: s.Store, Corps: s.Corps, Directory: s.Directory, Apps: s.Apps, Login: s.Login, Box: box, Log: s.Log, BaseURL: s.URL,
	})
	s.Callbacks = callback.New(callback.Deps{
		Settings: s.Callback, Store: s.Store, Clock: s.Clock, Apps: s.Apps, Events: s.Events, Box: box, Log: s.Log, Observe: s.metrics.observeCallback,
	})
	s.Messages = message.New(message.Deps{
		Store: s.Store, Corps: s.Corps, Directory: s.Directory, Apps: s.Apps, Callbacks: s.Callbacks, Events: s.Events, Login: s.Login,
		Media: s.Media, BaseURL: s.URL, Box: box, Log: s.Log, Limits: s.Limits,
	})
	s.Bots = aibot.New(aibot.Deps{
		Store: s.Store, Clock: s.Clock, Corps: s.Corps, Directory: s.Directory, Media: s.Media, Callbacks: s.Callbacks, Events: s.Events, Messages: s.Messages,
		Login: s.Login, Box: box, Log: s.Log, BaseURL: s.URL, ClientIP: s.clientIP, For: s.Callback.For, Limits: s.Limits,
	})
	s.Scripts = intercept.NewScripts(intercept.ScriptDeps{Store: s.Store, Corps: s.Corps, Apps: s.Apps, Tokens: s.Tokens, Log: s.Log})
	s.Gate = gate.New(gate.Deps{
		Store: s.Store, Corps: s.Corps, Directory: s.Directory, Apps: s.Apps, Login: s.Login, Box: box, Log: s.Log,
		BaseURL: s.URL, Trusted: s.fromProxy,
	})
	s.LDAP = ldap.New(ldap.Deps{
		Store: s.Store, Corps: s.Corps, Directory: s.Directory, Apps: s.Apps, Login: s.Login, Box: box, Log: s.Log, Version: s.Version,
	})
	s.SCIM = scim.New(scim.Deps{Store: s.Store, Corps: s.Corps, Directory: s.Directory, Box: box, Log: s.Log, BaseURL: s.URL, For: s.Callback.For})
	if s.Dev {
		s.Control = control.New(control.Deps{
			Store: s.Store, Clock: s.Clock, Corps: s.Corps, BaseURL: s.URL, Version: s.Version,
			Restored: func(tx *store.Tx) error {
				tx.AfterCommit(s.Console.Forget)
				tx.AfterCommit(s.Callbacks.Forget)
				return s.Apps.Renew(tx)
			},
		})
	}
	s.recorder = console.NewRecorder(s.InspectBytes, s.Dev)
	s.Console = console.New(console.Deps{
		Store: s.Store, Clock: s.Clock, Corps: s.Corps, Media: s.Media, Directory: s.Directory, Apps: s.Apps, Tokens: s.Tokens, Login: s.Login,
		Callbacks: s.Callbacks, Messages: s.Messages, Events: s.Events, Box: box, Log: s.Log,
		API: func() http.Handler { return s.API }, Endpoints: func() []wire.Endpoint { return s.API.Endpoints() },
		BaseURL: s.URL, ClientIP: s.clientIP, Recorder: s.recorder, Dev: s.Dev, Version: s.Version,
	})
	s.Phone = phone.New(phone.Deps{
		Store: s.Store, Corps: s.Corps, Directory: s.Directory, Apps: s.Apps, Login: s.Login, Messages: s.Messages, Bots: s.Bots,
		Log: s.Log, BaseURL: s.URL, Sounds: s.Console.Sounding, Dev: s.Dev,
	})
}

// near are this machine and private networks.
var near = func() (out []netip.Prefix) {
	for _, p := range []string{"127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"} {
		out = append(out, netip.MustParsePrefix(p))
	}
	return out
}()

func (s *Server) fetchFrom() []netip.Prefix {
	if s.Dev {
		return slices.Concat(s.FetchFrom, near)
	}
	return s.FetchFrom
}

// endpoints returns the calls of all rooms.
func (s *Server) endpoints() []wire.Endpoint {
	var out []wire.Endpoint
	for _, room := range []interface{ Endpoints() []wire.Endpoint }{s.Media, s.Directory, s.Apps, s.Tokens, s.OAuth, s.Messages, s.Batch, s.Bots} {
		out = append(out, room.Endpoints()...)
	}
	return out
}

// pages returns the handlers of what members and their browsers ask for, by the
// pattern of each.
func (s *Server) pages() map[string]http.Handler {
	out := map[string]http.Handler{}
	for _, r := range s.Media.Routes() {
		out[r.Pattern] = r.Handler
	}
	for _, r := range s.Directory.Routes() {
		out[r.Pattern] = r.Handler
	}
	for _, r := range s.Login.Routes() {
		out[r.Pattern] = r.Handler
	}
	for _, r := range s.OAuth.Routes() {
		out[r.Pattern] = r.Handler
	}
	for _, r := range s.OIDC.Routes() {
		out[r.Pattern] = r.Handler
	}
	for _, r := range s.SCIM.Routes() {
		out[r.Pattern] = r.Handler
	}
	for _, r := range s.Messages.Routes() {
		out[r.Pattern] = r.Handler
	}
	for _, r := range s.Batch.Routes() {
		out[r.Pattern] = r.Handler
	}
	for _, r := range s.Scripts.Routes() {
		out[r.Pattern] = r.Handler
	}
	for _, r := range s.Gate.Routes() {
		out[r.Pattern] = r.Handler
	}
	for _, r := range s.Console.Routes() {
		out[r.Pattern] = r.Handler
	}
	for _, r := range s.Phone.Routes() {
		out[r.Pattern] = r.Handler
	}
	for _, r := range s.Bots.Routes() {
		out[r.Pattern] = r.Handler
	}
	return out
}

// Endpoints returns the calls that a server offers, and Pages the patterns of its
// pages, without starting one.
func Endpoints() []wire.Endpoint { return described().endpoints() }

// Pages: see Endpoints.
func Pages() []string { return slices.Sorted(maps.Keys(described().pages())) }

// described returns a server that can tell what it offers, and nothing else.
func described() *Server {
	s := &Server{Events: event.NewLog()}
	s.SetBaseURL("")
	s.build(nil)
	return s
}

func (s *Server) mount() error {
	endpoints := s.endpoints()
	var err error
	var intervene func(http.ResponseWriter, *http.Request, string) (string, error)
	if s.Dev {
		intervene = s.Control.Intervene
	}
	s.API, err = wire.NewServer(wire.Config{
		Store: s.Store, Resolver: s.Tokens, Log: s.Log, Limits: s.Limits, ClientIP: s.clientIP, Observe: s.observe, Intervene: intervene,
	}, endpoints)
	if err != nil {
		return err
	}
	s.mux = http.NewServeMux()
	s.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "ok") })
	s.mux.HandleFunc("GET /readyz", s.readyz)
	s.mux.HandleFunc("GET /metrics", s.serveMetrics)
	s.mux.HandleFunc("GET /openapi.json", s.openapi)
	if s.Dev {
		for _, r := range s.Control.Routes() {
			s.mux.Handle(r.Pattern, r.Handler)
		}
	}
	for pattern, handler := range s.pages() {
		s.mux.Handle(pattern, handler)
	}
	s.mux.HandleFunc("/", s.nothing)
	s.Log.Info("assembled", "endpoints", len(endpoints), "database", s.Store.Database())
	return nil
}

// Close ends what runs and closes the database.
func (s *Server) Close() error {
	s.OAuth.Stop()
	s.Login.Stop()
	s.Bots.Stop()
	s.Console.Stop()
	s.Phone.Stop()
	s.Jobs.Stop()
	s.Callbacks.Stop()
	s.Media.Stop()
	s.stop()
	s.running.Wait()
	return s.Store.Close()
}

// URL returns where clients reach the server, without a slash at the end.
func (s *Server) URL() string { return s.baseURL.Load().(string) }

// SetBaseURL says where clients reach the server, once that is known.
func (s *Server) SetBaseURL(u string) { s.baseURL.Store(strings.TrimRight(u, "/")) }

// ServeHTTP answers everything that the server answers. The API does not pass
// the mux: it cleans paths by redirecting, and clients send paths to clean.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/cgi-bin/") || strings.HasPrefix(r.URL.Path, "//") {
		s.API.ServeHTTP(w, r)
		return
	}
	// Robots' programs connect to the host alone, wss://openws.work.weixin.qq.com.
	if r.URL.Path == "/" && strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		s.Bots.ServeWebSocket(w, r)
		return
	}
	if !anyHost(r.URL.Path) && !s.knowsHost(r) {
		s.misdirected(w, r)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// nothing answers what is not there: with an empty 404, as WeCom does, or, where
// WeCom has something, with the API's word that it is not built.
func (s *Server) nothing(w http.ResponseWriter, r *http.Request) {
	if _, ok := known.Lookup(r.URL.Path); ok {
		s.API.ServeHTTP(w, r)
		return
	}
	w.WriteHeader(http.StatusNotFound)
}

func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := s.Store.Ping(ctx); err != nil {
		s.Log.Error("not ready", "err", err)
		http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
		return
	}
	if err := s.writable.check(ctx, s.Store); err != nil {
		s.Log.Error("not ready", "err", err)
		http.Error(w, "the database cannot be written", http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ready")
}

// serveMetrics answers those who may read them, and to others as if there were none.
func (s *Server) serveMetrics(w http.ResponseWriter, r *http.Request) {
	if s.MetricsFrom != nil && !contains(s.MetricsFrom, s.clientIP(r)) {
		http.NotFound(w, r)
		return
	}
	s.metrics.handler().ServeHTTP(w, r)
}

func (s *Server) openapi(w http.ResponseWriter, r *http.Request) {
	doc, err := wire.OpenAPI(s.Version, s.URL(), s.API.Endpoints())
	if err != nil {
		s.Log.Error("describe the API", "err", err)
		http.Error(w, "the description could not be made", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(doc)
}

// clientIP returns the caller's address: the peer's, or, where the peer is a
// trusted proxy, the last address in X-Forwarded-For that is none.
func (s *Server) clientIP(r *http.Request) netip.Addr {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	ip := peer.Addr().Unmap()
	if len(s.TrustedProxies) == 0 {
		return ip
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0 && contains(s.TrustedProxies, ip); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		ip = hop.Unmap()
	}
	return ip
}

// fromProxy reports whether a request comes from a trusted proxy. In dev, where
// nothing is at stake, whatever runs on this machine is one.
func (s *Server) fromProxy(r *http.Request) bool {
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	ip := peer.Addr().Unmap()
	return contains(s.TrustedProxies, ip) || (s.Dev && ip.IsLoopback())
}

func contains(list []netip.Prefix, ip netip.Addr) bool {
	for _, p := range list {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

// observe counts each call and writes a line for it: refusals at info, the rest
// at debug. The line has the path and never the query, which holds the token.
func (s *Server) observe(c wire.Call) {
	s.metrics.observe(c)
	s.recorder.Record(c, s.Clock.Now())
	level := slog.LevelDebug
	if c.ErrCode != 0 || c.Debug {
		level = slog.LevelInfo
	}
	if !s.Log.Enabled(context.Background(), level) {
		return
	}
	s.Log.Log(context.Background(), level, "call", "id", c.ID(), "method", c.Method, "path", c.Path,
		"corpid", c.By.CorpID, "agentid", c.By.AgentID, "ip", c.By.From.String(), "errcode", c.ErrCode, "took", c.Took)
}

// addresses returns the machine's own addresses, loopback only where there are
// no others.
func addresses() []netip.Addr {
	var out, loop []netip.Addr
	list, err := net.InterfaceAddrs()
	if err != nil {
		list = nil
	}
	for _, a := range list {
		p, err := netip.ParsePrefix(a.String())
		if err != nil || !p.Addr().Is4() {
			continue
		}
		if p.Addr().IsLoopback() {
			loop = append(loop, p.Addr())
		} else {
			out = append(out, p.Addr())
		}
	}
	if len(out) == 0 {
		return loop
	}
	return out
}

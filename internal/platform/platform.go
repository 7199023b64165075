// Package platform assembles a server: it opens the store, builds the rooms in
// the order of the floors, and mounts their endpoints and pages. `qiwei serve`,
// `qiwei dev` and every test start the same one.
package platform

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"qiwei/internal/app"
	"qiwei/internal/clock"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/event"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/token"
	"qiwei/internal/wire"
)

// GCPercent is what the programs set the garbage collector to, where GOGC is not
// set. The live heap is small (the database's pages are not in it), so that at
// the default the collector would run dozens of times a second under load.
const GCPercent = 400

// Config says what to assemble.
type Config struct {
	Database string // postgres://… or the path of a SQLite file
	Key      []byte // master key, at least 32 bytes
	Clock    *clock.Clock
	Log      *slog.Logger
	// Dev mounts the test controls and one-click sign-in.
	Dev bool
	// Limits turns the platform's frequency limits on.
	Limits bool
	// BaseURL is where clients reach the server; empty until the address is known.
	BaseURL string
	// TrustedProxies are those whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
}

// Server is an assembled server.
type Server struct {
	Config
	Store     *store.Store
	Events    *event.Log
	Corps     *corp.Service
	Directory *directory.Service
	Apps      *app.Service
	Tokens    *token.Service
	API       *wire.Server

	baseURL atomic.Value // string
	mux     *http.ServeMux
}

// Migrations are those of all rooms.
func Migrations() []fs.FS {
	return []fs.FS{event.Migrations, corp.Migrations, directory.Migrations, app.Migrations, token.Migrations}
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
	st, err := store.Open(ctx, store.Config{URL: c.Database, Clock: c.Clock, Log: c.Log})
	if err != nil {
		return nil, err
	}
	s := &Server{Config: c, Store: st, Events: event.NewLog()}
	s.SetBaseURL(c.BaseURL)
	if err := st.Migrate(ctx, Migrations()...); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	s.Corps = corp.New()
	s.Directory = directory.New(directory.Deps{Corps: s.Corps, Events: s.Events, Box: box, BaseURL: s.URL, Limits: c.Limits})
	s.Apps = app.New(app.Deps{Corps: s.Corps, Directory: s.Directory, Box: box})
	s.Tokens = token.New(token.Deps{Corps: s.Corps, Apps: s.Apps, Box: box, Limits: c.Limits, Addresses: addresses})
	if err := s.mount(); err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return s, nil
}

func (s *Server) mount() error {
	var endpoints []wire.Endpoint
	for _, room := range []interface{ Endpoints() []wire.Endpoint }{s.Directory, s.Apps, s.Tokens} {
		endpoints = append(endpoints, room.Endpoints()...)
	}
	var err error
	s.API, err = wire.NewServer(wire.Config{
		Store: s.Store, Resolver: s.Tokens, Log: s.Log, Limits: s.Limits, ClientIP: s.clientIP, Observe: s.observe,
	}, endpoints)
	if err != nil {
		return err
	}
	s.mux = http.NewServeMux()
	s.mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintln(w, "ok") })
	s.mux.HandleFunc("GET /readyz", s.readyz)
	s.mux.HandleFunc("/", http.NotFound)
	s.Log.Info("assembled", "endpoints", len(endpoints), "database", s.Store.Database())
	return nil
}

// Close ends what runs and closes the database.
func (s *Server) Close() error { return s.Store.Close() }

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
	s.mux.ServeHTTP(w, r)
}

func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := s.Store.Ping(ctx); err != nil {
		s.Log.Error("not ready", "err", err)
		http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ready")
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
	for i := len(hops) - 1; i >= 0 && s.trusts(ip); i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		ip = hop.Unmap()
	}
	return ip
}

func (s *Server) trusts(ip netip.Addr) bool {
	for _, p := range s.TrustedProxies {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

// observe writes a line for each call: refusals at info, the rest at debug.
func (s *Server) observe(c wire.Call) {
	level := slog.LevelDebug
	if c.ErrCode != 0 {
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

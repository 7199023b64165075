package platform

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/door"
	"qiwei/internal/event"
	"qiwei/internal/founding"
	"qiwei/internal/hardware/direct"
	"qiwei/internal/login"
	"qiwei/internal/store"
	"qiwei/internal/trend"
	"qiwei/internal/wire"
	"qiwei/internal/wire/known"
	"qiwei/internal/work"
)

// endpoints returns the calls of all rooms.
func (s *Server) endpoints() []wire.Endpoint {
	var out []wire.Endpoint
	for _, room := range []interface{ Endpoints() []wire.Endpoint }{s.Media, s.Directory, s.Join, s.Apps, s.Tokens, s.OAuth, s.Messages, s.Batch, s.Bots} {
		out = append(out, room.Endpoints()...)
	}
	for _, room := range s.rooms {
		if r, ok := room.(interface{ Endpoints() []wire.Endpoint }); ok {
			out = append(out, r.Endpoints()...)
		}
	}
	return out
}

// scripts returns the calls that drive simulated people and things, in dev only.
func (s *Server) scripts() []door.Route {
	out := slices.Concat(s.Control.Routes(), s.OAuth.Scripts(), s.DevMCP.Routes(), s.Apps.Scripts(s.Store, s.Log), s.Tokens.Scripts(s.Store, s.Log))
	for _, room := range s.rooms {
		if r, ok := room.(interface{ Scripts() []door.Route }); ok {
			out = append(out, r.Scripts()...)
		}
	}
	return out
}

// scripted answers the scripts to the console, whose samples need them; nil outside of dev.
func (s *Server) scripted() http.Handler {
	if !s.Dev {
		return nil
	}
	return s.mux
}

// pages returns the handlers of what members and their browsers ask for, by the
// pattern of each.
func (s *Server) pages() map[string]http.Handler {
	out := map[string]http.Handler{}
	for _, room := range []interface{ Routes() []door.Route }{s.Media, s.Join, s.Login, s.OAuth, s.OIDC, s.SCIM, s.Messages, s.Batch, s.Scripts, s.Gate, s.Console, s.Phone, s.Bots} {
		for _, r := range room.Routes() {
			out[r.Pattern] = r.Handler
		}
	}
	for _, room := range s.rooms {
		if r, ok := room.(interface{ Routes() []door.Route }); ok {
			for _, route := range r.Routes() {
				out[route.Pattern] = route.Handler
			}
		}
	}
	return out
}

// Endpoints returns the calls that a server offers, without starting one.
func Endpoints() []wire.Endpoint { return described().endpoints() }

// Pages returns the patterns of the pages that a server offers, without starting
// one.
func Pages() []string { return slices.Sorted(maps.Keys(described().pages())) }

// described returns a server that can only describe what it offers.
func described() *Server {
	s := &Server{Events: event.NewLog()}
	s.SetBaseURL("")
	s.build(nil)
	return s
}

// intervene makes calls fail on purpose; nil outside of dev.
func (s *Server) intervene() func(http.ResponseWriter, *http.Request, string) wire.Intervention {
	if s.Control == nil {
		return nil
	}
	return s.Control.Intervene
}

// mount puts everything that the server answers in its place.
func (s *Server) mount() error {
	endpoints := s.endpoints()
	var err error
	s.API, err = wire.NewServer(wire.Config{
		Store: s.Store, Resolver: tokens{s}, Log: s.Log, Limits: s.Limits, ClientIP: s.clientIP, Observe: s.observe, Stray: s.strayed, Intervene: s.intervene(),
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
		for _, r := range s.scripts() {
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

// ServeHTTP answers everything that the server answers.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.Tracer != nil {
		s.traced(w, r)
		return
	}
	s.route(w, r)
}

func (s *Server) route(w http.ResponseWriter, r *http.Request) {
	linger := wire.Pace(w, r)
	s.handle(w, r)
	linger()
}

// handle finds the handler. The API bypasses the mux, which cleans paths by redirecting: clients do send
// unclean paths.
func (s *Server) handle(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/cgi-bin/") || strings.HasPrefix(r.URL.Path, "//") {
		s.API.ServeHTTP(w, r)
		return
	}
	if r.URL.Path == "/" && direct.Is(r) && strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		s.Devices.ServeWebSocket(w, r)
		return
	}
	// Robots' programs connect to the host without a path, wss://openws.work.weixin.qq.com.
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
// WeCom has something, with the API's word that it is not built. Somebody who has typed
// the server's name into a browser is led to the console, or where there is no enterprise
// yet, to the page that founds one.
func (s *Server) nothing(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/" && r.Method == http.MethodGet && strings.Contains(r.Header.Get("Accept"), "text/html") {
		s.welcome(w, r)
		return
	}
	if _, ok := known.Lookup(r.URL.Path); ok {
		s.API.ServeHTTP(w, r)
		return
	}
	w.WriteHeader(http.StatusNotFound)
}

func (s *Server) welcome(w http.ResponseWriter, r *http.Request) {
	founded := true
	if err := s.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
		founded, err = s.Founding.Founded(tx)
		return err
	}); err != nil {
		s.Log.Error("page failed", "path", r.URL.Path, "err", err)
	}
	to := "/console/"
	if !founded {
		to = founding.Path
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// Preparing has /readyz answer 503 while what is to be there once the server is ready is still made, such as the
// file with the credentials of a demo. The server answers all else meanwhile.
func (s *Server) Preparing(yes bool) { s.preparing.Store(yes) }

// readyz says whether the database answers and can be written, and the server is prepared.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	if s.preparing.Load() {
		http.Error(w, "being prepared", http.StatusServiceUnavailable)
		return
	}
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

// serveMetrics serves the metrics to those who may read them, and answers others as if there were none.
func (s *Server) serveMetrics(w http.ResponseWriter, r *http.Request) {
	if s.MetricsFrom != nil && !contains(s.MetricsFrom, s.clientIP(r)) {
		http.NotFound(w, r)
		return
	}
	s.metrics.handler().ServeHTTP(w, r)
}

// openapi serves the description of the calls.
func (s *Server) openapi(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if err := wire.WriteOpenAPI(w, s.Version, s.URL(), s.API.Endpoints()); err != nil && r.Context().Err() == nil {
		s.Log.Error("describe the API", "err", err)
	}
}

// observe counts each call and writes a line for it: refusals at info, the rest
// at debug. The line has the path and never the query, which holds the token.
func (s *Server) observe(c wire.Call) {
	s.metrics.observe(c)
	s.Trends.Call(c.By.CorpID, c.ErrCode, c.Took)
	traceCall(c)
	if s.recorder.On() {
		s.recorder.Record(c, s.Clock.Now())
	}
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

// strayed keeps a request to a path that does not exist, which the inspector shows: it is mostly a misspelling. It is
// counted without its path, so that nobody can fill the metrics with names.
func (s *Server) strayed(c wire.Call) {
	s.metrics.observeStray()
	if s.recorder.On() {
		c.Path = c.Path[:min(len(c.Path), 200)]
		s.recorder.Record(c, s.Clock.Now())
	}
}

// observeSignIn counts an attempt to begin a session. Faults of the server are no sign-ins.
func (s *Server) observeSignIn(a login.Attempt) {
	s.metrics.observeSignIn(a)
	if a.Outcome != login.Failed {
		s.Trends.SignIn(a.CorpID, a.Outcome.Success())
	}
}

// observeDelivery counts a request to a callback URL.
func (s *Server) observeDelivery(corpID, outcome string) {
	if o, ok := map[string]trend.Outcome{work.Done: trend.Delivered, work.Retried: trend.Retried, work.Failed: trend.Failed}[outcome]; ok {
		s.Trends.Delivery(corpID, o)
	}
}

// tokens resolves access tokens: of applications, and of providers that fill the directory
// of an enterprise that has registered with them.
type tokens struct{ s *Server }

// Resolve returns the caller behind a token.
func (t tokens) Resolve(tx *store.Tx, text string) (access.Caller, error) {
	by, err := t.s.Tokens.Resolve(tx, text)
	if errors.Is(err, wire.ErrInvalid) {
		return t.s.Register.Resolve(tx, text)
	}
	return by, err
}

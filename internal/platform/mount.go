package platform

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"qiwei/internal/door"
	"qiwei/internal/event"
	"qiwei/internal/wire"
	"qiwei/internal/wire/known"
)

func (s *Server) endpoints() []wire.Endpoint {
	var out []wire.Endpoint
	for _, room := range []interface{ Endpoints() []wire.Endpoint }{s.Media, s.Directory, s.Apps, s.Tokens, s.Login, s.Messages, s.Batch, s.Bots} {
		out = append(out, room.Endpoints()...)
	}
	return out
}

func (s *Server) pages() map[string]http.Handler {
	out := map[string]http.Handler{}
	for _, room := range []interface{ Routes() []door.Route }{s.Media, s.SCIM, s.Messages, s.Batch, s.Scripts, s.Gate, s.Console, s.Phone, s.Bots} {
		for _, r := range room.Routes() {
			out[r.Pattern] = r.Handler
		}
	}
	for _, r := range s.Directory.Routes() {
		out[r.Pattern] = r.Handler
	}
	for _, r := range s.Login.Routes() {
		out[r.Pattern] = r.Handler
	}
	for _, r := range s.OIDC.Routes() {
		out[r.Pattern] = r.Handler
	}
	return out
}

func Endpoints() []wire.Endpoint { return described().endpoints() }

func Pages() []string { return slices.Sorted(maps.Keys(described().pages())) }

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
	s.mux.ServeHTTP(w, r)
}

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

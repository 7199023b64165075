// Package intercept serves as WeCom's own hosts, for software that has their names in its code. Such software
// reaches it in one of two ways:
//
//	client ──HTTPS_PROXY──> proxy ──CONNECT to one of the hosts──┐
//	                          └──any other host──> refused, or let through
//	client ──hosts file, DNS──> TLS listener ────────────────────┤
//	                                                             v
//	                  certificate of our own authority, then the server's handler
//
// The authority (authority.go) is made on the first start and belongs to one data directory. It can sign for
// WeCom's hosts only. `qiwei intercept env` tells clients about it, and nothing here puts it into a machine's
// store.
//
// The handler is the assembled server, in the same process (`qiwei dev --intercept`), or a running one behind
// a reverse proxy (`qiwei intercept`, upstream.go). Scripts that pages embed are ours (script.go).
package intercept

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"qiwei/internal/wire/known"
)

// Config says how to intercept.
type Config struct {
	Authority *Authority
	// Handler answers for the hosts, and through the proxy also at its own address.
	Handler Handler
	// Others says what the proxy does with hosts that are not WeCom's.
	Others Others
	// From are the addresses that may use the proxy; nil means this machine only.
	From []netip.Prefix
	Log  *slog.Logger
}

// Handler is the server that answers for the hosts.
type Handler interface {
	http.Handler
	// URL is the base URL by which clients reach the server itself.
	URL() string
}

// Server intercepts.
type Server struct {
	Config
	hosts   *http.Server // speaks TLS as WeCom's hosts
	proxy   *http.Server
	own     *http.Server // answers at the server's own address, in plain HTTP
	handed  *handed      // connections that the proxy has opened for the hosts
	inside  *handed      // connections that the proxy has opened for the server's own address
	tunnels tunnels      // connections that the proxy lets through
	serving sync.WaitGroup
}

// New returns a server that listens to nothing yet.
func New(c Config) *Server {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{Config: c, handed: newHanded(), inside: newHanded()}
	s.hosts = newHTTPServer(http.HandlerFunc(s.serveHost), c.Log)
	s.hosts.TLSConfig = &tls.Config{GetCertificate: c.Authority.Certificate, MinVersion: tls.VersionTLS12}
	s.proxy = newHTTPServer(s.newProxy(), c.Log)
	// Clients ask a proxy with CONNECT, which HTTP/2 writes in another way.
	s.proxy.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){}
	s.own = newHTTPServer(c.Handler, c.Log)
	s.serving.Go(func() { s.hosts.ServeTLS(s.handed, "", "") })
	s.serving.Go(func() { s.own.Serve(s.inside) })
	return s
}

// newHTTPServer bounds how long a client may keep the server waiting.
func newHTTPServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       2 * time.Minute,
		WriteTimeout:      3 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// RegisterOnShutdown registers f, which is called when a shutdown begins, so that waiting requests end.
func (s *Server) RegisterOnShutdown(f func()) {
	s.hosts.RegisterOnShutdown(f)
	s.own.RegisterOnShutdown(f)
}

// ServeTLS answers as WeCom's hosts on the listener, until Shutdown.
func (s *Server) ServeTLS(l net.Listener) error { return closed(s.hosts.ServeTLS(l, "", "")) }

// ServeProxy is a proxy on the listener, until Shutdown.
func (s *Server) ServeProxy(l net.Listener) error { return closed(s.proxy.Serve(l)) }

func closed(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// Shutdown accepts no more connections and lets the requests under way finish. Tunnels to other hosts end at
// once.
func (s *Server) Shutdown(ctx context.Context) error {
	s.tunnels.close()
	err := errors.Join(s.proxy.Shutdown(ctx), s.hosts.Shutdown(ctx), s.own.Shutdown(ctx))
	if err != nil {
		err = errors.Join(err, s.proxy.Close(), s.hosts.Close(), s.own.Close())
	}
	s.serving.Wait()
	return err
}

// serveHost answers a request to one of the hosts. The name in the request must be the one that the
// connection was made for: a client that checked one host's certificate must not get another host's answer.
func (s *Server) serveHost(w http.ResponseWriter, r *http.Request) {
	host, ok := known.Host(r.Host)
	if !ok || (r.TLS != nil && !strings.EqualFold(host, strings.TrimSuffix(r.TLS.ServerName, "."))) {
		http.Error(w, "this connection is for another host", http.StatusMisdirectedRequest)
		return
	}
	if slices.Contains(known.ScriptHosts, host) && !isScript(r.URL.Path) {
		http.NotFound(w, r)
		return
	}
	if ours(r.URL.Path) && !longConnection(host, r) {
		// WeCom's hosts have nothing there, and a client that uses their names must not find this server's
		// controls.
		http.NotFound(w, r)
		return
	}
	s.Handler.ServeHTTP(w, r)
}

// longConnection reports whether a robot's program asks for its long connection, which WeCom serves at the
// root of a separate host (doc 101463).
func longConnection(host string, r *http.Request) bool {
	return host == known.RobotHost && r.URL.Path == "/" && strings.EqualFold(r.Header.Get("Upgrade"), "websocket")
}

// ours reports whether a path is this server's own and not WeCom's.
func ours(path string) bool {
	switch path {
	case "/", "/metrics", "/healthz", "/readyz", "/openapi.json", "/jssdk":
		return true
	}
	for _, prefix := range []string{"/_qiwei/", "/console/", "/phone/", "/oidc/", "/scim/", "/auth/"} {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return false
}

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"syscall"
	"time"
)

// listen opens the address. Without a host only this machine reaches the server. To let others reach it, give
// 0.0.0.0 or [::].
func listen(addr string) (net.Listener, error) { return listenFor("--listen", addr) }

func listenFor(flag, addr string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, usagef("%s %s: HOST:PORT expected, such as 127.0.0.1:7993 or :0", flag, addr)
	}
	if host == "" {
		host = "127.0.0.1"
	}
	l, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is in use by another program; choose another address with %s, :0 for any free port", addr, flag)
	}
	return l, err
}

// hostNames returns the names that pages are served under: those given, each of which
// may be a list, and the one that the server listens on.
func hostNames(given []string, listen string) []string {
	var out []string
	for _, list := range given {
		out = append(out, split(list)...)
	}
	if host, _, err := net.SplitHostPort(listen); err == nil && host != "" {
		out = append(out, host)
	}
	return out
}

// baseURLOf returns the URL of an address as this machine reaches it.
func baseURLOf(addr net.Addr, tls bool) string {
	tcp := addr.(*net.TCPAddr)
	host := tcp.IP.String()
	if tcp.IP.IsUnspecified() {
		host = "127.0.0.1"
	}
	scheme := "http://"
	if tls {
		scheme = "https://"
	}
	return scheme + net.JoinHostPort(host, fmt.Sprint(tcp.Port))
}

// newHTTPServer bounds how long a client may keep the server waiting. An answer may take a while: a QR code's
// page polls for up to half a minute.
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

// shutDown stops the server and lets the requests under way finish.
func shutDown(server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), 35*time.Second)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("some requests did not end: %w", err), server.Close())
	}
	return nil
}

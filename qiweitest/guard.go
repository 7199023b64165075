package qiweitest

import (
	"io"
	"net/http"
	"sync/atomic"
	"testing"

	"qiwei/internal/store"
)

// guarded fails the test if the server writes to a client, or reads from one, inside a transaction: a slow
// client would hold the transaction, and hold up everybody.
func guarded(t testing.TB, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g := &guard{t: t, what: r.Method + " " + r.URL.Path}
		r = r.WithContext(store.Watch(r.Context(), &g.open))
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = guardedBody{r.Body, g}
		}
		h.ServeHTTP(guardedWriter{w, g}, r)
	})
}

// guard is a request and its transactions that are open.
type guard struct {
	t    testing.TB
	what string
	open atomic.Int32
}

func (g *guard) check(does string) {
	if g.open.Load() > 0 {
		g.t.Errorf("%s %s inside a transaction", g.what, does)
	}
}

type guardedWriter struct {
	http.ResponseWriter
	g *guard
}

func (w guardedWriter) Write(p []byte) (int, error) {
	w.g.check("writes to the client")
	return w.ResponseWriter.Write(p)
}

func (w guardedWriter) WriteHeader(status int) {
	w.g.check("answers the client")
	w.ResponseWriter.WriteHeader(status)
}

func (w guardedWriter) Flush() {
	w.g.check("writes to the client")
	http.NewResponseController(w.ResponseWriter).Flush()
}

// Unwrap is for http.ResponseController.
func (w guardedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

type guardedBody struct {
	io.ReadCloser
	g *guard
}

func (b guardedBody) Read(p []byte) (int, error) {
	b.g.check("reads from the client")
	return b.ReadCloser.Read(p)
}

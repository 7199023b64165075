package qiweitest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"qiwei/internal/platform"
	"qiwei/internal/store"
)

// twinWatch looks for the twin in what a World's clients are told, and asks for
// the twin's things with their credentials. It is nil where there is no twin.
type twinWatch struct {
	t      testing.TB
	server *platform.Server

	triggers *twinTriggers

	mu    sync.Mutex
	ids   map[string]string // the first enterprise's ids -> the twin's
	asked map[string]bool   // requests that were made with the twin's ids
}

// watchTwin returns the watch of a World whose database has the triggers, and nil
// for others.
func watchTwin(t testing.TB, s *platform.Server, triggers *twinTriggers) *twinWatch {
	if triggers == nil {
		return nil
	}
	return &twinWatch{t: t, server: s, triggers: triggers, ids: map[string]string{}, asked: map[string]bool{}}
}

// report fails the test where the twin's rows were touched.
func (w *twinWatch) report() {
	for what, n := range w.damage() {
		w.t.Errorf("another enterprise is touched: the server %s that is the twin's (%d times)", what, n)
	}
}

// damage returns what was done to the twin's rows, and how often.
func (w *twinWatch) damage() map[string]int {
	if w == nil || w.over() {
		return nil
	}
	found := map[string]int{}
	// A test that has closed its server, or broken its database, has none to look at.
	_ = w.server.Store.Read(context.Background(), func(tx *store.Tx) error {
		return tx.Each(`SELECT what FROM twin_damage`, nil, func(rows *store.Rows) error {
			var what string
			err := rows.Scan(&what)
			found[what]++
			return err
		})
	})
	return found
}

// WithoutTwin is for tests that count the rows of whole tables: from now on the
// first enterprise is without a twin, which our own tests give it.
func (w *World) WithoutTwin() { w.t.Helper(); w.twin.end() }

// end gives the twin up, before everything is put back as it was at some time.
func (w *twinWatch) end() {
	if w == nil || w.over() {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.triggers.ended.Store(true)
	if err := w.server.Store.Write(context.Background(), func(tx *store.Tx) error {
		var names []string
		err := tx.Each(`SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'twin%'`, nil, func(rows *store.Rows) error {
			var name string
			err := rows.Scan(&name)
			names = append(names, name)
			return err
		})
		for _, name := range names {
			if _, failed := tx.Exec(`DROP TRIGGER ` + name); failed != nil {
				return failed
			}
		}
		return err
	}); err != nil {
		w.t.Errorf("end of the twin: %v", err)
	}
}

func (w *twinWatch) over() bool { return w.triggers.ended.Load() }

// handler is h, with the twin looked for in its answers.
func (w *twinWatch) handler(h http.Handler) http.Handler {
	if w == nil {
		return h
	}
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/_qiwei/snapshots") || r.URL.Path == "/_qiwei/reset" {
			w.end()
		}
		w.ask(h, r)
		h.ServeHTTP(&twinReader{ResponseWriter: rw, w: w, what: r.Method + " " + r.URL.Path}, r)
	})
}

// ask makes the request with the twin's ids in place of the first enterprise's. The
// answer may refuse them and repeat them, but tell nothing of what they name; what
// is done to the twin's rows is noticed by the triggers.
func (w *twinWatch) ask(h http.Handler, r *http.Request) {
	if !w.askable(r) || w.over() {
		return
	}
	body, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	if err != nil {
		return
	}
	pairs := w.pairs()
	if len(pairs) == 0 {
		return
	}
	change := strings.NewReplacer(pairs...)
	target, other := change.Replace(r.URL.RequestURI()), change.Replace(string(body))
	if target == r.URL.RequestURI() && other == string(body) {
		return
	}
	w.mu.Lock()
	known := w.asked[target+other]
	w.asked[target+other] = true
	w.mu.Unlock()
	if known {
		return
	}
	q := httptest.NewRequestWithContext(r.Context(), r.Method, target, strings.NewReader(other))
	q.Header, q.Host, q.RemoteAddr = r.Header.Clone(), r.Host, r.RemoteAddr
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, q)
	if bytes.Contains(answer.Body.Bytes(), []byte(textMark)) {
		w.t.Errorf("%s %s with the id of another enterprise's answers what is the twin's: %.300s", r.Method, r.URL.Path, answer.Body)
	}
	// An id in the address is the only thing that such a call is about. A fault of the
	// server's own comes after the id was found.
	text := answer.Body.String()
	found := strings.HasPrefix(text, `{"errcode":0,`) || strings.HasPrefix(text, `{"errcode":-1,`)
	if found && target != r.URL.RequestURI() && strings.HasPrefix(target, "/cgi-bin/") {
		w.t.Errorf("%s %s finds what is another enterprise's, the twin's, by its id: %.300s", r.Method, r.URL.Path, text)
	}
}

// askable are calls whose credential says which enterprise they are about.
func (w *twinWatch) askable(r *http.Request) bool {
	return r.Body != nil && r.ContentLength >= 0 && r.ContentLength < 1<<16 && r.Header.Get("Upgrade") == "" &&
		!strings.Contains(r.Header.Get("Accept"), "event-stream") &&
		slices.ContainsFunc([]string{"/cgi-bin/", "/console/api/", "/phone/api/", "/scim/"}, func(p string) bool { return strings.HasPrefix(r.URL.Path, p) })
}

// pairs returns the ids that are known by now, each followed by the twin's.
func (w *twinWatch) pairs() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	_ = w.server.Store.Read(context.Background(), func(tx *store.Tx) error {
		return tx.Each(`SELECT id, twin FROM twin_id LIMIT -1 OFFSET ?`, []any{len(w.ids)}, func(rows *store.Rows) error {
			var mine, twins string
			err := rows.Scan(&mine, &twins)
			w.ids[mine] = twins
			return err
		})
	})
	pairs := make([]string, 0, 2*len(w.ids))
	for mine, twins := range w.ids {
		pairs = append(pairs, mine, twins)
	}
	return pairs
}

// see fails the test where the twin is in what somebody is told.
func (w *twinWatch) see(what string, told []byte) {
	if w == nil {
		return
	}
	for _, mark := range []string{textMark, idMark} {
		if i := bytes.Index(told, []byte(mark)); i >= 0 {
			w.t.Errorf("%s tells of another enterprise, the twin: …%s…", what, told[max(0, i-120):min(len(told), i+60)])
		}
	}
}

// twinReader reads an answer as it goes out.
type twinReader struct {
	http.ResponseWriter
	w    *twinWatch
	what string
	tail []byte
}

func (r *twinReader) Write(p []byte) (int, error) {
	n, err := r.ResponseWriter.Write(p)
	most := len(textMark) - 1 // of a mark that is not all there
	joint := append(r.tail, p[:min(len(p), most)]...)
	r.w.see(r.what, joint)
	if len(p) > most {
		r.w.see(r.what, p)
		joint = p
	}
	r.tail = slices.Clone(joint[max(0, len(joint)-most):])
	return n, err
}

func (r *twinReader) WriteHeader(status int) {
	for _, values := range r.Header() {
		for _, v := range values {
			r.w.see(r.what+": a header", []byte(v))
		}
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *twinReader) Flush() { http.NewResponseController(r.ResponseWriter).Flush() }

// Unwrap is for http.ResponseController.
func (r *twinReader) Unwrap() http.ResponseWriter { return r.ResponseWriter }

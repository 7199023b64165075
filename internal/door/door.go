// Package door is the way in for browsers, outside of WeCom's API: routes, pages' calls with a session and
// JSON answers, and streams of events. The doors built with it decide whose session it is and how it is
// found.
package door

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strconv"

	"qiwei/internal/wire"
)

// Route is an address outside the API.
type Route struct {
	Pattern string // for http.ServeMux
	Handler http.Handler
}

// What a request can lack. The texts are for the authors of pages.
var (
	ErrSignedOut = errors.New("nobody is signed in")
	ErrForeign   = errors.New("the request does not come from a page of this server")
	ErrKind      = errors.New("this is expected")
	ErrNotJSON   = fmt.Errorf("%w: JSON", ErrKind)
	ErrNotFound  = errors.New("that is not there")
	ErrNumber    = errors.New("a number expected")
)

// missing is an ErrNotFound with a room's own text.
type missing string

func (m missing) Error() string        { return string(m) }
func (m missing) Is(target error) bool { return target == ErrNotFound }

// Missing returns an ErrNotFound that says what is missing.
func Missing(text string) error { return missing(text) }

// busy refuses a request for which there is no capacity now.
type busy string

func (b busy) Error() string { return string(b) }

// Busy returns an error that says what there is too much of at the moment.
func Busy(text string) error { return busy(text) }

// Number reads a number from the query; 0 if it is not given. It answers ErrNumber.
func Number(r *http.Request, name string) (int64, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, ErrNumber)
	}
	return n, nil
}

// Page reads where a list goes on that begins with the newest, and how many rows it shows: at most most, which it is if
// the page asks for none.
func Page(r *http.Request, most int64) (before, limit int64, err error) {
	if before, err = Number(r, "before"); err != nil {
		return 0, 0, err
	}
	if limit, err = Number(r, "limit"); err != nil {
		return 0, 0, err
	}
	if limit <= 0 || limit > most {
		limit = most
	}
	return before, limit, nil
}

// Refusal is the JSON of a refusal.
type Refusal struct {
	Error   string            `json:"error"`
	ErrCode int               `json:"errcode,omitempty"`
	Fields  map[string]string `json:"fields,omitempty"` // errors by the field of a form
	Reason  string            `json:"reason,omitempty"` // for the page, not for the person
}

// Words explain an error to the sender of the request. known is false for an internal error, which goes to
// the log.
type Words func(r *http.Request, err error) (status int, answer Refusal, known bool)

// Answer writes what serve returns as JSON, or its error as a refusal. If serve returns nil and no error, it
// has already written the answer.
func Answer(w http.ResponseWriter, r *http.Request, log *slog.Logger, words Words, serve func() (any, error)) {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	answer, err := serve()
	if err == nil && answer == nil {
		return
	}
	status := http.StatusOK
	if err != nil {
		var known bool
		if status, answer, known = refused(words, r, err); !known && r.Context().Err() == nil {
			log.Error("page", "path", r.URL.Path, "err", err)
		}
	}
	out, err := json.Marshal(answer)
	if err != nil {
		log.Error("page", "path", r.URL.Path, "err", err)
		status, out = http.StatusInternalServerError, []byte(`{"error":"the server could not answer"}`)
	}
	w.WriteHeader(status)
	w.Write(out)
}

func refused(words Words, r *http.Request, err error) (status int, answer Refusal, known bool) {
	if words == nil {
		words = Plain
	}
	return words(r, err)
}

// Plain are the words for what any request can lack, and for the API's own errors.
func Plain(r *http.Request, err error) (status int, answer Refusal, known bool) {
	var refused wire.Error
	switch {
	case errors.Is(err, ErrSignedOut):
		status = http.StatusUnauthorized
	case errors.Is(err, ErrForeign):
		status = http.StatusForbidden
	case errors.Is(err, ErrKind):
		status = http.StatusUnsupportedMediaType
	case errors.Is(err, ErrNotFound):
		status = http.StatusNotFound
	case errors.As(err, new(badScript)):
		status = http.StatusBadRequest
	case errors.As(err, new(busy)):
		status = http.StatusServiceUnavailable
	case errors.As(err, &refused):
		return http.StatusBadRequest, Refusal{Error: refused.Message(), ErrCode: refused.Code}, true
	case errors.As(err, new(*http.MaxBytesError)):
		return http.StatusRequestEntityTooLarge, Refusal{Error: "the request is too large"}, true
	case errors.As(err, new(*json.SyntaxError)), errors.As(err, new(*json.UnmarshalTypeError)), errors.Is(err, ErrNumber):
		status = http.StatusBadRequest
	default:
		return http.StatusInternalServerError, Refusal{Error: "the server could not answer"}, false
	}
	return status, Refusal{Error: err.Error()}, true
}

// Changes reports whether a request may change something.
func Changes(r *http.Request) bool {
	return r.Method != http.MethodGet && r.Method != http.MethodHead
}

// Admit checks a request that changes something. It must come from a page of this server, as sameOrigin says,
// and have a body of the kind, which another site's form cannot send. An empty kind allows any.
func Admit(r *http.Request, sameOrigin func(*http.Request) error, kind string) error {
	if !Changes(r) {
		return nil
	}
	if err := sameOrigin(r); err != nil {
		return ErrForeign
	}
	if kind == "" {
		return nil
	}
	if sent, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || sent != kind {
		return fmt.Errorf("%w: a body of type %s", ErrKind, kind)
	}
	return nil
}

// Door is a way in for people with a session of type S.
type Door[S any] struct {
	Log *slog.Logger
	// SameOrigin returns an error if a request does not come from a page of this server.
	SameOrigin func(*http.Request) error
	// SignedIn returns the session of the request's browser.
	SignedIn func(*http.Request) (session S, found bool, err error)
}

// bodyMost bounds the JSON that a page sends.
const bodyMost = 64 << 10

// JSON makes a handler for a signed-in person's request.
func (d Door[S]) JSON(serve func(*http.Request, S) (any, error)) http.Handler {
	return d.handler("application/json", func(w http.ResponseWriter, r *http.Request, sess S) (any, error) {
		if Changes(r) {
			body, err := ReadJSON(http.MaxBytesReader(w, r.Body, bodyMost))
			if err != nil {
				return nil, err
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		return serve(r, sess)
	})
}

// Form is JSON for a request with a file, which is read as it arrives.
func (d Door[S]) Form(serve func(*http.Request, S, *wire.Form) (any, error)) http.Handler {
	return d.handler("multipart/form-data", func(w http.ResponseWriter, r *http.Request, sess S) (answer any, err error) {
		err = wire.ReadForm(w, r, func(form *wire.Form) (err error) {
			answer, err = serve(r, sess, form)
			return err
		})
		return answer, err
	})
}

// File makes a handler that serves a signed-in person a file, as a whole or the range that the request asks for.
// The file is nil if there is none. Nothing in it runs in the page.
func (d Door[S]) File(find func(*http.Request, S) (*wire.File, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sess, found, err := d.SignedIn(r)
		var f *wire.File
		if found && err == nil {
			f, err = find(r, sess)
		}
		ServeFile(w, r, d.Log, f, err)
	})
}

// ServeFile serves a file, or says why not: it is nil if there is none.
func ServeFile(w http.ResponseWriter, r *http.Request, log *slog.Logger, f *wire.File, err error) {
	if f == nil && (err == nil || errors.As(err, new(wire.Error))) {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cache-Control", "private, max-age=86400")
	if err == nil {
		err = f.Serve(w, r)
	}
	if err == nil {
		return
	}
	h.Set("Cache-Control", "no-store")
	if errors.Is(err, wire.ErrRange) {
		h.Set("Content-Range", "bytes */"+strconv.FormatInt(f.Size, 10))
		http.Error(w, "no such part", http.StatusRequestedRangeNotSatisfiable)
		return
	}
	if r.Context().Err() == nil {
		log.Error("file", "path", r.URL.Path, "err", err)
	}
	http.Error(w, "the file cannot be read", http.StatusInternalServerError)
}

func (d Door[S]) handler(kind string, serve func(http.ResponseWriter, *http.Request, S) (any, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		Answer(w, r, d.Log, nil, func() (any, error) {
			if !Readable(r) {
				return nil, ErrNotFound
			}
			if err := Admit(r, d.SameOrigin, kind); err != nil {
				return nil, err
			}
			sess, err := d.Session(r)
			if err != nil {
				return nil, err
			}
			return serve(w, r, sess)
		})
	})
}

// Session returns the session of the request's browser, or ErrSignedOut.
func (d Door[S]) Session(r *http.Request) (S, error) {
	sess, found, err := d.SignedIn(r)
	if err == nil && !found {
		err = ErrSignedOut
	}
	return sess, err
}

// Refuse answers an error. The handler must have written nothing yet.
func (d Door[S]) Refuse(w http.ResponseWriter, r *http.Request, err error) {
	Answer(w, r, d.Log, nil, func() (any, error) { return nil, err })
}

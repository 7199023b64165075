package wire

import (
	"errors"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"qiwei/internal/store"
)

// MaybeFile is a response that is JSON for some requests and a file for others.
type MaybeFile interface {
	// AsFile returns the file; nil where the answer is JSON.
	AsFile() *File
}

// fileOf returns the file that a response is; nil for JSON.
func fileOf(resp any) *File {
	switch r := resp.(type) {
	case *File:
		return r
	case MaybeFile:
		return r.AsFile()
	}
	return nil
}

// sendFile answers with a file. On an error nothing has been sent.
func (s *Server) sendFile(w http.ResponseWriter, r *http.Request, x *exchange, f *File) error {
	h := w.Header()
	h["Error-Code"], h["Error-Msg"] = zeroCode, okMsg
	h["Cache-Control"] = noCache
	if err := f.Serve(w, r); err != nil {
		return err
	}
	s.observe(r, x, 0, nil, "")
	return nil
}

const warning = "Warning: wrong json format. "

func (s *Server) answer(w http.ResponseWriter, r *http.Request, x *exchange, resp any) {
	if x.ep.Unlimited && s.Limits {
		s.uncount(x)
	}
	msg := x.ep.OK
	if msg == "" {
		msg = "ok"
	}
	if m, ok := resp.(interface{ ErrMsg() string }); ok {
		msg = m.ErrMsg()
	}
	if !x.clean {
		msg += ". " + warning
	}
	if x.debug {
		msg += x.tail(0)
	}
	buf := buffers.Get().(*[]byte)
	out := (*buf)[:0]
	v := reflect.ValueOf(resp)
	if x.ep.Tail {
		if out = appendMembers(append(out, '{'), v, x.shown, true); len(out) > 1 {
			out = append(out, ',')
		}
		out = append(out, `"errcode":0,"errmsg":`...)
		out = append(AppendString(out, msg), '}')
	} else {
		out = append(out, `{"errcode":0,"errmsg":`...)
		out = AppendString(out, msg)
		out = append(appendMembers(out, v, x.shown, false), '}')
	}
	s.send(w, r, x, 0, msg, out)
	if cap(out) <= keptBuffer {
		*buf = out
		buffers.Put(buf)
	}
}

// keptBuffer is the largest buffer that is reused: an answer with tens of thousands of members must not keep
// megabytes.
const keptBuffer = 64 << 10

var buffers = sync.Pool{New: func() any { b := make([]byte, 0, 4096); return &b }}

// refuse answers an error. Any error but a wire.Error goes only to the log, under the id that the caller sees
// as the hint.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, x *exchange, err error) {
	var refused Error
	switch {
	case errors.As(err, &refused):
	case errors.Is(err, store.ErrUnique), errors.Is(err, store.ErrConflict):
		refused = ErrVersion
		s.Log.Warn("collision", "id", x.id(), "path", x.ep.Path, "err", err)
	case r.Context().Err() != nil: // the client has gone; nobody reads the answer
		refused = ErrBusy
	default:
		refused = ErrBusy
		s.Log.Error("call failed", "id", x.id(), "path", x.ep.Path, "corpid", x.by.CorpID, "app", x.by.App, "err", err)
	}
	refused = s.words(r.Context(), x, refused)
	msg := short(refused.message())
	if !x.clean {
		msg = warning + msg
	}
	// A bad token is answered without the tail, even with debug=1, except by the lists of the platform's
	// addresses (seen 2026-09, decision 64).
	if !refused.Bare && (refused.Code != AccessToken.Invalid.Code || x.ep.TokenHint) {
		msg += x.tail(refused.Code)
	}
	code := append(strconv.AppendInt([]byte(`"errcode":`), int64(refused.Code), 10), `,"errmsg":`...)
	code = AppendString(code, msg)
	var more refusal
	lists := emptyLists(nil, x.ep.Handle.Response)
	if errors.As(err, &more) {
		if members, err := s.members(r.Context(), x, more); err == nil {
			lists = members
		}
	}
	out := []byte{'{'}
	if x.ep.Tail && len(lists) > 0 {
		out = append(append(append(out, lists[1:]...), ','), code...)
	} else {
		out = append(append(out, code...), lists...)
	}
	s.send(w, r, x, refused.Code, msg, append(out, '}'))
}

func (s *Server) send(w http.ResponseWriter, r *http.Request, x *exchange, code int, msg string, body []byte) {
	h := w.Header()
	h["Content-Type"], h["Cache-Control"] = contentType, noStore // tokens are answered by GET
	if code == 0 && msg == "ok" {
		h["Error-Code"], h["Error-Msg"] = zeroCode, okMsg
	} else {
		h["Error-Code"], h["Error-Msg"] = []string{strconv.Itoa(code)}, []string{headerText(msg)}
	}
	if len(body) > countedByServer || r.Method == http.MethodHead {
		h["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	w.Write(body)
	s.observe(r, x, code, body, "")
}

// countedByServer is how many bytes net/http buffers at least before it sends a header, so that it can set
// Content-Length itself, without the memory that our own header line would take.
const countedByServer = 2000

// Header lines that most answers share. net/http does not change them.
var (
	contentType = []string{"application/json; charset=UTF-8"}
	zeroCode    = []string{"0"}
	okMsg       = []string{"ok"}
	noCache     = []string{"no-cache, must-revalidate"}
	noStore     = []string{"no-store"}
)

// maxMessage is how many bytes of a message are answered. It stands in a header line as well, where a refused
// value of 70 kB is more than many clients and reverse proxies take: they would see no answer at all.
const maxMessage = 2000

func short(msg string) string {
	if len(msg) <= maxMessage {
		return msg
	}
	at := maxMessage
	for at > 0 && !utf8.RuneStart(msg[at]) {
		at--
	}
	return msg[:at] + "…"
}

// headerText makes a message fit for a header line: a caller's value may hold line breaks.
func headerText(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return r < 0x20 || r == 0x7f }) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}

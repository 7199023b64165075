package console

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// A request that changes something must come from a page of this server (Sec-Fetch-Site, or Origin), carry
// the console's cookie, which browsers do not send for other sites (SameSite=Strict), and bring a body of a
// kind that a form cannot.

const (
	maxBody  = 1 << 20
	maxSheet = 64 << 20
)

// visit is a call being answered.
type visit struct {
	s *Service
	w http.ResponseWriter
	r *http.Request
	session
	by access.Caller
}

func (v *visit) ctx() context.Context { return v.r.Context() }

// chinese reports whether the page speaks Chinese to the admin.
func (v *visit) chinese() bool { return chinese(v.r) }

func chinese(r *http.Request) bool {
	return strings.HasPrefix(strings.ToLower(r.Header.Get("Accept-Language")), "zh")
}

func (s *Service) door(c call) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		door.Answer(w, r, s.deps.Log, s.refusal, func() (any, error) { return s.answer(w, r, c) })
	})
}

func (s *Service) answer(w http.ResponseWriter, r *http.Request, c call) (any, error) {
	v := &visit{s: s, w: w, r: r}
	if !door.Readable(r) {
		return nil, errGone
	}
	kind := ""
	if r.ContentLength != 0 && !c.large {
		kind = "application/json"
	}
	if err := door.Admit(r, s.deps.Login.SameOrigin, kind); err != nil {
		return nil, err
	}
	if door.Changes(r) {
		most := int64(maxBody)
		if c.large {
			most = maxSheet
		}
		r.Body = http.MaxBytesReader(w, r.Body, most)
	}
	if c.open {
		return c.handle(v)
	}
	sess, err := s.session(r)
	if err != nil {
		return nil, err
	}
	if !may[sess.admin.Role][c.right] {
		return nil, errRight
	}
	v.session, v.by = sess, sess.admin.Caller(sess.corpID)
	v.by.From = s.deps.ClientIP(r)
	return c.handle(v)
}

// read decodes the body into req.
func (v *visit) read(req any) error {
	body, err := door.ReadJSON(v.r.Body)
	if errors.As(err, new(*http.MaxBytesError)) {
		return err
	}
	if err != nil {
		return badRequest{err}
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(req); err != nil && !errors.Is(err, io.EOF) {
		return badRequest{err}
	}
	return nil
}

func (v *visit) look(fn func(*store.Tx) error) error { return v.s.deps.Store.Read(v.ctx(), fn) }

// change runs fn in a write transaction. If fn returns what the admin did, change notes it in the audit log.
func (v *visit) change(fn func(tx *store.Tx) (done, error)) error {
	return v.s.deps.Store.Write(v.ctx(), func(tx *store.Tx) error {
		d, err := fn(tx)
		if err != nil || d.action == "" {
			return err
		}
		return v.note(tx, d)
	})
}

// done is what an admin did: an action, its object, and details for people. It holds no secrets.
type done struct {
	action, target string
	detail         map[string]any
}

func (v *visit) note(tx *store.Tx, d done) error {
	if d.detail == nil {
		d.detail = map[string]any{}
	}
	return insertAudit(tx, v.corpID, entry{UserID: string(v.member.UserID), Address: v.by.From.String(), Action: d.action, Target: d.target, Detail: d.detail})
}

// number reads a number from the path or the query; 0 if it is missing.
func (v *visit) number(name string) (int64, error) {
	text := v.r.PathValue(name)
	if text == "" {
		text = v.r.URL.Query().Get(name)
	}
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, badRequest{errors.New(name + ": a number expected")}
	}
	return n, nil
}

// page reads the offset and the number of rows from the query.
func (v *visit) page(usual, most int64) (offset, limit int, err error) {
	from, err := v.number("offset")
	if err != nil {
		return 0, 0, err
	}
	n, err := v.number("limit")
	if err != nil {
		return 0, 0, err
	}
	if n <= 0 {
		n = usual
	}
	return int(max(from, 0)), int(min(n, most)), nil
}

func (v *visit) query(name string) string { return strings.TrimSpace(v.r.URL.Query().Get(name)) }

func (v *visit) userid() id.UserID { return id.UserID(v.r.PathValue("userid")) }

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

type nothing struct{}

package mcp

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// JSON-RPC 2.0 over streamable HTTP, without sessions and without a stream from the server: each request is answered by
// itself, so that any of several servers can answer it.

// versions are those of the protocol that we speak, the newest first.
var versions = []string{"2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"}

// Codes of JSON-RPC, and one at which WeCom's client fetches its configuration again.
const (
	parseError     = -32700
	invalidRequest = -32600
	noMethod       = -32601
	invalidParams  = -32602
	internalError  = -32603
	authFailed     = -32003
)

const (
	// maxBody has room for a picture of 10 MB in base64; strangers are read less of.
	maxBody     = 16 << 20
	strangers   = 16 << 10
	maxBatch    = 20
	maxAnswers  = 8 << 20 // bytes of answers after which the rest of a batch is refused
	perMinute   = 600     // requests of a robot where limits are on; unverified
	userHeader  = "X-Openclaw-Wecom-Userid"
	bearerBegin = "Bearer "
)

type (
	request struct {
		Version string          `json:"jsonrpc"`
		ID      json.RawMessage `json:"id,omitempty"`
		Method  string          `json:"method"`
		Params  json.RawMessage `json:"params,omitempty"`
	}
	rpcError struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
		Data    any    `json:"data,omitempty"`
	}
	response struct {
		Version string          `json:"jsonrpc"`
		ID      json.RawMessage `json:"id"`
		Result  any             `json:"result,omitempty"`
		Error   *rpcError       `json:"error,omitempty"`
	}
)

// size is how many bytes of text a tool has answered.
func (r *response) size() (n int) {
	if t, ok := r.Result.(toolResult); ok {
		for _, c := range t.Content {
			n += len(c.Text)
		}
	}
	return n
}

// toolResult is what tools/call answers.
type (
	toolResult struct {
		Content []textContent `json:"content"`
		IsError bool          `json:"isError,omitempty"`
	}
	textContent struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
)

// Routes returns the addresses of the categories, and what members' pages ask for.
func (s *Service) Routes() []door.Route {
	return append([]door.Route{
		{Pattern: "/mcp/bot/{category}", Handler: http.HandlerFunc(s.serve)},
		{Pattern: "/mcp/{robot}", Handler: http.HandlerFunc(s.serve)},
		s.gatewayRoute(),
	}, s.phoneRoutes()...)
}

// serve answers what a client posts to the address of a category.
func (s *Service) serve(w http.ResponseWriter, r *http.Request) {
	category, ok := r.PathValue("category"), true
	if category == "" {
		category, ok = strings.CutPrefix(r.PathValue("robot"), "robot-")
	}
	if !ok || !slices.Contains(Categories, category) {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodPost { // there is no stream to GET, and no session to DELETE
		w.Header().Set("Allow", "POST")
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	// The protocol has servers refuse pages of other sites, which could reach a server on the same machine.
	if origin := r.Header.Get("Origin"); origin != "" && origin != s.deps.BaseURL() {
		http.Error(w, "pages of other sites may not use this address", http.StatusForbidden)
		return
	}
	c := credentialOf(r, category)
	most := int64(maxBody)
	if err := s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
		_, err := s.robot(tx, c)
		return err
	}); err != nil {
		most = strangers
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	if err != nil {
		http.Error(w, "the body breaks off or is too large", http.StatusRequestEntityTooLarge)
		return
	}
	x := &exchange{s: s, w: w, r: r, c: c}
	x.answerAll(body)
	for _, spoil := range slices.Backward(x.after) {
		spoil()
	}
}

func credentialOf(r *http.Request, category string) credential {
	q := r.URL.Query()
	c := credential{category: category, key: cmp.Or(q.Get("uaKey"), q.Get("apikey"), q.Get("key")), user: id.UserID(strings.TrimSpace(r.Header.Get(userHeader)))}
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), bearerBegin); ok && c.key == "" {
		c.token = token
	}
	return c
}

// exchange is a request over HTTP being answered.
type exchange struct {
	s       *Service
	w       http.ResponseWriter
	r       *http.Request
	c       credential
	written bool     // a fault has answered
	after   []func() // by which faults spoil the answer
}

func (x *exchange) answerAll(body []byte) {
	var list []json.RawMessage
	batch := bytes.HasPrefix(bytes.TrimSpace(body), []byte("["))
	if !batch {
		list = []json.RawMessage{body}
	} else if err := json.Unmarshal(body, &list); err != nil || len(list) == 0 || len(list) > maxBatch {
		x.send(failed(nil, invalidRequest, fmt.Sprintf("a batch of 1 to %d requests expected", maxBatch), nil))
		return
	}
	var out []*response
	size := 0
	for _, one := range list {
		if size > maxAnswers {
			var req request
			if json.Unmarshal(one, &req) == nil && req.ID != nil {
				out = append(out, failed(req.ID, internalError, "the answers to this batch are too large: ask again by itself", nil))
			}
			continue
		}
		if a := x.answer(one); a != nil {
			out, size = append(out, a), size+a.size()
		}
		if x.written {
			return
		}
	}
	switch {
	case len(out) == 0:
		x.w.WriteHeader(http.StatusAccepted)
	case batch:
		x.send(out)
	default:
		x.send(out[0])
	}
}

// send writes an answer as JSON, or as an event where the client takes nothing else.
func (x *exchange) send(answer any) {
	text, err := json.Marshal(answer)
	if err != nil {
		x.s.deps.Log.Error("answer a robot's tool", "err", err)
		http.Error(x.w, "the server could not answer", http.StatusInternalServerError)
		return
	}
	h, accept := x.w.Header(), x.r.Header.Get("Accept")
	h.Set("Cache-Control", "no-store")
	if strings.Contains(accept, "text/event-stream") && !strings.Contains(accept, "application/json") && !strings.Contains(accept, "*/*") {
		h.Set("Content-Type", "text/event-stream")
		fmt.Fprintf(x.w, "event: message\ndata: %s\n\n", text)
		return
	}
	h.Set("Content-Type", "application/json")
	x.w.Write(text)
}

func failed(rpcID json.RawMessage, code int, message string, data any) *response {
	if rpcID == nil {
		rpcID = json.RawMessage("null")
	}
	return &response{Version: "2.0", ID: rpcID, Error: &rpcError{code, message, data}}
}

// answer answers one message; a notification has no answer. The call's log sees each.
func (x *exchange) answer(raw []byte) (out *response) {
	var req request
	if err := json.Unmarshal(raw, &req); err != nil {
		return failed(nil, parseError, "JSON expected", nil)
	}
	if req.Version != "2.0" || req.Method == "" {
		return failed(req.ID, invalidRequest, `{"jsonrpc":"2.0","id":…,"method":…} expected`, nil)
	}
	if req.ID == nil || string(req.ID) == "null" || strings.HasPrefix(req.Method, "notifications/") {
		return nil
	}
	u := &use{x: x, req: req, raw: raw, hint: id.Hint(x.s.deps.Clock.Now()), began: time.Now(), by: access.Anyone(x.s.deps.ClientIP(x.r))}
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler {
				panic(p)
			}
			x.s.deps.Log.Error("panic", "id", u.hint, "path", u.path(), "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			out, u.code = failed(req.ID, internalError, "system busy, hint: ["+u.hint+"]", nil), wire.ErrBusy.Code
		}
	}()
	out = u.carryOut()
	u.observe(out)
	return out
}

// use is one message of the client being answered.
type use struct {
	x     *exchange
	req   request
	raw   []byte
	hint  string
	began time.Time
	by    access.Caller
	tool  *tool
	args  []byte
	code  int
	fault string
}

// path names what is asked for, for faults and the log: /mcp/bot/doc/create_doc, or a method of the protocol.
func (u *use) path() string {
	what := "other"
	switch {
	case u.tool != nil:
		what = u.tool.name
	case slices.Contains([]string{"initialize", "ping", "tools/list", "tools/call"}, u.req.Method):
		what = u.req.Method
	}
	return "/mcp/bot/" + u.x.c.category + "/" + what
}

func (u *use) observe(out *response) {
	if u.x.s.deps.Observe == nil {
		return
	}
	var text []byte
	if out != nil {
		text, _ = json.Marshal(out) // send writes the same, and says what is wrong with it
	}
	u.x.s.deps.Observe(wire.Call{
		ID: func() string { return u.hint }, Method: u.x.r.Method, Path: u.path(), By: u.by, ErrCode: u.code, Took: time.Since(u.began),
		HTTP: u.x.r, Request: u.raw, Response: text, Fault: u.fault,
	})
}

// carryOut does what a message asks for.
func (u *use) carryOut() *response {
	s, c := u.x.s, u.x.c
	name := ""
	if u.req.Method == "tools/call" {
		var p struct {
			Name      string          `json:"name"`
			Arguments json.RawMessage `json:"arguments"`
		}
		if err := json.Unmarshal(u.req.Params, &p); err != nil || p.Name == "" {
			return failed(u.req.ID, invalidParams, "params: a name and arguments expected", nil)
		}
		name, u.args = p.Name, p.Arguments
		if len(u.args) == 0 || string(u.args) == "null" {
			u.args = []byte("{}")
		}
		for i := range s.tools[c.category] {
			if t := &s.tools[c.category][i]; t.name == name {
				u.tool = t
			}
		}
	}
	if out, done := u.intervened(); done {
		return out
	}
	switch u.req.Method {
	case "initialize":
		return u.checked(u.initialize)
	case "ping":
		return u.checked(func() any { return struct{}{} })
	case "tools/list":
		return u.checked(u.listTools)
	case "tools/call":
		return u.call(name)
	}
	return failed(u.req.ID, noMethod, "there is no method "+u.req.Method, nil)
}

// intervened asks whether the request is to fail on purpose. A negative errcode of a fault is one of JSON-RPC.
func (u *use) intervened() (out *response, done bool) {
	x := u.x
	if x.s.deps.Intervene == nil {
		return nil, false
	}
	in := x.s.deps.Intervene(x.w, x.r, u.path())
	if in.Answer != nil {
		x.w, u.fault = in.Answer, in.Fault
		x.after = append(x.after, in.After)
	}
	var refused wire.Error
	switch err := in.Err; {
	case in.Instead != "":
		u.fault, x.written = in.Instead, true
		if in.Instead == wire.Dropped {
			u.observe(nil)
			panic(http.ErrAbortHandler)
		}
		return nil, true
	case errors.As(err, &refused) && refused.Code <= -32000:
		u.code = refused.Code
		return failed(u.req.ID, refused.Code, refused.Text, nil), true
	case err != nil:
		return u.refuse(err), true
	}
	return nil, false
}

// refuse answers a refusal: of a tool as its result, of anything else as an error of JSON-RPC.
func (u *use) refuse(err error) *response {
	if !errors.As(err, new(wire.Error)) && u.x.r.Context().Err() == nil {
		u.x.s.deps.Log.Error("robot's tool", "id", u.hint, "path", u.path(), "err", err)
	}
	text, code := refusalText(err, u.hint)
	u.code = code
	if u.req.Method != "tools/call" {
		return failed(u.req.ID, authFailed, string(text), json.RawMessage(text))
	}
	return u.result(toolResult{[]textContent{{"text", string(text)}}, true})
}

func (u *use) result(v any) *response { return &response{Version: "2.0", ID: u.req.ID, Result: v} }

// checked answers what any program of the robot may ask, whatever members have allowed.
func (u *use) checked(answer func() any) *response {
	s := u.x.s
	err := s.deps.Store.Read(u.x.r.Context(), func(tx *store.Tx) error {
		b, err := s.robot(tx, u.x.c)
		u.by = access.RobotOf(access.Robot, b.CorpID, b.No)
		u.by.From = s.deps.ClientIP(u.x.r)
		return err
	})
	if err != nil {
		return u.refuse(err)
	}
	return u.result(answer())
}

func (u *use) initialize() any {
	var p struct {
		Version string `json:"protocolVersion"`
	}
	version := versions[0]
	if json.Unmarshal(u.req.Params, &p) == nil && slices.Contains(versions, p.Version) {
		version = p.Version
	}
	return map[string]any{
		"protocolVersion": version,
		"capabilities":    map[string]any{"tools": map[string]any{"listChanged": false}},
		"serverInfo":      map[string]any{"name": "wecom-" + u.x.c.category, "title": "qiwei " + u.x.c.category, "version": cmp.Or(u.x.s.deps.Version, "dev")},
	}
}

func (u *use) listTools() any {
	out := []map[string]any{}
	for _, t := range u.x.s.tools[u.x.c.category] {
		out = append(out, map[string]any{"name": t.name, "description": t.about, "inputSchema": t.schema, "annotations": map[string]any{"readOnlyHint": t.readOnly}})
	}
	return map[string]any{"tools": out}
}

// call uses a tool and keeps that it was used.
func (u *use) call(name string) *response {
	s, c, ctx := u.x.s, u.x.c, u.x.r.Context()
	if u.tool == nil {
		return failed(u.req.ID, invalidParams, fmt.Sprintf("there is no tool %q in category %s", name, c.category), nil)
	}
	resp, a, err := u.tool.run(ctx, s.deps.Store, func(tx *store.Tx) (actor, error) {
		a, err := s.actor(tx, c)
		u.by = access.RobotOf(access.Robot, a.Bot.CorpID, a.Bot.No)
		u.by.From, u.by.UserID = s.deps.ClientIP(u.x.r), a.Member.UserID
		if err == nil && s.deps.Limits && !s.limits.TakeIn(tx, a.Bot.BotID, "mcp", 1, perMinute, time.Minute) {
			err = wire.ErrFrequency
		}
		return a, err
	}, u.args)
	out := u.refused(err)
	if err == nil {
		out = u.result(toolResult{Content: []textContent{{"text", string(answerText(resp))}}})
	}
	if a.Bot.No != 0 {
		if err := s.note(context.WithoutCancel(ctx), a, c.category, name, u.code); err != nil {
			s.deps.Log.Error("note the use of a tool", "id", u.hint, "err", err)
		}
	}
	return out
}

func (u *use) refused(err error) *response {
	if err == nil {
		return nil
	}
	return u.refuse(err)
}

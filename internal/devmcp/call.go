package devmcp

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"qiwei/internal/app"
	"qiwei/internal/console"
	"qiwei/internal/store"
	"qiwei/internal/wire"
	"qiwei/internal/wire/errcode"
	"qiwei/internal/wire/known"
)

func (s *Service) callTools() []tool {
	return []tool{
		newTool("calls", reads, "The calls of WeCom's API that the code under test has made, newest first, with what was sent and answered; of a refusal what it means and what to do. Secrets are masked.", s.calls),
		newTool("call_api", writes, "Makes a call of WeCom's API in an application's name; the server fills in its access_token.", s.callAPI),
		newTool("find_calls", reads, "Finds calls of WeCom's API by words of their path or name, in English or Chinese: what each is, whether it is built here, and WeCom's page about it.", s.findCalls),
		newTool("describe_call", reads, "A call in full: its parameters as an OpenAPI operation with schemas, and which kinds of application may call it.", s.describeCall),
		newTool("explain", reads, "What an error code of WeCom's API means and what to do; or the codes whose text or meaning holds some words.", s.explain),
	}
}

type explanation struct {
	Code    int    `json:"errcode"`
	Text    string `json:"errmsg"`
	Meaning string `json:"meaning,omitempty"`
	Advice  string `json:"advice,omitempty"`
}

// explained is what is known of a code; nil if nothing is.
func explained(code int) *explanation {
	e, ok := errcode.Lookup(code)
	if !ok {
		return nil
	}
	return &explanation{e.Code, e.Text, e.MeaningEN, e.AdviceEN}
}

type explainRequest struct {
	Code  *int   `json:"errcode" doc:"The code."`
	Words string `json:"words" doc:"Instead of the code: words of its message or meaning."`
}

func (s *Service) explain(_ context.Context, req explainRequest) (any, error) {
	list := []explanation{}
	switch {
	case req.Code != nil:
		if e := explained(*req.Code); e != nil {
			list = append(list, *e)
		}
	case strings.TrimSpace(req.Words) != "":
		for _, e := range errcode.All() {
			if holds(strings.Join([]string{e.Text, e.MeaningEN, e.MeaningZH}, "\n"), req.Words) && len(list) < 30 {
				list = append(list, *explained(e.Code))
			}
		}
	default:
		return nil, argument("errcode or words expected")
	}
	if len(list) == 0 {
		return nil, argument("nothing is known about that; see https://developer.work.weixin.qq.com/document/path/90313")
	}
	return map[string]any{"codes": list}, nil
}

// holds reports whether every word occurs in the text, in any case.
func holds(text, words string) bool {
	text = strings.ToLower(text)
	for _, w := range strings.Fields(strings.ToLower(words)) {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

type callsRequest struct {
	CorpID  string `json:"corpid" doc:"The enterprise; the first if left out."`
	AgentID int64  `json:"agentid" doc:"Those of this application alone."`
	Path    string `json:"path" doc:"Those whose path contains this."`
	Failed  bool   `json:"failed" doc:"Those alone that were refused or met a fault."`
	After   int64  `json:"after" doc:"Those with a higher number."`
	Limit   int    `json:"limit" doc:"How many at most; 10 if left out, 100 at most."`
}

func (s *Service) calls(ctx context.Context, req callsRequest) (any, error) {
	if !s.deps.Recorder.On() {
		return nil, argument("calls are not kept: start the server with --inspect 16")
	}
	var corpID string
	if err := s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		c, err := s.corp(tx, req.CorpID)
		corpID = c.CorpID
		return err
	}); err != nil {
		return nil, err
	}
	type shown struct {
		console.Recorded
		Why *explanation `json:"why,omitempty"`
	}
	out := []shown{}
	for _, k := range s.deps.Recorder.Recent(corpID, console.RecentFilter{AgentID: req.AgentID, Path: req.Path, Failed: req.Failed, After: req.After, Limit: limited(req.Limit, 10, 100)}) {
		one := shown{Recorded: k}
		if k.ErrCode != 0 {
			one.Why = explained(k.ErrCode)
		}
		out = append(out, one)
	}
	return map[string]any{"calls": out}, nil
}

type callRequest struct {
	CorpID  string            `json:"corpid" doc:"The enterprise; the first if left out."`
	AgentID int64             `json:"agentid" doc:"The application in whose name; without one no token is sent."`
	Path    string            `json:"path" doc:"The call's path, such as /cgi-bin/user/get." need:"1"`
	Query   map[string]string `json:"query" doc:"Parameters besides access_token."`
	Body    json.RawMessage   `json:"body" doc:"The request's JSON; a GET is made without it."`
}

func (s *Service) callAPI(ctx context.Context, req callRequest) (any, error) {
	if !strings.HasPrefix(req.Path, "/cgi-bin/") || strings.ContainsAny(req.Path, "?# ") {
		return nil, argument("path: one of WeCom's API expected, such as /cgi-bin/user/get")
	}
	query := url.Values{}
	for name, value := range req.Query {
		query.Set(name, value)
	}
	if req.AgentID != 0 {
		var a app.App
		if err := s.deps.Store.Read(ctx, func(tx *store.Tx) error {
			c, err := s.corp(tx, req.CorpID)
			if err == nil {
				a, err = s.deps.Apps.App(tx, c.CorpID, req.AgentID)
			}
			return err
		}); err != nil {
			return nil, err
		}
		token, err := s.deps.Tokens.Give(ctx, s.deps.Store, a)
		if err != nil {
			return nil, err
		}
		query.Set(wire.AccessToken.Param, token)
	}
	method := http.MethodGet
	if len(req.Body) > 0 {
		method = http.MethodPost
	}
	if ep := s.endpoint(req.Path); ep != nil && len(req.Body) == 0 {
		method = ep.Method
	}
	got, err := s.ask(ctx, method, req.Path+"?"+query.Encode(), req.Body)
	if err != nil {
		return nil, err
	}
	out := map[string]any{"status": got.status}
	if code, err := strconv.Atoi(got.header.Get("Error-Code")); err == nil && code != 0 {
		out["why"] = explained(code)
	}
	if got.json() {
		out["answer"] = json.RawMessage(got.body.Bytes())
	} else {
		out["content_type"], out["bytes"] = got.header.Get("Content-Type"), got.body.Len()
	}
	return out, nil
}

func (s *Service) endpoint(path string) *wire.Endpoint {
	all := s.deps.Endpoints()
	if i := slices.IndexFunc(all, func(ep wire.Endpoint) bool { return ep.Path == path }); i >= 0 {
		return &all[i]
	}
	return nil
}

type findRequest struct {
	Words string `json:"words" doc:"Words such as message send, department, 成员 or externalcontact." need:"1"`
}

func (s *Service) findCalls(_ context.Context, req findRequest) (any, error) {
	type shown struct {
		Method string `json:"method"`
		Path   string `json:"path"`
		Name   string `json:"name"`
		Built  bool   `json:"built"`
		Doc    string `json:"doc"`
	}
	out, total := []shown{}, 0
	for _, e := range known.All() {
		if !holds(e.Path+"\n"+e.NameEN+"\n"+e.NameZH, req.Words) {
			continue
		}
		if total++; total <= 40 {
			out = append(out, shown{e.Method, e.Path, e.NameEN + " (" + e.NameZH + ")", s.endpoint(e.Path) != nil, e.URL()})
		}
	}
	return map[string]any{"calls": out, "total": total}, nil
}

type describeRequest struct {
	Path string `json:"path" doc:"The call's path." need:"1"`
}

// describeCall answers the one operation out of the description of all, and the schemas that it names.
func (s *Service) describeCall(_ context.Context, req describeRequest) (any, error) {
	ep := s.endpoint(req.Path)
	if ep == nil {
		if k, ok := known.Lookup(req.Path); ok {
			return nil, argumentf("%s (%s) is not built in qiwei; WeCom's page: %s", k.Path, k.NameEN, k.URL())
		}
		return nil, argumentf("path: there is no call %q; find_calls looks for one", req.Path)
	}
	text, err := wire.OpenAPI(s.deps.Version, s.deps.BaseURL(), []wire.Endpoint{*ep})
	if err != nil {
		return nil, fmt.Errorf("describe %s: %w", req.Path, err)
	}
	return json.RawMessage(text), nil
}

// answered collects an answer of the server within this process.
type answered struct {
	status int
	header http.Header
	body   bytes.Buffer
}

func (w *answered) Header() http.Header { return w.header }
func (w *answered) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
}
func (w *answered) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

func (w *answered) json() bool {
	return strings.HasPrefix(w.header.Get("Content-Type"), "application/json") && json.Valid(w.body.Bytes())
}

// ask sends a request to this server as one of this machine's programs would.
func (s *Service) ask(ctx context.Context, method, target string, body []byte) (out *answered, err error) {
	defer func() { // a fault may try to close the connection, and there is none
		if recover() != nil {
			out, err = nil, argument("the connection was dropped, by a fault that is set")
		}
	}()
	req, err := http.NewRequestWithContext(ctx, method, s.deps.BaseURL()+target, bytes.NewReader(body))
	if err != nil {
		return nil, argumentf("path: %v", err)
	}
	req.RemoteAddr, req.RequestURI = "127.0.0.1:0", target
	req.Header.Set("User-Agent", "qiwei mcp")
	if len(body) > 0 {
		req.Header.Set("Content-Type", "application/json")
	}
	out = &answered{header: http.Header{}}
	s.deps.Serve.ServeHTTP(out, req)
	out.WriteHeader(http.StatusOK)
	return out, nil
}

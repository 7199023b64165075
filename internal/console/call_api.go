package console

import (
	"bytes"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"qiwei/internal/app"
	"qiwei/internal/door"
	"qiwei/internal/store"
	"qiwei/internal/wire"
	"qiwei/internal/wire/errcode"
)

func (s *Service) callCalls() []call {
	return []call{
		{pattern: "GET /console/api/calls", right: readCorp, handle: s.listCalls},
		{pattern: "GET /console/api/calls.csv", right: readCorp, handle: s.exportCalls},
		{pattern: "GET /console/api/calls/live", right: readCorp, handle: s.liveCalls},
		{pattern: "GET /console/api/calls/{no}", right: readCorp, handle: s.oneCall},
		{pattern: "POST /console/api/calls/{no}/replay", right: editCorp, handle: s.replayCall},
		{pattern: "DELETE /console/api/calls", right: editCorp, handle: s.clearCalls},
	}
}

// callLine is a call in the list, callDetail a call on its own page. Secrets are masked in both.
type callLine struct {
	No      int64     `json:"no"`
	At      time.Time `json:"at"`
	Method  string    `json:"method"`
	Path    string    `json:"path"`
	AgentID int64     `json:"agentid,omitempty"`
	Kind    string    `json:"kind,omitempty"`
	ErrCode int       `json:"errcode"`
	Text    string    `json:"text,omitempty"`    // of the code
	Missing bool      `json:"missing,omitempty"` // there is no such path: 404
	Took    float64   `json:"took_ms"`
	Origin  string    `json:"origin,omitempty"`
	Fault   string    `json:"fault,omitempty"`
}

type callDetail struct {
	callLine
	Query        string `json:"query"`
	From         string `json:"from"`
	Agent        string `json:"user_agent"`
	ContentType  string `json:"content_type"`
	Request      string `json:"request"`
	RequestSize  int64  `json:"request_size"`
	Response     string `json:"response"`
	ResponseSize int64  `json:"response_size"`
	Hint         string `json:"hint,omitempty"`
	Cut          bool   `json:"cut"` // not all of a body was kept
	Curl         string `json:"curl"`
	Replayable   bool   `json:"replayable"`
}

func lineOf(k *kept) callLine {
	return callLine{k.no, k.at, k.method, k.path, k.by.AgentID, string(k.by.Kind), k.code, codeText(k.code), k.missing, float64(k.took.Microseconds()) / 1000, k.origin, k.fault}
}

func codeText(code int) string {
	if code == 0 {
		return ""
	}
	return errcode.Text(code)
}

// timeOf reads a time from the query; the zero time if it is missing.
func (v *visit) timeOf(name string) (time.Time, error) {
	text := v.query(name)
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return t, badRequest{errors.New(name + ": a time expected, such as 2026-12-01T08:00:00Z")}
	}
	return t, nil
}

// callFilter reads the filter of the list from the query.
func (v *visit) callFilter() (func(*kept) bool, error) {
	agent, err := v.number("agentid")
	if err != nil {
		return nil, err
	}
	words := strings.Fields(strings.ToLower(v.query("q")))
	slower, err := v.number("slower") // in milliseconds
	if err != nil {
		return nil, err
	}
	from, err := v.timeOf("from")
	if err != nil {
		return nil, err
	}
	to, err := v.timeOf("to")
	if err != nil {
		return nil, err
	}
	outcome := v.query("errcode") // a code, "failed", "ok" or nothing
	code, wrong := strconv.Atoi(outcome)
	if wrong != nil && outcome != "" && outcome != "failed" && outcome != "ok" {
		return nil, badRequest{errors.New("errcode: a number, failed or ok expected")}
	}
	return func(k *kept) bool {
		switch {
		case agent != 0 && k.by.AgentID != agent,
			outcome == "failed" && k.code == 0 && k.fault == "" && !k.missing,
			outcome == "ok" && (k.code != 0 || k.fault != "" || k.missing),
			k.took < time.Duration(slower)*time.Millisecond,
			!from.IsZero() && k.at.Before(from), !to.IsZero() && !k.at.Before(to),
			outcome != "" && wrong == nil && k.code != code:
			return false
		}
		for _, w := range words {
			if !strings.Contains(k.path, w) && !shows(k.request, w) && !shows(k.response, w) && !strings.Contains(strings.ToLower(maskQuery(k.query)), w) {
				return false
			}
		}
		return true
	}, nil
}

// shows reports whether a word stands in what a reader is shown of a body. Searching
// the body itself would tell the secrets in it a character at a time.
func shows(body []byte, word string) bool {
	return bytes.Contains(bytes.ToLower(body), []byte(word)) && strings.Contains(strings.ToLower(maskBody(body)), word)
}

func (s *Service) recorder() (*Recorder, error) {
	if !s.deps.Recorder.On() {
		return nil, problem{http.StatusConflict, "inspector-off", "调用记录已关闭。启动时加上 --inspect 16 即可保留最近 16 MB 的调用。",
			"Calls are not kept. Start the server with --inspect 16 to keep the newest 16 MB of them.", ""}
	}
	return s.deps.Recorder, nil
}

func (s *Service) listCalls(v *visit) (any, error) {
	rec, err := s.recorder()
	if err != nil {
		return nil, err
	}
	fits, err := v.callFilter()
	if err != nil {
		return nil, err
	}
	before, err := v.number("before")
	if err != nil {
		return nil, err
	}
	_, limit, err := v.page(100, 500)
	if err != nil {
		return nil, err
	}
	lines := []callLine{}
	for _, k := range rec.before(v.corpID, before, limit, fits) {
		lines = append(lines, lineOf(k))
	}
	n, used, most := rec.fill()
	return map[string]any{"calls": lines, "kept": n, "bytes": used, "limit": most}, nil
}

// liveEvery is how often an empty line is sent, so that no proxy takes the connection for dead.
const liveEvery = 20 * time.Second

// lookEvery is how often a live stream checks that its admin may still read it.
const lookEvery = time.Second

// liveBatch is how many calls are sent at a time: a page that cannot follow skips some.
const liveBatch = 200

// liveCalls sends each call as it comes, as server-sent events. after is the number of the last call that the
// page has.
func (s *Service) liveCalls(v *visit) (any, error) {
	rec, err := s.recorder()
	if err != nil {
		return nil, err
	}
	fits, err := v.callFilter()
	if err != nil {
		return nil, err
	}
	last, err := v.number("after")
	if err != nil {
		return nil, err
	}
	out, err := door.Open(v.w, v.r)
	if err != nil {
		return nil, err
	}
	out.Remark("hello")
	var changed <-chan struct{}
	tell := func() error {
		var list []*kept
		list, changed = rec.after(v.corpID, last, liveBatch, fits)
		for _, k := range list {
			last = k.no
			out.Send("", itoa(k.no), lineOf(k))
		}
		return nil
	}
	tell()
	return nil, out.Run(door.Loop{
		Every: liveEvery, Beat: func() { out.Remark("still here") },
		LookEvery: lookEvery,
		Look: func() (more bool, err error) {
			// The session may have ended meanwhile, or the admin's role.
			if now, err := s.session(v.r); err != nil || !may[now.admin.Role][readCorp] {
				out.Send("signed-out", "", nothing{})
				return false, nil
			}
			return true, nil
		},
		News: func() <-chan struct{} { return changed }, Tell: tell,
		Ends: []door.End{{When: s.stopped.Done()}},
	})
}

func (s *Service) keptCall(v *visit) (*kept, error) {
	rec, err := s.recorder()
	if err != nil {
		return nil, err
	}
	no, err := v.number("no")
	if err != nil {
		return nil, err
	}
	k := rec.call(v.corpID, no)
	if k == nil {
		return nil, problem{http.StatusNotFound, "gone", "这次调用已不在记录中（记录容量有限，较早的会被替换）", "That call is no longer kept: there is room for the newest only.", ""}
	}
	return k, nil
}

func (s *Service) oneCall(v *visit) (any, error) {
	k, err := s.keptCall(v)
	if err != nil {
		return nil, err
	}
	d := callDetail{
		callLine: lineOf(k), Query: maskQuery(k.query), Agent: k.agent, ContentType: k.kind, Request: maskBody(k.request), RequestSize: k.requestSize,
		Response: maskBody(k.response), ResponseSize: k.responseSize, Hint: k.hint,
		Cut:  int64(len(k.request)) < k.requestSize || int64(len(k.response)) < k.responseSize,
		Curl: curl(s.deps.BaseURL(), k), Replayable: k.replayable(),
	}
	if k.by.From.IsValid() {
		d.From = k.by.From.String()
	}
	return d, nil
}

var maskedParameter = regexp.MustCompile(`[?&][A-Za-z_]+=` + masked)

// curl is the call as a command to paste. The token is a variable of the shell.
func curl(base string, k *kept) string {
	var out strings.Builder
	target := base + k.path
	if q := maskQuery(k.query); q != "" {
		target += "?" + q
	}
	// What was masked becomes a shell variable, outside the single quotes.
	quoted := "'" + strings.ReplaceAll(target, "'", `'\''`) + "'"
	quoted = maskedParameter.ReplaceAllStringFunc(quoted, func(pair string) string {
		name := strings.TrimSuffix(pair[1:], "="+masked)
		return pair[:1] + name + "='\"$" + strings.ToUpper(name) + "\"'"
	})
	quoted = strings.TrimSuffix(quoted, "''")
	if len(k.request) == 0 && k.method != http.MethodPost {
		return "curl " + quoted
	}
	out.WriteString("curl " + quoted)
	if k.method != http.MethodPost {
		out.WriteString(" -X '" + strings.ReplaceAll(k.method, "'", `'\''`) + "'") // which may be any word
	}
	if len(k.request) > 0 {
		out.WriteString(" \\\n  -H 'Content-Type: application/json' \\\n  -d '" + strings.ReplaceAll(maskBody(k.request), "'", `'\''`) + "'")
	} else if k.method == http.MethodPost {
		out.WriteString(" -X POST")
	}
	return out.String()
}

// replayable reports whether the whole request was kept.
func (k *kept) replayable() bool {
	return int64(len(k.request)) == k.requestSize && k.requestSize <= keptBody && !strings.HasPrefix(k.kind, "multipart/")
}

// replayCall makes the call once more, with a token that is valid now.
func (s *Service) replayCall(v *visit) (any, error) {
	k, err := s.keptCall(v)
	if err != nil {
		return nil, err
	}
	if !k.replayable() {
		return nil, problem{http.StatusConflict, "", "请求内容没有完整保留，无法重放", "Not all of the request was kept, so that it cannot be made again.", ""}
	}
	query, err := url.ParseQuery(k.query)
	if err != nil {
		query = url.Values{}
	}
	if query.Has(wire.AccessToken.Param) && k.by.AgentID != 0 {
		token, err := s.tokenOf(v, k.by.AgentID)
		if err != nil {
			return nil, err
		}
		query.Set(wire.AccessToken.Param, token)
	}
	answer, err := s.ask(v, k.method, k.path, query.Encode(), k.request, "replay")
	if err != nil {
		return nil, err
	}
	return answer, s.deps.Store.Write(v.ctx(), func(tx *store.Tx) error {
		return v.note(tx, done{"call.replay", k.path, map[string]any{"agentid": k.by.AgentID, "errcode": answer.ErrCode}})
	})
}

func (s *Service) tokenOf(v *visit, agentID int64) (string, error) {
	var a app.App
	if err := v.look(func(tx *store.Tx) (err error) {
		a, err = s.deps.Apps.App(tx, v.corpID, agentID)
		return err
	}); err != nil {
		return "", err
	}
	return s.deps.Tokens.Give(v.ctx(), s.deps.Store, a)
}

// apiAnswer is the API's answer to a call that the console made.
type apiAnswer struct {
	Status  int    `json:"status"`
	Type    string `json:"content_type"`
	ErrCode int    `json:"errcode"`
	Body    string `json:"body"`
	Size    int    `json:"size"`
	Took    int64  `json:"took_us"`
	Sent    string `json:"sent,omitempty"` // the body, where placeholders in it were filled in
}

// shownAnswer is how many bytes of an answer a page is shown.
const shownAnswer = 1 << 20

// ask makes a call of the API as it would come from the admin's machine, with a body of JSON.
func (s *Service) ask(v *visit, method, path, query string, body []byte, origin string) (apiAnswer, error) {
	kind := ""
	if len(body) > 0 {
		kind = "application/json"
	}
	start := s.deps.Clock.Now()
	answer, err := s.send(v, method, path+"?"+query, kind, body, origin)
	if err != nil {
		return apiAnswer{}, err
	}
	return s.shown(answer, start), nil
}

// shown is an answer as a page is shown it, with its secrets masked.
func (s *Service) shown(answer *answerWriter, start time.Time) apiAnswer {
	out := apiAnswer{Status: answer.status, Type: answer.header.Get("Content-Type"), Size: answer.body.Len(), Took: s.deps.Clock.Now().Sub(start).Microseconds()}
	out.ErrCode, _ = strconv.Atoi(answer.header.Get("Error-Code"))
	text := answer.body.Bytes()
	if strings.HasPrefix(out.Type, "application/json") {
		out.Body = maskBody(text[:min(len(text), shownAnswer)])
	}
	return out
}

// send makes a request of the API, and returns the answer as it came.
func (s *Service) send(v *visit, method, target, kind string, body []byte, origin string) (out *answerWriter, err error) {
	defer func() { // a fault may try to close the connection, and there is none
		if p := recover(); p != nil {
			out, err = nil, problem{http.StatusBadGateway, "dropped", "连接被断开（测试控制中设置的故障）", "The connection was dropped, by a fault that is set in the test controls.", ""}
		}
	}()
	req, err := http.NewRequestWithContext(withOrigin(v.ctx(), origin), method, target, bytes.NewReader(body))
	if err != nil {
		return nil, badRequest{err}
	}
	req.RemoteAddr, req.Host = v.r.RemoteAddr, v.r.Host
	req.Header.Set("User-Agent", v.r.UserAgent())
	for _, hop := range v.r.Header.Values("X-Forwarded-For") {
		req.Header.Add("X-Forwarded-For", hop)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	answer := &answerWriter{header: http.Header{}}
	s.deps.API().ServeHTTP(answer, req)
	if answer.status == 0 {
		answer.status = http.StatusOK
	}
	return answer, nil
}

// answerWriter collects an answer of the API within this process.
type answerWriter struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *answerWriter) Header() http.Header         { return w.header }
func (w *answerWriter) WriteHeader(status int)      { w.status = status }
func (w *answerWriter) Write(b []byte) (int, error) { return w.body.Write(b) }

func (s *Service) clearCalls(v *visit) (any, error) {
	rec, err := s.recorder()
	if err != nil {
		return nil, err
	}
	rec.clear(v.corpID)
	return nothing{}, nil
}

package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/sample"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) exploreCalls() []call {
	return []call{
		{pattern: "POST /console/api/explore", right: editCorp, handle: s.explore},
		{pattern: "GET /console/api/explore/sample", right: editCorp, handle: s.exploreSample},
		{pattern: "POST /console/api/explore/upload", right: editCorp, large: true, handle: s.exploreUpload},
		{pattern: "GET /console/api/permissions", right: readCorp, handle: s.permissions},
	}
}

// explore makes a call in an application's name. The token never comes to the page. With fill, placeholders of
// samples that are left in the query and the body are filled in; the answer then has what was sent.
func (s *Service) explore(v *visit) (any, error) {
	var req struct {
		AgentID int64             `json:"agentid"` // 0: without a token
		Method  string            `json:"method"`
		Path    string            `json:"path"`
		Query   map[string]string `json:"query"`
		Body    string            `json:"body"`
		Fill    bool              `json:"fill"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	ep := s.endpoint(req.Path)
	if ep == nil || (req.Method != http.MethodGet && req.Method != http.MethodPost) {
		return nil, errGone
	}
	made := sample.Sample{Path: req.Path, Query: req.Query, Body: strings.TrimSpace(req.Body)}
	if req.Fill {
		apps, err := s.callers(v)
		if err != nil {
			return nil, err
		}
		made.After = sample.Of(req.Path).After
		if made, err = s.filler(v, apps).Fill(v.ctx(), made); err != nil {
			return nil, unfilled(err)
		}
	}
	query := url.Values{}
	for name, value := range made.Query {
		if value != "" {
			query.Set(name, value)
		}
	}
	who, err := s.credential(v, *ep, req.AgentID, query)
	if err != nil {
		return nil, err
	}
	answer, err := s.ask(v, req.Method, req.Path, query.Encode(), []byte(made.Body), "explorer")
	if err != nil {
		return nil, err
	}
	if req.Fill && made.Body != strings.TrimSpace(req.Body) {
		answer.Sent = maskBody([]byte(made.Body))
	}
	return answer, s.noteExplored(v, req.Path, who, answer)
}

// unfilled refuses a request whose placeholders could not be filled in.
func unfilled(err error) error {
	return problem{http.StatusConflict, "unfilled", "无法填入示例所需的内容：" + err.Error(), "What the sample needs could not be filled in: " + err.Error(), ""}
}

func (s *Service) noteExplored(v *visit, path, who string, answer apiAnswer) error {
	return s.deps.Store.Write(v.ctx(), func(tx *store.Tx) error {
		return v.note(tx, done{"call.explore", path, map[string]any{"app": who, "errcode": answer.ErrCode}})
	})
}

// credential puts an application's token into the query, and returns the application's name. If a call takes
// another credential, or the query has a token, it stays as the admin filled it in.
func (s *Service) credential(v *visit, ep wire.Endpoint, agentID int64, query url.Values) (who string, err error) {
	if by := ep.By(); agentID == 0 || query.Has(wire.AccessToken.Param) || (by != nil && by != wire.AccessToken) {
		return "", nil
	}
	var a app.App
	if err := v.look(func(tx *store.Tx) (err error) {
		a, err = s.deps.Apps.App(tx, v.corpID, agentID)
		return err
	}); err != nil {
		return "", err
	}
	token, err := s.deps.Tokens.Give(v.ctx(), s.deps.Store, a)
	if err != nil {
		return "", err
	}
	query.Set(wire.AccessToken.Param, token)
	if ep.Path == "/cgi-bin/gettoken" { // the only call that takes the secret itself
		query.Del(wire.AccessToken.Param)
		query.Set("corpid", v.corpID)
		query.Set("corpsecret", a.Secret)
	}
	return a.Name, nil
}

// permissions is the table that the server enforces: which kind may call what, and how far.
func (s *Service) permissions(v *visit) (any, error) {
	type line struct {
		Method string            `json:"method"`
		Path   string            `json:"path"`
		Doc    int               `json:"doc"`
		Open   bool              `json:"open,omitempty"`
		By     string            `json:"by,omitempty"` // the parameter of its credential
		Allow  map[string]string `json:"allow"`
	}
	lines := []line{}
	for _, ep := range s.deps.Endpoints() {
		l := line{Method: ep.Method, Path: ep.Path, Doc: ep.Doc, Open: ep.Open, Allow: map[string]string{}}
		if c := ep.By(); c != nil {
			l.By = c.Param
		}
		for kind, level := range ep.Allow {
			l.Allow[string(kind)] = level.String()
		}
		lines = append(lines, l)
	}
	slices.SortFunc(lines, func(a, b line) int { return strings.Compare(a.Path, b.Path) })
	kinds := []string{}
	for _, k := range access.CallerKinds() {
		kinds = append(kinds, string(k))
	}
	return map[string]any{"kinds": kinds, "endpoints": lines}, nil
}

package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) exploreCalls() []call {
	return []call{
		{pattern: "POST /console/api/explore", right: editCorp, handle: s.explore},
		{pattern: "GET /console/api/permissions", right: readCorp, handle: s.permissions},
	}
}

// explore makes a call in an application's name. The token never comes to the page.
func (s *Service) explore(v *visit) (any, error) {
	var req struct {
		AgentID int64             `json:"agentid"` // 0: without a token
		Method  string            `json:"method"`
		Path    string            `json:"path"`
		Query   map[string]string `json:"query"`
		Body    string            `json:"body"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	at := slices.IndexFunc(s.deps.Endpoints(), func(ep wire.Endpoint) bool { return ep.Path == req.Path })
	if at < 0 || (req.Method != http.MethodGet && req.Method != http.MethodPost) {
		return nil, errGone
	}
	query := url.Values{}
	for name, value := range req.Query {
		if value != "" {
			query.Set(name, value)
		}
	}
	var who string
	// If a call takes another credential than an application's token, the query has it as the admin filled it
	// in.
	by := s.deps.Endpoints()[at].By()
	if req.AgentID != 0 && (by == nil || by == wire.AccessToken) {
		var a app.App
		if err := v.look(func(tx *store.Tx) (err error) {
			a, err = s.deps.Apps.App(tx, v.corpID, req.AgentID)
			return err
		}); err != nil {
			return nil, err
		}
		token, err := s.deps.Tokens.Give(v.ctx(), s.deps.Store, a)
		if err != nil {
			return nil, err
		}
		who = a.Name
		query.Set(wire.AccessToken.Param, token)
		if req.Path == "/cgi-bin/gettoken" { // the only call that takes the secret itself
			query.Del(wire.AccessToken.Param)
			query.Set("corpid", v.corpID)
			query.Set("corpsecret", a.Secret)
		}
	}
	answer, err := s.ask(v, req.Method, req.Path, query.Encode(), []byte(strings.TrimSpace(req.Body)), "explorer")
	if err != nil {
		return nil, err
	}
	return answer, s.deps.Store.Write(v.ctx(), func(tx *store.Tx) error {
		return v.note(tx, done{"call.explore", req.Path, map[string]any{"app": who, "errcode": answer.ErrCode}})
	})
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

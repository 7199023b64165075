package console

import (
	"runtime"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/store"
	"qiwei/internal/wire"
	"qiwei/internal/wire/errcode"
)

func (s *Service) homeCalls() []call {
	return []call{
		{pattern: "GET /console/api/home", right: look, handle: s.home},
		{pattern: "POST /console/api/secrets", right: secrets, handle: s.reveal},
		{pattern: "GET /console/api/errcodes/{code}", right: look, handle: s.explain},
	}
}

// local removes this server's own address from a link, so that the link works on the host under which the
// page was opened.
func (s *Service) local(link string) string { return strings.TrimPrefix(link, s.deps.BaseURL()) }

type homeApp struct {
	AgentID int64       `json:"agentid"`
	Name    string      `json:"name"`
	Kind    access.Kind `json:"kind"`
	Logo    string      `json:"logo"`
}

type home struct {
	BaseURL     string    `json:"base_url"`
	Version     string    `json:"version"`
	Database    string    `json:"database"`
	Dev         bool      `json:"dev"`
	Now         time.Time `json:"now"` // of the server's clock
	Endpoints   int       `json:"endpoints"`
	Members     int64     `json:"members"`
	Departments int64     `json:"departments"`
	MemoryMB    int64     `json:"memory_mb"`
	Apps        []homeApp `json:"apps"`
	Sample      string    `json:"sample"` // userid for the quick start
	Backlog     struct {
		Waiting int64     `json:"waiting"`
		Oldest  time.Time `json:"oldest,omitzero"`
	} `json:"backlog"`
}

func (s *Service) home(v *visit) (any, error) {
	out := home{
		BaseURL: s.deps.BaseURL(), Version: s.deps.Version, Database: s.deps.Store.Database(), Dev: s.deps.Dev, Now: s.deps.Store.Now(),
		Endpoints: len(s.deps.Endpoints()), Apps: []homeApp{},
	}
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	out.MemoryMB = int64(mem.Sys-mem.HeapReleased) >> 20
	err := v.look(func(tx *store.Tx) (err error) {
		if out.Members, out.Departments, err = s.deps.Directory.Size(tx, v.corpID); err != nil {
			return err
		}
		apps, err := s.deps.Apps.Apps(tx, v.corpID)
		if err != nil {
			return err
		}
		if may[v.admin.Role][readCorp] {
			for _, a := range apps {
				out.Apps = append(out.Apps, homeApp{a.AgentID, a.Name, a.Kind, s.local(s.deps.Apps.LogoURL(a))})
			}
		}
		some, _, err := s.deps.Directory.ListMembers(v.ctx(), tx, v.by, directory.MemberFilter{Status: 1, Limit: 1})
		if len(some) > 0 {
			out.Sample = string(some[0].UserID)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	backlog, err := s.deps.Callbacks.Backlog(v.ctx())
	out.Backlog.Waiting, out.Backlog.Oldest = backlog.Waiting, backlog.Oldest
	return out, err
}

// reveal shows the secrets of an application. The request's URL has no secrets in it. It is noted in the
// audit log.
func (s *Service) reveal(v *visit) (any, error) {
	var req struct {
		AgentID int64 `json:"agentid"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	var a app.App
	err := v.change(func(tx *store.Tx) (done, error) {
		var err error
		if a, err = s.deps.Apps.App(tx, v.corpID, req.AgentID); err == nil && a.Kind.Installed() {
			err = wire.ErrForbidden.With("the secret of an application of a provider is the provider's permanent code")
		}
		return done{"secret.reveal", a.Name, map[string]any{"agentid": req.AgentID}}, err
	})
	if err != nil {
		return nil, err
	}
	return map[string]string{"secret": a.Secret, "token": a.CallbackToken, "encoding_aes_key": a.CallbackAESKey}, nil
}

// explain returns what the table of codes says about a code.
func (s *Service) explain(v *visit) (any, error) {
	code, err := v.number("code")
	if err != nil {
		return nil, err
	}
	e, ok := errcode.Lookup(int(code))
	if !ok {
		return nil, errGone
	}
	if v.chinese() {
		return map[string]any{"code": e.Code, "text": e.Text, "meaning": e.MeaningZH, "advice": e.AdviceZH}, nil
	}
	return map[string]any{"code": e.Code, "text": e.Text, "meaning": e.MeaningEN, "advice": e.AdviceEN}, nil
}

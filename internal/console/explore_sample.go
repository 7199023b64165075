package console

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/sample"
	"qiwei/internal/store"
	"qiwei/internal/wire"
	"qiwei/internal/wire/known"
)

// exploreSample answers a request that a call may be tried with, and its documented fields. What only a call
// that changes something would tell, and what is secret, stays a placeholder until the request is sent.
func (s *Service) exploreSample(v *visit) (any, error) {
	path := v.query("path")
	ep := s.endpoint(path)
	if ep == nil {
		return nil, errGone
	}
	apps, err := s.callers(v)
	if err != nil {
		return nil, err
	}
	made := withCredential(*ep, sample.Of(path))
	f := s.filler(v, apps)
	f.May = func(path, field string) bool {
		if path == "" {
			return !isSecret(field)
		}
		by := s.endpoint(sample.Of(path).Path)
		return !isSecret(field) && by != nil && by.Handle.Reads()
	}
	filled, err := f.Fill(v.ctx(), made)
	if err != nil { // what the sample needs is not there: the placeholders say what it is
		filled = made
	}
	type parameter struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	query := []parameter{}
	for _, name := range made.Order {
		query = append(query, parameter{name, filled.Query[name]})
	}
	fields := known.RequestFields(path)
	if fields == nil {
		fields = []known.Field{}
	}
	return map[string]any{
		"agentid": pick(*ep, apps, made.As), "query": query, "body": filled.Body, "file": ep.Handle.TakesFile(), "sample_file": made.File, "fields": fields,
	}, nil
}

func (s *Service) endpoint(path string) *wire.Endpoint {
	all := s.deps.Endpoints()
	if i := slices.IndexFunc(all, func(ep wire.Endpoint) bool { return ep.Path == path }); i >= 0 {
		return &all[i]
	}
	return nil
}

// callers are the applications in whose name a call may be made.
func (s *Service) callers(v *visit) (list []app.App, err error) {
	return list, v.look(func(tx *store.Tx) error {
		list, err = s.deps.Apps.Apps(tx, v.corpID)
		return err
	})
}

// pick returns the application that a call's sample is made by: one of the kind that it names, or the first that
// may; 0 if none may.
func pick(ep wire.Endpoint, apps []app.App, kind string) int64 {
	for _, a := range apps {
		if string(a.Kind) == kind {
			return a.AgentID
		}
	}
	best, score := int64(0), 0
	for _, a := range apps {
		own := 0
		switch level := ep.Allow[a.Kind]; {
		case level == access.Nothing, level == access.Listed && !a.MayCallOf(ep.Family):
			continue
		case a.Suite == "" && a.Kind == access.SelfBuilt:
			own = 3
		case a.Suite == "":
			own = 2
		default:
			own = 1 // what a provider has brought may lack the permission
		}
		if own > score {
			best, score = a.AgentID, own
		}
	}
	if best != 0 {
		return best
	}
	if ep.Path == "/cgi-bin/gettoken" && len(apps) > 0 {
		return apps[0].AgentID
	}
	return 0
}

// filler fills placeholders in by what the enterprise has and by calls in its applications' names.
func (s *Service) filler(v *visit, apps []app.App) *sample.Filler {
	return &sample.Filler{
		Facts: sample.Facts{Now: s.deps.Clock.Now(), Word: func(name string) (any, error) { return s.word(v, apps, name) }},
		May:   func(string, string) bool { return true },
		Of: func(path string) sample.Sample {
			made := sample.Of(path)
			if ep := s.endpoint(made.Path); ep != nil {
				made = withCredential(*ep, made)
			}
			return made
		},
		Ask: func(ctx context.Context, made sample.Sample) ([]byte, error) {
			ep := s.endpoint(made.Path)
			if ep == nil {
				return nil, fmt.Errorf("there is no such call")
			}
			answer, err := s.sendSample(v, *ep, pick(*ep, apps, made.As), made)
			if err != nil {
				return nil, err
			}
			if code := answer.header.Get("Error-Code"); code != "" && code != "0" {
				return nil, fmt.Errorf("%s", maskBody(answer.body.Bytes()))
			}
			return answer.body.Bytes(), nil
		},
	}
}

// word is a fact of the enterprise; nil if the name is none.
func (s *Service) word(v *visit, apps []app.App, name string) (out any, err error) {
	err = v.look(func(tx *store.Tx) error {
		switch name {
		case "corpid":
			out = v.corpID
		case "agentid":
			for _, a := range apps {
				if a.Kind == access.SelfBuilt && out == nil {
					out = a.AgentID
				}
			}
		case "userid", "userid2", "mobile", "email":
			list, _, err := s.deps.Directory.ListMembers(v.ctx(), tx, access.System(v.corpID), directory.MemberFilter{Status: 1, Limit: 2})
			if err != nil || len(list) < 2 {
				return err
			}
			out = map[string]any{"userid": list[0].UserID, "userid2": list[1].UserID, "mobile": list[0].Mobile, "email": list[0].BizMail}[name]
		case "provider_secret":
			p, err := s.deps.Suites.Provider(tx, v.corpID)
			out = p.Secret
			return err
		case "template_id":
			list, err := s.deps.Suites.Suites(tx, v.corpID)
			for _, one := range list {
				if one.Kind == access.Custom {
					out = one.SuiteID
				}
			}
			return err
		case "model_id", "model_secret":
			list, err := s.deps.Models.Models(tx, v.corpID)
			if err == nil && len(list) > 0 {
				out = map[string]any{"model_id": list[0].ModelID, "model_secret": list[0].Secret}[name]
			}
			return err
		case "auth_corpid", "auth_agentid", "permanent_code":
			out, err = s.installed(tx, v.corpID, name)
			return err
		case "suite_id", "suite_secret":
			list, err := s.deps.Suites.Suites(tx, v.corpID)
			if err == nil && len(list) > 0 {
				out = map[string]any{"suite_id": list[0].SuiteID, "suite_secret": list[0].Secret}[name]
			}
			return err
		}
		return nil
	})
	if name == "suite_ticket" {
		err = s.deps.Store.Write(v.ctx(), func(tx *store.Tx) error {
			list, err := s.deps.Suites.Suites(tx, v.corpID)
			if err == nil && len(list) > 0 {
				out, err = s.deps.Suites.PushTicket(v.ctx(), tx, list[0].SuiteID)
			}
			return err
		})
	}
	return out, err
}

// installed is a fact of the first installation of the provider's first suite.
func (s *Service) installed(tx *store.Tx, partner, name string) (any, error) {
	suites, err := s.deps.Suites.Suites(tx, partner)
	if err != nil || len(suites) == 0 {
		return nil, err
	}
	list, err := s.deps.Suites.Installations(tx, suites[0])
	if err != nil || len(list) == 0 {
		return nil, err
	}
	if name == "auth_corpid" {
		return s.deps.Suites.OpenCorpID(tx, partner, list[0].CorpID)
	}
	return map[string]any{"auth_agentid": list[0].AgentID, "permanent_code": list[0].Secret}[name], nil
}

// withCredential is a sample with the credential that its call takes, where that is no application's.
func withCredential(ep wire.Endpoint, made sample.Sample) sample.Sample {
	if by := ep.By(); by != nil && by != wire.AccessToken && made.Query[by.Param] == "" {
		made.Require(by.Param)
	}
	return made
}

// sendSample sends a request in an application's name.
func (s *Service) sendSample(v *visit, ep wire.Endpoint, agentID int64, made sample.Sample) (*answerWriter, error) {
	query := url.Values{}
	for name, value := range made.Query {
		query.Set(name, value)
	}
	if _, err := s.credential(v, ep, agentID, query); err != nil {
		return nil, err
	}
	kind, body := "", []byte(made.Body)
	switch {
	case made.File != "":
		kind, body = formOf("sample."+sampleEnds[made.File], sampleFiles[made.File])
	case len(body) > 0:
		kind = "application/json"
	}
	return s.send(v, ep.Method, ep.Path+"?"+query.Encode(), kind, body, "explorer")
}

// Files that samples upload: a picture of one point, a second of silence, a text.
var (
	//go:embed sample.png
	samplePNG   []byte
	sampleFiles = map[string][]byte{"image": samplePNG, "voice": []byte("#!AMR\n" + strings.Repeat("\x3c"+strings.Repeat("\x00", 31), 50)), "file": []byte("示例文件\n")}
	sampleEnds  = map[string]string{"image": "png", "voice": "amr", "file": "txt"}
)

// formOf is a form with a file, and its Content-Type.
func formOf(name string, content []byte) (kind string, body []byte) {
	var out bytes.Buffer
	form := multipart.NewWriter(&out)
	part, _ := form.CreateFormFile("media", name) // writing to memory does not fail
	part.Write(content)
	form.Close()
	return form.FormDataContentType(), out.Bytes()
}

// exploreUpload makes a call that brings a file, which is the body of the request.
func (s *Service) exploreUpload(v *visit) (any, error) {
	ep := s.endpoint(v.query("path"))
	if ep == nil || !ep.Handle.TakesFile() {
		return nil, errGone
	}
	agentID, err := v.number("agentid")
	if err != nil {
		return nil, err
	}
	query := url.Values{}
	var given map[string]string
	if err := json.Unmarshal([]byte(v.query("query")), &given); err != nil {
		return nil, badRequest{err}
	}
	var content bytes.Buffer
	if _, err := content.ReadFrom(v.r.Body); err != nil {
		return nil, err
	}
	apps, err := s.callers(v)
	if err != nil {
		return nil, err
	}
	filled, err := s.filler(v, apps).Fill(v.ctx(), sample.Sample{Path: ep.Path, Query: given})
	if err != nil {
		return nil, unfilled(err)
	}
	for name, value := range filled.Query {
		if value != "" {
			query.Set(name, value)
		}
	}
	who, err := s.credential(v, *ep, agentID, query)
	if err != nil {
		return nil, err
	}
	kind, body := formOf(v.query("name"), content.Bytes())
	start := s.deps.Clock.Now()
	got, err := s.send(v, http.MethodPost, ep.Path+"?"+query.Encode(), kind, body, "explorer")
	if err != nil {
		return nil, err
	}
	answer := s.shown(got, start)
	return answer, s.noteExplored(v, ep.Path, who, answer)
}

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
			if sample.IsScript(made.Path) {
				return s.runScript(v, made)
			}
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

// runScript plays somebody else's part in a sample: a member, a customer, another enterprise. There are scripts in
// dev only.
func (s *Service) runScript(v *visit, made sample.Sample) ([]byte, error) {
	scripts := s.deps.Scripts()
	if scripts == nil {
		return nil, fmt.Errorf("it plays somebody else's part, which only qiwei dev does")
	}
	req, err := http.NewRequestWithContext(v.ctx(), http.MethodPost, made.Path, strings.NewReader(made.Body))
	if err != nil {
		return nil, err
	}
	answer := &answerWriter{header: http.Header{}, status: http.StatusOK}
	scripts.ServeHTTP(answer, req)
	if answer.status != http.StatusOK {
		return nil, fmt.Errorf("%d %s", answer.status, maskBody(answer.body.Bytes()))
	}
	return answer.body.Bytes(), nil
}

// Files that samples upload: a picture of one point, a second of silence, a text,
// and a member to be imported.
var (
	//go:embed sample.png
	samplePNG   []byte
	sampleFiles = map[string][]byte{"image": samplePNG, "voice": []byte("#!AMR\n" + strings.Repeat("\x3c"+strings.Repeat("\x00", 31), 50)), "file": []byte("示例文件\n"), "members": []byte("姓名,帐号,手机号,邮箱,所在部门\n示例成员,sample-member,,sample-member@corp.example,1\n")}
	sampleEnds  = map[string]string{"image": "png", "voice": "amr", "file": "txt", "members": "csv"}
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

package main

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// refusedMost is how many samples of the console's explorer may be refused.
const refusedMost = 175

// explorer is an administrator in the console's explorer.
type explorer struct {
	t      *testing.T
	base   string
	client *http.Client
}

func exploring(t *testing.T, base, corpID, user string) *explorer {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	e := &explorer{t, base, &http.Client{Jar: jar}}
	resp, err := e.client.PostForm(base+"/_qiwei/sign-in", url.Values{"corpid": {corpID}, "userid": {user}})
	if err != nil || resp.StatusCode != 204 {
		t.Fatalf("sign in as %s: %v %v", user, resp, err)
	}
	resp.Body.Close()
	if status, body := e.do("POST", "/console/api/session/member", struct{}{}, nil); status != 200 {
		t.Fatalf("sign in to the console: %d %s", status, body)
	}
	return e
}

func (e *explorer) do(method, path string, send, into any) (int, string) {
	e.t.Helper()
	var body io.Reader
	if raw, ok := send.([]byte); ok {
		body = bytes.NewReader(raw)
	} else if send != nil {
		text, err := json.Marshal(send)
		if err != nil {
			e.t.Fatal(err)
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequest(method, e.base+path, body)
	if err != nil {
		e.t.Fatal(err)
	}
	if send != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := e.client.Do(req)
	if err != nil {
		e.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		e.t.Fatal(err)
	}
	if into != nil && resp.StatusCode == 200 {
		if err := json.Unmarshal(text, into); err != nil {
			e.t.Fatalf("%s: %v in %s", path, err, text)
		}
	}
	return resp.StatusCode, string(text)
}

// try sends the sample of a call as the page does, and returns the errcode and what was answered.
func (e *explorer) try(method, path string) (code int, said string) {
	e.t.Helper()
	var made struct {
		AgentID int64
		Query   []struct{ Name, Value string }
		Body    string
		File    bool
	}
	if status, text := e.do("GET", "/console/api/explore/sample?path="+url.QueryEscape(path), nil, &made); status != 200 {
		return -1, text
	}
	query := map[string]string{}
	for _, q := range made.Query {
		query[q.Name] = q.Value
	}
	var answer struct {
		ErrCode, Status int
		Body, Sent      string
		Type            string `json:"content_type"`
	}
	var status int
	var text string
	if made.File {
		q, err := json.Marshal(query)
		if err != nil {
			e.t.Fatal(err)
		}
		picture := read(e.t, "../../internal/console/sample.png")
		status, text = e.do("POST", "/console/api/explore/upload?"+url.Values{"path": {path}, "name": {"a.png"}, "query": {string(q)}, "agentid": {jsonOf(e.t, made.AgentID)}}.Encode(), []byte(picture), &answer)
	} else {
		status, text = e.do("POST", "/console/api/explore", map[string]any{"agentid": made.AgentID, "method": method, "path": path, "query": query, "body": made.Body, "fill": true}, &answer)
	}
	if status != 200 {
		return -1, text
	}
	if answer.ErrCode == 0 && (answer.Status != 200 || answer.Body == "" && strings.HasPrefix(answer.Type, "application/json")) {
		return -1, text
	}
	return answer.ErrCode, answer.Body + "\n    sent " + strings.Join(strings.Fields(made.Body+" "+answer.Sent), " ")
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// The explorer has a sample for every call that is built, and two in three answer 0 in the demo. Of the others,
// many need what a demo cannot have, such as a code that somebody has just been given or a meeting that is held.
func TestExplorerSamples(t *testing.T) {
	t.Parallel()
	s := dev(t, t.TempDir())
	own := exploring(t, s.base, s.creds.Corps[0].CorpID, s.creds.Corps[0].Admin.UserID)
	provider := s.creds.corp(s.creds.Providers[0].CorpID)
	partner := exploring(t, s.base, provider.CorpID, provider.Admin.UserID)
	var doc struct {
		Paths map[string]map[string]struct{ Security []map[string]any }
	}
	if status, text := own.do("GET", "/openapi.json", nil, &doc); status != 200 {
		t.Fatal(text)
	}
	control := func(method, path, body string) {
		req, err := http.NewRequest(method, s.base+"/_qiwei/"+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil || resp.StatusCode != 200 {
			t.Fatalf("%s: %v %v", path, resp, err)
		}
		resp.Body.Close()
	}
	control("POST", "snapshots", `{"name":"before"}`)
	var refused []string
	calls := 0
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		for method, op := range doc.Paths[path] {
			by := own
			for _, security := range op.Security {
				if _, ok := security["access_token"]; !ok {
					by = partner
				}
			}
			if strings.HasPrefix(path, "/cgi-bin/service/") {
				by = partner
			}
			calls++
			if code, said := by.try(strings.ToUpper(method), path); code != 0 {
				refused = append(refused, path+": "+said)
			}
			if strings.Contains(path, "replace") || calls%20 == 0 {
				control("POST", "snapshots/before/restore", "")
			}
		}
	}
	slices.Sort(refused)
	t.Logf("%d of %d samples answer 0; refused are\n%s", calls-len(refused), calls, strings.Join(refused, "\n"))
	if len(refused) > refusedMost {
		t.Errorf("%d of %d samples are refused", len(refused), calls)
	}
}

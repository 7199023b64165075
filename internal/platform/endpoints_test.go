package platform_test

import (
	"fmt"
	"log/slog"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/platform"
	"qiwei/internal/wire"
	"qiwei/internal/wire/known"
	"qiwei/qiweitest"
)

// What is mounted and what WeCom has are two lists that agree.
func TestEndpointsAreWeComs(t *testing.T) {
	t.Parallel()
	for _, ep := range platform.Endpoints() {
		k, ok := known.Lookup(ep.Path)
		if !ok {
			t.Errorf("%s is not in the list of WeCom's endpoints", ep.Path)
			continue
		}
		if k.Method != ep.Method {
			t.Errorf("%s: %s here, %s in the list", ep.Path, ep.Method, k.Method)
		}
		credential := "none"
		if c := ep.By(); c != nil {
			credential = c.Param
		}
		if credential == "access_token" && ep.Path == "/cgi-bin/service/get_login_info" {
			credential = "provider_access_token" // which its page calls access_token
		}
		if k.Credential != credential {
			t.Errorf("%s: made with %q here, with %q in the list", ep.Path, credential, k.Credential)
		}
	}
}

// Errors too have the lists of an answer, empty, as captured from the platform.
func TestErrorsKeepTheirLists(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	for path, lists := range map[string]string{
		"user/get":              `,"department":[],"order":[],"is_leader_in_dept":[],"direct_leader":[]`,
		"user/simplelist":       `,"userlist":[]`,
		"user/list":             `,"userlist":[]`,
		"user/list_id":          `,"dept_user":[]`,
		"department/simplelist": `,"department_id":[]`,
		"department/create":     ``,
		"user/create":           ``,
	} {
		r := w.Get("/cgi-bin/" + path + "?access_token=x")
		if want := `{"errcode":40014,"errmsg":"` + r.ErrMsg + `"` + lists + `}`; r.ErrCode != 40014 || r.Body != want {
			t.Errorf("%s: %s, want %s", path, r.Body, want)
		}
	}
	for _, path := range []string{"getcallbackip", "get_api_domain_ip"} {
		if r := w.Get("/cgi-bin/" + path + "?access_token=x"); !strings.HasPrefix(r.Body, `{"ip_list":[],"errcode":40014,"errmsg":"invalid access_token, hint: [`) {
			t.Errorf("%s: %s", path, r.Body)
		}
	}
}

// strange are values that no page provides for, and plausible ones that some page
// does, as JSON.
var (
	strange = []string{`null`, `{}`, `[]`, `""`, `" "`, `-1`, `0`, `1.5`, `1e300`, `9223372036854775807`, `-9223372036854775808`, `99999999999999999999`, `true`, `"x"`, `[null]`, `[[]]`,
		`[{}]`, `["",""]`, `[0]`, `[-1,1e99]`, `{"attrs":[{}]}`, `{"a":{"b":[1]}}`, `"\u0000"`, `"a\u0000b\u001f"`, `"\ud800"`, `"🏢"`, `"'; DROP TABLE member; --"`, `"%"`, `"*"`,
		`"` + strings.Repeat("长", 5000) + `"`, `[` + strings.Repeat(`"u",`, 3000) + `"u"]`, `[` + strings.Repeat("7,", 3000) + "7]", strings.Repeat("[", 70) + strings.Repeat("]", 70)}
	plausible = []string{`"zhangsan"`, `"lisi"`, `"WANGWU"`, `"new"`, `1`, `2`, `3`, `[2]`, `[2,3]`, `[1,0]`, `["lisi"]`, `["zhangsan","nobody"]`, `"13800000009"`, `"new@corp.example"`, `"某人"`, `10`,
		`{"attrs":[{"type":0,"name":"工位","text":{"value":"7"}}]}`, `{"external_attr":[{"type":1,"name":"名片","web":{"url":"https://x.example","title":"x"}}]}`, `"agent_config"`, `"2031-01-06"`, `1925400000`}
)

// bodyFor makes a body from some of the endpoint's fields.
func bodyFor(r *rand.Rand, request reflect.Type) string {
	var members []string
	for _, f := range reflect.VisibleFields(request) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" || r.IntN(3) == 0 {
			continue
		}
		values := plausible
		if r.IntN(3) == 0 {
			values = strange
		}
		members = append(members, fmt.Sprintf("%q:%s", name, values[r.IntN(len(values))]))
	}
	body := "{" + strings.Join(members, ",") + "}"
	switch r.IntN(12) {
	case 0:
		return body[:r.IntN(len(body))+1]
	case 1:
		return strings.TrimSuffix(body, "}") + ",}"
	case 2:
		return strings.ReplaceAll(body, `"`, `'`)
	}
	return body
}

// TestNoBodyIsTooStrange sends each call all sorts of bodies. Each is answered with a code of the platform
// and never with an internal error, and leaves the enterprise consistent.
func TestNoBodyIsTooStrange(t *testing.T) {
	t.Parallel()
	log := &logged{}
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		r := rand.New(rand.NewPCG(11, uint64(len(w.Server.Database))))
		codes := map[int]int{}
		endpoints := w.Endpoints()
		slices.SortFunc(endpoints, func(a, b wire.Endpoint) int { return strings.Compare(a.Path, b.Path) })
		for range 30 {
			for _, ep := range endpoints {
				body, kind := bodyFor(r, ep.Handle.Request), access.Kind("")
				for _, k := range access.AppKinds() {
					if ep.Allow[k] != access.Nothing && (kind == "" || r.IntN(3) == 0) {
						kind = k
					}
				}
				var got qiweitest.Result
				if ep.By() != wire.AccessToken {
					got = w.Send("POST", ep.Path, body)
				} else {
					got = w.As(kind).Call("POST", ep.Path, body)
				}
				codes[got.ErrCode]++
				if got.Status != 200 || got.ErrCode == -1 || got.ErrCode == 6000 {
					t.Errorf("%s with %.300s as %s: %d %.500s", ep.Path, body, kind, got.Status, got.Body)
				}
			}
		}
		if codes[0] < 50 || len(codes) < 20 {
			t.Errorf("the bodies did not get far: %v", codes)
		}
		checkConsistency(t, w.Server.Store, w.CorpID)
		checkConsistency(t, w.Server.Store, w.Second.CorpID)
	}, func(c *platform.Config) {
		c.Log = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelError}))
	})
	t.Cleanup(func() {
		if text := log.String(); text != "" {
			t.Errorf("the log has errors:\n%.2000s", text)
		}
	})
}

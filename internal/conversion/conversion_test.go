package conversion_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"
)

const (
	base  = "externalcontact:base:base"
	other = "externalcontact:contact:tag"
)

// house is a World whose second enterprise is a provider.
type house struct {
	*qiweitest.World
	t   *testing.T
	app *qiweitest.Client // of the first enterprise itself
}

func run(t *testing.T, test func(t *testing.T, h *house)) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		h := &house{w, t, w.WithApp(access.SelfBuilt, listed())}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			_, err := w.Server.Suites.CreateProvider(ctx, tx, suite.Provider{CorpID: w.Second.CorpID, TrustedIPs: qiweitest.Local})
			return err
		})
		test(t, h)
	}, func(c *platform.Config) { c.Dev = true })
}

func listed() app.Settings {
	return app.Settings{Range: access.Everything(), Callable: []access.Kind{access.CustomerContact}}
}

// party is an application of the provider in the first enterprise.
type party struct {
	h     *house
	suite suite.Suite
	in    suite.Installation
	open  string
	token string
}

// install has the provider's application installed; plain says that it is shown the enterprise's own ids.
func (h *house) install(kind access.Kind, plain bool, r access.Range, grants ...string) *party {
	h.t.Helper()
	p := &party{h: h}
	h.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		if p.suite, err = h.Server.Suites.CreateSuite(ctx, tx, suite.Suite{Partner: h.Second.CorpID, Kind: kind, Settings: suite.Settings{Name: "客户", Permissions: grants}}); err != nil {
			return err
		}
		if p.in, _, err = h.Server.Suites.InstallSuite(ctx, tx, suite.Install{SuiteID: p.suite.SuiteID, CorpID: h.CorpID, Silent: true, PlainIDs: plain}); err != nil {
			return err
		}
		p.in.Range, p.in.Grants = r, grants
		if err := h.Server.Apps.UpdateApp(ctx, tx, p.in.App); err != nil {
			return err
		}
		p.open, err = h.Server.Suites.OpenCorpID(tx, h.Second.CorpID, h.CorpID)
		return err
	})
	if kind == access.Custom {
		of := p.open
		if plain {
			of = h.CorpID
		}
		p.token = field(h.t, h.Send("GET", "/cgi-bin/gettoken?corpid="+of+"&corpsecret="+p.in.Secret, "").Body, "access_token")
	}
	return p
}

// client is a third-party application of a suite, which is shown the provider's ids.
func (p *party) client() *qiweitest.Client {
	return p.h.WithApp(access.ThirdParty, app.Settings{Range: p.in.Range, Grants: p.in.Grants, Suite: p.suite.SuiteID, Partner: p.h.Second.CorpID})
}

func (p *party) call(path, body string) qiweitest.Result {
	p.h.t.Helper()
	return p.h.Send("POST", "/cgi-bin/"+path+"?access_token="+p.token, body)
}

func field(t *testing.T, text, name string) string {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal([]byte(text), &all); err != nil || all[name] == nil {
		t.Fatalf("%v in %s, without %s", err, text, name)
	}
	return fmt.Sprint(all[name])
}

// script runs one and returns the answer.
func (h *house) script(path, body string) string {
	h.t.Helper()
	req, err := http.NewRequest("POST", h.URL+"/_qiwei/"+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	resp := h.Do(req)
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 {
		h.t.Fatalf("%s %s: %v %s", path, body, err, text)
	}
	return string(text)
}

// add has a customer come to a member of the first enterprise and returns the enterprise's own id.
func (h *house) add(user, name string, more string) string {
	h.t.Helper()
	return field(h.t, h.script("wechat/add", fmt.Sprintf(`{"corpid":%q,"userid":%q,"name":%q,"unionid":"union%s"%s}`, h.CorpID, user, name, name, more)), "external_userid")
}

// suiteToken returns the token of a suite by itself.
func (p *party) suiteToken() string {
	p.h.t.Helper()
	ticket := field(p.h.t, p.h.script("providers/ticket", `{"suite_id":"`+p.suite.SuiteID+`"}`), "suite_ticket")
	got := p.h.Send("POST", "/cgi-bin/service/get_suite_token", fmt.Sprintf(`{"suite_id":%q,"suite_secret":%q,"suite_ticket":%q}`, p.suite.SuiteID, p.suite.Secret, ticket))
	return field(p.h.t, got.Body, "suite_access_token")
}

// TestExternals: what the enterprise, a proxy-developed application from before the provider's ids and a
// third-party application call one customer is turned into each other (doc 97063, 95195, 95884).
func TestExternals(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		lin, he := h.add("zhangsan", "Lin", ""), h.add("wangwu", "He", "")
		old := h.install(access.Custom, true, access.Range{Departments: []int64{2}}, base)
		if got := old.call("externalcontact/to_service_external_userid", `{"external_userid":"`+lin+`"}`); got.ErrCode != 610020 {
			t.Errorf("without a third-party application: %s", got.Body)
		}
		poor := h.install(access.ThirdParty, false, access.Everything(), other)
		if got := old.call("externalcontact/to_service_external_userid", `{"external_userid":"`+lin+`"}`); got.ErrCode != 610021 {
			t.Errorf("with one without the permission: %s", got.Body)
		}
		third := h.install(access.ThirdParty, false, access.Everything(), base)
		service := field(t, old.call("externalcontact/to_service_external_userid", `{"external_userid":"`+lin+`"}`).Body, "external_userid")
		if service == lin || !strings.HasPrefix(service, "wm") {
			t.Fatalf("%s", service)
		}
		client := third.client()
		if got := client.Call("POST", "/cgi-bin/externalcontact/get", `{"external_userid":"`+service+`"}`); got.ErrCode != 0 {
			t.Errorf("the third-party application does not know it: %s", got.Body)
		}
		want := fmt.Sprintf(`"items":[{"external_userid":%q,"new_external_userid":%q},{"external_userid":%q,"new_external_userid":%q}]`, lin, service, service, service)
		if got := old.call("externalcontact/get_new_external_userid", fmt.Sprintf(`{"external_userid_list":[%q,%q,"wmx",%q]}`, lin, service, he)); !strings.Contains(got.Body, want) {
			t.Errorf("%s\nwant %s", got.Body, want)
		}
		for _, tt := range []struct {
			what string
			got  qiweitest.Result
			code int
		}{
			{"to a service, out of range", old.call("externalcontact/to_service_external_userid", `{"external_userid":"`+he+`"}`), 40096},
			{"to a service, nobody", old.call("externalcontact/to_service_external_userid", `{"external_userid":"wmx"}`), 40096},
			{"new ones of nobody", old.call("externalcontact/get_new_external_userid", `{"external_userid_list":["wmx"]}`), 40096},
			{"of an empty list", old.call("externalcontact/get_new_external_userid", `{}`), 40063},
			{"of a long one", old.call("externalcontact/get_new_external_userid", `{"external_userid_list":[`+strings.TrimSuffix(strings.Repeat(`"x",`, 1001), ",")+`]}`), 40058},
			{"after the migration", client.Call("POST", "/cgi-bin/externalcontact/get_new_external_userid", `{"external_userid_list":["`+service+`"]}`), 48002},
			{"of the enterprise's own application", h.app.Call("POST", "/cgi-bin/externalcontact/get_new_external_userid", `{"external_userid_list":["`+lin+`"]}`), 48002},
			{"to a service, by a third party", client.Call("POST", "/cgi-bin/externalcontact/to_service_external_userid", `{"external_userid":"`+service+`"}`), 48002},
		} {
			if tt.got.ErrCode != tt.code {
				t.Errorf("%s: %s, want %d", tt.what, tt.got.Body, tt.code)
			}
		}
		from := func(c *qiweitest.Client, external string, agent int64) qiweitest.Result {
			return c.Call("POST", "/cgi-bin/externalcontact/from_service_external_userid", fmt.Sprintf(`{"external_userid":%q,"source_agentid":%d}`, external, agent))
		}
		for _, tt := range []struct {
			what string
			got  qiweitest.Result
			code int
			own  string
		}{
			{"a third party's", from(h.app, service, third.in.AgentID), 0, lin},
			{"that of another of the provider", from(h.app, service, poor.in.AgentID), 0, lin},
			{"the enterprise's own", from(h.app, lin, third.in.AgentID), 40096, ""},
			{"of one that is shown those", from(h.app, lin, old.in.AgentID), 0, lin},
			{"of its own application", from(h.app, service, h.app.AgentID), 610019, ""},
			{"of no application", from(h.app, service, 9), 610019, ""},
			{"of the twin", from(h.Second.WithApp(access.SelfBuilt, listed()), service, third.in.AgentID), 610019, ""},
			{"by a provider's", from(client, service, third.in.AgentID), 48002, ""},
		} {
			if tt.got.ErrCode != tt.code || tt.own != "" && field(t, tt.got.Body, "external_userid") != tt.own {
				t.Errorf("%s: %s, want %d %s", tt.what, tt.got.Body, tt.code, tt.own)
			}
		}
	})
}

// TestUnions: a WeChat user who is no customer has a pending_id, which the provider finds again when they are
// one (doc 95900).
func TestUnions(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		third := h.install(access.ThirdParty, false, access.Range{Departments: []int64{2}}, base)
		client := third.client()
		union := func(c *qiweitest.Client, name string) (external, pending string) {
			t.Helper()
			got := c.Call("POST", "/cgi-bin/idconvert/unionid_to_external_userid", `{"unionid":"union`+name+`","openid":"o`+name+`"}`)
			var a struct {
				External string `json:"external_userid"`
				Pending  string `json:"pending_id"`
			}
			if got.Decode(&a); got.ErrCode != 0 {
				t.Fatal(got.Body)
			}
			return a.External, a.Pending
		}
		_, first := union(client, "Lin")
		if external, again := union(client, "Lin"); external != "" || first == "" || again != first {
			t.Errorf("%q, %q and %q", external, first, again)
		}
		lin := h.add("zhangsan", "Lin", "")
		h.add("wangwu", "He", "")
		external, pending := union(client, "Lin")
		if external == "" || external == lin || pending != "" {
			t.Fatalf("once a customer: %q, %q", external, pending)
		}
		if he, pending := union(client, "He"); he != "" || pending == "" {
			t.Errorf("out of range: %q, %q", he, pending)
		}
		ask := func(c *qiweitest.Client, body string) qiweitest.Result {
			return c.Call("POST", "/cgi-bin/idconvert/batch/external_userid_to_pending_id", body)
		}
		want := fmt.Sprintf(`"result":[{"external_userid":%q,"pending_id":%q}]`, external, first)
		if got := ask(client, fmt.Sprintf(`{"external_userid":[%q,"wmx",%q]}`, external, lin)); !strings.Contains(got.Body, want) {
			t.Errorf("%s\nwant %s", got.Body, want)
		}
		for _, tt := range []struct {
			what, path, body string
			code             int
		}{
			{"no unionid", "unionid_to_external_userid", `{"openid":"o"}`, 610014},
			{"no openid", "unionid_to_external_userid", `{"unionid":"u"}`, 40063},
			{"another subject", "unionid_to_external_userid", `{"unionid":"u","openid":"o","subject_type":2}`, 40058},
			{"nobody", "batch/external_userid_to_pending_id", `{}`, 40063},
			{"too many", "batch/external_userid_to_pending_id", `{"external_userid":[` + strings.TrimSuffix(strings.Repeat(`"x",`, 101), ",") + `]}`, 40058},
			{"conversion.maxPending", "batch/external_userid_to_pending_id", `{"external_userid":[` + strings.TrimSuffix(strings.Repeat(`"x",`, 100), ",") + `]}`, 0},
			{"in a group that there is none", "batch/external_userid_to_pending_id", `{"external_userid":["x"],"chat_id":"wr1"}`, 40050},
		} {
			if got := client.Call("POST", "/cgi-bin/idconvert/"+tt.path, tt.body); got.ErrCode != tt.code {
				t.Errorf("%s: %s, want %d", tt.what, got.Body, tt.code)
			}
		}
		h.Advance(91 * 24 * time.Hour)
		if got := ask(client, fmt.Sprintf(`{"external_userid":[%q]}`, external)); !strings.Contains(got.Body, `"result":[]`) {
			t.Errorf("after 90 days: %s", got.Body)
		}
		if got := h.app.Call("POST", "/cgi-bin/idconvert/unionid_to_external_userid", `{"unionid":"u","openid":"o"}`); got.ErrCode != 48002 {
			t.Errorf("the enterprise's own application: %s", got.Body)
		}
	})
}

// TestUnionsOfASuite: a suite asks by itself in which enterprises a WeChat user is a customer (doc 96516).
func TestUnionsOfASuite(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		lin := h.add("zhangsan", "Lin", "")
		h.add("wangwu", "He", "")
		third := h.install(access.ThirdParty, false, access.Range{Departments: []int64{2}}, base)
		poor := h.install(access.ThirdParty, false, access.Everything(), other)
		ask := func(p *party, name, more string) qiweitest.Result {
			return h.Send("POST", "/cgi-bin/service/externalcontact/unionid_to_external_userid_3rd?suite_access_token="+p.suiteToken(), `{"unionid":"union`+name+`","openid":"o"`+more+`}`)
		}
		const former = "/cgi-bin/externalcontact/unionid_to_external_userid_3rd?"
		external := field(t, third.client().Call("POST", "/cgi-bin/idconvert/unionid_to_external_userid", `{"unionid":"unionLin","openid":"o"}`).Body, "external_userid")
		want := fmt.Sprintf(`"external_userid_info":[{"corpid":%q,"external_userid":%q}]`, third.open, external)
		for _, tt := range []struct {
			what string
			got  qiweitest.Result
			code int
			has  string
		}{
			{"everywhere", ask(third, "Lin", ""), 0, want},
			{"in the enterprise", ask(third, "Lin", `,"corpid":"`+third.open+`"`), 0, want},
			{"in another", ask(third, "Lin", `,"corpid":"wpx"`), 48001, ""},
			{"out of range", ask(third, "He", ""), 0, `"external_userid_info":[]`},
			{"nobody", ask(third, "x", ""), 0, `"external_userid_info":[]`},
			{"without the permission", ask(poor, "Lin", ""), 0, `"external_userid_info":[]`},
			{"by the former path", h.Send("POST", former+"access_token="+third.suiteToken(), `{"unionid":"unionLin","openid":"o"}`), 0, want},
			{"by the former path, in the query", h.Get(former + "suite_access_token=" + third.suiteToken() + "&unionid=unionLin&openid=o&corpid="), 0, want},
			{"by the former path, an application", h.Get(former + "access_token=x&unionid=unionLin&openid=o"), 40082, ""},
		} {
			if tt.got.ErrCode != tt.code || !strings.Contains(tt.got.Body, tt.has) || strings.Contains(tt.got.Body, lin) {
				t.Errorf("%s: %s, want %d %s", tt.what, tt.got.Body, tt.code, tt.has)
			}
		}
	})
}

// TestTags: the provider's ids of tags and of their groups (doc 96169).
func TestTags(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		var made struct {
			Group struct {
				ID   string `json:"group_id"`
				Tags []struct {
					ID string
				} `json:"tag"`
			} `json:"tag_group"`
		}
		h.app.Call("POST", "/cgi-bin/externalcontact/add_corp_tag", `{"group_name":"级别","tag":[{"name":"金"}]}`).Decode(&made)
		old := h.install(access.Custom, true, access.Everything(), base)
		tag, group := made.Group.Tags[0].ID, made.Group.ID
		var got struct {
			Items []struct {
				Own  string `json:"external_tagid"`
				Open string `json:"open_external_tagid"`
			}
			Unknown []string `json:"invalid_external_tagid_list"`
		}
		old.call("idconvert/external_tagid", fmt.Sprintf(`{"external_tagid_list":[%q,%q,"et1"]}`, tag, group)).Decode(&got)
		if len(got.Items) != 2 || got.Items[0].Own != tag || got.Items[0].Open == tag || got.Items[1].Own != group || strings.Join(got.Unknown, " ") != "et1" {
			t.Fatalf("%+v", got)
		}
		third := h.install(access.ThirdParty, false, access.Everything(), base)
		if list := third.client().Call("POST", "/cgi-bin/externalcontact/get_corp_tag_list", `{}`); !strings.Contains(list.Body, got.Items[0].Open) || !strings.Contains(list.Body, got.Items[1].Open) {
			t.Errorf("%+v are not what a third-party application sees: %s", got.Items, list.Body)
		}
		for body, code := range map[string]int{`{}`: 40063, `{"external_tagid_list":[` + strings.TrimSuffix(strings.Repeat(`"x",`, 1001), ",") + `]}`: 40058, `{"external_tagid_list":[` + strings.TrimSuffix(strings.Repeat(`"x",`, 1000), ",") + `]}`: 0} {
			if got := old.call("idconvert/external_tagid", body); got.ErrCode != code {
				t.Errorf("%.40s: %.200s, want %d", body, got.Body, code)
			}
		}
	})
}

// TestOpenID: a customer has one openid, whoever asks; a member of another enterprise has none (doc 92323).
func TestOpenID(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		lin, colleague := h.add("zhangsan", "Lin", ""), h.add("zhangsan", "Xu", `,"type":2`)
		convert := func(external string) qiweitest.Result {
			return h.app.Call("POST", "/cgi-bin/externalcontact/convert_to_openid", `{"external_userid":"`+external+`"}`)
		}
		openID := field(t, convert(lin).Body, "openid")
		third := h.install(access.ThirdParty, false, access.Everything(), base).client()
		theirs := field(t, third.Call("POST", "/cgi-bin/idconvert/unionid_to_external_userid", `{"unionid":"unionLin","openid":"o"}`).Body, "external_userid")
		if again := field(t, third.Call("POST", "/cgi-bin/externalcontact/convert_to_openid", `{"external_userid":"`+theirs+`"}`).Body, "openid"); again != openID {
			t.Errorf("%s and %s", openID, again)
		}
		for external, code := range map[string]int{colleague: 41056, "wmx": 40096, "": 41035} {
			if got := convert(external); got.ErrCode != code {
				t.Errorf("%q: %s, want %d", external, got.Body, code)
			}
		}
	})
}

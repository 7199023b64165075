package register_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/callback"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"
)

// house is a World whose second enterprise is a provider with an application.
type house struct {
	*qiweitest.World
	t        *testing.T
	provider suite.Provider
	suite    suite.Suite
	system   *qiweitest.Receiver // of the provider's system events
	commands *qiweitest.Receiver // of the suite
	token    string
}

func open(t *testing.T, w *qiweitest.World) *house {
	t.Helper()
	h := &house{World: w, t: t, system: w.Receiver(), commands: w.Receiver()}
	h.system.Always(qiweitest.Text(200, "success"))
	h.commands.Always(qiweitest.Text(200, "success"))
	w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		if h.provider, err = w.Server.Suites.CreateProvider(ctx, tx, suite.Provider{CorpID: w.Second.CorpID}); err != nil {
			return err
		}
		h.suite, err = w.Server.Suites.CreateSuite(ctx, tx, suite.Suite{Partner: w.Second.CorpID, Kind: access.ThirdParty, Settings: suite.Settings{Name: "报表"}})
		return err
	})
	var err error
	if h.provider, err = w.Server.Callbacks.SaveProvider(context.Background(), callback.ProviderCallback{
		CorpID: h.provider.CorpID, URL: h.system.URL, Token: h.system.Token, AESKey: h.system.AESKey,
	}); err != nil {
		t.Fatal(err)
	}
	if h.suite, err = w.Server.Callbacks.SaveSuite(context.Background(), callback.SuiteCallback{
		SuiteID: h.suite.SuiteID, CommandURL: h.commands.URL, Token: h.commands.Token, AESKey: h.commands.AESKey,
	}); err != nil {
		t.Fatal(err)
	}
	h.signIn()
	return h
}

func (h *house) signIn() {
	h.t.Helper()
	h.token = h.must("service/get_provider_token", `{"corpid":"`+h.provider.CorpID+`","provider_secret":"`+h.provider.Secret+`"}`).Text("provider_access_token")
}

func (h *house) send(method, path, body string) (a qiweitest.JSON) {
	h.t.Helper()
	h.Send(method, "/cgi-bin/"+path, body).Decode(&a)
	return a
}

func (h *house) call(path, body string) qiweitest.JSON {
	h.t.Helper()
	return h.send("POST", path+"?provider_access_token="+h.token, body)
}

func (h *house) must(path, body string) qiweitest.JSON {
	h.t.Helper()
	a := h.call(path, body)
	if a.Code() != 0 {
		h.t.Fatalf("%s %s: %v", path, body, a)
	}
	return a
}

func (h *house) script(name, body string) (status int, a qiweitest.JSON) {
	h.t.Helper()
	status, text := h.Script("providers/"+name, body)
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		h.t.Fatalf("%s: %s", name, text)
	}
	return status, a
}

func (h *house) scripted(name, body string) qiweitest.JSON {
	h.t.Helper()
	status, a := h.script(name, body)
	if status != 200 {
		h.t.Fatalf("%s %s: %d %v", name, body, status, a)
	}
	return a
}

// pack is a package with the suite.
func (h *house) pack(migration bool) string {
	h.t.Helper()
	return h.scripted("package", fmt.Sprintf(`{"provider":%q,"name":"推广","suites":[%q],"migration":%v}`, h.provider.CorpID, h.suite.SuiteID, migration)).Text("template_id")
}

// TestRegistration walks a registration from its code to the end of the migration.
func TestRegistration(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w)
		template := h.pack(true)
		got := h.must("service/get_register_code", `{"template_id":"`+template+`","corp_name":"腾讯科技","admin_name":"张三","admin_mobile":"13900000001","state":"TestState123","follow_user":"lisi"}`)
		code := got.Text("register_code")
		if got.Text("expires_in") != "600" || len(code) > 512 {
			t.Errorf("get_register_code: %v", got)
		}
		info := func() qiweitest.JSON { return h.call("service/get_register_info", `{"register_code":"`+code+`"}`) }
		if a := info(); a.Code() != 84024 {
			t.Errorf("nobody has registered: %v", a)
		}
		made := h.scripted("register", `{"register_code":"`+code+`","userid":"zhangsan"}`)
		if status, a := h.script("register", `{"register_code":"`+code+`"}`); status != 400 {
			t.Errorf("a code was used twice: %v", a)
		}
		a := info()
		sync := a.Text("contact_sync.access_token")
		if a.Code() != 0 || a.Text("corpid") != made.Text("open_corpid") || a.Text("contact_sync.expires_in") != "1800" || sync == "" || !strings.HasPrefix(a.Text("auth_user_info.userid"), "wo") ||
			a.Text("state") != "TestState123" || a.Text("template_id") != template {
			t.Errorf("get_register_info: %v", a)
		}
		h.Delivered()
		pushes := h.system.Take()
		if len(pushes) != 1 || pushes[0].ReceiveID != h.provider.CorpID {
			t.Fatalf("register_corp: %v", pushes)
		}
		told := strings.NewReplacer(h.provider.CorpID, "PROVIDER", code, "CODE", a.Text("corpid"), "CORPID", sync, "TOKEN", a.Text("auth_user_info.userid"), "ADMIN", template, "TEMPLATE", fmt.Sprint(w.Clock.Now().Unix()), "1000000000").Replace(pushes[0].XML())
		// create_auth brings the application, which sees everybody.
		installs := h.commands.Take()
		installs = slices.DeleteFunc(installs, func(r qiweitest.Received) bool { return r.Field("InfoType") != "create_auth" })
		if len(installs) != 1 || installs[0].Field("State") != "TestState123" {
			t.Fatalf("create_auth: %v", installs)
		}
		corp := made.Text("corpid")
		ticket := h.scripted("ticket", `{"suite_id":"`+h.suite.SuiteID+`"}`).Text("suite_ticket")
		bySuite := h.must("service/get_suite_token", `{"suite_id":"`+h.suite.SuiteID+`","suite_secret":"`+h.suite.Secret+`","suite_ticket":"`+ticket+`"}`).Text("suite_access_token")
		if a := h.send("POST", "service/v2/get_permanent_code?suite_access_token="+bySuite, `{"auth_code":"`+installs[0].Field("AuthCode")+`"}`); a.Text("register_code_info.register_code") != code ||
			a.Text("register_code_info.template_id") != template || a.Text("register_code_info.state") != "TestState123" {
			t.Errorf("v2/get_permanent_code: %v", a)
		}
		var agent int64
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			in, err := w.Server.Suites.Installation(tx, corp, h.suite.SuiteID)
			agent = in.AgentID
			if err == nil && !in.Range.All() {
				t.Errorf("the range is %+v", in.Range)
			}
			return err
		})
		// The token fills the directory, and sets who sees the application.
		by := func(path, body string) qiweitest.JSON { return h.send("POST", path+"?access_token="+sync, body) }
		if a := by("department/create", `{"name":"研发","parentid":1,"id":7}`); a.Code() != 0 {
			t.Errorf("department/create: %v", a)
		}
		if a := by("user/create", `{"userid":"lisi","name":"李四","department":[7],"mobile":"13900000002"}`); a.Code() != 0 {
			t.Errorf("user/create: %v", a)
		}
		if a := by("user/get", `{"userid":"`+h.shown(corp, "lisi")+`"}`); a.Code() != 0 || a.Text("name") != "李四" {
			t.Errorf("user/get: %v", a)
		}
		scope := func(more string) qiweitest.JSON {
			return by("agent/set_scope", fmt.Sprintf(`{"agentid":%d%s}`, agent, more))
		}
		if a := scope(`,"allow_user":["` + h.shown(corp, "lisi") + `","nobody"],"allow_party":[7,99],"allow_tag":[5]`); a.Code() != 0 || fmt.Sprint(a["invaliduser"], a["invalidparty"], a["invalidtag"]) != "[nobody] [99] [5]" {
			t.Errorf("set_scope: %v", a)
		}
		rangeIs := func(want access.Range) {
			t.Helper()
			w.Write(func(ctx context.Context, tx *store.Tx) error {
				in, err := w.Server.Suites.Installation(tx, corp, h.suite.SuiteID)
				if fmt.Sprint(in.Range) != fmt.Sprint(want) {
					t.Errorf("the range is %+v, want %+v", in.Range, want)
				}
				return err
			})
		}
		rangeIs(access.Range{Departments: []int64{7}, Members: []id.UserID{"lisi"}})
		if a := scope(`,"allow_party":[1]`); a.Code() != 0 {
			t.Errorf("set_scope: %v", a)
		}
		rangeIs(access.Range{Departments: []int64{1}}) // what is left out is emptied
		if a := by("agent/set_scope", `{"agentid":9,"allow_party":[1]}`); a.Code() != 40056 {
			t.Errorf("no application: %v", a)
		}
		if a := by("agent/set_scope", `{"allow_party":[1]}`); a.Code() != 41011 {
			t.Errorf("no agentid: %v", a)
		}
		if a := by("message/send", `{}`); a.Code() != 48002 {
			t.Errorf("message/send: %v", a)
		}
		// Elsewhere neither call is anybody's.
		own, other := w.As(access.ContactSync), w.As(access.SelfBuilt)
		if a := own.Call("POST", "/cgi-bin/agent/set_scope", `{"agentid":1}`); a.ErrCode != 48002 {
			t.Errorf("set_scope by contact sync: %s", a.Body)
		}
		if a := own.Call("GET", "/cgi-bin/sync/contact_sync_success", ""); a.ErrCode != 84023 {
			t.Errorf("contact_sync_success by contact sync: %s", a.Body)
		}
		if a := other.Call("GET", "/cgi-bin/sync/contact_sync_success", ""); a.ErrCode != 48002 {
			t.Errorf("contact_sync_success by an application: %s", a.Body)
		}
		if a := h.send("GET", "sync/contact_sync_success?access_token="+sync, ""); a.Code() != 0 {
			t.Errorf("contact_sync_success: %v", a)
		}
		if a := scope(""); a.Code() != 40014 {
			t.Errorf("the token after it: %v", a)
		}
		if a := info(); a.Code() != 0 || a.At("contact_sync") != nil {
			t.Errorf("get_register_info after it: %v", a)
		}
		w.Advance(24 * time.Hour)
		h.signIn()
		if a := info(); a.Code() != 84024 {
			t.Errorf("a day later: %v", a)
		}

		// A member of an enterprise that has the application scans the code of the package.
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			_, _, err := w.Server.Suites.InstallSuite(ctx, tx, suite.Install{SuiteID: h.suite.SuiteID, CorpID: w.CorpID})
			return err
		})
		scanned := h.must("service/get_register_code", `{"template_id":"`+template+`","state":"abc"}`).Text("register_code")
		h.scripted("register", `{"register_code":"`+scanned+`","corpid":"`+w.CorpID+`","userid":"wangwu"}`)
		h.Delivered()
		pushes = h.system.Take()
		if len(pushes) != 1 {
			t.Fatalf("enter_register_package: %v", pushes)
		}
		told += "\n" + strings.NewReplacer(h.provider.CorpID, "PROVIDER", scanned, "CODE", pushes[0].Field("AuthCorpId"), "CORPID", h.shown(w.CorpID, "wangwu"), "WANGWU", template, "TEMPLATE", fmt.Sprint(w.Clock.Now().Unix()), "1000000000").Replace(pushes[0].XML()) + "\n"
		if want, err := os.ReadFile("testdata/push/provider.txt"); err != nil || string(want) != told {
			t.Errorf("testdata/push/provider.txt differs (%v); it is now\n%s", err, told)
		}
		if a := h.call("service/get_register_info", `{"register_code":"`+scanned+`"}`); a.Code() != 84024 {
			t.Errorf("no new enterprise: %v", a)
		}
	})
}

// shown is what the provider knows a member by.
func (h *house) shown(corpID, userid string) (out string) {
	h.t.Helper()
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		known, err := h.Server.Directory.MemberNumbers(tx, corpID, []string{userid})
		out = string(h.Server.Suites.ShownMember(h.provider.No, known[userid]))
		return err
	})
	return out
}

// TestCodes: what a code can be asked for with, whose it is, and how long it and its
// token are good.
func TestCodes(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w)
		template := h.pack(true)
		for _, tt := range []struct {
			what, body string
			code       int
		}{
			{"no package", `{}`, 84019},
			{"an unknown one", `{"template_id":"tplnone"}`, 84020},
			{"register.maxID", `{"template_id":"` + strings.Repeat("t", 129) + `"}`, 84020},
			{"register.maxState", `{"template_id":"` + template + `","state":"` + strings.Repeat("a", 128) + `"}`, 0},
			{"register.maxState and one", `{"template_id":"` + template + `","state":"` + strings.Repeat("a", 129) + `"}`, 84025},
			{"a state with a dash", `{"template_id":"` + template + `","state":"a-b"}`, 84025},
			{"a follower who is a stranger", `{"template_id":"` + template + `","follow_user":"nobody"}`, 60111},
		} {
			if a := h.call("service/get_register_code", tt.body); a.Code() != tt.code {
				t.Errorf("%s: %v, want %d", tt.what, a, tt.code)
			}
		}
		for body, code := range map[string]int{`{}`: 84021, `{"register_code":"nonsense"}`: 84022} {
			if a := h.call("service/get_register_info", body); a.Code() != code {
				t.Errorf("%s: %v, want %d", body, a, code)
			}
		}
		late := h.must("service/get_register_code", `{"template_id":"`+template+`"}`).Text("register_code")
		code := h.must("service/get_register_code", `{"template_id":"`+template+`"}`).Text("register_code")
		w.Advance(10*time.Minute - time.Second)
		made := h.scripted("register", `{"register_code":"`+code+`"}`)
		w.Advance(time.Second)
		if status, a := h.script("register", `{"register_code":"`+late+`"}`); status != 400 {
			t.Errorf("a code ten minutes old: %v", a)
		}
		sync := h.must("service/get_register_info", `{"register_code":"`+code+`"}`).Text("contact_sync.access_token")
		list := func() int { return h.send("GET", "department/list?access_token="+sync, "").Code() }
		w.Advance(30*time.Minute - 2*time.Second)
		if got := list(); got != 0 {
			t.Errorf("a second before its end: %d", got)
		}
		w.Advance(time.Second)
		if got := list(); got != 42001 {
			t.Errorf("after half an hour: %d", got)
		}
		if a := h.must("service/get_register_info", `{"register_code":"`+code+`"}`); a.At("contact_sync") != nil || a.Text("corpid") != made.Text("open_corpid") {
			t.Errorf("get_register_info: %v", a)
		}
		// Without migration there is no token; and another provider reads nothing.
		plain := h.scripted("register", `{"template_id":"`+h.pack(false)+`","corp_name":"甲"}`)
		if a := h.must("service/get_register_info", `{"register_code":"`+plain.Text("register_code")+`"}`); a.At("contact_sync") != nil {
			t.Errorf("without migration: %v", a)
		}
		other := *h
		w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
			other.provider, err = w.Server.Suites.CreateProvider(ctx, tx, suite.Provider{CorpID: w.CorpID})
			return err
		})
		other.signIn()
		if a := other.call("service/get_register_info", `{"register_code":"`+code+`"}`); a.Code() != 84022 {
			t.Errorf("another provider: %v", a)
		}
		if a := other.call("service/get_register_code", `{"template_id":"`+template+`"}`); a.Code() != 84020 {
			t.Errorf("another provider's package: %v", a)
		}
		for n, want := range map[int]int{15: 200, 16: 400} { // register.maxSuites
			if status, a := h.script("package", fmt.Sprintf(`{"provider":%q,"name":"x","suites":[%s]}`, h.provider.CorpID, strings.TrimSuffix(strings.Repeat(`"`+h.suite.SuiteID+`",`, n), ","))); status != want {
				t.Errorf("%d suites: %d %v", n, status, a)
			}
		}
	})
}

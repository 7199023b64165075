package register_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"
)

type house struct{ qiweitest.Seller }

func open(t *testing.T, w *qiweitest.World) *house {
	t.Helper()
	return &house{w.Seller(access.ThirdParty)}
}

// pack is a package with the suite.
func (h *house) pack(migration bool) string {
	h.T.Helper()
	return h.Play("package", fmt.Sprintf(`{"provider":%q,"name":"推广","suites":[%q],"migration":%v}`, h.Provider.CorpID, h.Suite.SuiteID, migration)).Text("template_id")
}

// TestRegistration walks a registration from its code to the end of the migration.
func TestRegistration(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w)
		template := h.pack(true)
		got := h.Must("service/get_register_code", `{"template_id":"`+template+`","corp_name":"腾讯科技","admin_name":"张三","admin_mobile":"13900000001","state":"TestState123","follow_user":"lisi"}`)
		code := got.Text("register_code")
		if got.Text("expires_in") != "600" || len(code) > 512 {
			t.Errorf("get_register_code: %v", got)
		}
		info := func() qiweitest.JSON { return h.Call("service/get_register_info", `{"register_code":"`+code+`"}`) }
		if a := info(); a.Code() != 84024 {
			t.Errorf("nobody has registered: %v", a)
		}
		made := h.Play("register", `{"register_code":"`+code+`","userid":"zhangsan"}`)
		if status, a := h.Attempt("register", `{"register_code":"`+code+`"}`); status != 400 {
			t.Errorf("a code was used twice: %v", a)
		}
		a := info()
		sync := a.Text("contact_sync.access_token")
		if a.Code() != 0 || a.Text("corpid") != made.Text("open_corpid") || a.Text("contact_sync.expires_in") != "1800" || sync == "" || !strings.HasPrefix(a.Text("auth_user_info.userid"), "wo") ||
			a.Text("state") != "TestState123" || a.Text("template_id") != template {
			t.Errorf("get_register_info: %v", a)
		}
		h.Delivered()
		pushes := h.System.Take()
		if len(pushes) != 1 || pushes[0].ReceiveID != h.Provider.CorpID {
			t.Fatalf("register_corp: %v", pushes)
		}
		told := strings.NewReplacer(h.Provider.CorpID, "PROVIDER", code, "CODE", a.Text("corpid"), "CORPID", sync, "TOKEN", a.Text("auth_user_info.userid"), "ADMIN", template, "TEMPLATE", fmt.Sprint(w.Clock.Now().Unix()), "1000000000").Replace(pushes[0].XML())
		// create_auth brings the application, which sees everybody.
		installs := h.Commands.Take()
		installs = slices.DeleteFunc(installs, func(r qiweitest.Received) bool { return r.Field("InfoType") != "create_auth" })
		if len(installs) != 1 || installs[0].Field("State") != "TestState123" {
			t.Fatalf("create_auth: %v", installs)
		}
		corp := made.Text("corpid")
		ticket := h.Play("ticket", `{"suite_id":"`+h.Suite.SuiteID+`"}`).Text("suite_ticket")
		bySuite := h.Must("service/get_suite_token", `{"suite_id":"`+h.Suite.SuiteID+`","suite_secret":"`+h.Suite.Secret+`","suite_ticket":"`+ticket+`"}`).Text("suite_access_token")
		if a := h.Call("service/v2/get_permanent_code?suite_access_token="+bySuite, `{"auth_code":"`+installs[0].Field("AuthCode")+`"}`); a.Text("register_code_info.register_code") != code ||
			a.Text("register_code_info.template_id") != template || a.Text("register_code_info.state") != "TestState123" {
			t.Errorf("v2/get_permanent_code: %v", a)
		}
		var agent int64
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			in, err := w.Server.Suites.Installation(tx, corp, h.Suite.SuiteID)
			agent = in.AgentID
			if err == nil && !in.Range.All() {
				t.Errorf("the range is %+v", in.Range)
			}
			return err
		})
		// The token fills the directory, and sets who sees the application.
		by := func(path, body string) qiweitest.JSON { return h.Call(path+"?access_token="+sync, body) }
		if a := by("department/create", `{"name":"研发","parentid":1,"id":7}`); a.Code() != 0 {
			t.Errorf("department/create: %v", a)
		}
		if a := by("user/create", `{"userid":"lisi","name":"李四","department":[7],"mobile":"13900000002"}`); a.Code() != 0 {
			t.Errorf("user/create: %v", a)
		}
		if a := by("user/get", `{"userid":"`+h.User(corp, "lisi")+`"}`); a.Code() != 0 || a.Text("name") != "李四" {
			t.Errorf("user/get: %v", a)
		}
		scope := func(more string) qiweitest.JSON {
			return by("agent/set_scope", fmt.Sprintf(`{"agentid":%d%s}`, agent, more))
		}
		if a := scope(`,"allow_user":["` + h.User(corp, "lisi") + `","nobody"],"allow_party":[7,99],"allow_tag":[5]`); a.Code() != 0 || fmt.Sprint(a["invaliduser"], a["invalidparty"], a["invalidtag"]) != "[nobody] [99] [5]" {
			t.Errorf("set_scope: %v", a)
		}
		rangeIs := func(want access.Range) {
			t.Helper()
			w.Write(func(ctx context.Context, tx *store.Tx) error {
				in, err := w.Server.Suites.Installation(tx, corp, h.Suite.SuiteID)
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
		if a := h.Get("/cgi-bin/sync/contact_sync_success?access_token=" + sync); a.ErrCode != 0 {
			t.Errorf("contact_sync_success: %v", a)
		}
		if a := scope(""); a.Code() != 40014 {
			t.Errorf("the token after it: %v", a)
		}
		if a := info(); a.Code() != 0 || a.At("contact_sync") != nil {
			t.Errorf("get_register_info after it: %v", a)
		}
		w.Advance(24 * time.Hour)
		h.SignIn()
		if a := info(); a.Code() != 84024 {
			t.Errorf("a day later: %v", a)
		}

		// A member of an enterprise that has the application scans the code of the package.
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			_, _, err := w.Server.Suites.InstallSuite(ctx, tx, suite.Install{SuiteID: h.Suite.SuiteID, CorpID: w.CorpID})
			return err
		})
		scanned := h.Must("service/get_register_code", `{"template_id":"`+template+`","state":"abc"}`).Text("register_code")
		h.Play("register", `{"register_code":"`+scanned+`","corpid":"`+w.CorpID+`","userid":"wangwu"}`)
		h.Delivered()
		pushes = h.System.Take()
		if len(pushes) != 1 {
			t.Fatalf("enter_register_package: %v", pushes)
		}
		told += "\n" + strings.NewReplacer(h.Provider.CorpID, "PROVIDER", scanned, "CODE", pushes[0].Field("AuthCorpId"), "CORPID", h.User(w.CorpID, "wangwu"), "WANGWU", template, "TEMPLATE", fmt.Sprint(w.Clock.Now().Unix()), "1000000000").Replace(pushes[0].XML()) + "\n"
		qiweitest.Golden(t, "push/provider.txt", told)
		if a := h.Call("service/get_register_info", `{"register_code":"`+scanned+`"}`); a.Code() != 84024 {
			t.Errorf("no new enterprise: %v", a)
		}
	})
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
			if a := h.Call("service/get_register_code", tt.body); a.Code() != tt.code {
				t.Errorf("%s: %v, want %d", tt.what, a, tt.code)
			}
		}
		for body, code := range map[string]int{`{}`: 84021, `{"register_code":"nonsense"}`: 84022} {
			if a := h.Call("service/get_register_info", body); a.Code() != code {
				t.Errorf("%s: %v, want %d", body, a, code)
			}
		}
		late := h.Must("service/get_register_code", `{"template_id":"`+template+`"}`).Text("register_code")
		code := h.Must("service/get_register_code", `{"template_id":"`+template+`"}`).Text("register_code")
		w.Advance(10*time.Minute - time.Second)
		made := h.Play("register", `{"register_code":"`+code+`"}`)
		w.Advance(time.Second)
		if status, a := h.Attempt("register", `{"register_code":"`+late+`"}`); status != 400 {
			t.Errorf("a code ten minutes old: %v", a)
		}
		sync := h.Must("service/get_register_info", `{"register_code":"`+code+`"}`).Text("contact_sync.access_token")
		list := func() int { return h.Get("/cgi-bin/department/list?access_token=" + sync).ErrCode }
		w.Advance(30*time.Minute - 2*time.Second)
		if got := list(); got != 0 {
			t.Errorf("a second before its end: %d", got)
		}
		w.Advance(time.Second)
		if got := list(); got != 42001 {
			t.Errorf("after half an hour: %d", got)
		}
		if a := h.Must("service/get_register_info", `{"register_code":"`+code+`"}`); a.At("contact_sync") != nil || a.Text("corpid") != made.Text("open_corpid") {
			t.Errorf("get_register_info: %v", a)
		}
		// Without migration there is no token; and another provider reads nothing.
		plain := h.Play("register", `{"template_id":"`+h.pack(false)+`","corp_name":"甲"}`)
		if a := h.Must("service/get_register_info", `{"register_code":"`+plain.Text("register_code")+`"}`); a.At("contact_sync") != nil {
			t.Errorf("without migration: %v", a)
		}
		other := *h
		w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
			other.Provider, err = w.Server.Suites.CreateProvider(ctx, tx, suite.Provider{CorpID: w.CorpID})
			return err
		})
		other.SignIn()
		if a := other.Call("service/get_register_info", `{"register_code":"`+code+`"}`); a.Code() != 84022 {
			t.Errorf("another provider: %v", a)
		}
		if a := other.Call("service/get_register_code", `{"template_id":"`+template+`"}`); a.Code() != 84020 {
			t.Errorf("another provider's package: %v", a)
		}
		for n, want := range map[int]int{15: 200, 16: 400} { // register.maxSuites
			if status, a := h.Attempt("package", fmt.Sprintf(`{"provider":%q,"name":"x","suites":[%s]}`, h.Provider.CorpID, strings.TrimSuffix(strings.Repeat(`"`+h.Suite.SuiteID+`",`, n), ","))); status != want {
				t.Errorf("%d suites: %d %v", n, status, a)
			}
		}
	})
}

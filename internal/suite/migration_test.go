package suite_test

import (
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

// plain installs the suite as before providers had ids, and returns the token.
func (h *house) plain() (in installed, token string) {
	h.t.Helper()
	suiteToken := h.token()
	h.script("install", `{"suite_id":"`+h.suite.SuiteID+`","corpid":"`+h.CorpID+`","userid":"zhangsan","range":{"departments":[2],"members":["wangwu"]},"plain_ids":true}`, &in)
	got := h.must("POST", "/cgi-bin/service/get_permanent_code?suite_access_token="+suiteToken, `{"auth_code":"`+in.AuthCode+`"}`)
	if got.Corp.CorpID != h.CorpID || got.User.UserID != "zhangsan" || got.User.Name != "zhangsan" {
		h.t.Errorf("before the migration: %+v", got)
	}
	both := `{"auth_corpid":"` + strings.ToUpper(h.CorpID) + `","permanent_code":"` + got.Permanent + `"}`
	if h.suite.Kind == access.Custom {
		return in, h.must("GET", "/cgi-bin/gettoken?corpid="+h.CorpID+"&corpsecret="+got.Permanent, "").Access
	}
	return in, h.must("POST", "/cgi-bin/service/get_corp_token?suite_access_token="+suiteToken, both).Access
}

// TestMigration: an installation from before providers had ids is shown the corp's, in
// answers and in what it is told, until its provider says that it has migrated.
func TestMigration(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w, access.ThirdParty)
		_, token := h.plain()
		h.Delivered()
		h.commands.Take()
		status := func() string {
			return h.Send("POST", "/cgi-bin/corp/get_openid_migration?access_token="+token, "").Body
		}
		if got := status(); !strings.Contains(got, `"migration_info":[{"openid_type":1,"status":0},{"openid_type":3,"status":0}]`) {
			t.Errorf("get_openid_migration: %s", got)
		}
		read := h.Get("/cgi-bin/user/get?access_token=" + token + "&userid=LISI").Body
		if !strings.Contains(read, `"userid":"lisi","name":"lisi"`) || !strings.Contains(read, `"open_userid":"wo`) || !strings.Contains(read, "/wwhead/default/0") {
			t.Errorf("user/get: %s", read)
		}
		h.contact("user/update", `{"userid":"lisi","department":[2,4]}`)
		h.Delivered()
		if p := h.commands.Take(); len(p) != 1 || p[0].Field("AuthCorpId") != h.CorpID || p[0].Field("UserID") != "lisi" || !strings.Contains(read, `"open_userid":"`+p[0].Field("OpenUserID")+`"`) {
			t.Errorf("before the migration: %v", p)
		}

		provider := h.providerToken()
		for _, tt := range []struct {
			path, body string
			want       int
		}{
			{"finish_openid_migration", `{"openid_type":[1]}`, 41002},
			{"finish_openid_migration", `{"corpid":"` + h.CorpID + `"}`, 40063},
			{"finish_openid_migration", `{"corpid":"` + h.CorpID + `","openid_type":[2]}`, 40058},
			{"finish_openid_migration", `{"corpid":"` + h.CorpID + `","agentid":1000002,"openid_type":[1]}`, 40056},
			{"finish_openid_migration", `{"corpid":"` + h.provider.CorpID + `","openid_type":[1]}`, 610022},
			{"finish_openid_migration", `{"corpid":"wpnobody","openid_type":[1]}`, 48001},
			{"externalcontact/finish_external_userid_migration", `{"corpid":"wpnobody"}`, 48001},
		} {
			if a := h.call("POST", "/cgi-bin/service/"+tt.path+"?provider_access_token="+provider, tt.body); a.Code != tt.want {
				t.Errorf("%s %s: %+v, want %d", tt.path, tt.body, a, tt.want)
			}
		}
		const former = "/cgi-bin/externalcontact/finish_external_userid_migration?"
		for query, want := range map[string]int{"access_token=" + provider: 0, "provider_access_token=" + provider: 0, "access_token=" + token: 40082, "": 41001} {
			if a := h.call("POST", former+query, `{"corpid":"`+h.CorpID+`"}`); a.Code != want {
				t.Errorf("without service/, %.25s…: %+v, want %d", query, a, want)
			}
		}
		h.must("POST", "/cgi-bin/service/externalcontact/finish_external_userid_migration?provider_access_token="+provider, `{"corpid":"`+h.CorpID+`"}`)
		if got := status(); !strings.Contains(got, `[{"openid_type":1,"status":0},{"openid_type":3,"status":1}]`) {
			t.Errorf("customers' ids alone: %s", got)
		}
		h.must("POST", "/cgi-bin/service/finish_openid_migration?provider_access_token="+provider, `{"corpid":"`+h.CorpID+`","openid_type":[1,3]}`)
		if got := status(); !strings.Contains(got, `[{"openid_type":1,"status":1},{"openid_type":3,"status":1}]`) {
			t.Errorf("all: %s", got)
		}
		if a := h.call("GET", "/cgi-bin/user/get?access_token="+token+"&userid=lisi", ""); a.Code != 60111 {
			t.Errorf("after the migration, by the corp's own id: %+v", a)
		}
		h.contact("user/update", `{"userid":"lisi","department":[2]}`)
		h.tells(h.commands, "after it", "change_contact update_user Department=2")
		if next := h.install2(); next == h.CorpID {
			t.Error("a new installation is shown the corp's own id")
		}
	})
}

// install2 removes the suite and installs it again.
func (h *house) install2() string {
	h.t.Helper()
	h.script("cancel", `{"suite_id":"`+h.suite.SuiteID+`","corpid":"`+h.CorpID+`"}`, nil)
	var made struct {
		Ticket string `json:"suite_ticket"`
	}
	h.script("ticket", `{"suite_id":"`+h.suite.SuiteID+`"}`, &made)
	token, in := h.tokenBy(made.Ticket), h.install()
	return h.must("POST", "/cgi-bin/service/v2/get_permanent_code?suite_access_token="+token, `{"auth_code":"`+in.AuthCode+`"}`).Corp.CorpID
}

// TestSensitiveMigration: a proxy-developed application from then reads the sensitive
// fields that it has a permission for, until it gives that up itself.
func TestSensitiveMigration(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		h := open(t, w, access.Custom)
		in, token := h.plain()
		h.script("change", `{"suite_id":"`+h.suite.SuiteID+`","corpid":"`+h.CorpID+`","permissions":["contact:sensitive:mobile"]}`, nil)
		mobile := func() bool {
			return strings.Contains(h.Get("/cgi-bin/user/get?access_token="+token+"&userid=lisi").Body, `"mobile":"1`)
		}
		flag := func(body string) string {
			return h.Send("POST", "/cgi-bin/agent/get_app_migrate_flag?access_token="+token, body).Body
		}
		if !mobile() || !strings.Contains(flag(`{"app_migrate_type":1}`), `"app_migrate_flag":0`) {
			t.Errorf("before: mobile %v, %s", mobile(), flag(`{"app_migrate_type":1}`))
		}
		if got := flag(`{}`); !strings.Contains(got, "40063") {
			t.Error(got)
		}
		if got := flag(`{"app_migrate_type":2}`); !strings.Contains(got, "40058") {
			t.Error(got)
		}
		h.must("POST", "/cgi-bin/agent/set_app_migrate_flag?access_token="+token, `{"app_migrate_type":1}`)
		if mobile() || !strings.Contains(flag(`{"app_migrate_type":1}`), `"app_migrate_flag":1`) {
			t.Errorf("after: mobile %v, %s", mobile(), flag(`{"app_migrate_type":1}`))
		}
		provider := h.providerToken()
		h.must("POST", "/cgi-bin/service/finish_openid_migration?provider_access_token="+provider, `{"corpid":"`+h.CorpID+`","agentid":`+itoa(in.AgentID)+`,"openid_type":[1]}`)
		if a := h.call("GET", "/cgi-bin/user/get?access_token="+token+"&userid=lisi", ""); a.Code != 60111 {
			t.Errorf("after the migration of ids: %+v", a)
		}
		self := h.As(access.SelfBuilt)
		for body, want := range map[string]string{
			`{"open_corpid":"` + in.OpenCorpID + `","source_agentid":` + itoa(in.AgentID) + `}`: `"corpid":"` + h.CorpID + `"`,
			`{"open_corpid":"wpnobody","source_agentid":` + itoa(in.AgentID) + `}`:              `"errcode":710000`,
			`{"open_corpid":"` + in.OpenCorpID + `","source_agentid":1}`:                        `"errcode":40056`,
			`{"open_corpid":"` + in.OpenCorpID + `"}`:                                           `"errcode":41011`,
			`{"source_agentid":` + itoa(in.AgentID) + `}`:                                       `"errcode":40063`,
		} {
			if got := self.Call("POST", "/cgi-bin/corp/opencorpid_to_corpid", body).Body; !strings.Contains(got, want) {
				t.Errorf("%s: %s, want %s", body, got, want)
			}
		}
	})
}

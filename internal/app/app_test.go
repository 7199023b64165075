package app_test

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

type agent struct {
	AgentID     int64
	Name        string
	Logo        string `json:"square_logo_url"`
	Description string
	Users       struct{ User []struct{ UserID string } } `json:"allow_userinfos"`
	Parties     struct{ PartyID []int64 }                `json:"allow_partys"`
	Tags        struct{ TagID []int64 }                  `json:"allow_tags"`
	Close       int64
	Domain      string `json:"redirect_domain"`
	Location    int64  `json:"report_location_flag"`
	Enter       int64  `json:"isreportenter"`
	Home        string `json:"home_url"`
}

func get(t *testing.T, c *qiweitest.Client) (a agent) {
	t.Helper()
	r := c.Call("GET", "/cgi-bin/agent/get?agentid="+strconv.FormatInt(c.AgentID, 10), "")
	if r.Decode(&a); r.ErrCode != 0 {
		t.Fatalf("agent/get: %s", r.Body)
	}
	return a
}

func TestAgentGet(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		own := w.WithApp(access.SelfBuilt, app.Settings{Name: "考勤", Description: "每天打卡", HomeURL: "https://home.example/", RedirectDomain: "sso.example:8443", ReportEnter: 1,
			Range: access.Range{Departments: []int64{2}, Members: []id.UserID{"wangwu"}, Tags: []int64{7}}})
		a := get(t, own)
		if a.Name != "考勤" || a.Description != "每天打卡" || a.Domain != "sso.example:8443" || a.Home != "https://home.example/" || a.Enter != 1 || a.Location != 0 || a.Close != 0 ||
			a.AgentID != own.AgentID || !reflect.DeepEqual(a.Parties.PartyID, []int64{2}) || !reflect.DeepEqual(a.Tags.TagID, []int64{7}) || len(a.Users.User) != 1 || a.Users.User[0].UserID != "wangwu" {
			t.Errorf("%+v", a)
		}
		// Only a proxy-developed application has a state of its publication.
		for kind, want := range map[access.Kind]bool{access.SelfBuilt: false, access.Custom: true, access.ThirdParty: false} {
			c := w.As(kind)
			r := c.Call("GET", fmt.Sprint("/cgi-bin/agent/get?agentid=", c.AgentID), "")
			if has := strings.Contains(r.Body, `,"customized_publish_status":2}`); has != want || strings.Contains(r.Body, "customized_publish_status") != want {
				t.Errorf("as %s: %s", kind, r.Body)
			}
		}
		// A range without members and tags has empty lists in their containers.
		empty := w.WithApp(access.SelfBuilt, app.Settings{})
		if r := empty.Call("GET", fmt.Sprint("/cgi-bin/agent/get?agentid=", empty.AgentID), ""); !strings.Contains(r.Body, `"allow_userinfos":{"user":[]},"allow_partys":{"partyid":[]},"allow_tags":{"tagid":[]},"close":0`) {
			t.Errorf("%s", r.Body)
		}
		for _, tt := range []struct {
			name, query string
			code        int
		}{
			{"no agentid", "", 41011},
			{"an empty agentid", "agentid=", 41011},
			{"an agentid that is no number", "agentid=x", 40056},
			{"an unknown agentid", "agentid=42", 40056},
			{"the agentid of a neighbour", fmt.Sprint("agentid=", empty.AgentID), 301002},
			{"the agentid of contact sync", "agentid=2000002", 301002},
		} {
			if r := own.Call("GET", "/cgi-bin/agent/get?"+tt.query, ""); r.ErrCode != tt.code {
				t.Errorf("%s: %s, want %d", tt.name, r.Body, tt.code)
			}
		}
		if r := own.Call("GET", "/cgi-bin/agent/get?agentid=42", ""); !strings.HasPrefix(r.ErrMsg, "invalid agentid") {
			t.Errorf("%s", r.ErrMsg)
		}
		if r := own.Call("GET", fmt.Sprint("/cgi-bin/agent/get?agentid=", empty.AgentID), ""); !strings.HasPrefix(r.ErrMsg, "not allow operate another agent with this accesstoken., hint: [") {
			t.Errorf("%s", r.ErrMsg)
		}
		for _, kind := range []access.Kind{access.ContactSync} {
			if r := w.As(kind).Call("GET", "/cgi-bin/agent/get?agentid=2000002", ""); r.ErrCode != 48002 {
				t.Errorf("%s: %s", kind, r.Body)
			}
		}
		var list struct{ AgentList []agent }
		r := own.Call("GET", "/cgi-bin/agent/list", "")
		if r.Decode(&list); r.ErrCode != 0 || len(list.AgentList) != 1 || list.AgentList[0].AgentID != own.AgentID || list.AgentList[0].Name != "考勤" {
			t.Errorf("agent/list: %s", r.Body)
		}
	})
}

func TestAgentSet(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		own, neighbour := w.WithApp(access.SelfBuilt, app.Settings{Name: "一", Description: "第一个应用"}), w.WithApp(access.SelfBuilt, app.Settings{})
		before := get(t, own)
		number := strconv.FormatInt(own.AgentID, 10)
		for _, tt := range []struct {
			name, fields string
			code         int
			change       func(*agent)
		}{
			{"nothing", ``, 0, nil},
			{"a name", `"name":"二"`, 0, func(a *agent) { a.Name = "二" }},
			{"a name of 32 characters", `"name":"` + strings.Repeat("名", 32) + `"`, 0, func(a *agent) { a.Name = strings.Repeat("名", 32) }},
			{"a name of 33", `"name":"` + strings.Repeat("名", 33) + `"`, 45022, nil},
			{"no name", `"name":""`, 45022, nil},
			{"a name of spaces", `"name":"  "`, 45022, nil},
			{"a description", `"description":"四个字的"`, 0, func(a *agent) { a.Description = "四个字的" }},
			{"a description of 3 characters", `"description":"三个字"`, 45004, nil},
			{"a description of 120", `"description":"` + strings.Repeat("字", 120) + `"`, 0, func(a *agent) { a.Description = strings.Repeat("字", 120) }},
			{"a description of 121", `"description":"` + strings.Repeat("字", 121) + `"`, 45004, nil},
			{"reporting of location", `"report_location_flag":1`, 0, func(a *agent) { a.Location = 1 }},
			{"reporting of location as text", `"report_location_flag":"0"`, 0, func(a *agent) { a.Location = 0 }},
			{"reporting of location all the time", `"report_location_flag":2`, 40059, nil},
			{"reporting of location, perhaps", `"report_location_flag":"perhaps"`, 40059, nil},
			{"reporting of entering", `"isreportenter":1`, 0, func(a *agent) { a.Enter = 1 }},
			{"reporting of entering twice", `"isreportenter":2`, 40058, nil},
			{"reporting of entering, perhaps", `"isreportenter":[1]`, 40058, nil},
			{"a home page", `"home_url":"http://home.example/x?y"`, 0, func(a *agent) { a.Home = "http://home.example/x?y" }},
			{"a home page without a scheme", `"home_url":"home.example"`, 40094, nil},
			{"a home page of another scheme", `"home_url":"javascript:alert(1)"`, 40094, nil},
			{"no home page", `"home_url":""`, 0, func(a *agent) { a.Home = "" }},
			{"a trusted domain", `"redirect_domain":"sso.example"`, 0, func(a *agent) { a.Domain = "sso.example" }},
			{"a trusted domain with a port", `"redirect_domain":"127.0.0.1:8080"`, 0, func(a *agent) { a.Domain = "127.0.0.1:8080" }},
			{"a trusted domain with a scheme", `"redirect_domain":"https://sso.example"`, 85005, nil},
			{"a trusted domain with a path", `"redirect_domain":"sso.example/x"`, 85005, nil},
			{"a trusted domain with a star", `"redirect_domain":"*.sso.example"`, 85005, nil},
			{"a trusted port", `"redirect_domain":":8443"`, 85005, nil},
			{"a trusted domain of somebody", `"redirect_domain":"me@sso.example"`, 85005, nil},
			{"a picture", `"logo_mediaid":"x"`, 301015, nil},
			{"what was once there", `"isreportuser":1,"type":"x","chat_extension_url":"y"`, 0, nil},
			{"all at once, one of them wrong", `"name":"三","home_url":"ftp://x"`, 40094, nil},
		} {
			body := `{"agentid":` + number
			if tt.fields != "" {
				body += "," + tt.fields
			}
			want := get(t, own)
			if tt.change != nil {
				tt.change(&want)
			}
			if r := own.Call("POST", "/cgi-bin/agent/set", body+"}"); r.ErrCode != tt.code {
				t.Errorf("%s: %s, want %d", tt.name, r.Body, tt.code)
			}
			if got := get(t, own); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: now %+v, want %+v", tt.name, got, want)
			}
		}
		if after := get(t, own); reflect.DeepEqual(after, before) {
			t.Error("nothing was set")
		}
		for _, tt := range []struct {
			name string
			as   *qiweitest.Client
			body string
			code int
		}{
			{"no agentid", own, `{"name":"x"}`, 41011},
			{"a neighbour", neighbour, `{"agentid":` + number + `,"name":"x"}`, 301002},
			{"an unknown one", own, `{"agentid":42,"name":"x"}`, 40056},
			{"contact sync", w.As(access.ContactSync), `{"agentid":2000002,"name":"x"}`, 48002},
			{"a third party's", w.As(access.ThirdParty), `{"agentid":` + number + `,"name":"x"}`, 48002},
			{"a proxy-developed one", w.As(access.Custom), `{"agentid":` + number + `,"name":"x"}`, 48002},
		} {
			if r := tt.as.Call("POST", "/cgi-bin/agent/set", tt.body); r.ErrCode != tt.code {
				t.Errorf("by %s: %s, want %d", tt.name, r.Body, tt.code)
			}
		}
		if w.Events() != nil {
			t.Error("an event was recorded")
		}
	})
}

// TestRangeFollowsTheDirectory deletes and renames what is in a visible range.
func TestRangeFollowsTheDirectory(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		sync := w.As(access.ContactSync)
		settings := app.Settings{Range: access.Range{Departments: []int64{4, 3}, Members: []id.UserID{"lisi", "WangWu", "zhangsan"}}}
		own, twin := w.WithApp(access.SelfBuilt, settings), w.Second.WithApp(access.SelfBuilt, settings)
		members := func(c *qiweitest.Client) (out []string) {
			for _, u := range get(t, c).Users.User {
				out = append(out, u.UserID)
			}
			return out
		}
		do := func(method, path, body string) {
			t.Helper()
			if r := sync.Call(method, path, body); r.ErrCode != 0 {
				t.Fatalf("%s: %s", path, r.Body)
			}
		}
		do("GET", "/cgi-bin/user/delete?userid=LISI", "")
		if got := members(own); !slices.Equal(got, []string{"WangWu", "zhangsan"}) {
			t.Errorf("after lisi's end: %q", got)
		}
		do("GET", "/cgi-bin/user/delete?userid=wangwu", "")
		do("GET", "/cgi-bin/department/delete?id=3", "")
		if got := get(t, own); !slices.Equal(members(own), []string{"zhangsan"}) || !slices.Equal(got.Parties.PartyID, []int64{4}) {
			t.Errorf("after wangwu's end, and department 3's: %+v", got)
		}
		// A new member under an old userid is not in the range.
		do("POST", "/cgi-bin/user/create", `{"userid":"lisi","name":"另","email":"another@corp.example","department":[2]}`)
		if got := members(own); !slices.Equal(got, []string{"zhangsan"}) {
			t.Errorf("a newcomer under an old userid: %q", got)
		}
		if r := own.Call("GET", "/cgi-bin/user/get?userid=lisi", ""); r.ErrCode != 60011 {
			t.Errorf("reading him: %s", r.Body)
		}
		// The other enterprise's twins are untouched.
		if got := get(t, twin); !slices.Equal(members(twin), []string{"lisi", "WangWu", "zhangsan"}) || !slices.Equal(got.Parties.PartyID, []int64{4, 3}) {
			t.Errorf("the twin: %+v", got)
		}
		// When the last one goes, the range is empty: it holds nobody, not everybody.
		do("GET", "/cgi-bin/user/delete?userid=zhangsan", "")
		do("GET", "/cgi-bin/department/delete?id=4", "")
		if got := get(t, own); len(members(own)) != 0 || len(got.Parties.PartyID) != 0 {
			t.Errorf("after all: %+v", got)
		}
		if r := own.Call("GET", "/cgi-bin/user/get?userid=lisi", ""); r.ErrCode != 60011 {
			t.Errorf("an empty range: %s", r.Body)
		}
	})
}

func TestRangeFollowsARenamedMember(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		var user id.UserID
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			// Only a userid that the system made may be changed.
			_, err := tx.Exec(`UPDATE member SET generated = 1 WHERE corpid = ? AND userkey = 'lisi'`, w.CorpID)
			user = "lisi"
			return err
		})
		own := w.WithApp(access.SelfBuilt, app.Settings{Range: access.Range{Members: []id.UserID{"wangwu", user}}})
		if r := w.As(access.ContactSync).Call("POST", "/cgi-bin/user/update", `{"userid":"lisi","new_userid":"Li.Si"}`); r.ErrCode != 0 {
			t.Fatal(r.Body)
		}
		if got := get(t, own); len(got.Users.User) != 2 || got.Users.User[1].UserID != "Li.Si" {
			t.Errorf("%+v", got.Users)
		}
		if r := own.Call("GET", "/cgi-bin/user/get?userid=li.si", ""); r.ErrCode != 0 {
			t.Errorf("reading him under his new userid: %s", r.Body)
		}
	})
}

func TestApplications(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		apps := w.Server.Apps
		make := func(a app.App) (made app.App, err error) {
			a.CorpID, a.Settings.Name = w.CorpID, "x"
			err = w.Server.Store.Write(context.Background(), func(tx *store.Tx) error {
				made, err = apps.CreateApp(context.Background(), tx, a)
				return err
			})
			return made, err
		}
		first, err := make(app.App{Kind: access.SelfBuilt})
		if err != nil || first.AgentID != 1000002 || len(first.Secret) != 43 || len(first.CallbackAESKey) != 43 {
			t.Errorf("%+v, %v", first, err)
		}
		if second, err := make(app.App{Kind: access.SelfBuilt}); err != nil || second.AgentID != 1000003 || second.Secret == first.Secret {
			t.Errorf("%+v, %v", second, err)
		}
		if _, err := make(app.App{Kind: access.SelfBuilt, AgentID: 1000002}); !errors.Is(err, store.ErrUnique) {
			t.Errorf("a taken agentid: %v", err)
		}
		if _, err := make(app.App{Kind: access.ContactSync}); err == nil {
			t.Error("a second contact sync")
		}
		if _, err := make(app.App{Kind: "what"}); err == nil {
			t.Error("an unknown kind")
		}
		if _, err := make(app.App{Kind: access.SelfBuilt, Settings: app.Settings{Sensitive: []string{"salary"}}}); err == nil {
			t.Error("an unknown sensitive field")
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			list, err := apps.Apps(tx, w.CorpID)
			for i := len(list); i < 300 && err == nil; i++ {
				_, err = apps.CreateApp(ctx, tx, app.App{CorpID: w.CorpID, Kind: access.SelfBuilt, Settings: app.Settings{Name: "x"}})
			}
			return err
		})
		if _, err := make(app.App{Kind: access.SelfBuilt}); !errors.Is(err, app.ErrTooMany) {
			t.Errorf("the 301st: %v", err)
		}
		for _, err := range []error{
			w.Server.Store.Read(context.Background(), func(tx *store.Tx) error { _, err := apps.App(tx, w.Second.CorpID, 1000003); return err }),
			w.Server.Store.Write(context.Background(), func(tx *store.Tx) error {
				return apps.DeleteApp(context.Background(), tx, w.Second.CorpID, 1000003)
			}),
			w.Server.Store.Write(context.Background(), func(tx *store.Tx) error {
				_, err := apps.ResetSecret(context.Background(), tx, w.Second.CorpID, 1000003)
				return err
			}),
			w.Server.Store.Write(context.Background(), func(tx *store.Tx) error {
				first.CorpID = w.Second.CorpID
				return apps.UpdateApp(context.Background(), tx, first)
			}),
		} {
			if !errors.Is(err, app.ErrNotFound) {
				t.Errorf("from the other enterprise: %v", err)
			}
		}
	})
}

// TestProvidersApplicationsAreInstalled: a corp cannot make an application of a provider's kind, and gettoken
// gives no token for one.
func TestProvidersApplicationsAreInstalled(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		for _, kind := range access.ProviderApps() {
			err := w.Server.Store.Write(context.Background(), func(tx *store.Tx) error {
				_, err := w.Server.Apps.CreateApp(context.Background(), tx, app.App{CorpID: w.CorpID, Kind: kind, Settings: app.Settings{Name: "x"}})
				return err
			})
			if err == nil || !strings.Contains(err.Error(), "is installed") {
				t.Errorf("%s was made: %v", kind, err)
			}
			installed := w.WithApp(kind, app.Settings{Range: access.Everything()})
			got := w.Get("/cgi-bin/gettoken?corpid=" + w.CorpID + "&corpsecret=" + installed.Secret)
			if want := map[bool]int{true: 0, false: 40001}[kind == access.Custom]; got.ErrCode != want {
				t.Errorf("gettoken of %s: %s, want %d", kind, got.Body, want)
			}
		}
		for _, kind := range access.MadeKinds() {
			if kind.Single() {
				w.As(kind)
				if err := w.Server.Store.Write(context.Background(), func(tx *store.Tx) error {
					_, err := w.Server.Apps.CreateApp(context.Background(), tx, app.App{CorpID: w.CorpID, Kind: kind, Settings: app.Settings{Name: "x"}})
					return err
				}); !errors.Is(err, app.ErrKindTaken) {
					t.Errorf("a second one of kind %s: %v", kind, err)
				}
			}
		}
	})
}

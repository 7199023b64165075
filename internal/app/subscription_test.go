package app_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// follow holds the ranges of the applications in TestSubscriptions. Tag 9 holds wangwu himself and department
// 3.
var follow = map[string]access.Range{
	"all":  access.Everything(),
	"研发部":  {Departments: []int64{2}},
	"lisi": {Members: []id.UserID{"lisi"}},
	"tag":  {Tags: []int64{9}},
	"both": {Departments: []int64{3}, Members: []id.UserID{"wangwu"}},
	"none": {},
}

// TestSubscriptions makes each change that moves members into visible ranges or
// out of them, and says to which application which member then subscribed (+) or
// unsubscribed (-). The world's tree: 1 root, 2 研发部 with 3 below it, 4 市场部;
// zhangsan is in 2, lisi in 3, wangwu in 4.
func TestSubscriptions(t *testing.T) {
	type change struct {
		what string
		to   string // path and query, or the name of a change that an administrator makes
		body string
		want string // "app:+user app:-user …" in the order of the applications' names
	}
	changes := []change{
		{"a new member", "user/create", `{"userid":"new","name":"新","email":"new@corp.example","department":[3]}`, "all:+new both:+new tag:+new 研发部:+new"},
		{"one who is disabled", "user/create", `{"userid":"off","name":"停","email":"off@corp.example","department":[3],"enable":0}`, ""},
		{"enabled", "user/update", `{"userid":"off","enable":1}`, "all:+off both:+off tag:+off 研发部:+off"},
		{"disabled", "user/update", `{"userid":"off","enable":0}`, "all:-off both:-off tag:-off 研发部:-off"},
		{"disabled and moved", "user/update", `{"userid":"off","department":[4]}`, ""},
		{"a name", "user/update", `{"userid":"new","name":"旧"}`, ""},
		{"moved within the range", "user/update", `{"userid":"new","department":[2]}`, "both:-new tag:-new"},
		{"moved out of it", "user/update", `{"userid":"new","department":[4]}`, "研发部:-new"},
		{"a second department", "user/update", `{"userid":"new","department":[4,3]}`, "both:+new tag:+new 研发部:+new"},
		{"named by the range, moved", "user/update", `{"userid":"lisi","department":[4]}`, "both:-lisi tag:-lisi 研发部:-lisi"},
		{"a member tagged", "tag/addtagusers", `{"tagid":9,"userlist":["zhangsan","new"]}`, "tag:+zhangsan"},
		{"members untagged", "tag/deltagusers", `{"tagid":9,"userlist":["zhangsan","new"]}`, "tag:-zhangsan"},
		{"a department tagged", "tag/addtagusers", `{"tagid":9,"partylist":[2,4]}`, "tag:+zhangsan tag:+lisi"},
		{"a department untagged", "tag/deltagusers", `{"tagid":9,"partylist":[2,4]}`, "tag:-zhangsan tag:-lisi"},
		{"another tag", "tag/addtagusers", `{"tagid":8,"userlist":["zhangsan"]}`, ""},
		{"a department below another", "department/create", `{"id":5,"name":"测试组","parentid":4}`, ""},
		{"with a member", "user/create", `{"userid":"tester","name":"测","email":"t@corp.example","department":[5]}`, "all:+tester"},
		{"moved into ranges", "department/update", `{"id":5,"parentid":3}`, "both:+tester tag:+tester 研发部:+tester"},
		{"up, within one of them", "department/update", `{"id":5,"parentid":2}`, "both:-tester tag:-tester"},
		{"its name", "department/update", `{"id":5,"name":"质量组"}`, ""},
		{"out of all", "department/update", `{"id":5,"parentid":4}`, "研发部:-tester"},
		{"a range replaced", "range none", "", "none:+zhangsan none:+new"},
		{"a member deleted", "user/delete?userid=new", "", "all:-new both:-new none:-new tag:-new 研发部:-new"},
		{"a tagged member deleted", "user/delete?userid=wangwu", "", "all:-wangwu both:-wangwu tag:-wangwu"},
		{"one whom a range names", "user/delete?userid=lisi", "", "all:-lisi lisi:-lisi"},
		{"a disabled one", "user/delete?userid=off", "", ""},
		{"the tag deleted", "tag/delete?tagid=9", "", "tag:-last"},
	}
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		writer := w.As(access.ThirdPartyContacts)
		call := func(to, body string) {
			t.Helper()
			method := "POST"
			if body == "" {
				method = "GET"
			}
			if got := writer.Call(method, "/cgi-bin/"+to, body); got.ErrCode != 0 {
				t.Fatalf("%s: %s", to, got.Body)
			}
		}
		call("tag/create", `{"tagid":8,"tagname":"八"}`)
		call("tag/create", `{"tagid":9,"tagname":"九"}`)
		call("tag/addtagusers", `{"tagid":9,"userlist":["wangwu"],"partylist":[3]}`)
		clients, receivers := map[string]*qiweitest.Client{}, map[string]*qiweitest.Receiver{}
		for name, r := range follow {
			clients[name] = w.WithApp(access.SelfBuilt, app.Settings{Name: name, Range: r})
			receivers[name] = w.Receiver(clients[name])
		}
		w.WithApp(access.SelfBuilt, app.Settings{Name: "without a callback", Range: access.Everything()})
		names := slices.Sorted(func(yield func(string) bool) {
			for name := range follow {
				if !yield(name) {
					return
				}
			}
		})
		w.Delivered()
		for _, rc := range receivers {
			rc.Take() // the pushes of the setup
		}
		w.Events()
		for _, c := range changes {
			switch {
			case c.to == "range none":
				clients["none"].Configure(func(a *app.App) {
					a.Range = access.Range{Departments: []int64{2}, Tags: []int64{8}, Members: []id.UserID{"new"}}
				})
			case strings.HasPrefix(c.to, "tag/delete"):
				call("user/create", `{"userid":"last","name":"末","email":"last@corp.example","department":[3]}`)
				w.Delivered()
				for _, rc := range receivers {
					rc.Take()
				}
				call(c.to, c.body)
			default:
				call(c.to, c.body)
			}
			w.Delivered()
			var got []string
			for _, name := range names {
				for _, r := range receivers[name].Take() {
					sign := map[string]string{"subscribe": "+", "unsubscribe": "-"}[r.Field("Event")]
					got = append(got, name+":"+sign+r.Field("FromUserName"))
					if want := fmt.Sprint(clients[name].AgentID); r.Field("AgentID") != want || r.AgentID != want || r.Problem != "" {
						t.Errorf("%s: agentid %s in %s, %s", c.what, r.AgentID, r.XML(), r.Problem)
					}
				}
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("%s: %s, want %s", c.what, strings.Join(got, " "), c.want)
			}
		}
		if stray := w.Second.Events(); stray != nil {
			t.Errorf("the other enterprise had events %q", stray)
		}
	})
}

// TestSubscriptionRenamed: a member whose userid changes stays in the range, and another change in the same
// call names the member by the new userid.
func TestSubscriptionRenamed(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		var user id.UserID
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			m, _, err := w.Server.Directory.CreateMember(ctx, tx, access.System(w.CorpID), directory.Member{
				Name: "无名", Mobile: "13800000008", Enabled: true, Places: []directory.Place{{Department: 2}}}, false)
			user = m.UserID
			return err
		})
		named := w.Receiver(w.WithApp(access.SelfBuilt, app.Settings{Range: access.Range{Members: []id.UserID{user}}}))
		below := w.Receiver(w.WithApp(access.SelfBuilt, app.Settings{Range: access.Range{Departments: []int64{2}}}))
		got := w.As(access.ContactSync).Call("POST", "/cgi-bin/user/update", fmt.Sprintf(`{"userid":%q,"new_userid":"youming","department":[4]}`, user))
		if got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		w.Delivered()
		if got := named.Kinds(); got != nil {
			t.Errorf("who names the member was told of %q", got)
		}
		list := below.Take()
		if len(list) != 1 || list[0].Kind() != "unsubscribe" || list[0].Field("FromUserName") != "youming" {
			t.Errorf("who sees his department was told %v", list)
		}
	})
}

// TestNobodySubscribes: nobody subscribes without a callback, to contact sync, or when a callback is set.
func TestNobodySubscribes(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		w.As(access.ThirdPartyContacts).Call("POST", "/cgi-bin/user/create", `{"userid":"li","name":"李","email":"li@corp.example","department":[2]}`)
		if got := w.Events(); !slices.Equal(got, []string{"change_contact/create_user"}) {
			t.Errorf("without a callback: %q", got)
		}
		sync, contact := w.Receiver(w.As(access.ContactSync)), w.Receiver(w.As(access.CustomerContact))
		late := w.WithApp(access.SelfBuilt, app.Settings{})
		rc := w.Receiver(late)
		late.Configure(func(a *app.App) { a.Range = access.Range{Departments: []int64{4}} })
		w.As(access.ThirdPartyContacts).Call("GET", "/cgi-bin/user/delete?userid=li", "")
		w.Delivered()
		if got := rc.Kinds(); !slices.Equal(got, []string{"subscribe"}) {
			t.Errorf("a range given after the callback: %q", got)
		}
		if got := sync.Kinds(); !slices.Equal(got, []string{"change_contact/delete_user"}) {
			t.Errorf("contact sync: %q", got)
		}
		if got := contact.Kinds(); got != nil {
			t.Errorf("customer contact: %q", got)
		}
	})
}

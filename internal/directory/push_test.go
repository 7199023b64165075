package directory_test

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/event"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// changesToTell are one change of each sort, and the corner cases of each page (doc 90970, 90971, 90972). An
// application other than contact sync makes them.
var changesToTell = []struct{ what, to, body string }{
	{"a member with every field", "user/create", `{"userid":"liwei","name":"李伟","alias":"will","mobile":"13800000009","department":[2,4],"order":[3,1],
		"is_leader_in_dept":[1,0],"main_department":2,"direct_leader":["zhangsan"],"position":"产品 & 设计","gender":1,"email":"liwei@corp.example",
		"telephone":"020-123456","address":"某路 <1> 号","extattr":{"attrs":[{"type":0,"name":"工位","text":{"value":"3]]>7"}},
		{"type":1,"name":"主页","web":{"url":"https://corp.example/?a=1&b=2","title":"主页"}}]}}`},
	{"a member with what is needed alone", "user/create", `{"userid":"chen","name":"陈","email":"chen@corp.example","department":[3]}`},
	{"a member outside of 研发部", "user/create", `{"userid":"zhao","name":"赵","email":"zhao@corp.example","department":[4],"enable":0}`},
	{"his name", "user/update", `{"userid":"liwei","name":"李伟达"}`},
	{"what the newer forms withhold", "user/update", `{"userid":"liwei","mobile":"13800000010","email":"li@corp.example","gender":2}`},
	{"his fields emptied", "user/update", `{"userid":"liwei","alias":"","mobile":"","position":"","telephone":"","address":"","direct_leader":[],"extattr":{"attrs":[{"type":0,"name":"工位","text":{"value":""}}]}}`},
	{"his departments", "user/update", `{"userid":"liwei","department":[3,4],"is_leader_in_dept":[0,1]}`},
	{"out of 研发部", "user/update", `{"userid":"liwei","department":[4]}`},
	{"into it again, and disabled", "user/update", `{"userid":"liwei","department":[2],"enable":0}`},
	{"his order alone", "user/update", `{"userid":"liwei","department":[2],"order":[9]}`},
	{"nothing new", "user/update", `{"userid":"liwei","name":"李伟达"}`},
	{"a member deleted", "user/delete?userid=chen", ``},
	{"two at once", "user/batchdelete", `{"useridlist":["zhao","wangwu"]}`},
	{"a department", "department/create", `{"id":7,"name":"运维 & 组","parentid":3}`},
	{"a department with an order, elsewhere", "department/create", `{"id":8,"name":"售前","parentid":4,"order":77}`},
	{"its name", "department/update", `{"id":7,"name":"运维部"}`},
	{"its parent", "department/update", `{"id":7,"parentid":2}`},
	{"both, out of 研发部", "department/update", `{"id":7,"name":"运维","parentid":4}`},
	{"its order alone", "department/update", `{"id":8,"order":5}`},
	{"a department deleted", "department/delete?id=8", ``},
	{"a tag", "tag/create", `{"tagid":3,"tagname":"标签"}`},
	{"into the tag", "tag/addtagusers", `{"tagid":3,"userlist":["lisi","zhangsan","nobody"],"partylist":[4,2]}`},
	{"out of it", "tag/deltagusers", `{"tagid":3,"userlist":["zhangsan"],"partylist":[2]}`},
	{"a tagged member deleted", "user/delete?userid=lisi", ``},
	{"the tag renamed", "tag/update", `{"tagid":3,"tagname":"别名"}`},
	{"the tag deleted", "tag/delete?tagid=3", ``},
}

// TestPushes compares every push of the directory with testdata/push, in each of its forms.
func TestPushes(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		configure(w, func(c *corp.Corp) { c.MailDomain = "corp.wecom.example" })
		writer := w.As(access.ThirdPartyContacts)
		sync := w.As(access.ContactSync)
		legacy := func(on bool) { sync.Configure(func(a *app.App) { a.Legacy = on }) }
		reduced := w.Receiver(sync)
		custom := w.Receiver(w.WithApp(access.Custom, app.Settings{Range: access.Range{Departments: []int64{2}}}))
		plain := w.Receiver(w.WithApp(access.SelfBuilt, app.Settings{})) // sees nobody, so is told nothing
		told := map[string]*strings.Builder{"full": {}, "ids": {}, "visible": {}}
		// The changes are made twice, because contact sync has only one callback.
		for _, form := range []string{"ids", "full"} {
			legacy(form == "full")
			for _, c := range changesToTell {
				method := "POST"
				if c.body == "" {
					method = "GET"
				}
				if got := writer.Call(method, "/cgi-bin/"+c.to, c.body); got.ErrCode != 0 {
					t.Fatalf("%s: %s", c.what, got.Body)
				}
				w.Delivered()
				write(w, told[form], c.what, reduced)
				if form == "ids" {
					write(w, told["visible"], c.what, custom)
				}
			}
			undo(w, writer)
			w.Delivered()
			reduced.Take()
			custom.Take()
		}
		for form, text := range told {
			qiweitest.Golden(t, "push/"+form+".txt", text.String())
		}
		if got := plain.Kinds(); got != nil {
			t.Errorf("a self-built application was told of %q", got)
		}
	})
}

// undo brings the directory back to its state before the changes.
func undo(w *qiweitest.World, writer *qiweitest.Client) {
	for _, c := range []struct{ to, body string }{
		{"user/delete?userid=liwei", ""}, {"department/delete?id=7", ""},
		{"user/create", `{"userid":"lisi","name":"李四","mobile":"13800000002","department":[3],"direct_leader":["zhangsan"]}`},
		{"user/create", `{"userid":"wangwu","name":"王五","mobile":"13800000003","department":[4]}`},
	} {
		method := "POST"
		if c.body == "" {
			method = "GET"
		}
		if got := writer.Call(method, "/cgi-bin/"+c.to, c.body); got.ErrCode != 0 {
			panic(got.Body)
		}
	}
	w.Advance(0)
}

var variable = regexp.MustCompile(`<CreateTime>\d+</CreateTime>|/wwhead/[^/]+/`)

// write adds what the receiver got, with everything that differs between runs replaced.
func write(w *qiweitest.World, to *strings.Builder, what string, rc *qiweitest.Receiver) {
	fmt.Fprintf(to, "# %s\n", what)
	for _, r := range rc.Take() {
		text := strings.NewReplacer(w.CorpID, "CORPID", w.URL, "http://server").Replace(r.XML() + r.Problem)
		fmt.Fprintln(to, variable.ReplaceAllStringFunc(text, func(s string) string {
			if strings.HasPrefix(s, "/wwhead") {
				return "/wwhead/CARD/"
			}
			return "<CreateTime>TIME</CreateTime>"
		}))
	}
}

// TestJobResult: the application that submitted a job is told of its end, at its own callback or at the one
// given with the job.
func TestJobResult(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		own, apart, other := w.Receiver(w.As(access.ContactSync)), w.Receiver(), w.Receiver(w.As(access.SelfBuilt))
		done := func(e directory.JobDoneEvent) {
			w.Write(func(ctx context.Context, tx *store.Tx) error {
				apps, err := w.Server.Apps.Apps(tx, w.CorpID)
				for _, a := range apps {
					if a.Kind == access.ContactSync {
						e.App = a.No
					}
				}
				if err != nil {
					return err
				}
				return w.Server.Directory.JobDone.Record(ctx, tx, access.System(w.CorpID), e)
			})
		}
		done(directory.JobDoneEvent{JobID: "job1", JobType: "sync_user", ErrMsg: "ok"})
		done(directory.JobDoneEvent{JobID: "job2", JobType: "replace_party", ErrCode: 40058, ErrMsg: "invalid Request Parameter",
			Endpoint: event.Endpoint{URL: apart.URL, Token: apart.Token, AESKey: apart.AESKey}})
		w.Delivered()
		var text strings.Builder
		write(w, &text, "to the application's own callback", own)
		write(w, &text, "to the one that the job brought along", apart)
		qiweitest.Golden(t, "push/job.txt", text.String())
		if got := other.Kinds(); got != nil {
			t.Errorf("an application that asked for nothing was told of %q", got)
		}
	})
}

// TestPushShowsWhatTheAPIShows: an application is told of a new member's fields exactly what it reads through
// the API, depending on its permissions and its age.
func TestPushShowsWhatTheAPIShows(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		old := w.WithApp(access.Custom, app.Settings{Range: access.Everything(), Legacy: true,
			Grants: []string{"contact:base:name", "contact:sensitive:mobile", "contact:sensitive:email"}})
		rc := w.Receiver(old)
		w.As(access.ThirdPartyContacts).Call("POST", "/cgi-bin/user/create", `{"userid":"li","name":"李","mobile":"13800000077","email":"li@corp.example","department":[1]}`)
		w.Delivered()
		var read struct{ Name, Mobile, Email string }
		old.Call("GET", "/cgi-bin/user/get?userid=li", "").Decode(&read)
		list := rc.Take()
		if len(list) == 0 {
			t.Fatal("it was told nothing")
		}
		told := struct{ Name, Mobile, Email string }{list[0].Field("Name"), list[0].Field("Mobile"), list[0].Field("Email")}
		if read != told || read.Mobile == "" {
			t.Errorf("it reads %+v and was told %+v", read, told)
		}
	})
}

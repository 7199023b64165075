package directory_test

import (
	"context"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

func TestTagNamesAndIDs(t *testing.T) {
	sync := access.ContactSync
	long := strings.Repeat("标", 32)
	talk(t, []line{
		{"a tag without an id", sync, "tag/create", `{"tagname":"一"}`, `0 "errmsg":"created","tagid":1}`, ""},
		{"a tag with an id", sync, "tag/create", `{"tagname":"UI","tagid":12}`, `0 "tagid":12`, ""},
		{"the next one follows the highest", sync, "tag/create", `{"tagname":"后"}`, `0 "tagid":13`, ""},
		{"an id as text", sync, "tag/create", `{"tagname":"文","tagid":"20"}`, `0 "tagid":20`, ""},
		{"an empty text for an id", sync, "tag/create", `{"tagname":"空","tagid":""}`, `0 "tagid":21`, ""},
		{"a zero for an id", sync, "tag/create", `{"tagname":"零","tagid":0}`, `0 "tagid":22`, ""},
		{"null for an id", sync, "tag/create", `{"tagname":"无","tagid":null}`, `0 "tagid":23`, ""},
		{"an id that is taken", sync, "tag/create", `{"tagname":"二","tagid":12}`, `40068`, ""},
		{"a negative id", sync, "tag/create", `{"tagname":"负","tagid":-1}`, `40068`, ""},
		{"an id that is a word", sync, "tag/create", `{"tagname":"词","tagid":"x"}`, `40068 Warning: wrong json format. `, ""},
		{"the largest id", sync, "tag/create", `{"tagname":"大","tagid":2147483647}`, `0`, ""},
		{"beyond it", sync, "tag/create", `{"tagname":"更大","tagid":2147483648}`, `40068`, ""},
		{"after the largest, the first gap", sync, "tag/create", `{"tagname":"隙"}`, `0 "tagid":2`, ""},
		{"a name that is taken", sync, "tag/create", `{"tagname":"UI"}`, `40071`, ""},
		{"the same name in other letters", sync, "tag/create", `{"tagname":"ui"}`, `0`, ""},
		{"no name", sync, "tag/create", `{"tagid":30}`, `41018`, ""},
		{"an empty name", sync, "tag/create", `{"tagname":""}`, `40072`, ""},
		{"a name of spaces", sync, "tag/create", `{"tagname":"  "}`, `40072`, ""},
		{"a name of 32 characters", sync, "tag/create", `{"tagname":"` + long + `"}`, `0`, ""},
		{"a name of 33 characters", sync, "tag/create", `{"tagname":"` + long + `多"}`, `40072`, ""},
		{"a name with a line break", sync, "tag/create", `{"tagname":"a\nb"}`, `40058`, ""},
		{"a number for a name", sync, "tag/create", `{"tagname":7}`, `0`, ""},

		{"rename", sync, "tag/update", `{"tagid":12,"tagname":"UI design"}`, `0 "errmsg":"updated"}`, ""},
		{"rename to the same", sync, "tag/update", `{"tagid":12,"tagname":"UI design"}`, `0`, ""},
		{"rename to another's name", sync, "tag/update", `{"tagid":12,"tagname":"一"}`, `40071`, ""},
		{"rename to too long a name", sync, "tag/update", `{"tagid":12,"tagname":"` + long + `多"}`, `40072`, ""},
		{"rename without a name", sync, "tag/update", `{"tagid":12}`, `41018`, ""},
		{"rename without an id", sync, "tag/update", `{"tagname":"x"}`, `41017`, ""},
		{"rename an unknown one", sync, "tag/update", `{"tagid":99,"tagname":"x"}`, `40068`, ""},
		{"its old name is free", sync, "tag/create", `{"tagname":"UI"}`, `0`, ""},

		{"look", sync, "tag/get?tagid=12", "", `0 "tagname":"UI design","userlist":[],"partylist":[]}`, ""},
		{"look without an id", sync, "tag/get", "", `41017 "userlist":[],"partylist":[]}`, ""},
		{"look at an unknown one", sync, "tag/get?tagid=99", "", `40068 "userlist":[],"partylist":[]}`, ""},
		{"look at a word", sync, "tag/get?tagid=x", "", `40068`, ""},
		{"list", sync, "tag/list", "", `0 "taglist":[{"tagid":1,"tagname":"一"},{"tagid":2,"tagname":"隙"},{"tagid":3,"tagname":"ui"},`, ""},

		{"delete", sync, "tag/delete?tagid=12", "", `0 "errmsg":"deleted"}`, ""},
		{"delete it again", sync, "tag/delete?tagid=12", "", `40068`, ""},
		{"delete without an id", sync, "tag/delete", "", `41017`, ""},
		{"by POST, with the id in the body", sync, "tag/delete", `{"tagid":1}`, `0`, ""},
	})
}

func TestWhatATagHolds(t *testing.T) {
	sync := access.ContactSync
	add, del := "tag/addtagusers", "tag/deltagusers"
	talk(t, []line{
		{"a tag", sync, "tag/create", `{"tagname":"球队","tagid":5}`, `0`, ""},
		{"members and a department", sync, add, `{"tagid":5,"userlist":["zhangsan","LiSi"],"partylist":[4]}`, `0 "errmsg":"ok"}`, "update_tag"},
		{"they are in it", sync, "tag/get?tagid=5", "", `0 "userlist":[{"userid":"zhangsan","name":"张三"},{"userid":"lisi","name":"李四"}],"partylist":[4]}`, ""},
		{"a second time nothing happens", sync, add, `{"tagid":5,"userlist":["ZhangSan"],"partylist":[4]}`, `0 "errmsg":"ok"}`, ""},
		{"one of two is new", sync, add, `{"tagid":5,"userlist":["zhangsan","wangwu"]}`, `0`, "update_tag"},
		{"some are unknown", sync, add, `{"tagid":5,"userlist":["Ghost1","zhangsan","ghost2","GHOST1"],"partylist":[2,404,404]}`,
			`0 "errmsg":"ok","invalidlist":"ghost1|ghost2","invalidparty":[404]}`, "update_tag"},
		{"all are unknown", sync, add, `{"tagid":5,"userlist":["ghost1"],"partylist":[404]}`, `40070 "all list invalid , hint`, ""},
		{"nobody", sync, add, `{"tagid":5}`, `40035`, ""},
		{"empty lists", sync, add, `{"tagid":5,"userlist":[],"partylist":[]}`, `40035`, ""},
		{"null and an empty name", sync, add, `{"tagid":5,"userlist":[""],"partylist":null}`, `40035`, ""},
		{"text for the list of members", sync, add, `{"tagid":5,"userlist":"zhangsan|lisi","partylist":[4]}`, `40035 Warning: wrong json format. `, ""},
		{"text for the list of departments", sync, add, `{"tagid":5,"userlist":["zhangsan"],"partylist":"4"}`, `40035`, ""},
		{"1000 members", sync, add, `{"tagid":5,"userlist":` + list(1000, `"u%d"`) + `}`, `40070`, ""},
		{"1001 members", sync, add, `{"tagid":5,"userlist":` + list(1001, `"u%d"`) + `}`, `40035`, ""},
		{"100 departments", sync, add, `{"tagid":5,"partylist":` + list(100, `%d`) + `}`, `0`, "update_tag"},
		{"101 departments", sync, add, `{"tagid":5,"partylist":` + list(101, `%d`) + `}`, `40035`, ""},
		{"numbers as text", sync, add, `{"tagid":"5","partylist":["4"]}`, `0`, ""},
		{"no tag", sync, add, `{"userlist":["zhangsan"]}`, `41017`, ""},
		{"an unknown tag", sync, add, `{"tagid":99,"userlist":["zhangsan"]}`, `40068`, ""},

		{"take some out", sync, del, `{"tagid":5,"userlist":["ZHANGSAN","ghost"],"partylist":[1,3,404]}`, `0 "errmsg":"deleted","invalidlist":"ghost","invalidparty":[404]}`, "update_tag"},
		{"who is not in it any more", sync, del, `{"tagid":5,"userlist":["zhangsan"]}`, `0 "errmsg":"deleted"}`, ""},
		{"the others are", sync, "tag/get?tagid=5", "", `0 "userlist":[{"userid":"lisi","name":"李四"},{"userid":"wangwu","name":"王五"}],"partylist":[2,4]}`, ""},
		{"take out nobody known", sync, del, `{"tagid":5,"userlist":["ghost"]}`, `40031 "all list invalid, hint`, ""},
		{"take out nobody", sync, del, `{"tagid":5}`, `40035`, ""},
		{"take out too many", sync, del, `{"tagid":5,"partylist":` + list(101, `%d`) + `}`, `40035`, ""},
		{"take out of an unknown tag", sync, del, `{"tagid":99,"userlist":["lisi"]}`, `40068`, ""},

		{"a member who is deleted leaves his tags", sync, "user/delete?userid=wangwu", "", `0`, "update_tag delete_user"},
		{"a department, too", sync, "department/create", `{"name":"临时","parentid":1,"id":9}`, `0`, "create_party"},
		{"into the tag", sync, add, `{"tagid":5,"partylist":[9]}`, `0`, "update_tag"},
		{"and deleted", sync, "department/delete?id=9", "", `0`, "update_tag delete_party"},
		{"who is left", sync, "tag/get?tagid=5", "", `0 "userlist":[{"userid":"lisi","name":"李四"}],"partylist":[2,4]}`, ""},
		{"a full tag can be deleted, in silence", sync, "tag/delete?tagid=5", "", `0`, ""},
		{"a new one of the number is empty", sync, "tag/create", `{"tagname":"球队","tagid":5}`, `0`, ""},
		{"quite empty", sync, "tag/get?tagid=5", "", `0 "userlist":[],"partylist":[]}`, ""},
	})
}

// The event names only what was really added or removed.
func TestTagEvent(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		sync := w.As(access.ContactSync)
		sync.Call("POST", "/cgi-bin/tag/create", `{"tagname":"甲","tagid":7}`)
		sync.Call("POST", "/cgi-bin/tag/addtagusers", `{"tagid":7,"userlist":["lisi"]}`)
		w.Events()
		for _, tt := range []struct{ path, body, payload string }{
			{"addtagusers", `{"tagid":7,"userlist":["lisi","WANGWU","ghost"],"partylist":[2,9]}`, `{"TagID":7,"AddUsers":["wangwu"],"AddParties":[2]}`},
			{"deltagusers", `{"tagid":7,"userlist":["lisi","zhangsan"],"partylist":[2,3]}`, `{"TagID":7,"DelUsers":["lisi"],"DelParties":[2]}`},
		} {
			sync.Call("POST", "/cgi-bin/tag/"+tt.path, tt.body)
			if got := w.EventRecords(); len(got) != 1 || string(got[0].Payload) != tt.payload {
				t.Errorf("%s %s: events %+v, want one with %s", tt.path, tt.body, got, tt.payload)
			}
		}
	})
}

func TestWhoMayChangeATag(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			_, err := w.Server.Directory.CreateTag(ctx, tx, access.System(w.CorpID), 1, "管理员的")
			return err
		})
		owned := map[access.Kind]string{access.ContactSync: "11", access.SelfBuilt: "12", access.ThirdPartyContacts: "13",
			access.ThirdParty: "14", access.Custom: "15", access.CustomerContact: "16", access.Approval: "17"}
		for kind, tag := range owned {
			if got := w.As(kind).Call("POST", "/cgi-bin/tag/create", `{"tagname":"`+string(kind)+`","tagid":`+tag+`}`); got.ErrCode != 0 {
				t.Fatalf("tag/create as %s: %s", kind, got.Body)
			}
		}
		for kind, own := range owned {
			admins := kind == access.ContactSync || kind == access.ThirdPartyContacts
			for _, tag := range []string{"1", "11", "12", "13", "14", "15", "16", "17"} {
				want := 81011
				if tag == own || (tag == "1" && admins) {
					want = 0
				}
				for _, call := range []struct{ path, body string }{
					{"addtagusers", `{"tagid":` + tag + `,"userlist":["lisi"]}`},
					{"deltagusers", `{"tagid":` + tag + `,"userlist":["lisi"]}`},
					{"update", `{"tagid":` + tag + `,"tagname":"` + string(kind) + tag + `"}`},
				} {
					if got := w.As(kind).Call("POST", "/cgi-bin/tag/"+call.path, call.body); got.ErrCode != want {
						t.Errorf("tag/%s of tag %s as %s: %s, want %d", call.path, tag, kind, got.Body, want)
					}
				}
				if want == 0 {
					continue // it is needed later
				}
				if got := w.As(kind).Call("GET", "/cgi-bin/tag/delete?tagid="+tag, ""); got.ErrCode != want {
					t.Errorf("tag/delete of tag %s as %s: %s, want %d", tag, kind, got.Body, want)
				}
			}
		}
		if got := w.As(access.SelfBuilt).Call("POST", "/cgi-bin/tag/create", `{"tagname":"`+string(access.ThirdParty)+`14"}`); got.ErrCode != 40071 {
			t.Errorf("a name that another owner's tag has: %s, want 40071", got.Body)
		}
		if got := w.As(access.ContactsEdit).Call("POST", "/cgi-bin/tag/create", `{"tagname":"x"}`); got.ErrCode != 48008 {
			t.Errorf("tag/create as a contacts-edit grant: %s, want 48008", got.Body)
		}
		var second struct{ TagList []struct{ TagID int64 } }
		w.Second.As(access.ContactSync).Call("GET", "/cgi-bin/tag/list", "").Decode(&second)
		if len(second.TagList) != 0 {
			t.Errorf("the other enterprise has tags %v", second.TagList)
		}
	})
}

// What an application with a narrow range sees of a tag, and may add to it.
func TestTagsWithinARange(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		sync := w.As(access.ContactSync)
		sync.Call("POST", "/cgi-bin/tag/create", `{"tagname":"全部","tagid":3}`)
		sync.Call("POST", "/cgi-bin/tag/addtagusers", `{"tagid":3,"userlist":["zhangsan","lisi","wangwu"],"partylist":[1,2,3,4]}`)
		rnd := access.Range{Departments: []int64{2}}
		own := func(kind access.Kind, r access.Range) *qiweitest.Client {
			return w.WithApp(kind, app.Settings{Range: r})
		}
		cut := `"userlist":[{"userid":"zhangsan","name":"张三"},{"userid":"lisi","name":"李四"}],"partylist":[2,3]}`
		nameless := `"userlist":[{"userid":"zhangsan"},{"userid":"lisi"}],"partylist":[2,3]}`
		third := own(access.ThirdParty, rnd)
		for _, tt := range []struct {
			name string
			as   *qiweitest.Client
			code int
			says string
		}{
			{"self-built", own(access.SelfBuilt, rnd), 0, cut},
			{"built-in", own(access.Checkin, rnd), 0, cut},
			{"developed by a provider", own(access.Custom, rnd), 0, nameless},
			{"third party", third, 60011, ""},
			{"nobody visible", own(access.SelfBuilt, access.Range{}), 0, `"tagname":"全部","userlist":[],"partylist":[]}`},
			{"third-party contacts", w.As(access.ThirdPartyContacts), 0, `{"userid":"wangwu","name":"王五"}],"partylist":[1,2,3,4]}`},
		} {
			if got := tt.as.Call("GET", "/cgi-bin/tag/get?tagid=3", ""); got.ErrCode != tt.code || !strings.Contains(got.Body, tt.says) {
				t.Errorf("%s: %s, want %d %s", tt.name, got.Body, tt.code, tt.says)
			}
		}
		third.Call("POST", "/cgi-bin/tag/create", `{"tagname":"自己的","tagid":4}`)
		got := third.Call("POST", "/cgi-bin/tag/addtagusers", `{"tagid":4,"userlist":["lisi","wangwu"],"partylist":[3,4]}`)
		if !strings.Contains(got.Body, `"invalidlist":"wangwu","invalidparty":[4]}`) {
			t.Errorf("members outside the range: %s", got.Body)
		}
		got = third.Call("GET", "/cgi-bin/tag/get?tagid=4", "")
		if !strings.Contains(got.Body, `"userlist":[{"userid":"lisi"}],"partylist":[3]}`) {
			t.Errorf("a third party's own tag: %s", got.Body)
		}
		if got := third.Call("GET", "/cgi-bin/tag/list", ""); !strings.Contains(got.Body, `"taglist":[{"tagid":4,"tagname":"自己的"}]}`) {
			t.Errorf("a third party lists its own tags alone: %s", got.Body)
		}
		if got := w.As(access.Custom).Call("GET", "/cgi-bin/tag/list", ""); !strings.Contains(got.Body, `[{"tagid":3,"tagname":"全部"},{"tagid":4,`) {
			t.Errorf("an application developed by a provider lists all: %s", got.Body)
		}
		third.Configure(func(a *app.App) { a.Range.Tags = []int64{3} })
		if got := third.Call("GET", "/cgi-bin/tag/get?tagid=3", ""); got.ErrCode != 0 || !strings.Contains(got.Body, `"userid":"wangwu"`) {
			t.Errorf("a tag in a third party's range: %s", got.Body)
		}
	})
}

// An application whose range is a tag sees what the tag holds, and no more.
func TestARangeThatIsATag(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		sync := w.As(access.ContactSync)
		sync.Call("POST", "/cgi-bin/tag/create", `{"tagname":"项目","tagid":8}`)
		sync.Call("POST", "/cgi-bin/tag/addtagusers", `{"tagid":8,"userlist":["wangwu"],"partylist":[2]}`)
		client := w.WithApp(access.SelfBuilt, app.Settings{Range: access.Range{Tags: []int64{8}}})
		type seen struct{ path, want string }
		check := func(when string, all []seen) {
			t.Helper()
			for _, s := range all {
				got := client.Call("GET", "/cgi-bin/"+s.path, "")
				if !strings.Contains(got.Body, s.want) {
					t.Errorf("%s: %s: %s, want %s", when, s.path, got.Body, s.want)
				}
			}
		}
		check("with 研发部 and wangwu", []seen{
			{"user/get?userid=zhangsan", `"userid":"zhangsan"`},
			{"user/get?userid=lisi", `"department":[3],"order":[0]`}, // below the tag's department
			{"user/get?userid=wangwu", `"department":[],"order":[]`}, // the member, but not the member's department
			{"user/list?department_id=2", `"userlist":[{"userid":"zhangsan"`},
			{"user/list?department_id=3", `"userlist":[{"userid":"lisi"`},
			{"user/list?department_id=2&fetch_child=1", `{"userid":"lisi"`},
			{"user/list?department_id=4", `"errcode":60011`},
			{"user/list?department_id=1", `"errcode":60011`},
			{"user/simplelist?department_id=2", `"userlist":[{"userid":"zhangsan","name":"张三","department":[2]}]}`},
			{"department/list", `"department":[{"id":2,"name":"研发部","department_leader":["zhangsan"],"parentid":1,"order":100000000},{"id":3,`},
			{"department/list?id=3", `"department":[{"id":3,`},
			{"department/list?id=1", `"errcode":60011`},
			{"department/simplelist", `"department_id":[{"id":2,"parentid":1,"order":100000000},{"id":3,"parentid":2,"order":100000000}]}`},
			{"user/getuserid?mobile=13800000002", `"userid":"lisi"`},
			{"department/get?id=3", `"department":{"id":3,`},
			{"department/get?id=4", `"errcode":60011`},
		})
		sync.Call("POST", "/cgi-bin/tag/deltagusers", `{"tagid":8,"userlist":["wangwu"],"partylist":[2]}`)
		check("emptied", []seen{
			{"user/get?userid=wangwu", `"errcode":60011`},
			{"user/get?userid=zhangsan", `"errcode":60011`},
			{"user/getuserid?mobile=13800000002", `"errcode":46004`},
			{"user/list?department_id=2", `"errcode":60011`},
			{"department/list", `"department":[]}`},
			{"department/simplelist", `"department_id":[]}`},
		})
		sync.Call("POST", "/cgi-bin/tag/addtagusers", `{"tagid":8,"partylist":[1]}`)
		check("with the root", []seen{
			{"user/get?userid=wangwu", `"department":[4]`},
			{"department/list", `{"id":4,`},
		})
		// The tag is deleted and its number reused: the new tag is not in the range.
		sync.Call("GET", "/cgi-bin/tag/delete?tagid=8", "")
		sync.Call("POST", "/cgi-bin/tag/create", `{"tagname":"别的","tagid":8}`)
		sync.Call("POST", "/cgi-bin/tag/addtagusers", `{"tagid":8,"userlist":["wangwu"],"partylist":[1]}`)
		check("after the tag's end", []seen{
			{"user/get?userid=wangwu", `"errcode":60011`},
			{"department/list", `"department":[]}`},
		})
		if got := client.Call("GET", "/cgi-bin/agent/get?agentid="+itoa(client.AgentID), ""); !strings.Contains(got.Body, `"allow_tags":{"tagid":[]}`) {
			t.Errorf("agent/get: %s", got.Body)
		}
	})
}

func TestTagLimits(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		sync := access.ContactSync
		exec(w, `INSERT INTO tag (corpid, tagid, name, owner)
			WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2999) SELECT $corpid, i, 'tag ' || i, 0 FROM n`)
		exec(w, `INSERT INTO tag_department (corpid, tagid, department)
			WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 30997) SELECT $corpid, 1, i FROM n`)
		for _, l := range []line{
			{"the 3000th tag", sync, "tag/create", `{"tagname":"最后"}`, `0`, ""},
			{"the 3001st", sync, "tag/create", `{"tagname":"多余"}`, `40058`, ""},
			{"up to 30000 in a tag", sync, "tag/addtagusers", `{"tagid":1,"userlist":["zhangsan"],"partylist":[2]}`, `0`, "update_tag"},
			{"one that is in it already", sync, "tag/addtagusers", `{"tagid":1,"userlist":["zhangsan"]}`, `0`, ""},
			{"one more", sync, "tag/addtagusers", `{"tagid":1,"userlist":["lisi"]}`, `81003`, ""},
			{"nothing has changed", sync, "tag/deltagusers", `{"tagid":1,"userlist":["lisi"]}`, `0`, ""},
			{"one for another", sync, "tag/deltagusers", `{"tagid":1,"partylist":[2]}`, `0`, "update_tag"},
			{"fits", sync, "tag/addtagusers", `{"tagid":1,"userlist":["lisi"]}`, `0`, "update_tag"},
		} {
			l.check(t, w)
		}
	})
}

// Two concurrent calls: only one may create a tag of a name, and only one gets the last place in a tag.
func TestTagRaces(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		sync := w.As(access.ContactSync)
		codes := atOnce(sync, 4, "/cgi-bin/tag/create", `{"tagname":"抢"}`)
		if codes[0] != 1 || codes[40071] != 3 {
			t.Errorf("four tags of one name: %v, want one 0 and three 40071", codes)
		}
		codes = atOnce(sync, 4, "/cgi-bin/tag/create", `{"tagname":"号%d"}`)
		if codes[0] != 4 {
			t.Errorf("four tags without an id: %v, want four 0", codes)
		}
		exec(w, `INSERT INTO tag_department (corpid, tagid, department)
			WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 30998) SELECT $corpid, 1, i FROM n`)
		codes = atOnce(sync, 3, "/cgi-bin/tag/addtagusers", `{"tagid":1,"partylist":[%d]}`)
		if codes[0] != 1 || codes[81003] != 2 {
			t.Errorf("three departments for one place: %v, want one 0 and two 81003", codes)
		}
	})
}

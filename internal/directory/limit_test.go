package directory_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// some writes a JSON list of n elements: first, and others made from their numbers.
func some(n int, first, format string) string {
	parts := []string{first}
	for i := 1; i < n; i++ {
		parts = append(parts, fmt.Sprintf(format, 1000+i))
	}
	return "[" + strings.Join(parts, ",") + "]"
}

// limits are the room's limits, each as a call in which something has the size n. The call succeeds one below
// the limit and at it; above it, it answers code.
var limits = []struct {
	constant string // that the code has for it; empty where it has none
	name     string
	most     int
	code     int
	call     string
	body     func(n int) string
	undo     string // a call that makes the next try possible
}{
	{"", "characters of a department's name", 64, 60001, "department/create", func(n int) string { return `{"id":50,"parentid":1,"name":"` + chars(n) + `"}` }, "department/delete?id=50"},
	{"directory.maxInt32", "an id of a department", 1<<31 - 1, 40058, "department/create", func(n int) string { return fmt.Sprintf(`{"id":%d,"parentid":1,"name":"甲"}`, n) }, "department/delete?id=%d"},
	{"directory.maxOrder", "an order of a department", 1<<32 - 1, 40058, "department/update", func(n int) string { return fmt.Sprintf(`{"id":2,"order":%d}`, n) }, ""},
	{"directory.maxTagName", "characters of a tag's name", 32, 40072, "tag/create", func(n int) string { return `{"tagid":50,"tagname":"` + chars(n) + `"}` }, "tag/delete?tagid=50"},
	{"directory.maxTagUsers", "members put into a tag at once", 1000, 40035, "tag/addtagusers", func(n int) string { return `{"tagid":9,"userlist":` + some(n, `"lisi"`, `"u%d"`) + `}` }, ""},
	{"directory.maxTagDepartments", "departments put into a tag at once", 100, 40035, "tag/addtagusers", func(n int) string { return `{"tagid":9,"partylist":` + some(n, `2`, `%d`) + `}` }, ""},
	{"join.maxInvitedUsers", "members invited", 1000, 40058, "batch/invite", func(n int) string { return `{"user":` + some(n, `"lisi"`, `"u%d"`) + `}` }, ""},
	{"join.maxInvitedDepartments", "departments invited", 100, 40058, "batch/invite", func(n int) string { return `{"party":` + some(n, `2`, `%d`) + `}` }, ""},
	{"join.maxInvitedTags", "tags invited", 100, 40058, "batch/invite", func(n int) string { return `{"tag":` + some(n, `9`, `%d`) + `}` }, ""},
	{"directory.maxPlaces", "departments of a member", 100, 60110, "user/create", func(n int) string {
		return `{"userid":"neu","name":"新","mobile":"13900000001","department":` + some(n, `2`, `%d`) + `}`
	}, "user/delete?userid=neu"},
	{"directory.maxInt32", "a department of a member", 1<<31 - 1, 40066, "user/create", func(n int) string {
		return fmt.Sprintf(`{"userid":"neu","name":"新","mobile":"13900000001","department":[%d]}`, n)
	}, "user/delete?userid=neu"},
	{"directory.maxOrder", "an order of a member", 1<<32 - 1, 40058, "user/update", func(n int) string { return fmt.Sprintf(`{"userid":"lisi","department":[2],"order":[%d]}`, n) }, ""},
	{"directory.maxLeaders", "direct leaders", 1, 60257, "user/update", func(n int) string { return `{"userid":"lisi","direct_leader":` + some(n, `"zhangsan"`, `"u%d"`) + `}` }, ""},
	{"directory.maxMailAliases", "aliases of a mailbox", 5, 60273, "user/update", func(n int) string {
		return `{"userid":"boxed","biz_mail_alias":{"item":` + list(n, `"a%d@mail.example"`) + `}}`
	}, ""},
	{"directory.maxBatchDelete", "members deleted at once", 200, 40032, "user/batchdelete", func(n int) string { return `{"useridlist":` + list(n, `"many%d"`) + `}` }, "again"},
	{"directory.maxSeats", "a page of list_id", 10_000, 40058, "user/list_id", func(n int) string { return fmt.Sprintf(`{"limit":%d}`, n) }, ""},
	{"directory.maxUserID", "bytes of a userid", 64, 40058, "user/create", func(n int) string {
		return `{"userid":"` + strings.Repeat("u", n) + `","name":"新","mobile":"13900000001"}`
	}, "user/delete?userid=%s"},
}

func TestLimits(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		configure(w, func(c *corp.Corp) { c.MailDomain = "mail.example"; c.MemberLimit = 10_000 })
		sync := w.As(access.ContactSync)
		must := func(to, body string) {
			t.Helper()
			method := "POST"
			if body == "" {
				method = "GET"
			}
			if got := sync.Call(method, "/cgi-bin/"+to, body); got.ErrCode != 0 {
				t.Fatalf("%s %s: %s", to, body, got.Body)
			}
		}
		many := func() {
			for i := range 200 {
				sync.Call("POST", "/cgi-bin/user/create", fmt.Sprintf(`{"userid":"many%d","name":"多","email":"many%d@corp.example"}`, i+1, i+1))
			}
		}
		must("tag/create", `{"tagid":9,"tagname":"标签"}`)
		must("user/create", `{"userid":"boxed","name":"箱","mobile":"13900000009","biz_mail":"boxed@mail.example"}`)
		many()
		for _, l := range limits {
			for n := l.most - 1; n <= l.most+1; n++ {
				want := 0
				if n > l.most {
					want = l.code
				}
				if n == 0 && l.code == 60257 {
					continue // some writes at least one
				}
				got := sync.Call("POST", "/cgi-bin/"+l.call, l.body(n))
				if got.ErrCode != want {
					t.Errorf("%s, %d: %.300s, want %d", l.name, n, got.Body, want)
				}
				switch {
				case got.ErrCode != 0 || l.undo == "":
				case l.undo == "again":
					many()
				case strings.Contains(l.undo, "%d"):
					must(fmt.Sprintf(l.undo, n), "")
				case strings.Contains(l.undo, "%s"):
					must(fmt.Sprintf(l.undo, strings.Repeat("u", n)), "")
				default:
					must(l.undo, "")
				}
			}
		}
	})
}

// TestMessagesThatEndWithAnID reads refusals that end with an id. Programs cut it off.
func TestMessagesThatEndWithAnID(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		configure(w, func(c *corp.Corp) { c.MailDomain = "mail.example" })
		sync := w.As(access.ContactSync)
		sync.Call("POST", "/cgi-bin/user/create", `{"userid":"boxed","name":"箱","email":"boxed@corp.example","biz_mail":"boxed@mail.example"}`)
		happened(w)
		for _, tt := range []struct{ to, body, want string }{
			{"user/create", `{"userid":"neu","name":"新","mobile":"13800000003"}`, "mobile existed:wangwu"},
			{"user/update", `{"userid":"boxed","mobile":"13800000003"}`, "mobile existed:wangwu"},
			{"user/update", `{"userid":"boxed","mobile":"13800000003",}`, "Warning: wrong json format. mobile existed:wangwu"},
			{"user/create", `{"userid":"neu","name":"新","email":"wangwu@corp.example"}`, "email existed:wangwu"},
			{"user/create", `{"userid":"neu","name":"新","mobile":"13900000001","biz_mail":"boxed@mail.example"}`, "biz_mail existed:boxed"},
			{"department/create", `{"id":3,"parentid":1,"name":"丙"}`, "department existed: 3"},
			{"department/create", `{"id":60,"parentid":1,"name":"市场部"}`, "department existed: 4"},
		} {
			if got := sync.Call("POST", "/cgi-bin/"+tt.to, tt.body); got.ErrMsg != tt.want {
				t.Errorf("%s %s: errmsg %q, want %q", tt.to, tt.body, got.ErrMsg, tt.want)
			}
		}
		for _, l := range []line{
			{"a parent that is none", access.ContactSync, "department/update", `{"id":1,"parentid":0,"name":"甲公司"}`, `60124 invalid parent party id`, ""},
			{"of another department, as Go clients send it unset", access.ContactSync, "department/update", `{"id":3,"parentid":0}`, `0`, ""},
			{"no parent", access.ContactSync, "department/update", `{"id":1,"parentid":null,"name":"甲公司"}`, `0`, ""},
		} {
			l.check(t, w)
		}
	})
}

// TestSearchIsBounded: one member's search must not hold up everybody else.
func TestSearchIsBounded(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		var words []string
		for i := range 900 {
			words = append(words, fmt.Sprintf("w%d", i))
		}
		for _, tt := range []struct {
			words   string
			refused bool
			found   int64
		}{
			{"zhang", false, 1},
			{"a zh zhang zhangsan 张 三 138 经理 corp", false, 1}, // zhangsan contains a, zh and zhang
			{"one two three four five six", false, 0},
			{"one two three four five six 7", true, 0},
			{strings.Repeat("字", 128), false, 0},
			{strings.Repeat("字", 129), true, 0},
			{strings.Join(words, " "), true, 0},
			{strings.Repeat("x", 50<<10), true, 0},
			{"100%", false, 0},
			{"_", false, 0},
		} {
			for name, search := range map[string]func(tx *store.Tx) (int64, error){
				"list": func(tx *store.Tx) (int64, error) {
					_, n, err := w.Server.Directory.ListMembers(t.Context(), tx, access.System(w.CorpID), directory.MemberFilter{Words: tt.words, Limit: 10})
					return n, err
				},
				"search": func(tx *store.Tx) (int64, error) {
					_, n, err := w.Server.Directory.SearchMembers(t.Context(), tx, access.System(w.CorpID), tt.words, 10)
					return n, err
				},
			} {
				if name == "search" && strings.Contains(tt.words, "138") {
					continue // it does not search numbers
				}
				if tt.refused { // without a question to the database, of which there is none here
					if _, err := search(nil); !errors.Is(err, directory.ErrSearch) {
						t.Errorf("%s %.40q: %v, want a refusal", name, tt.words, err)
					}
					continue
				}
				var n int64
				err := w.Server.Store.Read(t.Context(), func(tx *store.Tx) (err error) { n, err = search(tx); return err })
				if err != nil || n != tt.found {
					t.Errorf("%s %.40q: %d found, %v; want %d", name, tt.words, n, err, tt.found)
				}
			}
		}
	})
}

// TestEnterprisesAlike gives another enterprise the same ids, and looks where a missing condition on the
// enterprise would show.
func TestEnterprisesAlike(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		ours, theirs := w.As(access.ContactSync), w.Second.As(access.ContactSync)
		call := func(c *qiweitest.Client, to, body string) {
			t.Helper()
			method := "POST"
			if body == "" {
				method = "GET"
			}
			if got := c.Call(method, "/cgi-bin/"+to, body); got.ErrCode != 0 {
				t.Fatalf("%s %s: %s", to, body, got.Body)
			}
		}
		look := func(fn func(tx *store.Tx) error) {
			t.Helper()
			if err := w.Server.Store.Read(context.Background(), fn); err != nil {
				t.Fatal(err)
			}
		}

		// Their department is tagged, and ours of the same id is deleted: no tag of ours has changed.
		call(theirs, "department/create", `{"id":9,"parentid":1,"name":"九"}`)
		call(theirs, "tag/create", `{"tagid":1,"tagname":"标签"}`)
		call(theirs, "tag/addtagusers", `{"tagid":1,"partylist":[9]}`)
		call(ours, "department/create", `{"id":9,"parentid":1,"name":"九"}`)
		call(ours, "tag/create", `{"tagid":1,"tagname":"标签"}`)
		happened(w)
		call(ours, "department/delete?id=9", "")
		if events := happened(w); events != "delete_party" {
			t.Errorf("a department was deleted that another enterprise has in a tag: events %q", events)
		}
		if got := theirs.Call("GET", "/cgi-bin/tag/get?tagid=1", ""); !strings.Contains(got.Body, `"partylist":[9]`) {
			t.Errorf("the other enterprise's tag: %s", got.Body)
		}

		// They have more members in a department.
		call(theirs, "user/create", `{"userid":"more","name":"多","mobile":"13900000001","department":[2,3,4]}`)
		look(func(tx *store.Tx) error {
			got, err := w.Server.Directory.Populations(tx, w.CorpID)
			if want := map[int64]int64{2: 1, 3: 1, 4: 1}; !maps.Equal(got, want) {
				t.Errorf("our departments have %v members, want %v", got, want)
			}
			return err
		})

		// Their department 3 hangs below 4, ours below 2; our tag holds our 4.
		call(theirs, "department/update", `{"id":3,"parentid":4}`)
		call(ours, "tag/addtagusers", `{"tagid":1,"partylist":[4]}`)
		look(func(tx *store.Tx) error {
			m, err := w.Server.Directory.Member(t.Context(), tx, access.System(w.CorpID), "lisi")
			if err != nil {
				return err
			}
			tags, err := w.Server.Directory.TagsOf(tx, w.CorpID, m)
			if len(tags) > 0 {
				t.Errorf("lisi carries %v by the other enterprise's tree", tags)
			}
			return err
		})

		// Our highest id is taken, so we get the first gap of our own, not of theirs.
		call(ours, "tag/create", `{"tagid":2,"tagname":"二"}`)
		call(ours, "tag/create", `{"tagid":2147483647,"tagname":"末"}`)
		call(ours, "department/create", `{"id":2147483647,"parentid":1,"name":"末"}`)
		call(ours, "department/create", `{"id":5,"parentid":1,"name":"五"}`)
		for to, want := range map[string]string{`tag/create {"tagname":"空"}`: `"tagid":3`, `department/create {"parentid":1,"name":"空"}`: `"id":6`} {
			path, body, _ := strings.Cut(to, " ")
			if got := ours.Call("POST", "/cgi-bin/"+path, body); got.ErrCode != 0 || !strings.Contains(got.Body, want) {
				t.Errorf("%s: %s, want %s", to, got.Body, want)
			}
		}
		if events := w.Second.Events(); !slices.Contains(events, "change_contact/create_party") {
			t.Errorf("the other enterprise had events %q", events)
		}
	})
}

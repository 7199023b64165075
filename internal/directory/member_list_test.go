package directory_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/qiweitest"
)

// userids returns the userids of an answer in their order.
func userids(r qiweitest.Result) string {
	var got struct{ UserList []struct{ UserID string } }
	r.Decode(&got)
	users := make([]string, len(got.UserList))
	for i, u := range got.UserList {
		users[i] = u.UserID
	}
	return strings.Join(users, " ")
}

func TestListsOfMembers(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		sync, reader := w.As(access.ContactSync), w.As(access.SelfBuilt)
		for _, body := range []string{
			`{"userid":"third","name":"三","mobile":"13900000003","department":[3],"order":[5]}`,
			`{"userid":"first","name":"一","mobile":"13900000001","department":[3,2],"order":[4294967295,1]}`,
			`{"userid":"fourth","name":"四","mobile":"13900000004","department":[3],"order":[5]}`,
			`{"userid":"off","name":"停","mobile":"13900000005","department":[3],"enable":0}`,
		} {
			if got := sync.Call("POST", "/cgi-bin/user/create", body); got.ErrCode != 0 {
				t.Fatal(got.Body)
			}
		}
		for _, tt := range []struct{ name, query, want string }{
			{"the larger order first, then the older member", "department_id=3", "first third fourth lisi off"},
			{"of one department, not of those below", "department_id=2", "first zhangsan"},
			{"those below as well", "department_id=2&fetch_child=1", "zhangsan lisi third first fourth off"},
			{"not asked for", "department_id=2&fetch_child=0", "first zhangsan"},
			{"the whole enterprise", "department_id=1&fetch_child=1", "zhangsan lisi wangwu third first fourth off"},
			{"nobody in the root itself", "department_id=1", ""},
			{"active", "department_id=3&status=1", "lisi"},
			{"disabled", "department_id=3&status=2", "off"},
			{"inactive", "department_id=3&status=4", "first third fourth"},
			{"active and disabled", "department_id=3&status=3", "lisi off"},
			{"all", "department_id=3&status=0", "first third fourth lisi off"},
		} {
			for _, call := range []string{"user/list", "user/simplelist"} {
				if got := reader.Call("GET", "/cgi-bin/"+call+"?"+tt.query, ""); got.ErrCode != 0 || userids(got) != tt.want {
					t.Errorf("%s: %s?%s: %s, want %s", tt.name, call, tt.query, got.Body, tt.want)
				}
			}
		}
		for _, l := range []line{
			{"in the body", access.SelfBuilt, "user/simplelist", `{"department_id":"4","fetch_child":false}`, `0 "userlist":[{"userid":"wangwu","name":"王五","department":[4]}]}`, ""},
			{"no department", access.SelfBuilt, "user/list", "", `40058 "userlist":[]`, ""},
			{"no department", access.SelfBuilt, "user/simplelist?department_id=", "", `40058 "userlist":[]`, ""},
			{"an unknown one", access.SelfBuilt, "user/list?department_id=99", "", `60003 "userlist":[]`, ""},
			{"a word", access.SelfBuilt, "user/simplelist?department_id=x", "", `40058`, ""},
			{"from an address that is not historical", access.ContactSync, "user/simplelist?department_id=1", "", `48009 "userlist":[]`, ""},
		} {
			w.Events()
			l.check(t, w)
		}
	})
}

// What an application with a narrow range is told about members outside it.
func TestMembersOutsideTheRange(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		sync := w.As(access.ContactSync)
		sync.Call("POST", "/cgi-bin/user/create", `{"userid":"both","name":"两","mobile":"13900000001","email":"both@corp.example","department":[4,3],"order":[8,9],"is_leader_in_dept":[1,0],"direct_leader":["wangwu"],"main_department":4}`)
		rnd := w.WithApp(access.SelfBuilt, app.Settings{Legacy: true, Range: access.Range{Departments: []int64{2}}})
		one := w.WithApp(access.SelfBuilt, appThatSees("WangWu"))
		for _, tt := range []struct {
			as   *qiweitest.Client
			path string
			want string
		}{
			{rnd, "user/get?userid=lisi", `"direct_leader":["zhangsan"]`},
			{rnd, "user/get?userid=wangwu", `"errcode":60011,"errmsg":"no privilege to access/modify contact/party/agent`},
			{rnd, "user/get?userid=ghost", `"errcode":60111`},
			{rnd, "user/get?userid=both", `"department":[3],"order":[9]`},
			{rnd, "user/get?userid=both", `"is_leader_in_dept":[0],"direct_leader":[]`},
			{rnd, "user/list?department_id=3", `"userid":"both"`},
			{rnd, "user/list?department_id=4", `"errcode":60011`},
			{rnd, "user/list?department_id=1&fetch_child=1", `"errcode":60011`},
			{rnd, "department/get?id=4", `"errcode":60011`},
			{rnd, "department/get?id=2", `"department_leader":["zhangsan"]`},
			{rnd, "department/list", `[{"id":2,"name":"研发部","department_leader":["zhangsan"],"parentid":1,"order":100000000},{"id":3,"name":"后端组","department_leader":[],"parentid":2,"order":100000000}]}`},
			{rnd, "user/getuserid?mobile=13800000001", `"userid":"zhangsan"`},
			{rnd, "user/getuserid?mobile=13800000003", `"errcode":46004`},
			{rnd, "user/get_userid_by_email?email=wangwu@corp.example&email_type=2", `"errcode":46004`},

			{one, "user/get?userid=wangwu", `"userid":"wangwu","name":"王五","department":[],"order":[]`},
			{one, "user/get?userid=zhangsan", `"errcode":60011`},
			{one, "user/list?department_id=4", `"errcode":60011`},
			{one, "department/list", `"department":[]}`},
			{one, "user/getuserid?mobile=13800000003", `"userid":"wangwu"`},
		} {
			if got := tt.as.Call("GET", "/cgi-bin/"+tt.path, ""); !strings.Contains(got.Body, tt.want) {
				t.Errorf("%s: %s, want %s", tt.path, got.Body, tt.want)
			}
		}
		if got := rnd.Call("GET", "/cgi-bin/user/get?userid=both", ""); strings.Contains(got.Body, "main_department") {
			t.Errorf("a main department outside the range: %s", got.Body)
		}
	})
}

func TestListOfIDs(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		sync := w.As(access.ContactSync)
		sync.Call("POST", "/cgi-bin/user/create", `{"userid":"Many","name":"多","mobile":"13900000001","department":[4,2,3]}`)
		const all = "zhangsan 2, lisi 3, wangwu 4, Many 2, Many 3, Many 4, "
		type page struct {
			NextCursor string `json:"next_cursor"`
			DeptUser   []struct {
				UserID     string
				Department int64
			} `json:"dept_user"`
		}
		for _, limit := range []int{1, 2, 4, 5, 6, 100, 10_000} {
			seen, cursor, calls := "", "", 0
			for calls == 0 || cursor != "" {
				var p page
				got := sync.Call("POST", "/cgi-bin/user/list_id", `{"cursor":"`+cursor+`","limit":`+strconv.Itoa(limit)+`}`)
				got.Decode(&p)
				if got.ErrCode != 0 || len(p.DeptUser) > limit {
					t.Fatalf("limit %d: %s", limit, got.Body)
				}
				for _, u := range p.DeptUser {
					seen += u.UserID + " " + itoa(u.Department) + ", "
				}
				cursor, calls = p.NextCursor, calls+1
			}
			if want := (6 + limit - 1) / limit; seen != all || calls != want {
				t.Errorf("limit %d: %d pages with %s; want %d with %s", limit, calls, seen, want, all)
			}
		}
		var first page
		sync.Call("POST", "/cgi-bin/user/list_id", `{"limit":"2"}`).Decode(&first)
		w.Events()
		for _, l := range []line{
			{"all in one", access.ContactSync, "user/list_id", `{}`, `0 "next_cursor":"","dept_user":[{"userid":"zhangsan","department":2}`, ""},
			{"by GET, as one library does", access.ContactSync, "user/list_id?limit=1", "", `0 "dept_user":[{"userid":"zhangsan","department":2}]}`, ""},
			{"too many", access.ContactSync, "user/list_id", `{"limit":10001}`, `40058 "dept_user":[]`, ""},
			{"less than none", access.ContactSync, "user/list_id", `{"limit":-1}`, `40058`, ""},
			{"a cursor that is none", access.ContactSync, "user/list_id", `{"cursor":"abc"}`, `50100`, ""},
			{"by an ordinary application", access.SelfBuilt, "user/list_id", `{}`, `48002 "dept_user":[]`, ""},
			{"by a contacts-edit grant", access.ContactsEdit, "user/list_id", `{}`, `0`, ""},
		} {
			l.check(t, w)
		}
		if got := w.Second.As(access.ContactSync).Call("POST", "/cgi-bin/user/list_id", `{"cursor":"`+first.NextCursor+`"}`); got.ErrCode != 50100 {
			t.Errorf("another enterprise's cursor: %s, want 50100", got.Body)
		}
		// A cursor is a position and not a number of rows: a member who leaves before it changes nothing.
		sync.Call("GET", "/cgi-bin/user/delete?userid=zhangsan", "")
		got := sync.Call("POST", "/cgi-bin/user/list_id", `{"cursor":"`+first.NextCursor+`","limit":1}`)
		if !strings.Contains(got.Body, `"dept_user":[{"userid":"wangwu","department":4}]`) {
			t.Errorf("after a member before it has gone: %s", got.Body)
		}
	})
}

func TestLookingUpMembers(t *testing.T) {
	b := access.SelfBuilt
	talk(t, []line{
		{"by mobile number", b, "user/getuserid", `{"mobile":"13800000001"}`, `0 "userid":"zhangsan"}`, ""},
		{"written differently", b, "user/getuserid", `{"mobile":"+86 138-0000-0001"}`, `0 "userid":"zhangsan"}`, ""},
		{"as a number", b, "user/getuserid", `{"mobile":13800000001}`, `0 "userid":"zhangsan"}`, ""},
		{"an unknown one", b, "user/getuserid", `{"mobile":"13900000001"}`, `46004 user not exist`, ""},
		{"one that is none", b, "user/getuserid", `{"mobile":"abcdefgh"}`, `46004`, ""},
		{"too short", b, "user/getuserid", `{"mobile":"1380"}`, `40058`, ""},
		{"too long", b, "user/getuserid", `{"mobile":"` + strings.Repeat("1", 33) + `"}`, `40058`, ""},
		{"none", b, "user/getuserid", `{}`, `40058`, ""},
		{"by personal address", b, "user/get_userid_by_email", `{"email":"LiSi@corp.example","email_type":2}`, `0 "userid":"lisi"}`, ""},
		{"the type as text", b, "user/get_userid_by_email", `{"email":"lisi@corp.example","email_type":"2"}`, `0 "userid":"lisi"}`, ""},
		{"which is not looked for by default", b, "user/get_userid_by_email", `{"email":"lisi@corp.example"}`, `46004`, ""},
		{"an empty address", b, "user/get_userid_by_email", `{"email":""}`, `40058`, ""},
		{"another type", b, "user/get_userid_by_email", `{"email":"lisi@corp.example","email_type":3}`, `40058`, ""},
		{"by a contacts-edit grant", access.ContactsEdit, "user/getuserid", `{"mobile":"13800000001"}`, `48008`, ""},
		{"by contact sync", access.ContactSync, "user/getuserid", `{"mobile":"13800000001"}`, `0`, ""},
		{"by customer contact", access.CustomerContact, "user/getuserid", `{"mobile":"13800000001"}`, `0`, ""},
	})
}

// Guessing numbers is stopped for the rest of the day: wrong look-ups may be a fifth of the corp's member
// limit.
func TestGuessingMobileNumbers(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		configure(w, func(c *corp.Corp) { c.MemberLimit = 12 }) // a fifth is 2
		b := w.As(access.SelfBuilt)
		look := func(want int, path, body string) {
			t.Helper()
			if got := b.Call("POST", "/cgi-bin/user/"+path, body); got.ErrCode != want {
				t.Errorf("%s %s: %s, want %d", path, body, got.Body, want)
			}
		}
		right, wrong := `{"mobile":"13800000001"}`, `{"mobile":"13900000001"}`
		for range 5 {
			look(0, "getuserid", right)
		}
		look(46004, "getuserid", wrong)
		look(46004, "getuserid", wrong)
		look(0, "getuserid", right)
		look(46004, "getuserid", wrong)
		look(45009, "getuserid", right)
		look(45009, "getuserid", wrong)
		look(0, "get_userid_by_email", `{"email":"lisi@corp.example","email_type":2}`) // the other call counts by itself
		if got := w.Second.As(access.SelfBuilt).Call("POST", "/cgi-bin/user/getuserid", right); got.ErrCode != 0 {
			t.Errorf("the other enterprise: %s", got.Body)
		}
		w.Advance(6 * time.Hour) // 17:00 becomes 23:00 in Shanghai
		look(45009, "getuserid", right)
		w.Advance(time.Hour)
		look(0, "getuserid", right)
	}, qiweitest.WithLimits())
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		configure(w, func(c *corp.Corp) { c.MemberLimit = 4 })
		for range 5 {
			if got := w.As(access.SelfBuilt).Call("POST", "/cgi-bin/user/getuserid", `{"mobile":"13900000001"}`); got.ErrCode != 46004 {
				t.Errorf("with limits switched off: %s, want 46004", got.Body)
			}
		}
	})
}

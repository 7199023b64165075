package console_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"slices"
	"strings"
	"testing"

	"qiwei/internal/access"
	admins "qiwei/internal/admin"
	"qiwei/internal/console"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// admin is a browser in which somebody uses the console.
type admin struct {
	t      *testing.T
	w      *qiweitest.World
	client *http.Client
}

func browser(t *testing.T, w *qiweitest.World) *admin {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &admin{t, w, &http.Client{Jar: jar}}
}

// appoint makes a member of the corp an admin.
func appoint(t *testing.T, w *qiweitest.World, corpID, user string, role admins.Role, departments ...int64) {
	t.Helper()
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		return w.Server.Admins.Appoint(ctx, tx, corpID, id.UserID(user), role, access.Range{Departments: departments})
	})
}

// as signs the member in to the console, through a session as a member.
func as(t *testing.T, w *qiweitest.World, corpID, user string) *admin {
	t.Helper()
	a := browser(t, w)
	resp, err := a.client.Post(w.URL+"/_qiwei/sign-in", "application/x-www-form-urlencoded", strings.NewReader("corpid="+corpID+"&userid="+user))
	if err != nil || resp.StatusCode != 204 {
		t.Fatalf("sign in as a member: %v %v", resp, err)
	}
	resp.Body.Close()
	if status, body := a.do("POST", "/console/api/session/member", "{}"); status != 200 {
		t.Fatalf("sign in to the console: %d %s", status, body)
	}
	return a
}

func (a *admin) do(method, path, body string, header ...string) (int, string) {
	a.t.Helper()
	req, err := http.NewRequest(method, a.w.URL+path, strings.NewReader(body))
	if err != nil {
		a.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := a.client.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// ok makes a call that must succeed and decodes the answer.
func (a *admin) ok(method, path, body string, into any) {
	a.t.Helper()
	status, got := a.do(method, path, body)
	if status != 200 {
		a.t.Fatalf("%s %s: %d %s", method, path, status, got)
	}
	if into != nil {
		if err := json.Unmarshal([]byte(got), into); err != nil {
			a.t.Fatalf("%s %s: %v in %s", method, path, err, got)
		}
	}
}

type refusal struct {
	Error  string
	Reason string
	Fields map[string]string
}

// refused makes a call that must be refused with the status.
func (a *admin) refused(status int, method, path, body string) refusal {
	a.t.Helper()
	got, text := a.do(method, path, body, "Accept-Language", "en")
	var r refusal
	if err := json.Unmarshal([]byte(text), &r); got != status || err != nil || r.Error == "" {
		a.t.Errorf("%s %s %s: %d %s, want %d", method, path, body, got, text, status)
	}
	return r
}

// TestRights walks the table of rights: each call as each role, and as nobody. A call that a role may make
// fails for other reasons, because it names nothing that exists.
func TestRights(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	appoint(t, w, w.CorpID, "zhangsan", admins.Super)
	appoint(t, w, w.CorpID, "lisi", admins.Ranged, 3)
	appoint(t, w, w.CorpID, "wangwu", admins.Reader)
	users := map[admins.Role]*admin{admins.Super: as(t, w, w.CorpID, "zhangsan"), admins.Ranged: as(t, w, w.CorpID, "lisi"), admins.Reader: as(t, w, w.CorpID, "wangwu")}
	nobody := browser(t, w)
	rights := w.Server.Console.Rights()
	if len(rights) < 50 {
		t.Fatalf("%d calls", len(rights))
	}
	for pattern, right := range rights {
		if right == "" || strings.HasSuffix(pattern, "/live") {
			continue
		}
		method, path, _ := strings.Cut(pattern, " ")
		for name, value := range map[string]string{"{userid}": "none", "{agentid}": "999", "{id}": "999", "{no}": "999", "{code}": "60111", "{what}": "none"} {
			path = strings.ReplaceAll(path, name, value)
		}
		body := ""
		if method == "POST" || method == "PUT" {
			body = "{}"
		}
		if status, got := nobody.do(method, path, body); status != 401 {
			t.Errorf("%s as nobody: %d %s", pattern, status, got)
		}
		for role, user := range users {
			status, got := user.do(method, path, body)
			var r refusal
			json.Unmarshal([]byte(got), &r)
			if refused := status == 403 && r.Reason == "right"; refused == console.May(role, right) {
				t.Errorf("%s as %s: %d %s; it needs %s", pattern, role, status, got, right)
			}
			if status >= 500 {
				t.Errorf("%s as %s: %d %s", pattern, role, status, got)
			}
		}
	}
}

// A request that another site caused is refused, even if an admin is signed in.
func TestForeignRequests(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	appoint(t, w, w.CorpID, "zhangsan", admins.Super)
	a := as(t, w, w.CorpID, "zhangsan")
	for _, tt := range []struct {
		name   string
		status int
		header []string
	}{
		{"from another site", 403, []string{"Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"}},
		{"a form", 415, []string{"Content-Type", "application/x-www-form-urlencoded"}},
		{"text", 415, []string{"Content-Type", "text/plain"}},
	} {
		if status, body := a.do("POST", "/console/api/tags", `{"name":"x"}`, tt.header...); status != tt.status {
			t.Errorf("%s: %d %s, want %d", tt.name, status, body, tt.status)
		}
	}
	u, _ := http.NewRequest("GET", w.URL+"/console/", nil)
	for _, c := range a.client.Jar.Cookies(u.URL) {
		if c.Name == "qiwei_console" && c.Value == "" {
			t.Error("the cookie is empty")
		}
	}
	resp, err := http.Post(w.URL+"/console/api/session/demo", "application/json", strings.NewReader(fmt.Sprintf(`{"corpid":%q}`, w.CorpID)))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	for _, c := range resp.Cookies() {
		if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/console/" {
			t.Errorf("the cookie is %v", c)
		}
	}
	if len(resp.Cookies()) != 1 {
		t.Errorf("the demo's admin got %v", resp.Cookies())
	}
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		ctx := context.Background()
		p, err := w.Server.Login.NewPassword(ctx, "zhangsan", "correct horse battery")
		if err != nil {
			t.Fatal(err)
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			if err := w.Server.Login.SetPassword(ctx, tx, access.System(w.CorpID), "zhangsan", p); err != nil {
				return err
			}
			return w.Server.Login.SetPassword(ctx, tx, access.System(w.CorpID), "lisi", p)
		})
		appoint(t, w, w.CorpID, "zhangsan", admins.Super)
		a := browser(t, w)
		body := func(user, password string) string {
			return fmt.Sprintf(`{"corpid":%q,"userid":%q,"password":%q}`, w.CorpID, user, password)
		}
		if r := a.refused(403, "POST", "/console/api/session", body("zhangsan", "wrong")); r.Fields["password"] == "" {
			t.Errorf("a wrong password: %v", r)
		}
		if r := a.refused(403, "POST", "/console/api/session", body("lisi", "correct horse battery")); r.Reason != "no-admin" {
			t.Errorf("a member who is no admin: %v", r)
		}
		a.ok("POST", "/console/api/session", body("zhangsan", "correct horse battery"), nil)
		var state struct {
			SignedIn bool `json:"signed_in"`
			Role     string
			Admin    struct{ UserID string }
		}
		a.ok("GET", "/console/api/session", "", &state)
		if !state.SignedIn || state.Role != "super" || state.Admin.UserID != "zhangsan" {
			t.Errorf("signed in: %+v", state)
		}
		// A dismissed admin loses access at once.
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			return w.Server.Admins.Dismiss(ctx, tx, w.CorpID, "zhangsan")
		})
		a.refused(401, "GET", "/console/api/home", "")

		appoint(t, w, w.CorpID, "zhangsan", admins.Super)
		a.ok("POST", "/console/api/session", body("zhangsan", "correct horse battery"), nil)
		a.ok("DELETE", "/console/api/session", "", nil)
		a.refused(401, "GET", "/console/api/home", "")
	})
}

// A session ends half a day after its last use, except in a demo.
func TestSessionEnds(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t, qiweitest.WithServe())
	p, err := w.Server.Login.NewPassword(context.Background(), "zhangsan", "correct horse battery")
	if err != nil {
		t.Fatal(err)
	}
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		return w.Server.Login.SetPassword(ctx, tx, access.System(w.CorpID), "zhangsan", p)
	})
	appoint(t, w, w.CorpID, "zhangsan", admins.Super)
	a := browser(t, w)
	if status, _ := a.do("POST", "/console/api/session/demo", "{}"); status != 404 && status != 405 {
		t.Errorf("one click signs in to a server that is no demo: %d", status)
	}
	a.ok("POST", "/console/api/session", fmt.Sprintf(`{"corpid":%q,"userid":"zhangsan","password":"correct horse battery"}`, w.CorpID), nil)
	w.Clock.Advance(11 * 60 * 60 * 1e9)
	a.ok("GET", "/console/api/home", "", nil)
	w.Clock.Advance(11 * 60 * 60 * 1e9)
	a.ok("GET", "/console/api/home", "", nil)
	w.Clock.Advance(13 * 60 * 60 * 1e9)
	a.refused(401, "GET", "/console/api/home", "")
}

func TestMembers(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		appoint(t, w, w.CorpID, "zhangsan", admins.Super)
		appoint(t, w, w.Second.CorpID, "zhangsan", admins.Super)
		a, other := as(t, w, w.CorpID, "zhangsan"), as(t, w, w.Second.CorpID, "zhangsan")
		var found struct {
			Members []struct{ UserID, Name string }
			Total   int
		}
		search := func(by *admin, q string) []string {
			t.Helper()
			by.ok("GET", "/console/api/members?"+q, "", &found)
			var out []string
			for _, m := range found.Members {
				out = append(out, m.UserID)
			}
			return out
		}
		a.ok("POST", "/console/api/members", `{"userid":"ou","name":"欧阳修","mobile":"13912345678","departments":[2],"leads":[2],"position":"文豪"}`, nil)
		for q, want := range map[string][]string{
			"q=ouyangxiu": {"ou"}, "q=oyx": {"ou"}, "q=%E6%AC%A7%E9%98%B3": {"ou"}, "q=1391234": {"ou"}, "q=yangxiu": {"ou"}, "q=%E6%96%87%E8%B1%AA": {"ou"},
			"q=nobody-at-all": nil, "department=2": {"zhangsan", "ou"}, "status=2": nil, "department=2&q=xiu": {"ou"},
		} {
			if got := search(a, q); !slices.Equal(got, want) {
				t.Errorf("%s finds %v, want %v", q, got, want)
			}
		}
		if got := search(other, "q=oyx"); len(got) > 0 {
			t.Errorf("another corp finds %v", got)
		}
		other.refused(422, "GET", "/console/api/members/ou", "")

		for body, field := range map[string]string{
			`{"userid":"ou","name":"另一个","mobile":"13912345679","departments":[2]}`:              "userid",
			`{"userid":"li","name":"","mobile":"13912345679","departments":[2]}`:                 "name",
			`{"userid":"li","name":"李","mobile":"12","departments":[2]}`:                         "mobile",
			`{"userid":"li","name":"李","mobile":"13912345678","departments":[2]}`:                "mobile",
			`{"userid":"li","name":"李","email":"none","mobile":"13912345679","departments":[2]}`: "email",
			`{"userid":"li","name":"李","departments":[2]}`:                                       "mobile",
			`{"userid":"li","name":"李","mobile":"13912345679","departments":[]}`:                 "departments",
			`{"userid":"li","name":"李","mobile":"13912345679","departments":[4711]}`:             "departments",
			`{"userid":"","name":"李","mobile":"13912345679","departments":[2]}`:                  "userid",
			`{"userid":"l i","name":"李","mobile":"13912345679","departments":[2]}`:               "userid",
		} {
			if r := a.refused(422, "POST", "/console/api/members", body); r.Fields[field] == "" {
				t.Errorf("%s: %v, want an error of %s", body, r, field)
			}
		}

		// Two admins have the same member open; the second does not overwrite the first.
		var m struct{ Version string }
		a.ok("GET", "/console/api/members/ou", "", &m)
		a.ok("PUT", "/console/api/members/ou", fmt.Sprintf(`{"position":"太守","version":%q}`, m.Version), nil)
		if r := a.refused(409, "PUT", "/console/api/members/ou", fmt.Sprintf(`{"position":"醉翁","version":%q}`, m.Version)); r.Reason != "stale" {
			t.Errorf("an overtaken form: %v", r)
		}
		a.ok("PUT", "/console/api/members/ou", `{"position":"醉翁","departments":[3,2],"leads":[3]}`, nil)

		var done struct {
			Done   int
			Failed []struct{ UserID, Error string }
		}
		a.ok("POST", "/console/api/members.batch", `{"action":"disable","userids":["ou","zhangsan","none"]}`, &done)
		if done.Done != 1 || len(done.Failed) != 2 { // nobody disables themselves
			t.Errorf("disabled: %+v", done)
		}
		if got := search(a, "status=2"); !slices.Equal(got, []string{"ou"}) {
			t.Errorf("disabled are %v", got)
		}
		a.ok("DELETE", "/console/api/members/ou", "", nil)
		var log struct {
			Entries []struct{ Action, Target, Source, UserID string }
		}
		a.ok("GET", "/console/api/audit?q=%E6%AC%A7%E9%98%B3", "", &log)
		var actions []string
		for _, e := range log.Entries {
			actions = append(actions, e.Action)
		}
		if want := []string{"member.delete", "member.update", "member.update", "member.create"}; !slices.Equal(actions, want) {
			t.Errorf("the log says %v, want %v", actions, want)
		}
	})
}

// A ranged admin sees the departments of the range and changes nothing beyond them.
func TestRange(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		appoint(t, w, w.CorpID, "lisi", admins.Ranged, 3)
		a := as(t, w, w.CorpID, "lisi")
		var tree struct{ Departments [][]any }
		a.ok("GET", "/console/api/departments", "", &tree)
		for _, d := range tree.Departments {
			if d[0].(float64) == 1 || d[0].(float64) == 2 {
				t.Errorf("he sees department %v", d)
			}
		}
		var found struct{ Members []struct{ UserID string } }
		a.ok("GET", "/console/api/members", "", &found)
		for _, m := range found.Members {
			if m.UserID == "zhangsan" {
				t.Error("he finds a member of another department")
			}
		}
		a.refused(422, "GET", "/console/api/members/zhangsan", "")
		a.refused(403, "POST", "/console/api/members", `{"userid":"a","name":"甲","mobile":"13912345678","departments":[2]}`)
		a.ok("POST", "/console/api/members", `{"userid":"a","name":"甲","mobile":"13912345678","departments":[3]}`, nil)
		a.refused(403, "PUT", "/console/api/members/a", `{"departments":[2,3]}`)
		a.refused(422, "DELETE", "/console/api/members/zhangsan", "")
		a.refused(403, "PUT", "/console/api/departments/3", `{"parent":2}`)
		a.refused(403, "PUT", "/console/api/departments/2", `{"name":"x"}`)
		a.refused(403, "DELETE", "/console/api/departments/3", "")
		a.refused(403, "POST", "/console/api/departments", `{"name":"x","parent":1}`)
		a.ok("POST", "/console/api/departments", `{"name":"新组","parent":3}`, nil)
		a.refused(403, "POST", "/console/api/tags", `{"name":"x"}`)
		var done struct{ Done int }
		a.ok("POST", "/console/api/members.batch", `{"action":"move","department":2,"userids":["a"]}`, &done)
		if done.Done != 0 {
			t.Error("he moved a member out of his range")
		}
	})
}

// The same is done in two enterprises. Each audit log shows its own.
func TestTheAuditLogIsTheEnterprises(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a, b := w.Corps()
		logs := map[*qiweitest.Corp]*admin{}
		for c, title := range map[*qiweitest.Corp]string{a: "甲的职务", b: "乙的职务"} {
			appoint(t, w, c.CorpID, "zhangsan", admins.Super)
			logs[c] = as(t, w, c.CorpID, "zhangsan")
			logs[c].ok("PUT", "/console/api/members/lisi", `{"position":"`+title+`"}`, nil)
			if got := c.As(access.ContactSync).Call("POST", "/cgi-bin/user/update", `{"userid":"wangwu","position":"`+title+`"}`); got.ErrCode != 0 {
				t.Fatal(got.Body)
			}
		}
		for c, others := range map[*qiweitest.Corp]string{a: "乙的职务", b: "甲的职务"} {
			own := map[string]string{"甲的职务": "乙的职务", "乙的职务": "甲的职务"}[others]
			for _, query := range []string{"", "?source=console", "?source=app", "?userid=zhangsan", "?q=%E8%81%8C%E5%8A%A1", "?action=member", "?action=change_contact"} {
				status, body := logs[c].do("GET", "/console/api/audit"+query, "")
				if status != 200 || strings.Contains(body, others) {
					t.Errorf("%s%s: %d %s", c.Name, query, status, body)
				}
				if query != "?action=change_contact" && query != "?source=app" && !strings.Contains(body, own) {
					t.Errorf("%s%s lacks its own: %s", c.Name, query, body)
				}
			}
		}
	})
}

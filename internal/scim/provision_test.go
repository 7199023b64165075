package scim_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/scim"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

func target(t *testing.T, w *qiweitest.World, to scim.Target) {
	t.Helper()
	to.CorpID = w.CorpID
	if to.Name == "" {
		to.Name = "product"
	}
	if to.OnLeave == "" {
		to.OnLeave = scim.Deactivate
	}
	w.Write(func(ctx context.Context, tx *store.Tx) error { return w.Server.SCIM.CreateTarget(ctx, tx, to) })
}

func provisionAll(t *testing.T, w *qiweitest.World) scim.Target {
	t.Helper()
	if err := w.Server.SCIM.Provision(context.Background()); err != nil {
		t.Fatal(err)
	}
	var list []scim.Target
	if err := w.Server.Store.Read(context.Background(), func(tx *store.Tx) (err error) {
		list, err = w.Server.SCIM.Targets(tx, w.CorpID)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return list[0]
}

// One enterprise's directory becomes another's, and follows it.
func TestOneEnterpriseProvisionsAnother(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		there := provide(t, w, w.Second)
		sync := w.As(access.ContactSync)
		sync.Call("POST", "/cgi-bin/user/create", `{"userid":"zhaoliu","name":"赵六","mobile":"13900000006","department":[3]}`)
		target(t, w, scim.Target{URL: there.url, Token: there.token, Range: access.Everything(), Groups: true})
		state := provisionAll(t, w)
		if state.Pending != 0 || state.Error != "" {
			t.Fatalf("%+v", state)
		}
		zhao := there.send("GET", "/Users/"+there.user("zhaoliu"), "")
		if zhao.at("displayName") != "赵六" || zhao.at("phoneNumbers|0|value") != "13900000006" || zhao.at("externalId") != "zhaoliu" || zhao.at("active") != "true" {
			t.Errorf("%s", zhao.text)
		}
		in := func(user string) string {
			g := there.send("GET", "/Users/"+there.user(user), "")
			var out []string
			list, _ := g.body["groups"].([]any)
			for _, e := range list {
				out = append(out, e.(map[string]any)["display"].(string))
			}
			slices.Sort(out)
			return strings.Join(out, " ")
		}
		if got := in("zhaoliu"); got != "甲公司 研发部 研发部/后端组" {
			t.Errorf("groups: %s", got)
		}
		// A second round has nothing to tell.
		w.Second.Events()
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			return w.Server.SCIM.SyncTarget(ctx, tx, w.CorpID, "product")
		})
		if state := provisionAll(t, w); state.Pending != 0 {
			t.Errorf("%+v", state)
		}
		if e := w.Second.Events(); e != nil {
			t.Errorf("told twice: %v", e)
		}
		// Changes follow, and move the member between the groups.
		sync.Call("POST", "/cgi-bin/user/update", `{"userid":"zhaoliu","name":"赵七","department":[4]}`)
		provisionAll(t, w)
		if got := in("zhaoliu"); got != "市场部 甲公司" {
			t.Errorf("moved: %s", got)
		}
		if g := there.send("GET", "/Users/"+there.user("zhaoliu"), ""); g.at("displayName") != "赵七" {
			t.Errorf("renamed: %s", g.text)
		}
		sync.Call("POST", "/cgi-bin/department/update", `{"id":4,"name":"销售部"}`)
		provisionAll(t, w)
		if got := in("zhaoliu"); got != "甲公司 销售部" {
			t.Errorf("department renamed: %s", got)
		}
		sync.Call("POST", "/cgi-bin/user/update", `{"userid":"zhaoliu","enable":0}`)
		provisionAll(t, w)
		if g := there.send("GET", "/Users/"+there.user("zhaoliu"), ""); g.at("active") != "false" {
			t.Errorf("disabled: %s", g.text)
		}
		sync.Call("POST", "/cgi-bin/user/update", `{"userid":"zhaoliu","enable":1}`)
		provisionAll(t, w)
		sync.Call("GET", "/cgi-bin/user/delete?userid=zhaoliu", "")
		state = provisionAll(t, w)
		if g := there.send("GET", "/Users/"+there.user("zhaoliu"), ""); g.at("active") != "false" || state.Pending != 0 {
			t.Errorf("departed: %s, %+v", g.text, state)
		}
		// The member comes back under the same userid, and gets the same account in the product.
		sync.Call("POST", "/cgi-bin/user/create", `{"userid":"zhaoliu","name":"赵六","mobile":"13900000006","department":[3]}`)
		state = provisionAll(t, w)
		if g := there.send("GET", "/Users/"+there.user("zhaoliu"), ""); g.at("active") != "true" || g.at("id") != zhao.at("id") || state.Pending != 0 {
			t.Errorf("returned: %s, %+v", g.text, state)
		}
	})
}

// fake is a product that answers what a test says and remembers what it was told.
type fake struct {
	*httptest.Server
	mu     sync.Mutex
	told   []string
	answer func(method, path string, body map[string]any) (int, string)
}

func product(t *testing.T, answer func(method, path string, body map[string]any) (int, string)) *fake {
	t.Helper()
	f := &fake{answer: answer}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		defer f.mu.Unlock()
		var body map[string]any
		json.NewDecoder(r.Body).Decode(&body)
		name, _ := body["userName"].(string)
		f.told = append(f.told, strings.TrimSpace(r.Method+" "+r.URL.Path+" "+name))
		if r.Header.Get("Authorization") != "Bearer secret" {
			w.WriteHeader(401)
			return
		}
		status, text := f.answer(r.Method, r.URL.Path, body)
		w.WriteHeader(status)
		w.Write([]byte(text))
	}))
	t.Cleanup(f.Close)
	return f
}

func (f *fake) heard() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	out := strings.Join(f.told, ", ")
	f.told = nil
	return out
}

// made answers a POST with an id made from the member's name.
func made(method, _ string, body map[string]any) (int, string) {
	if method == "POST" {
		return 201, `{"id":"r-` + body["userName"].(string) + `"}`
	}
	return 200, `{}`
}

func TestAProductInTrouble(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		down := true
		f := product(t, func(method, path string, body map[string]any) (int, string) {
			if down {
				return 503, ""
			}
			if body["userName"] == "lisi" && body["title"] == nil {
				return 400, `{"detail":"title is missing"}`
			}
			return made(method, path, body)
		})
		target(t, w, scim.Target{URL: f.URL, Token: "secret", Range: access.Everything()})
		state := provisionAll(t, w)
		if got := f.heard(); got != "POST /Users zhangsan" || state.Pending != 3 || !strings.Contains(state.Error, "503") {
			t.Errorf("down: %s, %+v", got, state)
		}
		if provisionAll(t, w); f.heard() != "" {
			t.Error("a product that is down is not left alone")
		}
		down = false
		w.Advance(time.Minute)
		state = provisionAll(t, w)
		if got := f.heard(); got != "POST /Users zhangsan, POST /Users lisi, POST /Users wangwu" || state.Pending != 1 || state.Failed != 1 || state.Error != "" {
			t.Errorf("up again: %s, %+v", got, state)
		}
		// A refused thing is tried again at its next change, or when its pause is over, not earlier.
		if provisionAll(t, w); f.heard() != "" {
			t.Error("what was refused is tried at once")
		}
		w.As(access.ContactSync).Call("POST", "/cgi-bin/user/update", `{"userid":"lisi","position":"工程师"}`)
		state = provisionAll(t, w)
		if got := f.heard(); got != "POST /Users lisi" || state.Pending != 0 {
			t.Errorf("after a change: %s, %+v", got, state)
		}
	})
}

func TestWhoLeavesIsTold(t *testing.T) {
	t.Parallel()
	for leave, want := range map[string]string{scim.Deactivate: "PATCH /Users/r-wangwu", scim.Delete: "DELETE /Users/r-wangwu"} {
		t.Run(leave, func(t *testing.T) {
			t.Parallel()
			qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
				f := product(t, made)
				target(t, w, scim.Target{URL: f.URL, Token: "secret", OnLeave: leave, Range: access.Range{Departments: []int64{4}}})
				provisionAll(t, w)
				if got := f.heard(); got != "POST /Users wangwu" {
					t.Errorf("in the range: %s", got)
				}
				w.As(access.ContactSync).Call("POST", "/cgi-bin/user/update", `{"userid":"wangwu","department":[2]}`)
				provisionAll(t, w)
				if got := f.heard(); got != want {
					t.Errorf("out of the range: %s", got)
				}
				w.As(access.ContactSync).Call("POST", "/cgi-bin/user/update", `{"userid":"lisi","department":[4]}`)
				provisionAll(t, w)
				if got := f.heard(); got != "POST /Users lisi" {
					t.Errorf("into the range: %s", got)
				}
				w.As(access.ContactSync).Call("GET", "/cgi-bin/user/delete?userid=lisi", "")
				state := provisionAll(t, w)
				if got := f.heard(); got != strings.Replace(want, "wangwu", "lisi", 1) || state.Pending != 0 {
					t.Errorf("departed: %s, %+v", got, state)
				}
			})
		})
	}
}

// A member who is deleted while the product is being told of them does not stay there.
func TestWhoLeavesMeanwhile(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		deleted := false
		f := product(t, func(method, path string, body map[string]any) (int, string) {
			if body["userName"] == "wangwu" && !deleted {
				deleted = true
				w.As(access.ContactSync).Call("GET", "/cgi-bin/user/delete?userid=wangwu", "")
			}
			return made(method, path, body)
		})
		target(t, w, scim.Target{URL: f.URL, Token: "secret", Range: access.Everything()})
		provisionAll(t, w)
		provisionAll(t, w)
		if got := f.heard(); !strings.HasSuffix(got, "POST /Users wangwu, PATCH /Users/r-wangwu") {
			t.Error(got)
		}
	})
}

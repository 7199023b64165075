package phone_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/qiweitest"
)

func get(t *testing.T, w *qiweitest.World, by *http.Client, path string) (status int, body string) {
	t.Helper()
	resp, err := by.Get(w.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(raw)
}

// wish is a request of the phone, with what the answer must contain and what it must not.
type wish struct {
	name, path string
	status     int
	has, not   []string
}

func (h wish) check(t *testing.T, w *qiweitest.World, by *http.Client) {
	t.Helper()
	status, body := get(t, w, by, h.path)
	if status != h.status {
		t.Errorf("%s: %d %s", h.name, status, body)
	}
	for _, s := range h.has {
		if !strings.Contains(body, s) {
			t.Errorf("%s: no %s in %s", h.name, s, body)
		}
	}
	for _, s := range h.not {
		if strings.Contains(body, s) {
			t.Errorf("%s: %s in %s", h.name, s, body)
		}
	}
}

func TestContacts(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		sync := w.As(access.ContactSync)
		for _, body := range []string{
			`{"userid":"gone","name":"走了","department":[3],"mobile":"13800000009","enable":0}`,
			`{"userid":"only","name":"独有","department":[3],"mobile":"13800000008"}`,
		} {
			if got := sync.Call("POST", "/cgi-bin/user/create", body); got.ErrCode != 0 {
				t.Fatal(got.Body)
			}
		}
		lisi, other := w.Corp.SignIn("lisi"), w.Second.SignIn("lisi")
		for _, h := range []wish{
			{"who am I", "/phone/api/me", 200, []string{`"userid":"lisi"`, `"name":"李四"`, `"department":"后端组"`, w.CorpID, `"avatar":"/wwhead/`}, nil},
			{"the root", "/phone/api/departments", 200, []string{`"研发部"`, `"市场部"`}, []string{"后端组"}},
			{"a department", "/phone/api/departments?id=3", 200, []string{`"path":[{"id":1,`, `{"id":2,"name":"研发部"},{"id":3,"name":"后端组"}]`, `"children":[]`}, nil},
			{"none", "/phone/api/departments?id=99", 400, []string{"60003"}, nil},
			{"its members", "/phone/api/contacts?department=3", 200, []string{`"lisi"`, `"only"`, `"total":2`}, []string{"gone", "zhangsan", "1380000"}},
			{"its leader", "/phone/api/contacts?department=2", 200, []string{`"zhangsan"`, `"leader":true`, `"total":1`}, nil},
			{"a page", "/phone/api/contacts?limit=1&offset=1", 200, []string{`"lisi"`, `"total":4`}, []string{"zhangsan"}},
			{"by name", "/phone/api/contacts?q=%E5%BC%A0", 200, []string{`"zhangsan"`, `"total":1`}, nil},
			{"by sound", "/phone/api/contacts?q=duyou", 200, []string{`"only"`, `"total":1`}, nil},
			{"a colleague", "/phone/api/contacts/LISI", 200, []string{`"13800000002"`, `"后端组"`, `"direct_leader":{"userid":"zhangsan"`, `"card":"/wwopen/userQRCode`}, []string{"gender"}},
			{"one who is gone", "/phone/api/contacts/gone", 400, []string{"60111"}, []string{"13800000009"}},
			{"nobody", "/phone/api/contacts/nobody", 400, []string{"60111"}, nil},
			{"no number", "/phone/api/contacts?offset=x", 400, []string{"40058"}, nil},
		} {
			h.check(t, w, lisi)
		}
		for _, h := range []wish{
			{"the other's colleague", "/phone/api/contacts/only", 400, []string{"60111"}, []string{"独有"}},
			{"the other's department", "/phone/api/contacts?department=3", 200, []string{`"total":1`}, []string{"only"}},
			{"the other's search", "/phone/api/contacts?q=duyou", 200, []string{`"total":0`}, nil},
		} {
			h.check(t, w, other)
		}
		for _, path := range []string{"/phone/api/me", "/phone/api/departments", "/phone/api/contacts", "/phone/api/contacts/lisi", "/phone/api/workbench"} {
			wish{"nobody at " + path, path, 401, nil, []string{"lisi"}}.check(t, w, http.DefaultClient)
		}
	})
}

func TestWorkbench(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		w.As(access.ContactSync)
		a := w.Corp.WithApp(access.SelfBuilt, app.Settings{Name: "日报", HomeURL: "https://a.example/home", CustomWorkbench: true, Range: access.Range{Departments: []int64{2}}})
		w.Corp.WithApp(access.SelfBuilt, app.Settings{Name: "没有模板的", CustomWorkbench: true, Range: access.Range{Departments: []int64{2}}})
		w.Corp.WithApp(access.SelfBuilt, app.Settings{Name: "停用的", Disabled: true, Range: access.Range{Departments: []int64{1}}})
		for _, call := range [][2]string{
			{"/cgi-bin/agent/set_workbench_template", `{"agentid":%,"type":"keydata","keydata":{"items":[{"key":"待审批","data":"2"}]}}`},
			{"/cgi-bin/agent/set_workbench_data", `{"agentid":%,"userid":"lisi","type":"keydata","keydata":{"items":[{"key":"待审批","data":"7","jump_url":"https://a.example/7"}]}}`},
		} {
			if got := a.Call("POST", call[0], strings.ReplaceAll(call[1], "%", itoa(a.AgentID))); got.ErrCode != 0 {
				t.Fatal(got.Body)
			}
		}
		wish{"lisi", "/phone/api/workbench", 200, []string{`"日报"`, `"没有模板的"`, `"home_url":"https://a.example/home"`, `"data":"7"`, `"jump_url":"https://a.example/7"`}, []string{"停用的", `"data":"2"`}}.check(t, w, w.Corp.SignIn("lisi"))
		wish{"zhangsan", "/phone/api/workbench", 200, []string{`"data":"2"`}, []string{`"data":"7"`}}.check(t, w, w.Corp.SignIn("zhangsan"))
		wish{"wangwu does not see it", "/phone/api/workbench", 200, nil, []string{"日报"}}.check(t, w, w.Corp.SignIn("wangwu"))
		wish{"the other enterprise", "/phone/api/workbench", 200, nil, []string{"日报"}}.check(t, w, w.Second.SignIn("lisi"))
	})
}

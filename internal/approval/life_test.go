package approval_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// TestRename: approvals, processes and balances follow a member whose userid has changed.
func TestRename(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		sync := h.As(access.ContactSync)
		const old = "made1" // only a userid that the platform has drawn can be changed
		h.Write(func(ctx context.Context, tx *store.Tx) error {
			m := directory.Member{UserID: old, Name: "新人", Enabled: true, Generated: true, Email: "made1@corp.example", Places: []directory.Place{{Department: 3}}}
			_, _, err := h.Server.Directory.CreateMember(ctx, tx, access.System(h.CorpID), m, false)
			return err
		})
		contact := ctl("Contact", "1", 1, `"contact":{"type":"single","mode":"user"}`)
		template := h.template("找人", contact)
		h.PlayIn(h.Corp, "template", `{"template_id":"`+template+`","process":{"nodes":[{"type":1,"rel":1,"users":["`+old+`"]}]}}`)
		spNo := h.apply(old, template, "", fmt.Sprintf(`{"control":"Contact","id":"Contact-1","value":{"members":[{"userid":%q}]}}`, old))
		h.act("comment", spNo, old, `,"speech":"我"`)
		h.Play("open/template", `{"agentid":%d,"template_id":"t","name":"付","nodes":[{"type":1,"rel":1,"users":[%q]}]}`, h.App.AgentID, old)
		h.Play("open/submit", `{"agentid":%d,"userid":%q,"templateId":"t","thirdNo":"P-1"}`, h.App.AgentID, old)
		if got := sync.Call("POST", "/cgi-bin/user/update", `{"userid":"`+old+`","new_userid":"xinren"}`); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		for _, body := range []string{h.Must(h.App, "oa/getapprovaldetail", `{"sp_no":"`+spNo+`"}`).Body, h.Must(h.App, "corp/getopenapprovaldata", `{"thirdNo":"P-1"}`).Body} {
			if strings.Contains(body, old) || strings.Count(body, `"xinren"`) < 2 {
				t.Error(body)
			}
		}
		if got := h.found(h.App, h.today(`{"key":"creator","value":"xinren"}`)); got != "1" {
			t.Errorf("by the new userid: %q", got)
		}
		if got := h.act("approve", spNo, "xinren", ""); got != "2 " {
			t.Errorf("decided: %s", got)
		}
		if next := h.apply("xinren", template, "", `{"control":"Contact","id":"Contact-1","value":{"members":[{"userid":"lisi"}]}}`); h.detail(next).process() != "1:xinren=1(1)" {
			t.Error(h.detail(next).process())
		}
	})
}

// TestFilesStay: a file of an approval can be read after its media_id has had its time, by a new one.
func TestFilesStay(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		template := h.template("附件", ctl("File", "1", 1, ""))
		first := h.upload("a.txt")
		spNo := h.apply("zhangsan", template, node(1, 1, "lisi"), `{"control":"File","id":"File-1","value":{"files":[{"file_id":"`+first+`"}]}}`)
		h.act("approve", spNo, "lisi", `,"media":["`+h.upload("b.txt")+`"]`)
		type files struct {
			Info struct {
				Data struct {
					Contents []struct {
						Value struct {
							Files []struct {
								ID string `json:"file_id"`
							}
						}
					}
				} `json:"apply_data"`
				Record []struct {
					Details []struct {
						Media []string `json:"media_id"`
					}
				} `json:"sp_record"`
			}
		}
		ids := func() (out []string) {
			var f files
			h.Must(h.App, "oa/getapprovaldetail", `{"sp_no":"`+spNo+`"}`).Decode(&f)
			return []string{f.Info.Data.Contents[0].Value.Files[0].ID, f.Info.Record[0].Details[0].Media[0]}
		}
		was := ids()
		if was[0] != first {
			t.Errorf("%s, want %s", was[0], first)
		}
		h.Advance(10 * 24 * hour)
		if err := h.Server.Media.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		for i, name := range []string{"a.txt", "b.txt"} {
			now := ids()[i]
			if now == was[i] {
				t.Errorf("%s has the media_id that it had", name)
			}
			if got := h.App.Call("GET", "/cgi-bin/media/get?media_id="+now, ""); got.Body != "content of "+name {
				t.Errorf("%s: %s", name, got.Body)
			}
		}
		if again := ids(); again[0] != ids()[0] {
			t.Error("a media_id that is good is replaced")
		}
		h.Answers("oa/applyevent", []qiweitest.Refusal{{"a file that has had its time", application("zhangsan", template, node(1, 1, "lisi"), `{"control":"File","id":"File-1","value":{"files":[{"file_id":"`+first+`"}]}}`), 301025}}...)
	})
}

// TestTemplateProcess: the process that an administrator has set: superiors, carriers of a tag, branches by
// what was filled in.
func TestTemplateProcess(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		sync := h.As(access.ContactSync)
		for path, body := range map[string]string{
			"user/update": `{"userid":"lisi","direct_leader":["zhangsan"]}`, "tag/create": `{"tagid":7,"tagname":"财务"}`,
		} {
			if got := sync.Call("POST", "/cgi-bin/"+path, body); got.ErrCode != 0 {
				t.Fatal(got.Body)
			}
		}
		if got := sync.Call("POST", "/cgi-bin/tag/addtagusers", `{"tagid":7,"userlist":["wangwu","zhangsan"]}`); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		template := h.template("买", ctl("Money", "1", 1, ""))
		flow := func(process string) {
			t.Helper()
			h.PlayIn(h.Corp, "template", `{"template_id":"`+template+`","process":`+process+`}`)
		}
		apply := func(sum string) string {
			t.Helper()
			return h.detail(h.apply("lisi", template, "", `{"control":"Money","id":"Money-1","value":{"new_money":"`+sum+`"}}`)).process()
		}
		if got := apply("1"); got != "1:zhangsan=1(1)" {
			t.Errorf("the usual process: %s", got)
		}
		flow(`{"branches":[{"when":[{"id":"Money-1","op":"gt","values":["1000"]}],"nodes":[{"type":1,"rel":3,"tag":7}]},{"when":[{"id":"Money-1","op":"gt","values":["100"]},{"id":"creator","values":["LISI"]}],"nodes":[{"type":1,"rel":1,"users":["wangwu"]}]}],
			"nodes":[{"type":1,"leader":1},{"type":2,"users":["wangwu"]}]}`)
		for sum, want := range map[string]string{"5": "1:zhangsan=1(1) 2:wangwu=1(0)", "500": "1:wangwu=1(1)", "5000": "1:zhangsan=1+wangwu=1(1)"} {
			if got := apply(sum); got != want {
				t.Errorf("%s: %s, want %s", sum, got, want)
			}
		}
		flow(`{"nodes":[{"type":1,"leader":5}]}`)
		if got := h.detail(h.apply("lisi", template, "", `{"control":"Money","id":"Money-1","value":{"new_money":"1"}}`)); got.Info.Status != 2 || got.process() != "" {
			t.Errorf("nobody to decide: %+v", got)
		}
		flow(`{"nodes":[{"type":1,"choose":true}]}`)
		h.Answers("oa/applyevent", []qiweitest.Refusal{{"a node that the applicant chooses", application("lisi", template, "", `{"control":"Money","id":"Money-1","value":{"new_money":"1"}}`), 301025}}...)
		if status, text := h.Attempt(h.Corp, "template", `{"template_id":"`+template+`","process":{"nodes":[{"type":1,"users":["stranger"]}]}}`); status != 400 {
			t.Errorf("a stranger: %d %s", status, text)
		}
	})
}

// TestRace: two who decide at once both count, and one member decides once.
func TestRace(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		template := h.template("买书", textControl)
		for range 5 {
			spNo := h.apply("zhangsan", template, node(1, 1, "lisi", "wangwu"), textContent)
			var all sync.WaitGroup
			statuses := make([]int, 4)
			for i, user := range []string{"lisi", "wangwu", "lisi", "wangwu"} {
				all.Go(func() {
					statuses[i], _ = h.Attempt(h.Corp, "approve", fmt.Sprintf(`{"sp_no":%q,"userid":%q}`, spNo, user))
				})
			}
			all.Wait()
			done := 0
			for _, s := range statuses {
				if s == 200 {
					done++
				}
			}
			if got := h.detail(spNo).process(); got != "1:lisi=2+wangwu=2(2)" || done != 2 {
				t.Errorf("%s, %v", got, statuses)
			}
		}
		var all sync.WaitGroup
		numbers := make([]string, 8)
		for i := range numbers {
			all.Go(func() {
				var resp struct {
					SpNo string `json:"sp_no"`
				}
				h.Call(h.App, "oa/applyevent", application("zhangsan", template, node(1, 1, "lisi"), textContent)).Decode(&resp)
				numbers[i] = resp.SpNo
			})
		}
		all.Wait()
		seen := map[string]bool{}
		for _, n := range numbers {
			if n == "" || seen[n] {
				t.Errorf("numbers %q", numbers)
			}
			seen[n] = true
		}
	})
}

// browser is a member's page.
type browser struct {
	h      *house
	cookie []*http.Cookie
}

func (h *house) signedIn(user string) browser {
	h.T.Helper()
	req, err := http.NewRequest("POST", h.URL+"/_qiwei/sign-in", strings.NewReader(url.Values{"corpid": {h.CorpID}, "userid": {user}}.Encode()))
	if err != nil {
		h.T.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return browser{h, h.Do(req).Cookies()}
}

func (b browser) do(method, path, body string, into any) (int, string) {
	b.h.T.Helper()
	req, err := http.NewRequest(method, b.h.URL+"/phone/api/"+path, strings.NewReader(body))
	if err != nil {
		b.h.T.Fatal(err)
	}
	for _, c := range b.cookie {
		req.AddCookie(c)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Origin", b.h.URL)
	resp := b.h.Do(req)
	text, err := io.ReadAll(resp.Body)
	if err == nil && into != nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		b.h.T.Fatal(err, string(text))
	}
	return resp.StatusCode, string(text)
}

// TestPhone: a member submits, sees and decides on the own page, and nobody else's.
func TestPhone(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		zhang, li, wang := h.signedIn("zhangsan"), h.signedIn("lisi"), h.signedIn("wangwu")
		var offer struct {
			Templates []struct {
				ID   string `json:"template_id"`
				Name string `json:"name"`
			}
		}
		zhang.do("GET", "approval_templates", "", &offer)
		if len(offer.Templates) != 6 || offer.Templates[0].Name != "请假" {
			t.Fatalf("%+v", offer)
		}
		h.PlayIn(h.Corp, "template", `{"template_id":"`+offer.Templates[0].ID+`","process":{"nodes":[{"type":1,"users":["lisi"]}]}}`)
		var s stands
		content := strings.ReplaceAll(leave(1, 0, 2), "Vacation-1", "vacation-1") + `,{"control":"Textarea","id":"Textarea-1","value":{"text":"回家"}}`
		if status, text := zhang.do("POST", "approvals", `{"template_id":"`+offer.Templates[0].ID+`","contents":[`+content+`]}`, &s); status != 200 || strings.Join(s.Waiting, "") != "lisi" {
			t.Fatal(status, text)
		}
		for _, tt := range []struct {
			who    browser
			box    string
			listed bool
		}{{zhang, "mine", true}, {zhang, "waiting", false}, {li, "waiting", true}, {li, "decided", false}, {wang, "mine", false}, {wang, "waiting", false}} {
			if _, text := tt.who.do("GET", "approvals?box="+tt.box, "", nil); strings.Contains(text, s.SpNo) != tt.listed {
				t.Errorf("%s: %s", tt.box, text)
			}
		}
		if status, _ := zhang.do("GET", "approvals?box=all", "", nil); status != 400 {
			t.Errorf("an unknown box: %d", status)
		}
		if _, text := li.do("GET", "approvals/"+s.SpNo, "", nil); !strings.Contains(text, `"steps":["approve","refuse","transfer","add","return","comment"]`) || !strings.Contains(text, `"names":{"lisi":"李四","zhangsan":"张三"}`) {
			t.Error(text)
		}
		for path, want := range map[string]int{"": 404, "/approve": 404, "/comment": 404} {
			method := "POST"
			if path == "" {
				method = "GET"
			}
			if status, text := wang.do(method, "approvals/"+s.SpNo+path, `{"speech":"a"}`, nil); status != want {
				t.Errorf("a stranger, %s: %d %s", path, status, text)
			}
		}
		for step, want := range map[string]int{"delete": 404, "pay": 404, "nothing": 404, "handle": 200} {
			if step == "handle" {
				step = "approve"
			}
			if status, text := li.do("POST", "approvals/"+s.SpNo+"/"+step, `{"speech":"好"}`, nil); status != want {
				t.Errorf("%s: %d %s", step, status, text)
			}
		}
		if _, text := li.do("GET", "approvals?box=decided", "", nil); !strings.Contains(text, s.SpNo) || !strings.Contains(text, `"waiting":0`) {
			t.Errorf("decided: %s", text)
		}
		if got := h.detail(s.SpNo); got.Info.Status != 2 {
			t.Errorf("%+v", got)
		}
	})
}

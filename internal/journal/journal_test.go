package journal_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/message"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// house is a World with an application that may read reports and sees everybody.
type house struct {
	*qiweitest.World
	t   *testing.T
	app *qiweitest.Client
}

func run(t *testing.T, test func(t *testing.T, h *house)) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		test(t, &house{w, t, w.WithApp(access.SelfBuilt, listed(access.Everything()))})
	}, func(c *platform.Config) { c.Dev = true })
}

func listed(r access.Range) app.Settings {
	return app.Settings{Range: r, Callable: []access.Kind{access.Journal}}
}

func (h *house) script(corpID, name, body string, into any) (int, string) {
	h.t.Helper()
	body = strings.Replace(body, "{", `{"corpid":"`+corpID+`",`, 1)
	req, err := http.NewRequest("POST", h.URL+"/_qiwei/journal/"+name, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	resp := h.Do(req)
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode == 200 && into != nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		h.t.Fatal(err, string(text))
	}
	return resp.StatusCode, string(text)
}

// done runs a script that must succeed.
func (h *house) done(name, body string, into any) {
	h.t.Helper()
	if status, text := h.script(h.CorpID, name, body, into); status != 200 {
		h.t.Fatalf("%s %s: %d %s", name, body, status, text)
	}
}

const textControl = `{"property":{"control":"Text","id":"Text-1","title":[{"text":"工作内容","lang":"zh_CN"}],"require":1},"config":{}}`

// template makes a template; more are fields besides its name and controls.
func (h *house) template(name, more string) string {
	h.t.Helper()
	var t struct {
		ID string `json:"template_id"`
	}
	h.done("template", fmt.Sprintf(`{"name":%q,"controls":[%s]%s}`, name, textControl, more), &t)
	return t.ID
}

// write has a member write a report.
func (h *house) write(user, template, more string) string {
	h.t.Helper()
	var r struct {
		UUID string `json:"journaluuid"`
	}
	h.done("submit", fmt.Sprintf(`{"userid":%q,"template_id":%q,"contents":[{"control":"Text","id":"Text-1","value":{"text":"写代码"}}]%s}`, user, template, more), &r)
	return r.UUID
}

func as(c *qiweitest.Client, name, body string) qiweitest.Result {
	return c.Call("POST", "/cgi-bin/oa/journal/"+name, body)
}

func (h *house) must(name, body string) qiweitest.Result {
	h.t.Helper()
	r := as(h.app, name, body)
	if r.ErrCode != 0 {
		h.t.Fatalf("%s %s: %s", name, body, r.Body)
	}
	return r
}

// span asks for the last days and the next hour.
func (h *house) span(days int64, more string) string {
	now := h.Clock.Now().Unix()
	return fmt.Sprintf(`{"starttime":%d,"endtime":%d%s}`, now-days*86400, now+3600, more)
}

// TestWhoMayCall: the application's own secret and self-built ones that are listed (doc 93393).
func TestWhoMayCall(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		for name, tt := range map[string]struct {
			client *qiweitest.Client
			may    bool
		}{
			"journal": {h.As(access.Journal), true}, "listed": {h.app, true}, "not listed": {h.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything()}), false},
			"third party": {h.As(access.ThirdParty), false}, "approval": {h.As(access.Approval), false},
		} {
			for _, call := range []string{"get_record_list", "get_record_detail", "get_stat_list"} {
				if may := !as(tt.client, call, "{}").Refused(); may != tt.may {
					t.Errorf("%s as %s: %v", call, name, may)
				}
			}
		}
	})
}

// TestReport: what a member writes, receivers read and comment on, and what the call answers (doc 93394).
func TestReport(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		own := h.As(access.Journal)
		template := h.template("日报", `,"receivers":{"users":["lisi"]}`)
		uuid := h.write("ZHANGSAN", template, `,"receivers":["wangwu","lisi","stranger"]`)
		h.done("read", fmt.Sprintf(`{"journaluuid":%q,"userid":"LISI"}`, uuid), nil)
		h.done("read", fmt.Sprintf(`{"journaluuid":%q,"userid":"lisi"}`, uuid), nil)
		var c struct {
			ID int64 `json:"commentid"`
		}
		h.done("comment", fmt.Sprintf(`{"journaluuid":%q,"userid":"lisi","content":"加油"}`, uuid), &c)
		h.done("comment", fmt.Sprintf(`{"journaluuid":%q,"userid":"zhangsan","content":"好","to":%d}`, uuid, c.ID), nil)
		got, at := h.must("get_record_detail", `{"journaluuid":"`+uuid+`"}`).Body, h.Clock.Now().Unix()
		for _, part := range []string{
			fmt.Sprintf(`"info":{"journal_uuid":%q,"template_name":"日报","template_id":%q,"report_time":%d,"submitter":{"userid":"zhangsan"},"receivers":[{"userid":"lisi"},{"userid":"wangwu"}],"readed_receivers":[{"userid":"lisi"}],`, uuid, template, at),
			`"apply_data":{"contents":[{"control":"Text","id":"Text-1","title":[{"text":"工作内容","lang":"zh_CN"}],"value":{"text":"写代码","tips":[],"members":[],"departments":[],"files":[],"children":[],"stat_field":[],"related_approval":[],"sum_field":[],"students":[],"classes":[]}}]}`,
			fmt.Sprintf(`"comments":[{"commentid":%d,"tocommentid":0,"comment_userinfo":{"userid":"lisi"},"content":"加油","comment_time":%d},`, c.ID, at), fmt.Sprintf(`"tocommentid":%d`, c.ID),
		} {
			if !strings.Contains(got, part) {
				t.Errorf("%s\nis not in %s", part, got)
			}
		}
		for what, body := range map[string]string{
			"read by a stranger":   fmt.Sprintf(`{"journaluuid":%q,"userid":"zhangsan"}`, uuid),
			"an unknown report":    `{"journaluuid":"4x","userid":"lisi"}`,
			"no userid for a read": fmt.Sprintf(`{"journaluuid":%q}`, uuid),
		} {
			if status, text := h.script(h.CorpID, "read", body, nil); status != 400 {
				t.Errorf("%s: %d %s", what, status, text)
			}
		}
		for what, body := range map[string]string{
			"an empty comment": fmt.Sprintf(`{"journaluuid":%q,"userid":"lisi"}`, uuid), "an answer to nothing": fmt.Sprintf(`{"journaluuid":%q,"userid":"lisi","content":"a","to":1}`, uuid),
		} {
			if status, text := h.script(h.CorpID, "comment", body, nil); status != 400 {
				t.Errorf("%s: %d %s", what, status, text)
			}
		}
		if n := h.inbox("lisi", own.AgentID); n != 2 {
			t.Errorf("lisi has %d messages", n)
		}
		for body, code := range map[string]int{`{}`: 301066, `{"journaluuid":"4x"}`: 301066, `{"journaluuid":[]}`: 301066} {
			if got := as(h.app, "get_record_detail", body); got.ErrCode != code {
				t.Errorf("%s: %s", body, got.Body)
			}
		}
		body := `{"journaluuid":"` + uuid + `"}`
		if got := as(h.WithApp(access.SelfBuilt, listed(access.Range{Departments: []int64{4}})), "get_record_detail", body); got.ErrCode != 301065 {
			t.Errorf("out of range: %s", got.Body)
		}
		if got := as(h.Second.WithApp(access.SelfBuilt, listed(access.Everything())), "get_record_detail", body); got.ErrCode != 301066 {
			t.Errorf("the twin enterprise: %s", got.Body)
		}
	})
}

// inbox returns how many messages of an application a member has.
func (h *house) inbox(user string, agent int64) (n int) {
	h.t.Helper()
	ctx := context.Background()
	if err := h.Server.Messages.Inbox(ctx, h.CorpID, id.UserID(user), func(tx *store.Tx, m directory.Member) error {
		list, err := h.Server.Messages.Messages(ctx, tx, h.CorpID, m, message.Place{AgentID: agent}, 0, 0)
		n = len(list)
		return err
	}); err != nil {
		h.t.Fatal(err)
	}
	return n
}

// TestWhatIsRefused: templates and reports that cannot be.
func TestWhatIsRefused(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.template("日报", "")
		market := h.template("市场", `,"range":{"departments":[4]}`)
		for what, body := range map[string]string{
			"a name that is taken": `{"name":"日报","controls":[` + textControl + `]}`, "no name": `{"controls":[` + textControl + `]}`, "no controls": `{"name":"a"}`,
			"every year": `{"name":"a","report_type":5,"controls":[` + textControl + `]}`, "an early deadline": `{"name":"a","deadline":-1,"controls":[` + textControl + `]}`,
		} {
			if status, text := h.script(h.CorpID, "template", body, nil); status != 400 {
				t.Errorf("%s: %d %s", what, status, text)
			}
		}
		content := `"contents":[{"control":"Text","id":"Text-1","value":{"text":"a"}}]`
		for what, body := range map[string]string{
			"who does not write it": fmt.Sprintf(`{"userid":"zhangsan","template_id":%q,%s}`, market, content), "a stranger": `{"userid":"stranger","template":"日报",` + content + `}`,
			"an unknown template": `{"userid":"lisi","template":"月报",` + content + `}`, "an empty form": `{"userid":"lisi","template":"日报"}`,
			"tomorrow's": `{"userid":"lisi","template":"日报","at":"2039-01-01T00:00:00Z",` + content + `}`,
		} {
			if status, text := h.script(h.CorpID, "submit", body, nil); status != 400 {
				t.Errorf("%s: %d %s", what, status, text)
			}
		}
	})
}

// TestList: filters hold together, and the cursor leads from page to page (doc 93393).
func TestList(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		day, week := h.template("日报", ""), h.template("周报", `,"report_type":3`)
		var all []string
		for _, r := range [][2]string{{"zhangsan", day}, {"lisi", day}, {"wangwu", week}, {"zhangsan", week}, {"zhangsan", day}} {
			all = append(all, h.write(r[0], r[1], ""))
			h.Advance(time.Minute)
		}
		numbered := func(c *qiweitest.Client, more string) string {
			t.Helper()
			var out strings.Builder
			var resp struct {
				List []string `json:"journaluuid_list"`
				Next int64    `json:"next_cursor"`
				End  int64    `json:"endflag"`
			}
			for range 9 {
				got := as(c, "get_record_list", h.span(1, fmt.Sprintf(`,"cursor":%d,"limit":2,"filters":[%s]`, resp.Next, more)))
				resp.List = nil
				if got.Decode(&resp); got.ErrCode != 0 {
					t.Fatal(got.Body)
				}
				for _, uuid := range resp.List {
					for i, known := range all {
						if known == uuid {
							fmt.Fprint(&out, i+1)
						}
					}
				}
				if resp.End == 1 {
					return out.String()
				}
			}
			t.Fatal("no end")
			return ""
		}
		for filters, want := range map[string]string{
			``: "12345", `{"key":"creator","value":"ZhangSan"}`: "145", `{"key":"template_id","value":"` + day + `"}`: "125", `{"key":"department","value":"4"}`: "3",
			`{"key":"creator","value":"zhangsan"},{"key":"template_id","value":"` + week + `"}`: "4", `{"key":"creator","value":"stranger"}`: "",
		} {
			if got := numbered(h.app, filters); got != want {
				t.Errorf("%s: %s, want %s", filters, got, want)
			}
		}
		if got := numbered(h.WithApp(access.SelfBuilt, listed(access.Range{Departments: []int64{2}})), ""); got != "1245" {
			t.Errorf("an application of department 2: %s", got)
		}
		if got := numbered(h.Second.WithApp(access.SelfBuilt, listed(access.Everything())), ""); got != "" {
			t.Errorf("the twin enterprise: %s", got)
		}
		for what, body := range map[string]string{
			"nothing": `{}`, "no limit": h.span(1, ""), "a limit of 101": h.span(1, `,"limit":101`), "more than a month": h.span(31, `,"limit":1`), "an unknown key": h.span(1, `,"limit":1,"filters":[{"key":"a","value":"b"}]`),
			"an empty value": h.span(1, `,"limit":1,"filters":[{"key":"creator"}]`), "a department in letters": h.span(1, `,"limit":1,"filters":[{"key":"department","value":"b"}]`),
			"an unknown cursor": h.span(1, `,"limit":1,"cursor":999999`), "a text for filters": h.span(1, `,"limit":1,"filters":"a"`), "a long value": h.span(1, `,"limit":1,"filters":[{"key":"creator","value":"`+strings.Repeat("a", 257)+`"}]`),
		} {
			if got := as(h.app, "get_record_list", body); got.ErrCode != 301066 {
				t.Errorf("%s: %s", what, got.Body)
			}
		}
		h.must("get_record_list", h.span(30, `,"limit":100`))
	})
}

// TestStatistics: cycles that are over, with who has written, late or not, and who has not (doc 93395).
func TestStatistics(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		// The World begins on Monday 2031-01-06 at 17:00 in China.
		day := h.template("日报", `,"range":{"departments":[1]},"white_range":{"departments":[4]},"receivers":{"users":["wangwu"],"tags":[],"leaders":[1]},"deadline":68400,"workdays":true`)
		week := h.template("周报", `,"report_type":3`)
		in := h.write("zhangsan", day, "")
		h.Advance(3 * time.Hour)
		late := h.write("lisi", day, "")
		h.write("lisi", week, "")
		from := fmt.Sprintf(`"starttime":%d`, h.Clock.Now().Unix()-86400)
		stat := func(c *qiweitest.Client, template string) string {
			return as(c, "get_stat_list", fmt.Sprintf(`{"template_id":%q,%s,"endtime":%d}`, template, from, h.Clock.Now().Unix())).Body
		}
		if got := stat(h.app, day); !strings.Contains(got, `"stat_list":[]`) {
			t.Errorf("before the day is over: %s", got)
		}
		h.Advance(7 * 24 * time.Hour)
		got := stat(h.app, day)
		const monday = 1925395200
		for _, part := range []string{
			fmt.Sprintf(`"template_id":%q,"template_name":"日报","report_range":{"user_list":[],"party_list":[{"open_partyid":"1"}],"tag_list":[]},"white_range":{"user_list":[],"party_list":[{"open_partyid":"4"}],"tag_list":[]}`, day),
			`"receivers":{"user_list":[{"userid":"wangwu"}],"tag_list":[],"leader_list":[{"level":1}]}`,
			fmt.Sprintf(`"cycle_begin_time":%d,"cycle_end_time":%d,"stat_begin_time":%d,"stat_end_time":%d`, monday, monday+86400, monday, monday+68400),
			`"report_list":[{"user":{"userid":"zhangsan"},"itemlist":[{"journaluuid":"` + in, `{"user":{"userid":"lisi"},"itemlist":[{"journaluuid":"` + late,
			`"unreport_list":[],"report_type":2},{`, fmt.Sprintf(`{"user":{"userid":"zhangsan"},"itemlist":[{"journaluuid":"","reporttime":%d,"flag":0}]}`, monday+86400),
		} {
			if !strings.Contains(got, part) {
				t.Errorf("%s\nis not in %s", part, got)
			}
		}
		if n := strings.Count(got, "cycle_begin_time"); n != 5 || strings.Count(got, `"flag":1`) != 1 {
			t.Errorf("%d cycles: %s", n, got)
		}
		if got := stat(h.app, week); strings.Count(got, "cycle_begin_time") != 1 || !strings.Contains(got, `"report_type":3`) || !strings.Contains(got, fmt.Sprintf(`"cycle_end_time":%d`, monday+7*86400)) {
			t.Errorf("by the week: %s", got)
		}
		if got := stat(h.WithApp(access.SelfBuilt, listed(access.Range{Departments: []int64{3}})), day); strings.Contains(got, `"zhangsan"`) {
			t.Errorf("an application of department 3: %s", got)
		}
		if got := stat(h.Second.WithApp(access.SelfBuilt, listed(access.Everything())), day); !strings.Contains(got, "301066") {
			t.Errorf("the twin enterprise: %s", got)
		}
		for what, body := range map[string]string{
			"nothing": `{}`, "backwards": fmt.Sprintf(`{"template_id":%q,"starttime":2,"endtime":1}`, day), "an unknown template": `{"template_id":"3x","starttime":1,"endtime":2}`,
			"more than a year": fmt.Sprintf(`{"template_id":%q,"starttime":1,"endtime":%d}`, day, 2+366*86400),
		} {
			if got := as(h.app, "get_stat_list", body); got.ErrCode != 301066 {
				t.Errorf("%s: %s", what, got.Body)
			}
		}
	})
}

// TestPhone: a member writes, sees and comments on the own page, and nobody else's.
func TestPhone(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		template := h.template("日报", "")
		do := func(user, method, path, body string, into any) (int, string) {
			t.Helper()
			sign, err := http.NewRequest("POST", h.URL+"/_qiwei/sign-in", strings.NewReader(url.Values{"corpid": {h.CorpID}, "userid": {user}}.Encode()))
			if err != nil {
				t.Fatal(err)
			}
			sign.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req, err := http.NewRequest(method, h.URL+"/phone/api/"+path, strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range h.Do(sign).Cookies() {
				req.AddCookie(c)
			}
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Origin", h.URL)
			resp := h.Do(req)
			text, err := io.ReadAll(resp.Body)
			if err == nil && into != nil {
				err = json.Unmarshal(text, into)
			}
			if err != nil {
				t.Fatal(err, string(text))
			}
			return resp.StatusCode, string(text)
		}
		var r struct {
			UUID string `json:"journaluuid"`
		}
		if status, text := do("zhangsan", "POST", "journals", `{"template_id":"`+template+`","receivers":["lisi"],"contents":[{"control":"Text","id":"Text-1","value":{"text":"a"}}]}`, &r); status != 200 {
			t.Fatal(status, text)
		}
		for _, tt := range []struct {
			user, method, path, body string
			status                   int
			has                      string
		}{
			{"zhangsan", "GET", "journal_templates", "", 200, template}, {"zhangsan", "GET", "journals?box=mine", "", 200, r.UUID}, {"lisi", "GET", "journals?box=received", "", 200, r.UUID},
			{"wangwu", "GET", "journals?box=received", "", 200, `"journals":[]`}, {"lisi", "GET", "journals?box=all", "", 400, ""}, {"wangwu", "GET", "journals/" + r.UUID, "", 404, ""},
			{"lisi", "GET", "journals/" + r.UUID, "", 200, `"readed_receivers":[]`}, {"lisi", "POST", "journals/" + r.UUID + "/read", `{}`, 200, ""}, {"lisi", "POST", "journals/" + r.UUID + "/comment", `{"content":"好"}`, 200, ""},
			{"wangwu", "POST", "journals/" + r.UUID + "/comment", `{"content":"好"}`, 404, ""}, {"lisi", "POST", "journals/" + r.UUID + "/burn", `{}`, 404, ""}, {"zhangsan", "GET", "journals/" + r.UUID, "", 200, `"readed_receivers":[{"userid":"lisi"}]`},
		} {
			if status, text := do(tt.user, tt.method, tt.path, tt.body, nil); status != tt.status || !strings.Contains(text, tt.has) {
				t.Errorf("%s %s %s: %d %s", tt.user, tt.method, tt.path, status, text)
			}
		}
	})
}

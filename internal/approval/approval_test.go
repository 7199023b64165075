package approval_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"
)

// house is a World with an application that may call the approval application and sees everybody.
type house struct {
	*qiweitest.World
	t   *testing.T
	app *qiweitest.Client
}

func run(t *testing.T, test func(t *testing.T, h *house)) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		test(t, &house{w, t, w.WithApp(access.SelfBuilt, listed(access.Everything()))})
	}, func(c *platform.Config) { c.Dev, c.Collide = true, true })
}

// listed are the settings of an application that may call approval.
func listed(r access.Range) app.Settings {
	return app.Settings{Range: r, Callable: []access.Kind{access.Approval}}
}

// script runs one in an enterprise and returns the status and the body of the answer.
func (h *house) script(corpID, name, body string) (int, string) {
	h.t.Helper()
	body = strings.Replace(strings.Replace(body, "{", `{"corpid":"`+corpID+`",`, 1), ",}", "}", 1)
	req, err := http.NewRequest("POST", h.URL+"/_qiwei/approval/"+name, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	resp := h.Do(req)
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// done runs a script that must succeed.
func (h *house) done(name, body string, into any) {
	h.t.Helper()
	status, text := h.script(h.CorpID, name, body)
	if status != 200 {
		h.t.Fatalf("%s %s: %d %s", name, body, status, text)
	}
	if into != nil {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			h.t.Fatalf("%s: %v in %s", name, err, text)
		}
	}
}

// stands is where an approval stands after a step.
type stands struct {
	SpNo    string   `json:"sp_no"`
	Status  int64    `json:"sp_status"`
	Waiting []string `json:"waiting"`
}

// act has a member take a step, and says where the approval stands then: its status and whose turn it is.
func (h *house) act(step, spNo, user, more string) string {
	h.t.Helper()
	var s stands
	h.done(step, fmt.Sprintf(`{"sp_no":%q,"userid":%q%s}`, spNo, user, more), &s)
	return fmt.Sprint(s.Status, " ", strings.Join(s.Waiting, ","))
}

// may reports whether a member may take a step, which a script says with 200.
func (h *house) may(step, spNo, user, more string) bool {
	h.t.Helper()
	status, text := h.script(h.CorpID, step, fmt.Sprintf(`{"sp_no":%q,"userid":%q%s}`, spNo, user, more))
	if status != 200 && !strings.Contains(text, `"errcode":301025`) && !strings.Contains(text, `"errcode":60111`) {
		h.t.Errorf("%s: %d %s", step, status, text)
	}
	return status == 200
}

func as(c *qiweitest.Client, name, body string) qiweitest.Result {
	return c.Call("POST", "/cgi-bin/"+name, body)
}

// must makes a call that must succeed.
func (h *house) must(name, body string) qiweitest.Result {
	h.t.Helper()
	r := as(h.app, name, body)
	if r.ErrCode != 0 {
		h.t.Fatalf("%s %s: %s", name, body, r.Body)
	}
	return r
}

type refusal struct {
	what, body string
	code       int
}

// refused makes calls that must fail with a code.
func (h *house) refused(name string, calls []refusal) {
	h.t.Helper()
	for _, c := range calls {
		if got := as(h.app, name, c.body); got.ErrCode != c.code {
			h.t.Errorf("%s, %s %s: %s, want %d", c.what, name, c.body, got.Body, c.code)
		}
	}
}

// text is a control with a text, and its content.
const (
	textControl = `{"property":{"control":"Text","id":"Text-1","title":[{"text":"事由","lang":"zh_CN"}],"require":1}}`
	textContent = `{"control":"Text","id":"Text-1","value":{"text":"买书"}}`
)

// template makes a template of controls.
func (h *house) template(name, controls string) string {
	h.t.Helper()
	return made(h.t, h.app, name, controls)
}

func made(t *testing.T, c *qiweitest.Client, name, controls string) string {
	t.Helper()
	var resp struct {
		ID string `json:"template_id"`
	}
	got := as(c, "oa/approval/create_template", fmt.Sprintf(`{"template_name":[{"text":%q,"lang":"zh_CN"}],"template_content":{"controls":[%s]}}`, name, controls))
	if got.Decode(&resp); got.ErrCode != 0 {
		t.Fatalf("%s: %s", controls, got.Body)
	}
	return resp.ID
}

// application is a request of applyevent: the process is nodes, that of the template where it is empty.
func application(user, template, nodes, contents string) string {
	use, process := 1, ""
	if nodes != "" {
		use, process = 0, `,"process":{"node_list":[`+nodes+`]}`
	}
	return fmt.Sprintf(`{"creator_userid":%q,"template_id":%q,"use_template_approver":%d%s,"apply_data":{"contents":[%s]},
		"summary_list":[{"summary_info":[{"text":"摘要","lang":"zh_CN"}]}]}`, user, template, use, process, contents)
}

// node is a node of a process.
func node(kind, rel int, users ...string) string {
	text, _ := json.Marshal(users)
	return fmt.Sprintf(`{"type":%d,"apv_rel":%d,"userid":%s}`, kind, rel, text)
}

// apply submits an approval and returns its number.
func (h *house) apply(user, template, nodes, contents string) string {
	h.t.Helper()
	var resp struct {
		SpNo string `json:"sp_no"`
	}
	h.must("oa/applyevent", application(user, template, nodes, contents)).Decode(&resp)
	return resp.SpNo
}

// provided returns an application of a provider, namely the second enterprise, and its suite.
func (h *house) provided(kind access.Kind, grants ...string) (*qiweitest.Client, suite.Suite) {
	h.t.Helper()
	var v suite.Suite
	h.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		if _, err = h.Server.Suites.Provider(tx, h.Second.CorpID); err != nil {
			if _, err = h.Server.Suites.CreateProvider(ctx, tx, suite.Provider{CorpID: h.Second.CorpID, TrustedIPs: qiweitest.Local}); err != nil {
				return err
			}
		}
		v, err = h.Server.Suites.CreateSuite(ctx, tx, suite.Suite{Partner: h.Second.CorpID, Kind: kind, Settings: suite.Settings{Name: "审批", Permissions: grants}})
		return err
	})
	return h.WithApp(kind, app.Settings{Range: access.Everything(), Grants: grants, Suite: v.SuiteID, Partner: h.Second.CorpID}), v
}

// TestWhoMayCall: the approval application, self-built ones that are listed, and providers' that have the
// permission; a third party may not make templates, and only it copies its provider's (doc 97437, 92630).
func TestWhoMayCall(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		third, _ := h.provided(access.ThirdParty, "approval:base:base")
		bare, _ := h.provided(access.ThirdParty)
		custom, _ := h.provided(access.Custom, "approval:base:base")
		for _, who := range []struct {
			name   string
			client *qiweitest.Client
			may    string // by path, in order: + may, - may not
		}{
			{"approval", h.As(access.Approval), "+++-++++++-"},
			{"listed", h.app, "+++-+++-+++"},
			{"not listed", h.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything()}), "-----------"},
			{"third party", third, "+--++++-+++"},
			{"third party without the permission", bare, "-----------"},
			{"proxy-developed", custom, "+++-+++-+++"},
			{"contact sync", h.As(access.ContactSync), "-----------"},
		} {
			got := ""
			for _, path := range []string{"oa/gettemplatedetail", "oa/approval/create_template", "oa/approval/update_template", "oa/approval/copytemplate", "oa/applyevent", "oa/getapprovalinfo",
				"oa/getapprovaldetail", "corp/getapprovaldata", "oa/vacation/getcorpconf", "oa/vacation/setoneuserquota", "corp/getopenapprovaldata"} {
				if as(who.client, path, "{}").Refused() {
					got += "-"
				} else {
					got += "+"
				}
			}
			if got != who.may {
				t.Errorf("%s: %s, want %s", who.name, got, who.may)
			}
		}
	})
}

const hour = time.Hour

// disable switches the approval application off.
func (h *house) disable() {
	h.t.Helper()
	h.As(access.Approval).Configure(func(a *app.App) { a.Disabled = true })
}

// today asks for the approvals of the last hours that meet filters.
func (h *house) today(filters string) string {
	now := h.Clock.Now().Unix()
	return fmt.Sprintf(`{"starttime":%d,"endtime":%d,"new_cursor":"","filters":[%s]}`, now-3600, now+3600, filters)
}

// post runs a script that names no enterprise.
func (h *house) post(name, body string, into any) (int, string) {
	h.t.Helper()
	req, err := http.NewRequest("POST", h.URL+"/_qiwei/approval/"+name, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	resp := h.Do(req)
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode == 200 {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		h.t.Fatal(err, string(text))
	}
	return resp.StatusCode, string(text)
}

// shown returns the userid by which an application knows a member.
func (h *house) shown(c *qiweitest.Client, user string) (shown string) {
	h.t.Helper()
	h.Write(func(_ context.Context, tx *store.Tx) error {
		a, err := h.Server.Apps.App(tx, h.CorpID, c.AgentID)
		if err != nil {
			return err
		}
		by, err := h.Server.Apps.Caller(tx, a)
		if err != nil {
			return err
		}
		known, err := by.IDs.Shown(tx, h.CorpID, access.MemberID, []string{user})
		shown = known[user]
		return err
	})
	return shown
}

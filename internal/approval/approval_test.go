package approval_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

var family = qiweitest.FamilyOf{Kind: access.Approval, Calls: "/cgi-bin/", Scripts: "approval/"}

type house struct{ *qiweitest.Family }

func run(t *testing.T, test func(t *testing.T, h *house)) {
	t.Helper()
	qiweitest.RunFamily(t, family, func(t *testing.T, f *qiweitest.Family) { test(t, &house{f}) }, qiweitest.WithCollisions())
}

// stands is where an approval stands after a step.
type stands struct {
	SpNo    string   `json:"sp_no"`
	Status  int64    `json:"sp_status"`
	Waiting []string `json:"waiting"`
}

// act has a member take a step, and says where the approval stands then: its status and whose turn it is.
func (h *house) act(step, spNo, user, more string) string {
	h.T.Helper()
	var s stands
	h.Play(step, `{"sp_no":%q,"userid":%q%s}`, spNo, user, more).Into(&s)
	return fmt.Sprint(s.Status, " ", strings.Join(s.Waiting, ","))
}

// may reports whether a member may take a step, which a script says with 200.
func (h *house) may(step, spNo, user, more string) bool {
	h.T.Helper()
	status, text := h.Attempt(h.Corp, step, fmt.Sprintf(`{"sp_no":%q,"userid":%q%s}`, spNo, user, more))
	if status != 200 && !strings.Contains(text, `"errcode":301025`) && !strings.Contains(text, `"errcode":60111`) {
		h.T.Errorf("%s: %d %s", step, status, text)
	}
	return status == 200
}

// text is a control with a text, and its content.
const (
	textControl = `{"property":{"control":"Text","id":"Text-1","title":[{"text":"事由","lang":"zh_CN"}],"require":1}}`
	textContent = `{"control":"Text","id":"Text-1","value":{"text":"买书"}}`
)

// template makes a template of controls.
func (h *house) template(name, controls string) string {
	h.T.Helper()
	return h.made(h.App, name, controls)
}

func (h *house) made(by *qiweitest.Client, name, controls string) string {
	h.T.Helper()
	return h.Must(by, "oa/approval/create_template", fmt.Sprintf(`{"template_name":[{"text":%q,"lang":"zh_CN"}],"template_content":{"controls":[%s]}}`, name, controls)).JSON().Text("template_id")
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
	h.T.Helper()
	return h.Must(h.App, "oa/applyevent", application(user, template, nodes, contents)).JSON().Text("sp_no")
}

// TestWhoMayCall: the approval application, self-built ones that are listed, and providers' that have the
// permission; a third party may not make templates, and only it copies its provider's (doc 97437, 92630).
func TestWhoMayCall(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		third := h.SuiteApp(access.ThirdParty, nil, "approval:base:base")
		bare := h.SuiteApp(access.ThirdParty, nil)
		custom := h.SuiteApp(access.Custom, nil, "approval:base:base")
		for _, who := range []struct {
			name   string
			client *qiweitest.Client
			may    string // by path, in order: + may, - may not
		}{
			{"approval", h.As(access.Approval), "+++-++++++-"},
			{"listed", h.App, "+++-+++-+++"},
			{"not listed", h.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything()}), "-----------"},
			{"third party", third, "+--++++-+++"},
			{"third party without the permission", bare, "-----------"},
			{"proxy-developed", custom, "+++-+++-+++"},
			{"contact sync", h.As(access.ContactSync), "-----------"},
		} {
			got := ""
			for _, path := range []string{"oa/gettemplatedetail", "oa/approval/create_template", "oa/approval/update_template", "oa/approval/copytemplate", "oa/applyevent", "oa/getapprovalinfo",
				"oa/getapprovaldetail", "corp/getapprovaldata", "oa/vacation/getcorpconf", "oa/vacation/setoneuserquota", "corp/getopenapprovaldata"} {
				if h.Call(who.client, path, "{}").Refused() {
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
	h.T.Helper()
	h.As(access.Approval).Configure(func(a *app.App) { a.Disabled = true })
}

// today asks for the approvals of the last hours that meet filters.
func (h *house) today(filters string) string {
	now := h.Clock.Now().Unix()
	return fmt.Sprintf(`{"starttime":%d,"endtime":%d,"new_cursor":"","filters":[%s]}`, now-3600, now+3600, filters)
}

// shown returns the userid by which an application knows a member.
func (h *house) shown(c *qiweitest.Client, user string) (shown string) {
	h.T.Helper()
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

package oauth_test

import (
	"fmt"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/qiweitest"
)

// TestCodeScript: a script gives the code of a member who has agreed, good once and for this application.
func TestCodeScript(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		settings := app.Settings{Name: "报销", Range: access.Range{Departments: []int64{2}}, RedirectDomain: "app.example", Sensitive: []string{"mobile"}}
		c := w.WithApp(access.SelfBuilt, settings)
		settings.RedirectDomain = "other.example"
		other := w.WithApp(access.SelfBuilt, settings)
		code := func(more string) string {
			t.Helper()
			var a struct{ Code string }
			w.Scripted("code", fmt.Sprintf(`{"corpid":%q,"userid":"ZhangSan","agentid":%d%s}`, w.CorpID, c.AgentID, more), &a)
			return a.Code
		}
		call := func(c *qiweitest.Client, path, body string, want int) (a struct {
			UserID string `json:"userid"`
			Ticket string `json:"user_ticket"`
			Mobile string `json:"mobile"`
		}) {
			t.Helper()
			method := "GET"
			if body != "" {
				method = "POST"
			}
			r := c.Call(method, "/cgi-bin/auth/"+path, body)
			if r.ErrCode != want {
				t.Errorf("%s: %s, want %d", path, r.Body, want)
			}
			r.Decode(&a)
			return a
		}
		first := code("")
		call(other, "getuserinfo?code="+first, "", 50001)
		got := call(c, "getuserinfo?code="+first, "", 0)
		if got.UserID != "zhangsan" || got.Ticket == "" {
			t.Errorf("who it is: %+v", got)
		}
		call(c, "getuserinfo?code="+first, "", 40029)
		if detail := call(c, "getuserdetail", `{"user_ticket":"`+got.Ticket+`"}`, 0); detail.Mobile == "" {
			t.Errorf("what was agreed to: %+v", detail)
		}
		if got := call(c, "getuserinfo?code="+code(`,"scope":"snsapi_base"`), "", 0); got.Ticket != "" {
			t.Errorf("a ticket for the silent scope: %+v", got)
		}
		for what, body := range map[string]string{
			"enterprise": fmt.Sprintf(`{"corpid":"ww0","userid":"zhangsan","agentid":%d}`, c.AgentID),
			"app":        fmt.Sprintf(`{"corpid":%q,"userid":"zhangsan","agentid":1}`, w.CorpID),
			"suite":      fmt.Sprintf(`{"corpid":%q,"userid":"zhangsan","suite_id":"ww1"}`, w.CorpID),
			"provider":   fmt.Sprintf(`{"corpid":%q,"userid":"zhangsan","provider":"ww0"}`, w.CorpID),
			"scope":      fmt.Sprintf(`{"corpid":%q,"userid":"zhangsan","agentid":%d,"scope":"x"}`, w.CorpID, c.AgentID),
		} {
			if status, said := w.Script("code", body); status != 404 {
				t.Errorf("no such %s: %d %s", what, status, said)
			}
		}
	})
}

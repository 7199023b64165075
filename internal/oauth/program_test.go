package oauth_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/qiweitest"
)

// TestMiniProgramOfTheCorp: the code of wx.qy.login says who opened the mini program of an application, once.
func TestMiniProgramOfTheCorp(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		c := w.WithApp(access.SelfBuilt, app.Settings{Name: "小程序", Range: access.Range{Departments: []int64{2}}})
		login := func(user string) string {
			t.Helper()
			var a struct {
				Code string `json:"js_code"`
			}
			w.Scripted("mini_program_login", fmt.Sprintf(`{"corpid":%q,"agentid":%d,"userid":%q}`, w.CorpID, c.AgentID, user), &a)
			return a.Code
		}
		session := func(c *qiweitest.Client, code, grant string, want int) qiweitest.JSON {
			t.Helper()
			r := c.Call("GET", "/cgi-bin/miniprogram/jscode2session?js_code="+code+"&grant_type="+grant, "")
			if r.ErrCode != want {
				t.Errorf("%s: want %d", r.Body, want)
			}
			var out map[string]any
			r.Decode(&out)
			return out
		}
		code := login("ZhangSan")
		session(c, code, "x", 40058)
		session(c, "", "authorization_code", 41008)
		session(w.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything()}), code, "authorization_code", 40029)
		session(w.Second.As(access.SelfBuilt), code, "authorization_code", 40029)
		session(w.As(access.ContactSync), code, "authorization_code", 48002)
		if r := c.Call("GET", "/cgi-bin/auth/getuserinfo?code="+code, ""); r.ErrCode != 40029 {
			t.Errorf("as a code of web authorisation: %s", r.Body)
		}
		got := session(c, code, "authorization_code", 0)
		if got.Text("userid") != "zhangsan" || got.Text("corpid") != w.CorpID || len(got.Text("session_key")) != 24 {
			t.Errorf("who: %v", got)
		}
		session(c, code, "authorization_code", 40029)
		late := login("lisi")
		w.Advance(5*time.Minute - time.Second)
		session(c, late, "authorization_code", 0)
		late = login("lisi")
		w.Advance(5 * time.Minute)
		session(c, late, "authorization_code", 40029)
		for body, want := range map[string]string{
			`{"corpid":"ww0","agentid":1,"userid":"lisi"}`:                                   "no enterprise",
			`{"corpid":"` + w.CorpID + `","agentid":7,"userid":"lisi"}`:                      "no such application",
			fmt.Sprintf(`{"corpid":%q,"agentid":%d,"userid":"nobody"}`, w.CorpID, c.AgentID): "60111",
			fmt.Sprintf(`{"corpid":%q,"agentid":%d,"userid":"wangwu"}`, w.CorpID, c.AgentID): "does not see",
		} {
			if status, text := w.Script("mini_program_login", body); status == 200 || !strings.Contains(text, want) {
				t.Errorf("%s: %d %s, want %q", body, status, text, want)
			}
		}
	})
}

package app_test

import (
	"fmt"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/qiweitest"
)

// TestAllowScript: a script switches on what an administrator would.
func TestAllowScript(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		c := w.WithApp(access.SelfBuilt, app.Settings{Name: "报销", Range: access.Everything()})
		template := func() int {
			return c.Call("POST", "/cgi-bin/agent/set_workbench_template", fmt.Sprintf(`{"agentid":%d,"type":"keydata","keydata":{"items":[{"key":"待审批","data":"2"}]}}`, c.AgentID)).ErrCode
		}
		dial := func() int {
			return c.Call("POST", "/cgi-bin/dial/get_dial_record", `{}`).ErrCode
		}
		if a, b := template(), dial(); a != 94000 || b == 0 {
			t.Errorf("before: %d, %d", a, b)
		}
		w.Scripted("apps/allow", fmt.Sprintf(`{"corpid":%q,"agentid":%d,"callable":["dial"]}`, w.CorpID, c.AgentID), nil)
		if a, b := template(), dial(); a != 94000 || b != 0 {
			t.Errorf("with the records of calls: %d, %d", a, b)
		}
		w.Scripted("apps/allow", fmt.Sprintf(`{"corpid":%q,"agentid":%d,"custom_workbench":true}`, w.CorpID, c.AgentID), nil)
		if a, b := template(), dial(); a != 0 || b != 0 {
			t.Errorf("with the workbench: %d, %d", a, b)
		}
		if status, said := w.Script("apps/allow", fmt.Sprintf(`{"corpid":%q,"agentid":1}`, w.CorpID)); status != 404 {
			t.Errorf("no such application: %d %s", status, said)
		}
	})
}

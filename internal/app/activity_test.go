package app_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/platform"
	"qiwei/qiweitest"
)

// TestActivity: an application that is not used enough is warned, limited, closed and opened again (doc 90240).
func TestActivity(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		client := w.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything(), Callable: []access.Kind{access.CustomerContact}})
		rc := w.Receiver(client)
		rc.Always(qiweitest.Text(200, "success"))
		script := func(change, more string) (int, string) {
			return w.Script("apps/activity", fmt.Sprintf(`{"corpid":%q,"agentid":%d,"change":%q%s}`, w.CorpID, client.AgentID, change, more))
		}
		calls := func() string {
			return fmt.Sprint(client.Call("GET", "/cgi-bin/user/get?userid=zhangsan", "").ErrCode, " ", client.Call("GET", "/cgi-bin/externalcontact/get_follow_user_list", "").ErrCode)
		}
		var told strings.Builder
		for _, step := range []struct{ change, more, push, calls string }{
			{"low_active_alert", `,"effect_time":1764518400`, "<EffectTime>1764518400</EffectTime>", "0 0"},
			{"low_active", "", "", "0 48011"},
			{"active_restored", "", "", "0 0"},
			{"inactive_alert", "", "<EffectTime>", "0 0"},
			{"close_inactive_agent", "", "", "48006 48006"},
			{"reopen_inactive_agent", `,"userid":"lisi"`, "<FromUserName><![CDATA[lisi]]></FromUserName>", "0 0"},
		} {
			if status, text := script(step.change, step.more); status != 200 {
				t.Fatalf("%s: %d %s", step.change, status, text)
			}
			w.Delivered()
			pushes := rc.Take()
			if len(pushes) != 1 {
				t.Fatalf("%s: %d pushes", step.change, len(pushes))
			}
			if got := pushes[0].XML(); !strings.Contains(got, "<Event><![CDATA["+step.change+"]]></Event>") || !strings.Contains(got, step.push) || !strings.Contains(got, fmt.Sprintf("<AgentID>%d</AgentID>", client.AgentID)) {
				t.Errorf("%s: %s", step.change, got)
			}
			stamps := regexp.MustCompile(`<(CreateTime|EffectTime)>\d+`)
			told.WriteString(stamps.ReplaceAllString(strings.NewReplacer(w.CorpID, "wwCORP", fmt.Sprint(client.AgentID), "1000099").Replace(pushes[0].XML()), "<$1>1925456400") + "\n")
			if got := calls(); got != step.calls {
				t.Errorf("after %s: %s, want %s", step.change, got, step.calls)
			}
		}
		qiweitest.Golden(t, "push/activity.txt", told.String())
		for what, one := range map[string][2]string{
			"restored without having been low": {"active_restored", ""}, "an unknown change": {"sleepy", ""}, "opened though it is open": {"reopen_inactive_agent", `,"userid":"lisi"`},
		} {
			if status, text := script(one[0], one[1]); status == 200 {
				t.Errorf("%s: %s", what, text)
			}
		}
	}, func(c *platform.Config) { c.Dev = true })
}

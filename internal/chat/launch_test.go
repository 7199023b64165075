package chat_test

import (
	"fmt"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/qiweitest"
)

// TestLaunchCode: a code opens a conversation for the member it was made for, once, within five minutes.
func TestLaunchCode(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		c := w.WithApp(access.SelfBuilt, app.Settings{Range: access.Range{Departments: []int64{2}}}) // zhangsan and lisi
		ask := func(c *qiweitest.Client, body string, want int) string {
			t.Helper()
			r := c.Call("POST", "/cgi-bin/get_launch_code", body)
			if r.ErrCode != want {
				t.Fatalf("%s: %s, want %d", body, r.Body, want)
			}
			var out struct {
				Code string `json:"launch_code"`
			}
			r.Decode(&out)
			return out.Code
		}
		launch := func(corp *qiweitest.Corp, user, code string) string {
			_, text := w.Script("chat/launch", fmt.Sprintf(`{"corpid":%q,"userid":%q,"launch_code":%q}`, corp.CorpID, user, code))
			return text
		}
		const opened, good = `{"userid":"lisi"}`, `{"operator_userid":"ZhangSan","single_chat":{"userid":"LiSi"}}`
		code := ask(c, good, 0)
		for user, corp := range map[string]*qiweitest.Corp{"lisi": w.Corp, "wangwu": w.Corp, "zhangsan": w.Second} {
			if got := launch(corp, user, code); got == opened {
				t.Errorf("%s of %s opened it", user, corp.Name)
			}
		}
		if got := launch(w.Corp, "zhangsan", code); got != opened {
			t.Errorf("opened: %s", got)
		}
		if got := launch(w.Corp, "zhangsan", code); got == opened {
			t.Error("it opened twice")
		}
		late := ask(c, good, 0)
		w.Advance(5*time.Minute - time.Second)
		if got := launch(w.Corp, "zhangsan", late); got != opened {
			t.Errorf("just in time: %s", got)
		}
		late = ask(c, good, 0)
		w.Advance(5 * time.Minute)
		if got := launch(w.Corp, "zhangsan", late); got == opened {
			t.Error("it opened after five minutes")
		}
		ask(c, `{"operator_userid":"zhangsan"}`, 40063)
		ask(c, `{"operator_userid":"zhangsan","single_chat":{}}`, 41009)
		ask(c, `{"single_chat":{"userid":"lisi"}}`, 41009)
		ask(c, `{"operator_userid":"zhangsan","single_chat":{"userid":"nobody"}}`, 60111)
		ask(c, `{"operator_userid":"zhangsan","single_chat":{"userid":"zhangsan"}}`, 40058)
		ask(c, `{"operator_userid":"zhangsan","single_chat":{"userid":"wangwu"}}`, 60011)
		ask(c, `{"operator_userid":"wangwu","single_chat":{"userid":"lisi"}}`, 60011)
		ask(w.As(access.ContactSync), good, 48002)
	})
}

package meeting_test

import (
	"context"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// TestSwitchedOff: while the application 会议 is switched off, nobody makes its calls; in another enterprise they do.
func TestSwitchedOff(t *testing.T) {
	run(t, func(t *testing.T, w *qiweitest.World) {
		own, other := listed(w.Corp), listed(w.Second)
		codes := func(c *qiweitest.Client) [3]int {
			return [3]int{
				c.Call("POST", "/cgi-bin/meeting/get_info", `{"meetingid":"x"}`).ErrCode, c.Call("POST", "/cgi-bin/meeting/get_user_meetingid", `{"userid":"zhangsan"}`).ErrCode,
				c.Call("POST", "/cgi-bin/meeting/cancel", `{"meetingid":"x"}`).ErrCode,
			}
		}
		open := codes(own)
		if open[0] == 400028 || codes(other) != open {
			t.Fatalf("before: %v, the twin %v", open, codes(other))
		}
		w.WithApp(access.Meeting, app.Settings{})
		set := func(off bool) {
			if err := w.Server.Store.Write(context.Background(), func(tx *store.Tx) error {
				list, err := w.Server.Apps.Apps(tx, w.CorpID)
				for _, a := range list {
					if a.Kind == access.Meeting {
						a.Disabled = off
						return w.Server.Apps.UpdateApp(context.Background(), tx, a)
					}
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		set(true)
		if got := codes(own); got != [3]int{400028, 400028, 400028} {
			t.Errorf("switched off: %v", got)
		}
		if got := codes(other); got != open {
			t.Errorf("the twin: %v, want %v", got, open)
		}
		set(false)
		if got := codes(own); got != open {
			t.Errorf("on again: %v, want %v", got, open)
		}
	})
}

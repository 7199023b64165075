package aibot_test

import (
	"strings"
	"testing"

	"qiwei/qiweitest"
)

// Anybody may open a connection, so one that has not subscribed gets little.
func TestAStrangerGetsLittle(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		b := connected(w, w.Corp)
		large := `{"bot_id":"` + strings.Repeat("x", 17<<10) + `","secret":"x"}`
		p := dial(t, w.URL)
		p.write(`{"cmd":"aibot_subscribe","headers":{"req_id":"1"},"body":` + large + `}`)
		if why := p.closed(); !strings.Contains(why, "read limited") {
			t.Errorf("17 kB before subscribing: %q", why)
		}
		p = subscribed(t, w.URL, b)
		if code, _ := p.call("aibot_send_msg", "", large); code == 0 {
			t.Error("an empty message was taken")
		}
		first := dial(t, w.URL)
		for range 128 {
			dial(t, w.URL)
		}
		if _, err := first.read(); err == nil {
			t.Error("of 129 strangers the first is still connected")
		}
		if code, _ := p.call("ping", "", ""); code != 0 {
			t.Errorf("a robot among strangers: %d", code)
		}
	})
}

// Somebody who knows only the bot_id does not use up the robot's attempts.
func TestWrongSecretsDoNotKeepTheRobotOut(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		b := connected(w, w.Corp)
		p := dial(t, w.URL)
		for i := range 40 {
			want := 853000
			if i >= 30 { // for this address alone
				want = 45009
			}
			if code, _ := p.call("aibot_subscribe", "", `{"bot_id":"`+b.BotID+`","secret":"wrong"}`); code != want {
				t.Fatalf("wrong secret %d: %d, want %d", i, code, want)
			}
		}
		subscribed(t, w.URL, b)
	}, qiweitest.WithLimits())
}

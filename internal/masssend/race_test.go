package masssend_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// TestAtOnce: of two confirmations of one task one counts, and two messages at the same time do not get a
// customer beyond the quota.
func TestAtOnce(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		ids, _ := h.friends()
		h.Play("mass_rule", `{"rule":"day"}`)
		var bodies []string
		for _, user := range []string{"zhangsan", "lisi"} {
			m := h.mass(`{"sender":%q,"external_userid":[%q],%s}`, user, ids["Lin"], text)
			for range 3 {
				bodies = append(bodies, fmt.Sprintf(`{"msgid":%q,"userid":%q}`, m.MsgID, user))
			}
		}
		var all sync.WaitGroup
		answers := make([]string, len(bodies))
		for i, body := range bodies {
			all.Go(func() { _, answers[i] = h.Attempt(h.Corp, "confirm", body) })
		}
		all.Wait()
		done := 0
		for _, a := range answers {
			if a == "{}" {
				done++
			} else if !strings.Contains(a, "has sent it") {
				t.Errorf("%s", a)
			}
		}
		if got := h.got(h.Corp, ids["Lin"]); done != 2 || strings.Count(got, "上新") != 1 {
			t.Errorf("%d confirmed, %s", done, got)
		}
	})
}

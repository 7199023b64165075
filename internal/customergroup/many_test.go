package customergroup_test

import (
	"fmt"
	"strings"
	"testing"
)

// A filter may name one department again and again, and departments that are not there.
func TestManyDepartments(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		g := h.group(h.Corp, `{"owner":"zhangsan"}`)
		var others strings.Builder
		for i := range 70_000 {
			fmt.Fprintf(&others, "%d,", 1000+i)
		}
		for what, list := range map[string]string{"again and again": strings.Repeat("1,", 70_000) + "1", "unknown ones": others.String() + "1"} {
			if got := h.Must(h.App, "groupchat/list", `{"limit":10,"owner_filter":{"partyid_list":[`+list+`]}}`); !strings.Contains(got.Body, g.ChatID) {
				t.Errorf("%s: %.200s", what, got.Body)
			}
		}
	})
}

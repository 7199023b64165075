package customergroup_test

import (
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

// TestServedInGroups: the list of all who are served has those in groups behind those whom members know: a group of
// customers by its id, another by its name (doc 99434).
func TestServedInGroups(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		lin := h.customer(h.Corp, "zhangsan", "Lin")
		m := h.group(h.Corp, fmt.Sprintf(`{"owner":"zhangsan","group_name":"买家群","external_userid":%q}`, lin))
		h.join(`{"chat_id":%q,"name":"何开","unionid":"oHe"}`, m.ChatID)
		other := h.group(h.Corp, fmt.Sprintf(`{"owner":"wangwu","group_name":"茶友","external_userid":%q}`, lin))
		gone := h.group(h.Corp, fmt.Sprintf(`{"owner":"wangwu","group_name":"散了","external_userid":%q}`, lin))
		h.Play("group/dismiss", `{"chat_id":%q}`, gone.ChatID)
		h.customer(h.Second, "zhangsan", "Twin")
		h.Play("scope", `{"range":{"departments":[2]}}`)
		type row struct {
			Customer bool   `json:"is_customer"`
			Tmp      string `json:"tmp_openid"`
			External string `json:"external_userid"`
			Name     string `json:"name"`
			User     string `json:"follow_userid"`
			ChatID   string `json:"chat_id"`
			ChatName string `json:"chat_name"`
			Time     int64  `json:"add_time"`
		}
		read := func(c *qiweitest.Client, limit int) (out []string, ids []string) {
			for cursor, pages := "", 0; pages == 0 || cursor != "" && pages < 9; pages++ {
				var page struct {
					List []row  `json:"info_list"`
					Next string `json:"next_cursor"`
				}
				h.Must(c, "contact_list", fmt.Sprintf(`{"limit":%d,"cursor":%q}`, limit, cursor)).Decode(&page)
				if limit > 0 && len(page.List) > limit {
					t.Errorf("%d of %d", len(page.List), limit)
				}
				for _, r := range page.List {
					out = append(out, fmt.Sprintf("%v%s %s %s%s", r.Customer, strings.ReplaceAll(r.External, lin, "Lin"), r.User, strings.ReplaceAll(r.ChatID, m.ChatID, "chat"), r.Name+r.ChatName))
					ids = append(ids, r.Tmp)
					if r.Time == 0 {
						t.Errorf("%+v", r)
					}
				}
				cursor = page.Next
			}
			return out, ids
		}
		want := []string{"trueLin zhangsan ", "trueLin zhangsan chat", "false zhangsan chat***开", "trueLin wangwu 茶友"}
		for _, limit := range []int{0, 1, 2, 3, 4} {
			got, ids := read(h.App, limit)
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("by %d: %q, want %q", limit, got, want)
				continue
			}
			if ids[0] != ids[1] || ids[0] != ids[3] || ids[0] == ids[2] {
				t.Errorf("by %d, temporary ids: %q", limit, ids)
			}
		}
		if got, _ := read(h.WithApp(access.SelfBuilt, h.Listed(access.Range{Departments: []int64{2}})), 1); fmt.Sprint(got) != fmt.Sprint(want[:3]) {
			t.Errorf("in a small range: %q (%s)", got, other.ChatID)
		}
	})
}

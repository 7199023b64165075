package customer_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/qiweitest"
)

type servedList struct {
	List []map[string]any `json:"info_list"`
	Next string           `json:"next_cursor"`
}

// TestServed: everybody outside whom members know is listed, and who is no customer without an id that lasts
// (doc 99434).
func TestServed(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		lin := h.add(`{"userid":"zhangsan","name":"Lin"}`)
		h.add(`{"userid":"lisi","external_userid":"` + lin.External + `"}`)
		h.add(`{"userid":"wangwu","name":"何开"}`)
		h.add(`{"userid":"zhangsan","name":"Half","half":true}`)
		h.addIn(h.Second, `{"userid":"zhangsan","name":"Twin"}`)
		h.done(h.Corp, "scope", `{"range":{"departments":[2]}}`, nil)
		read := func(c *qiweitest.Client, limit int) (rows []map[string]any) {
			t.Helper()
			for cursor, pages := "", 0; pages == 0 || cursor != "" && pages < 9; pages++ {
				var page servedList
				got := as(c, "contact_list", fmt.Sprintf(`{"limit":%d,"cursor":%q}`, limit, cursor))
				if got.Decode(&page); got.ErrCode != 0 {
					t.Fatal(got.Body)
				}
				rows, cursor = append(rows, page.List...), page.Next
			}
			return rows
		}
		text := func(rows []map[string]any) string {
			var out []string
			for _, r := range rows {
				one := map[string]any{}
				for k, v := range r {
					if k != "tmp_openid" && k != "add_time" {
						one[k] = v
					}
				}
				b, _ := json.Marshal(one)
				out = append(out, string(b))
			}
			return strings.Join(out, "\n")
		}
		want := fmt.Sprintf(`{"external_userid":%q,"follow_userid":"zhangsan","is_customer":true}`+"\n"+`{"external_userid":%q,"follow_userid":"lisi","is_customer":true}`, lin.External, lin.External)
		all, again := read(h.app, 1), read(h.app, 0)
		if got := text(all); got != want+"\n"+`{"follow_userid":"wangwu","is_customer":false,"name":"***开"}` || text(again) != got {
			t.Errorf("%s, and %s", got, text(again))
		}
		if all[0]["tmp_openid"] != all[1]["tmp_openid"] || all[0]["tmp_openid"] == all[2]["tmp_openid"] || all[0]["tmp_openid"] == again[0]["tmp_openid"] {
			t.Errorf("temporary ids: %v and %v", all, again)
		}
		if got := text(read(h.WithApp(access.SelfBuilt, listed(access.Range{Departments: []int64{2}})), 0)); got != want {
			t.Errorf("in range: %s", got)
		}
		if got := text(read(h.As(access.CustomerContact), 0)); !strings.HasPrefix(got, want) {
			t.Errorf("the system application: %s", got)
		}
		for _, kind := range []access.Kind{access.Custom, access.ThirdParty} {
			if got := as(h.WithApp(kind, app.Settings{Range: access.Everything(), Grants: []string{"externalcontact:base:base"}}), "contact_list", `{}`); got.ErrCode != 48002 {
				t.Errorf("%s: %s", kind, got.Body)
			}
		}
		var page servedList
		as(h.app, "contact_list", `{"limit":1}`).Decode(&page)
		h.Advance(4*time.Hour + time.Second)
		h.refused("contact_list", []refusal{{"an old cursor", `{"cursor":"` + page.Next + `"}`, 50100}, {"nobody's", `{"cursor":"x"}`, 50100}})
	})
}

package masssend_test

import (
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

// TestFormerResult: the call of before the records of 93338 answers a whole message, over all its members, in pages of
// any size; and both calls that had other paths are answered there.
func TestFormerResult(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		ids, known := h.friends()
		var m massAnswer
		h.App.Call("POST", "/cgi-bin/crm/add_msg_template", `{"external_userid":`+qiweitest.Quoted(ids["Lin"], ids["He"], ids["Gu"], ids["Bo"])+`,`+text+`}`).Decode(&m)
		h.Play("confirm", `{"msgid":%q,"userid":"zhangsan"}`, m.MsgID)
		type page struct {
			Check  int `json:"check_status"`
			Detail []struct {
				External string `json:"external_userid"`
				UserID   string `json:"userid"`
				Status   int    `json:"status"`
				SentAt   int64  `json:"send_time"`
			} `json:"detail_list"`
			Next string `json:"next_cursor"`
		}
		read := func(c *qiweitest.Client, limit int) (string, int) {
			var out []string
			pages, cursor := 0, ""
			for {
				var p page
				c.Call("POST", "/cgi-bin/externalcontact/get_group_msg_result", fmt.Sprintf(`{"msgid":%q,"limit":%d,"cursor":%q}`, m.MsgID, limit, cursor)).Decode(&p)
				if pages++; p.Check != 1 || limit > 0 && len(p.Detail) > limit {
					t.Errorf("%+v", p)
				}
				for _, d := range p.Detail {
					if (d.SentAt != 0) != (d.Status == 1) {
						t.Errorf("%+v", d)
					}
					out = append(out, fmt.Sprint(d.UserID, ":", known[d.External], d.Status))
				}
				if cursor = p.Next; cursor == "" {
					return strings.Join(out, " "), pages
				}
			}
		}
		want := "lisi:Lin0 lisi:Gu0 zhangsan:He1 wangwu:Bo0" // in the order of the customers
		for limit, pages := range map[int]int{0: 1, 1: 4, 2: 2, 3: 2, 4: 1, 10_001: 1} {
			if got, n := read(h.App, limit); got != want || n != pages {
				t.Errorf("by %d: %s in %d pages, want %s in %d", limit, got, n, want, pages)
			}
		}
		small := h.WithApp(access.SelfBuilt, h.Listed(access.Range{Departments: []int64{2}}))
		if got, _ := read(small, 0); got != "lisi:Lin0 lisi:Gu0 zhangsan:He1" {
			t.Errorf("one that does not see wangwu: %s", got)
		}
		if got := h.App.Call("POST", "/cgi-bin/crm/get_group_msg_result", `{"msgid":"`+m.MsgID+`"}`); !strings.Contains(got.Body, `"check_status":1`) {
			t.Errorf("by the former path: %s", got.Body)
		}
		twin := h.Second.WithApp(access.SelfBuilt, h.Listed(access.Everything()))
		var first page
		h.Must(h.App, "get_group_msg_result", `{"msgid":"`+m.MsgID+`","limit":1}`).Decode(&first)
		for what, tt := range map[string]struct {
			client *qiweitest.Client
			body   string
			code   int
		}{
			"without a message": {h.App, `{}`, 41046}, "what is none": {h.App, `{"msgid":"x"}`, 41047}, "the twin": {twin, `{"msgid":"` + m.MsgID + `"}`, 41047},
			"a cursor that is none":      {h.App, `{"msgid":"` + m.MsgID + `","cursor":"x"}`, 50100},
			"a cursor of another caller": {small, `{"msgid":"` + m.MsgID + `","cursor":"` + first.Next + `"}`, 50100},
		} {
			if got := tt.client.Call("POST", "/cgi-bin/externalcontact/get_group_msg_result", tt.body); got.ErrCode != tt.code {
				t.Errorf("%s: %s, want %d", what, got.Body, tt.code)
			}
		}
	})
}

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

// TestFormerList: the list of before a message had several attachments takes what that of today takes. It has the first
// attachment beside the text, and all of them as that has.
func TestFormerList(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		ids, _ := h.friends()
		for i := range 3 {
			h.Must(h.App, "add_msg_template", fmt.Sprintf(`{"external_userid":[%q],%s,"attachments":[{"msgtype":"link","link":{"title":"L%d","url":"https://x.example/"}},
				{"msgtype":"link","link":{"title":"M","url":"https://y.example/"}}]}`, ids["Lin"], text, i))
		}
		now := h.Clock.Now().Unix()
		ask := func(c *qiweitest.Client, more string) qiweitest.Result {
			return h.Call(c, "get_groupmsg_list", fmt.Sprintf(`{"chat_type":"single","start_time":%d,"end_time":%d%s}`, now-60, now+60, more))
		}
		var page struct {
			Next string `json:"next_cursor"`
			List []struct {
				MsgID, Creator string
				Link           struct{ Title, URL string }
				Text           struct{ Content string }
				Attachments    []struct {
					Link struct{ Title string }
				}
			} `json:"group_msg_list"`
		}
		var got []string
		for more, pages := `,"limit":2`, 0; pages == 0 || page.Next != ""; pages++ {
			page.List = nil
			ask(h.App, more).Decode(&page)
			more = `,"limit":2,"cursor":"` + page.Next + `"`
			for _, m := range page.List {
				got = append(got, fmt.Sprint(m.Text.Content, " ", m.Link.Title, " ", m.Attachments[0].Link.Title, m.Attachments[1].Link.Title))
			}
		}
		if want := "[上新 L2 L2M 上新 L1 L1M 上新 L0 L0M]"; fmt.Sprint(got) != want {
			t.Errorf("%v, want %s", got, want)
		}
		var first struct {
			Next string `json:"next_cursor"`
		}
		ask(h.App, `,"limit":1`).Decode(&first)
		if r := h.Call(h.App, "get_groupmsg_list_v2", fmt.Sprintf(`{"chat_type":"single","start_time":%d,"end_time":%d,"limit":1,"cursor":%q}`, now-60, now+60, first.Next)); r.ErrCode != 50100 {
			t.Errorf("its cursor in the call of today: %s", r.Body)
		}
		twin := h.Second.WithApp(access.SelfBuilt, h.Listed(access.Everything()))
		if r := ask(twin, ""); !strings.Contains(r.Body, `"group_msg_list":[]`) {
			t.Errorf("the twin: %s", r.Body)
		}
		for body, code := range map[string]int{
			`{}`: 40058, `{"chat_type":"x","start_time":1,"end_time":2}`: 40058, fmt.Sprintf(`{"chat_type":"group","start_time":%d,"end_time":%d}`, now, now+32*86400): 600018,
		} {
			if r := h.Call(h.App, "get_groupmsg_list", body); r.ErrCode != code {
				t.Errorf("%s: %s, want %d", body, r.Body, code)
			}
		}
	})
}

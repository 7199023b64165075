package acquisition_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
)

// TestNewcomers: who comes by a link is led to its members in turn, uses quota, and is listed with the channel
// of the link (doc 97298).
func TestNewcomers(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		l := h.create(h.App, `"user_list":["zhangsan","wangwu"]`, "")
		if status, text := h.Attempt(h.Corp, "add", fmt.Sprintf(`{"link":%q,"name":"Lin"}`, l.URL)); status == 200 || !strings.Contains(text, "no acquisition quota") {
			t.Errorf("without quota: %d %s", status, text)
		}
		h.buy(3)
		lin, first := h.come(l.URL+"?customer_channel=A", "Lin")
		he, second := h.come("weixin://biz/ww/profile/"+url.QueryEscape(l.URL+"?customer_channel="+strings.Repeat("é", 33)), "He")
		_, third := h.come(l.URL, "Lin") // again, of another member
		if got := first + " " + second + " " + third + ", " + h.balance(); got != "zhangsan wangwu wangwu, 0 left, 3 used" {
			t.Errorf("%s", got)
		}
		h.Play("send", `{"userid":"zhangsan","external_userid":%q,"text":"hi"}`, lin)
		want := fmt.Sprintf(`"customer_list":[{"external_userid":%q,"userid":"zhangsan","chat_status":1,"state":"A"},{"external_userid":%q,"userid":"wangwu","chat_status":0,"state":%q},{"external_userid":%q,"userid":"wangwu","chat_status":0,"state":""}],"next_cursor":""`,
			lin, he, strings.Repeat("é", 32), lin)
		of := `{"link_id":"` + l.LinkID + `"`
		if got := h.Must(h.App, "customer", of+`}`).Body; !strings.Contains(got, want) {
			t.Errorf("%s\nwant %s", got, want)
		}
		got := h.App.Call("GET", "/cgi-bin/externalcontact/get?external_userid="+lin, "").Body
		if !strings.Contains(got, `"add_way":16`) || !strings.Contains(got, `"state":"A"`) {
			t.Errorf("%s", got)
		}
		var page struct {
			Next string `json:"next_cursor"`
		}
		h.Must(h.App, "customer", of+`,"limit":1}`).Decode(&page)
		if got := h.Must(h.App, "customer", of+`,"limit":1,"cursor":"`+page.Next+`"}`).Body; !strings.Contains(got, he) || strings.Contains(got, lin) {
			t.Errorf("the second page: %s", got)
		}
		if got := h.Call(h.App, "customer", `{"link_id":"`+h.create(h.App, `"user_list":["lisi"]`, "").LinkID+`","cursor":"`+page.Next+`"}`); got.ErrCode != 50100 {
			t.Errorf("another link's cursor: %s", got.Body)
		}
		h.buy(1)
		for what, body := range map[string]string{
			"no link of ours": `{"link":"https://x.example/ca/","name":"x"}`, "an unknown link": `{"link":"` + l.URL + `x","name":"x"}`,
			"a link and a member": fmt.Sprintf(`{"link":%q,"userid":"lisi","name":"x"}`, l.URL),
		} {
			if status, text := h.Attempt(h.Corp, "add", body); status == 200 {
				t.Errorf("%s: %s", what, text)
			}
		}
		if status, text := h.Attempt(h.Second, "add", fmt.Sprintf(`{"link":%q,"name":"x"}`, l.URL)); status == 200 {
			t.Errorf("in the twin: %s", text)
		}
		if got := h.balance(); got != "1 left, 3 used" {
			t.Errorf("%s", got)
		}
	})
}

// TestPriority: a customer whom a member knows comes to that member, and an application sees those alone that
// it sees the member of (doc 97297).
func TestPriority(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.buy(9)
		h.Play("add", `{"userid":"wangwu","name":"Lin","unionid":"union Lin"}`)
		anyone := h.create(h.App, `"user_list":["zhangsan"]`, `,"priority_option":{"priority_type":1}`)
		listed := h.create(h.App, `"user_list":["zhangsan"]`, `,"priority_option":{"priority_type":2,"priority_userid_list":["lisi"]}`)
		if status, text := h.Attempt(h.Corp, "add", fmt.Sprintf(`{"link":%q,"name":"Lin","unionid":"union Lin"}`, anyone.URL)); status == 200 || !strings.Contains(text, "wangwu follows the customer already") {
			t.Errorf("anybody first: %d %s", status, text)
		}
		if _, user := h.come(listed.URL, "Lin"); user != "zhangsan" {
			t.Errorf("led to %s", user)
		}
		if got := h.balance(); got != "8 left, 1 used" {
			t.Errorf("%s", got)
		}
	})
}

// TestConfirmed: without skip_verify somebody counts once the member has confirmed.
func TestConfirmed(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.buy(1)
		l := h.create(h.App, `"user_list":["zhangsan"]`, `,"skip_verify":false`)
		lin, _ := h.come(l.URL+"?customer_channel=A", "Lin")
		of := `{"link_id":"` + l.LinkID + `"}`
		if got := h.Must(h.App, "customer", of).Body + h.balance(); !strings.Contains(got, `"customer_list":[]`) || !strings.HasSuffix(got, "1 left, 0 used") {
			t.Errorf("before: %s", got)
		}
		h.Play("add", `{"userid":"zhangsan","external_userid":%q}`, lin)
		if got := h.Must(h.App, "customer", of).Body + h.balance(); !strings.Contains(got, `"state":"A"`) || !strings.HasSuffix(got, "0 left, 1 used") {
			t.Errorf("then: %s", got)
		}
	})
}

// TestStatistic counts whole days in China (doc 97375).
func TestStatistic(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.buy(9)
		l := h.create(h.App, `"user_list":["zhangsan"]`, "")
		day := h.Clock.Now().Unix()
		h.Play("acquisition/open", `{"link":%q}`, l.URL)
		h.come(l.URL, "Lin")
		h.Advance(24 * time.Hour)
		h.Play("acquisition/open", `{"link":%q}`, l.URL)
		for _, tt := range []struct {
			what     string
			from, to int64
			want     string
		}{
			{"the first day", day, day, `"click_link_customer_cnt":2,"new_customer_cnt":1`},
			{"the second", day + 86400, day + 86400, `"click_link_customer_cnt":1,"new_customer_cnt":0`},
			{"both", day, day + 86400, `"click_link_customer_cnt":3,"new_customer_cnt":1`},
			{"before", day - 86400, day - 86400, `"click_link_customer_cnt":0,"new_customer_cnt":0`},
			{"30 days", day, day + 30*86400, `"click_link_customer_cnt":3,"new_customer_cnt":1`},
			{"31 days", day, day + 31*86400, `600018`},
			{"backwards", day + 86400, day, `600018`},
			{"too long ago", day - 181*86400, day - 181*86400, `600018`},
		} {
			got := h.Call(h.App, "statistic", fmt.Sprintf(`{"link_id":%q,"start_time":%d,"end_time":%d}`, l.LinkID, tt.from, tt.to))
			if !strings.Contains(got.Body, tt.want) {
				t.Errorf("%s: %s, want %s", tt.what, got.Body, tt.want)
			}
		}
	})
}

// TestChatInfo: the ChatKey of the third, fifth and tenth message says who has sent them, for half an hour and
// to the application that was told (doc 100130).
func TestChatInfo(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.buy(9)
		rc := h.Receiver(h.App)
		l := h.create(h.App, `"user_list":["zhangsan"]`, "")
		lin, _ := h.come(l.URL+"?customer_channel=A", "Lin")
		h.Delivered()
		rc.Take()
		var keys []string
		for n := 1; n <= 11; n++ {
			h.Play("send", `{"userid":"zhangsan","external_userid":%q,"text":"hi"}`, lin)
			h.Delivered()
			want := map[int]string{1: "customer_acquisition/customer_start_chat", 3: "customer_acquisition/message_from_customer", 5: "customer_acquisition/message_from_customer", 10: "customer_acquisition/message_from_customer"}[n]
			var got []string
			for _, r := range rc.Take() {
				got = append(got, r.Kind())
				if key := r.Field("ChatKey"); key != "" {
					keys = append(keys, key)
				}
			}
			if strings.Join(got, " ") != want {
				t.Errorf("message %d: told %s, want %s", n, got, want)
			}
		}
		if len(keys) != 3 {
			t.Fatalf("%d keys", len(keys))
		}
		for i, n := range []int{3, 5, 10} {
			want := fmt.Sprintf(`{"errcode":0,"errmsg":"ok","userid":"zhangsan","external_userid":%q,"chat_info":{"recv_msg_cnt":%d,"link_id":%q,"state":"A"}}`, lin, n, l.LinkID)
			if got := h.Must(h.App, "get_chat_info", `{"chat_key":"`+keys[i]+`"}`).Body; got != want {
				t.Errorf("%s\nwant %s", got, want)
			}
		}
		for what, got := range map[string]int{
			"another application": h.Call(h.WithApp(access.SelfBuilt, h.Listed(access.Everything())), "get_chat_info", `{"chat_key":"`+keys[0]+`"}`).ErrCode,
			"the twin":            h.Call(h.Second.WithApp(access.SelfBuilt, h.Listed(access.Everything())), "get_chat_info", `{"chat_key":"`+keys[0]+`"}`).ErrCode,
			"none":                h.Call(h.App, "get_chat_info", `{}`).ErrCode,
		} {
			if got != 41201 {
				t.Errorf("%s: %d", what, got)
			}
		}
		h.Advance(31 * time.Minute)
		if got := h.Call(h.App, "get_chat_info", `{"chat_key":"`+keys[0]+`"}`); got.ErrCode != 41201 {
			t.Errorf("later: %s", got.Body)
		}
	})
}

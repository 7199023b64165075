package kf_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/qiweitest"
)

// TestAccounts: an application that manages an account makes others, changes and deletes them (doc 94662).
func TestAccounts(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		picture := h.picture()
		var made struct {
			Open string `json:"open_kfid"`
		}
		h.must("account/add", `{"name":"售后","media_id":"`+picture+`"}`).Decode(&made)
		if !strings.HasPrefix(made.Open, "wk") || made.Open == h.open {
			t.Fatalf("the new one is %q", made.Open)
		}
		other, _ := h.account(h.Corp, `"userid_list":["wangwu"]`)
		var got struct {
			Accounts []struct {
				Open, Name, Avatar string
				Kf                 string `json:"open_kfid"`
				Manages            bool   `json:"manage_privilege"`
			} `json:"account_list"`
		}
		names := func(body string) (out []string) {
			t.Helper()
			h.must("account/list", body).Decode(&got)
			for _, a := range got.Accounts {
				out = append(out, fmt.Sprint(a.Kf, " ", a.Name, " ", a.Manages))
			}
			return out
		}
		want := []string{h.open + " 客服 true", made.Open + " 售后 true", other + " 客服 false"}
		for _, tt := range []struct {
			body string
			want []string
		}{{``, want}, {`{"offset":1}`, want[1:]}, {`{"limit":2}`, want[:2]}, {`{"offset":1,"limit":1}`, want[1:2]}, {`{"offset":9}`, nil}} {
			if list := names(tt.body); strings.Join(list, ",") != strings.Join(tt.want, ",") {
				t.Errorf("%s: %q, want %q", tt.body, list, tt.want)
			}
		}
		if r := h.app.Call("GET", "/cgi-bin/kf/account/list", ""); !strings.Contains(r.Body, made.Open) { // as some clients do
			t.Errorf("by GET: %s", r.Body)
		}
		names(`{"offset":1}`)
		avatar := got.Accounts[0].Avatar
		if status := h.get(avatar); status != 200 {
			t.Errorf("the picture %s: %d", avatar, status)
		}
		h.must("account/update", `{"open_kfid":"`+made.Open+`","name":"售前"}`)
		h.must("account/update", `{"open_kfid":"`+made.Open+`","name":"","media_id":"`+picture+`"}`)
		names(`{"offset":1,"limit":1}`)
		if a := got.Accounts[0]; a.Name != "售前" || a.Avatar == avatar || h.get(avatar) == 200 || h.get(a.Avatar) != 200 {
			t.Errorf("changed: %+v, the old picture: %d", a, h.get(avatar))
		}
		h.must("account/del", `{"open_kfid":"`+made.Open+`"}`)
		for _, body := range []string{`{"open_kfid":"` + made.Open + `"}`, `{"open_kfid":"` + made.Open + `","name":"x"}`} {
			for _, call := range []string{"account/del", "account/update", "add_contact_way", "servicer/list", "sync_msg"} {
				if got := h.call(call, body); got.ErrCode != 95004 {
					t.Errorf("%s once it is deleted: %s", call, got.Body)
				}
			}
		}
		as(h.As(access.CustomerService), "account/del", `{"open_kfid":"`+other+`"}`)
		if got := h.call("account/del", `{"open_kfid":"`+h.open+`"}`); got.ErrCode != 95005 {
			t.Errorf("the last one: %s", got.Body)
		}
		if list := names(``); len(list) != 1 {
			t.Errorf("left: %q", list)
		}
	})
}

func (h *house) get(address string) int {
	h.t.Helper()
	req, err := http.NewRequest("GET", address, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return h.Do(req).StatusCode
}

// TestWhatAccountsRefuse are the refusals of calls about accounts.
func TestWhatAccountsRefuse(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		picture := h.picture()
		twin, _ := h.account(h.Second, `"userid_list":["zhangsan"]`, h.Second.WithApp(access.SelfBuilt, listed(access.Everything())))
		unmanaged, _ := h.account(h.Corp, `"userid_list":["zhangsan"]`)
		idle := h.WithApp(access.SelfBuilt, listed(access.Everything()))
		for _, tt := range []struct {
			what, call, body string
			client           *qiweitest.Client
			code             int
		}{
			{"no name", "account/add", `{"media_id":"` + picture + `"}`, h.app, 95006},
			{"a blank name", "account/add", `{"name":"  ","media_id":"` + picture + `"}`, h.app, 95006},
			{"no picture", "account/add", `{"name":"a"}`, h.app, 41006},
			{"a picture of nobody", "account/add", `{"name":"a","media_id":"3x"}`, h.app, 40007},
			{"a file", "account/add", `{"name":"a","media_id":"` + h.upload("file", "a.txt", []byte("0123456789")) + `"}`, h.app, 40007},
			{"by one that manages none", "account/add", `{"name":"a","media_id":"` + picture + `"}`, idle, 48007},
			{"no account", "account/del", `{}`, h.app, 60251},
			{"no id", "account/del", `{"open_kfid":"wkAAAA1"}`, h.app, 95000},
			{"an id of something else", "account/del", `{"open_kfid":"wm` + h.open[2:] + `"}`, h.app, 95000},
			{"the twin's", "account/del", `{"open_kfid":"` + twin + `"}`, h.app, 95004},
			{"one that it does not manage", "account/update", `{"open_kfid":"` + unmanaged + `","name":"x"}`, h.app, 48007},
			{"one that it does not manage", "account/del", `{"open_kfid":"` + unmanaged + `"}`, h.app, 48007},
			{"a number for a name", "account/update", `{"open_kfid":"` + h.open + `","name":["x"]}`, h.app, 0}, // counts as absent
			{"a negative offset", "account/list", `{"offset":-1}`, h.app, 40058},
			{"a scene with other signs", "add_contact_way", `{"open_kfid":"` + h.open + `","scene":"a b"}`, h.app, 40058},
			{"a link to one that it does not manage", "add_contact_way", `{"open_kfid":"` + unmanaged + `","scene":"a_b-1"}`, h.app, 0},
			{"a link to the twin's", "add_contact_way", `{"open_kfid":"` + twin + `"}`, h.app, 95004},
		} {
			if got := as(tt.client, tt.call, tt.body); got.ErrCode != tt.code {
				t.Errorf("%s, %s: %s, want %d", tt.what, tt.call, got.Body, tt.code)
			}
		}
	})
}

// TestLinks: a link with a scene brings it, and what the developer appends; a changed one leads nowhere (doc
// 94665).
func TestLinks(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		link := func(scene string) string {
			var got struct{ URL string }
			h.must("add_contact_way", fmt.Sprintf(`{"open_kfid":%q,"scene":%q}`, h.open, scene)).Decode(&got)
			return got.URL
		}
		if plain := link(""); plain != h.url || strings.Contains(plain, "?") {
			t.Errorf("a link without a scene is %s, the script's %s", plain, h.url)
		}
		other, otherURL := h.account(h.Corp, `"userid_list":["lisi"]`, h.app)
		web := link("web-1")
		_, scene, _ := strings.Cut(web, "?")
		cursor := h.read("").Next
		for _, tt := range []struct{ what, body, want string }{
			{"a scene", `{"url":"` + web + `","name":"a"}`, `"scene":"web-1","scene_param":""`},
			{"with a parameter", `{"url":"` + web + `&scene_param=a%3D1%26b%3D2","name":"b"}`, `"scene":"web-1","scene_param":"a=1&b=2"`},
			{"appended by the script", `{"url":"` + web + `","scene_param":"订单 7","name":"c"}`, `"scene":"web-1","scene_param":"订单 7"`},
			{"a parameter without a scene", `{"url":"` + h.url + `?scene_param=x","name":"d"}`, `"scene":"","scene_param":""`},
			{"from a video channel", `{"open_kfid":"` + h.open + `","name":"e","wechat_channels":{"nickname":"频道","scene":1}}`, `"wechat_channels":{"nickname":"频道","scene":1}`},
			{"from a shop", `{"open_kfid":"` + h.open + `","name":"f","wechat_channels":{"shop_nickname":"小店","scene":5}}`, `"wechat_channels":{"shop_nickname":"小店","scene":5}`},
		} {
			h.enter(tt.body)
			got := h.read(cursor)
			if cursor = got.Next; len(got.Messages) != 1 || !strings.Contains(string(got.Messages[0].Event), tt.want) {
				t.Errorf("%s: %v, want %s", tt.what, got.Messages, tt.want)
			}
		}
		for what, body := range map[string]string{
			"copied to another link":    `{"url":"` + otherURL + `?` + scene + `","name":"a"}`,
			"changed":                   `{"url":"` + web + `x","name":"a"}`,
			"of nobody":                 `{"url":"https://work.weixin.qq.com/kf/kfc0123","name":"a"}`,
			"no link":                   `{"url":"::","name":"a"}`,
			"both":                      `{"url":"` + web + `","open_kfid":"` + other + `","name":"a"}`,
			"neither":                   `{"name":"a"}`,
			"nobody enters":             `{"url":"` + web + `"}`,
			"a parameter without a url": `{"open_kfid":"` + h.open + `","scene_param":"x","name":"a"}`,
			"a channel without a name":  `{"url":"` + web + `","name":"a","wechat_channels":{"scene":1}}`,
			"a shop with another name":  `{"url":"` + web + `","name":"a","wechat_channels":{"scene":4,"nickname":"x","shop_nickname":"y"}}`,
			"a scene of no channel":     `{"url":"` + web + `","name":"a","wechat_channels":{"scene":6,"nickname":"x"}}`,
		} {
			if status, text := h.script(h.Corp, "enter_kf", body); status == 200 {
				t.Errorf("%s: %s", what, text)
			}
		}
		if status, text := h.script(h.Second, "enter_kf", `{"url":"`+web+`","name":"a"}`); status == 200 {
			t.Errorf("the twin's: %s", text)
		}
		if got := h.read(cursor); len(got.Messages) > 0 {
			t.Errorf("told all the same: %v", got.Messages)
		}
	})
}

// TestManagers: an administrator says which applications manage an account, and they are told (doc 97712).
func TestManagers(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		second := h.WithApp(access.SelfBuilt, listed(access.Everything()))
		custom := h.WithApp(access.Custom, app.Settings{Range: access.Everything(), Grants: []string{"customerservice:chat:manage"}})
		plain := h.WithApp(access.Custom, app.Settings{Range: access.Everything(), Grants: []string{"customerservice:base:base"}})
		clients := []*qiweitest.Client{h.app, second, custom, plain}
		var receivers []*qiweitest.Receiver
		for _, c := range clients {
			receivers = append(receivers, h.Receiver(c))
		}
		told := func() string {
			h.Delivered()
			var out []string
			for _, r := range receivers {
				word := "-"
				for _, p := range r.Take() {
					if p.Field("Event") == "kf_account_auth_change" {
						word = strings.TrimPrefix(fmt.Sprint(word, flag(p.Field("AuthAddOpenKfId") == h.open, "+"), flag(p.Field("AuthDelOpenKfId") == h.open, "~")), "-")
					}
				}
				out = append(out, word)
			}
			return strings.Join(out, " ")
		}
		told()
		for _, tt := range []struct {
			what   string
			agents []*qiweitest.Client
			told   string
			may    [4]int
		}{
			{"one more", []*qiweitest.Client{h.app, second}, "- + - -", [4]int{0, 0, 48007, 48002}},
			{"others instead", []*qiweitest.Client{custom, plain}, "~ ~ + -", [4]int{48007, 48007, 0, 48002}},
			{"none", nil, "- - ~ ~", [4]int{48007, 48007, 48007, 48002}},
			{"the first again", []*qiweitest.Client{h.app}, "+ - - -", [4]int{0, 48007, 48007, 48002}},
		} {
			var agents []string
			for _, c := range tt.agents {
				agents = append(agents, fmt.Sprint(c.AgentID))
			}
			h.done(h.Corp, "kf/account", `{"open_kfid":"`+h.open+`","agentids":[`+strings.Join(agents, ",")+`]}`, nil)
			if got := told(); got != tt.told {
				t.Errorf("%s: told %q, want %q", tt.what, got, tt.told)
			}
			for i, c := range clients {
				if got := as(c, "sync_msg", `{"open_kfid":"`+h.open+`"}`); got.ErrCode != tt.may[i] {
					t.Errorf("%s: application %d: %s, want %d", tt.what, i, got.Body, tt.may[i])
				}
			}
		}
		for what, agent := range map[string]int64{"one of nobody": 7, "contact sync": h.As(access.ContactSync).AgentID, "one that is not listed": h.WithApp(access.SelfBuilt, app.Settings{}).AgentID} {
			if status, text := h.script(h.Corp, "kf/account", fmt.Sprintf(`{"open_kfid":%q,"agentids":[%d]}`, h.open, agent)); status == 200 {
				t.Errorf("%s: %s", what, text)
			}
		}
		h.account(h.Corp, `"userid_list":["lisi"]`)
		as(h.As(access.CustomerService), "account/del", `{"open_kfid":"`+h.open+`"}`)
		if got := told(); got != "~ - - -" {
			t.Errorf("once it is deleted: told %q", got)
		}
	})
}

func flag(is bool, text string) string {
	if is {
		return text
	}
	return ""
}

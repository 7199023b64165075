package message_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/message"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

func TestCreateChat(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.As(access.SelfBuilt)
		rd := w.WithApp(access.SelfBuilt, app.Settings{Name: "研发", Range: access.Range{Departments: []int64{2}}})
		for _, tt := range []struct {
			name string
			as   *qiweitest.Client
			body string
			code int
		}{
			{"two members", a, `{"name":"群","owner":"LISI","userlist":["zhangsan","LiSi"],"chatid":"Chat1"}`, 0},
			{"the id again", a, `{"userlist":["zhangsan","lisi"],"chatid":"Chat1"}`, 86215},
			{"in another enterprise", w.Second.As(access.SelfBuilt), `{"userlist":["zhangsan","lisi"],"chatid":"Chat1"}`, 0},
			{"without id and owner", a, `{"userlist":["zhangsan","lisi","wangwu"]}`, 0},
			{"one member", a, `{"userlist":["zhangsan"]}`, 86006},
			{"one member twice", a, `{"userlist":["zhangsan","ZhangSan"]}`, 86006},
			{"too many", a, `{"userlist":["a"` + manyNames(2000) + `]}`, 86006},
			{"nobody", a, `{"userlist":[]}`, 86204},
			{"an unknown member", a, `{"userlist":["zhangsan","nobody"]}`, 86216},
			{"an owner from outside", a, `{"owner":"wangwu","userlist":["zhangsan","lisi"]}`, 86207},
			{"a long id", a, `{"userlist":["zhangsan","lisi"],"chatid":"` + strings.Repeat("a", 33) + `"}`, 86205},
			{"a bad id", a, `{"userlist":["zhangsan","lisi"],"chatid":"a-b"}`, 86001},
			{"an application that does not see all", rd, `{"userlist":["zhangsan","lisi"]}`, 48002},
		} {

			r := tt.as.Call("POST", "/cgi-bin/appchat/create", tt.body)
			var made struct {
				ChatID string `json:"chatid"`
			}
			if r.Decode(&made); r.ErrCode != tt.code || (made.ChatID != "") != (tt.code == 0) {
				t.Errorf("%s: %s", tt.name, r.Body)
			}
		}
		if got := a.Call("GET", "/cgi-bin/appchat/get?chatid=Chat1", ""); !strings.Contains(got.Body, `"chat_info":{"chatid":"Chat1","name":"群","owner":"lisi","userlist":["zhangsan","lisi"],"chat_type":0}`) {
			t.Errorf("%s", got.Body)
		}
	})
}

func manyNames(n int) string {
	var out strings.Builder
	for i := range n {
		out.WriteString(`,"n` + itoa(int64(i)) + `"`)
	}
	return out.String()
}

func TestChat(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a, other := w.As(access.SelfBuilt), w.WithApp(access.SelfBuilt, app.Settings{Name: "其他", Range: access.Everything()})
		a.Call("POST", "/cgi-bin/appchat/create", `{"name":"`+strings.Repeat("群", 51)+`","userlist":["zhangsan","lisi"],"chatid":"c1"}`)
		for _, tt := range []struct {
			name       string
			as         *qiweitest.Client
			path, body string
			code       int
		}{
			{"a text", a, "send", text("一"), 0},
			{"an unknown chat", a, "send", `"chatid":"c2",` + text("x"), 86003},
			{"no chat", a, "send", `"chatid":"",` + text("x"), 86201},
			{"another application's", other, "send", text("x"), 86008},
			{"another enterprise's", w.Second.As(access.SelfBuilt), "send", text("x"), 86003},
			{"a type that chats have not", a, "send", `"msgtype":"template_card","template_card":` + noticeCard, 40008},
			{"a textcard cut by bytes", a, "send", `"msgtype":"textcard","textcard":{"title":"` + strings.Repeat("题", 43) + `","description":"d","url":"https://a.example"}`, 0},
			{"an article without link", a, "send", `"msgtype":"news","news":{"articles":[{"title":"t","appid":"wx0123456789abcdef","pagepath":"p"}]}`, 45034},
			{"safe", a, "send", `"safe":2,` + text("x"), 40058},
			{"one more", a, "update", `"add_user_list":["wangwu"]`, 0},
			{"a member who is none", a, "update", `"add_user_list":["nobody"]`, 86216},
			{"somebody not in it leaves", a, "update", `"del_user_list":["nobody"]`, 86216},
			{"a text to three", a, "send", text("二"), 0},
			{"the owner leaves", a, "update", `"del_user_list":["zhangsan"]`, 86203},
			{"the owner leaves to another", a, "update", `"owner":"wangwu","name":"新","del_user_list":["ZhangSan"]`, 0},
			{"an owner from outside", a, "update", `"owner":"zhangsan"`, 86207},
			{"too few are left", a, "update", `"del_user_list":["lisi"]`, 86006},
			{"another application changes it", other, "update", `"name":"x"`, 86008},
			{"a text to those left", a, "send", text("三"), 0},
		} {
			body := `{` + tt.body + `}`
			if !strings.Contains(body, `"chatid"`) {
				body = `{"chatid":"c1",` + tt.body + `}`
			}
			if got := tt.as.Call("POST", "/cgi-bin/appchat/"+tt.path, body); got.ErrCode != tt.code || strings.Contains(got.Body, "msgid") {
				t.Errorf("%s: %s", tt.name, got.Body)
			}
		}
		card := `textcard {"title":"` + strings.Repeat("题", 42) + `","description":"d","url":"https://a.example","btntxt":"详情"}`
		one, two, three := `text {"content":"一"}`, `text {"content":"二"}`, `text {"content":"三"}`
		for user, want := range map[string][]string{"zhangsan": {one, card, two}, "lisi": {one, card, two, three}, "wangwu": {two, three}} {
			if got := hasAt(t, w, w.Corp, user, message.Place{AgentID: a.AgentID, ChatID: "c1"}); strings.Join(got, ";") != strings.Join(want, ";") {
				t.Errorf("%s has %q", user, got)
			}
			if got := has(t, w, w.Corp, user, a.AgentID); len(got) > 0 {
				t.Errorf("%s has %q outside the chat", user, got)
			}
		}
		if got := a.Call("GET", "/cgi-bin/appchat/get?chatid=c1", ""); !strings.Contains(got.Body, `"name":"新","owner":"wangwu","userlist":["lisi","wangwu"]`) {
			t.Errorf("%s", got.Body)
		}
	})
}

func TestChatMentions(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.As(access.SelfBuilt)
		robot(w, w.Corp)
		if got := a.Call("POST", "/cgi-bin/appchat/send", `{"chatid":"r1","msgtype":"text","text":{"content":"<@lisi> 一","mentioned_list":["lisi","@all"]}}`); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		if got := hasAt(t, w, w.Corp, "lisi", message.Place{AgentID: a.AgentID, ChatID: "r1"}); len(got) != 1 || got[0] != `text {"content":"<@lisi> 一","mentioned_list":["lisi","@all"]}` {
			t.Errorf("lisi has %q", got)
		}
	})
}

// TestChatLimit sends to a chat of 2,000 until the minute's receivers are used up.
func TestChatLimit(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.As(access.SelfBuilt)
		var list strings.Builder
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			for i := range 2000 {
				m := directory.Member{UserID: id.UserID(fmt.Sprintf("m%d", i)), Name: "成员", Email: fmt.Sprintf("m%d@corp.example", i), Places: []directory.Place{{Department: 1}}, Enabled: true}
				if _, _, err := w.Server.Directory.CreateMember(ctx, tx, access.System(w.CorpID), m, false); err != nil {
					return err
				}
				fmt.Fprintf(&list, `"m%d",`, i)
			}
			return nil
		})
		if got := a.Call("POST", "/cgi-bin/appchat/create", `{"chatid":"big","userlist":[`+strings.TrimSuffix(list.String(), ",")+`]}`); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		say := func() int {
			return a.Call("POST", "/cgi-bin/appchat/send", `{"chatid":"big",`+text("x")+`}`).ErrCode
		}
		for i := range 11 {
			want := 0
			if i == 10 {
				want = 45009
			}
			if got := say(); got != want {
				t.Errorf("message %d: %d", i+1, got)
			}
		}
		w.Advance(time.Minute)
		if got := say(); got != 0 {
			t.Errorf("a minute later: %d", got)
		}
	}, qiweitest.WithLimits())
}

// What a request repeats is left out at once. Comparing each of these userids with all others holds the writer for
// longer than a test may take.
func TestManyUsersOfARequest(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		var list strings.Builder
		for i := range 400_000 {
			fmt.Fprintf(&list, `"user%d",`, i)
		}
		app := w.As(access.SelfBuilt)
		for path, body := range map[string]string{
			"create": `{"userlist":[` + list.String() + `"zhangsan"]}`, "update": `{"chatid":"none","add_user_list":[` + list.String() + `"zhangsan"]}`,
		} {
			if got := app.Call("POST", "/cgi-bin/appchat/"+path, body); got.ErrCode == 0 || got.ErrCode == -1 {
				t.Errorf("%s: %.200s", path, got.Body)
			}
		}
	})
}

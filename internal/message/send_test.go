package message_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
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

// has returns the member's messages from the application, oldest first, each as its type and its body.
func has(t *testing.T, w *qiweitest.World, c *qiweitest.Corp, user string, agent int64) []string {
	t.Helper()
	return hasAt(t, w, c, user, message.Place{AgentID: agent})
}

func hasAt(t *testing.T, w *qiweitest.World, c *qiweitest.Corp, user string, at message.Place) []string {
	t.Helper()
	out := []string{}
	for _, m := range messagesAt(t, w, c, user, at) {
		if m.Recalled {
			out = append(out, m.MsgType+" recalled")
			continue
		}
		out = append(out, m.MsgType+" "+string(m.Body))
	}
	return out
}

func messagesOf(t *testing.T, w *qiweitest.World, user string, agent int64) []message.Message {
	t.Helper()
	return messagesAt(t, w, w.Corp, user, message.Place{AgentID: agent})
}

func messagesAt(t *testing.T, w *qiweitest.World, c *qiweitest.Corp, user string, at message.Place) (list []message.Message) {
	t.Helper()
	ctx := context.Background()
	err := w.Server.Messages.Inbox(ctx, c.CorpID, id.UserID(user), func(tx *store.Tx, m directory.Member) (err error) {
		list, err = w.Server.Messages.Messages(ctx, tx, c.CorpID, m, at, 0, 0)
		return err
	})
	if err != nil {
		t.Fatalf("inbox of %s: %v", user, err)
	}
	return list
}

func callback(a *app.App) { a.CallbackURL = "https://app.example/callback" }

// send calls message/send with the given fields and the agentid.
func send(c *qiweitest.Client, fields string) qiweitest.Result {
	return c.Call("POST", "/cgi-bin/message/send", fmt.Sprintf(`{"agentid":%d,%s}`, c.AgentID, fields))
}

func text(s string) string { return `"msgtype":"text","text":{"content":"` + s + `"}` }

type sent struct {
	MsgID        string `json:"msgid"`
	BadUsers     string `json:"invaliduser"`
	BadParties   string `json:"invalidparty"`
	BadTags      string `json:"invalidtag"`
	ResponseCode string `json:"response_code"`
}

func TestReceivers(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		all := w.As(access.SelfBuilt)
		w.As(access.ContactSync).Call("POST", "/cgi-bin/tag/create", `{"tagid":7,"tagname":"组"}`)
		w.As(access.ContactSync).Call("POST", "/cgi-bin/tag/addtagusers", `{"tagid":7,"userlist":["lisi","wangwu"]}`)
		rd := w.WithApp(access.SelfBuilt, app.Settings{Name: "研发", Range: access.Range{Departments: []int64{2}}})
		one := w.WithApp(access.SelfBuilt, app.Settings{Name: "一人", Range: access.Range{Members: []id.UserID{"wangwu"}}})
		none := w.WithApp(access.SelfBuilt, app.Settings{Name: "无人"})
		users := []string{"zhangsan", "lisi", "wangwu"}
		for i, tt := range []struct {
			name                string
			as                  *qiweitest.Client
			to                  string
			code                int
			receive             []string
			users, parties, tag string
		}{
			{"one member", all, `"touser":"zhangsan"`, 0, []string{"zhangsan"}, "", "", ""},
			{"in another case, blanks around", all, `"touser":" ZhangSan | LISI"`, 0, []string{"zhangsan", "lisi"}, "", "", ""},
			{"empty lists are none", all, `"touser":"lisi","toparty":"","totag":""`, 0, []string{"lisi"}, "", "", ""},
			{"everyone", all, `"touser":"@all","toparty":"99"`, 0, users, "", "", ""},
			{"a department and those below", all, `"toparty":"2"`, 0, []string{"zhangsan", "lisi"}, "", "", ""},
			{"ways that overlap", all, `"touser":"lisi","toparty":"2 | 3","totag":"7"`, 0, users, "", "", ""},
			{"some are bad", all, `"touser":"lisi|Nobody|X","toparty":"99|x","totag":"7 | 8"`, 0, []string{"lisi", "wangwu"}, "nobody|x", "99|x", "8"},
			{"all are bad", all, `"touser":"Nobody","toparty":"99|x","totag":"8"`, 81013, nil, "nobody", "99|x", "8"},
			{"nobody is named", all, `"touser":"","totag":" | "`, 82001, nil, "", "", ""},
			{"a list is no text", all, `"touser":["lisi"]`, 82001, nil, "", "", ""},
			{"everyone in the range", rd, `"touser":"@all"`, 0, []string{"zhangsan", "lisi"}, "", "", ""},
			{"a member outside it", rd, `"touser":"lisi|wangwu"`, 0, []string{"lisi"}, "wangwu", "", ""},
			{"a department outside it", rd, `"toparty":"3|4"`, 0, []string{"lisi"}, "", "4", ""},
			{"a tag, cut to it", rd, `"totag":"7"`, 0, []string{"lisi"}, "", "", ""},
			{"the one in the range", one, `"touser":"@all"`, 0, []string{"wangwu"}, "", "", ""},
			{"a range of nobody", none, `"touser":"lisi"`, 81013, nil, "lisi", "", ""},
			{"1001 members", all, `"touser":"` + strings.Repeat("lisi|", 1001) + `"`, 40032, nil, "", "", ""},
			{"101 departments", all, `"toparty":"` + strings.Repeat("2|", 101) + `"`, 82002, nil, "", "", ""},
			{"101 tags", all, `"totag":"` + strings.Repeat("7|", 101) + `"`, 82003, nil, "", "", ""},
		} {
			words := fmt.Sprintf("message %d", i)
			got := send(tt.as, tt.to+","+text(words))
			var s sent
			got.Decode(&s)
			if got.ErrCode != tt.code || s.BadUsers != tt.users || s.BadParties != tt.parties || s.BadTags != tt.tag {
				t.Errorf("%s: %s", tt.name, got.Body)
			}
			if tt.code == 0 && !regexp.MustCompile(`^[A-Za-z0-9_-]{32,128}$`).MatchString(s.MsgID) {
				t.Errorf("%s: msgid %q", tt.name, s.MsgID)
			}
			for _, u := range users {
				got := slices.Contains(has(t, w, w.Corp, u, tt.as.AgentID), `text {"content":"`+words+`"}`)
				if want := slices.Contains(tt.receive, u); got != want {
					t.Errorf("%s: %s has it: %v", tt.name, u, got)
				}
			}
		}
		for _, u := range users {
			if got := has(t, w, w.Second, u, w.Second.As(access.SelfBuilt).AgentID); len(got) > 0 {
				t.Errorf("%s of the other enterprise has %q", u, got)
			}
		}
	})
}

func TestAgentOfMessage(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a, other := w.As(access.SelfBuilt), w.WithApp(access.SelfBuilt, app.Settings{Name: "其他"})
		for _, tt := range []struct {
			name, agent string
			code        int
		}{
			{"a number", fmt.Sprintf(`"agentid":%d,`, a.AgentID), 0},
			{"a number as text", fmt.Sprintf(`"agentid":"%d",`, a.AgentID), 0},
			{"missing", ``, 41011},
			{"no number", `"agentid":"x",`, 40056},
			{"unknown", `"agentid":999,`, 40056},
			{"another's", fmt.Sprintf(`"agentid":%d,`, other.AgentID), 301002},
		} {
			got := a.Call("POST", "/cgi-bin/message/send", `{`+tt.agent+`"touser":"lisi",`+text(tt.name)+`}`)
			if got.ErrCode != tt.code {
				t.Errorf("%s: %s", tt.name, got.Body)
			}
		}
		if got := has(t, w, w.Corp, "lisi", a.AgentID); len(got) != 2 {
			t.Errorf("lisi has %q", got)
		}
	})
}

func TestContent(t *testing.T) {
	long := func(s string, n int) string { return strings.Repeat(s, n) }
	article := func(more string) string { return `{"title":"t","url":"https://a.example"` + more + `}` }
	for _, tt := range []struct {
		name, msgtype, content string
		code                   int
		want                   string // body that arrives; empty: any body
	}{
		{"a text", "text", `{"content":"你好\n<a href=\"https://a.example\">x</a>"}`, 0, `{"content":"你好\n<a href=\"https://a.example\">x</a>"}`},
		{"an empty text", "text", `{"content":""}`, 44004, ""},
		{"no text", "text", `null`, 44004, ""},
		{"a text of 2048 bytes", "text", `{"content":"` + long("a", 2048) + `"}`, 0, `{"content":"` + long("a", 2048) + `"}`},
		{"a longer text is cut", "text", `{"content":"` + long("a", 2047) + `你好"}`, 0, `{"content":"` + long("a", 2047) + `"}`},
		{"markdown", "markdown", `{"content":"# a"}`, 0, `{"content":"# a"}`},
		{"markdown of 2049 bytes", "markdown", `{"content":"` + long("a", 2049) + `"}`, 40058, ""},
		{"empty markdown", "markdown", `{}`, 44004, ""},
		{"an image that there is not", "image", `{"media_id":"x"}`, 40007, ""},
		{"an image without its id", "image", `{}`, 41006, ""},
		{"a file without its id", "file", `null`, 41006, ""},
		{"a textcard", "textcard", `{"title":"t","description":"d","url":"https://a.example"}`, 0, `{"title":"t","description":"d","url":"https://a.example","btntxt":"详情"}`},
		{"a textcard that is cut", "textcard", `{"title":"` + long("题", 129) + `","description":"` + long("述", 513) + `","url":"https://a.example","btntxt":"一二三四五"}`, 0,
			`{"title":"` + long("题", 128) + `","description":"` + long("述", 512) + `","url":"https://a.example","btntxt":"一二三四"}`},
		{"a textcard without title", "textcard", `{"description":"d","url":"https://a.example"}`, 41016, ""},
		{"a textcard without description", "textcard", `{"title":"t","url":"https://a.example"}`, 41033, ""},
		{"a textcard without scheme", "textcard", `{"title":"t","description":"d","url":"a.example"}`, 45034, ""},
		{"a textcard with too long a link", "textcard", `{"title":"t","description":"d","url":"https://` + long("a", 2048) + `"}`, 40058, ""},
		{"news", "news", `{"articles":[` + article("") + `]}`, 0, `{"articles":[{"title":"t","url":"https://a.example"}]}`},
		{"news that are cut", "news", `{"articles":[{"title":"` + long("题", 43) + `","description":"` + long("a", 513) + `","url":"https://a.example"}]}`, 0,
			`{"articles":[{"title":"` + long("题", 42) + `","description":"` + long("a", 512) + `","url":"https://a.example"}]}`},
		{"no articles", "news", `{"articles":[]}`, 45008, ""},
		{"nine articles", "news", `{"articles":[` + article("") + long(","+article(""), 8) + `]}`, 45008, ""},
		{"an article without title", "news", `{"articles":[{"url":"https://a.example"}]}`, 41016, ""},
		{"an article that leads nowhere", "news", `{"articles":[{"title":"t"}]}`, 45034, ""},
		{"an article with a page of a mini-program", "news", `{"articles":[{"title":"t","appid":"wx0123456789abcdef","pagepath":"p"}]}`, 0, ""},
		{"an article with half of one", "news", `{"articles":[{"title":"t","appid":"wx0123456789abcdef"}]}`, 40058, ""},
		{"an article of somebody's mini-program", "news", `{"articles":[{"title":"t","appid":"wx9","pagepath":"p"}]}`, 90208, ""},
		{"mpnews without content", "mpnews", `{"articles":[{"title":"t","thumb_media_id":"x"}]}`, 44004, ""},
		{"mpnews with too much of it", "mpnews", `{"articles":[{"title":"t","thumb_media_id":"x","content":"` + long("a", 666<<10+1) + `"}]}`, 45002, ""},
		{"mpnews with too long an author", "mpnews", `{"articles":[{"title":"t","thumb_media_id":"x","content":"c","author":"` + long("a", 65) + `"}]}`, 45032, ""},
		{"mpnews with a picture that there is not", "mpnews", `{"articles":[{"title":"t","thumb_media_id":"x","content":"c"}]}`, 40007, ""},
		{"a notice of a mini-program", "miniprogram_notice", `{"appid":"wx0123456789abcdef","page":"p/i?a=1","title":"会议室预订","description":"4月27日","content_item":[{"key":"会议室","value":"402"},{"key":"","value":""}]}`, 0,
			`{"appid":"wx0123456789abcdef","page":"p/i?a=1","title":"会议室预订","description":"4月27日","content_item":[{"key":"会议室","value":"402"}]}`},
		{"a notice without appid", "miniprogram_notice", `{"title":"会议室预订"}`, 90200, ""},
		{"a notice of somebody's mini-program", "miniprogram_notice", `{"appid":"wx9","title":"会议室预订"}`, 90208, ""},
		{"a notice with too short a title", "miniprogram_notice", `{"appid":"wx0123456789abcdef","title":"会议"}`, 40058, ""},
		{"a notice with eleven lines", "miniprogram_notice", `{"appid":"wx0123456789abcdef","title":"会议室预订","content_item":[` + strings.TrimSuffix(long(`{"key":"a","value":"b"},`, 11), ",") + `]}`, 90201, ""},
		{"a notice with too long a key", "miniprogram_notice", `{"appid":"wx0123456789abcdef","title":"会议室预订","content_item":[{"key":"` + long("键", 11) + `","value":"b"}]}`, 90202, ""},
		{"a notice with too long a value", "miniprogram_notice", `{"appid":"wx0123456789abcdef","title":"会议室预订","content_item":[{"key":"a","value":"` + long("值", 31) + `"}]}`, 90203, ""},
		{"a notice with too long a page", "miniprogram_notice", `{"appid":"wx0123456789abcdef","title":"会议室预订","page":"` + long("p", 1025) + `"}`, 90204, ""},
		{"a task card", "interactive_taskcard", `{"title":"t","task_id":"a1","btn":[{"key":"k","name":"n"}]}`, 0, `{"title":"t","task_id":"a1","btn":[{"key":"k","name":"n","color":"blue"}]}`},
		{"a task card under the old name", "taskcard", `{"title":"t","task_id":"a2","btn":[{"key":"k","name":"n","color":"red","is_bold":true}]}`, 0, ""},
		{"a task card without key", "interactive_taskcard", `{"title":"t","task_id":"a3","btn":[{"name":"n"}]}`, 42019, ""},
		{"a task card with a bad key", "interactive_taskcard", `{"title":"t","task_id":"a3","btn":[{"key":"k k","name":"n"}]}`, 42018, ""},
		{"a task card without name", "interactive_taskcard", `{"title":"t","task_id":"a3","btn":[{"key":"k"}]}`, 42020, ""},
		{"a task card with a bad task_id", "interactive_taskcard", `{"title":"t","task_id":"a 3","btn":[{"key":"k","name":"n"}]}`, 42014, ""},
		{"no type", "", `{}`, 40008, ""},
		{"a type in another case", "Text", `{"content":"a"}`, 40008, ""},
		{"a type of third parties", "template_msg", `{"template_id":"t","url":"https://a.example"}`, 60206, ""},
		{"whom a text speaks to does not matter outside of chats", "text", `{"content":"a","mentioned_list":["lisi"]}`, 0, `{"content":"a"}`},
		{"an unknown type", "fax", `{"content":"a"}`, 40008, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
				a := w.As(access.SelfBuilt)
				a.Configure(callback)
				got := send(a, `"touser":"lisi","msgtype":"`+tt.msgtype+`","`+tt.msgtype+`":`+tt.content)
				if got.ErrCode != tt.code {
					t.Errorf("answered %.300s", got.Body)
				}
				there := has(t, w, w.Corp, "lisi", a.AgentID)
				switch {
				case tt.code != 0 && len(there) > 0, tt.code == 0 && len(there) != 1:
					t.Errorf("lisi has %q", there)
				case tt.want != "" && there[0] != tt.msgtype+" "+tt.want:
					t.Errorf("lisi has %q", there)
				}
			})
		})
	}
}

func TestSafe(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.As(access.SelfBuilt)
		news := `"touser":"lisi","msgtype":"news","news":{"articles":[{"title":"t","url":"https://a.example"}]}`
		for _, tt := range []struct {
			name, fields string
			code         int
		}{
			{"a safe text", `"touser":"lisi","safe":1,` + text("a"), 0},
			{"safe as a text", `"touser":"lisi","safe":"1",` + text("b"), 0},
			{"only inside the corp", `"touser":"lisi","safe":2,` + text("c"), 40058},
			{"news", news + `,"safe":0`, 0},
			{"safe news", news + `,"safe":1`, 40074},
		} {
			if got := send(a, tt.fields); got.ErrCode != tt.code {
				t.Errorf("%s: %s", tt.name, got.Body)
			}
		}
	})
}

func TestDuplicates(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.As(access.SelfBuilt)
		once := `"touser":"lisi","enable_duplicate_check":1,` + text("一次")
		var first, second sent
		send(a, once).Decode(&first)
		got := send(a, once)
		if got.Decode(&second); got.ErrCode != 0 || second.MsgID == "" || second.MsgID != first.MsgID {
			t.Errorf("the second: %s", got.Body)
		}
		w.Advance(29 * time.Minute)
		send(a, once)
		if got := has(t, w, w.Corp, "lisi", a.AgentID); len(got) != 1 {
			t.Errorf("within half an hour lisi has %q", got)
		}
		w.Advance(time.Minute)
		send(a, once)
		send(a, `"touser":"lisi","enable_duplicate_check":1,"duplicate_check_interval":60,`+text("一次"))
		if got := has(t, w, w.Corp, "lisi", a.AgentID); len(got) != 2 {
			t.Errorf("after it lisi has %q", got)
		}
		w.Advance(time.Minute)
		send(a, `"touser":"lisi","enable_duplicate_check":1,"duplicate_check_interval":60,`+text("一次"))
		send(a, `"touser":"lisi|zhangsan","enable_duplicate_check":1,`+text("一次"))
		send(a, `"touser":"lisi",`+text("一次"))
		if got := has(t, w, w.Corp, "lisi", a.AgentID); len(got) != 5 {
			t.Errorf("of what differs lisi has %q", got)
		}
	})
}

// TestDuplicatesAtOnce sends the same from many clients at the same time.
func TestDuplicatesAtOnce(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.As(access.SelfBuilt)
		a.Token()
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if got := send(a, `"touser":"lisi","enable_duplicate_check":1,`+text("一次")); got.ErrCode != 0 {
					t.Errorf("%s", got.Body)
				}
			})
		}
		all.Wait()
		if got := has(t, w, w.Corp, "lisi", a.AgentID); len(got) != 1 {
			t.Errorf("lisi has %q", got)
		}
	})
}

func TestTranslation(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		rd := w.WithApp(access.SelfBuilt, app.Settings{Name: "研发", Range: access.Range{Departments: []int64{2}}})
		words := `$userName=LiSi$ 在 $departmentName=3$，$userAliasOrName=zhangsan$ $userAlias=zhangsan$ $userName=wangwu$ $departmentName=4$ $chatName=1$`
		send(rd, `"touser":"lisi","enable_id_trans":1,`+text(words))
		send(rd, `"touser":"lisi",`+text(words))
		want := []string{
			`text {"content":"李四 在 后端组，张三 $userAlias=zhangsan$ $userName=wangwu$ $departmentName=4$ $chatName=1$"}`,
			`text {"content":"` + words + `"}`,
		}
		if got := has(t, w, w.Corp, "lisi", rd.AgentID); !slices.Equal(got, want) {
			t.Errorf("lisi has\n%q, want\n%q", got, want)
		}
	})
}

// TestDrops sends a member more than one application may: the excess is accepted but never arrives.
func TestDrops(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.As(access.SelfBuilt)
		for i := range 32 {
			if got := send(a, `"touser":"lisi",`+text(fmt.Sprint(i))); got.ErrCode != 0 {
				t.Fatalf("%s", got.Body)
			}
		}
		if got := has(t, w, w.Corp, "lisi", a.AgentID); len(got) != 30 {
			t.Errorf("lisi has %d", len(got))
		}
		send(a, `"touser":"lisi|zhangsan",`+text("b"))
		if got := has(t, w, w.Corp, "zhangsan", a.AgentID); len(got) != 1 {
			t.Errorf("zhangsan has %q", got)
		}
		w.Advance(time.Minute)
		send(a, `"touser":"lisi",`+text("c"))
		if got := has(t, w, w.Corp, "lisi", a.AgentID); len(got) != 31 {
			t.Errorf("a minute later lisi has %d", len(got))
		}
	}, qiweitest.WithLimits())
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.As(access.SelfBuilt)
		for i := range 32 {
			send(a, `"touser":"lisi",`+text(fmt.Sprint(i)))
		}
		if got := has(t, w, w.Corp, "lisi", a.AgentID); len(got) != 32 {
			t.Errorf("without limits lisi has %d", len(got))
		}
	})
}

func TestDailyLimit(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.As(access.SelfBuilt)
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			c, err := w.Server.Corps.Corp(tx, w.CorpID)
			if err != nil {
				return err
			}
			c.MemberLimit = 3 // 600 copies a day
			return w.Server.Corps.UpdateCorp(ctx, tx, c)
		})
		for i := range 200 {
			if i%30 == 0 {
				w.Advance(time.Minute)
			}
			if got := send(a, `"touser":"@all",`+text(fmt.Sprint(i))); got.ErrCode != 0 {
				t.Fatalf("%d: %s", i, got.Body)
			}
		}
		if got := send(a, `"touser":"lisi",`+text("x")); got.ErrCode != 45009 {
			t.Errorf("the 601st: %s", got.Body)
		}
		w.Advance(24 * time.Hour)
		if got := send(a, `"touser":"lisi",`+text("x")); got.ErrCode != 0 {
			t.Errorf("the next day: %s", got.Body)
		}
	}, qiweitest.WithLimits())
}

// grow gives the enterprise n members more, in department 4.
func grow(w *qiweitest.World, c *qiweitest.Corp, n int) {
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		co, err := w.Server.Corps.Corp(tx, c.CorpID)
		if err != nil {
			return err
		}
		co.MemberLimit = int64(n) + 1000
		if err := w.Server.Corps.UpdateCorp(ctx, tx, co); err != nil {
			return err
		}
		for i := range n {
			m := directory.Member{UserID: id.UserID(fmt.Sprintf("m%d", i)), Name: "员", Email: fmt.Sprintf("m%d@corp.example", i), Enabled: true,
				Places: []directory.Place{{Department: 4}}}
			if _, _, err := w.Server.Directory.CreateMember(ctx, tx, access.System(c.CorpID), m, false); err != nil {
				return err
			}
		}
		return nil
	})
}

// TestManyReceivers sends to more members than get their copies at once. A member who reads before the
// delivery has the message too, and nobody has it twice.
func TestManyReceivers(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		grow(w, w.Corp, 2500)
		a := w.As(access.SelfBuilt)
		rd := w.WithApp(access.SelfBuilt, app.Settings{Name: "市场", Range: access.Range{Departments: []int64{4}}})
		if got := send(a, `"touser":"@all",`+text("全员")); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		if got := send(rd, `"toparty":"4","touser":"m7",`+text("市场")); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		for _, u := range []string{"m2499", "zhangsan"} {
			if got := has(t, w, w.Corp, u, a.AgentID); len(got) != 1 {
				t.Errorf("before the delivery %s has %q", u, got)
			}
		}
		if err := w.Server.Messages.Deliver(context.Background()); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			user      string
			all, some int
		}{{"zhangsan", 1, 0}, {"wangwu", 1, 1}, {"m0", 1, 1}, {"m7", 1, 1}, {"m2499", 1, 1}} {
			if got := has(t, w, w.Corp, tt.user, a.AgentID); len(got) != tt.all {
				t.Errorf("%s has %q", tt.user, got)
			}
			if got := has(t, w, w.Corp, tt.user, rd.AgentID); len(got) != tt.some {
				t.Errorf("%s has %q of the market", tt.user, got)
			}
		}
		var stat struct {
			Statistics []struct {
				AgentID int64 `json:"agentid"`
				Count   int64 `json:"count"`
			} `json:"statistics"`
		}
		a.Call("POST", "/cgi-bin/message/get_statistics", `{"time_type":0}`).Decode(&stat)
		want := fmt.Sprintf("[{%d 2503} {%d 2501}]", a.AgentID, rd.AgentID)
		if got := fmt.Sprint(stat.Statistics); got != want {
			t.Errorf("statistics %s, want %s", got, want)
		}
	})
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

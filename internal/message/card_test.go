package message_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/qiweitest"
)

const (
	buttonCard = `{"card_type":"button_interaction","main_title":{"title":"请假"},"task_id":"T","button_list":[{"text":"同意","style":1,"key":"ok"},{"text":"拒绝","style":2,"key":"no"}]}`
	noticeCard = `{"card_type":"text_notice","main_title":{"title":"已付"},"card_action":{"type":1,"url":"https://a.example"}}`
	voteCard   = `{"card_type":"vote_interaction","main_title":{"title":"午饭"},"task_id":"V","checkbox":{"question_key":"q","mode":1,"option_list":[{"id":"a","text":"面"},{"id":"b","text":"饭","is_checked":true}]},"submit_button":{"text":"提交","key":"s"}}`
	choiceCard = `{"card_type":"multiple_interaction","main_title":{"title":"问卷"},"task_id":"M","select_list":[{"question_key":"q","title":"尺码","option_list":[{"id":"m","text":"M"},{"id":"l","text":"L"}]}],"submit_button":{"text":"提交","key":"s"}}`
	newsCard   = `{"card_type":"news_notice","main_title":{"title":"菜单"},"card_image":{"url":"https://a.example/i.png","aspect_ratio":1.5},"card_action":{"type":2,"appid":"wx0123456789abcdef"}}`
)

// with returns the card with a member replaced or added; without, with "".
func with(card, name, value string) string {
	i := strings.Index(card, `"`+name+`":`)
	if i < 0 {
		return `{"` + name + `":` + value + `,` + card[1:]
	}
	depth, quoted, j := 0, false, i+len(name)+3
	for start := j; ; j++ {
		switch c := card[j]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
		case (c == '}' || c == ']') && depth > 0:
			depth--
		case (c == ',' || c == '}') && depth == 0 && j > start:
			return card[:i] + `"` + name + `":` + value + card[j:]
		}
	}
}

func sendCard(c *qiweitest.Client, to, card string) qiweitest.Result {
	return send(c, `"touser":"`+to+`","msgtype":"template_card","template_card":`+card)
}

func TestCards(t *testing.T) {
	list := func(item string, n int) string {
		return "[" + strings.TrimSuffix(strings.Repeat(item+",", n), ",") + "]"
	}
	menu := `{"desc":"更多","action_list":[{"text":"静音","key":"mute"}]}`
	for _, tt := range []struct {
		name, card string
		code       int
		answerable bool
	}{
		{"text_notice", noticeCard, 0, false},
		{"text_notice with a menu", with(with(noticeCard, "action_menu", menu), "task_id", `"N"`), 0, true},
		{"text_notice with a menu and no task_id", with(noticeCard, "action_menu", menu), 42014, false},
		{"text_notice with sub_title_text alone", with(with(noticeCard, "main_title", `{}`), "sub_title_text", `"付"`), 0, false},
		{"text_notice without words", with(noticeCard, "main_title", `{}`), 40063, false},
		{"text_notice that leads nowhere", with(noticeCard, "card_action", `{"type":0}`), 42045, false},
		{"text_notice without link", with(noticeCard, "card_action", `{"type":1}`), 42028, false},
		{"text_notice without appid", with(noticeCard, "card_action", `{"type":2}`), 42030, false},
		{"news_notice", newsCard, 0, false},
		{"news_notice without picture", with(newsCard, "card_image", `null`), 42044, false},
		{"news_notice with text beside a picture", with(with(newsCard, "card_image", `null`), "image_text_area", `{"image_url":"https://a.example/i.png","title":"t"}`), 0, false},
		{"news_notice with an empty picture", with(newsCard, "card_image", `{"url":""}`), 42044, false},
		{"news_notice with five lines", with(newsCard, "vertical_content_list", list(`{"title":"t"}`, 5)), 42036, false},
		{"news_notice with a line without title", with(newsCard, "vertical_content_list", `[{"desc":"d"}]`), 42033, false},
		{"button_interaction", buttonCard, 0, true},
		{"without type", with(buttonCard, "card_type", `""`), 42031, false},
		{"without title", with(buttonCard, "main_title", `{"desc":"d"}`), 40063, false},
		{"without task_id", with(buttonCard, "task_id", `""`), 42014, false},
		{"a bad task_id", with(buttonCard, "task_id", `"任务"`), 42014, false},
		{"a long task_id", with(buttonCard, "task_id", `"`+strings.Repeat("a", 129)+`"`), 42014, false},
		{"no buttons", with(buttonCard, "button_list", `[]`), 42038, false},
		{"seven buttons", with(buttonCard, "button_list", list(`{"text":"a","key":"k"}`, 7)), 42038, false},
		{"a button without text", with(buttonCard, "button_list", `[{"key":"k"}]`), 42038, false},
		{"a button without key", with(buttonCard, "button_list", `[{"text":"a"}]`), 42039, false},
		{"two buttons of a key", with(buttonCard, "button_list", list(`{"text":"a","key":"k"}`, 2)), 42039, false},
		{"a link without address", with(buttonCard, "button_list", `[{"type":1,"text":"a"}]`), 42028, false},
		{"a selector", with(buttonCard, "button_selection", `{"question_key":"q","option_list":[{"id":"a","text":"A"}]}`), 0, true},
		{"a selector without key", with(buttonCard, "button_selection", `{"option_list":[{"id":"a","text":"A"}]}`), 42043, false},
		{"a selector of eleven", with(buttonCard, "button_selection", `{"question_key":"q","option_list":`+list(`{"id":"a","text":"A"}`, 11)+`}`), 42037, false},
		{"two options of an id", with(buttonCard, "button_selection", `{"question_key":"q","option_list":`+list(`{"id":"a","text":"A"}`, 2)+`}`), 42040, false},
		{"an option without text", with(buttonCard, "button_selection", `{"question_key":"q","option_list":[{"id":"a"}]}`), 42041, false},
		{"four in the menu", with(buttonCard, "action_menu", `{"action_list":`+list(`{"text":"a","key":"k"}`, 4)+`}`), 40058, false},
		{"two of a key in the menu", with(buttonCard, "action_menu", `{"action_list":`+list(`{"text":"a","key":"k"}`, 2)+`}`), 42051, false},
		{"seven lines", with(buttonCard, "horizontal_content_list", list(`{"keyname":"k"}`, 7)), 42035, false},
		{"a line without name", with(buttonCard, "horizontal_content_list", `[{"value":"v"}]`), 42027, false},
		{"a line without link", with(buttonCard, "horizontal_content_list", `[{"type":1,"keyname":"k"}]`), 42028, false},
		{"a line without file", with(buttonCard, "horizontal_content_list", `[{"type":2,"keyname":"k"}]`), 42029, false},
		{"a line without member", with(buttonCard, "horizontal_content_list", `[{"type":3,"keyname":"k"}]`), 42050, false},
		{"a line with a member", with(buttonCard, "horizontal_content_list", `[{"type":3,"keyname":"k","userid":"ZhangSan"}]`), 0, true},
		{"a line with nobody", with(buttonCard, "horizontal_content_list", `[{"type":3,"keyname":"k","userid":"nobody"}]`), 42050, false},
		{"four jumps", with(noticeCard, "jump_list", list(`{"title":"t"}`, 4)), 42042, false},
		{"a jump without title", with(noticeCard, "jump_list", `[{}]`), 42033, false},
		{"a quote without link", with(noticeCard, "quote_area", `{"type":1}`), 42028, false},
		{"vote_interaction", voteCard, 0, true},
		{"a vote without question", with(voteCard, "checkbox", `{"option_list":[{"id":"a","text":"A"}]}`), 42043, false},
		{"a vote without options", with(voteCard, "checkbox", `{"question_key":"q"}`), 42037, false},
		{"a vote without button", with(voteCard, "submit_button", `null`), 42046, false},
		{"multiple_interaction", choiceCard, 0, true},
		{"no selectors", with(choiceCard, "select_list", `[]`), 42047, false},
		{"four selectors", with(choiceCard, "select_list", list(`{"question_key":"q","option_list":[{"id":"a","text":"A"}]}`, 4)), 42047, false},
		{"two selectors of a key", with(choiceCard, "select_list", list(`{"question_key":"q","option_list":[{"id":"a","text":"A"}]}`, 2)), 42043, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
				deaf := w.WithApp(access.SelfBuilt, app.Settings{Name: "聋", Range: access.Everything()})
				if tt.answerable {
					if got := sendCard(deaf, "lisi", tt.card); got.ErrCode != 43012 {
						t.Errorf("without a callback: %s", got.Body)
					}
				}
				a := w.As(access.SelfBuilt)
				a.Configure(callback)
				var s sent
				got := sendCard(a, "lisi", tt.card)
				if got.Decode(&s); got.ErrCode != tt.code || (s.ResponseCode != "") != tt.answerable {
					t.Errorf("%s", got.Body)
				}
				if n := len(has(t, w, w.Corp, "lisi", a.AgentID)); (n == 1) != (tt.code == 0) {
					t.Errorf("lisi has %d", n)
				}
				if tt.answerable {
					if got := sendCard(a, "lisi", tt.card); got.ErrCode != 42014 {
						t.Errorf("the task_id again: %s", got.Body)
					}
				}
			})
		})
	}
}

func TestCardUpdates(t *testing.T) {
	for _, tt := range []struct {
		name, card, to, update string
		code                   int
		bad                    string
		zhangsan, lisi         string // what each member has afterwards; empty: as before
	}{
		{"the button of one", buttonCard, `"userids":["LiSi"]`, `"button":{"replace_name":"已同意"}`, 0, "", "", `"replace_text":"已同意"`},
		{"the button of all", buttonCard, `"atall":1`, `"button":{"replace_name":"已同意"}`, 0, "", `"replace_text":"已同意"`, `"replace_text":"已同意"`},
		{"a department's", buttonCard, `"partyids":[3]`, `"button":{"replace_name":"好"}`, 0, "", "", `"replace_text":"好"`},
		{"the whole card", buttonCard, `"userids":["lisi","wangwu","Nobody"]`, `"template_card":` + noticeCard, 0, `["nobody","wangwu"]`, "", `"title":"已付"`},
		{"a vote that is over", voteCard, `"atall":1`, `"template_card":` + with(with(voteCard, "submit_button", "null"), "replace_text", `"已投"`), 0, "", `"replace_text":"已投"`, `"replace_text":"已投"`},
		{"somebody who has no card", buttonCard, `"userids":["wangwu"]`, `"button":{"replace_name":"x"}`, 82102, "", "", ""},
		{"nobody", buttonCard, `"userids":[]`, `"button":{"replace_name":"x"}`, 82101, "", "", ""},
		{"nothing new", buttonCard, `"atall":1`, `"button":{}`, 40063, "", "", ""},
		{"a bad card", buttonCard, `"atall":1`, `"template_card":{"card_type":"x"}`, 42031, "", "", ""},
		{"the button of a notice", with(with(noticeCard, "action_menu", `{"action_list":[{"text":"a","key":"k"}]}`), "task_id", `"N"`), `"atall":1`, `"button":{"replace_name":"x"}`, 40058, "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
				a := w.As(access.SelfBuilt)
				a.Configure(callback)
				var s sent
				sendCard(a, "zhangsan|lisi", tt.card).Decode(&s)
				before := has(t, w, w.Corp, "lisi", a.AgentID)[0]
				got := update(a, s.ResponseCode, tt.to, tt.update)
				if got.ErrCode != tt.code || (tt.bad != "" && !strings.Contains(got.Body, `"invaliduser":`+tt.bad)) {
					t.Errorf("%s", got.Body)
				}
				for user, want := range map[string]string{"zhangsan": tt.zhangsan, "lisi": tt.lisi} {
					switch now := has(t, w, w.Corp, user, a.AgentID)[0]; {
					case want == "" && now != before, want != "" && !strings.Contains(now, want):
						t.Errorf("%s has %s", user, now)
					}
				}
			})
		})
	}
}

func update(c *qiweitest.Client, code, to, fields string) qiweitest.Result {
	return c.Call("POST", "/cgi-bin/message/update_template_card", with(`{"response_code":"`+code+`",`+to+`,`+fields+`}`, "agentid", itoa(c.AgentID)))
}

func TestResponseCodes(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a, other := w.As(access.SelfBuilt), w.WithApp(access.SelfBuilt, app.Settings{Name: "其他", Range: access.Everything()})
		a.Configure(callback)
		const all, button = `"atall":1`, `"button":{"replace_name":"好"}`
		code := func(task string) string {
			var s sent
			sendCard(a, "lisi", with(buttonCard, "task_id", `"`+task+`"`)).Decode(&s)
			return s.ResponseCode
		}
		one := code("1")
		if got := update(other, one, all, button); got.ErrCode != 42015 {
			t.Errorf("another application: %s", got.Body)
		}
		if got := update(w.Second.As(access.SelfBuilt), one, all, button); got.ErrCode != 60140 {
			t.Errorf("another enterprise: %s", got.Body)
		}
		var good atomic.Int64
		var clients sync.WaitGroup
		a.Token()
		for range 6 {
			clients.Go(func() {
				switch got := update(a, one, all, button); got.ErrCode {
				case 0:
					good.Add(1)
				case 60140:
				default:
					t.Errorf("at once: %s", got.Body)
				}
			})
		}
		clients.Wait()
		if good.Load() != 1 {
			t.Errorf("the code was used %d times", good.Load())
		}
		var gone sent
		sendCard(a, "lisi", with(buttonCard, "task_id", `"4"`)).Decode(&gone)
		a.Call("POST", "/cgi-bin/message/recall", `{"msgid":"`+gone.MsgID+`"}`)
		if got := update(a, gone.ResponseCode, all, button); got.ErrCode != 60140 {
			t.Errorf("a recalled card: %s", got.Body)
		}
		two, three := code("2"), code("3")
		w.Advance(72*time.Hour - time.Second)
		if got := update(a, two, all, button); got.ErrCode != 0 {
			t.Errorf("in the last second: %s", got.Body)
		}
		w.Advance(time.Second)
		if got := update(a, three, all, button); got.ErrCode != 60140 {
			t.Errorf("after 72 hours: %s", got.Body)
		}
		if got := update(a, "x", all, button); got.ErrCode != 60140 {
			t.Errorf("nonsense: %s", got.Body)
		}
	})
}

func TestRecall(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a, other := w.As(access.SelfBuilt), w.WithApp(access.SelfBuilt, app.Settings{Name: "其他", Range: access.Everything()})
		recall := func(c *qiweitest.Client, msgID string) int {
			return c.Call("POST", "/cgi-bin/message/recall", `{"msgid":"`+msgID+`"}`).ErrCode
		}
		var one, two sent
		send(a, `"touser":"lisi|zhangsan",`+text("一")).Decode(&one)
		send(a, `"touser":"lisi",`+text("二")).Decode(&two)
		for _, tt := range []struct {
			name  string
			as    *qiweitest.Client
			msgID string
			code  int
		}{
			{"another application", other, one.MsgID, 40058},
			{"another enterprise", w.Second.As(access.SelfBuilt), one.MsgID, 40058},
			{"nonsense", a, "x", 40058},
			{"nothing", a, "", 40058},
			{"its own", a, one.MsgID, 0},
			{"again", a, one.MsgID, 0},
		} {
			if got := recall(tt.as, tt.msgID); got != tt.code {
				t.Errorf("%s: %d, want %d", tt.name, got, tt.code)
			}
		}
		if got := strings.Join(has(t, w, w.Corp, "lisi", a.AgentID), "; "); got != `text recalled; text {"content":"二"}` {
			t.Errorf("lisi has %s", got)
		}
		if got := strings.Join(has(t, w, w.Corp, "zhangsan", a.AgentID), "; "); got != `text recalled` {
			t.Errorf("zhangsan has %s", got)
		}
		w.Advance(24*time.Hour + time.Second)
		if got := recall(a, two.MsgID); got != 42052 {
			t.Errorf("a day later: %d", got)
		}
	})
}

func TestTaskCards(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.As(access.SelfBuilt)
		a.Configure(callback)
		send(a, `"touser":"lisi|zhangsan","msgtype":"interactive_taskcard","interactive_taskcard":{"title":"t","task_id":"t1","btn":[{"key":"k","name":"批准","replace_name":"已批"}]}`)
		call := func(fields string) qiweitest.Result {
			return a.Call("POST", "/cgi-bin/message/update_taskcard", `{"agentid":`+itoa(a.AgentID)+`,`+fields+`}`)
		}
		for _, tt := range []struct {
			name, fields string
			code         int
			lisi         string
		}{
			{"an unknown task", `"userids":["lisi"],"task_id":"x","replace_name":"好"`, 42016, `"blue"}]}`},
			{"an unknown key", `"userids":["lisi"],"task_id":"t1","clicked_key":"x"`, 42017, `"blue"}]}`},
			{"by key", `"userids":["lisi"],"task_id":"t1","clicked_key":"k"`, 0, `"replace_name":"已批"}`},
			{"by name", `"userids":["lisi","wangwu"],"task_id":"t1","replace_name":"好"`, 0, `"replace_name":"好"}`},
		} {
			if got := call(tt.fields); got.ErrCode != tt.code {
				t.Errorf("%s: %s", tt.name, got.Body)
			}
			if got := has(t, w, w.Corp, "lisi", a.AgentID)[0]; !strings.HasSuffix(got, tt.lisi) {
				t.Errorf("%s: lisi has %s", tt.name, got)
			}
		}
		if got := has(t, w, w.Corp, "zhangsan", a.AgentID)[0]; !strings.HasSuffix(got, `"blue"}]}`) {
			t.Errorf("zhangsan has %s", got)
		}
	})
}

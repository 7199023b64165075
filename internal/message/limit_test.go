package message_test

import (
	"crypto/md5"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

// repeated writes a JSON list of n elements, each with its number for %d.
func repeated(element string, n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = strings.ReplaceAll(element, "%d", fmt.Sprint(i))
	}
	return "[" + strings.Join(list, ",") + "]"
}

// TestLimits walks each limit beyond which a message is refused: one below, at its value, one above.
func TestLimits(t *testing.T) {
	w := qiweitest.New(t)
	a := w.As(access.SelfBuilt)
	w.Receiver(a)
	w.As(access.ContactSync).Call("POST", "/cgi-bin/tag/create", `{"tagid":7,"tagname":"组"}`)
	w.As(access.ContactSync).Call("POST", "/cgi-bin/tag/addtagusers", `{"tagid":7,"userlist":["lisi"]}`)
	group := robot(w, w.Corp)
	to := func(field, element string) func(int) qiweitest.Result {
		return func(n int) qiweitest.Result {
			return send(a, `"`+field+`":"`+strings.Repeat(element+"|", n)+`",`+text("a"))
		}
	}
	tasks := 0
	card := func(base, name string, value func(int) string) func(int) qiweitest.Result {
		return func(n int) qiweitest.Result {
			tasks++
			return sendCard(a, "lisi", with(with(base, "task_id", fmt.Sprintf(`"t%d"`, tasks)), name, value(n)))
		}
	}
	list := func(element string) func(int) string {
		return func(n int) string { return repeated(element, n) }
	}
	long := func(before string, after string) func(int) string {
		return func(n int) string { return before + strings.Repeat("k", n) + after }
	}
	const option = `{"id":"o%d","text":"t"}`
	for _, l := range []struct {
		constant string // that the code has for it
		name     string
		most     int
		call     func(n int) qiweitest.Result
		code     int
	}{
		{"message.maxUsers", "members", 1000, to("touser", "lisi"), 40032},
		{"message.maxParties", "departments", 100, to("toparty", "2"), 82002},
		{"message.maxTags", "tags", 100, to("totag", "7"), 82003},
		{"message.maxChatID", "chatid", 32, func(n int) qiweitest.Result {
			return a.Call("POST", "/cgi-bin/appchat/create", `{"userlist":["zhangsan","lisi"],"chatid":"`+strings.Repeat("c", n)+`"}`)
		}, 86205},
		{"message.maxURL", "url", 2048, func(n int) qiweitest.Result {
			const head = "https://a.example/"
			return send(a, `"touser":"lisi","msgtype":"textcard","textcard":{"title":"t","description":"d","url":"`+head+strings.Repeat("u", n-len(head))+`"}`)
		}, 40058},
		{"message.maxText", "markdown", 2048, func(n int) qiweitest.Result {
			return send(a, `"touser":"lisi","msgtype":"markdown","markdown":{"content":"`+strings.Repeat("m", n)+`"}`)
		}, 40058},
		{"message.maxArticles", "news", 8, func(n int) qiweitest.Result {
			return send(a, `"touser":"lisi","msgtype":"news","news":{"articles":`+repeated(`{"title":"t","url":"https://a.example"}`, n)+`}`)
		}, 45008},
		{"message.maxAuthor", "author", 64, func(n int) qiweitest.Result {
			return send(a, `"touser":"lisi","msgtype":"mpnews","mpnews":{"articles":[{"title":"t","thumb_media_id":"`+upload(t, a)["image"]+`","author":"`+strings.Repeat("a", n)+`","content":"c"}]}`)
		}, 45032},
		{"message.maxItems", "items of a notice", 10, func(n int) qiweitest.Result {
			return send(a, `"touser":"lisi","msgtype":"miniprogram_notice","miniprogram_notice":{"appid":"wx0123456789abcdef","title":"会议室预订","content_item":`+repeated(`{"key":"k","value":"v"}`, n)+`}`)
		}, 90201},

		{"message.maxTaskID", "task_id", 128, func(n int) qiweitest.Result {
			return sendCard(a, "lisi", with(buttonCard, "task_id", `"`+strings.Repeat("i", n)+`"`))
		}, 42014},
		{"message.maxMenu", "action_menu", 3, card(noticeCard, "action_menu", func(n int) string { return `{"action_list":` + repeated(`{"text":"t","key":"k%d"}`, n) + `}` }), 40058},
		{"message.maxHorizontal", "horizontal_content_list", 6, card(noticeCard, "horizontal_content_list", list(`{"keyname":"k"}`)), 42035},
		{"message.maxVertical", "vertical_content_list", 4, card(newsCard, "vertical_content_list", list(`{"title":"t"}`)), 42036},
		{"message.maxJumps", "jump_list", 3, card(noticeCard, "jump_list", list(`{"title":"t"}`)), 42042},
		{"message.maxButtons", "button_list", 6, card(buttonCard, "button_list", list(`{"text":"t","key":"k%d"}`)), 42038},
		{"message.maxKey", "key of a button", 1024, card(buttonCard, "button_list", long(`[{"text":"t","key":"`, `"}]`)), 42039},
		{"message.maxOptions", "options of a selector", 10, card(buttonCard, "button_selection", func(n int) string { return `{"question_key":"q","option_list":` + repeated(option, n) + `}` }), 42037},
		{"message.maxKey", "question_key", 1024, card(buttonCard, "button_selection", long(`{"question_key":"`, `","option_list":[{"id":"o","text":"t"}]}`)), 42043},
		{"message.maxOptionID", "id of an option", 128, card(buttonCard, "button_selection", long(`{"question_key":"q","option_list":[{"id":"`, `","text":"t"}]}`)), 42040},
		{"message.maxChoices", "options of a vote", 20, card(voteCard, "checkbox", func(n int) string { return `{"question_key":"q","option_list":` + repeated(option, n) + `}` }), 42037},
		{"message.maxSelects", "select_list", 3, card(choiceCard, "select_list", list(`{"question_key":"q%d","option_list":[{"id":"o","text":"t"}]}`)), 42047},
		{"message.maxKey", "key of the submit button", 1024, card(voteCard, "submit_button", long(`{"text":"t","key":"`, `"}`)), 42046},

		{"message.maxRobotText", "text of a robot", 5120, func(n int) qiweitest.Result {
			return say(w, group.Key, `{"msgtype":"text","text":{"content":"`+strings.Repeat("a", n)+`"}}`)
		}, 40058},
		{"message.maxRobotMarkdown", "markdown of a robot", 4096, func(n int) qiweitest.Result {
			return say(w, group.Key, `{"msgtype":"markdown","markdown":{"content":"`+strings.Repeat("a", n)+`"}}`)
		}, 40058},
		{"message.maxRobotPicture", "picture of a robot", 2 << 20, func(n int) qiweitest.Result {
			picture := []byte("\xff\xd8\xff" + strings.Repeat("j", n-3))
			return say(w, group.Key, fmt.Sprintf(`{"msgtype":"image","image":{"base64":"%s","md5":"%x"}}`, base64.StdEncoding.EncodeToString(picture), md5.Sum(picture)))
		}, 93018},
	} {
		for n := l.most - 1; n <= l.most+1; n++ {
			want := 0
			if n > l.most {
				want = l.code
			}
			if got := l.call(n); got.ErrCode != want {
				t.Errorf("%s of %d, at most %d: %.300s; want %d", l.name, n, l.most, got.Body, want)
			}
		}
	}
}

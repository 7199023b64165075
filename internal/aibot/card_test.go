package aibot_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/aibot"
	"qiwei/internal/directory"
	"qiwei/internal/message"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

const vote = `{"card_type":"vote_interaction","main_title":{"title":"午饭"},"task_id":"t1","checkbox":{"question_key":"q","mode":1,"option_list":[{"id":"a","text":"面"},{"id":"b","text":"饭"},{"id":"c","text":"粥"}]},"submit_button":{"text":"交","key":"go"},"feedback":{"id":"f"}}`

// A member answers a card, which the robot replaces.
func TestCard(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		b, rc := listening(w, w.Corp)
		rc.Next(rc.Reply(`{"msgtype":"template_card","template_card":`+vote+`}`),
			rc.Reply(`{"response_type":"update_template_card","userids":["ZhangSan"],"template_card":{"card_type":"text_notice","main_title":{"title":"谢谢"},"task_id":"t1","card_action":{"type":1,"url":"https://a.example"}}}`))
		if err := say(w, w.Corp, "zhangsan", b.BotID, "a"); err != nil {
			t.Fatal(err)
		}
		w.Delivered()
		rc.Take()
		card := list(t, w, w.Corp, "zhangsan", b.BotID, "")[1]
		press := func(user string, a message.CardAnswer) error {
			return as(w, w.Corp, user, func(ctx context.Context, tx *store.Tx, m directory.Member) error {
				return w.Server.Bots.Press(ctx, tx, w.CorpID, m, card.No, a)
			})
		}
		if err := press("lisi", message.CardAnswer{}); err != message.ErrNoConversation {
			t.Errorf("another's card: %v", err)
		}
		if err := press("zhangsan", message.CardAnswer{Key: "nix"}); err == nil {
			t.Error("an unknown button was pressed")
		}
		if err := press("zhangsan", message.CardAnswer{Selected: map[string][]string{"q": {"a", "c"}}}); err != nil {
			t.Fatal(err)
		}
		w.Delivered()
		got := rc.Take()
		if len(got) != 1 {
			t.Fatalf("%d pushes", len(got))
		}
		p := read(t, got[0].Body)
		want := fmt.Sprintf(`{"msgid":%q,"create_time":%d,"aibotid":%q,"chattype":"single","from":{"userid":"zhangsan"},"response_url":%q,"msgtype":"event","event":{"eventtype":"template_card_event","template_card_event":{"card_type":"vote_interaction","event_key":"go","task_id":"t1","selected_items":{"selected_item":[{"question_key":"q","option_ids":{"option_id":["a","c"]}}]}}}}`,
			p.MsgID, w.Clock.Now().Unix(), b.BotID, p.ResponseURL)
		if string(got[0].Body) != want {
			t.Errorf("told\n%s, want\n%s", got[0].Body, want)
		}
		if now := list(t, w, w.Corp, "zhangsan", b.BotID, "")[1]; !strings.Contains(string(now.Body), "谢谢") || now.Judgeable {
			t.Errorf("zhangsan has %s", now.Body)
		}
	})
}

// A member judges an answer, and the robot is told under its own feedback id.
func TestFeedback(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		b, rc := listening(w, w.Corp)
		rc.Next(rc.Reply(`{"msgtype":"stream","stream":{"id":"s","finish":true,"content":"a","feedback":{"id":"FEEDBACKID"}}}`))
		if err := say(w, w.Corp, "zhangsan", b.BotID, "a"); err != nil {
			t.Fatal(err)
		}
		w.Delivered()
		rc.Take()
		msgs := list(t, w, w.Corp, "zhangsan", b.BotID, "")
		judge := func(no int64, f aibot.FeedbackGive) error {
			return as(w, w.Corp, "zhangsan", func(ctx context.Context, tx *store.Tx, m directory.Member) error {
				return w.Server.Bots.Judge(ctx, tx, w.CorpID, m, no, f)
			})
		}
		for _, tt := range []struct {
			name string
			no   int64
			f    aibot.FeedbackGive
			told string
		}{
			{"his own message", msgs[0].No, aibot.FeedbackGive{Type: 1}, ""},
			{"an unknown type", msgs[1].No, aibot.FeedbackGive{Type: 4}, ""},
			{"taking back nothing", msgs[1].No, aibot.FeedbackGive{Type: 3}, ""},
			{"an unknown reason", msgs[1].No, aibot.FeedbackGive{Type: 2, Reasons: []int64{5}}, ""},
			{"wrong", msgs[1].No, aibot.FeedbackGive{Type: 2, Content: "能再详细一些么", Reasons: []int64{2, 4}}, `{"id":"FEEDBACKID","type":2,"content":"能再详细一些么","inaccurate_reason_list":[2,4]}`},
			{"right", msgs[1].No, aibot.FeedbackGive{Type: 1, Content: "x"}, `{"id":"FEEDBACKID","type":1}`},
			{"neither", msgs[1].No, aibot.FeedbackGive{Type: 3}, `{"id":"FEEDBACKID","type":3}`},
		} {
			err := judge(tt.no, tt.f)
			if (err == nil) != (tt.told != "") {
				t.Errorf("%s: %v", tt.name, err)
			}
			w.Delivered()
			got := rc.Take()
			if tt.told == "" && len(got) == 0 {
				continue
			}
			if len(got) != 1 || !strings.HasSuffix(string(got[0].Body), `"event":{"eventtype":"feedback_event","feedback_event":`+tt.told+`}}`) {
				t.Errorf("%s: told %+v", tt.name, got)
			}
		}
		if got := list(t, w, w.Corp, "zhangsan", b.BotID, "")[1].Judged; got != 0 {
			t.Errorf("judged %d", got)
		}
	})
}

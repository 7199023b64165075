package customer_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestBlock: what a member whom the customer has blocked sends does not arrive. It counts as a removal once.
func TestBlock(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		lin := h.add(`{"userid":"zhangsan","name":"Lin"}`)
		of := func(more string) string {
			return fmt.Sprintf(`{"userid":"zhangsan","external_userid":%q%s}`, lin.External, more)
		}
		feedback := func() string {
			body := h.must("get_user_behavior_data", fmt.Sprintf(`{"userid":["zhangsan"],"start_time":%d,"end_time":%d}`, h.Clock.Now().Unix(), h.Clock.Now().Unix())).Body
			_, after, _ := strings.Cut(body, `"negative_feedback_cnt":`)
			return strings.SplitN(after, ",", 2)[0]
		}
		h.Corp.Events()
		h.done(h.Corp, "block", of(""), nil)
		h.done(h.Corp, "block", of(""), nil) // again is nothing new
		if status, text := h.script(h.CorpID, "send", of(`,"by":"member","text":"x"`)); status == 200 || !strings.Contains(text, "blocked") {
			t.Errorf("a blocked member wrote: %d %s", status, text)
		}
		h.done(h.Corp, "send", of(`,"text":"the customer may"`), nil)
		if got := as(h.app, "send_welcome_msg", fmt.Sprintf(`{"welcome_code":%q,"text":{"content":"x"}}`, lin.Code)); got.ErrCode != 84061 {
			t.Errorf("a welcome: %s", got.Body)
		}
		if n := feedback(); n != "1" {
			t.Errorf("negative_feedback_cnt %s, want 1", n)
		}
		if got := h.must("get", fmt.Sprintf(`{"external_userid":%q}`, lin.External)); got.ErrCode != 0 {
			t.Errorf("no contact any more: %s", got.Body)
		}
		h.done(h.Corp, "block", of(`,"blocked":false`), nil)
		h.done(h.Corp, "send", of(`,"by":"member","text":"x"`), nil)
		h.done(h.Corp, "block", of(""), nil)
		h.done(h.Corp, "remove", of(""), nil)
		if n := feedback(); n != "2" {
			t.Errorf("negative_feedback_cnt %s, want 2", n)
		}
		if status, text := h.script(h.CorpID, "block", of("")); status == 200 {
			t.Errorf("blocked by one who has removed the member: %s", text)
		}
		h.done(h.Corp, "add", of(`,"name":"Lin"`), nil)
		h.done(h.Corp, "send", of(`,"by":"member","text":"x"`), nil)
		if events := h.Corp.Events(); fmt.Sprint(events) != "[change_external_contact/del_follow_user change_external_contact/add_external_contact]" {
			t.Errorf("events %v", events)
		}
	})
}

package customer_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
)

// medical makes the enterprise one of the medical trade.
func (h *house) medical() {
	h.t.Helper()
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		c, err := h.Server.Corps.Corp(tx, h.CorpID)
		c.Medical = true
		if err != nil {
			return err
		}
		return h.Server.Corps.UpdateCorp(ctx, tx, c)
	})
}

// ended ends the sessions whose time is over.
func (h *house) ended() {
	h.t.Helper()
	if err := h.Server.Customers.EndDue(context.Background()); err != nil {
		h.t.Fatal(err)
	}
}

// TestTemporarySession: a code for one customer, who talks with the member for a time (doc 92228).
func TestTemporarySession(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.refused("add_contact_way", []refusal{{"by an enterprise of another trade", `{"type":1,"scene":2,"user":["zhangsan"],"is_temp":true}`, 48002}})
		h.medical()
		w := h.way(fmt.Sprintf(`{"type":1,"scene":2,"state":"desk","user":["zhangsan"],"is_temp":true,"chat_expires_in":3600,"unionid":"oLin",
			"conclusions":{"text":{"content":"早日康复"},"image":{"media_id":%q},"link":{"title":"not this","url":"https://a.example"}}}`, h.picture()))
		got := h.must("get_contact_way", `{"config_id":"`+w.ConfigID+`"}`)
		var shape struct {
			Way struct {
				Conclusions struct {
					Image struct {
						URL string `json:"pic_url"`
					} `json:"image"`
				} `json:"conclusions"`
			} `json:"contact_way"`
		}
		got.Decode(&shape)
		picture := shape.Way.Conclusions.Image.URL
		if want := fmt.Sprintf(`"party":[],"is_temp":true,"mark_source":true,"expires_in":604800,"chat_expires_in":3600,"unionid":"oLin","conclusions":{"text":{"content":"早日康复"},"image":{"pic_url":%q}}}}`, picture); !strings.HasSuffix(got.Body, want) || !strings.HasPrefix(picture, h.URL) {
			t.Errorf("%s, want …%s", got.Body, want)
		}
		if list := h.must("list_contact_way", `{}`); strings.Contains(list.Body, w.ConfigID) {
			t.Errorf("the list has a temporary way: %s", list.Body)
		}
		h.must("update_contact_way", `{"config_id":"`+w.ConfigID+`","expires_in":1209600,"chat_expires_in":7200,"conclusions":{"text":{"content":"再见"},"link":{"title":"路","url":"https://a.example/way"}}}`)
		if got := h.must("get_contact_way", `{"config_id":"`+w.ConfigID+`"}`); !strings.Contains(got.Body, `"expires_in":1209600,"chat_expires_in":7200,"unionid":"oLin","conclusions":{"text":{"content":"再见"},"link":{"title":"路","url":"https://a.example/way"}}`) {
			t.Errorf("updated: %s", got.Body)
		}

		if status, text := h.script(h.CorpID, "add", fmt.Sprintf(`{"config_id":%q,"name":"He","unionid":"oHe"}`, w.ConfigID)); status == 200 {
			t.Errorf("somebody else came: %s", text)
		}
		h.Corp.Events()
		lin := h.add(fmt.Sprintf(`{"config_id":%q,"name":"Lin","unionid":"oLin"}`, w.ConfigID))
		if status, text := h.script(h.CorpID, "add", fmt.Sprintf(`{"config_id":%q,"name":"He","unionid":"oLin"}`, w.ConfigID)); status == 200 {
			t.Errorf("a code was good twice: %s", text)
		}
		h.refused("update_contact_way", []refusal{{"a code that was used", `{"config_id":"` + w.ConfigID + `","state":"x"}`, 41044}})
		pair := fmt.Sprintf(`{"userid":"zhangsan","external_userid":%q}`, lin.External)
		send := strings.Replace(pair, "}", `,"text":"x"}`, 1)
		h.done(h.Corp, "send", send, nil)
		h.Advance(2*time.Hour - time.Second)
		h.ended()
		h.done(h.Corp, "send", send, nil)
		h.Advance(time.Second)
		h.ended()
		h.ended()
		if status, text := h.script(h.CorpID, "send", send); status == 200 {
			t.Errorf("written after the end: %s", text)
		}
		said := h.messages(h.CorpID, lin.External)
		if !strings.Contains(said, `"from":"conclusion","text":{"content":"再见"}`) || !strings.Contains(said, `"from":"conclusion","attachments":[{"msgtype":"link"`) || strings.Count(said, `"conclusion"`) != 2 {
			t.Errorf("the conclusion: %s", said)
		}
		if events := h.Corp.Events(); fmt.Sprint(events) != "[change_external_contact/add_external_contact]" {
			t.Errorf("events %v", events)
		}
		h.refused("close_temp_chat", []refusal{{"one that has ended", pair, 84061}})

		// They may meet again, for good.
		h.done(h.Corp, "add", strings.Replace(pair, "}", `,"name":"Lin"}`, 1), nil)
		h.Advance(30 * 24 * time.Hour)
		h.ended()
		h.done(h.Corp, "send", send, nil)
		h.refused("close_temp_chat", []refusal{{"one for good", pair, 84061}})
	})
}

// TestCloseTempChat: a session is closed once, by whoever sees the member, and the conclusion is said once.
func TestCloseTempChat(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.medical()
		w := h.way(`{"type":1,"scene":2,"user":["zhangsan"],"is_temp":true,"conclusions":{"text":{"content":"bye"}}}`)
		lin := h.add(fmt.Sprintf(`{"config_id":%q,"name":"Lin"}`, w.ConfigID))
		pair := func(user, external string) string {
			return fmt.Sprintf(`{"userid":%q,"external_userid":%q}`, user, external)
		}
		h.refused("close_temp_chat", []refusal{
			{"no member", `{"external_userid":"x"}`, 41009}, {"an unknown member", pair("nobody", lin.External), 60111}, {"no customer", `{"userid":"zhangsan"}`, 41035},
			{"an unknown customer", pair("zhangsan", "wmNobody"), 40096}, {"of another member", pair("lisi", lin.External), 84061},
		})
		if got := as(h.Second.WithApp(access.SelfBuilt, listed(access.Everything())), "close_temp_chat", pair("zhangsan", lin.External)); got.ErrCode != 40096 {
			t.Errorf("of the twin's: %s", got.Body)
		}
		var wg sync.WaitGroup
		codes := make(chan int, 2)
		for range 2 {
			wg.Go(func() { codes <- h.call("close_temp_chat", pair("zhangsan", lin.External)).ErrCode })
		}
		wg.Wait()
		if a, b := <-codes, <-codes; a+b != 84061 {
			t.Errorf("closed at once: %d and %d", a, b)
		}
		if said := h.messages(h.CorpID, lin.External); strings.Count(said, "bye") != 1 {
			t.Errorf("%s", said)
		}
		late := h.way(`{"type":1,"scene":2,"user":["zhangsan"],"is_temp":true,"expires_in":60}`)
		h.Advance(time.Minute)
		if status, text := h.script(h.CorpID, "add", fmt.Sprintf(`{"config_id":%q,"name":"He"}`, late.ConfigID)); status == 200 {
			t.Errorf("by a code whose time is over: %s", text)
		}
		h.must("del_contact_way", `{"config_id":"`+late.ConfigID+`"}`)
		h.refused("add_contact_way", []refusal{
			{"with several", `{"type":2,"scene":2,"user":["zhangsan"],"is_temp":true}`, 41039},
			{"an empty conclusion", `{"type":1,"scene":2,"user":["zhangsan"],"is_temp":true,"conclusions":{}}`, 40058},
			{"a picture of nobody", `{"type":1,"scene":2,"user":["zhangsan"],"is_temp":true,"conclusions":{"image":{"media_id":"x"}}}`, 40007},
			{"seconds below 0", `{"type":1,"scene":2,"user":["zhangsan"],"is_temp":true,"expires_in":-1}`, 40058},
		})
	})
}

// TestTemporaryWaysOfADay: a corp makes 100,000 in a day, which are none of its 500,000 ways.
func TestTemporaryWaysOfADay(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.medical()
		const one = `{"type":1,"scene":2,"user":["zhangsan"],"is_temp":true}`
		h.way(one)
		h.Write(func(ctx context.Context, tx *store.Tx) error { // as if so many had been made
			_, err := tx.Exec(`UPDATE customer_size SET temporary = temporary + 99998, ways = 500000 WHERE corpid = ?`, h.CorpID)
			return err
		})
		h.refused("add_contact_way", []refusal{{"the last", one, 0}, {"one too many", one, 41045}})
		h.Advance(24 * time.Hour)
		h.refused("add_contact_way", []refusal{{"on the next day", one, 0}})
	})
}

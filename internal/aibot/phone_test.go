package aibot_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"qiwei/internal/aibot"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// page sends what a page of this server sends for a signed-in member.
func page(t *testing.T, w *qiweitest.World, browser *http.Client, method, path, body string, headers ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(method, w.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Origin", w.URL)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := browser.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(raw)
}

// A member talks to a robot from their page.
func TestPhone(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		b, rc := listening(w, w.Corp)
		robot(w, w.Corp, aibot.Bot{Mode: aibot.WebSocket, Settings: aibot.Settings{Name: "另一个"}})
		zhangsan, lisi := w.SignIn("zhangsan"), w.SignIn("lisi")
		ask := func(method, path, body string, want int) string {
			t.Helper()
			status, answer := page(t, w, zhangsan, method, path, body)
			if status != want {
				t.Fatalf("%s %s: %d %s", method, path, status, answer)
			}
			w.Delivered()
			return answer
		}
		var bots struct{ Bots []aibot.Conversation }
		if err := json.Unmarshal([]byte(ask("GET", "/phone/api/bots", "", 200)), &bots); err != nil || len(bots.Bots) != 2 || bots.Bots[0].Last != nil {
			t.Fatalf("%+v %v", bots, err)
		}
		png := base64.StdEncoding.EncodeToString([]byte("\x89PNG\r\n\x1a\n"))
		rc.Next(rc.Reply(`{"msgtype":"text","text":{"content":"嗨"}}`),
			rc.Reply(`{"msgtype":"template_card","template_card":`+vote+`}`),
			rc.Reply(`{"response_type":"update_template_card","template_card":`+strings.Replace(vote, "午饭", "谢谢", 1)+`}`),
			qiweitest.Empty,
			rc.Reply(`{"msgtype":"stream","stream":{"id":"s","finish":true,"content":"图","msg_item":[{"msgtype":"image","image":{"base64":"`+png+`","md5":"`+sum("\x89PNG\r\n\x1a\n")+`"}}]}}`))
		ask("POST", "/phone/api/bots/enter", `{"bot":"`+b.BotID+`"}`, 200)
		ask("POST", "/phone/api/bots/messages", `{"bot":"`+b.BotID+`","msgtype":"text","content":"饭"}`, 200)
		var got struct{ Messages []aibot.Message }
		read := func() []aibot.Message {
			t.Helper()
			if err := json.Unmarshal([]byte(ask("GET", "/phone/api/bots/messages?bot="+b.BotID, "", 200)), &got); err != nil {
				t.Fatal(err)
			}
			return got.Messages
		}
		msgs := read()
		if len(msgs) != 3 || msgs[0].From != "bot" || msgs[1].From != "zhangsan" || msgs[2].MsgType != "template_card" || !msgs[2].Judgeable {
			t.Fatalf("%+v", msgs)
		}
		card := msgs[2].No
		ask("POST", "/phone/api/bots/cards", fmt.Sprintf(`{"no":%d,"selected":{"q":["a","b"]}}`, card), 200)
		ask("POST", "/phone/api/bots/feedback", fmt.Sprintf(`{"no":%d,"type":2,"content":"x","inaccurate_reason_list":[1]}`, card), 200)
		if m := read()[2]; !strings.Contains(string(m.Body), "谢谢") || m.Judged != 2 {
			t.Errorf("%+v", m)
		}
		ask("POST", "/phone/api/bots/messages", fmt.Sprintf(`{"bot":%q,"msgtype":"text","content":"图","quote":%d}`, b.BotID, card), 200)
		msgs = read()
		if msgs[4].Pictures != 1 || !strings.Contains(string(msgs[3].Quote), "template_card") {
			t.Fatalf("%+v", msgs)
		}
		picture := fmt.Sprintf("/phone/api/bots/pictures/%d/0", msgs[4].No)
		if got := ask("GET", picture, "", 200); got != "\x89PNG\r\n\x1a\n" {
			t.Errorf("picture %q", got)
		}
		if status, _ := page(t, w, lisi, "GET", picture, ""); status != 404 {
			t.Errorf("lisi gets it: %d", status)
		}
		if status, _ := page(t, w, lisi, "POST", "/phone/api/bots/cards", fmt.Sprintf(`{"no":%d}`, card)); status != 404 {
			t.Errorf("lisi presses: %d", status)
		}
		ask("GET", "/phone/api/bots/messages?bot=nix", "", 404)
		ask("GET", "/phone/api/bots/messages?bot="+b.BotID+"&limit=x", "", 400)
		ask("POST", "/phone/api/bots/messages", `{"bot":`, 400)
		if status, _ := page(t, w, http.DefaultClient, "GET", "/phone/api/bots", ""); status != 401 {
			t.Errorf("nobody: %d", status)
		}
		if status, _ := page(t, w, zhangsan, "POST", "/phone/api/bots/enter", `{}`, "Origin", "https://evil.example"); status != 403 {
			t.Errorf("another site: %d", status)
		}
	})
}

// What an enterprise deletes is gone, with the conversations of its robots.
func TestDelete(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		b, rc := listening(w, w.Corp)
		rc.Always(rc.Reply(`{"msgtype":"stream","stream":{"id":"s","content":"…"}}`))
		if err := say(w, w.Corp, "zhangsan", b.BotID, "a"); err != nil {
			t.Fatal(err)
		}
		taken(t, w, rc, 1)
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			return w.Server.Bots.DeleteBot(ctx, tx, w.CorpID, b.BotID)
		})
		refreshed(t, w)
		taken(t, w, rc, 0)
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			for _, table := range []string{"bot_message", "bot_turn"} {
				if n, err := tx.Count(`SELECT count(*) FROM `+table+` WHERE bot = ?`, b.No); err != nil || n != 0 {
					t.Errorf("%d rows of %s are left: %v", n, table, err)
				}
			}
			return nil
		})
	})
}

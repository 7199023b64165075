package mcp_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/aibot"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// signed is a request of the command-line client.
func signed(b aibot.Bot, at time.Time, nonce string) qiweitest.JSON {
	sum := sha256.Sum256([]byte(b.Secret + b.BotID + fmt.Sprint(at.Unix()) + nonce))
	return qiweitest.JSON{"bot_id": b.BotID, "time": at.Unix(), "nonce": nonce, "signature": hex.EncodeToString(sum[:]), "bind_source": 1, "cli_version": "0.1.9"}
}

func (h *house) cli(call string, body qiweitest.JSON) qiweitest.JSON {
	h.t.Helper()
	_, got := h.Browser().PostJSON("/cgi-bin/aibot/cli/"+call, body)
	return got
}

func TestSignatures(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		now := h.Clock.Now()
		with := func(change func(qiweitest.JSON)) qiweitest.JSON {
			out := signed(h.bot, now, id.Letters(16))
			change(out)
			return out
		}
		replayed := signed(h.bot, now, "replayed")
		for _, tt := range []struct {
			name string
			body qiweitest.JSON
			code int
		}{
			{"signed", replayed, 0},
			{"again", replayed, 853000},
			{"another nonce", signed(h.bot, now, "fresh"), 0},
			{"ten minutes ago", signed(h.bot, now.Add(-10*time.Minute), "a"), 0},
			{"a second more", signed(h.bot, now.Add(-10*time.Minute-time.Second), "b"), 853000},
			{"in ten minutes", signed(h.bot, now.Add(10*time.Minute), "c"), 0},
			{"a second more", signed(h.bot, now.Add(10*time.Minute+time.Second), "d"), 853000},
			{"the longest nonce", signed(h.bot, now, strings.Repeat("n", 128)), 0},
			{"a longer one", signed(h.bot, now, strings.Repeat("n", 129)), 40058},
			{"no nonce", signed(h.bot, now, ""), 40058},
			{"upper case", with(func(b qiweitest.JSON) { b["signature"] = strings.ToUpper(b.Text("signature")) }), 853000},
			{"another's secret", signed(aibot.Bot{BotID: h.bot.BotID, Secret: "x"}, now, "e"), 853000},
			{"an unknown robot", signed(aibot.Bot{BotID: "aibnix", Secret: h.bot.Secret}, now, "f"), 93019},
			{"the time as a text", with(func(b qiweitest.JSON) { b["time"] = fmt.Sprint(now.Unix()) }), 0},
			{"nothing", qiweitest.JSON{}, 93019},
		} {
			if got := h.cli("get_mcp_config", tt.body); got.Code() != tt.code || tt.code == 0 && len(got.List("list")) != 6 {
				t.Errorf("%s: %v", tt.name, got)
			}
		}
		// Of two that come at once with one nonce, one is taken.
		body := signed(h.bot, now, "twice")
		codes := make([]int, 4)
		var all sync.WaitGroup
		for i := range codes {
			all.Go(func() { codes[i] = h.cli("get_mcp_config", body).Code() })
		}
		all.Wait()
		taken := 0
		for _, code := range codes {
			if code == 0 {
				taken++
			} else if code != 853000 {
				t.Errorf("at once: %d", code)
			}
		}
		if taken != 1 {
			t.Errorf("at once: %v", codes)
		}
		// Nonces are forgotten once their time cannot be signed any more.
		h.Advance(21 * time.Minute)
		if err := h.Server.Tools.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := h.cli("get_mcp_config", signed(h.bot, h.Clock.Now(), "replayed")); got.Code() != 0 {
			t.Errorf("much later: %v", got)
		}
		if got := h.cli("get_mcp_config", replayed); got.Code() != 853000 {
			t.Errorf("the first one, much later: %v", got)
		}
	})
}

// The address that the command-line client is given works, and its token instead of the key.
func TestCommandLine(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.allow("zhangsan", "contact")
		got := h.cli("get_mcp_config", signed(h.bot, h.Clock.Now(), "a"))
		if lines := strings.Join(qiweitest.Lines(got.List("list"), "biz_type", "type", "is_authed"), ", "); lines != "contact streamable-http true, doc streamable-http false, meeting streamable-http false, msg streamable-http false, schedule streamable-http false, todo streamable-http false" {
			t.Errorf("list: %s", lines)
		}
		if url := got.Text("list.0.url"); url != h.address("contact") || h.use(url, "get_userlist", nil).Code() != 0 {
			t.Errorf("the address: %s", url)
		}
		token := h.cli("get_cli_config", signed(h.bot, h.Clock.Now(), "b")).Text("token")
		at, bearer := h.URL+"/mcp/bot/contact", []string{"Authorization", "Bearer " + token}
		if got := h.use(at, "get_userlist", nil, bearer...); got.Code() != 0 {
			t.Errorf("by the token: %v", got)
		}
		if got := h.use(at, "get_userlist", nil, "Authorization", "Bearer nix"); got.Code() != 853004 {
			t.Errorf("by another: %v", got)
		}
		h.Advance(2*time.Hour - time.Second)
		if got := h.use(at, "get_userlist", nil, bearer...); got.Code() != 0 {
			t.Errorf("a second before its end: %v", got)
		}
		h.Advance(time.Second)
		if got := h.use(at, "get_userlist", nil, bearer...); got.Code() != 853004 {
			t.Errorf("at its end: %v", got)
		}
	})
}

// The command-line client is for enterprises of at most ten members.
func TestSmallEnterprises(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		add := func(n int) {
			h.Write(func(ctx context.Context, tx *store.Tx) error {
				for range n {
					user := "m" + id.Letters(8)
					m := directory.Member{UserID: id.UserID(user), Name: "新人", Enabled: true, Email: user + "@corp.example", Places: []directory.Place{{Department: 3}}}
					if _, _, err := h.Server.Directory.CreateMember(ctx, tx, access.System(h.CorpID), m, false); err != nil {
						return err
					}
				}
				return nil
			})
		}
		for _, tt := range []struct{ more, code int }{{7, 0}, {1, 853001}} {
			add(tt.more)
			for _, call := range []string{"get_mcp_config", "get_cli_config"} {
				if got := h.cli(call, signed(h.bot, h.Clock.Now(), id.Letters(9))); got.Code() != tt.code {
					t.Errorf("%s with %d more members: %v", call, tt.more, got)
				}
			}
		}
	})
}

// A program that lacks the permission for documents has a card sent to the member, which leads to the page.
func TestCard(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		ask := func(body qiweitest.JSON) int {
			t.Helper()
			code, _ := h.cmd("aibot_send_biz_msg", body)
			return code
		}
		single := qiweitest.JSON{"biz_type": 1, "userid": "zhangsan", "chat_id": "zhangsan", "chat_type": 1}
		if code := ask(single); code != 93006 {
			t.Errorf("before the member spoke: %d", code)
		}
		zhang := h.Phone("zhangsan")
		zhang.Does("bots/messages", 200, qiweitest.JSON{"bot": h.bot.BotID, "msgtype": "text", "content": "写个文档"})
		for _, tt := range []struct {
			name string
			body qiweitest.JSON
			code int
		}{
			{"to the member", single, 0},
			{"by the userid alone", qiweitest.JSON{"biz_type": 1, "userid": "zhangsan"}, 0},
			{"of another kind", qiweitest.JSON{"biz_type": 2, "userid": "zhangsan"}, 40058},
			{"to a chat that is none", qiweitest.JSON{"biz_type": 1, "chat_id": "ZHANGSAN1", "chat_type": 2}, 93006},
			{"to nobody", qiweitest.JSON{"biz_type": 1}, 93006},
		} {
			if code := ask(tt.body); code != tt.code {
				t.Errorf("%s: %d", tt.name, code)
			}
		}
		list := zhang.Ask("bots/messages?bot=" + h.bot.BotID).List("messages")
		card := qiweitest.First(list, -1)
		if len(list) != 3 || card.Text("msgtype") != "template_card" || card.Text("body.card_action.url") != h.URL+"/phone/robots/"+h.bot.BotID+"?biz_type=doc" {
			t.Errorf("zhangsan has %v", list)
		}
	})
}

// The gateway of newer clients is not built, and says so as they read it.
func TestGatewayIsNotBuilt(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		for _, path := range []string{"service/discovery", "todo/create", "x"} {
			status, _, body := h.post(h.URL+"/cli/"+path, `{"payload":"{}"}`, "Authorization", "Bearer x")
			if status != 200 || !strings.Contains(body, `"errcode":48002`) || !strings.Contains(body, "not built in qiwei: /cli/"+path) {
				t.Errorf("%s: %d %s", path, status, body)
			}
		}
	})
}

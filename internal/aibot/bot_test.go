package aibot_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/aibot"
	"qiwei/internal/directory"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// A conversation is read by pages, from its end, and one page has at most two hundred messages.
func TestPagesOfAConversation(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		b := robot(w, w.Corp, aibot.Bot{Mode: aibot.WebSocket})
		read := func(before int64, limit int) (numbers []int64) {
			t.Helper()
			if err := as(w, w.Corp, "lisi", func(ctx context.Context, tx *store.Tx, m directory.Member) error {
				list, err := w.Server.Bots.Messages(ctx, tx, w.CorpID, m, b.BotID, "", before, limit)
				for _, one := range list {
					numbers = append(numbers, one.No)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return numbers
		}
		if err := as(w, w.Corp, "lisi", func(ctx context.Context, tx *store.Tx, m directory.Member) error {
			other, err := w.Server.Directory.Member(ctx, tx, access.System(w.CorpID), "zhangsan")
			if err != nil {
				return err
			}
			for n := range 203 {
				who := []directory.Member{m, other}[:1+(n%100)/99] // now and then the other, in a conversation of his own
				for _, m := range who {
					if _, err := w.Server.Bots.Write(ctx, tx, w.CorpID, m, b.BotID, "", aibot.Written{MsgType: "text", Content: fmt.Sprint(n)}); err != nil {
						return err
					}
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		all := append(read(read(0, 200)[0], 200), read(0, 200)...)
		if len(all) != 203 {
			t.Fatalf("%d messages", len(all))
		}
		for _, tt := range []struct {
			before   int64
			limit    int
			from, to int // of all
		}{
			{0, 0, 3, 203}, {0, 200, 3, 203}, {0, 201, 3, 203}, {0, 199, 4, 203}, {0, 2, 201, 203}, {0, -1, 3, 203}, {-1, 1, 202, 203},
			{all[202], 2, 200, 202}, {all[2], 5, 0, 2}, {all[0], 5, 0, 0}, {all[201], 1, 200, 201},
		} {
			if got, want := fmt.Sprint(read(tt.before, tt.limit)), fmt.Sprint(all[tt.from:tt.to]); got != want {
				t.Errorf("%d before %d: %s, want %s", tt.limit, tt.before, got, want)
			}
		}
	})
}

// What a robot must be: it has a name, one of two modes, and where it is called back an address that can be one.
func TestWhatARobotIs(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		b := robot(w, w.Corp, aibot.Bot{Mode: aibot.Webhook})
		if len(b.BotID) != 32 || len(b.Token) != 24 || len(b.AESKey) != 43 || b.Secret == "" {
			t.Errorf("what is not given is drawn: %+v", b)
		}
		for _, tt := range []struct {
			name   string
			change func(*aibot.Bot)
			fine   bool
		}{
			{"as it is", func(*aibot.Bot) {}, true},
			{"a name of one character", func(b *aibot.Bot) { b.Name = "甲" }, true},
			{"a name of as many as there may be", func(b *aibot.Bot) { b.Name = strings.Repeat("名", 32) }, true},
			{"a name of one more", func(b *aibot.Bot) { b.Name = strings.Repeat("名", 33) }, false},
			{"no name", func(b *aibot.Bot) { b.Name = " " }, false},
			{"the long connection", func(b *aibot.Bot) { b.Mode = aibot.WebSocket }, true},
			{"neither mode", func(b *aibot.Bot) { b.Mode = "smoke" }, false},
			{"an address", func(b *aibot.Bot) { b.URL = "https://a.example/bot" }, true},
			{"what is no address", func(b *aibot.Bot) { b.URL = "a.example" }, false},
			{"an address with a bad key", func(b *aibot.Bot) { b.URL, b.AESKey = "https://a.example/bot", "x" }, false},
			{"a bad key that nobody uses", func(b *aibot.Bot) { b.AESKey = "x" }, true},
		} {
			changed := b
			tt.change(&changed)
			err := w.Server.Store.Write(context.Background(), func(tx *store.Tx) error { return w.Server.Bots.UpdateBot(context.Background(), tx, changed) })
			if (err == nil) != tt.fine {
				t.Errorf("%s: %v", tt.name, err)
			}
			w.Write(func(ctx context.Context, tx *store.Tx) error {
				now, err := w.Server.Bots.Bot(tx, w.CorpID, b.BotID)
				if err == nil && tt.fine && (now.Name != strings.TrimSpace(changed.Name) || now.Mode != changed.Mode || now.URL != changed.URL || now.AESKey != changed.AESKey) {
					t.Errorf("%s: it is %+v", tt.name, now)
				}
				return err
			})
			made := changed
			made.BotID, made.No, made.Secret = "", 0, ""
			err = w.Server.Store.Write(context.Background(), func(tx *store.Tx) error {
				_, err := w.Server.Bots.CreateBot(context.Background(), tx, made)
				return err
			})
			if (err == nil) != tt.fine {
				t.Errorf("made, %s: %v", tt.name, err)
			}
		}
	})
}

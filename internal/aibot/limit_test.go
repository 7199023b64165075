package aibot_test

import (
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/aibot"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// TestLimitsAtTheirValue walks each limit of a robot: one below, at its value, one above.
func TestLimitsAtTheirValue(t *testing.T) {
	w := qiweitest.New(t)
	b := connected(w, w.Corp)
	p := subscribed(t, w.URL, b)
	if err := say(w, w.Corp, "zhangsan", b.BotID, "a"); err != nil {
		t.Fatal(err)
	}
	p.next("aibot_msg_callback")
	send := func(format string) func(int) bool {
		return func(n int) bool {
			code, _ := p.call("aibot_send_msg", "", fmt.Sprintf(format, strings.Repeat("a", n)))
			return code == 0
		}
	}
	newRobot := func() aibot.Bot { return robot(w, w.Corp, aibot.Bot{Mode: aibot.WebSocket}) }
	begin := func(size, chunks int) (key string, ok bool) {
		code, body := subscribed(t, w.URL, newRobot()).call( // a robot has eight under way at most
			"aibot_upload_media_init", "", fmt.Sprintf(`{"type":"file","filename":"a.txt","total_size":%d,"total_chunks":%d}`, size, chunks))
		var made struct {
			UploadID string `json:"upload_id"`
		}
		json.Unmarshal(body, &made)
		return made.UploadID, code == 0
	}
	mixed := func(n int) aibot.Written {
		m := aibot.Written{MsgType: "mixed"}
		for range n {
			m.Items = append(m.Items, aibot.WrittenItem{MsgType: "text", Content: "a"})
		}
		return m
	}
	answer := func(body string) bool {
		b := newRobot()
		p := subscribed(t, w.URL, b)
		if err := say(w, w.Corp, "zhangsan", b.BotID, "a"); err != nil {
			t.Fatal(err)
		}
		f, _ := p.next("aibot_msg_callback")
		code, _ := p.call("aibot_respond_msg", fmt.Sprint(f.Headers["req_id"]), body)
		return code == 0
	}
	for _, l := range []struct {
		constant string // that the code has for it
		name     string
		least    int // 0: none is walked
		most     int
		taken    func(n int) bool
	}{
		{"aibot.maxName", "characters of a name", 1, 32, func(n int) bool {
			err := w.Server.Store.Write(context.Background(), func(tx *store.Tx) error {
				_, err := w.Server.Bots.CreateBot(context.Background(), tx, aibot.Bot{CorpID: w.CorpID, Mode: aibot.WebSocket,
					Settings: aibot.Settings{Name: strings.Repeat("名", n), Range: access.Everything()}})
				return err
			})
			return err == nil
		}},
		{"aibot.maxContent", "bytes of a markdown", 1, 20480, send(`{"chatid":"zhangsan","msgtype":"markdown","markdown":{"content":"%s"}}`)},
		{"aibot.maxFeedback", "bytes of a feedback's id", 0, 256, send(`{"chatid":"zhangsan","msgtype":"markdown","markdown":{"content":"a","feedback":{"id":"%s"}}}`)},
		{"aibot.maxText", "bytes that a member writes", 1, 20480, func(n int) bool { return say(w, w.Corp, "zhangsan", newRobot().BotID, strings.Repeat("a", n)) == nil }},
		{"aibot.maxItems", "parts of a mixed message", 1, 20, func(n int) bool { return write(w, w.Corp, "zhangsan", newRobot().BotID, "", mixed(n)) == nil }},
		{"aibot.maxStreamID", "bytes of a stream's id", 1, 256, func(n int) bool {
			return answer(`{"msgtype":"stream","stream":{"id":"` + strings.Repeat("a", n) + `","content":"a","finish":true}}`)
		}},
		{"aibot.maxPictures", "pictures of a stream", 0, 10, func(n int) bool {
			const picture = `{"msgtype":"image","image":{"base64":"iVBORw0KGgo=","md5":"E9DD2797018CAD79186E03E8C5AEC8DC"}},`
			return answer(`{"msgtype":"stream","stream":{"id":"s","content":"a","finish":true,"msg_item":[` + strings.TrimSuffix(strings.Repeat(picture, n), ",") + `]}}`)
		}},
		{"aibot.maxPicture", "bytes of a stream's picture", 0, 10 << 20, func(n int) bool {
			picture := []byte("\x89PNG\r\n\x1a\n" + strings.Repeat("p", n-8))
			return answer(fmt.Sprintf(`{"msgtype":"stream","stream":{"id":"s","content":"a","finish":true,"msg_item":[{"msgtype":"image","image":{"base64":"%s","md5":"%x"}}]}}`,
				base64.StdEncoding.EncodeToString(picture), md5.Sum(picture)))
		}},
		{"aibot.maxTotal", "bytes of an upload", 5, 20 << 20, func(n int) bool { _, ok := begin(n, 100); return ok }},
		{"aibot.maxChunks", "chunks of an upload", 1, 100, func(n int) bool { _, ok := begin(1000, n); return ok }},
		{"aibot.maxChunk", "bytes of a chunk", 1, 512 << 10, func(n int) bool {
			p := subscribed(t, w.URL, newRobot())
			code, body := p.call("aibot_upload_media_init", "", `{"type":"file","filename":"a.txt","total_size":1000000,"total_chunks":2}`)
			var made struct {
				UploadID string `json:"upload_id"`
			}
			json.Unmarshal(body, &made)
			if code != 0 {
				t.Errorf("an upload is refused: %d", code)
			}
			code, _ = p.call("aibot_upload_media_chunk", "", fmt.Sprintf(`{"upload_id":%q,"chunk_index":0,"base64_data":%q}`, made.UploadID, base64.StdEncoding.EncodeToString([]byte(strings.Repeat("a", n)))))
			return code == 0
		}},
	} {
		walk := []int{l.most - 1, l.most, l.most + 1}
		if l.least > 0 {
			walk = append(walk, l.least-1, l.least, l.least+1)
		}
		for _, n := range walk {
			if got, want := l.taken(n), n >= l.least && n <= l.most; got != want {
				t.Errorf("%d %s: taken %v", n, l.name, got)
			}
		}
	}
}

// Another enterprise's robots do not exist here, even if their ids are known.
func TestRobotsOfATwin(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		mine, other := connected(w, w.Corp), connected(w, w.Second)
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			for _, tt := range []struct {
				corp string
				bot  aibot.Bot
				own  bool
			}{{w.CorpID, mine, true}, {w.CorpID, other, false}, {w.Second.CorpID, other, true}, {w.Second.CorpID, mine, false}} {
				b, err := w.Server.Bots.Bot(tx, tt.corp, tt.bot.BotID)
				if own := err == nil && b.No == tt.bot.No; own != tt.own || !own && !errors.Is(err, aibot.ErrNotFound) {
					t.Errorf("%s of %s: %+v, %v", tt.bot.BotID, tt.corp, b, err)
				}
			}
			for corp, want := range map[string]aibot.Bot{w.CorpID: mine, w.Second.CorpID: other} {
				list, err := w.Server.Bots.Bots(tx, corp)
				if err != nil || len(list) != 1 || list[0].No != want.No {
					t.Errorf("robots of %s: %+v, %v", corp, list, err)
				}
			}
			if err := w.Server.Bots.DeleteBot(ctx, tx, w.CorpID, other.BotID); !errors.Is(err, aibot.ErrNotFound) {
				t.Errorf("deleted another enterprise's: %v", err)
			}
			return nil
		})
	})
}

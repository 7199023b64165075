package message_test

import (
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/message"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// robot puts a robot into a new chat of zhangsan and lisi.
func robot(w *qiweitest.World, c *qiweitest.Corp) message.Robot {
	c.As(access.SelfBuilt).Call("POST", "/cgi-bin/appchat/create", `{"name":"群","userlist":["zhangsan","lisi"],"chatid":"r1"}`)
	var r message.Robot
	w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
		r, err = w.Server.Messages.CreateRobot(ctx, tx, c.CorpID, "r1", "机器人")
		return err
	})
	return r
}

func say(w *qiweitest.World, key, body string) qiweitest.Result {
	return w.Send("POST", "/cgi-bin/webhook/send?key="+key, body)
}

func TestRobots(t *testing.T) {
	picture := "\x89PNG\r\n\x1a\n" + strings.Repeat("p", 100)
	sum := md5.Sum([]byte(picture))
	image := func(content, sum string) string {
		return `{"msgtype":"image","image":{"base64":"` + base64.StdEncoding.EncodeToString([]byte(content)) + `","md5":"` + sum + `"}}`
	}
	large := "\xff\xd8\xff" + strings.Repeat("j", 2<<20)
	card := func(c string) string { return `{"msgtype":"template_card","template_card":` + c + `}` }
	for _, tt := range []struct {
		name, body string
		code       int
		want       string
	}{
		{"a text", `{"msgtype":"text","text":{"content":"你好","mentioned_list":["lisi","@all"],"mentioned_mobile_list":["13800000001"]}}`, 0,
			`text {"content":"你好","mentioned_list":["lisi","@all"],"mentioned_mobile_list":["13800000001"]}`},
		{"a text of 5120 bytes", `{"msgtype":"text","text":{"content":"` + strings.Repeat("a", 5120) + `"}}`, 0, ""},
		{"a longer one", `{"msgtype":"text","text":{"content":"` + strings.Repeat("a", 5121) + `"}}`, 40058, ""},
		{"an empty one", `{"msgtype":"text","text":{"content":""}}`, 44004, ""},
		{"markdown", `{"msgtype":"markdown","markdown":{"content":"# a <@lisi>"}}`, 0, `markdown {"content":"# a <@lisi>"}`},
		{"markdown of 4097 bytes", `{"msgtype":"markdown","markdown":{"content":"` + strings.Repeat("a", 4097) + `"}}`, 40058, ""},
		{"markdown_v2", `{"msgtype":"markdown_v2","markdown_v2":{"content":"| a |\n|--|"}}`, 0, `markdown_v2 {"content":"| a |\n|--|"}`},
		{"a picture", image(picture, hex.EncodeToString(sum[:])), 0, fmt.Sprintf(`image {"md5":"%x","size":108}`, sum)},
		{"a picture with another's md5", image(picture, md5Of("x")), 301019, ""},
		{"a large picture", image(large, md5Of(large)), 93018, ""},
		{"no picture", image("text", md5Of("text")), 40009, ""},
		{"no base64", `{"msgtype":"image","image":{"base64":"*","md5":"x"}}`, 40058, ""},
		{"news", `{"msgtype":"news","news":{"articles":[{"title":"t","url":"https://a.example","picurl":"https://a.example/p"}]}}`, 0,
			`news {"articles":[{"title":"t","url":"https://a.example","picurl":"https://a.example/p"}]}`},
		{"no articles", `{"msgtype":"news","news":{"articles":[]}}`, 45008, ""},
		{"a file that there is not", `{"msgtype":"file","file":{"media_id":"x"}}`, 40007, ""},
		{"a card", card(noticeCard), 0, "template_card " + noticeCard},
		{"a card without title", card(with(noticeCard, "main_title", "null")), 40063, ""},
		{"a card with news", card(newsCard), 0, ""},
		{"one without picture", card(with(with(newsCard, "card_image", "null"), "image_text_area", `{"image_url":"https://a.example/i"}`)), 42044, ""},
		{"a card with buttons", card(buttonCard), 42031, ""},
		{"an unknown type", `{"msgtype":"video"}`, 40008, ""},
		{"a type that is spelled otherwise", `{"msg_type":"text","text":{"content":"a"}}`, 40008, ""},
		{"an empty object", `{}`, 40008, ""},
		{"nothing", ``, 40008, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
				r := robot(w, w.Corp)
				robot(w, w.Second)
				if got := say(w, r.Key, tt.body); got.ErrCode != tt.code {
					t.Errorf("%.300s", got.Body)
				}
				place := message.Place{AgentID: w.As(access.SelfBuilt).AgentID, ChatID: "r1"}
				got := hasAt(t, w, w.Corp, "lisi", place)
				switch {
				case tt.code != 0 && len(got) > 0, tt.code == 0 && len(got) != 1:
					t.Errorf("lisi has %.300q", got)
				case tt.want != "" && got[0] != tt.want:
					t.Errorf("lisi has %q, want %q", got, tt.want)
				}
				if got := hasAt(t, w, w.Second, "lisi", message.Place{AgentID: w.Second.As(access.SelfBuilt).AgentID, ChatID: "r1"}); len(got) > 0 {
					t.Errorf("lisi of the other enterprise has %q", got)
				}
			})
		})
	}
}

func TestRobotKeys(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		r := robot(w, w.Corp)
		hello := `{"msgtype":"text","text":{"content":"a"}}`
		for _, tt := range []struct {
			name, key string
			code      int
		}{
			{"its key", r.Key, 0},
			{"no key", "", 93000},
			{"nonsense", "x", 93000},
			{"another's", "693a91f6-7aoc-4bc4-97a0-0ec2sifa5aaa", 93000},
		} {
			if got := say(w, tt.key, hello); got.ErrCode != tt.code {
				t.Errorf("%s: %s", tt.name, got.Body)
			}
		}
		change := func(do func(context.Context, *store.Tx) error) {
			w.Write(do)
		}
		change(func(ctx context.Context, tx *store.Tx) error {
			return w.Server.Messages.SwitchRobot(ctx, tx, w.CorpID, r.Key, true)
		})
		if got := say(w, r.Key, hello); got.ErrCode != 93004 {
			t.Errorf("switched off: %s", got.Body)
		}
		change(func(ctx context.Context, tx *store.Tx) error {
			list, err := w.Server.Messages.Robots(tx, w.CorpID)
			if len(list) != 1 || list[0].Key != r.Key || !list[0].Disabled {
				t.Errorf("robots %+v", list)
			}
			if err == nil {
				err = w.Server.Messages.DeleteRobot(ctx, tx, w.CorpID, r.Key)
			}
			return err
		})
		if got := say(w, r.Key, hello); got.ErrCode != 93000 {
			t.Errorf("removed: %s", got.Body)
		}
	})
}

func TestRobotLimit(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		r := robot(w, w.Corp)
		for i := range 21 {
			want := 0
			if i == 20 {
				want = 45009
			}
			if got := say(w, r.Key, `{"msgtype":"text","text":{"content":"a"}}`); got.ErrCode != want {
				t.Errorf("message %d: %s", i+1, got.Body)
			}
		}
		w.Advance(time.Minute)
		if got := say(w, r.Key, `{"msgtype":"text","text":{"content":"a"}}`); got.ErrCode != 0 {
			t.Errorf("a minute later: %s", got.Body)
		}
	}, qiweitest.WithLimits())
}

func md5Of(s string) string { h := md5.Sum([]byte(s)); return hex.EncodeToString(h[:]) }

package message_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/message"
	"qiwei/internal/store"
	"qiwei/internal/wire"
	"qiwei/qiweitest"
)

// An administrator sees, counts and withdraws the messages of his own enterprise,
// and has to name another's in vain.
func TestSent(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		say := func(c *qiweitest.Corp, content string) {
			t.Helper()
			if got := c.As(access.SelfBuilt).Call("POST", "/cgi-bin/message/send",
				`{"touser":"zhangsan|lisi","msgtype":"text","agentid":1000002,"text":{"content":"`+content+`"}}`); got.ErrCode != 0 {
				t.Fatal(got.Body)
			}
		}
		say(w.Corp, "一")
		say(w.Second, "二")
		say(w.Corp, "三")
		sent := func(c *qiweitest.Corp, f message.SentFilter) (list []message.SentMessage, texts string) {
			t.Helper()
			f.Limit = 10
			w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
				list, err = w.Server.Messages.Sent(ctx, tx, access.System(c.CorpID), f)
				return err
			})
			for _, m := range list {
				texts += string(m.Body)
			}
			return list, texts
		}
		ours, texts := sent(w.Corp, message.SentFilter{})
		if texts != `{"content":"三"}{"content":"一"}` || ours[0].Copies != 2 || ours[0].Pending || !ours[0].Recalled.IsZero() || !ours[0].SentAt.Equal(qiweitest.Start) {
			t.Fatalf("%s: %+v", texts, ours)
		}
		theirs, texts := sent(w.Second, message.SentFilter{})
		if texts != `{"content":"二"}` {
			t.Fatalf("theirs: %s", texts)
		}
		for name, f := range map[string]message.SentFilter{
			"by its text": {Text: "一"}, "by its place": {Before: ours[0].No}, "by all": {Text: "一", MsgType: "text", AgentID: 1000002, Before: ours[0].No},
		} {
			if _, texts := sent(w.Corp, f); texts != `{"content":"一"}` {
				t.Errorf("%s: %s", name, texts)
			}
		}
		for name, f := range map[string]message.SentFilter{"of another type": {MsgType: "image"}, "with other text": {Text: "二"}, "before the first": {Before: ours[1].No}} {
			if _, texts := sent(w.Corp, f); texts != "" {
				t.Errorf("%s: %s", name, texts)
			}
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			messages, by := w.Server.Messages, access.System(w.CorpID)
			list, total, err := messages.Holders(ctx, tx, by, ours[0].No, 1)
			if err != nil || total != 2 || len(list) != 1 || list[0].UserID != "zhangsan" {
				t.Errorf("who has it: %+v of %d, %v", list, total, err)
			}
			list, total, err = messages.Holders(ctx, tx, by, theirs[0].No, 10)
			if err != nil || total != 0 || list != nil {
				t.Errorf("who has another enterprise's: %+v of %d, %v", list, total, err)
			}
			if err := messages.Withdraw(ctx, tx, by, theirs[0].No); !errors.Is(err, wire.ErrParameter) {
				t.Errorf("withdraw another enterprise's: %v", err)
			}
			return messages.Withdraw(ctx, tx, by, ours[0].No)
		})
		if list, _ := sent(w.Second, message.SentFilter{}); !list[0].Recalled.IsZero() {
			t.Error("withdrawn by another enterprise")
		}
		if list, _ := sent(w.Corp, message.SentFilter{}); !list[0].Recalled.Equal(qiweitest.Start) || !list[1].Recalled.IsZero() {
			t.Errorf("withdrawn: %+v", list)
		}
		w.Advance(24*time.Hour + time.Millisecond)
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			if err := w.Server.Messages.Withdraw(ctx, tx, access.System(w.CorpID), ours[1].No); !errors.Is(err, message.ErrTooOld) {
				t.Errorf("a day later: %v", err)
			}
			return nil
		})
	})
}

// What is on its way to everybody in one enterprise is on its way to nobody in
// another.
func TestOnItsWayElsewhere(t *testing.T) {
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		if got := w.Second.As(access.SelfBuilt).Call("POST", "/cgi-bin/message/send",
			`{"touser":"@all","msgtype":"text","agentid":1000002,"text":{"content":"众"}}`); got.ErrCode != 0 {
			t.Fatal(got.Body)
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			if _, err := tx.Exec(`UPDATE message SET pending = 1, reached = 0, last = 1000000000, audience = ? WHERE corpid = ?`, `{"all":true,"within":{"departments":[1]}}`, w.Second.CorpID); err != nil {
				return err
			}
			if _, err := tx.Exec(`DELETE FROM message_copy`); err != nil {
				return err
			}
			for _, c := range []*qiweitest.Corp{w.Corp, w.Second} {
				want := int64(0)
				if c == w.Second {
					want = 1
				}
				m, err := w.Server.Directory.Member(ctx, tx, access.System(c.CorpID), "lisi")
				if err != nil {
					return err
				}
				if waits, err := message.Unsettled(tx, c.CorpID, m.No); err != nil || waits != (want == 1) {
					t.Errorf("%s: waits %v, %v", c.Name, waits, err)
				}
				if err := w.Server.Messages.Settle(tx, c.CorpID, m.No); err != nil {
					return err
				}
				if n, err := tx.Count(`SELECT count(*) FROM message_copy WHERE member = ?`, m.No); err != nil || n != want {
					t.Errorf("%s: %d copies, want %d; %v", c.Name, n, want, err)
				}
			}
			return nil
		})
	})
}

// A robot is its enterprise's alone to switch, to remove and to speak as.
func TestAnotherEnterprisesRobot(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		ours, theirs := robot(w, w.Corp), robot(w, w.Second)
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			messages := w.Server.Messages
			if list, err := messages.Robots(tx, w.CorpID); err != nil || len(list) != 1 || list[0].Key != ours.Key {
				t.Errorf("our robots: %+v, %v", list, err)
			}
			for name, err := range map[string]error{
				"switch off": messages.SwitchRobot(ctx, tx, w.CorpID, theirs.Key, true),
				"remove":     messages.DeleteRobot(ctx, tx, w.CorpID, theirs.Key),
				"speak":      messages.SayText(ctx, tx, access.RobotOf(access.GroupRobot, w.CorpID, theirs.No), "a"),
			} {
				if !errors.Is(err, message.ErrRobot) {
					t.Errorf("%s: %v", name, err)
				}
			}
			return messages.SayText(ctx, tx, access.RobotOf(access.GroupRobot, w.CorpID, ours.No), "a")
		})
		if got := say(w, theirs.Key, `{"msgtype":"text","text":{"content":"a"}}`); got.ErrCode != 0 {
			t.Errorf("theirs: %s", got.Body)
		}
	})
}

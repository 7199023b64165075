package chat_test

import (
	"context"
	"encoding/json"
	"testing"

	"qiwei/internal/chat"
	"qiwei/internal/store"
)

// TestSentMessageHasItsNumber: a message that was sent comes back with the number under which it is stored.
func TestSentMessageHasItsNumber(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		say := chat.Say{CorpID: h.CorpID, From: "zhangsan", To: "lisi", Type: "text", Content: json.RawMessage(`{"content":"你好"}`)}
		sent, err := h.Server.Chats.Send(context.Background(), say)
		if err != nil {
			t.Fatal(err)
		}
		var again chat.Message
		h.Write(func(ctx context.Context, tx *store.Tx) (err error) {
			again, err = h.Server.Chats.SendText(ctx, tx, say)
			return err
		})
		for _, m := range []chat.Message{sent, again} {
			var no int64
			h.Write(func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.Get(`SELECT no FROM chat_message WHERE corpid = ? AND msgid = ?`, []any{h.CorpID, m.MsgID}, &no)
				return err
			})
			if no == 0 || m.No != no {
				t.Errorf("number %d, stored under %d", m.No, no)
			}
		}
	})
}

package chat

import (
	"encoding/json"
	"slices"

	"qiwei/internal/store"
)

type messageRow struct {
	no, group, sender, receiver int64
	msgtype, content            string
}

func selectMessage(tx *store.Tx, corpID, msgID string) (r messageRow, found bool, err error) {
	found, err = tx.Get(`SELECT no, chat_group, sender, receiver, msgtype, content FROM chat_message WHERE corpid = ? AND msgid = ? AND msgtype <> '`+noticeType+`'`, []any{corpID, msgID},
		&r.no, &r.group, &r.sender, &r.receiver, &r.msgtype, &r.content)
	return r, found, err
}

// selectSaid returns the newest messages of a condition, the newest last. Notices are not among them.
func selectSaid(tx *store.Tx, where string, args []any, limit int64) (out []Said, err error) {
	err = tx.Each(`SELECT msgid, sender_id, msgtype, content, at, revoked_at <> 0 FROM chat_message WHERE msgtype <> '`+noticeType+`' AND `+where+` ORDER BY no DESC LIMIT ?`, append(args, limit), func(rows *store.Rows) error {
		var m Said
		var content string
		err := rows.Scan(&m.MsgID, &m.From, &m.Type, &content, &m.At, &m.Revoked)
		m.Content = json.RawMessage(content)
		out = append(out, m)
		return err
	})
	slices.Reverse(out)
	return out, err
}

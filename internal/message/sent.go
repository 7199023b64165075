package message

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// SentMessage is a message of the corp as an administrator sees it: once, however
// many have it.
type SentMessage struct {
	No       int64           `json:"no"`
	AgentID  int64           `json:"agentid"`
	App      string          `json:"app"`
	ChatID   string          `json:"chatid,omitempty"`
	Chat     string          `json:"chat,omitempty"`
	Robot    bool            `json:"robot,omitempty"`
	From     string          `json:"from,omitempty"` // userid, if a member wrote it
	MsgType  string          `json:"msgtype"`
	Body     json.RawMessage `json:"body"`
	Safe     int64           `json:"safe,omitempty"`
	SentAt   time.Time       `json:"sent_at"`
	Recalled time.Time       `json:"recalled_at,omitzero"`
	Copies   int64           `json:"copies"`  // that members have
	Pending  bool            `json:"pending"` // more copies are being made
}

// SentFilter chooses messages. A zero field matches all.
type SentFilter struct {
	AgentID int64
	Member  *directory.Member // the member who has it
	MsgType string
	Text    string // that occurs in the message
	Before  int64  // messages with lower numbers
	Limit   int
}

// Sent returns the corp's messages, newest first.
func (s *Service) Sent(ctx context.Context, tx *store.Tx, by access.Caller, f SentFilter) ([]SentMessage, error) {
	where, args := `m.corpid = ?`, []any{by.CorpID}
	and := func(condition string, values ...any) {
		where += ` AND ` + condition
		args = append(args, values...)
	}
	if f.AgentID != 0 {
		a, err := s.deps.Apps.App(tx, by.CorpID, f.AgentID)
		if err != nil {
			return nil, err
		}
		and(`m.app = ?`, a.No)
	}
	if f.Member != nil {
		and(`m.no IN (SELECT message FROM message_copy WHERE member = ?)`, f.Member.No)
	}
	if f.MsgType != "" {
		and(`m.msgtype = ?`, f.MsgType)
	}
	if f.Text != "" {
		and(`lower(m.body)`+store.Like, store.Pattern("", strings.ToLower(f.Text), ""))
	}
	if f.Before > 0 {
		and(`m.no < ?`, f.Before)
	}
	var out []SentMessage
	var senders []int64
	err := tx.Each(`SELECT m.no, a.agentid, coalesce(c.chatid, ''), coalesce(c.name, ''), m.robot, m.sender, m.msgtype, m.body, m.safe, m.sent_at, m.recalled_at, m.pending,
			(SELECT count(*) FROM message_copy mc WHERE mc.message = m.no)
		FROM message m JOIN app a ON a.no = m.app LEFT JOIN chat c ON c.no = m.chat
		WHERE `+where+` ORDER BY m.no DESC LIMIT ?`, append(args, int64(f.Limit)), func(rows *store.Rows) error {
		var m SentMessage
		var robot, sender, sent, recalled, pending int64
		var body string
		err := rows.Scan(&m.No, &m.AgentID, &m.ChatID, &m.Chat, &robot, &sender, &m.MsgType, &body, &m.Safe, &sent, &recalled, &pending, &m.Copies)
		m.Robot, m.Body, m.SentAt, m.Pending = robot != 0, json.RawMessage(body), time.UnixMilli(sent).UTC(), pending == 1
		if recalled != 0 {
			m.Recalled = time.UnixMilli(recalled).UTC()
		}
		out, senders = append(out, m), append(senders, sender)
		return err
	})
	if err != nil {
		return nil, err
	}
	names, err := s.deps.Directory.Briefs(tx, senders)
	if err != nil {
		return nil, err
	}
	apps, err := s.deps.Apps.Apps(tx, by.CorpID)
	if err != nil {
		return nil, err
	}
	for i := range out {
		out[i].From = string(names[senders[i]].UserID)
		for _, a := range apps {
			if a.AgentID == out[i].AgentID {
				out[i].App = a.Name
			}
		}
	}
	return out, nil
}

// Holders returns up to limit members who have the message, and their total number.
func (s *Service) Holders(ctx context.Context, tx *store.Tx, by access.Caller, no int64, limit int) (list []directory.Brief, total int64, err error) {
	total, err = tx.Count(`SELECT count(*) FROM message_copy c JOIN message m ON m.no = c.message WHERE m.no = ? AND m.corpid = ?`, no, by.CorpID)
	if err != nil {
		return nil, 0, err
	}
	var members []int64
	err = tx.Each(`SELECT c.member FROM message_copy c JOIN message m ON m.no = c.message WHERE m.no = ? AND m.corpid = ? ORDER BY c.member LIMIT ?`,
		[]any{no, by.CorpID, int64(limit)}, func(rows *store.Rows) error {
			var member int64
			err := rows.Scan(&member)
			members = append(members, member)
			return err
		})
	if err != nil {
		return nil, 0, err
	}
	names, err := s.deps.Directory.Briefs(tx, members)
	for _, no := range members {
		if b, ok := names[no]; ok {
			list = append(list, b)
		}
	}
	return list, total, err
}

// Withdraw is Recall by an administrator, for any message of the corp, within the same day.
func (s *Service) Withdraw(ctx context.Context, tx *store.Tx, by access.Caller, no int64) error {
	var sentAt int64
	found, err := tx.Get(`SELECT sent_at FROM message WHERE no = ? AND corpid = ?`, []any{no, by.CorpID}, &sentAt)
	switch {
	case err != nil:
		return err
	case !found:
		return wire.ErrParameter.With("there is no such message")
	case tx.Now().Sub(time.UnixMilli(sentAt)) > recallWithin:
		return ErrTooOld
	}
	_, err = tx.Exec(`UPDATE message SET recalled_at = ? WHERE no = ? AND recalled_at = 0`, tx.Now().UnixMilli(), no)
	return err
}

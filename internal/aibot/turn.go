package aibot

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"time"

	"qiwei/internal/directory"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// The kinds of turns.
const (
	said     = "message"
	entered  = "enter"
	pressed  = "card"
	feedback = "feedback"
)

// The states of a turn.
const (
	asked     = iota // no answer yet
	streaming        // its answer is not finished
	over
)

const (
	// callbackStream and longStream are how long a stream may take: from the
	// member's message on in the callback form (doc 100719), from its first part on
	// in the long connection (doc 101463).
	callbackStream = 6 * time.Minute
	longStream     = 10 * time.Minute
	// promptly is how soon an event must be answered (doc 101027, 101463).
	promptly = 5 * time.Second
	// waitLong is how long a message waits for a long connection. What the platform does then is not
	// documented.
	waitLong = 10 * time.Minute
	// codeLife is how long a response_url is valid (doc 101138).
	codeLife = time.Hour
	// keepTurns is how long a turn can be answered over the long connection
	// (unverified), and is kept.
	keepTurns = 24 * time.Hour
	// mostTurns is how many messages of a member a robot has in hand at once (doc
	// 100719).
	mostTurns = 3
)

// turn is something that a robot was told about.
type turn struct {
	no, bot, member, chat int64
	kind                  string
	message               int64 // message that it is about
	taskID                string
	reqID                 string
	beganAt               int64
	state                 int64
	stream                string
	endsAt                int64
	carded                bool
}

func (t turn) began() time.Time { return time.UnixMilli(t.beganAt) }

// begin tells the robot about something. push writes the body, from the msgid and the response_url, if there
// is one.
func (s *Service) begin(ctx context.Context, tx *store.Tx, p place, m directory.Member, t turn, push func(head) (string, error)) error {
	if p.bot.Mode == Webhook && p.bot.URL == "" {
		return errNobody
	}
	now := tx.Now()
	t.bot, t.member, t.chat, t.beganAt = p.bot.No, m.No, p.group.No, now.UnixMilli()
	t.reqID = id.Hex(16)
	look := int64(0)
	t.state = over // no answer is expected
	if t.kind == said {
		t.state, t.endsAt = asked, now.Add(callbackStream).UnixMilli()
		if p.bot.Mode == WebSocket {
			t.endsAt = now.Add(waitLong).UnixMilli()
		}
		look = t.endsAt
	}
	long := p.bot.Mode == WebSocket
	no, err := tx.Insert(`INSERT INTO bot_turn (bot, member, chat, kind, message, task_id, req_id, began_at, state, stream, ends_at, look_at, carded, waiting, push)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?, 0, ?, '')`,
		t.bot, t.member, orNull(t.chat), t.kind, t.message, t.taskID, t.reqID, t.beganAt, t.state, t.endsAt, look, flag(long))
	if err != nil {
		return fmt.Errorf("insert turn: %w", err)
	}
	h := head{MsgID: id.Letters(28), BotID: p.bot.BotID, ChatID: p.group.ChatID, ChatType: "single", From: &from{UserID: string(m.UserID)}}
	if p.group.No != 0 {
		h.ChatType = "group"
	}
	// The frames of the long connection are documented without a response_url, because its program can send
	// at any time.
	if !long && (t.kind == said || t.kind == pressed) {
		if h.ResponseURL, err = s.newResponseURL(tx, no); err != nil {
			return err
		}
	}
	text, err := push(h)
	if err != nil {
		return err
	}
	if long {
		_, err := tx.Exec(`UPDATE bot_turn SET push = ? WHERE no = ?`, text, no)
		tx.AfterCommit(func() { s.hub.wake(t.bot); s.look() })
		return err
	}
	tx.AfterCommit(s.look)
	tries := 0
	if t.kind == pressed { // only in the first push (doc 101027)
		tries = 1
	}
	return s.pushText(ctx, tx, p.bot, m.UserID, t.kind, event.Push{Body: text, Tries: tries, Reply: replies, Ref: strconv.FormatInt(no, 10)})
}

func (s *Service) newResponseURL(tx *store.Tx, turn int64) (string, error) {
	code := id.Secret()
	_, err := tx.Exec(`INSERT INTO bot_code (mac, turn, expires_at, used_at) VALUES (?, ?, ?, 0)`,
		s.deps.Box.MAC(seal.BotCode, code), turn, tx.Now().Add(codeLife).UnixMilli())
	return s.deps.BaseURL() + "/cgi-bin/aibot/response?response_code=" + code, err
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func orNull(no int64) any {
	if no == 0 {
		return nil
	}
	return no
}

func oneTurn(tx *store.Tx, where string, args ...any) (t turn, found bool, err error) {
	var chat sql.NullInt64
	found, err = tx.Get(`SELECT no, bot, member, chat, kind, message, task_id, req_id, began_at, state, stream, ends_at, carded <> 0 FROM bot_turn WHERE `+where, args,
		&t.no, &t.bot, &t.member, &chat, &t.kind, &t.message, &t.taskID, &t.reqID, &t.beganAt, &t.state, &t.stream, &t.endsAt, &t.carded)
	t.chat = chat.Int64
	return t, found, err
}

// place returns the conversation that a turn belongs to. found is false if the robot is gone.
func (s *Service) place(tx *store.Tx, t turn) (p place, found bool, err error) {
	if p.bot, found, err = s.oneBot(tx, `no = ?`, t.bot); err != nil || !found {
		return p, found, err
	}
	if t.chat == 0 {
		p.member = t.member
		return p, true, nil
	}
	p.group, found, err = s.deps.Messages.GroupNo(tx, t.chat)
	return p, found, err
}

// inHand returns how many of the member's messages the robot has not finished answering. Over the long
// connection it counts the unfinished streams only, because programs there may answer by sending a new
// message.
func inHand(tx *store.Tx, b Bot, member int64) (int64, error) {
	where, state := `state < ?`, int64(over)
	if b.Mode == WebSocket {
		where, state = `state = ?`, streaming
	}
	return tx.Count(`SELECT count(*) FROM bot_turn WHERE bot = ? AND member = ? AND kind = 'message' AND `+where, b.No, member, state)
}

package message

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

const (
	duplicateInterval    = 1800 * time.Second
	maxDuplicateInterval = 4 * time.Hour

	// dailyPerAccount is how many copies an application may make in a day, for each account within the corp's
	// member limit (doc 90312).
	dailyPerAccount = 200
)

// Outgoing is a message that an application sends to members.
type Outgoing struct {
	To        Recipients
	MsgType   string
	Safe      int64 // 0 may be shared, 1 not, 2 (mpnews) inside the corp
	Translate bool
	Digest    []byte        // of the request; nil: duplicates do not matter
	Interval  time.Duration // within which an equal message is a duplicate

	content content
}

// Sent is the outcome of sending.
type Sent struct {
	MsgID        string
	ResponseCode string   // of a card that can be updated
	Unlicensed   []string // userids of those who may get the message, and have no licence
	Rejected
}

// Send sends the message in the caller's name. Doc 90236.
func (s *Service) Send(ctx context.Context, tx *store.Tx, by access.Caller, o Outgoing) (Sent, error) {
	c, a, err := s.checkOutgoing(tx, by, &o)
	if err != nil {
		return Sent{}, err
	}
	if err := o.To.valid(); err != nil {
		return Sent{}, err
	}
	reach, bad, err := s.audience(tx, by, o.To)
	if err != nil {
		return Sent{}, err
	}
	unlicensed, err := s.unlicensed(ctx, tx, a, &reach)
	if err != nil {
		return Sent{}, err
	}
	if reach.empty() {
		// Live answers list them with this refusal.
		return Sent{}, ErrAllInvalid.With("none of them is in the visible range of %q", a.Name).Answering(unreachedLists{newRejectedLists(bad), users(unlicensed)})
	}
	out := Sent{Rejected: bad, Unlicensed: unlicensed}
	if o.Digest != nil {
		no, err := s.sentBefore(tx, by, o)
		if err != nil || no != 0 {
			out.MsgID = s.msgID(by.CorpID, no)
			return out, err
		}
	}
	if o.Translate {
		if err := s.translate(tx, by, c.translate); err != nil {
			return Sent{}, err
		}
	}
	no, err := s.insertMessage(tx, row{corpID: by.CorpID, app: by.App, msgtype: o.MsgType, body: encode(c.body), safe: o.Safe, taskID: c.taskID, files: c.files})
	if err != nil {
		return Sent{}, err
	}
	if o.Digest != nil {
		if _, err := tx.Exec(`INSERT INTO message_digest (app, digest, message, at) VALUES (?, ?, ?, ?)
			ON CONFLICT (app, digest) DO UPDATE SET message = excluded.message, at = excluded.at`, by.App, o.Digest, no, tx.Now().UnixMilli()); err != nil {
			return Sent{}, err
		}
	}
	out.MsgID = s.msgID(by.CorpID, no)
	if c.updatable {
		if out.ResponseCode, err = s.newCode(tx, no); err != nil {
			return Sent{}, err
		}
	}
	return out, s.distribute(tx, by, no, reach)
}

// checkOutgoing checks everything but the receivers. That they come last is
// unverified.
func (s *Service) checkOutgoing(tx *store.Tx, by access.Caller, o *Outgoing) (c checked, a app.App, err error) {
	if a, err = s.deps.Apps.AppNo(tx, by.App); err != nil {
		return c, a, err
	}
	co, err := s.deps.Corps.Corp(tx, by.CorpID)
	if err != nil {
		return c, a, err
	}
	if o.Safe < 0 || o.Safe > 2 || (o.Safe == 2 && o.MsgType != "mpnews") {
		return c, a, wire.ErrParameter.With("safe: 0 or 1 expected, or 2 for mpnews")
	}
	f := sender{s: s, tx: tx, by: by, corp: co, safe: o.Safe}
	if c, err = f.check(o.MsgType, o.content); err != nil {
		return c, a, err
	}
	c.files = f.files
	if o.MsgType == "miniprogram_notice" && o.To.All {
		return c, a, wire.ErrParameter.With("a miniprogram_notice cannot go to @all")
	}
	if c.answerable && a.CallbackURL == "" {
		return c, a, ErrCallback.With("%q could not hear what members answer", a.Name)
	}
	if c.taskID != "" {
		n, err := tx.Count(`SELECT count(*) FROM message WHERE app = ? AND task_id = ?`, by.App, c.taskID)
		if err == nil && n > 0 {
			err = ErrTaskID.With("%q is the id of an earlier card", c.taskID)
		}
		return c, a, err
	}
	return c, a, nil
}

// encode writes the object of a msgtype, which is a pointer to a struct.
func encode(body any) string { return string(wire.Encode(reflect.ValueOf(body).Elem().Interface())) }

// sentBefore returns the message with the same digest that is not older than the interval; 0 if there is
// none.
func (s *Service) sentBefore(tx *store.Tx, by access.Caller, o Outgoing) (no int64, err error) {
	var at int64
	found, err := tx.Get(`SELECT message, at FROM message_digest WHERE app = ? AND digest = ?`, []any{by.App, o.Digest}, &no, &at)
	if err != nil || !found || tx.Now().Sub(time.UnixMilli(at)) >= o.Interval {
		return 0, err
	}
	return no, nil
}

// digest is equal for two requests that ask for the same.
func digest(parts ...string) []byte {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d %s\n", len(p), p)
	}
	return h.Sum(nil)
}

// mayReach answers ErrFrequency if that many more copies would be too many for the day. The code is
// unverified.
func (s *Service) mayReach(tx *store.Tx, by access.Caller, people int64) error {
	if !s.deps.Limits {
		return nil
	}
	c, err := s.deps.Corps.Corp(tx, by.CorpID)
	if err != nil {
		return err
	}
	today, err := tx.Count(`SELECT coalesce(sum(people), 0) FROM message_count WHERE app = ? AND day = ?`, by.App, directory.Day(tx.Now()))
	if err == nil && today+people > c.MemberLimit*dailyPerAccount {
		err = wire.ErrFrequency.With("%d receivers a day are the application's", c.MemberLimit*dailyPerAccount)
	}
	return err
}

// row is a message to be stored.
type row struct {
	corpID                   string
	app, chat, robot, sender int64
	msgtype, body, taskID    string
	safe                     int64
	picture                  []byte // in a robot's message
	files                    []attached
}

func (s *Service) insertMessage(tx *store.Tx, r row) (int64, error) {
	no, err := tx.Insert(`INSERT INTO message (corpid, app, chat, robot, sender, msgtype, body, safe, task_id, sent_at, recalled_at, card, button, pending, audience, reached, last)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 0, 0, '', 0, 0)`,
		r.corpID, r.app, r.chat, r.robot, r.sender, r.msgtype, r.body, r.safe, r.taskID, tx.Now().UnixMilli())
	if err != nil {
		return 0, fmt.Errorf("insert message: %w", err)
	}
	return no, s.keepFiles(tx, no, r.files)
}

// msgID returns the msgid of a message: our number, sealed, in some 40 letters, digits, - and _. It is the
// same each time, so that a duplicate gets the msgid of the first.
func (s *Service) msgID(corpID string, no int64) string {
	if no == 0 {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(s.deps.Box.SealSame(seal.Message, corpID, strconv.AppendInt(nil, no, 10)))
}

var errMsgID = errors.New("not a msgid of the corp")

func (s *Service) openMsgID(corpID, msgID string) (int64, error) {
	plain, err := s.deps.Box.OpenText(seal.Message, corpID, msgID)
	if err != nil {
		return 0, errMsgID
	}
	no, err := strconv.ParseInt(string(plain), 10, 64)
	if err != nil {
		return 0, errMsgID
	}
	return no, nil
}

// codeLife is how long a response_code can be used (doc 94888).
const codeLife = 72 * time.Hour

// newCode returns a response_code for the message.
func (s *Service) newCode(tx *store.Tx, no int64) (string, error) {
	code := id.Secret()
	_, err := tx.Exec(`INSERT INTO message_code (mac, message, expires_at, used_at) VALUES (?, ?, ?, 0)`,
		s.deps.Box.MAC(seal.CardCode, code), no, tx.Now().Add(codeLife).UnixMilli())
	return code, err
}

// Text is a text for members, as rooms send it in the name of one of the platform's own applications. It is cut
// to what a text may hold.
func Text(to []id.UserID, text string) Outgoing {
	for len(text) > maxText {
		_, n := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-n]
	}
	return Outgoing{To: Recipients{Users: id.Texts(to)}, MsgType: "text", content: content{Text: &chatText{Content: text}}}
}

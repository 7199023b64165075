package kf

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// maxList is how many messages are read at once (doc 94670).
const maxList = 1000

// maxPolls is how often a minute an application may read the messages of an account without the token of a
// callback. The platform says that there is a strict limit and not which.
const maxPolls = 60

// place is where a reader has come to in the list of an account. Its cursor is the same for all applications of
// the corp, and the same each time.
type place int64

func cursorPlace(a Account) string { return "messages of " + tokenPlace(a.CorpID, a.No) }

func (s *Service) cursor(a Account, at place) string {
	return base64.RawURLEncoding.EncodeToString(s.deps.Box.SealSame(seal.ServiceCursor, cursorPlace(a), strconv.AppendInt(nil, int64(at), 10)))
}

func (s *Service) openCursor(a Account, cursor string) (place, error) {
	plain, err := s.deps.Box.OpenText(seal.ServiceCursor, cursorPlace(a), cursor)
	if err != nil {
		return 0, wire.ErrCursor.With("a next_cursor of this account expected")
	}
	at, err := strconv.ParseInt(string(plain), 10, 64)
	return place(at), err
}

// Reading says which messages are asked for.
type Reading struct {
	OpenKfID id.ServiceAccount
	Cursor   string // from the oldest on if it is empty
	Token    string // of a callback
	Limit    int64
}

// Page are messages, and the cursor behind them.
type Page struct {
	Account  Account
	Messages []Message
	Next     string
	More     bool
}

// Read returns messages of the last three days of an account that the caller manages. It answers ErrToken, 50100
// for a cursor that is not this account's, and 45009 for a caller who asks often without a token. Doc 94670.
func (s *Service) Read(tx *store.Tx, by access.Caller, r Reading) (p Page, err error) {
	a, err := s.managed(tx, by, r.OpenKfID)
	if err != nil {
		return p, err
	}
	p.Account = a
	switch {
	case r.Token != "":
		err = s.checkToken(a, r.Token, tx.Now())
	case s.deps.Limits && !s.polling.TakeIn(tx, tokenPlace(a.CorpID, a.No)+" "+strconv.FormatInt(by.App, 10), "sync_msg", 1, maxPolls, time.Minute):
		err = wire.ErrFrequency.With("without the token of a callback %d times a minute", maxPolls)
	}
	if err != nil {
		return p, err
	}
	at := place(0)
	if r.Cursor != "" {
		if at, err = s.openCursor(a, r.Cursor); err != nil {
			return p, err
		}
	}
	if r.Limit <= 0 || r.Limit > maxList {
		r.Limit = maxList
	}
	if int64(at) < a.Seq {
		if p.Messages, err = selectList(tx, a, int64(at), tx.Now().Add(-lastDays), r.Limit+1); err != nil {
			return p, err
		}
		if p.More = int64(len(p.Messages)) > r.Limit; p.More {
			p.Messages = p.Messages[:r.Limit]
			at = place(p.Messages[r.Limit-1].Seq)
		} else {
			at = place(a.Seq)
		}
	}
	p.Next = s.cursor(a, at)
	return p, nil
}

// inSilk returns a voice message in Silk. Without that format it is a text that says so: qiwei does not turn
// one into the other.
func (m Message) inSilk() Message {
	var v Media
	if json.Unmarshal(m.Content, &v) != nil || v.Silk == "" {
		m.Type, m.Content = "text", wire.Encode(Text{Content: "[" + names["voice"] + "] 没有 Silk 格式"})
		return m
	}
	m.Content = wire.Encode(Media{MediaID: v.Silk})
	return m
}

// inAMR returns a voice message without its other format.
func (m Message) inAMR() Message {
	var v Media
	if json.Unmarshal(m.Content, &v) == nil {
		m.Content = wire.Encode(Media{MediaID: v.MediaID})
	}
	return m
}

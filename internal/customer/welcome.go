package customer

import (
	"context"
	"encoding/json"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Errors of welcome messages (doc 90313).
var (
	ErrCodeMissing     = wire.Code(41049, "welcome_code missing")
	ErrCode            = wire.Code(41050, "invalid welcome_code")
	ErrChatting        = wire.Code(41051, "externaluser has started chatting")
	ErrSending         = wire.Code(41096, "welcome msg is being distributed")
	ErrAttachments     = wire.Code(41064, "too many attachments")
	ErrAttachmentWrong = wire.Code(41065, "invalid attachment type")
)

// welcomeLife is how long a code is good (doc 92137).
const welcomeLife = 20 * time.Second

// welcome is what a code stands for: the relation, the application that was told it (0 for any), and when.
type welcome struct{ Follow, App, At int64 }

func (s *Service) welcomeCode(corpID string, w welcome) string {
	plain, err := json.Marshal(w)
	if err != nil {
		panic(err) // numbers
	}
	return s.deps.Box.SealText(seal.WelcomeCode, corpID, plain)
}

// openWelcome returns what a code stands for, whatever its age. It answers ErrCode for one that is not the
// caller's.
func (s *Service) openWelcome(by access.Caller, code string) (w welcome, err error) {
	if code == "" {
		return w, ErrCodeMissing
	}
	plain, err := s.deps.Box.OpenText(seal.WelcomeCode, by.CorpID, code)
	if err != nil || json.Unmarshal(plain, &w) != nil || (w.App != 0 && w.App != by.App) {
		return w, ErrCode
	}
	return w, nil
}

// Welcome sends the first message to a customer who has just come, on behalf of the member. A code is good
// once, and only the first of several applications can use theirs: the others are answered ErrChatting, as
// after the two have begun to chat. Doc 92137.
func (s *Service) Welcome(ctx context.Context, tx *store.Tx, by access.Caller, code string, content Content) error {
	w, err := s.openWelcome(by, code)
	if err != nil {
		return err
	}
	if age := tx.Now().Sub(time.UnixMilli(w.At)); age > welcomeLife {
		return ErrCode.With("it was valid for %d seconds", int(welcomeLife.Seconds()))
	}
	if err := s.checkContent(tx, by.CorpID, content); err != nil {
		return err
	}
	list, err := selectFollowsWhere(tx, `corpid = ? AND no = ?`, by.CorpID, w.Follow)
	if err != nil {
		return err
	}
	if len(list) == 0 || list[0].Standing == OneWay || w.At < list[0].CreatedAt.UnixMilli() {
		return ErrCode.With("the customer has removed the member, or has added the member again since")
	}
	f := list[0]
	if f.Blocked {
		return ErrNoRelation.With("the customer has blocked the member")
	}
	if !f.ChattedAt.IsZero() {
		return ErrChatting
	}
	seen, err := s.serving(tx, by, []int64{f.Member})
	if err != nil {
		return err
	}
	if len(seen) == 0 {
		return wire.ErrNoPrivilege.With("the member is outside the visible range")
	}
	asked, err := s.askedAboutArchive(tx, by.CorpID, f)
	if err != nil {
		return err
	}
	if asked {
		return ErrNotAgreed
	}
	return s.say(tx, by.CorpID, f, AsWelcome, Words{Content: content})
}

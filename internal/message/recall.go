package message

import (
	"context"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// ErrTooOld refuses to recall a message sent more than a day ago.
var ErrTooOld = wire.Code(42052, "msgid expired")

const recallWithin = 24 * time.Hour

// Recall takes back one of the caller's messages. A second recall is answered like the first (unverified).
// Doc 94867.
func (s *Service) Recall(ctx context.Context, tx *store.Tx, by access.Caller, msgID string) error {
	no, err := s.openMsgID(by.CorpID, msgID)
	if err != nil {
		return wire.ErrParameter.With("the msgid was not returned by message/send")
	}
	var app, sentAt int64
	found, err := tx.Get(`SELECT app, sent_at FROM message WHERE no = ?`, []any{no}, &app, &sentAt)
	switch {
	case err != nil:
		return err
	case !found || app != by.App:
		return wire.ErrParameter.With("the message is another application's")
	case tx.Now().Sub(time.UnixMilli(sentAt)) > recallWithin:
		return ErrTooOld
	}
	n, err := tx.Exec(`UPDATE message SET recalled_at = ? WHERE no = ? AND recalled_at = 0`, tx.Now().UnixMilli(), no)
	if err != nil {
		return err
	}
	if n > 0 {
		// No copy gets this version. It only takes a number in the order of all changes, so that a Watch sees
		// the recall.
		if _, err := tx.Insert(`INSERT INTO message_card (message, body) VALUES (?, ?)`, no, ""); err != nil {
			return err
		}
		if err := s.tellRecalled(tx, by.CorpID, no); err != nil {
			return err
		}
	}
	return s.releaseFiles(tx, by.CorpID, `m.no = ?`, no)
}

// Statistic is the number of receivers of an application's messages in a day.
type Statistic struct {
	AgentID int64
	Name    string
	People  int64
}

// Statistics returns the applications that sent something ago days ago, where 0 is today. A third party's
// application sees only itself. That the corp's own see each other is unverified (doc 92369, withdrawn).
func (s *Service) Statistics(ctx context.Context, tx *store.Tx, by access.Caller, ago int) ([]Statistic, error) {
	day := directory.Day(tx.Now().AddDate(0, 0, -ago))
	apps, err := s.deps.Apps.Apps(tx, by.CorpID)
	if err != nil {
		return nil, err
	}
	var out []Statistic
	for _, a := range apps {
		if a.No != by.App && (by.Kind == access.ThirdParty || by.Kind == access.ThirdPartyContacts) {
			continue
		}
		n, err := tx.Count(`SELECT coalesce(sum(people), 0) FROM message_count WHERE app = ? AND day = ?`, a.No, day)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			out = append(out, Statistic{a.AgentID, a.Name, n})
		}
	}
	return out, nil
}

package message

import (
	"context"
	"errors"
	"slices"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// BuiltIn returns the corp's application of one of the platform's own kinds, if it has one. The caller must not
// change it.
func (s *Service) BuiltIn(tx *store.Tx, corpID string, kind access.Kind) (app.App, bool, error) {
	type kept struct {
		app.App
		found bool
	}
	k, err := store.RecallTable(tx, "app", "built in "+string(kind)+" "+corpID, func(kept) int { return 1000 }, func() (k kept, err error) {
		list, err := s.deps.Apps.Apps(tx, corpID)
		if i := slices.IndexFunc(list, func(a app.App) bool { return a.Kind == kind }); i >= 0 {
			k = kept{list[i], true}
		}
		return k, err
	})
	return k.App, k.found, err
}

// Announce sends members a text in the name of an application, as rooms of the platform's own applications do.
// The text is cut to what a message may hold. What the rules of messages refuse is not sent, and is no error:
// what is announced has happened.
func (s *Service) Announce(ctx context.Context, tx *store.Tx, a app.App, to []id.UserID, text string) error {
	if len(to) == 0 {
		return nil
	}
	by, err := s.deps.Apps.Caller(tx, a)
	if err != nil {
		return err
	}
	by.Level = access.InRange
	for len(text) > maxText {
		_, n := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-n]
	}
	out := Outgoing{To: Recipients{Users: id.Texts(to)}, MsgType: "text", content: content{Text: &chatText{Content: text}}}
	err = tx.Try(func() error {
		_, err := s.Send(ctx, tx, by, out)
		return err
	})
	if errors.As(err, new(wire.Error)) {
		return nil
	}
	return err
}

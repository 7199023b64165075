package approval

import (
	"context"
	"errors"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/form"
	"qiwei/internal/id"
	"qiwei/internal/message"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func inChinese(text string) []form.Text { return form.In(text) }

// own returns the corp's approval application. A corp from after 2023-12-01 may have none; its approvals are
// then told to nobody by message.
func (s *Service) own(tx *store.Tx, corpID string) (a app.App, found bool, err error) {
	type kept struct {
		a     app.App
		found bool
	}
	k, err := store.RecallTable(tx, "app", "approval "+corpID, func(kept) int { return 1000 }, func() (k kept, err error) {
		list, err := s.deps.Apps.Apps(tx, corpID)
		if err != nil {
			return k, err
		}
		if i := slices.IndexFunc(list, func(a app.App) bool { return a.Kind == access.Approval }); i >= 0 {
			k = kept{list[i], true}
		}
		return k, nil
	})
	return k.a, k.found, err
}

// person returns a member who may have left.
func (s *Service) person(ctx context.Context, tx *store.Tx, corpID string, user id.UserID) (directory.Member, error) {
	m, err := s.deps.Directory.Member(ctx, tx, access.System(corpID), user)
	if errors.Is(err, directory.ErrMemberNotFound) {
		return directory.Member{UserID: user, Name: string(user)}, nil
	}
	return m, err
}

// notify sends the messages of a step, in the name of the approval application.
func (s *Service) notify(ctx context.Context, tx *store.Tx, c *Case, st step) error {
	a, found, err := s.own(tx, c.CorpID)
	if err != nil || !found || s.deps.Quiet {
		return err
	}
	applicant, err := s.person(ctx, tx, c.CorpID, c.Creator)
	if err != nil {
		return err
	}
	who := applicant
	if !st.by.Equal(c.Creator) {
		if who, err = s.person(ctx, tx, c.CorpID, st.by); err != nil {
			return err
		}
	}
	for _, n := range s.notices(c, st, who.Name, applicant.Name) {
		if err := s.send(ctx, tx, a, st.by, n); err != nil {
			return err
		}
	}
	return nil
}

// send sends one of them. What the rules of messages refuse is not sent, and the step stands.
func (s *Service) send(ctx context.Context, tx *store.Tx, a app.App, but id.UserID, n notice) error {
	to := slices.DeleteFunc(slices.Clone(n.to), but.Equal)
	if len(to) == 0 {
		return nil
	}
	by, err := s.deps.Apps.Caller(tx, a)
	if err != nil {
		return err
	}
	by.Level = access.InRange
	err = tx.Try(func() error {
		_, err := s.deps.Messages.Send(ctx, tx, by, message.Text(to, n.text))
		return err
	})
	if errors.As(err, new(wire.Error)) {
		return nil
	}
	return err
}

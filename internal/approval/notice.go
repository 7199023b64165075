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
	"qiwei/internal/store"
)

func inChinese(text string) []form.Text { return form.In(text) }

// own returns the corp's approval application. A corp from after 2023-12-01 may have none; its approvals are
// then told to nobody by message.
func (s *Service) own(tx *store.Tx, corpID string) (app.App, bool, error) {
	return s.deps.Messages.BuiltIn(tx, corpID, access.Approval)
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
	if err != nil || !found {
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

// send sends one of them, to all but the one who has caused it.
func (s *Service) send(ctx context.Context, tx *store.Tx, a app.App, but id.UserID, n notice) error {
	return s.deps.Messages.Announce(ctx, tx, a, slices.DeleteFunc(slices.Clone(n.to), but.Equal), n.text)
}

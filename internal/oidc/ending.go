package oidc

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/login"
	"qiwei/internal/store"
)

// A grant ends in the transaction that takes away what it stands on: the session,
// the member, the client or the application. What hangs on it, codes and tokens,
// goes with its row, and a client that has a back channel is told.

// EndMember ends everything that a member has given to products: codes, access
// tokens, and refresh tokens with and without offline access. Each client that the
// member came in to is told to end its sessions. It is for when the member's
// credentials have changed, or the member is disabled; why goes to the log. The
// members' sessions at qiwei itself are login's to end.
func (s *Service) EndMember(ctx context.Context, tx *store.Tx, corpID string, member int64, why string) error {
	return s.endGrants(tx, why, `member = ? AND corpid = ?`, member, corpID)
}

// endGrants ends the grants that a condition on oidc_grant holds.
func (s *Service) endGrants(tx *store.Tx, why, where string, args ...any) error {
	list, err := selectEndingGrants(tx, where, args...)
	if err != nil || len(list) == 0 {
		return err
	}
	clients := map[string]Client{}
	for _, g := range list {
		c, ok := clients[g.client]
		if !ok {
			if c, err = s.Client(tx, g.corpID, g.client); err != nil {
				return err
			}
			clients[g.client] = c
		}
		m := directory.Member{No: g.member}
		if c.BackChannel != "" && c.Subject == SubjectUserID {
			found := false
			if m, found, err = s.deps.Directory.MemberNo(tx, g.member); err != nil {
				return err
			}
			if !found {
				continue // then the grant has gone with the member's row
			}
		}
		if err := s.queueNotice(tx, c, m, g.session); err != nil {
			return err
		}
	}
	tx.AfterCommit(func() {
		s.deps.Log.Info("members are out of products", "corpid", list[0].corpID, "sessions", len(list), "why", why)
	})
	return deleteGrantsOf(tx, where, args...)
}

// sessionEnded ends, with a session, the grants that were given in it, except those
// of offline access, and has the clients told.
func (s *Service) sessionEnded(ctx context.Context, tx *store.Tx, e login.Ended) error {
	if err := s.queueLogouts(tx, e); err != nil {
		return err
	}
	list, err := grantsOfSession(tx, e.CorpID, e.Session)
	if err != nil {
		return err
	}
	for _, g := range list {
		if g.offline() {
			continue
		}
		if err := deleteGrantsOf(tx, `id = ?`, g.id); err != nil {
			return err
		}
	}
	return nil
}

// credentialsEnded ends what was given under a password, a passkey or a membership
// that is no more. What was given in the session in which the member did it ends, too:
// a thief may have been in it, and the member comes in again without being asked.
func (s *Service) credentialsEnded(ctx context.Context, tx *store.Tx, e login.Ending) error {
	return s.EndMember(ctx, tx, e.CorpID, e.Member.No, "the member's credentials have ended: "+string(e.Cause))
}

// memberLeaving tells the clients of a member who is about to be deleted. The
// grants would go with the member's row by themselves.
func (s *Service) memberLeaving(ctx context.Context, tx *store.Tx, by access.Caller, m directory.Member) error {
	return s.EndMember(ctx, tx, by.CorpID, m.No, "the member was deleted")
}

// appLeaving tells the clients of an application that is about to be deleted. Their
// rows go with the application's.
func (s *Service) appLeaving(ctx context.Context, tx *store.Tx, a app.App) error {
	return s.endGrants(tx, "the application was deleted", `client IN (SELECT id FROM oidc_client WHERE app = ?)`, a.No)
}

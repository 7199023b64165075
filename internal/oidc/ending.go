package oidc

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/login"
	"qiwei/internal/store"
)

// A grant ends in the transaction that removes its basis: the session, the member, the client or the
// application. Its codes and tokens are deleted with its row, and a client with a back channel is told.

// EndMember ends everything that a member has given to products: codes, access tokens, and refresh tokens
// with and without offline access. Each client that admitted the member is told to end its sessions. It is
// for when the member's credentials have changed or the member is disabled; why goes to the log. Package
// login ends the member's sessions at qiwei itself.
func (s *Service) EndMember(ctx context.Context, tx *store.Tx, corpID string, member int64, why string) error {
	return s.endGrants(tx, why, `member = ? AND corpid = ?`, member, corpID)
}

// endGrants ends the grants that match a condition on oidc_grant.
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
				continue // the grant was deleted with the member's row
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

// sessionEnded ends the grants of an ended session, except those of offline access, and tells the clients.
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

// credentialsEnded ends what was given under a password, a passkey or a membership that has ended. What was
// given in the session that made the change ends too: a thief may have used it, and the member is admitted
// again without being asked.
func (s *Service) credentialsEnded(ctx context.Context, tx *store.Tx, e login.Ending) error {
	return s.EndMember(ctx, tx, e.CorpID, e.Member.No, "the member's credentials have ended: "+string(e.Cause))
}

// memberLeaving tells the clients of a member who is about to be deleted. The grants themselves are deleted
// with the member's row.
func (s *Service) memberLeaving(ctx context.Context, tx *store.Tx, by access.Caller, m directory.Member) error {
	return s.EndMember(ctx, tx, by.CorpID, m.No, "the member was deleted")
}

// appLeaving tells the clients of an application that is about to be deleted. Their rows are deleted with the
// application's.
func (s *Service) appLeaving(ctx context.Context, tx *store.Tx, a app.App) error {
	return s.endGrants(tx, "the application was deleted", `client IN (SELECT id FROM oidc_client WHERE app = ?)`, a.No)
}

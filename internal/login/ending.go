package login

import (
	"context"
	"fmt"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/store"
)

// The list of what depends on a member's credentials. When one of them ends (a new password, a passkey
// removed, the member disabled or deleted), this room ends the sessions. A room that keeps something else
// that the credential has opened ends it in the same transaction, through CredentialsEnded:
//
//	login    sessions; sites' passes depend on their rows; invitations
//	oauth    codes of web authorisation
//	console  its own sessions
//	oidc     codes, access and refresh tokens
//
// State in memory, on this server and on others, is compared: LDAP checks its binds by Ending at each
// request, and the phone its streams by EndedSince each second.

// Cause is what ended a member's credentials.
type Cause string

// The causes.
const (
	PasswordSet    Cause = "password"
	PasskeyRemoved Cause = "passkey"
	MemberDisabled Cause = "disabled"
	MemberDeleted  Cause = "deleted"
)

// Ending says that a member's credentials have ended.
type Ending struct {
	CorpID string
	Member directory.Member
	Cause  Cause
	// Keep is the ID of the session in which the member did it, which stays; empty if none stays.
	Keep string
}

// Endings are the listeners to endings.
type Endings struct {
	on []func(context.Context, *store.Tx, Ending) error
}

// On registers fn, which is called inside the transaction that ends the credentials. An error from fn rolls
// back the whole transaction.
func (e *Endings) On(fn func(context.Context, *store.Tx, Ending) error) { e.on = append(e.on, fn) }

// endCredentials ends everything that depends on the member's credentials, except the session keep.
func (s *Service) endCredentials(ctx context.Context, tx *store.Tx, corpID string, m directory.Member, cause Cause, keep *Session) error {
	e := Ending{CorpID: corpID, Member: m, Cause: cause}
	if keep != nil {
		e.Keep = keep.ID()
	}
	if err := noteEnding(tx, m.No, cause == MemberDeleted); err != nil {
		return err
	}
	if cause != MemberDeleted { // the rows here were deleted with the member's
		if err := s.endOwn(ctx, tx, e, keep); err != nil {
			return err
		}
	}
	for _, fn := range s.CredentialsEnded.on {
		if err := fn(ctx, tx, e); err != nil {
			return err
		}
	}
	return nil
}

// endOwn ends what this room keeps.
func (s *Service) endOwn(ctx context.Context, tx *store.Tx, e Ending, keep *Session) error {
	var mac []byte
	if keep != nil {
		mac = keep.mac
	}
	if err := s.endSessions(ctx, tx, e.Member.No, mac); err != nil {
		return err
	}
	if e.Cause == PasskeyRemoved {
		return nil // the member may need the invitation now
	}
	return spendInvitation(tx, e.Member.No)
}

func (s *Service) memberUpdated(ctx context.Context, tx *store.Tx, by access.Caller, e directory.MemberUpdatedEvent) error {
	if e.Member.Enabled || !e.Before.Enabled {
		return nil
	}
	return s.endCredentials(ctx, tx, by.CorpID, e.Member, MemberDisabled, nil)
}

func (s *Service) memberDeleted(ctx context.Context, tx *store.Tx, by access.Caller, e directory.MemberDeletedEvent) error {
	return s.endCredentials(ctx, tx, by.CorpID, e.Before, MemberDeleted, nil)
}

// noteEnding stores that the member's credentials have ended now. Two endings within a millisecond stay
// different.
func noteEnding(tx *store.Tx, member int64, gone bool) error {
	err := tx.Send(`INSERT INTO login_ending (member, at, gone) VALUES (?, ?, ?)
		ON CONFLICT (member) DO UPDATE SET gone = excluded.gone, at = CASE WHEN login_ending.at >= excluded.at THEN login_ending.at + 1 ELSE excluded.at END`,
		member, tx.Now().UnixMilli(), flag(gone))
	if err != nil {
		return fmt.Errorf("note ending: %w", err)
	}
	return nil
}

func endingOf(tx *store.Tx, member int64) (at int64, err error) {
	_, err = tx.Get(`SELECT at FROM login_ending WHERE member = ?`, []any{member}, &at)
	return at, err
}

// Ending returns when the member's credentials last ended, in a form that can only be compared with
// Identity.Ending; cached until the database changes.
func (s *Service) Ending(tx *store.Tx, member int64) (int64, error) {
	return store.Recall(tx, fmt.Sprintf("login ending %d", member), func(int64) int { return 8 }, func() (int64, error) { return endingOf(tx, member) })
}

// endingMemory is how long a deleted member's ending is remembered.
const endingMemory = 24 * time.Hour

// endingOverlap is the largest difference of two servers' clocks, and the longest time to commit an ending,
// with which EndedSince still misses none.
const endingOverlap = 30 * time.Second

// EndedSince returns the members whose credentials have ended since about the given time, on any server. It
// may name a member again.
func (s *Service) EndedSince(tx *store.Tx, since time.Time) (members []int64, err error) {
	err = tx.Each(`SELECT member FROM login_ending WHERE at >= ?`, []any{since.Add(-endingOverlap).UnixMilli()}, func(rows *store.Rows) error {
		var no int64
		err := rows.Scan(&no)
		members = append(members, no)
		return err
	})
	return members, err
}

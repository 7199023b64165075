package login

import (
	"context"
	"fmt"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/store"
)

// One list of what hangs on a member's credentials. When one of them ends (a new
// password, a passkey removed, the member disabled or deleted) this room ends the
// sessions, and whoever keeps something else that the credential has opened ends it
// in the same transaction, by CredentialsEnded:
//
//	login    sessions; sites' passes hang on their rows; invitations
//	oauth    codes of web authorisation
//	console  its own sessions
//	oidc     codes, access and refresh tokens
//
// What is held in memory, on this server and on others, compares: LDAP its binds, by
// Ending, at each request; the phone its lines, by EndedSince, each second.

// Cause is what has ended a member's credentials.
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
	// Keep is the ID of the session in which the member did it, which goes on; empty
	// where none does.
	Keep string
}

// Endings are those who hear of an ending.
type Endings struct {
	on []func(context.Context, *store.Tx, Ending) error
}

// On has fn called inside the transaction that ends the credentials. An error from fn
// undoes the whole.
func (e *Endings) On(fn func(context.Context, *store.Tx, Ending) error) { e.on = append(e.on, fn) }

// endCredentials ends all that hangs on the member's credentials, but the session
// keep.
func (s *Service) endCredentials(ctx context.Context, tx *store.Tx, corpID string, m directory.Member, cause Cause, keep *Session) error {
	e := Ending{CorpID: corpID, Member: m, Cause: cause}
	if keep != nil {
		e.Keep = keep.ID()
	}
	if err := noteEnding(tx, m.No, cause == MemberDeleted); err != nil {
		return err
	}
	if cause != MemberDeleted { // whose rows here have gone with the member's own
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
		return nil // an invitation may be what the member needs now
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

// noteEnding writes down that the member's credentials have ended now. Two endings
// within a millisecond are told apart.
func noteEnding(tx *store.Tx, member int64, gone bool) error {
	_, err := tx.Exec(`INSERT INTO login_ending (member, at, gone) VALUES (?, ?, ?)
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

// Ending returns when the member's credentials last ended, in a form that is only to
// be compared with Identity.Ending; kept while the database stands still.
func (s *Service) Ending(tx *store.Tx, member int64) (int64, error) {
	return store.Recall(tx, fmt.Sprintf("login ending %d", member), func(int64) int { return 8 }, func() (int64, error) { return endingOf(tx, member) })
}

// endingMemory is how long the ending of a member who is gone is remembered.
const endingMemory = 24 * time.Hour

// endingOverlap is how far apart the clocks of two servers may be, and how long an
// ending may take to be committed, for EndedSince to miss none.
const endingOverlap = 30 * time.Second

// EndedSince returns the members whose credentials have ended, on whichever server,
// since about the time given. It may name one again.
func (s *Service) EndedSince(tx *store.Tx, since time.Time) (members []int64, err error) {
	err = tx.Each(`SELECT member FROM login_ending WHERE at >= ?`, []any{since.Add(-endingOverlap).UnixMilli()}, func(rows *store.Rows) error {
		var no int64
		err := rows.Scan(&no)
		members = append(members, no)
		return err
	})
	return members, err
}

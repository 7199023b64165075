package directory

import (
	"context"
	"fmt"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Limits of an invitation (doc 90975).
const (
	maxInvitedUsers       = 1000
	maxInvitedDepartments = 100
	maxInvitedTags        = 100
)

// Invitees are those whom an application invites to use the platform, or those
// of them that it could not.
type Invitees struct {
	Users       []string
	Departments []int64
	Tags        []int64
}

// Errors of invitations (doc 90313). Which of 81012 and 82001 is answered where
// nobody is named is unverified; the help of the latter says just that.
var (
	ErrNobodyNamed   = wire.Code(82001, "All touser & toparty & totag invalid")
	ErrNobodyInvited = wire.Code(81013, "user & party & tag all invalid")
)

func (in Invitees) valid() error {
	switch {
	case len(in.Users) == 0 && len(in.Departments) == 0 && len(in.Tags) == 0:
		return ErrNobodyNamed.With("user, party and tag are all empty")
	case len(in.Users) > maxInvitedUsers:
		return wire.ErrParameter.With("user has %d elements, at most %d", len(in.Users), maxInvitedUsers)
	case len(in.Departments) > maxInvitedDepartments:
		return wire.ErrParameter.With("party has %d elements, at most %d", len(in.Departments), maxInvitedDepartments)
	case len(in.Tags) > maxInvitedTags:
		return wire.ErrParameter.With("tag has %d elements, at most %d", len(in.Tags), maxInvitedTags)
	}
	return nil
}

// Invite notes that the members were invited, with those of the departments and
// tags, as far as the caller sees them and they have not signed in yet. What does
// not exist or is outside the range is returned; where all is, it answers
// ErrNobodyInvited. No event is documented for it. Doc 90975.
func (s *Service) Invite(ctx context.Context, tx *store.Tx, by access.Caller, in Invitees) (bad Invitees, err error) {
	if err := in.valid(); err != nil {
		return bad, err
	}
	good, bad, err := s.partInvitees(tx, by, in)
	if err != nil {
		return bad, err
	}
	if len(good.Members) == 0 && len(good.Departments) == 0 && len(good.Tags) == 0 {
		return bad, ErrNobodyInvited
	}
	keys, err := inactiveMembers(tx, by.CorpID, good)
	if err != nil {
		return bad, err
	}
	seen, err := visibleMembers(tx, by, keys) // a tag may hold members outside the range
	if err != nil {
		return bad, err
	}
	numbers := make([]int64, 0, len(seen))
	for _, m := range seen {
		numbers = append(numbers, m.no)
	}
	slices.Sort(numbers)
	for some := range slices.Chunk(numbers, manyArgs) {
		if _, err := tx.Exec(`UPDATE member SET invited_at = ? WHERE no IN (`+store.Marks(len(some))+`)`,
			store.Args([]any{tx.Now().UnixMilli()}, some)...); err != nil {
			return bad, fmt.Errorf("invite members: %w", err)
		}
	}
	return bad, nil
}

// partInvitees parts those who exist in the caller's range from the others.
// Whoever may see a tag's members sees the tag.
func (s *Service) partInvitees(tx *store.Tx, by access.Caller, in Invitees) (good access.Range, bad Invitees, err error) {
	members, err := visibleMembers(tx, by, in.Users)
	if err != nil {
		return good, bad, err
	}
	departments, err := s.VisibleDepartments(tx, by, in.Departments)
	if err != nil {
		return good, bad, err
	}
	tags, err := existingTags(tx, by.CorpID, in.Tags)
	if err != nil {
		return good, bad, err
	}
	for _, key := range distinctKeys(in.Users) {
		if m, ok := members[key]; ok {
			good.Members = append(good.Members, m.userID)
		} else {
			bad.Users = append(bad.Users, key)
		}
	}
	good.Departments, bad.Departments = part(in.Departments, departments)
	good.Tags, bad.Tags = part(in.Tags, tags)
	return good, bad, nil
}

// inactiveMembers returns the keys of the enabled members in a range who have not
// signed in yet.
func inactiveMembers(tx *store.Tx, corpID string, r access.Range) ([]string, error) {
	var keys []string
	whole := access.Caller{CorpID: corpID, Range: r}
	with, visible, args := visibility(whole)
	args = append(append(args, corpID), visibleArgs(whole)...)
	err := tx.Each(with+` SELECT m.userkey FROM member m WHERE m.corpid = ? AND m.activated = 0 AND m.enabled = 1 AND `+visible("m"), args,
		func(rows *store.Rows) error {
			var user id.UserID
			err := rows.Scan(&user)
			keys = append(keys, string(user))
			return err
		})
	return keys, err
}

package join

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Limits of an invitation (doc 90975).
const (
	maxInvitedUsers       = 1000
	maxInvitedDepartments = 100
	maxInvitedTags        = 100
)

// Errors of invitations (doc 90313). Which of 81012 and 82001 is answered if nobody is named is unverified;
// the help of the latter says just that.
var (
	ErrNobodyNamed   = wire.Code(82001, "All touser & toparty & totag invalid")
	ErrNobodyInvited = wire.Code(81013, "user & party & tag all invalid")
)

func valid(in directory.Nodes) error {
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

// Invite notes that the members were invited, with those of the departments and tags. It skips members that
// the caller does not see or who have already signed in. It returns what does not exist or is outside the
// range; if that is everything, it answers ErrNobodyInvited. No event is documented for it. Doc 90975.
func (s *Service) Invite(ctx context.Context, tx *store.Tx, by access.Caller, in directory.Nodes) (bad directory.Nodes, err error) {
	if err := valid(in); err != nil {
		return bad, err
	}
	good, bad, err := s.deps.Directory.Part(tx, by, in)
	if err != nil {
		return bad, err
	}
	if len(good.Members) == 0 && len(good.Departments) == 0 && len(good.Tags) == 0 {
		return bad, ErrNobodyInvited
	}
	if err := s.deps.Directory.MarkInvited(tx, by, good); err != nil {
		return bad, err
	}
	return bad, nil
}

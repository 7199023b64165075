package contactrule

import (
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Known returns, by their keys, those of the users whom the caller may name in what it makes, such as who is invited to
// something. To a member, those whom the rules hide are as unknown as those who are not there; who is in it already
// (kept) stays known. Applications and the server itself are bound by no rules.
func (s *Service) Known(tx *store.Tx, by access.Caller, users, kept []id.UserID) (map[string]directory.Brief, error) {
	if by.Kind != access.Member {
		return s.deps.Directory.Named(tx, by, id.Texts(users))
	}
	known, err := s.deps.Directory.Named(tx, access.System(by.CorpID), id.Texts(users))
	if err != nil || len(known) == 0 {
		return known, err
	}
	me, err := s.deps.Directory.Member(tx.Context(), tx, access.System(by.CorpID), by.UserID)
	if err != nil {
		return nil, err
	}
	sight, err := s.Sight(tx, by.CorpID, me, true)
	if err != nil || sight.Hidden.Empty() && sight.By.SeesAll() {
		return known, err
	}
	for key, one := range known {
		if slices.ContainsFunc(kept, one.UserID.Equal) {
			continue
		}
		m, found, err := s.deps.Directory.MemberNo(tx, one.No)
		sees := false
		if err == nil && found {
			sees, err = s.Sees(tx, sight, m)
		}
		if err != nil {
			return nil, err
		}
		if !sees {
			delete(known, key)
		}
	}
	return known, nil
}

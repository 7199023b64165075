package customer

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/licence"
	"qiwei/internal/store"
)

// scope returns which members have customer contact (客户联系的使用范围). People whom other members know are no
// customers of the corp.
func (s *Service) scope(tx *store.Tx, corpID string) (access.Range, error) {
	c, err := s.deps.Corps.Corp(tx, corpID)
	if err != nil || c.CustomerScope == nil {
		return access.Everything(), err
	}
	return *c.CustomerScope, nil
}

// serving returns, of the members by number, those who have customer contact, are in the corp and are seen by
// the caller.
func (s *Service) serving(tx *store.Tx, by access.Caller, members []int64) (map[int64]id.UserID, error) {
	scope, err := s.scope(tx, by.CorpID)
	if err == nil && !by.SeesAll() {
		members, err = s.deps.Directory.Within(tx, by.CorpID, by.Range, members)
	}
	if err == nil {
		members, err = s.deps.Directory.Within(tx, by.CorpID, scope, members)
	}
	if err != nil {
		return nil, err
	}
	return s.deps.Directory.NumberedMembers(tx, by.CorpID, members)
}

// member returns a member whom the caller sees, and whether the member has customer contact. It answers 60111
// for an unknown userid and 60011 for one out of range.
func (s *Service) member(ctx context.Context, tx *store.Tx, by access.Caller, user id.UserID) (m directory.Member, serves bool, err error) {
	if m, err = s.deps.Directory.Member(ctx, tx, by, user); err != nil {
		return m, false, err
	}
	scope, err := s.scope(tx, by.CorpID)
	if err != nil {
		return m, false, err
	}
	in, err := s.deps.Directory.Within(tx, by.CorpID, scope, []int64{m.No})
	return m, len(in) > 0, err
}

// unlicensed returns which of the members, by number, have no licence for the calls of a provider's application
// about their customers (doc 95652). Nobody lacks one where none is needed.
func (s *Service) unlicensed(ctx context.Context, tx *store.Tx, by access.Caller, members []int64) (map[int64]bool, error) {
	if !by.Kind.Installed() {
		return nil, nil
	}
	return s.deps.Licences.Lacking(ctx, tx, by, licence.External, licence.Called, members)
}

// Followers returns the members who have customer contact and whom the caller sees, in the order of their
// creation. Doc 92571.
func (s *Service) Followers(tx *store.Tx, by access.Caller) ([]id.UserID, error) {
	scope, err := s.scope(tx, by.CorpID)
	if err != nil {
		return nil, err
	}
	var numbers []int64
	users := map[int64]id.UserID{}
	if err := s.deps.Directory.FoundUserIDs(tx, by, directory.Enabled(), func(no int64, user id.UserID) error {
		numbers = append(numbers, no)
		users[no] = user
		return nil
	}); err != nil {
		return nil, err
	}
	if numbers, err = s.deps.Directory.Within(tx, by.CorpID, scope, numbers); err != nil {
		return nil, err
	}
	out := make([]id.UserID, len(numbers))
	for i, no := range numbers {
		out[i] = users[no]
	}
	return out, nil
}

// Entitled are members and departments.
type Entitled struct {
	Users       []id.UserID
	Departments []int64
}

// Check separates the members and departments that have customer contact from the others. Whoever the caller
// does not see is among the others. Doc 96312.
func (s *Service) Check(tx *store.Tx, by access.Caller, asked Entitled) (yes, no Entitled, err error) {
	seen, err := s.deps.Directory.VisibleMembers(tx, by, id.Texts(asked.Users))
	if err != nil {
		return yes, no, err
	}
	var numbers []int64
	for _, n := range seen {
		numbers = append(numbers, n)
	}
	serving, err := s.serving(tx, by, numbers)
	if err != nil {
		return yes, no, err
	}
	for _, u := range asked.Users {
		if serving[seen[u.Key()]] != "" {
			yes.Users = append(yes.Users, u)
		} else {
			no.Users = append(no.Users, u)
		}
	}
	scope, err := s.scope(tx, by.CorpID)
	if err != nil {
		return yes, no, err
	}
	visible, err := s.deps.Directory.VisibleDepartments(tx, by, asked.Departments)
	if err != nil {
		return yes, no, err
	}
	within, err := s.deps.Directory.VisibleDepartments(tx, access.System(by.CorpID).Within(scope), asked.Departments)
	for _, d := range asked.Departments {
		if visible[d] && within[d] {
			yes.Departments = append(yes.Departments, d)
		} else {
			no.Departments = append(no.Departments, d)
		}
	}
	return yes, no, err
}

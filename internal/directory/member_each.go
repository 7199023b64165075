package directory

import (
	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// EachMember calls fn for every member that the caller may see, by creation. fn
// must not use tx: the rows are still being read.
func (s *Service) EachMember(tx *store.Tx, by access.Caller, fn func(Member) error) error {
	with, visible, args := visibility(by)
	args = append(args[:len(args):len(args)], by.CorpID)
	args = append(args, visibleArgs(by)...)
	return tx.Each(with+` SELECT `+memberText+` FROM `+memberTables+` WHERE m.corpid = ? AND `+visible("m")+` ORDER BY m.no`, args,
		func(rows *store.Rows) error {
			var row string
			if err := rows.Scan(&row); err != nil {
				return err
			}
			var m Member
			if err := parseMember(row, &m); err != nil {
				return err
			}
			return fn(m)
		})
}

// Size returns the numbers of the corp's members and departments.
func (s *Service) Size(tx *store.Tx, corpID string) (members, departments int64, err error) {
	_, err = tx.Get(`SELECT members, departments FROM directory_size WHERE corpid = ?`, []any{corpID}, &members, &departments)
	return members, departments, err
}

// Founder returns the member who founded the corp. Some corps have no known founder.
func (s *Service) Founder(tx *store.Tx, corpID string) (id.UserID, error) {
	c, err := s.deps.Corps.Corp(tx, corpID)
	return c.Creator, err
}

// MemberKeys returns the userids of all members of the corp by their keys. It leaves out the corp's founder,
// who cannot be deleted.
func (s *Service) MemberKeys(tx *store.Tx, corpID string) (map[string]id.UserID, error) {
	c, err := s.deps.Corps.Corp(tx, corpID)
	if err != nil {
		return nil, err
	}
	out := map[string]id.UserID{}
	err = tx.Each(`SELECT userid FROM member WHERE corpid = ?`, []any{corpID}, func(rows *store.Rows) error {
		var u id.UserID
		if err := rows.Scan(&u); err != nil {
			return err
		}
		out[u.Key()] = u
		return nil
	})
	delete(out, id.UserID(c.Creator).Key())
	return out, err
}

// AttributeNames returns the extended attributes that the corp's members may have.
func (s *Service) AttributeNames(tx *store.Tx, corpID string) ([]string, error) {
	c, err := s.deps.Corps.Corp(tx, corpID)
	return c.Attributes, err
}

// Exists reports whether the corp has the member.
func (s *Service) Exists(tx *store.Tx, corpID string, user id.UserID) (bool, error) {
	n, err := tx.Count(`SELECT count(*) FROM member WHERE corpid = ? AND userkey = ?`, corpID, user.Key())
	return n > 0, err
}

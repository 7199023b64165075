package directory

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
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
	_, err = tx.Get(`SELECT `+memberCount+`, departments FROM directory_size WHERE corpid = ?`, []any{corpID, corpID, corpID}, &members, &departments)
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

// Exports write what the API's lists answer. Each value here is the JSON of an element of user/list,
// user/simplelist or department/list, and shows what the caller may see.

// ExportMembers returns up to limit members that the caller may see, by creation, after the one with our
// number after. last is the number of the last one. With brief set they look as in user/simplelist.
func (s *Service) ExportMembers(ctx context.Context, tx *store.Tx, by access.Caller, after int64, limit int, brief bool) (list [][]byte, last int64, err error) {
	with, visible, first := visibility(by)
	args := append(append(first, by.CorpID, after), visibleArgs(by)...)
	members, err := s.selectMembers(tx, with, `m.corpid = ? AND m.no > ? AND `+visible("m")+` ORDER BY m.no LIMIT ?`, append(args, limit)...)
	if err != nil || len(members) == 0 {
		return nil, after, err
	}
	show, err := s.shower(tx, by, pointers(members)...)
	if err != nil {
		return nil, after, err
	}
	show.listed = true
	briefs, details := []memberBrief{}, []memberAnswer{}
	for i := range members {
		d := &shown{shower: show, m: &members[i]}
		if brief {
			briefs = append(briefs, memberBrief{d})
		} else {
			details = append(details, memberAnswer{d})
		}
	}
	if list, err = wire.EncodeEach(tx, by, briefs); err == nil && !brief {
		list, err = wire.EncodeEach(tx, by, details)
	}
	return list, members[len(members)-1].No, err
}

// ExportDepartments returns the departments that the caller may see.
func (s *Service) ExportDepartments(ctx context.Context, tx *store.Tx, by access.Caller) ([][]byte, error) {
	resp, err := s.departmentList(ctx, tx, by, departmentIDRequest{})
	if err != nil {
		return nil, err
	}
	return wire.EncodeEach(tx, by, resp.Departments)
}

// ExportedTag is what tag/get answers, in pieces.
type ExportedTag struct {
	Name    string
	Members [][]byte
	Parties []int64
}

// ExportTag returns the tag as the caller may see it.
func (s *Service) ExportTag(ctx context.Context, tx *store.Tx, by access.Caller, tagID int64) (ExportedTag, error) {
	resp, err := s.tagGet(ctx, tx, by, tagIDRequest{TagID: &tagID})
	if err != nil {
		return ExportedTag{}, err
	}
	members, err := wire.EncodeEach(tx, by, resp.Users)
	return ExportedTag{Name: resp.Name, Members: members, Parties: resp.Parties}, err
}

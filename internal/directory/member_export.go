package directory

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

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

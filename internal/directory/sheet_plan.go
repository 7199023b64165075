package directory

import (
	"context"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// MemberKeys returns the userids of all members of the corp by their keys. The
// corp's founder, who cannot be deleted, is left out.
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

// Update is what the row changes of a member who is there.
func (r MemberRow) Update() MemberUpdate { return r.update }

// DirectLeader is the leader that the row names, empty for none.
func (r MemberRow) DirectLeader() id.UserID {
	if list := r.update.DirectLeaders; list != nil && len(*list) > 0 {
		return id.UserID((*list)[0])
	}
	return ""
}

// SetDirectLeader names the member's leader.
func (s *Service) SetDirectLeader(ctx context.Context, tx *store.Tx, by access.Caller, user, leader id.UserID) error {
	leaders := []string{string(leader)}
	return s.UpdateMember(ctx, tx, by, MemberUpdate{UserID: user, DirectLeaders: &leaders})
}

// The ways in which a department file changes a department, as bits (doc 90983).
const (
	SheetCreates  = 1
	SheetRenames  = 2
	SheetMoves    = 4
	SheetReorders = 8
)

// SheetAction says what importing the row would do.
func (s *Service) SheetAction(tx *store.Tx, corpID string, row DepartmentRow) (action int64, err error) {
	old, found, err := selectDepartment(tx, corpID, row.ID)
	if err != nil || !found {
		return SheetCreates, err
	}
	if old.Name != row.Name {
		action |= SheetRenames
	}
	if row.ID != access.Root && old.ParentID != row.ParentID {
		action |= SheetMoves
	}
	if row.Order != 0 && old.Order != row.Order {
		action |= SheetReorders
	}
	return action, nil
}

// CheckTree reports whether the rows of a department file are one tree, which is
// what a corp's departments can be replaced by. The root may be left out.
func CheckTree(rows []DepartmentRow) error {
	ids := map[int64]bool{access.Root: true}
	for _, row := range rows {
		if row.Err != nil {
			return row.Err
		}
		ids[row.ID] = true
	}
	for _, row := range rows {
		if row.ID != access.Root && !ids[row.ParentID] {
			return ErrSheetTree.With("department %d hangs below %d, which the file does not have", row.ID, row.ParentID)
		}
	}
	return nil
}

// DepartmentsDeepestFirst returns the ids of the corp's departments but the root,
// each before those above it.
func (s *Service) DepartmentsDeepestFirst(ctx context.Context, tx *store.Tx, corpID string) ([]int64, error) {
	list, err := s.DepartmentIDs(ctx, tx, access.System(corpID), 0)
	if err != nil {
		return nil, err
	}
	below := map[int64][]int64{}
	for _, d := range list {
		below[d.ParentID] = append(below[d.ParentID], d.ID)
	}
	out := slices.Clone(below[access.Root])
	for i := 0; i < len(out); i++ {
		out = append(out, below[out[i]]...)
	}
	slices.Reverse(out)
	return out, nil
}

// AttributeNames returns the extended attributes that the corp's members may have.
func (s *Service) AttributeNames(tx *store.Tx, corpID string) ([]string, error) {
	c, err := s.deps.Corps.Corp(tx, corpID)
	return c.Attributes, err
}

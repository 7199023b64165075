package sheet

import (
	"context"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Update returns what the row changes in an existing member.
func (r MemberRow) Update() directory.MemberUpdate { return r.update }

// DirectLeader is the leader that the row names, empty for none.
func (r MemberRow) DirectLeader() id.UserID {
	if list := r.update.DirectLeaders; list != nil && len(*list) > 0 {
		return id.UserID((*list)[0])
	}
	return ""
}

// SetDirectLeader names the member's leader.
func SetDirectLeader(ctx context.Context, tx *store.Tx, d *directory.Service, by access.Caller, user, leader id.UserID) error {
	leaders := []string{string(leader)}
	return d.UpdateMember(ctx, tx, by, directory.MemberUpdate{UserID: user, DirectLeaders: &leaders})
}

// The ways in which a department file changes a department, as bits (doc 90983).
const (
	creates  = 1
	renames  = 2
	moves    = 4
	reorders = 8
)

// DepartmentAction says what importing the row would do.
func DepartmentAction(tx *store.Tx, d *directory.Service, corpID string, row DepartmentRow) (action int64, err error) {
	old, found, err := d.FindDepartment(tx, corpID, row.ID)
	if err != nil || !found {
		return creates, err
	}
	if old.Name != row.Name {
		action |= renames
	}
	if row.ID != access.Root && old.ParentID != row.ParentID {
		action |= moves
	}
	if row.Order != 0 && old.Order != row.Order {
		action |= reorders
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
			return ErrTree.With("department %d hangs below %d, which the file does not have", row.ID, row.ParentID)
		}
	}
	return nil
}

// DepartmentsDeepestFirst returns the ids of the corp's departments but the root,
// each before those above it.
func DepartmentsDeepestFirst(ctx context.Context, tx *store.Tx, d *directory.Service, corpID string) ([]int64, error) {
	list, err := d.DepartmentIDs(ctx, tx, access.System(corpID), 0)
	if err != nil {
		return nil, err
	}
	below := map[int64][]int64{}
	for _, dep := range list {
		below[dep.ParentID] = append(below[dep.ParentID], dep.ID)
	}
	out := slices.Clone(below[access.Root])
	for i := 0; i < len(out); i++ {
		out = append(out, below[out[i]]...)
	}
	slices.Reverse(out)
	return out, nil
}

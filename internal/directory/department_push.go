package directory

import (
	"slices"

	"qiwei/internal/event"
	"qiwei/internal/store"
)

// namesDepartments reports whether the receiver is told the names of departments.
func namesDepartments(to event.Audience) bool {
	return to.Form != event.IDs && listView(to.Caller).name == Always
}

// Push writes create_party (doc 90971). ParentId is CDATA on that page.
func (e DepartmentCreatedEvent) Push(tx *store.Tx, to event.Audience) ([]event.Push, error) {
	if seen, err := e.s.seesDepartment(tx, to, e.ID); err != nil || !seen {
		return nil, err
	}
	var f event.Fields
	f.Bare("ChangeType", "create_party")
	f.Int("Id", e.ID)
	if namesDepartments(to) {
		f.Text("Name", e.Name)
	}
	f.Text("ParentId", numbers([]int64{e.ParentID}))
	if to.Form != event.IDs {
		f.Int("Order", e.Order)
	}
	return changeContact(f), nil
}

// Push writes update_party (doc 90971). A receiver that is shown identifiers only is told of a new parent
// only. A department that was moved out of the range is still reported.
func (e DepartmentUpdatedEvent) Push(tx *store.Tx, to event.Audience) ([]event.Push, error) {
	if to.Form == event.IDs && e.ParentID == nil {
		return nil, nil
	}
	seen, err := e.s.seesDepartment(tx, to, e.ID)
	if err == nil && !seen && e.ParentID != nil {
		seen, err = e.s.seesDepartment(tx, to, e.Before.ParentID)
	}
	if err != nil || !seen {
		return nil, err
	}
	var f event.Fields
	f.Bare("ChangeType", "update_party")
	f.Int("Id", e.ID)
	if e.Name != nil && namesDepartments(to) {
		f.Text("Name", *e.Name)
	}
	if e.ParentID != nil {
		f.Text("ParentId", numbers([]int64{*e.ParentID}))
	}
	if to.Form == event.Visible && len(f) == 2 {
		return nil, nil // a name that the receiver may not know
	}
	return changeContact(f), nil
}

// Push writes delete_party (doc 90971).
func (e DepartmentDeletedEvent) Push(tx *store.Tx, to event.Audience) ([]event.Push, error) {
	seen := slices.Contains(to.Range.Departments, e.ID) ||
		slices.ContainsFunc(e.Tags, func(t int64) bool { return slices.Contains(to.Range.Tags, t) })
	if !seen {
		var err error
		if seen, err = e.s.seesDepartment(tx, to, e.Before.ParentID); err != nil || !seen {
			return nil, err
		}
	}
	var f event.Fields
	f.Bare("ChangeType", "delete_party")
	f.Int("Id", e.ID)
	return changeContact(f), nil
}

func (s *Service) seesDepartment(tx *store.Tx, to event.Audience, dep int64) (bool, error) {
	if to.Form != event.Visible || to.SeesAll() {
		return true, nil
	}
	return anyBelowRange(tx, to.Caller, []int64{dep})
}

package directory

import (
	"slices"
	"strconv"

	"qiwei/internal/access"
	"qiwei/internal/event"
	"qiwei/internal/store"
)

// DepartmentFieldRow is a line of the table of departments: how each class of
// readers is shown a field in department/list and in department/get.
type DepartmentFieldRow struct {
	Field      string
	Permission string // the name that Granted takes (doc 99052)
	List, Get  Shows
}

// DepartmentTable says which fields of a department each class of callers reads (doc 90208, 95351); every
// class reads id, parentid and order. The page of the list gives names to a third party's contacts
// application; the other page does not. Leaders are always those in the range. A proxy-developed application
// needs the permission for leaders in the list too (unverified).
var DepartmentTable = [...]DepartmentFieldRow{
	{"name", "contact:sensitive:department_name",
		Shows{Always, Always, Granted, Granted, AsID, Always}, Shows{Always, Always, Granted, Granted, AsID, Never}},
	{"name_en", "contact:sensitive:department_name",
		Shows{Always, Always, Granted, Granted, Never, Always}, Shows{Always, Always, Granted, Granted, Never, Never}},
	{"department_leader", permitStructure,
		Shows{Always, Always, Granted, Granted, Never, Always}, Shows{Always, Always, Granted, Granted, Granted, Always}},
}

// departmentView is one call's column of the table for one caller.
type departmentView struct{ name, nameEN, leaders Show }

func listView(by access.Caller) departmentView {
	class := ReaderOf(by)
	return viewOf(func(row DepartmentFieldRow) Show { return row.List.to(&by, class, row.Permission) })
}

func getView(by access.Caller) departmentView {
	class := ReaderOf(by)
	return viewOf(func(row DepartmentFieldRow) Show { return row.Get.to(&by, class, row.Permission) })
}

func viewOf(show func(DepartmentFieldRow) Show) departmentView {
	return departmentView{show(DepartmentTable[0]), show(DepartmentTable[1]), show(DepartmentTable[2])}
}

// detail returns a department as the caller may see it.
func (v departmentView) detail(d Department) departmentDetail {
	out := departmentDetail{ID: d.ID, ParentID: d.ParentID, Order: d.Order}
	switch v.name {
	case Always:
		out.Name = &d.Name
	case AsID:
		id := strconv.FormatInt(d.ID, 10)
		out.Name = &id
	}
	if v.nameEN == Always && d.NameEN != "" {
		out.NameEN = &d.NameEN
	}
	if v.leaders == Always {
		out.Leaders = d.Leaders
	}
	return out
}

// throughTree returns the caller with the whole tree in its range if the corp lets it see the organisation's
// structure. It then reads every department's id, parent and leaders (doc 95350, 95351).
func throughTree(by access.Caller) access.Caller {
	if by.Granted(permitStructure) {
		by.Range = access.Everything()
	}
	return by
}

// namesDepartments reports whether the receiver is told the names of departments.
func namesDepartments(to event.Audience) bool {
	return to.Form != event.IDs && listView(to.Caller).name == Always
}

// departmentName returns the name by which a receiver is told of a new department: for a third party the id
// (doc 90640).
func departmentName(to event.Audience, dep int64, name string) (string, bool) {
	if to.Envelope == event.OfSuite && to.Form != event.IDs && listView(to.Caller).name == AsID {
		return strconv.FormatInt(dep, 10), true
	}
	return name, namesDepartments(to)
}

// parentElement writes the parent, which is CDATA on the page of a corp's receiver (doc 90971).
func parentElement(f *event.Fields, to event.Audience, parent int64) {
	if to.Envelope == event.OfSuite {
		f.Int("ParentId", parent)
	} else {
		f.Text("ParentId", strconv.FormatInt(parent, 10))
	}
}

// Push writes create_party (doc 90971, 90640).
func (e DepartmentCreatedEvent) Push(tx *store.Tx, to event.Audience) ([]event.Push, error) {
	if seen, err := e.s.seesDepartment(tx, to, e.ID); err != nil || !seen {
		return nil, err
	}
	f := beginChange(to, "create_party")
	f.Int("Id", e.ID)
	if name, ok := departmentName(to, e.ID, e.Name); ok {
		f.Text("Name", name)
	}
	parentElement(&f, to, e.ParentID)
	if to.Form != event.IDs {
		f.Int("Order", e.Order)
	}
	return changeContact(to, f), nil
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
	f := beginChange(to, "update_party")
	f.Int("Id", e.ID)
	if e.Name != nil && namesDepartments(to) {
		f.Text("Name", *e.Name)
	}
	if e.ParentID != nil {
		parentElement(&f, to, *e.ParentID)
	}
	if to.Form == event.Visible && len(f) == 2 {
		return nil, nil // a name that the receiver may not know
	}
	return changeContact(to, f), nil
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
	f := beginChange(to, "delete_party")
	f.Int("Id", e.ID)
	return changeContact(to, f), nil
}

func (s *Service) seesDepartment(tx *store.Tx, to event.Audience, dep int64) (bool, error) {
	if to.Form != event.Visible || to.SeesAll() {
		return true, nil
	}
	return anyBelowRange(tx, to.Caller, []int64{dep})
}

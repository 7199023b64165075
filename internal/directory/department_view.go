package directory

import (
	"strconv"

	"qiwei/internal/access"
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

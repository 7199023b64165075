package console

import (
	"fmt"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/sheet"
	"qiwei/internal/store"
)

func (s *Service) departmentCalls() []call {
	return []call{
		{pattern: "GET /console/api/departments", right: readDirectory, handle: s.tree},
		{pattern: "POST /console/api/departments", right: editDirectory, handle: s.createDepartment},
		{pattern: "PUT /console/api/departments/{id}", right: editDirectory, handle: s.updateDepartment},
		{pattern: "DELETE /console/api/departments/{id}", right: editDirectory, handle: s.deleteDepartment},
		{pattern: "GET /console/api/departments.csv", right: readDirectory, handle: s.exportDepartments},
	}
}

// tree is the whole tree that the admin sees, as lists instead of objects, because a page with 30,000
// departments must load fast. Each row is id, parent, name, order and the members of the department itself.
func (s *Service) tree(v *visit) (any, error) {
	rows := [][5]any{}
	var members int64 // of the whole corp, each member counted once
	err := v.look(func(tx *store.Tx) error {
		list, err := s.deps.Directory.Departments(v.ctx(), tx, v.by, 0)
		if err != nil {
			return err
		}
		if v.by.SeesAll() {
			if members, _, err = s.deps.Directory.Size(tx, v.corpID); err != nil {
				return err
			}
		}
		population, err := s.deps.Directory.Populations(tx, v.corpID)
		for _, d := range list {
			rows = append(rows, [5]any{d.ID, d.ParentID, d.Name, d.Order, population[d.ID]})
		}
		return err
	})
	return map[string]any{"departments": rows, "members": members}, err
}

type departmentForm struct {
	ID      int64   `json:"id"`
	Parent  *int64  `json:"parent"`
	Name    *string `json:"name"`
	NameEN  *string `json:"name_en"`
	Order   *int64  `json:"order"`
	Version string  `json:"version"` // the name and parent that the page has seen, as parent/name
}

// within answers errOutside unless the departments are in the admin's range.
func (v *visit) within(tx *store.Tx, departments ...int64) error {
	if v.by.SeesAll() || len(departments) == 0 {
		return nil
	}
	seen, err := v.s.deps.Directory.VisibleDepartments(tx, v.by, departments)
	if err != nil {
		return err
	}
	for _, d := range departments {
		if !seen[d] {
			return errOutside
		}
	}
	return nil
}

func (s *Service) createDepartment(v *visit) (any, error) {
	var req departmentForm
	if err := v.read(&req); err != nil {
		return nil, err
	}
	d := directory.NewDepartment{ID: req.ID, ParentID: access.Root, Order: req.Order}
	if req.Parent != nil {
		d.ParentID = *req.Parent
	}
	if req.Name != nil {
		d.Name = *req.Name
	}
	if req.NameEN != nil {
		d.NameEN = *req.NameEN
	}
	var made int64
	err := v.change(func(tx *store.Tx) (_ done, err error) {
		if err := v.within(tx, d.ParentID); err != nil {
			return done{}, err
		}
		made, err = s.deps.Directory.CreateDepartment(v.ctx(), tx, v.by, d)
		return done{"department.create", d.Name, map[string]any{"id": made, "parent": d.ParentID}}, err
	})
	return map[string]int64{"id": made}, err
}

func departmentVersion(d directory.Department) string {
	return fmt.Sprintf("%d/%s", d.ParentID, d.Name)
}

func (s *Service) updateDepartment(v *visit) (any, error) {
	dep, err := v.number("id")
	if err != nil {
		return nil, err
	}
	var req departmentForm
	if err := v.read(&req); err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		touched := []int64{dep}
		if req.Parent != nil {
			touched = append(touched, *req.Parent)
		}
		if err := v.within(tx, touched...); err != nil {
			return done{}, err
		}
		old, err := s.deps.Directory.Department(v.ctx(), tx, v.by, dep)
		if err != nil {
			return done{}, err
		}
		if req.Version != "" && req.Version != departmentVersion(old) {
			return done{}, errStale
		}
		// The top of a range stays where it is: only an admin who sees above it may move it.
		if req.Parent != nil && *req.Parent != old.ParentID && slices.Contains(v.by.Range.Departments, dep) && !v.by.SeesAll() {
			return done{}, errOutside
		}
		detail := map[string]any{"id": dep}
		if req.Name != nil && *req.Name != old.Name {
			detail["name"] = []string{old.Name, *req.Name}
		}
		if req.Parent != nil && *req.Parent != old.ParentID {
			detail["parent"] = []int64{old.ParentID, *req.Parent}
		}
		if req.Order != nil && *req.Order != old.Order {
			detail["order"] = []int64{old.Order, *req.Order}
		}
		err = s.deps.Directory.UpdateDepartment(v.ctx(), tx, v.by, directory.DepartmentUpdate{ID: dep, ParentID: req.Parent, Name: req.Name, NameEN: req.NameEN, Order: req.Order})
		return done{"department.update", old.Name, detail}, err
	})
}

func (s *Service) deleteDepartment(v *visit) (any, error) {
	dep, err := v.number("id")
	if err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		if err := v.within(tx, dep); err != nil {
			return done{}, err
		}
		if slices.Contains(v.by.Range.Departments, dep) && !v.by.SeesAll() {
			return done{}, errOutside
		}
		old, err := s.deps.Directory.Department(v.ctx(), tx, v.by, dep)
		if err != nil {
			return done{}, err
		}
		return done{"department.delete", old.Name, map[string]any{"id": dep, "parent": old.ParentID}}, s.deps.Directory.DeleteDepartment(v.ctx(), tx, v.by, dep)
	})
}

func (s *Service) exportDepartments(v *visit) (any, error) {
	return v.sheet("departments.csv", func(tx *store.Tx, put func([]string) error) error {
		list, err := s.deps.Directory.Departments(v.ctx(), tx, v.by, 0)
		if err == nil {
			err = put(sheet.DepartmentHeader)
		}
		for _, d := range list {
			if err != nil {
				return err
			}
			err = put(sheet.DepartmentCells(d))
		}
		return err
	})
}

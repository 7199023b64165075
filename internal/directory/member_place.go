package directory

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// places builds a member's seats from the three parallel lists of the wire. Duplicates of a department are
// merged.
func places(departments []int64, orders, leads *[]int64) ([]Place, error) {
	if len(departments) > maxPlaces {
		return nil, ErrPlaces.With("at most %d departments, %d given", maxPlaces, len(departments))
	}
	if orders != nil && len(*orders) > 0 && len(*orders) != len(departments) {
		return nil, wire.ErrParameter.With("order has %d elements, department %d", len(*orders), len(departments)) // the code is unverified
	}
	if leads != nil && len(*leads) > 0 && len(*leads) != len(departments) {
		return nil, ErrLeaderFlags
	}
	var out []Place
	for i, d := range departments {
		p := Place{Department: d}
		if orders != nil && len(*orders) > 0 {
			p.Order = (*orders)[i]
		}
		if leads != nil && len(*leads) > 0 {
			if l := (*leads)[i]; l != 0 && l != 1 {
				return nil, wire.ErrParameter.With("is_leader_in_dept: 0 or 1 expected")
			}
			p.Leader = (*leads)[i] == 1
		}
		if p.Order < 0 || p.Order > maxOrder {
			return nil, wire.ErrParameter.With("order %d: 0 to 4294967295 expected", p.Order)
		}
		if d < 0 || d > maxInt32 {
			return nil, ErrPartyList.With("department %d: a positive 32-bit number expected", d)
		}
		if !slices.ContainsFunc(out, func(q Place) bool { return q.Department == d }) {
			out = append(out, p)
		}
	}
	return out, nil
}

// settle finds the member's departments. A member without any is put into the waiting department. If creating
// is set, missing departments are created below that one: user/create and imports document this (doc 90195,
// 90979). user/update (doc 90197) does not, so there they are ErrPartyInvalid, whose code is unverified.
func (s *Service) settle(ctx context.Context, tx *store.Tx, by access.Caller, m *Member, creating bool) (created []Department, err error) {
	if len(m.Places) == 0 || (len(m.Places) == 1 && m.Places[0].Department == 0) {
		waiting, err := s.waitingDepartment(ctx, tx, by)
		if err != nil {
			return nil, err
		}
		m.Places = []Place{{Department: waiting}}
	}
	aheadDepartments(tx, by, m.Places)
	for _, p := range m.Places {
		if p.Department == 0 {
			return nil, ErrPartyList.With("department 0 can only stand alone")
		}
		_, found, err := selectDepartment(tx, by.CorpID, p.Department)
		if err != nil {
			return nil, err
		}
		if !found && !creating {
			return nil, ErrPartyInvalid.With("department %d does not exist", p.Department)
		}
		if !found {
			d, err := s.createWaiting(ctx, tx, by, p.Department)
			if err != nil {
				return nil, err
			}
			created = append(created, d)
		}
	}
	if m.MainDepartment == 0 {
		m.MainDepartment = m.Places[0].Department
	} else if !slices.Contains(m.Departments(), m.MainDepartment) {
		return nil, wire.ErrParameter.With("main_department %d is not one of the member's departments", m.MainDepartment) // the code is unverified
	}
	return created, nil
}

// aheadDepartments announces that settle asks for the departments.
func aheadDepartments(tx *store.Tx, by access.Caller, places []Place) {
	for _, p := range places {
		tx.Ahead(func() error { _, _, err := selectDepartment(tx, by.CorpID, p.Department); return err })
	}
}

// moved returns how the number of nodes below each department changes when a member's places do.
func moved(from, to []Place) map[int64]int64 {
	changes := map[int64]int64{}
	for _, p := range from {
		changes[p.Department]--
	}
	for _, p := range to {
		changes[p.Department]++
	}
	maps.DeleteFunc(changes, func(_, by int64) bool { return by == 0 })
	return changes
}

// waitingName is the department for members who have none (doc 90195).
const waitingName = "其他（待设置部门）"

// waitingDepartment returns the id of the department for members without one. It creates the department if
// needed. The platform's id for it is not documented.
func (s *Service) waitingDepartment(ctx context.Context, tx *store.Tx, by access.Caller) (int64, error) {
	var waiting int64
	found, err := tx.Get(`SELECT id FROM department WHERE corpid = ? AND parentid = ? AND name = ?`, []any{by.CorpID, access.Root, waitingName}, &waiting)
	if err != nil || found {
		return waiting, err
	}
	return s.CreateDepartment(ctx, tx, by, NewDepartment{ParentID: access.Root, Name: waitingName})
}

// createWaiting makes a department that a member was put into although it did
// not exist. Its name is not documented; we name it after its id.
func (s *Service) createWaiting(ctx context.Context, tx *store.Tx, by access.Caller, dep int64) (Department, error) {
	waiting, err := s.waitingDepartment(ctx, tx, by)
	if err != nil {
		return Department{}, err
	}
	d := Department{ID: dep, ParentID: waiting, Name: strconv.FormatInt(dep, 10)}
	_, err = s.CreateDepartment(ctx, tx, by, NewDepartment{ID: d.ID, ParentID: waiting, Name: d.Name})
	return d, err
}

// Waiting returns the id of the department for members without one, if it exists.
func (s *Service) Waiting(tx *store.Tx, corpID string) (dep int64, found bool, err error) {
	found, err = tx.Get(`SELECT id FROM department WHERE corpid = ? AND parentid = ? AND name = ?`, []any{corpID, access.Root, waitingName}, &dep)
	return dep, found, err
}

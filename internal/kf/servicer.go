package kf

import (
	"context"
	"errors"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/licence"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Servicer is a member or a department that serves an account's customers.
type Servicer struct {
	No         int64
	Member     int64 // our number; 0 for a department
	Department int64
}

// Duty says whether a servicer receives customers.
type Duty int64

// The duties. Whoever has said nothing receives.
const (
	Receiving Duty = iota
	Stopped
	Suspended
)

// status and stopType are what servicer/list says of a duty (doc 94645). Events count otherwise, from 1 (doc
// 94670).
func (d Duty) status() int64 { return flag(d != Receiving) }

func (d Duty) stopType() int64 { return flag(d == Suspended) }

// Errors of servicers (doc 90313).
var (
	ErrServicers    = wire.Code(95020, "servicer list too long")
	ErrNotListed    = wire.Code(60253, "given servicer not in the servicer list")
	ErrNotServicer  = wire.Code(95014, "user is not a servicer or never activated")
	ErrNotReceiving = wire.Code(95019, "servicer stopped or suspended")
	errDepartment   = wire.Code(60003, "department not found")
)

// Limits of servicers (doc 94646, 94647).
const (
	maxServicers         = 2000 // members of an account
	maxDepartments       = 20   // of an account
	maxServicersAtOnce   = 100
	maxDepartmentsAdded  = 20
	maxDepartmentsGiven  = 100 // to servicer/del
	servicersTextSuccess = "success"
	servicersTextIgnored = "ignored"
)

// People are members and departments in a request.
type People struct {
	Users       []id.UserID
	Departments []int64
}

func (p People) valid(departments int) error {
	switch {
	case len(p.Users)+len(p.Departments) == 0:
		return wire.ErrParameter.With("userid_list and department_id_list: one of them expected")
	case len(p.Users) > maxServicersAtOnce:
		return wire.ErrParameter.With("userid_list: at most %d, %d given", maxServicersAtOnce, len(p.Users))
	case len(p.Departments) > departments:
		return wire.ErrParameter.With("department_id_list: at most %d, %d given", departments, len(p.Departments))
	}
	return nil
}

// Outcome is what became of one of People.
type Outcome struct {
	UserID     id.UserID
	Department int64
	Ignored    bool // nothing had to be done
	Err        error
}

// AddServicers lets members and departments serve an account that the caller manages. Each has an outcome of
// its own. Doc 94646.
func (s *Service) AddServicers(ctx context.Context, tx *store.Tx, by access.Caller, open id.ServiceAccount, p People) (out []Outcome, err error) {
	a, err := s.managed(tx, by, open)
	if err != nil {
		return nil, err
	}
	if err := p.valid(maxDepartmentsAdded); err != nil {
		return nil, err
	}
	// Whoever adds at the same time waits, so that all are counted.
	if _, err := tx.Only(accountRow(a.No)).Exec(`UPDATE kf_account SET seq = seq WHERE corpid = ? AND no = ?`, by.CorpID, a.No); err != nil {
		return nil, err
	}
	list, err := recallServicers(tx, a)
	if err != nil {
		return nil, err
	}
	known, members, departments := map[Servicer]bool{}, 0, 0
	for _, v := range list {
		known[Servicer{Member: v.Member, Department: v.Department}] = true
		members, departments = members+int(flag(v.Member != 0)), departments+int(flag(v.Department != 0))
	}
	add := func(v Servicer, room bool) (ignored bool, err error) {
		switch {
		case known[v]:
			return true, nil
		case !room:
			return false, ErrServicers.With("at most %d members and %d departments", maxServicers, maxDepartments)
		}
		known[v] = true
		return false, insertServicer(tx, a, v)
	}
	for _, u := range p.Users {
		o := Outcome{UserID: u}
		m, err := s.servicer(ctx, tx, by, u)
		if err == nil {
			err = s.licensed(ctx, tx, by, m.No)
		}
		if err == nil {
			if o.Ignored, err = add(Servicer{Member: m.No}, members < maxServicers); err == nil && !o.Ignored {
				members++
			}
		}
		if out, err = settle(out, o, err); err != nil {
			return nil, err
		}
	}
	for _, d := range p.Departments {
		o := Outcome{Department: d}
		err := s.department(tx, by, d)
		if err == nil {
			if o.Ignored, err = add(Servicer{Department: d}, departments < maxDepartments); err == nil && !o.Ignored {
				departments++
			}
		}
		if out, err = settle(out, o, err); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// settle adds an outcome. A refusal is of this one alone, everything else of the whole call.
func settle(out []Outcome, o Outcome, err error) ([]Outcome, error) {
	var refused wire.Error
	if err != nil && !errors.As(err, &refused) {
		return nil, err
	}
	o.Err = err
	return append(out, o), nil
}

// licensed refuses a member without a licence for the calls of a provider's application about customers (doc
// 95652). Nobody lacks one where none is needed.
func (s *Service) licensed(ctx context.Context, tx *store.Tx, by access.Caller, member int64) error {
	lacking, err := s.deps.Customers.Unlicensed(ctx, tx, by, []int64{member})
	if err == nil && lacking[member] {
		err = licence.ErrNoExternal
	}
	return err
}

// servicer returns a member whom the caller may make a servicer. It answers ErrRange for one out of range.
func (s *Service) servicer(ctx context.Context, tx *store.Tx, by access.Caller, user id.UserID) (directory.Member, error) {
	m, err := s.deps.Directory.Member(ctx, tx, by, user)
	if errors.Is(err, wire.ErrNoPrivilege) {
		err = ErrRange.With("%q", user)
	}
	return m, err
}

func (s *Service) department(tx *store.Tx, by access.Caller, department int64) error {
	_, found, err := s.deps.Directory.FindDepartment(tx, by.CorpID, department)
	if err != nil {
		return err
	}
	if !found {
		return errDepartment.With("%d", department)
	}
	visible, err := s.deps.Directory.VisibleDepartments(tx, by, []int64{department})
	if err == nil && !visible[department] {
		err = ErrRange.With("department %d", department)
	}
	return err
}

// RemoveServicers takes members and departments from an account that the caller manages. Whoever is serving a
// customer goes on with that. Doc 94647.
func (s *Service) RemoveServicers(ctx context.Context, tx *store.Tx, by access.Caller, open id.ServiceAccount, p People) (out []Outcome, err error) {
	a, err := s.managed(tx, by, open)
	if err != nil {
		return nil, err
	}
	if err := p.valid(maxDepartmentsGiven); err != nil {
		return nil, err
	}
	numbers, err := s.deps.Directory.MemberNumbers(tx, by.CorpID, id.Texts(p.Users))
	if err != nil {
		return nil, err
	}
	for _, u := range p.Users {
		o := Outcome{UserID: u, Ignored: true}
		if no := numbers[string(u)]; no != 0 {
			n, err := deleteServicer(tx, a, Servicer{Member: no})
			if err != nil {
				return nil, err
			}
			o.Ignored = n == 0
		} else {
			o.Err = directory.ErrMemberNotFound.With("%q", u)
		}
		out = append(out, o)
	}
	for _, d := range p.Departments {
		n, err := deleteServicer(tx, a, Servicer{Department: d})
		if err != nil {
			return nil, err
		}
		out = append(out, Outcome{Department: d, Ignored: n == 0})
	}
	return out, nil
}

// servicersWithin reports whether the caller sees all servicers of an account who are in the corp.
func (s *Service) servicersWithin(tx *store.Tx, by access.Caller, a Account) (bool, error) {
	list, err := recallServicers(tx, a)
	if err != nil {
		return false, err
	}
	var members, departments []int64
	for _, v := range list {
		if v.Member != 0 {
			members = append(members, v.Member)
		} else {
			departments = append(departments, v.Department)
		}
	}
	here, err := s.deps.Directory.NumberedMembers(tx, by.CorpID, members)
	if err != nil {
		return false, err
	}
	members = slices.DeleteFunc(members, func(no int64) bool { return here[no] == "" })
	visible, err := s.deps.Directory.Within(tx, by.CorpID, by.Range, members)
	if err != nil || len(visible) < len(members) {
		return false, err
	}
	seen, err := s.deps.Directory.VisibleDepartments(tx, by, departments)
	if err != nil {
		return false, err
	}
	for _, d := range departments {
		_, found, err := s.deps.Directory.FindDepartment(tx, by.CorpID, d)
		if err != nil || found && !seen[d] {
			return false, err
		}
	}
	return true, nil
}

// Listed is a servicer of an account as a list has it.
type Listed struct {
	UserID     id.UserID // empty for a department
	Department int64
	Duty       Duty
}

// Servicers returns the servicers of an account in the order in which they were added. A member who has left
// is none.
func (s *Service) Servicers(tx *store.Tx, a Account) (out []Listed, err error) {
	list, err := recallServicers(tx, a)
	if err != nil {
		return nil, err
	}
	var members []int64
	for _, v := range list {
		members = append(members, v.Member)
	}
	users, err := s.deps.Directory.NumberedMembers(tx, a.CorpID, members)
	if err != nil {
		return nil, err
	}
	rests, err := selectRests(tx, a)
	for _, v := range list {
		if v.Member == 0 || users[v.Member] != "" {
			out = append(out, Listed{users[v.Member], v.Department, rests[v.Member]})
		}
	}
	return out, err
}

// onDuty returns a servicer of the account who receives customers. It answers ErrNotListed, ErrNotServicer for
// a member who has never signed in, and ErrNotReceiving.
func (s *Service) onDuty(ctx context.Context, tx *store.Tx, by access.Caller, a Account, user id.UserID) (directory.Member, error) {
	m, err := s.serves(ctx, tx, by, a, user)
	if err != nil {
		return m, err
	}
	rests, err := selectRests(tx, a)
	switch {
	case err != nil:
	case m.Status() != directory.Active:
		err = ErrNotServicer.With("%q has never signed in", m.UserID)
	case rests[m.No] != Receiving:
		err = ErrNotReceiving.With("%q", m.UserID)
	}
	return m, err
}

// serves returns a member who is a servicer of the account, alone or in a department. It answers ErrNotListed.
func (s *Service) serves(ctx context.Context, tx *store.Tx, by access.Caller, a Account, user id.UserID) (directory.Member, error) {
	m, err := s.servicer(ctx, tx, by, user)
	if err != nil {
		return m, err
	}
	list, err := recallServicers(tx, a)
	if err != nil {
		return m, err
	}
	var departments access.Range
	for _, v := range list {
		if v.Member == m.No {
			return m, nil
		}
		if v.Department != 0 {
			departments.Departments = append(departments.Departments, v.Department)
		}
	}
	in, err := s.deps.Directory.Within(tx, by.CorpID, departments, []int64{m.No})
	if err == nil && len(in) == 0 {
		err = ErrNotListed.With("%q", m.UserID)
	}
	return m, err
}

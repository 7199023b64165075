package directory

import (
	"fmt"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Shift is who enters a visible range and who leaves it through one change, each in the order of creation. A
// disabled member counts as outside every range here, as subscribe and unsubscribe do (doc 90240).
type Shift struct{ In, Out []id.UserID }

// Shift returns whether the new member is in the range.
func (e MemberCreatedEvent) Shift(tx *store.Tx, corpID string, r access.Range) (Shift, error) {
	return e.s.shift(tx, corpID, r, nil, &e.Member)
}

// MayShift reports whether the change can let the member enter or leave a range.
func (e MemberUpdatedEvent) MayShift() bool {
	return e.Before.Enabled != e.Member.Enabled || !slices.Equal(e.Before.Departments(), e.Member.Departments())
}

// Shift returns whether the member entered the range or left it. The range still names the member by the old
// userid.
func (e MemberUpdatedEvent) Shift(tx *store.Tx, corpID string, r access.Range) (Shift, error) {
	if !e.MayShift() {
		return Shift{}, nil
	}
	before, after := e.Before, e.Member
	after.UserID = before.UserID
	shift, err := e.s.shift(tx, corpID, r, &before, &after)
	return shift.renamed(e.Member.UserID), err
}

func (s Shift) renamed(to id.UserID) Shift {
	for _, list := range [][]id.UserID{s.In, s.Out} {
		for i := range list {
			list[i] = to
		}
	}
	return s
}

func (s *Service) shift(tx *store.Tx, corpID string, r access.Range, before, after *Member) (shift Shift, err error) {
	var was, is bool
	if before != nil && before.Enabled {
		if was, err = s.InRange(tx, corpID, r, *before); err != nil {
			return shift, err
		}
	}
	if after != nil && after.Enabled {
		if is, err = s.InRange(tx, corpID, r, *after); err != nil {
			return shift, err
		}
	}
	switch {
	case is && !was:
		shift.In = []id.UserID{after.UserID}
	case was && !is:
		shift.Out = []id.UserID{before.UserID}
	}
	return shift, nil
}

// Shift returns whether the deleted member was in the range. The range must still name the member.
func (e MemberDeletedEvent) Shift(tx *store.Tx, corpID string, r access.Range) (s Shift, err error) {
	if !e.Before.Enabled {
		return s, nil
	}
	was := slices.ContainsFunc(e.Tags, func(t int64) bool { return slices.Contains(r.Tags, t) })
	if !was {
		if was, err = e.s.InRange(tx, corpID, r, e.Before); err != nil {
			return s, err
		}
	}
	if was {
		s.Out = []id.UserID{e.UserID}
	}
	return s, nil
}

// Shift returns who entered the range or left it with a moved department.
func (e DepartmentUpdatedEvent) Shift(tx *store.Tx, corpID string, r access.Range) (s Shift, err error) {
	if e.ParentID == nil || r.All() {
		return s, nil
	}
	by := access.System(corpID).Within(r)
	was, err := anyBelowRange(tx, by, []int64{e.Before.ParentID})
	if err != nil {
		return s, err
	}
	is, err := anyBelowRange(tx, by, []int64{*e.ParentID})
	if err != nil || was == is {
		return s, err
	}
	moved := access.Range{Departments: []int64{e.ID}}
	if was {
		s.Out, err = difference(tx, corpID, moved, r, 0)
	} else {
		s.In, err = difference(tx, corpID, moved, r, e.ID)
	}
	return s, err
}

// Shift returns who entered or left a range that names the tag, through what was added to the tag or removed
// from it.
func (e TagUpdatedEvent) Shift(tx *store.Tx, corpID string, r access.Range) (s Shift, err error) {
	if r.All() || !slices.Contains(r.Tags, e.TagID) {
		return s, nil
	}
	now, err := tagContent(tx, corpID, e.TagID)
	if err != nil {
		return s, err
	}
	// What the range holds in other ways, including through the tag's departments. Members that the tag
	// itself names are checked one by one.
	other := withoutTag(r, e.TagID)
	had := slices.DeleteFunc(now.Departments, func(d int64) bool { return slices.Contains(e.AddParties, d) })
	other.Departments = slices.Concat(other.Departments, had, e.DelParties)
	if s.In, err = e.s.outside(tx, corpID, other, e.AddUsers); err != nil {
		return s, err
	}
	if s.Out, err = e.s.outside(tx, corpID, r, e.DelUsers); err != nil {
		return s, err
	}
	came, err := below(tx, corpID, e.AddParties, other)
	if err != nil {
		return s, err
	}
	for _, u := range came {
		if !slices.ContainsFunc(now.Members, u.Equal) {
			s.In = append(s.In, u)
		}
	}
	left, err := below(tx, corpID, e.DelParties, r)
	s.Out = distinct(append(s.Out, left...))
	return s, err
}

// Shift returns who left a range that named the deleted tag.
func (t DeletedTag) Shift(tx *store.Tx, corpID string, r access.Range) (s Shift, err error) {
	if r.All() || !slices.Contains(r.Tags, t.ID) {
		return s, nil
	}
	r = withoutTag(r, t.ID)
	if s.Out, err = t.s.outside(tx, corpID, r, t.Members); err != nil {
		return s, err
	}
	left, err := below(tx, corpID, t.Departments, r)
	s.Out = distinct(append(s.Out, left...))
	return s, err
}

func withoutTag(r access.Range, tag int64) access.Range {
	r.Tags = slices.DeleteFunc(slices.Clone(r.Tags), func(t int64) bool { return t == tag })
	return r
}

// Shift returns who enters and who leaves when one range replaces another.
func (s *Service) Shift(tx *store.Tx, corpID string, from, to access.Range) (shift Shift, err error) {
	if shift.In, err = difference(tx, corpID, to, from, 0); err != nil {
		return shift, err
	}
	shift.Out, err = difference(tx, corpID, from, to, 0)
	return shift, err
}

// outside returns the members who are enabled and not in the range.
func (s *Service) outside(tx *store.Tx, corpID string, r access.Range, users []id.UserID) ([]id.UserID, error) {
	var out []id.UserID
	for _, u := range users {
		var m Member
		found, err := s.recallMember(tx, corpID, u.Key(), &m)
		if err != nil {
			return nil, err
		}
		if !found || !m.Enabled {
			continue
		}
		in, err := s.InRange(tx, corpID, r, m)
		if err != nil {
			return nil, err
		}
		if !in {
			out = append(out, m.UserID)
		}
	}
	return out, nil
}

// below returns the members of the departments and of all below them who are not in the range.
func below(tx *store.Tx, corpID string, departments []int64, r access.Range) ([]id.UserID, error) {
	if len(departments) == 0 {
		return nil, nil
	}
	return difference(tx, corpID, access.Range{Departments: departments}, r, 0)
}

// difference returns the enabled members who are in one range and not in the other. In the other range the
// department cut is detached from its parent; 0 is none.
func difference(tx *store.Tx, corpID string, of, except access.Range, cut int64) ([]id.UserID, error) {
	if of.Empty() || (except.All() && cut == 0) {
		return nil, nil
	}
	first, args := scopeAs("first", corpID, of, 0)
	second, more := scopeAs("second", corpID, except, cut)
	args = append(args, more...)
	in, more := membersOf("first", corpID, of)
	args = append(args, more...)
	not, more := membersOf("second", corpID, except)
	args = append(args, more...)
	set := in[0]
	for _, q := range in[1:] {
		set += ` UNION ` + q
	}
	for _, q := range not {
		set += ` EXCEPT ` + q
	}
	var out []id.UserID
	err := tx.Each(`WITH RECURSIVE `+first+`, `+second+` SELECT userid FROM member WHERE enabled = 1 AND no IN (`+set+`) ORDER BY no`, args,
		func(rows *store.Rows) error {
			var u id.UserID
			err := rows.Scan(&u)
			out = append(out, u)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("compare ranges: %w", err)
	}
	return out, nil
}

// membersOf returns queries for the numbers of the members of a range. The query must define the range's
// departments as name(id).
func membersOf(name, corpID string, r access.Range) (queries []string, args []any) {
	queries = []string{`SELECT p.member FROM member_department p JOIN ` + name + ` ON ` + name + `.id = p.department WHERE p.corpid = ?`}
	args = []any{corpID}
	if len(r.Members) > 0 {
		queries = append(queries, `SELECT no FROM member WHERE corpid = ? AND userkey IN (`+store.Marks(len(r.Members))+`)`)
		args = append(args, corpID)
		for _, u := range r.Members {
			args = append(args, u.Key())
		}
	}
	if len(r.Tags) > 0 {
		queries = append(queries, `SELECT member FROM tag_member WHERE corpid = ? AND tagid IN (`+store.Marks(len(r.Tags))+`)`)
		args = store.Args(append(args, corpID), r.Tags)
	}
	return queries, args
}

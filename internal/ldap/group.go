package ldap

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
)

// groupID identifies a group: a department or a tag.
type groupID struct {
	id  int64
	tag bool
}

// group is a department or a tag as an entry: among the groups, or, if unit is set, a department in the tree
// of units.
type group struct {
	groupID
	q    *query
	line []directory.Department
	name string // of a tag
	unit bool
}

func (g *group) dn() string {
	switch {
	case g.tag:
		return g.q.tree.tagDN(directory.Tag{ID: g.id, Name: g.name})
	case g.unit:
		return g.q.tree.unitDN(g.line)
	}
	return g.q.tree.groupDN(g.line)
}

var (
	groupClasses = []string{"top", "groupOfNames"}
	unitClasses  = []string{"top", "organizationalUnit"}
)

func (g *group) classes() []string {
	if g.unit {
		return unitClasses
	}
	return groupClasses
}

// own is the name without those above it.
func (g *group) own() string {
	if g.tag {
		return g.name
	}
	return g.line[0].Name
}

func (g *group) full() string {
	if g.tag {
		return g.name
	}
	return pathOf(g.line)
}

// units are the names of a unit. The root's entry has another name in its DN.
func (g *group) units() []string {
	if g.unit && len(g.line) == 1 {
		return []string{departments, g.own()}
	}
	return []string{g.own()}
}

// uuid is derived from the corp and the number, so that a department or tag keeps its own.
func (g *group) uuid() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %t %t %d", g.q.tree.corpID, g.tag, g.unit, g.id))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80 // version 8
	return uuidText(sum[:16])
}

func (g *group) term(f filter) (tri, error) {
	switch f.attr {
	case "objectclass":
		if f.kind == filterPieces {
			return isUndefined, nil
		}
		return truth(f.kind == filterPresent || hasClass(g.classes(), f.value)), nil
	case "structuralobjectclass":
		return valueTerm(f, g.classes()[1:]), nil
	case "cn":
		if g.unit {
			return isFalse, nil
		}
		return valueTerm(f, []string{g.full()}), nil
	case "ou":
		if g.tag {
			return isFalse, nil
		}
		return valueTerm(f, g.units()), nil
	case "departmentnumber":
		if g.tag {
			return isFalse, nil
		}
		return valueTerm(f, []string{number(g.id)}), nil
	case "member":
		if g.unit {
			return isFalse, nil
		}
		return g.memberTerm(f)
	case "entrydn":
		if f.kind != filterEqual {
			return truth(f.kind == filterPresent), nil
		}
		at, ok := g.q.spotAt(f.value)
		own, _ := g.q.spotAt(g.dn())
		return truth(ok && at.place == own.place && strings.EqualFold(at.text, own.text) && slices.EqualFunc(at.path, own.path, strings.EqualFold)), nil
	case "entryuuid":
		return valueTerm(f, []string{g.uuid()}), nil
	case "memberof", "manager":
		return isFalse, nil
	}
	if _, ok := g.q.tree.names.by[f.attr]; ok {
		return isFalse, nil // an attribute of members
	}
	return isUndefined, nil
}

func (g *group) memberTerm(f filter) (tri, error) {
	switch f.kind {
	case filterEqual:
		in, err := g.q.groupsOf(f.value)
		return truth(in[g.groupID]), err
	case filterPresent:
		some := false
		err := g.q.eachMember(g.groupID, 1, func(id.UserID) { some = true })
		return truth(some), err
	}
	return isUndefined, nil
}

// write writes the group or unit.
func (g *group) write(w *writer) error {
	q := g.q
	var members []string
	if !g.unit && q.sel.wants("member") {
		err := q.eachMember(g.groupID, 0, func(user id.UserID) { members = append(members, q.tree.personDN(user)) })
		if err != nil {
			return err
		}
	}
	dn := g.dn()
	w.entry(q.id, dn, q.sel, func(e entry) {
		if q.sel.wants("objectclass") {
			e.add("objectClass", g.classes()...)
		}
		if !g.unit && q.sel.wants("cn") {
			e.add("cn", g.full())
		}
		if !g.tag && q.sel.wants("ou") {
			e.add("ou", g.units()...)
		}
		if !g.tag && q.sel.wants("departmentnumber") {
			e.add("departmentNumber", number(g.id))
		}
		e.add("member", members...)
		if q.sel.wantsHidden("entryuuid") {
			e.add("entryUUID", g.uuid())
		}
		e.common(dn, g.classes()[1], "FALSE")
	})
	return nil
}

// eachMember calls fn for the members of a group that the reader may see; only for the first ones if a limit
// is given.
func (q *query) eachMember(g groupID, limit int, fn func(id.UserID)) error {
	f := directory.Within(g.id, true)
	if g.tag {
		f = directory.Tagged(g.id)
	}
	if limit > 0 {
		list, err := q.s.deps.Directory.FindMembers(q.tx, q.by, f, directory.MemberPage{Limit: limit})
		for i := range list {
			fn(list[i].UserID)
		}
		return err
	}
	return q.s.deps.Directory.FoundUserIDs(q.tx, q.by, f, func(_ int64, user id.UserID) error {
		fn(user)
		return nil
	})
}

// groupsOf returns the groups of the member of the name.
func (q *query) groupsOf(dn string) (map[groupID]bool, error) {
	if in, ok := q.in[dn]; ok {
		return in, nil
	}
	in := map[groupID]bool{}
	q.in[dn] = in
	user, ok := q.personAt(dn)
	if !ok {
		return in, nil
	}
	list, err := q.s.deps.Directory.FindMembers(q.tx, q.by, directory.Is(directory.KeyUserID, string(user)), directory.MemberPage{Limit: 1})
	if err != nil || len(list) == 0 {
		return in, err
	}
	return in, q.addGroups(in, &list[0])
}

func (q *query) addGroups(in map[groupID]bool, m *directory.Member) error {
	var all []int64
	for _, d := range m.Departments() {
		line, err := q.s.line(q.tx, q.tree.corpID, d)
		if err != nil {
			return err
		}
		for _, d := range line {
			if !in[groupID{d.ID, false}] {
				in[groupID{d.ID, false}] = true
				all = append(all, d.ID)
			}
		}
	}
	tags, err := q.s.deps.Directory.TagsVia(q.tx, q.tree.corpID, m.No, all)
	for _, t := range tags {
		in[groupID{t.ID, true}] = true
	}
	return err
}

// sees reports whether the reader may see the department.
func (q *query) sees(dep int64) (bool, error) {
	if q.by.SeesAll() {
		return true, nil
	}
	if q.self != nil {
		in, err := q.groupsOf(q.tree.personDN(q.self.UserID))
		return in[groupID{dep, false}], err
	}
	if seen, ok := q.seen[dep]; ok {
		return seen, nil
	}
	visible, err := q.s.deps.Directory.VisibleDepartments(q.tx, q.by, []int64{dep})
	q.seen[dep] = visible[dep]
	return visible[dep], err
}

// seesGroup extends sees to tags. Everybody sees every tag, except a member who may read only their own
// entry.
func (q *query) seesGroup(g groupID) (bool, error) {
	if !g.tag {
		return q.sees(g.id)
	}
	if q.self == nil {
		return true, nil
	}
	in, err := q.groupsOf(q.tree.personDN(q.self.UserID))
	return in[g], err
}

func (q *query) seesPerson(user id.UserID) (bool, error) {
	n, err := q.s.deps.Directory.CountMembers(q.tx, q.by, directory.Is(directory.KeyUserID, string(user)))
	return n > 0, err
}

// departments returns the visible departments after the id as entries, ordered by id: those among the
// candidates, or all if the candidates are nil.
func (q *query) departments(c candidates, after int64, unit bool) ([]*group, error) {
	var out []*group
	if c == nil && q.self != nil {
		in, err := q.groupsOf(q.tree.personDN(q.self.UserID))
		if err != nil {
			return nil, err
		}
		c = in
	}
	if c != nil {
		for g := range c {
			if g.tag || g.id <= after {
				continue
			}
			seen, err := q.sees(g.id)
			if err != nil {
				return nil, err
			}
			line, err := q.s.line(q.tx, q.tree.corpID, g.id)
			if err != nil {
				return nil, err
			}
			if seen && len(line) > 0 {
				out = append(out, &group{groupID: g, q: q, line: line, unit: unit})
			}
		}
		slices.SortFunc(out, func(a, b *group) int { return int(a.id - b.id) })
		return out, nil
	}
	list, err := q.s.deps.Directory.Tree(q.tx, q.by)
	if err != nil {
		return nil, err
	}
	byID := make(map[int64]int, len(list))
	for i, d := range list {
		byID[d.ID] = i
	}
	for _, d := range list {
		if d.ID <= after {
			continue
		}
		line := []directory.Department{d}
		for line[len(line)-1].ID != access.Root {
			i, ok := byID[line[len(line)-1].ParentID]
			if !ok { // the parent is above the range
				if line, err = q.s.line(q.tx, q.tree.corpID, d.ID); err != nil {
					return nil, err
				}
				break
			}
			line = append(line, list[i])
		}
		if len(line) > 0 {
			out = append(out, &group{groupID: groupID{d.ID, false}, q: q, line: line, unit: unit})
		}
	}
	return out, nil
}

// tags is departments for tags.
func (q *query) tags(c candidates, after int64) ([]*group, error) {
	if c != nil && !slices.ContainsFunc(slices.Collect(maps.Keys(c)), func(g groupID) bool { return g.tag }) {
		return nil, nil
	}
	list, err := q.s.deps.Directory.Tags(q.ctx, q.tx, q.by)
	if err != nil {
		return nil, err
	}
	var out []*group
	for _, t := range list {
		g := groupID{t.ID, true}
		if t.ID <= after || (c != nil && !c[g]) {
			continue
		}
		seen, err := q.seesGroup(g)
		if err != nil {
			return nil, err
		}
		if seen {
			out = append(out, &group{groupID: g, q: q, name: t.Name})
		}
	}
	return out, nil
}

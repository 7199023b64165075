package scim

import (
	"maps"
	"slices"

	"qiwei/internal/directory"
	"qiwei/internal/id"
)

func (q *request) members(g group) (list []any, err error) {
	add := func(value, kind string) {
		list = append(list, document{"value": value, "type": kind, "$ref": q.base + "/" + kind + "s/" + value})
	}
	if !g.tag {
		return list, q.s.deps.Directory.FoundUserIDs(q.tx, q.by, directory.Within(g.id, false), func(no int64, _ id.UserID) error {
			add(q.s.userID(no), "User")
			return nil
		})
	}
	content, err := q.s.deps.Directory.Tag(q.ctx, q.tx, q.by, g.id)
	if err != nil {
		return nil, err
	}
	for _, m := range content.Members {
		add(q.s.userID(m.No), "User")
	}
	for _, dep := range content.Departments {
		add(groupID{id: dep}.text(), "Group")
	}
	return list, nil
}

// memberIDs are the users and departments of a list of members, by their ids.
type memberIDs map[string]bool

func (q *request) memberIDs(g groupID, list []document) (memberIDs, error) {
	out := memberIDs{}
	for _, o := range list {
		value := refersTo(o)
		if value == "" {
			return nil, bad(invalidValue, "members: value is missing")
		}
		if n, isGroup := parseGroupID(value); isGroup && (!g.tag || n.tag) {
			return nil, bad(invalidValue, "members: %s; only a tag holds a department, and nothing a tag. A department hangs below another by its parent", value)
		}
		out[value] = true
	}
	return out, nil
}

// setMembers makes the group hold exactly those members.
func (q *request) setMembers(g groupID, wanted memberIDs) (document, error) {
	have, err := q.members(group{groupID: g})
	if err != nil {
		return nil, err
	}
	news, gone := maps.Clone(wanted), memberIDs{}
	for _, e := range have {
		value := e.(document).text("value")
		if delete(news, value); !wanted[value] {
			gone[value] = true
		}
	}
	if err := q.enter(g, news); err != nil {
		return nil, err
	}
	if err := q.leave(g, gone); err != nil {
		return nil, err
	}
	return q.whole(g)
}

// patchMembers carries out an operation on the members; done is false for others.
func (q *request) patchMembers(g group, c change) (done bool, err error) {
	if c.path == "" {
		return false, nil
	}
	p, err := groupType.parsePath(c.path)
	if isUnknown(err) {
		return true, nil // left out, as apply does
	}
	if err != nil || p.extension != nil || p.attribute.name != "members" {
		return false, err
	}
	if p.sub != nil {
		return true, bad(mutability, "members.%s cannot be written; remove the member and add another", p.sub.name)
	}
	if p.filter != nil && c.op != "remove" {
		return true, bad(mutability, "a member cannot be changed; remove it and add another")
	}
	var values []any
	if c.value != nil {
		n, err := p.attribute.normal(c.value)
		if err != nil {
			return true, err
		}
		values, _ = n.([]any)
	}
	ids, err := q.memberIDs(g.groupID, document{"x": values}.objects("x"))
	if err != nil {
		return true, err
	}
	switch {
	case c.op == "add":
		return true, q.enter(g.groupID, ids)
	case c.op == "replace":
		_, err := q.setMembers(g.groupID, ids)
		return true, err
	case p.filter == nil && c.value == nil:
		_, err := q.setMembers(g.groupID, nil)
		return true, err
	case p.filter == nil:
		return true, q.leave(g.groupID, ids)
	}
	if f := p.filter; f.op == "eq" && f.path.attribute.name == "value" { // the one in use
		if value, ok := f.value.(string); ok {
			return true, q.leave(g.groupID, memberIDs{value: true})
		}
	}
	have, err := q.members(g)
	if err != nil {
		return true, err
	}
	gone := memberIDs{}
	for _, e := range have {
		if o := e.(document); p.filter.holds(o) {
			gone[o.text("value")] = true
		}
	}
	return true, q.leave(g.groupID, gone)
}

// enter puts members into the group, and leave takes them out. It skips members who are in it already, or are
// not in it.
func (q *request) enter(g groupID, who memberIDs) error { return q.move(g, who, true) }

func (q *request) leave(g groupID, who memberIDs) error { return q.move(g, who, false) }

func (q *request) move(g groupID, who memberIDs, in bool) error {
	var nodes directory.TagNodes
	for _, value := range slices.Sorted(maps.Keys(who)) {
		if n, isGroup := parseGroupID(value); isGroup {
			nodes.Departments = append(nodes.Departments, n.id)
			continue
		}
		m, err := q.member(value)
		if err == errNotFound && !in {
			continue // gone already
		}
		if err != nil {
			return orBad(err, "members: there is no User "+value)
		}
		if g.tag {
			nodes.Users = append(nodes.Users, string(m.UserID))
			continue
		}
		if err := q.movePlace(m, g.id, in); err != nil {
			return err
		}
	}
	if !g.tag {
		return nil
	}
	return q.changeTag(g.id, nodes, in)
}

// changeTag changes what a tag holds, in portions that the directory accepts.
func (q *request) changeTag(tagID int64, nodes directory.TagNodes, in bool) error {
	do := q.s.deps.Directory.RemoveFromTag
	if in {
		do = q.s.deps.Directory.AddToTag
	}
	var portions []directory.TagNodes
	for users := range slices.Chunk(nodes.Users, 1000) {
		portions = append(portions, directory.TagNodes{Users: users})
	}
	for deps := range slices.Chunk(nodes.Departments, 100) {
		portions = append(portions, directory.TagNodes{Departments: deps})
	}
	for _, n := range portions {
		bad2, err := do(q.ctx, q.tx, q.by, tagID, n)
		if err != nil && in {
			return err
		}
		if in && len(bad2.Departments) > 0 {
			return bad(invalidValue, "members: there is no department %d", bad2.Departments[0])
		}
	}
	return nil
}

// movePlace puts a member into a department or takes the member out. A member who gets a first department leaves
// the waiting department. A member who loses the last one goes there.
func (q *request) movePlace(m directory.Member, dep int64, in bool) error {
	places := slices.Clone(m.Places)
	at := slices.IndexFunc(places, func(p directory.Place) bool { return p.Department == dep })
	switch {
	case in == (at >= 0):
		return nil
	case !in:
		places = slices.Delete(places, at, at+1)
	default:
		waiting, found, err := q.s.deps.Directory.Waiting(q.tx, q.by.CorpID)
		if err != nil {
			return err
		}
		if found && len(places) == 1 && places[0].Department == waiting {
			places = nil
		}
		places = append(places, directory.Place{Department: dep})
	}
	departments, orders, leads := []int64{}, []int64{}, []int64{}
	for _, p := range places {
		departments, orders, leads = append(departments, p.Department), append(orders, p.Order), append(leads, 0)
		if p.Leader {
			leads[len(leads)-1] = 1
		}
	}
	return q.s.deps.Directory.UpdateMember(q.ctx, q.tx, q.by, directory.MemberUpdate{UserID: m.UserID, Departments: &departments, Orders: &orders, Leads: &leads})
}

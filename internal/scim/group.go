package scim

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// groupID says which group: a department or a tag.
type groupID struct {
	id  int64
	tag bool
}

func (n groupID) text() string {
	if n.tag {
		return "tag-" + strconv.FormatInt(n.id, 10)
	}
	return "dept-" + strconv.FormatInt(n.id, 10)
}

func parseGroupID(text string) (n groupID, ok bool) {
	digits, ok := strings.CutPrefix(text, "dept-")
	if !ok {
		if digits, ok = strings.CutPrefix(text, "tag-"); !ok {
			return n, false
		}
		n.tag = true
	}
	var err error
	n.id, err = strconv.ParseInt(digits, 10, 64)
	return n, err == nil && n.id > 0 && n.text() == text
}

// group is a department or a tag with what a list of groups shows of it.
type group struct {
	groupID
	name   string
	parent int64 // 0 for the root and for tags
	path   string
}

// group returns the group of the id.
func (q *request) group(text string) (g group, err error) {
	var ok bool
	if g.groupID, ok = parseGroupID(text); !ok {
		return g, errNotFound
	}
	if g.tag {
		tags, err := q.s.deps.Directory.Tags(q.ctx, q.tx, q.by)
		if err != nil {
			return g, err
		}
		for _, t := range tags {
			if t.ID == g.id {
				g.name = t.Name
				return g, nil
			}
		}
		return g, errNotFound
	}
	line, err := q.s.deps.Directory.Line(q.tx, q.by.CorpID, g.id)
	if err != nil || len(line) == 0 {
		return g, cmp.Or(err, error(errNotFound))
	}
	g.name, g.parent, g.path = line[0].Name, line[0].ParentID, pathOf(line)
	return g, nil
}

// pathOf is the names of the departments from below the root down.
func pathOf(line []directory.Department) string {
	var names []string
	for i := len(line) - 2; i >= 0; i-- { // the last is the root
		names = append(names, strings.ReplaceAll(line[i].Name, "/", `\/`))
	}
	return strings.Join(names, "/")
}

// groupDocument returns a group as a document, with its members where they are
// wanted. Only with them it has a version.
func (q *request) groupDocument(g group, members bool, external string) (document, error) {
	d := document{"id": g.text(), "displayName": g.name}
	ext := document{"kind": "department"}
	if g.tag {
		ext["kind"] = "tag"
	}
	if g.parent > access.Root {
		value := groupID{id: g.parent}.text()
		ext["parent"] = document{"value": value, "$ref": q.base + "/Groups/" + value}
	}
	if g.path != "" {
		ext["path"] = g.path
	}
	d[urnNode] = ext
	if external != "" {
		d["externalId"] = external
	}
	if members {
		list, err := q.members(g)
		if err != nil {
			return nil, err
		}
		if list != nil {
			d["members"] = list
		}
	}
	d = q.finish(d, groupType, document{})
	if !members {
		delete(d.object("meta"), "version")
	}
	return d, nil
}

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

func (q *request) external(g groupID) (external string, err error) {
	query := `SELECT external_id FROM scim_department WHERE corpid = ? AND department = ?`
	if g.tag {
		query = `SELECT external_id FROM scim_tag WHERE corpid = ? AND tagid = ?`
	}
	_, err = q.tx.Get(query, []any{q.by.CorpID, g.id}, &external)
	return external, err
}

func (q *request) setExternal(g groupID, external string) error {
	table, column := "scim_department", "department"
	if g.tag {
		table, column = "scim_tag", "tagid"
	}
	if external == "" {
		_, err := q.tx.Exec(`DELETE FROM `+table+` WHERE corpid = ? AND `+column+` = ?`, q.by.CorpID, g.id)
		return err
	}
	_, err := q.tx.Exec(`INSERT INTO `+table+` (corpid, `+column+`, external_id) VALUES (?, ?, ?)
		ON CONFLICT (corpid, `+column+`) DO UPDATE SET external_id = excluded.external_id`, q.by.CorpID, g.id, external)
	return err
}

// whole returns the group with its members.
func (q *request) whole(g groupID) (document, error) {
	found, err := q.group(g.text())
	if err != nil {
		return nil, err
	}
	external, err := q.external(g)
	if err != nil {
		return nil, err
	}
	return q.groupDocument(found, true, external)
}

// node reads what a document says of where the group stands: below the root,
// where the extension names no parent. A parent of 0 is nothing said.
func (q *request) node(d document) (kind string, parent int64, err error) {
	ext := d.object(urnNode)
	if ext == nil {
		return "department", 0, nil
	}
	kind = cmp.Or(strings.ToLower(ext.text("kind")), "department")
	if kind != "department" && kind != "tag" {
		return "", 0, bad(invalidValue, "kind: department or tag expected")
	}
	above := refersTo(ext.object("parent"))
	if kind == "tag" {
		if above != "" {
			err = bad(invalidValue, "parent: a tag has none")
		}
		return kind, 0, err
	}
	if above == "" {
		return kind, access.Root, nil
	}
	g, err := q.group(above)
	if err == nil && g.tag {
		err = errNotFound
	}
	return kind, g.id, orBad(err, "parent: there is no such department")
}

func (q *request) createGroup(d document) (document, error) {
	name := d.text("displayName")
	if name == "" {
		return nil, bad(invalidValue, "displayName is required")
	}
	kind, parent, err := q.node(d)
	if err != nil {
		return nil, err
	}
	var g groupID
	if kind == "tag" {
		g.tag = true
		g.id, err = q.s.deps.Directory.CreateTag(q.ctx, q.tx, q.by, 0, name)
	} else {
		g.id, err = q.s.deps.Directory.CreateDepartment(q.ctx, q.tx, q.by, directory.NewDepartment{ParentID: cmp.Or(parent, access.Root), Name: name})
	}
	if err != nil {
		return nil, err
	}
	if err := q.setExternal(g, d.text("externalId")); err != nil {
		return nil, err
	}
	wanted, err := q.memberIDs(g, d.objects("members"))
	if err != nil {
		return nil, err
	}
	if err := q.enter(g, wanted); err != nil {
		return nil, err
	}
	return q.whole(g)
}

// refersTo returns the id that a reference means, by its value or its address.
func refersTo(o document) string {
	ref := o.text("$ref")
	return cmp.Or(o.text("value"), ref[strings.LastIndexByte(ref, '/')+1:])
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

// replaceGroup makes a group what the document says.
func (q *request) replaceGroup(g group, d document) (document, error) {
	if err := q.rename(g, d); err != nil {
		return nil, err
	}
	wanted, err := q.memberIDs(g.groupID, d.objects("members"))
	if err != nil {
		return nil, err
	}
	return q.hold(g.groupID, wanted)
}

// hold makes the group hold those and no others.
func (q *request) hold(g groupID, wanted memberIDs) (document, error) {
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

// rename changes the group's own attributes.
func (q *request) rename(g group, d document) error {
	name := d.text("displayName")
	if name == "" {
		return bad(invalidValue, "displayName is required")
	}
	kind, parent, err := q.node(d)
	if err != nil {
		return err
	}
	if d.object(urnNode).text("kind") != "" && (kind == "tag") != g.tag {
		return bad(mutability, "a department does not become a tag, nor a tag a department")
	}
	if g.tag {
		if name != g.name {
			err = q.s.deps.Directory.UpdateTag(q.ctx, q.tx, q.by, g.id, name)
		}
	} else {
		u := directory.DepartmentUpdate{ID: g.id}
		if name != g.name {
			u.Name = &name
		}
		if parent != 0 && parent != g.parent && g.id != access.Root {
			u.ParentID = &parent
		}
		if u.Name != nil || u.ParentID != nil {
			err = q.s.deps.Directory.UpdateDepartment(q.ctx, q.tx, q.by, u)
		}
	}
	if err != nil {
		return err
	}
	return q.setExternal(g.groupID, d.text("externalId"))
}

// patchGroup carries out a PATCH. What it says of members is done one by one:
// departments are large, and what comes is one member as a rule.
func (q *request) patchGroup(g group, list []change) (document, error) {
	external, err := q.external(g.groupID)
	if err != nil {
		return nil, err
	}
	d, err := q.groupDocument(g, false, external)
	if err != nil {
		return nil, err
	}
	d = d.clone()
	for _, c := range list {
		done, err := q.patchMembers(g, c)
		if err != nil {
			return nil, err
		}
		if done {
			continue
		}
		if c.path == "" {
			if o, ok := object(c.value); ok {
				if v, has := o.get("members"); has {
					if _, err := q.patchMembers(g, change{op: c.op, path: "members", value: v, has: true}); err != nil {
						return nil, err
					}
					rest := o.clone()
					maps.DeleteFunc(rest, func(k string, _ any) bool { return strings.EqualFold(k, "members") })
					c.value = rest
				}
			}
		}
		if err := c.apply(groupType, d); err != nil {
			return nil, err
		}
	}
	if err := q.rename(g, d); err != nil {
		return nil, err
	}
	return q.whole(g.groupID)
}

// patchMembers carries out an operation on the members; done is false for others.
func (q *request) patchMembers(g group, c change) (done bool, err error) {
	if c.path == "" {
		return false, nil
	}
	p, err := groupType.parsePath(c.path)
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
		_, err := q.hold(g.groupID, ids)
		return true, err
	case p.filter == nil && c.value == nil:
		_, err := q.hold(g.groupID, nil)
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

// enter puts members into the group, and leave takes them out. Who is in it
// already, or not, is passed over.
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
		if err := q.place(m, g.id, in); err != nil {
			return err
		}
	}
	if !g.tag {
		return nil
	}
	return q.tag(g.id, nodes, in)
}

// tag changes what a tag holds, in portions that the directory takes.
func (q *request) tag(tagID int64, nodes directory.TagNodes, in bool) error {
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

// place puts a member into a department or takes him out of it. Whoever waits for
// a department waits no longer, and whoever has none left waits.
func (q *request) place(m directory.Member, dep int64, in bool) error {
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

// deleteGroup removes a group. The members of a department go on in their others
// or wait for one; WeCom itself would refuse.
func (q *request) deleteGroup(g group) error {
	if g.tag {
		return q.s.deps.Directory.DeleteTag(q.ctx, q.tx, q.by, g.id)
	}
	if g.id != access.Root {
		have, err := q.members(g)
		if err != nil {
			return err
		}
		who := memberIDs{}
		for _, e := range have {
			who[e.(document).text("value")] = true
		}
		if err := q.leave(g.groupID, who); err != nil {
			return err
		}
	}
	return q.s.deps.Directory.DeleteDepartment(q.ctx, q.tx, q.by, g.id)
}

// groups lists departments and tags.
func (q *request) groups(l listing) (document, error) {
	all, err := q.allGroups()
	if err != nil {
		return nil, err
	}
	externals, err := q.externals()
	if err != nil {
		return nil, err
	}
	asked, err := q.askedMembers(l.filter)
	if err != nil {
		return nil, err
	}
	type found struct {
		group
		d document
	}
	var list []found
	for _, g := range all {
		d, err := q.groupDocument(g, false, externals[g.groupID])
		if err != nil {
			return nil, err
		}
		if l.filter != nil {
			if in := asked[g.groupID]; in != nil {
				d["members"] = in
			}
			if !l.filter.holds(d) {
				continue
			}
			delete(d, "members")
		}
		list = append(list, found{g, d})
	}
	if l.sortBy != nil {
		slices.SortStableFunc(list, func(a, b found) int {
			c := strings.Compare(sortText(*l.sortBy, a.d), sortText(*l.sortBy, b.d))
			if l.down {
				return -c
			}
			return c
		})
	}
	total := len(list)
	list = list[min(l.start-1, total):]
	list = list[:min(l.count, len(list))]
	resources := make([]any, len(list))
	for i, f := range list {
		if l.projection.wants("members") || l.projection.wants("meta") && len(l.projection.only) > 0 {
			if f.d, err = q.groupDocument(f.group, true, externals[f.groupID]); err != nil {
				return nil, err
			}
		}
		resources[i] = l.projection.apply(f.d)
	}
	return l.document(total, resources), nil
}

func sortText(p path, d document) string {
	for _, v := range p.values(d) {
		if s, ok := v.(string); ok {
			if p.last().exact {
				return s
			}
			return strings.ToLower(s)
		}
	}
	return "\U0010ffff" // those without come last
}

func (q *request) allGroups() ([]group, error) {
	tree, err := q.s.deps.Directory.Tree(q.tx, q.by)
	if err != nil {
		return nil, err
	}
	byID := make(map[int64]directory.Department, len(tree))
	for _, d := range tree {
		byID[d.ID] = d
	}
	var out []group
	for _, d := range tree {
		line := []directory.Department{d}
		for len(line) < 32 && line[len(line)-1].ParentID != 0 {
			line = append(line, byID[line[len(line)-1].ParentID])
		}
		out = append(out, group{groupID{id: d.ID}, d.Name, d.ParentID, pathOf(line)})
	}
	tags, err := q.s.deps.Directory.Tags(q.ctx, q.tx, q.by)
	for _, t := range tags {
		out = append(out, group{groupID: groupID{t.ID, true}, name: t.Name})
	}
	return out, err
}

func (q *request) externals() (map[groupID]string, error) {
	out := map[groupID]string{}
	for _, t := range []struct {
		query string
		tag   bool
	}{{`SELECT department, external_id FROM scim_department WHERE corpid = ?`, false}, {`SELECT tagid, external_id FROM scim_tag WHERE corpid = ?`, true}} {
		err := q.tx.Each(t.query, []any{q.by.CorpID}, func(rows *store.Rows) error {
			var n int64
			var external string
			err := rows.Scan(&n, &external)
			out[groupID{n, t.tag}] = external
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// askedMembers returns, by their groups, the members that a filter asks for by
// their ids. No other question about members can be answered without reading all
// groups.
func (q *request) askedMembers(n *node) (map[groupID][]any, error) {
	if n == nil {
		return nil, nil
	}
	out := map[groupID][]any{}
	var walk func(n *node, inside bool) error
	walk = func(n *node, inside bool) error {
		ofMembers := inside || n.path.attribute != nil && n.path.extension == nil && n.path.attribute.name == "members"
		switch n.op {
		case "and", "or", "not", "has":
			for _, m := range n.of {
				if err := walk(m, ofMembers); err != nil {
					return err
				}
			}
			return nil
		}
		if !ofMembers {
			return nil
		}
		value, ok := n.value.(string)
		if n.op != "eq" || !ok || inside && n.path.attribute.name != "value" || n.path.sub != nil && n.path.sub.name != "value" {
			return bad(invalidFilter, "members are searched by members.value eq alone")
		}
		m, err := q.member(value)
		if err == errNotFound {
			return nil
		}
		if err != nil {
			return err
		}
		tags, err := q.s.deps.Directory.TagsVia(q.tx, q.by.CorpID, m.No, nil)
		if err != nil {
			return err
		}
		entry := document{"value": value}
		for _, dep := range m.Departments() {
			out[groupID{id: dep}] = append(out[groupID{id: dep}], entry)
		}
		for _, t := range tags {
			out[groupID{t.ID, true}] = append(out[groupID{t.ID, true}], entry)
		}
		return nil
	}
	return out, walk(n, false)
}

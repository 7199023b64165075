package scim

import (
	"slices"
	"strings"

	"qiwei/internal/directory"
	"qiwei/internal/store"
)

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

// askedMembers returns, by their groups, the members that a filter asks for by their ids. Any other filter on
// members would need all groups.
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

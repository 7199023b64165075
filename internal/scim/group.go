package scim

import (
	"cmp"
	"maps"
	"strconv"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/directory"
)

// groupID identifies a group: a department or a tag.
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

// groupDocument returns a group as a document, with its members if they are wanted. It has a version only
// with them.
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

// parentOf reads a group's parent from a document: the root, if the extension names no parent. A parent of 0
// means that the document does not say.
func (q *request) parentOf(d document) (kind string, parent int64, err error) {
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
			err = bad(invalidValue, "parent: a tag has no parent")
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
	kind, parent, err := q.parentOf(d)
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

// replaceGroup changes a group to match the document.
func (q *request) replaceGroup(g group, d document) (document, error) {
	if err := q.rename(g, d); err != nil {
		return nil, err
	}
	wanted, err := q.memberIDs(g.groupID, d.objects("members"))
	if err != nil {
		return nil, err
	}
	return q.setMembers(g.groupID, wanted)
}

// rename changes the group's own attributes.
func (q *request) rename(g group, d document) error {
	name := d.text("displayName")
	if name == "" {
		return bad(invalidValue, "displayName is required")
	}
	kind, parent, err := q.parentOf(d)
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

// patchGroup carries out a PATCH. Changes of members are made one by one: departments are large, and usually
// one member changes.
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

// deleteGroup removes a group. A department's members stay in their other departments or move to the waiting
// one. WeCom itself would refuse.
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

package scim

import (
	"slices"
	"strings"
	"unicode"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// wish is what a product should have of something: a document, or nothing.
type wish struct {
	doc     document
	gone    bool // not out of sight, but not there any more
	userKey string
	places  string
	had     remote
	known   bool
}

// wishedUser is what the product should have of a member.
func (q *request) wishedUser(t Target, no int64) (w wish, err error) {
	list, err := q.s.deps.Directory.FindMembers(q.tx, q.by, directory.Numbered(no), directory.MemberPage{Limit: 1})
	if err != nil {
		return w, err
	}
	if len(list) == 0 {
		n, err := q.s.deps.Directory.CountMembers(q.tx, access.System(t.CorpID), directory.Numbered(no))
		w.gone = n == 0
		return w, err
	}
	m := list[0]
	family, given := nameParts(m.Name)
	d := document{"schemas": []any{urnUser, urnEnterprise}, "externalId": string(m.UserID), "userName": string(m.UserID),
		"name": document{"formatted": m.Name, "familyName": family, "givenName": given}, "active": m.Enabled}
	showTexts(d, &m, false)
	address := m.BizMail
	if address == "" {
		address = m.Email
	}
	if address != "" { // one address, which products take for the name of an account
		d["emails"] = []any{document{"value": address, "type": "work", "primary": true}}
	}
	names, err := q.s.deps.Directory.DepartmentNames(q.tx, t.CorpID, []int64{m.MainDepartment})
	if err != nil {
		return w, err
	}
	d[urnEnterprise] = document{"department": names[m.MainDepartment]}
	w.doc, w.userKey = d, m.UserID.Key()
	if t.Groups {
		w.places, err = q.placesOf(m)
	}
	return w, err
}

// placesOf lists the groups that a member is in: their departments, those above
// them, and the tags of all of these.
func (q *request) placesOf(m directory.Member) (string, error) {
	var deps []int64
	for _, dep := range m.Departments() {
		line, err := q.s.deps.Directory.Line(q.tx, q.by.CorpID, dep)
		if err != nil {
			return "", err
		}
		for _, d := range line {
			if !slices.Contains(deps, d.ID) {
				deps = append(deps, d.ID)
			}
		}
	}
	tags, err := q.s.deps.Directory.TagsVia(q.tx, q.by.CorpID, m.No, deps)
	slices.Sort(deps)
	var out []string
	for _, d := range deps {
		out = append(out, groupID{id: d}.text())
	}
	for _, g := range tags {
		out = append(out, groupID{g.ID, true}.text())
	}
	return strings.Join(out, " "), err
}

// nameParts guesses which part of a name is the family's: the first character of a
// Chinese name, the last word of another. Products insist on both.
func nameParts(name string) (family, given string) {
	runes := []rune(name)
	if len(runes) > 1 && unicode.Is(unicode.Han, runes[0]) {
		return string(runes[:1]), string(runes[1:])
	}
	if i := strings.LastIndexByte(name, ' '); i > 0 {
		return name[i+1:], name[:i]
	}
	return name, name
}

// wishedGroup is what the product should have of a department or a tag: its name,
// a department's with those above it, and everybody in it and below it whom the
// product knows.
func (q *request) wishedGroup(t Target, g groupID) (w wish, err error) {
	if !t.Groups {
		return w, nil
	}
	found, err := q.group(g.text())
	if err == errNotFound {
		w.gone = true
		return w, nil
	}
	if err != nil {
		return w, err
	}
	name, f := found.name, directory.Within(g.id, true)
	if g.tag {
		f = directory.Tagged(g.id)
	} else {
		seen, err := q.s.deps.Directory.VisibleDepartments(q.tx, q.by, []int64{g.id})
		if err != nil || !seen[g.id] {
			return w, err
		}
		if found.path != "" {
			name = found.path
		}
	}
	known := map[int64]string{}
	if err := q.tx.Each(`SELECT ref, remote_id FROM scim_remote WHERE target = ? AND kind = 0 AND sum <> 'left'`, []any{t.No}, func(rows *store.Rows) error {
		var no int64
		var remoteID string
		err := rows.Scan(&no, &remoteID)
		known[no] = remoteID
		return err
	}); err != nil {
		return w, err
	}
	members := []any{}
	err = q.s.deps.Directory.FoundUserIDs(q.tx, q.by, f, func(no int64, _ id.UserID) error {
		if known[no] != "" {
			members = append(members, document{"value": known[no]})
		}
		return nil
	})
	w.doc = document{"schemas": []any{urnGroup}, "externalId": g.text(), "displayName": name, "members": members}
	return w, err
}

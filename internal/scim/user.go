package scim

import (
	"context"
	"net/mail"
	"strings"
	"unicode"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

// request is a request under way, within one transaction.
type request struct {
	s    *Service
	ctx  context.Context
	tx   *store.Tx
	by   access.Caller
	base string // https://…/scim/v2/<corpid>
}

func (s *Service) newRequest(ctx context.Context, tx *store.Tx, corpID string) *request {
	return &request{s: s, ctx: ctx, tx: tx, by: access.System(corpID), base: s.deps.BaseURL() + prefix + corpID}
}

// userID returns a member's id over SCIM. It contains the member's number, which only this server can read.
// It stays the same when the userid changes, and is never reused.
func (s *Service) userID(no int64) string { return s.deps.Box.Number(seal.SCIMUser, no) }

// member returns the member of the id.
func (q *request) member(text string) (directory.Member, error) {
	no, err := q.s.deps.Box.OpenNumber(seal.SCIMUser, text)
	if err != nil {
		return directory.Member{}, errNotFound
	}
	list, err := q.s.deps.Directory.FindMembers(q.tx, q.by, directory.Numbered(no), directory.MemberPage{Limit: 1})
	if err != nil {
		return directory.Member{}, err
	}
	if len(list) == 0 {
		return directory.Member{}, errNotFound
	}
	return list[0], nil
}

// user returns a member as a document.
func (q *request) user(m directory.Member) (document, error) {
	d := document{"id": q.s.userID(m.No), "userName": string(m.UserID), "name": document{"formatted": m.Name}, "active": m.Enabled,
		urnMember: document{"status": int64(m.Status())}}
	showTexts(d, &m, true)
	if m.Avatar != "" {
		d["photos"] = []any{document{"value": m.Avatar, "type": "photo"}}
	}
	var external string
	if _, err := q.tx.Get(`SELECT external_id FROM scim_member WHERE member = ?`, []any{m.No}, &external); err != nil {
		return nil, err
	}
	if external != "" {
		d["externalId"] = external
	}
	if err := q.addPlaces(d, m); err != nil {
		return nil, err
	}
	return q.finish(d, userType, document{"created": stamp(m.CreatedAt), "lastModified": stamp(m.ChangedAt)}), nil
}

// addPlaces adds a member's departments, tags and leader.
func (q *request) addPlaces(d document, m directory.Member) error {
	names, err := q.s.deps.Directory.DepartmentNames(q.tx, q.by.CorpID, m.Departments())
	if err != nil {
		return err
	}
	enterprise := document{"department": names[m.MainDepartment]}
	if m.DirectLeader != "" {
		leader, err := q.s.deps.Directory.Member(q.ctx, q.tx, q.by, m.DirectLeader)
		if err != nil {
			return err
		}
		value := q.s.userID(leader.No)
		enterprise["manager"] = document{"value": value, "$ref": q.base + "/Users/" + value}
	}
	d[urnEnterprise] = enterprise
	var groups []any
	add := func(n groupID, name string) {
		groups = append(groups, document{"value": n.text(), "$ref": q.base + "/Groups/" + n.text(), "display": name, "type": "direct"})
	}
	for _, dep := range m.Departments() {
		add(groupID{id: dep}, names[dep])
	}
	tags, err := q.s.deps.Directory.TagsVia(q.tx, q.by.CorpID, m.No, nil)
	for _, t := range tags {
		add(groupID{t.ID, true}, t.Name)
	}
	if groups != nil {
		d["groups"] = groups
	}
	return err
}

// finish adds the schemas of a resource and its meta.
func (q *request) finish(d document, t *resourceType, meta document) document {
	schemas := []any{t.schema.urn}
	for _, e := range t.extensions {
		if _, ok := d[e.urn]; ok {
			schemas = append(schemas, e.urn)
		}
	}
	d["schemas"] = schemas
	meta["version"] = d.version()
	meta["resourceType"] = t.name
	meta["location"] = q.base + "/" + t.endpoint + "/" + d.text("id")
	d["meta"] = meta
	return d
}

// wanted is the state of a member that a document asks for.
type wanted struct {
	directory.Member
	external string
}

// wantedOf reads a document in the schema's names. old is the member's document before it.
func (q *request) wantedOf(d, old document) (w wanted, err error) {
	w.UserID = id.UserID(d.text("userName"))
	if w.UserID == "" {
		return w, bad(invalidValue, "userName is required")
	}
	w.Name, w.external = nameOf(d, old), d.text("externalId")
	readTexts(d, &w.Member)
	w.Enabled = true
	if active, ok := d["active"].(bool); ok {
		w.Enabled = active
	} else if old != nil {
		w.Enabled = old["active"] == true
	}
	if w.Email == "" && w.Mobile == "" && isAddress(string(w.UserID)) {
		w.Email = strings.ToLower(string(w.UserID)) // WeCom demands a mobile or an e-mail
	}
	if manager := d.object(urnEnterprise).object("manager"); manager != nil {
		if value := refersTo(manager); value != "" {
			leader, err := q.member(value)
			if err != nil {
				return w, orBad(err, "manager: there is no such User")
			}
			w.DirectLeader = leader.UserID
		}
	}
	return w, nil
}

// dialled returns a number as WeCom stores it. Providers store numbers for reading, such as "+1 (425)
// 555-0100", "010 8888.0000" or, by RFC 3966, "tel:+86-10-1".
func dialled(number string) string {
	number, _, _ = strings.Cut(strings.TrimPrefix(strings.TrimSpace(number), "tel:"), ";")
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || strings.ContainsRune("().", r) {
			return -1
		}
		return r
	}, number)
}

func orBad(err error, detail string) error {
	if err == errNotFound {
		return bad(invalidValue, "%s", detail)
	}
	return err
}

func isAddress(text string) bool {
	a, err := mail.ParseAddress(text)
	return err == nil && a.Address == text
}

// nameOf returns the single name to keep. If a request changes name.formatted and leaves displayName as it
// was, it means the former.
func nameOf(d, old document) string {
	display, formatted := d.text("displayName"), d.object("name").text("formatted")
	if old != nil && formatted != "" && display == old.text("displayName") && formatted != old.object("name").text("formatted") {
		return formatted
	}
	family, given := d.object("name").text("familyName"), d.object("name").text("givenName")
	parts := strings.TrimSpace(given + " " + family)
	if strings.ContainsFunc(family+given, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		parts = family + given
	}
	for _, name := range []string{display, formatted, parts, d.text("userName")} {
		if strings.TrimSpace(name) != "" {
			return name
		}
	}
	return ""
}

// createUser makes a member.
func (q *request) createUser(d document) (document, error) {
	w, err := q.wantedOf(d, nil)
	if err != nil {
		return nil, err
	}
	m, _, err := q.s.deps.Directory.CreateMember(q.ctx, q.tx, q.by, w.Member, false)
	if err != nil {
		return nil, err
	}
	if err := q.setMemberExternal(m.No, w.external); err != nil {
		return nil, err
	}
	if m, err = q.member(q.s.userID(m.No)); err != nil {
		return nil, err
	}
	return q.user(m)
}

// replaceUser carries out a PUT.
func (q *request) replaceUser(m directory.Member, d document) (document, error) {
	old, err := q.user(m)
	if err != nil {
		return nil, err
	}
	return q.makeUser(m, keepExtension(d, old), old)
}

// makeUser makes a member, of whom old is the document, what d says.
func (q *request) makeUser(m directory.Member, d, old document) (document, error) {
	w, err := q.wantedOf(d, old)
	if err != nil {
		return nil, err
	}
	u := directory.MemberUpdate{UserID: m.UserID}
	if !w.UserID.Equal(m.UserID) {
		u.NewUserID = w.UserID
	}
	changed := m.Changes(&w.Member)
	u.Texts = directory.Texts{}
	for _, f := range textFields {
		if text, ok := changed[f.row.Name]; ok && !f.attribute.readOnly() {
			u.Texts[f.row.Name] = text
		}
	}
	if m.Enabled != w.Enabled {
		u.Enabled = &w.Enabled
	}
	if !m.DirectLeader.Equal(w.DirectLeader) {
		leaders := []string{}
		if w.DirectLeader != "" {
			leaders = append(leaders, string(w.DirectLeader))
		}
		u.DirectLeaders = &leaders
	}
	if err := q.s.deps.Directory.UpdateMember(q.ctx, q.tx, q.by, u); err != nil {
		return nil, err
	}
	if err := q.setMemberExternal(m.No, w.external); err != nil {
		return nil, err
	}
	if m, err = q.member(q.s.userID(m.No)); err != nil {
		return nil, err
	}
	return q.user(m)
}

// patchUser carries out a PATCH.
func (q *request) patchUser(m directory.Member, list []change) (document, error) {
	old, err := q.user(m)
	if err != nil {
		return nil, err
	}
	d := old.clone()
	for _, c := range list {
		if err := c.apply(userType, d); err != nil {
			return nil, err
		}
	}
	return q.makeUser(m, d, old)
}

func (q *request) setMemberExternal(no int64, external string) error {
	if external == "" {
		_, err := q.tx.Exec(`DELETE FROM scim_member WHERE member = ?`, no)
		return err
	}
	_, err := q.tx.Exec(`INSERT INTO scim_member (member, corpid, external_id) VALUES (?, ?, ?)
		ON CONFLICT (member) DO UPDATE SET external_id = excluded.external_id`, no, q.by.CorpID, external)
	return err
}

// userKey returns what users are sorted by where a request names the attribute.
func userKey(p path) (directory.Key, bool) {
	if p.attribute == nil {
		return "", false
	}
	if fields := fieldsAt(p); len(fields) > 0 {
		return fields[0].row.Name, true
	}
	switch {
	case p.extension != nil:
		return "", false
	case p.attribute.name == directory.FieldUserID.Row().SCIM:
		return directory.KeyUserID, true
	case p.sub == nil:
		return "", false
	}
	switch p.attribute.name + "." + p.sub.name {
	case "name.formatted":
		return directory.KeyName, true
	case "meta.created":
		return directory.KeyCreated, true
	case "meta.lastModified":
		return directory.KeyChanged, true
	}
	return "", false
}

// users lists members.
func (q *request) users(l listing) (document, error) {
	f := directory.Everyone()
	var err error
	if l.filter != nil {
		if f, err = q.filterUsers(l.filter); err != nil {
			return nil, err
		}
	}
	total, err := q.s.deps.Directory.CountMembers(q.tx, q.by, f)
	if err != nil {
		return nil, err
	}
	page := directory.MemberPage{Skip: int64(l.start - 1), Limit: l.count}
	if l.sortBy != nil {
		if key, ok := userKey(*l.sortBy); ok { // otherwise in an order of ours (RFC 7644, 3.4.2.3)
			page.By, page.Down = &key, l.down
		}
	}
	list, err := q.s.deps.Directory.FindMembers(q.tx, q.by, f, page)
	if err != nil {
		return nil, err
	}
	resources := make([]any, len(list))
	for i, m := range list {
		d, err := q.user(m)
		if err != nil {
			return nil, err
		}
		resources[i] = l.projection.apply(d)
	}
	return l.document(int(total), resources), nil
}

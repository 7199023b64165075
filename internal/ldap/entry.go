package ldap

import (
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"

	"qiwei/internal/directory"
	"qiwei/internal/seal"
)

// selection is what a search asks for in each entry.
type selection struct {
	all, operational bool
	names            map[string]bool // in lower case
	typesOnly        bool
}

func newSelection(attributes []string, typesOnly bool) selection {
	sel := selection{names: map[string]bool{}, typesOnly: typesOnly, all: len(attributes) == 0}
	for _, a := range attributes {
		switch a {
		case "*":
			sel.all = true
		case "+":
			sel.operational = true
		case "1.1": // nothing
		default:
			sel.names[strings.ToLower(a)] = true
		}
	}
	return sel
}

// wants reports whether the attribute is requested, by name or as one of all user attributes. wantsHidden
// does the same for an operational attribute.
func (s selection) wants(lower string) bool       { return s.all || s.names[lower] }
func (s selection) wantsHidden(lower string) bool { return s.operational || s.names[lower] }

// entry writes one entry without keeping it.
type entry struct {
	w   *writer
	sel selection
}

// write writes a search result entry; attributes adds its attributes.
func (w *writer) entry(id int, dn string, sel selection, attributes func(e entry)) {
	w.within(tagSequence, func() {
		w.number(tagInteger, id)
		w.within(opEntry, func() {
			w.text(tagOctets, dn)
			w.within(tagSequence, func() { attributes(entry{w, sel}) })
		})
	})
}

func (e entry) add(name string, values ...string) {
	if len(values) == 0 {
		return
	}
	e.w.within(tagSequence, func() {
		e.w.text(tagOctets, name)
		e.w.within(tagSet, func() {
			if e.sel.typesOnly {
				return
			}
			for _, v := range values {
				e.w.text(tagOctets, v)
			}
		})
	})
}

// person writes a member.
func (q *query) person(w *writer, m *directory.Member) error {
	dn := q.tree.personDN(m.UserID)
	var memberOf []string
	if q.sel.wants("memberof") {
		var err error
		if memberOf, err = q.memberOfValues(m); err != nil {
			return err
		}
	}
	var departments []string
	if q.sel.wants("departmentnumber") {
		for _, d := range m.Departments() {
			seen, err := q.sees(d)
			if err != nil {
				return err
			}
			if seen {
				departments = append(departments, number(d))
			}
		}
	}
	manager := ""
	if m.DirectLeader != "" && q.sel.wants("manager") && q.view.Shows(directory.FieldDirectLeader, m) {
		seen, err := q.seesPerson(m.DirectLeader)
		if err != nil {
			return err
		}
		if seen {
			manager = q.tree.personDN(m.DirectLeader)
		}
	}
	w.entry(q.id, dn, q.sel, func(e entry) {
		if q.sel.wants("objectclass") {
			e.add("objectClass", personClasses...)
		}
		for _, n := range q.tree.names.list {
			if q.sel.wants(n.lower) {
				e.add(n.name, q.shown(n.source, m)...)
			}
		}
		e.add("departmentNumber", departments...)
		e.add("memberOf", memberOf...)
		if manager != "" {
			e.add("manager", manager)
		}
		if q.sel.wantsHidden("entryuuid") {
			e.add("entryUUID", q.s.uuid(m.No))
		}
		if q.sel.wantsHidden("createtimestamp") {
			e.add("createTimestamp", m.CreatedAt.UTC().Format(timeShape))
		}
		if q.sel.wantsHidden("modifytimestamp") {
			e.add("modifyTimestamp", m.ChangedAt.UTC().Format(timeShape))
		}
		e.common(dn, "inetOrgPerson", "FALSE")
	})
	return nil
}

// shown returns what the reader sees of a field. If the reader may not read names, the userid replaces the
// name, because every person must have one.
func (q *query) shown(src source, m *directory.Member) []string {
	if src.shows(q.view, m) {
		return src.values(m)
	}
	if src.field == directory.FieldName {
		return []string{string(m.UserID)}
	}
	return nil
}

// common adds the operational attributes of every entry.
func (e entry) common(dn, class, parent string) {
	if e.sel.wantsHidden("structuralobjectclass") {
		e.add("structuralObjectClass", class)
	}
	if e.sel.wantsHidden("entrydn") {
		e.add("entryDN", dn)
	}
	if e.sel.wantsHidden("hassubordinates") {
		e.add("hasSubordinates", parent)
	}
	if e.sel.wantsHidden("subschemasubentry") {
		e.add("subschemaSubentry", subschemaDN)
	}
}

// memberOfValues returns the groups of a member that the reader may see: the member's departments, those
// above them, and the tags of all these and of the member.
func (q *query) memberOfValues(m *directory.Member) ([]string, error) {
	var out []string
	var all []int64
	for _, d := range m.Departments() {
		line, err := q.s.line(q.tx, q.tree.corpID, d)
		if err != nil {
			return nil, err
		}
		for i := range line {
			if slices.Contains(all, line[i].ID) {
				break // and all above it
			}
			all = append(all, line[i].ID)
			seen, err := q.sees(line[i].ID)
			if err != nil {
				return nil, err
			}
			if seen {
				out = append(out, q.tree.groupDN(line[i:]))
			}
		}
	}
	tags, err := q.s.deps.Directory.TagsVia(q.tx, q.tree.corpID, m.No, all)
	for _, t := range tags {
		out = append(out, q.tree.tagDN(t))
	}
	return out, err
}

// uuid returns the entryUUID of a member. It contains the member's number, which only this server can read
// (openUUID).
func (s *Service) uuid(no int64) string {
	raw, err := base64.RawURLEncoding.DecodeString(s.deps.Box.Number(seal.LDAPEntry, no))
	if err != nil || len(raw) != 16 {
		return ""
	}
	return uuidText(raw)
}

func uuidText(raw []byte) string {
	h := hex.EncodeToString(raw)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:32]
}

func (s *Service) openUUID(text string) (int64, bool) {
	raw, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	if err != nil || len(raw) != 16 {
		return 0, false
	}
	no, err := s.deps.Box.OpenNumber(seal.LDAPEntry, base64.RawURLEncoding.EncodeToString(raw))
	return no, err == nil
}

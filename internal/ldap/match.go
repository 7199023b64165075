package ldap

import (
	"strconv"
	"strings"
	"time"

	"qiwei/internal/directory"
	"qiwei/internal/id"
)

// Matching rules that an extensible match may name; all of them mean equality here. The last one asks for
// membership through nested groups, which ours always is.
var equalityRules = map[string]bool{"": true, "caseignorematch": true, "2.5.13.2": true, "caseignoreia5match": true, "1.3.6.1.4.1.1466.109.114.2": true,
	"distinguishednamematch": true, "2.5.13.1": true, "1.2.840.113556.1.4.1941": true}

// plain returns the filter with approximate and extensible matches turned into the equality that they mean
// here. ok is false if they mean nothing.
func (f filter) plain() (g filter, ok bool) {
	switch f.kind {
	case filterApprox:
		f.kind = filterEqual
	case filterMatches:
		if f.attr == "" || !equalityRules[strings.ToLower(f.rule)] {
			return f, false
		}
		f.kind = filterEqual
	}
	return f, true
}

// members translates the filter into the directory's. A term on an attribute that members do not have is
// undefined, and stays undefined when negated: it holds for nobody either way (RFC 4511, 4.5.1.7).
func (q *query) members(f filter, negated bool) (directory.Filter, error) {
	switch f.kind {
	case filterAnd, filterOr:
		list := make([]directory.Filter, len(f.of))
		for i, g := range f.of {
			var err error
			if list[i], err = q.members(g, negated); err != nil {
				return directory.Nobody(), err
			}
		}
		if (f.kind == filterAnd) != negated {
			return directory.And(list...), nil
		}
		return directory.Or(list...), nil
	case filterNot:
		return q.members(f.of[0], !negated)
	}
	f, defined := f.plain()
	if !defined {
		return directory.Nobody(), nil
	}
	out, defined, err := q.memberTerm(f)
	switch {
	case err != nil || !defined:
		return directory.Nobody(), err
	case negated:
		return directory.Not(out), nil
	}
	return out, nil
}

var personClasses = []string{"top", "person", "organizationalPerson", "inetOrgPerson", "qiweiMember"}

func hasClass(classes []string, name string) bool {
	for _, c := range classes {
		if strings.EqualFold(c, name) {
			return true
		}
	}
	return false
}

func constant(holds bool) directory.Filter {
	if holds {
		return directory.Everyone()
	}
	return directory.Nobody()
}

// memberTerm translates a term into the directory's filter.
func (q *query) memberTerm(f filter) (out directory.Filter, defined bool, err error) {
	if src, ok := q.tree.names.by[f.attr]; ok {
		out, defined = src.term(q.view, f)
		return out, defined, nil
	}
	if f.kind == filterPieces && builtIn[f.attr] {
		return out, false, nil // none of these attributes has a rule for that match
	}
	present := f.kind == filterPresent
	switch f.attr {
	case "objectclass":
		return constant(present || (f.kind == filterEqual && hasClass(personClasses, f.value))), true, nil
	case "structuralobjectclass":
		return constant(present || strings.EqualFold(f.value, "inetOrgPerson")), true, nil
	case "hassubordinates":
		return constant(present || strings.EqualFold(f.value, "FALSE")), true, nil
	case "subschemasubentry":
		return constant(present || strings.EqualFold(f.value, subschemaDN)), true, nil
	case "memberof":
		if present {
			return directory.Everyone(), true, nil // everybody is in the root department
		}
		out, err = q.memberOf(f.value)
		return out, true, err
	case "manager":
		if !q.view.Searches(directory.FieldDirectLeader) {
			return out, false, nil
		}
		if present {
			return directory.LedBy(""), true, nil
		}
		user, ok := q.personAt(f.value)
		if !ok {
			return directory.Nobody(), true, nil
		}
		return directory.LedBy(user), true, nil
	case "departmentnumber":
		if present {
			return directory.Everyone(), true, nil
		}
		dep, err := strconv.ParseInt(f.value, 10, 64)
		if err != nil {
			return directory.Nobody(), true, nil
		}
		seen, err := q.sees(dep)
		if err != nil || !seen {
			return directory.Nobody(), true, err
		}
		return directory.Within(dep, false), true, nil
	case "entrydn":
		user, ok := q.personAt(f.value)
		if present || !ok {
			return constant(present), true, nil
		}
		return directory.Is(directory.KeyUserID, string(user)), true, nil
	case "entryuuid":
		no, ok := q.s.openUUID(f.value)
		if present || !ok {
			return constant(present), true, nil
		}
		return directory.Numbered(no), true, nil
	case "createtimestamp":
		return timeTerm(directory.KeyCreated, f)
	case "modifytimestamp":
		return timeTerm(directory.KeyChanged, f)
	}
	return out, false, nil
}

// term translates a term on a field into the directory's filter.
func (src source) term(v directory.View, f filter) (out directory.Filter, defined bool) {
	if !src.searches(v) {
		return out, false
	}
	if src.ext != "" {
		switch f.kind {
		case filterPresent:
			return directory.AttributeIs(src.ext, ""), true
		case filterEqual:
			return directory.AttributeIs(src.ext, f.value), f.value != ""
		}
		return out, false
	}
	if src.keys == nil {
		return src.statusTerm(f)
	}
	var list []directory.Filter
	for _, key := range src.keys {
		switch f.kind {
		case filterPresent:
			list = append(list, directory.Has(key))
		case filterEqual:
			list = append(list, directory.Is(key, strings.TrimSpace(f.value)))
		case filterPieces:
			list = append(list, directory.Like(key, f.pieces...))
		default:
			return out, false // no ordering is defined for texts
		}
	}
	return directory.Or(list...), true
}

// statusTerm translates a term on qiweiStatus. A picture's address cannot be searched.
func (src source) statusTerm(f filter) (directory.Filter, bool) {
	if !src.free {
		return directory.Nobody(), false
	}
	if f.kind == filterPresent {
		return directory.Everyone(), true
	}
	if f.kind != filterEqual {
		return directory.Nobody(), false
	}
	switch f.value {
	case "1":
		return directory.And(directory.Enabled(), directory.Activated()), true
	case "2":
		return directory.Not(directory.Enabled()), true
	case "4":
		return directory.And(directory.Enabled(), directory.Not(directory.Activated())), true
	}
	return directory.Nobody(), true
}

// timeShape is a GeneralizedTime as we write it.
const timeShape = "20060102150405Z"

func timeTerm(key directory.Key, f filter) (directory.Filter, bool, error) {
	if f.kind == filterPresent {
		return directory.Everyone(), true, nil
	}
	at, err := parseTime(f.value)
	if err != nil {
		return directory.Nobody(), false, nil
	}
	after := at.Add(time.Second) // shown times have no fractions
	switch f.kind {
	case filterAtLeast:
		return directory.Since(key, at), true, nil
	case filterAtMost:
		return directory.Not(directory.Since(key, after)), true, nil
	case filterEqual:
		return directory.And(directory.Since(key, at), directory.Not(directory.Since(key, after))), true, nil
	}
	return directory.Nobody(), false, nil
}

// parseTime reads a GeneralizedTime in UTC, with or without a fraction.
func parseTime(text string) (time.Time, error) {
	for _, shape := range []string{timeShape, "20060102150405.999999999Z", "20060102150405-0700", "20060102150405.999999999-0700"} {
		if t, err := time.Parse(shape, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, errBER
}

// memberOf returns the filter for the members of the named group.
func (q *query) memberOf(dn string) (directory.Filter, error) {
	g, found, err := q.groupAt(dn)
	switch {
	case err != nil || !found:
		return directory.Nobody(), err
	case g.tag:
		return directory.Tagged(g.id), nil
	}
	return directory.Within(g.id, true), nil
}

// personAt returns the member of the name.
func (q *query) personAt(dn string) (id.UserID, bool) {
	at, ok := q.spotAt(dn)
	return id.UserID(at.text), ok && at.place == atPerson
}

// spotAt returns where a name leads in the reader's own tree.
func (q *query) spotAt(dn string) (spot, bool) {
	steps, err := parseDN(dn)
	n := len(steps) - len(q.tree.steps)
	if err != nil || n < 0 || dnKey(steps[n:]) != dnKey(q.tree.steps) {
		return spot{}, false
	}
	return find(steps[:n]), true
}

// groupAt returns the group of the name, if the reader may see it.
func (q *query) groupAt(dn string) (groupID, bool, error) {
	at, ok := q.spotAt(dn)
	if !ok {
		return groupID{}, false, nil
	}
	return q.groupOf(at)
}

func (q *query) groupOf(at spot) (g groupID, found bool, err error) {
	switch at.place {
	case atTag:
		tag, found, err := q.s.deps.Directory.TagNamed(q.tx, q.tree.corpID, at.text)
		if err != nil || !found {
			return g, false, err
		}
		g = groupID{tag.ID, true}
	case atGroup, atUnit, atDepartments:
		names := at.path
		if at.place == atGroup {
			names = splitPath(at.text)
		}
		line, found, err := q.s.departmentAt(q.tx, q.tree.corpID, names)
		if err != nil || !found {
			return g, false, err
		}
		g = groupID{line[0].ID, false}
	default:
		return g, false, nil
	}
	found, err = q.seesGroup(g)
	return g, found, err
}

// tri is a truth value. A term on an attribute that an entry cannot have is undefined.
type tri int

const (
	isFalse tri = iota
	isUndefined
	isTrue
)

func truth(b bool) tri {
	if b {
		return isTrue
	}
	return isFalse
}

// known is an entry against which terms are tested in memory.
type known interface {
	// term tests one term that is plain and no combination.
	term(f filter) (tri, error)
}

// holds tests a filter on an entry in memory.
func holds(f filter, e known) (tri, error) {
	switch f.kind {
	case filterAnd, filterOr:
		out := isTrue
		if f.kind == filterOr {
			out = isFalse
		}
		for _, g := range f.of {
			v, err := holds(g, e)
			if err != nil {
				return v, err
			}
			if f.kind == filterAnd {
				out = min(out, v)
			} else {
				out = max(out, v)
			}
		}
		return out, nil
	case filterNot:
		v, err := holds(f.of[0], e)
		return isTrue - v, err
	}
	f, ok := f.plain()
	if !ok {
		return isUndefined, nil
	}
	return e.term(f)
}

// valueTerm tests a term on the text values of an attribute.
func valueTerm(f filter, values []string) tri {
	switch f.kind {
	case filterPresent:
		return truth(len(values) > 0)
	case filterEqual:
		for _, v := range values {
			if strings.EqualFold(v, f.value) {
				return isTrue
			}
		}
		return isFalse
	case filterPieces:
		for _, v := range values {
			if hasPieces(strings.ToLower(v), f.pieces) {
				return isTrue
			}
		}
		return isFalse
	}
	return isUndefined
}

func hasPieces(v string, pieces []string) bool {
	last := len(pieces) - 1
	for i, p := range pieces {
		p = strings.ToLower(p)
		switch i {
		case 0:
			if !strings.HasPrefix(v, p) {
				return false
			}
			v = v[len(p):]
		case last:
			return strings.HasSuffix(v, p)
		default:
			at := strings.Index(v, p)
			if at < 0 {
				return false
			}
			v = v[at+len(p):]
		}
	}
	return true
}

package ldap

import (
	"maps"
	"strconv"
)

// candidates are the groups for which a filter can hold; nil means all.
type candidates map[groupID]bool

// few returns the groups for which the filter can hold, if an index leads to them. A term on an attribute
// that groups do not have leads to none.
func (q *query) few(f filter, negated, unit bool) (candidates, error) {
	switch f.kind {
	case filterNot:
		return q.few(f.of[0], !negated, unit)
	case filterAnd, filterOr:
		return q.fewOf(f, negated, unit)
	}
	f, ok := f.plain()
	if !ok {
		return candidates{}, nil
	}
	return q.fewTerm(f, negated, unit)
}

func (q *query) fewOf(f filter, negated, unit bool) (candidates, error) {
	all := (f.kind == filterAnd) != negated // all of the terms must hold
	var out candidates
	if !all {
		out = candidates{}
	}
	for _, g := range f.of {
		c, err := q.few(g, negated, unit)
		switch {
		case err != nil:
			return nil, err
		case c == nil && !all:
			return nil, nil
		case c == nil:
		case all && (out == nil || len(c) < len(out)):
			out = c
		case !all:
			maps.Copy(out, c)
		}
	}
	return out, nil
}

func (q *query) fewTerm(f filter, negated, unit bool) (candidates, error) {
	classes := groupClasses
	if unit {
		classes = unitClasses
	}
	switch f.attr {
	case "objectclass":
		if f.kind == filterPieces || (f.kind == filterPresent || hasClass(classes, f.value)) == negated {
			return candidates{}, nil
		}
		return nil, nil
	case "cn", "ou", "departmentnumber", "member", "entrydn", "entryuuid", "structuralobjectclass":
	default:
		_, ofMembers := q.tree.names.by[f.attr]
		if negated && (ofMembers || f.attr == "memberof" || f.attr == "manager") {
			return nil, nil
		}
		return candidates{}, nil
	}
	if unit && !negated && (f.attr == "cn" || f.attr == "member") {
		return candidates{}, nil // units have neither
	}
	if negated || f.kind != filterEqual {
		return nil, nil
	}
	out := candidates{}
	switch {
	case f.attr == "member" && !unit:
		in, err := q.groupsOf(f.value)
		maps.Copy(out, in)
		return out, err
	case f.attr == "cn" && !unit:
		for _, at := range []spot{{place: atGroup, text: f.value}, {place: atTag, text: f.value}} {
			g, found, err := q.groupOf(at)
			if err != nil {
				return nil, err
			}
			if found {
				out[g] = true
			}
		}
		return out, nil
	case f.attr == "departmentnumber":
		if n, err := strconv.ParseInt(f.value, 10, 64); err == nil {
			out[groupID{n, false}] = true
		}
		return out, nil
	case f.attr == "entrydn":
		g, found, err := q.groupAt(f.value)
		if err == nil && found {
			out[g] = true
		}
		return out, err
	}
	return nil, nil
}

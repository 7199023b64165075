package scim

import (
	"strings"
	"time"

	"qiwei/internal/directory"
	"qiwei/internal/store"
)

// filterUsers translates a filter into the directory's.
func (q *request) filterUsers(n *node) (directory.Filter, error) {
	switch n.op {
	case "and", "or", "not":
		list := make([]directory.Filter, len(n.of))
		for i, m := range n.of {
			var err error
			if list[i], err = q.filterUsers(m); err != nil {
				return directory.Nobody(), err
			}
		}
		switch n.op {
		case "and":
			return directory.And(list...), nil
		case "or":
			return directory.Or(list...), nil
		}
		return directory.Not(list[0]), nil
	case "has":
		return q.filterElement(n.path, n.of[0])
	case "ne":
		eq := *n
		eq.op = "eq"
		f, err := q.filterTerm(&eq)
		return directory.Not(f), err
	}
	return q.filterTerm(n)
}

// filterElement is a condition on one element of a list: emails[type eq "work" and value co "@x"]. At most
// one element of each type is kept in a list, so the terms can be checked one by one.
func (q *request) filterElement(list path, n *node) (directory.Filter, error) {
	switch n.op {
	case "and", "or", "not":
		parts := make([]directory.Filter, len(n.of))
		for i, m := range n.of {
			var err error
			if parts[i], err = q.filterElement(list, m); err != nil {
				return directory.Nobody(), err
			}
		}
		switch n.op {
		case "and":
			return directory.And(parts...), nil
		case "or":
			return directory.Or(parts...), nil
		}
		return directory.Not(parts[0]), nil
	}
	if len(fieldsAt(list)) > 1 {
		return directory.Nobody(), bad(invalidFilter, "%s is searched without brackets", list.attribute.name)
	}
	inner := *n
	inner.path = path{attribute: list.attribute, sub: n.path.attribute}
	return q.filterUsers(&inner)
}

func unsupported(n *node) error {
	return bad(invalidFilter, "%s cannot be searched by %s", n.path.name(), n.op)
}

func (p path) name() string {
	name := p.attribute.name
	if p.sub != nil {
		name += "." + p.sub.name
	}
	return name
}

func (q *request) filterTerm(n *node) (directory.Filter, error) {
	text, isText := n.value.(string)
	name := n.path.name()
	if n.path.extension == enterpriseSchema && (name == "manager" || name == "manager.value") {
		return q.filterManager(n, text)
	}
	fields := fieldsAt(n.path)
	switch {
	case n.path.extension != nil && len(fields) == 0:
		return directory.Nobody(), unsupported(n)
	case len(fields) == 1 && n.path.sub != nil && (n.path.sub.name == "type" || n.path.sub.name == "primary"):
		b, isTrue := n.value.(bool)
		if n.op == "eq" && (strings.EqualFold(text, fields[0].kind) || isTrue && b) || n.op == "pr" {
			return directory.Has(fields[0].row.Name), nil
		}
		return constant(n, false)
	case len(fields) > 0:
		return filterTexts(n, fields, text, isText)
	}
	switch name {
	case "id":
		if n.op != "eq" || !isText {
			return directory.Nobody(), unsupported(n)
		}
		m, err := q.member(text)
		if err == errNotFound {
			return directory.Nobody(), nil
		}
		return directory.Numbered(m.No), err
	case "externalId":
		return q.filterExternal(n, text)
	case "active":
		want, err := n.path.attribute.normal(n.value)
		if n.op == "pr" {
			return directory.Everyone(), nil
		}
		if err != nil || n.op != "eq" || want == nil {
			return directory.Nobody(), unsupported(n)
		}
		if want == true {
			return directory.Enabled(), nil
		}
		return directory.Not(directory.Enabled()), nil
	case "meta.created", "meta.lastModified":
		return filterTime(n, text)
	case "meta.resourceType", "schemas":
		return constant(n, strings.EqualFold(text, "User") || strings.EqualFold(text, urnUser))
	case "groups", "groups.value":
		return q.filterGroups(n, text)
	}
	if key, ok := userKey(n.path); ok {
		return filterKeys(n, []directory.Key{key}, text, isText)
	}
	return directory.Nobody(), unsupported(n)
}

func constant(n *node, holds bool) (directory.Filter, error) {
	if n.op != "eq" && n.op != "pr" {
		return directory.Nobody(), unsupported(n)
	}
	if n.op == "pr" || holds {
		return directory.Everyone(), nil
	}
	return directory.Nobody(), nil
}

// filterTexts is a condition on an attribute that shows plain texts.
func filterTexts(n *node, fields []textField, text string, isText bool) (directory.Filter, error) {
	if sub := n.path.sub; sub != nil && (!n.path.attribute.multi || sub.name != fields[0].name()) {
		return directory.Nobody(), unsupported(n)
	}
	keys := make([]directory.Key, len(fields))
	for i, f := range fields {
		keys[i] = f.row.Name
	}
	return filterKeys(n, keys, text, isText)
}

// filterKeys is a condition on what members are looked up by, one of which is to
// fulfil it.
func filterKeys(n *node, keys []directory.Key, text string, isText bool) (directory.Filter, error) {
	var list []directory.Filter
	for _, k := range keys {
		switch {
		case n.op == "pr":
			list = append(list, directory.Has(k))
		case n.op == "eq" && n.value == nil:
			list = append(list, directory.Not(directory.Has(k)))
		case !isText:
			return directory.Nobody(), unsupported(n)
		case n.op == "eq":
			list = append(list, directory.Is(k, text))
		case n.op == "co":
			list = append(list, directory.Like(k, "", text, ""))
		case n.op == "sw":
			list = append(list, directory.Like(k, text, ""))
		case n.op == "ew":
			list = append(list, directory.Like(k, "", text))
		default:
			return directory.Nobody(), unsupported(n)
		}
	}
	return directory.Or(list...), nil
}

func filterTime(n *node, text string) (directory.Filter, error) {
	key, _ := userKey(n.path)
	if n.op == "pr" {
		return directory.Everyone(), nil
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return directory.Nobody(), bad(invalidFilter, "%s: a time such as 2031-01-06T09:00:00Z expected", n.path.name())
	}
	after := at.Truncate(time.Millisecond).Add(time.Millisecond)
	switch n.op {
	case "ge":
		return directory.Since(key, at), nil
	case "gt":
		return directory.Since(key, after), nil
	case "lt":
		return directory.Not(directory.Since(key, at)), nil
	case "le":
		return directory.Not(directory.Since(key, after)), nil
	case "eq":
		return directory.And(directory.Since(key, at), directory.Not(directory.Since(key, after))), nil
	}
	return directory.Nobody(), unsupported(n)
}

func (q *request) filterManager(n *node, text string) (directory.Filter, error) {
	switch n.op {
	case "pr":
		return directory.LedBy(""), nil
	case "eq":
		m, err := q.member(text)
		if err == errNotFound {
			return directory.Nobody(), nil
		}
		return directory.LedBy(m.UserID), err
	}
	return directory.Nobody(), unsupported(n)
}

func (q *request) filterGroups(n *node, text string) (directory.Filter, error) {
	if n.op != "eq" {
		return directory.Nobody(), unsupported(n)
	}
	g, ok := parseGroupID(text)
	switch {
	case !ok:
		return directory.Nobody(), nil
	case g.tag:
		return directory.Tagged(g.id), nil
	}
	return directory.Within(g.id, false), nil
}

// filterExternal finds members by the client's own ids.
func (q *request) filterExternal(n *node, text string) (directory.Filter, error) {
	query, args := `SELECT member FROM scim_member WHERE corpid = ?`, []any{q.by.CorpID}
	switch n.op {
	case "eq":
		query, args = query+` AND external_id = ?`, append(args, text)
	case "pr":
	default:
		return directory.Nobody(), unsupported(n)
	}
	var list []directory.Filter
	err := q.tx.Each(query+` LIMIT 1001`, args, func(rows *store.Rows) error {
		var no int64
		err := rows.Scan(&no)
		list = append(list, directory.Numbered(no))
		return err
	})
	if err == nil && len(list) > 1000 {
		err = bad(tooMany, "more than 1000 users have an externalId; ask for one of them")
	}
	return directory.Or(list...), err
}

package scim

import "strings"

// change is an operation of PATCH (RFC 7644, 3.5.2).
type change struct {
	op    string // add, replace, remove
	path  string
	value any
	has   bool // there is a value
}

const maxChanges = 1000

// changes reads the body of a PATCH.
func changes(body document) ([]change, error) {
	list, ok := body.get("Operations")
	ops, isList := list.([]any)
	if !ok || !isList || len(ops) == 0 {
		return nil, bad(invalidSyntax, "Operations: a list with an operation in it expected")
	}
	if len(ops) > maxChanges {
		return nil, bad(tooMany, "at most %d operations", maxChanges)
	}
	out := make([]change, len(ops))
	for i, e := range ops {
		o, ok := object(e)
		if !ok {
			return nil, bad(invalidSyntax, "operation %d: an object expected", i+1)
		}
		op, _ := o.get("op")
		at, hasPath := o.get("path")
		c := &out[i]
		c.value, c.has = o.get("value")
		name, _ := op.(string)
		switch c.op = strings.ToLower(name); c.op { // Azure writes Add
		case "add", "replace", "remove":
		default:
			return nil, bad(invalidSyntax, "operation %d: op is add, replace or remove", i+1)
		}
		if c.path, ok = at.(string); hasPath && at != nil && !ok {
			return nil, bad(invalidPath, "operation %d: path is a text", i+1)
		}
		if c.op != "remove" && !c.has {
			return nil, bad(invalidValue, "operation %d: value is missing", i+1)
		}
		if c.op == "remove" && c.path == "" {
			return nil, bad(noTarget, "operation %d: remove needs a path", i+1)
		}
	}
	return out, nil
}

// apply carries out one operation on a document of the type. An attribute that the schema does not have is
// left out, as in POST and PUT (RFC 7644, 3.3): providers map more than we keep (Entra: preferredLanguage,
// the parts of an address, employeeNumber …), and none of these may block a deactivation in the same request.
func (c change) apply(t *resourceType, d document) error {
	if c.path != "" {
		p, err := t.parsePath(c.path)
		if isUnknown(err) || err == nil && p.providers() {
			return nil
		}
		if err != nil {
			return err
		}
		return c.at(p, d, c.value)
	}
	// Without a path the value has one for each of its names; Azure's have dots in
	// them, and schemas.
	o, ok := object(c.value)
	if !ok {
		return bad(invalidValue, "without a path the value is an object")
	}
	for key, v := range o {
		p, err := t.parsePath(key)
		if err != nil || p.attribute != nil && (p.attribute.readOnly() || p.attribute.name == "schemas") {
			continue // unknown or read-only attributes are ignored here, as in PUT
		}
		if err := c.at(p, d, v); err != nil {
			return err
		}
	}
	return nil
}

// providers reports whether the path leads to something that the provider keeps and we only show, such as the
// name of a department.
func (p path) providers() bool { return p.attribute != nil && p.attribute.lent }

func (c change) at(p path, d document, v any) error {
	if p.extension != nil {
		if p.attribute == nil {
			return c.whole(p.extension, d, v)
		}
		inner, ok := object(d[p.extension.urn])
		if !ok {
			inner = document{}
		}
		if err := c.inside(p, inner, v); err != nil {
			return err
		}
		delete(d, p.extension.urn)
		if len(inner) > 0 {
			d[p.extension.urn] = inner
		}
		return nil
	}
	return c.inside(p, d, v)
}

// whole changes an extension as one.
func (c change) whole(e *schema, d document, v any) error {
	if c.op == "remove" {
		delete(d, e.urn)
		return nil
	}
	o, ok := object(v)
	if !ok {
		return bad(invalidValue, "%s: an object expected", e.urn)
	}
	for key, v := range o {
		a := find(e.attributes, key)
		if a == nil || a.readOnly() {
			continue
		}
		if err := c.at(path{extension: e, attribute: a}, d, v); err != nil {
			return err
		}
	}
	return nil
}

func (c change) inside(p path, d document, v any) error {
	a := p.attribute
	if a.readOnly() || (p.sub != nil && p.sub.readOnly()) || a.name == "schemas" {
		return bad(mutability, "%s cannot be written", a.name)
	}
	switch {
	case c.op == "remove":
		return c.remove(p, d)
	case a.multi && (p.filter != nil || p.sub != nil):
		return c.elements(p, d, v)
	case p.sub != nil:
		return c.part(p, d, v)
	}
	n, err := a.normal(v)
	if err != nil {
		return err
	}
	switch {
	case n == nil:
		if c.op == "replace" {
			delete(d, a.name)
		}
	case a.multi && c.op == "add":
		d[a.name] = a.merged(d[a.name], n.([]any))
	case a.kind == "complex" && !a.multi:
		had, ok := object(d[a.name])
		if !ok {
			had = document{}
		}
		news, _ := object(n)
		for k, e := range news {
			had[k] = e
		}
		d[a.name] = had
	default:
		d[a.name] = n
	}
	return nil
}

// merged returns a list with more elements; existing ones stay as they are, and a new primary one becomes the
// only primary.
func (a *attribute) merged(have any, more []any) []any {
	list, _ := have.([]any)
	for _, m := range more {
		there := false
		o, _ := object(m)
		for i, e := range list {
			p, _ := object(e)
			switch {
			case same(e, m), a.name == "members" && p != nil && same(p["value"], o["value"]):
				there = true
			case p != nil && o["type"] != nil && a.name != "members" && same(p["type"], o["type"]):
				list[i], there = m, true // there is one of each type
			case p != nil && o["primary"] == true && p["primary"] == true:
				delete(p, "primary")
			}
		}
		if !there {
			list = append(list, m)
		}
	}
	return list
}

// part changes a part of a complex attribute.
func (c change) part(p path, d document, v any) error {
	n, err := p.sub.normal(v)
	if err != nil {
		return err
	}
	o, ok := object(d[p.attribute.name])
	if !ok {
		o = document{}
	}
	if n == nil {
		delete(o, p.sub.name)
	} else {
		o[p.sub.name] = n
	}
	d[p.attribute.name] = o
	return nil
}

// elements changes the elements of a list for which the path's filter holds, or a part of each.
func (c change) elements(p path, d document, v any) error {
	list, _ := d[p.attribute.name].([]any)
	touched := false
	for i, e := range list {
		o, ok := object(e)
		if !ok || p.filter != nil && !p.filter.holds(o) {
			continue
		}
		touched = true
		if p.sub != nil {
			n, err := p.sub.normal(v)
			if err != nil {
				return err
			}
			if n == nil {
				delete(o, p.sub.name)
			} else {
				o[p.sub.name] = n
			}
			continue
		}
		n, err := p.attribute.single(v)
		if err != nil {
			return err
		}
		news, _ := object(n)
		if c.op == "replace" {
			list[i] = news
			continue
		}
		for k, x := range news {
			o[k] = x
		}
	}
	if touched {
		return nil
	}
	// The element does not exist yet: Azure adds and replaces in this way. It is made from what the filter
	// says.
	made := document{}
	if p.filter != nil && !p.filter.describes(made) || p.filter == nil && p.sub == nil {
		return bad(noTarget, "the path selects no element of %s", p.attribute.name)
	}
	if c.op == "replace" && p.sub == nil {
		return bad(noTarget, "the path selects no element of %s", p.attribute.name)
	}
	if p.sub != nil {
		n, err := p.sub.normal(v)
		if err != nil || n == nil {
			return err
		}
		made[p.sub.name] = n
	} else {
		n, err := p.attribute.single(v)
		if err != nil {
			return err
		}
		news, _ := object(n)
		for k, x := range news {
			made[k] = x
		}
	}
	d[p.attribute.name] = append(list, made)
	return nil
}

// describes writes the filter's eq terms into an element; ok is false if the filter has others.
func (n *node) describes(made document) bool {
	switch n.op {
	case "eq":
		if n.path.attribute.kind == "boolean" || n.path.attribute.kind == "string" {
			v, err := n.path.attribute.normal(n.value)
			if err != nil || v == nil {
				return false
			}
			made[n.path.attribute.name] = v
			return true
		}
	case "and":
		for _, m := range n.of {
			if !m.describes(made) {
				return false
			}
		}
		return true
	}
	return false
}

// remove removes an attribute, a part, or elements of a list. Azure names the elements in the value.
func (c change) remove(p path, d document) error {
	a := p.attribute
	if a.required && p.filter == nil && p.sub == nil {
		return bad(mutability, "%s is required", a.name)
	}
	list, isList := d[a.name].([]any)
	switch {
	case a.multi && (p.filter != nil || c.has && c.value != nil && p.sub == nil):
		var keep []any
		gone, _ := a.normal(c.value)
		which, _ := gone.([]any)
		for _, e := range list {
			o, _ := object(e)
			out := p.filter != nil && o != nil && p.filter.holds(o)
			for _, w := range which {
				q, _ := object(w)
				out = out || p.filter == nil && (same(e, w) || o != nil && q["value"] != nil && same(o["value"], q["value"]))
			}
			switch {
			case !out:
				keep = append(keep, e)
			case p.sub != nil:
				delete(o, p.sub.name)
				keep = append(keep, o)
			}
		}
		if delete(d, a.name); keep != nil {
			d[a.name] = keep
		}
	case p.sub != nil && isList:
		for _, e := range list {
			if o, ok := object(e); ok {
				delete(o, p.sub.name)
			}
		}
	case p.sub != nil:
		if o, ok := object(d[a.name]); ok {
			delete(o, p.sub.name)
			if len(o) == 0 {
				delete(d, a.name)
			}
		}
	default:
		delete(d, a.name)
	}
	return nil
}

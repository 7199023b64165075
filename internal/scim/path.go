package scim

import (
	"strings"
	"unicode/utf8"
)

// path leads to an attribute of a resource: one of its own or an extension's, a
// part of it, and in PATCH to those elements of a list that a filter holds for.
type path struct {
	extension *schema
	attribute *attribute // nil: the extension as a whole
	filter    *node
	sub       *attribute
}

// parseAttribute reads a name such as userName, name.formatted or
// urn:…:2.0:User:manager.value.
func (t *resourceType) parseAttribute(name string) (p path, err error) {
	list, common := t.schema.attributes, common
	if rest, ok := cutURN(name, t.schema.urn); ok {
		name = rest
	} else {
		for _, e := range t.extensions {
			rest, ok := cutURN(name, e.urn)
			if !ok {
				continue
			}
			if p.extension = e; rest == "" {
				return p, nil
			}
			name, list, common = rest, e.attributes, nil
		}
	}
	top, sub, dotted := strings.Cut(name, ".")
	if p.attribute = find(common, top); p.attribute == nil {
		p.attribute = find(list, top)
	}
	if p.attribute == nil {
		return p, unknown("there is no attribute %q", name)
	}
	if dotted {
		if p.sub = find(p.attribute.sub, sub); p.sub == nil {
			if p.attribute.name == "name" && (strings.EqualFold(sub, "familyName") || strings.EqualFold(sub, "givenName")) {
				p.sub = str(strings.ToLower(sub[:1])+sub[1:len(sub)-4]+"Name", "")
				return p, nil
			}
			return p, unknown("%s has no %q", p.attribute.name, sub)
		}
	}
	return p, nil
}

// cutURN returns what follows a schema's URN and a colon.
func cutURN(name, urn string) (rest string, ok bool) {
	if len(name) < len(urn) || !strings.EqualFold(name[:len(urn)], urn) {
		return "", false
	}
	if rest = name[len(urn):]; rest == "" {
		return "", true
	}
	return strings.CutPrefix(rest, ":")
}

// parsePath reads the path of a PATCH operation.
func (t *resourceType) parsePath(text string) (path, error) {
	if len(text) > maxFilter || !utf8.ValidString(text) {
		return path{}, bad(invalidPath, "the path is too long")
	}
	open := strings.IndexByte(text, '[')
	if open < 0 {
		return t.parseAttribute(strings.TrimSpace(text))
	}
	at, err := t.parseAttribute(strings.TrimSpace(text[:open]))
	if err != nil {
		return at, err
	}
	if at.attribute == nil || at.sub != nil || !at.attribute.multi || at.attribute.kind != "complex" {
		return at, bad(invalidPath, "%s is not a list that can be filtered", text[:open])
	}
	p := &parser{t: t, in: text, at: open}
	if at.filter, err = p.brackets(at.attribute); err != nil {
		if isUnknown(err) {
			return at, err
		}
		return at, bad(invalidPath, "%v", err)
	}
	rest := strings.TrimSpace(p.in[p.at:])
	if rest == "" {
		return at, nil
	}
	name, ok := strings.CutPrefix(rest, ".")
	if !ok {
		return at, bad(invalidPath, "%q: a dot and a name expected", rest)
	}
	if at.sub = find(at.attribute.sub, name); at.sub == nil {
		return at, unknown("%s has no %q", at.attribute.name, name)
	}
	return at, nil
}

// last returns the attribute of the values at the path.
func (p path) last() *attribute {
	if p.sub != nil {
		return p.sub
	}
	return p.attribute
}

// values returns what is there at the path; of an object in a comparison its value.
func (p path) values(d document) []any {
	if p.extension != nil {
		d, _ = object(d[p.extension.urn])
	}
	var list []any
	switch v := d[p.attribute.name].(type) {
	case nil:
		return nil
	case []any:
		list = v
	default:
		list = []any{v}
	}
	if p.sub == nil {
		return list
	}
	var out []any
	for _, e := range list {
		if o, ok := object(e); ok && o[p.sub.name] != nil {
			out = append(out, o[p.sub.name])
		}
	}
	return out
}

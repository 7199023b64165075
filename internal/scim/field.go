package scim

import (
	"slices"
	"strings"

	"qiwei/internal/directory"
)

// textField is a plain text of a member as an attribute of a User. The directory's
// table of fields names the attribute: one of User itself, of a list that has several
// of them by its type (phoneNumbers.mobile), or else one of our extension, which has
// each that the table names.
type textField struct {
	row       *directory.FieldRow
	attribute *attribute
	extension *schema // nil where the attribute is User's own
	kind      string  // of a list's element, its type
}

// textFields are those of all plain texts that have an attribute, in the table's
// order.
var textFields = func() (out []textField) {
	for _, row := range directory.PlainFields() {
		if row.SCIM == "" {
			continue
		}
		name, kind, _ := strings.Cut(row.SCIM, ".")
		f := textField{row: row, attribute: find(userSchema.attributes, name), kind: kind}
		if f.attribute == nil {
			f.attribute, f.extension = find(memberSchema.attributes, name), memberSchema
		}
		if f.attribute.multi && kind == "" {
			f.kind = find(f.attribute.sub, "type").values[0]
		}
		out = append(out, f)
	}
	return out
}()

// memberAttributes are the extension's: what the table names and User has not.
func memberAttributes(more ...*attribute) (out []*attribute) {
	for _, row := range directory.PlainFields() {
		name, _, _ := strings.Cut(row.SCIM, ".")
		if name != "" && find(userSchema.attributes, name) == nil && find(more, name) == nil {
			out = append(out, str(name, "The member's "+string(row.Name)+"."))
		}
	}
	return append(more, out...)
}

// fieldsAt returns the plain texts that the attribute, or a part of it, shows.
func fieldsAt(p path) (out []textField) {
	for _, f := range textFields {
		if f.attribute == p.attribute && f.extension == p.extension {
			out = append(out, f)
		}
	}
	return out
}

// name is how a field's value is called in an element of its list.
func (f textField) name() string { return f.attribute.sub[0].name }

// showTexts writes the member's plain texts into a document. What is told to others
// than a provider has no extension of ours, and not what is kept from them.
func showTexts(d document, m *directory.Member, toProvider bool) {
	for _, f := range textFields {
		text := *f.row.Text(m)
		switch {
		case text == "", !toProvider && (f.extension != nil || f.attribute.untold):
		case f.attribute.multi:
			list, _ := d[f.attribute.name].([]any)
			d[f.attribute.name] = append(list, document{f.name(): text, "type": f.kind})
		case f.extension != nil:
			inner := d.object(f.extension.urn)
			if inner == nil {
				inner = document{}
				d[f.extension.urn] = inner
			}
			inner[f.attribute.name] = text
		default:
			d[f.attribute.name] = text
		}
	}
}

// readTexts gives the member the plain texts of a document. The name has rules of its
// own (nameOf).
func readTexts(d document, m *directory.Member) {
	for _, f := range textFields {
		if f.attribute.readOnly() || f.row.Name == directory.FieldName {
			continue
		}
		text := f.read(d)
		if f.attribute.tidy != nil {
			text = f.attribute.tidy(text)
		}
		*f.row.Text(m) = text
	}
}

func (f textField) read(d document) string {
	if f.extension != nil {
		return d.object(f.extension.urn).text(f.attribute.name)
	}
	if !f.attribute.multi {
		return d.text(f.attribute.name)
	}
	list, beside := d.objects(f.attribute.name), fieldsAt(path{attribute: f.attribute})
	if len(beside) == 1 {
		return preferred(list, f.name(), f.kind)
	}
	// Of several fields, an element without a type is the first one's.
	i := slices.IndexFunc(list, func(o document) bool {
		kind := o.text("type")
		return o.text(f.name()) != "" && (strings.EqualFold(kind, f.kind) || kind == "" && beside[0].kind == f.kind)
	})
	if i < 0 {
		return ""
	}
	return list[i].text(f.name())
}

// keepExtension leaves the extension's texts as they are where a provider that does
// not know of the extension replaces a User (RFC 7644, 3.5.1, lets us).
func keepExtension(d, old document) document {
	if d[urnMember] == nil {
		return d.with(urnMember, old[urnMember])
	}
	return d
}

// preferred returns the value to keep of several: the primary one, that of the kind,
// or the first.
func preferred(list []document, value, kind string) string {
	best, rank := "", 0
	for _, o := range list {
		r := 1
		if strings.EqualFold(o.text("type"), kind) {
			r = 2
		}
		if o["primary"] == true {
			r = 3
		}
		if v := o.text(value); v != "" && r > rank {
			best, rank = v, r
		}
	}
	return best
}

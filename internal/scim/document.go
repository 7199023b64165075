package scim

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// document is a JSON object. Within a resource its names are spelled as in the
// schema.
type document map[string]any

// decode reads one JSON object.
func decode(raw []byte) (document, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var d map[string]any
	if err := dec.Decode(&d); err != nil || d == nil {
		return nil, bad(invalidSyntax, "a JSON object expected")
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, bad(invalidSyntax, "something follows the JSON object")
	}
	return d, nil
}

// object returns v as an object, whatever Go type it has.
func object(v any) (document, bool) {
	switch v := v.(type) {
	case document:
		return v, true
	case map[string]any:
		return v, true
	}
	return nil, false
}

// get returns the value of the name, whatever the case of its letters.
func (d document) get(name string) (any, bool) {
	if v, ok := d[name]; ok {
		return v, true
	}
	for k, v := range d {
		if strings.EqualFold(k, name) {
			return v, true
		}
	}
	return nil, false
}

func (d document) text(name string) string {
	s, _ := d[name].(string)
	return s
}

func (d document) objects(name string) []document {
	list, _ := d[name].([]any)
	var out []document
	for _, v := range list {
		if o, ok := object(v); ok {
			out = append(out, o)
		}
	}
	return out
}

func (d document) object(name string) document {
	o, _ := object(d[name])
	return o
}

// clone copies the document and all that is in it.
func (d document) clone() document { return cloneValue(d).(document) }

func cloneValue(v any) any {
	switch v := v.(type) {
	case document:
		out := make(document, len(v))
		for k, e := range v {
			out[k] = cloneValue(e)
		}
		return out
	case map[string]any:
		return cloneValue(document(v))
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = cloneValue(e)
		}
		return out
	}
	return v
}

// normal returns what a client sent as a resource of the type, in the schema's names and types. It leaves out
// what clients may not write and what the schema does not declare (RFC 7644, 3.3).
func (t *resourceType) normal(sent document) (document, error) {
	out := document{}
	for key, v := range sent {
		if e := t.extension(key); e != nil {
			o, ok := object(v)
			if !ok {
				if v == nil {
					continue
				}
				return nil, bad(invalidValue, "%s: an object expected", e.urn)
			}
			n, err := normalOf(e.attributes, o)
			if err != nil {
				return nil, err
			}
			if len(n) > 0 {
				out[e.urn] = n
			}
			continue
		}
		a := t.top(key)
		if a == nil || a.readOnly() || a.name == "schemas" {
			continue
		}
		if err := setAttribute(out, a, v); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func normalOf(list []*attribute, sent document) (document, error) {
	out := document{}
	for key, v := range sent {
		if a := find(list, key); a != nil && !a.readOnly() {
			if err := setAttribute(out, a, v); err != nil {
				return nil, err
			}
		} else if a == nil && (strings.EqualFold(key, "familyName") || strings.EqualFold(key, "givenName")) {
			if s, ok := v.(string); ok { // parts of which a name consists
				out[strings.ToLower(key[:1])+key[1:]] = s
			}
		}
	}
	return out, nil
}

// setAttribute sets the attribute, unless the value is unassigned.
func setAttribute(out document, a *attribute, v any) error {
	n, err := a.normal(v)
	if err == nil && n != nil {
		out[a.name] = n
	}
	return err
}

// normal returns a value in the attribute's type; nil where it is unassigned:
// null, an empty list or an empty object (RFC 7643, 2.5).
func (a *attribute) normal(v any) (any, error) {
	if v == nil {
		return nil, nil
	}
	if !a.multi {
		if v = a.unwrapped(v); v == nil {
			return nil, nil
		}
		return a.single(v)
	}
	list, ok := v.([]any)
	if !ok {
		list = []any{v} // some clients send it so
	}
	if len(list) > maxValues && a.name != "members" {
		return nil, bad(tooMany, "%s: at most %d values", a.name, maxValues)
	}
	var out []any
	for _, e := range list {
		n, err := a.single(e)
		if err != nil {
			return nil, err
		}
		if n != nil {
			out = append(out, n)
		}
	}
	if out == nil {
		return nil, nil
	}
	return out, nil
}

// maxValues bounds the values of an attribute other than a group's members. A
// member has one or two of each.
const maxValues = 100

// unwrapped returns the value that stands alone in a list, or in an object: Entra
// writes [{"$ref":null,"value":"x"}] for "x".
func (a *attribute) unwrapped(v any) any {
	if list, ok := v.([]any); ok {
		switch len(list) {
		case 0:
			return nil
		case 1:
			v = list[0]
		}
	}
	if o, ok := object(v); ok && a.kind != "complex" {
		if inner, has := o.get("value"); has {
			return inner
		}
	}
	return v
}

func (a *attribute) single(v any) (any, error) {
	wrong := func() error { return bad(invalidValue, "%s: %s expected", a.name, a.kind) }
	switch a.kind {
	case "complex":
		o, ok := object(v)
		if !ok {
			if s, isText := v.(string); isText && find(a.sub, "value") != nil {
				o, ok = document{"value": s}, true // Azure sends manager in this form
			}
		}
		if !ok {
			return nil, wrong()
		}
		n, err := normalOf(a.sub, o)
		if err != nil || len(n) == 0 || len(n) == 1 && n["value"] == "" {
			return nil, err
		}
		return n, nil
	case "boolean":
		switch b := v.(type) {
		case bool:
			return b, nil
		case string: // Azure sends "True" and "False"
			switch strings.ToLower(b) {
			case "true":
				return true, nil
			case "false":
				return false, nil
			}
		}
		return nil, wrong()
	case "integer":
		n, ok := v.(json.Number)
		if !ok {
			return nil, wrong()
		}
		i, err := strconv.ParseInt(n.String(), 10, 64)
		if err != nil {
			return nil, wrong()
		}
		return i, nil
	}
	s, ok := v.(string)
	if !ok {
		return nil, wrong()
	}
	if len(s) > 4096 {
		return nil, bad(invalidValue, "%s: too long", a.name)
	}
	return s, nil
}

// version is a digest of a document: the same for the same content.
func (d document) version() string {
	raw, err := json.Marshal(d)
	if err != nil {
		panic(err) // texts, numbers and lists
	}
	sum := sha256.Sum256(raw)
	return `W/"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// projection says which attributes are to be returned (RFC 7644, 3.9).
type projection struct {
	only, without []path
}

// newProjection reads the two lists. It ignores unknown names.
func (t *resourceType) newProjection(attributes, excluded []string) projection {
	read := func(list []string) (out []path) {
		for _, name := range list {
			if p, err := t.parseAttribute(strings.TrimSpace(name)); err == nil {
				out = append(out, p)
			}
		}
		return out
	}
	return projection{read(attributes), read(excluded)}
}

// wants reports whether any of the attribute is wanted.
func (p projection) wants(name string) bool {
	for _, e := range p.without {
		if e.attribute.name == name && e.sub == nil && e.extension == nil {
			return false
		}
	}
	if len(p.only) == 0 {
		return true
	}
	return slices.ContainsFunc(p.only, func(e path) bool { return e.attribute != nil && e.attribute.name == name })
}

// apply returns what is wanted of the document.
func (p projection) apply(d document) document {
	if len(p.only) > 0 {
		out := document{}
		for _, name := range []string{"schemas", "id"} {
			if v, ok := d[name]; ok {
				out[name] = v
			}
		}
		for _, e := range p.only {
			e.copy(d, out)
		}
		d = out
	}
	if len(p.without) == 0 {
		return d
	}
	d = d.clone()
	for _, e := range p.without {
		e.drop(d)
	}
	return d
}

// copy copies what the path leads to from one document into another.
func (p path) copy(from, to document) {
	if p.extension != nil {
		inner, ok := object(from[p.extension.urn])
		if !ok {
			return
		}
		if p.attribute == nil {
			to[p.extension.urn] = inner
			return
		}
		target, ok := object(to[p.extension.urn])
		if !ok {
			target = document{}
			to[p.extension.urn] = target
		}
		from, to = inner, target
	}
	v, ok := from[p.attribute.name]
	switch {
	case !ok:
	case p.sub == nil:
		to[p.attribute.name] = v
	default:
		copySub(from, to, p.attribute.name, p.sub.name)
	}
}

func copySub(from, to document, name, sub string) {
	switch v := from[name].(type) {
	case []any:
		list, _ := to[name].([]any)
		for i, e := range v {
			o, _ := object(e)
			if len(list) <= i {
				list = append(list, document{})
			}
			if target, ok := list[i].(document); ok && o[sub] != nil {
				target[sub] = o[sub]
			}
		}
		to[name] = list
	default:
		if o, ok := object(v); ok && o[sub] != nil {
			target, ok := to[name].(document)
			if !ok {
				target = document{}
				to[name] = target
			}
			target[sub] = o[sub]
		}
	}
}

func (p path) drop(d document) {
	if p.extension != nil {
		inner, ok := object(d[p.extension.urn])
		if !ok {
			return
		}
		if p.attribute == nil {
			delete(d, p.extension.urn)
			return
		}
		d = inner
	}
	if a := p.attribute; a.returned == "always" {
		return
	} else if p.sub == nil {
		delete(d, a.name)
		return
	}
	switch v := d[p.attribute.name].(type) {
	case []any:
		for _, e := range v {
			if o, ok := object(e); ok {
				delete(o, p.sub.name)
			}
		}
	default:
		if o, ok := object(v); ok {
			delete(o, p.sub.name)
		}
	}
}

// same reports whether two values of JSON are equal.
func same(a, b any) bool {
	switch x := a.(type) {
	case []any:
		y, ok := b.([]any)
		return ok && slices.EqualFunc(x, y, same)
	case document, map[string]any:
		p, _ := object(x)
		q, ok := object(b)
		return ok && maps.EqualFunc(p, q, same)
	}
	return fmt.Sprint(a) == fmt.Sprint(b)
}

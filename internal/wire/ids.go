package wire

import (
	"reflect"
	"slices"
	"strings"
	"sync"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// A field whose type is one of id's is an id of its form, in requests, answers and
// pushes alike. For a caller whose view has ids of its own (access.IDs) the wire
// translates such fields at the edge; a room only ever sees the corp's own.

var idForms = map[reflect.Type]access.Form{
	reflect.TypeFor[id.UserID](): access.MemberID,
	reflect.TypeFor[id.Users]():  access.MemberID,
	reflect.TypeFor[id.CorpID](): access.CorpID,
}

var usersType = reflect.TypeFor[id.Users]()

// named are the ids of one form, by how they came.
type named map[access.Form]map[string]string

// shown is what the ids of an answer become; nil leaves all as they are.
type shown struct{ named }

func (s *shown) text(t reflect.Type, text string) string {
	if s == nil {
		return text
	}
	return s.named.replace(t, text)
}

func (n named) replace(t reflect.Type, text string) string {
	one := func(own string) string {
		if to, ok := n[idForms[t]][own]; ok {
			return to
		}
		return own
	}
	if t != usersType {
		return one(text)
	}
	parts := strings.Split(text, "|")
	for i := range parts {
		parts[i] = one(parts[i])
	}
	return strings.Join(parts, "|")
}

// showIDs looks up what the caller knows the ids of an answer by. The lists of an
// answer may be shared with other calls, so they are not changed.
func showIDs(tx *store.Tx, by access.Caller, resp any) (*shown, error) {
	if by.IDs == nil || resp == nil {
		return nil, nil
	}
	n, err := look(tx, by, resp, by.IDs.Shown)
	return &shown{n}, err
}

// ownIDs puts the corp's own ids into a request, a pointer to a struct that
// nothing else holds. An id that the caller has not been told of stays as it is,
// and names nobody.
func ownIDs(tx *store.Tx, by access.Caller, req any) error {
	if by.IDs == nil {
		return nil
	}
	n, err := look(tx, by, req, by.IDs.Own)
	if err != nil {
		return err
	}
	eachID(reflect.ValueOf(req), func(v reflect.Value) { v.SetString(n.replace(v.Type(), v.String())) })
	return nil
}

func look(tx *store.Tx, by access.Caller, value any, ask func(*store.Tx, string, access.Form, []string) (map[string]string, error)) (named, error) {
	found := map[access.Form][]string{}
	eachID(reflect.ValueOf(value), func(v reflect.Value) {
		form := idForms[v.Type()]
		if v.Type() == usersType {
			found[form] = append(found[form], strings.Split(v.String(), "|")...)
		} else {
			found[form] = append(found[form], v.String())
		}
	})
	out := named{}
	for form, texts := range found {
		slices.Sort(texts)
		texts = slices.DeleteFunc(slices.Compact(texts), func(s string) bool { return s == "" })
		if len(texts) == 0 {
			continue
		}
		to, err := ask(tx, by.CorpID, form, texts)
		if err != nil {
			return nil, err
		}
		out[form] = to
	}
	return out, nil
}

// eachID calls fn for every id within the value.
func eachID(v reflect.Value, fn func(reflect.Value)) {
	if !holdsIDs(v.Type()) {
		return
	}
	switch v.Kind() {
	case reflect.String:
		fn(v)
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			eachID(v.Elem(), fn)
		}
	case reflect.Slice:
		for i := range v.Len() {
			eachID(v.Index(i), fn)
		}
	case reflect.Struct:
		if v.Type().Implements(tabledType) {
			v.Interface().(Tabled).AppendMembers(&Object{each: fn})
			return
		}
		for _, f := range fieldsOf(v.Type()).inRow {
			if f.index != nil {
				eachID(v.FieldByIndex(f.index), fn)
			}
		}
	}
}

var idHolders sync.Map // reflect.Type -> bool

// holdsIDs reports whether a value of the type may hold an id.
func holdsIDs(t reflect.Type) bool {
	if holds, ok := idHolders.Load(t); ok {
		return holds.(bool)
	}
	holds := lookForIDs(t, map[reflect.Type]bool{})
	idHolders.Store(t, holds)
	return holds
}

func lookForIDs(t reflect.Type, within map[reflect.Type]bool) bool {
	if _, ok := idForms[t]; ok {
		return true
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice:
		return lookForIDs(t.Elem(), within)
	case reflect.Struct:
		if within[t] {
			return false
		}
		within[t] = true
		return slices.ContainsFunc(fieldsOf(t).inRow, func(f *field) bool { return lookForIDs(f.typ, within) })
	}
	return false
}

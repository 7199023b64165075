package wire

import (
	"maps"
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

	reflect.TypeFor[id.ExternalID]():  access.ExternalID,
	reflect.TypeFor[id.CustomerTag](): access.CustomerTagID,
	reflect.TypeFor[id.ChatID]():      access.CustomerChatID,
	reflect.TypeFor[id.Person]():      access.PersonID,
	reflect.TypeFor[id.Recipient]():   access.RecipientID,

	reflect.TypeFor[id.ServiceAccount](): access.ServiceAccountID,
}

var usersType = reflect.TypeFor[id.Users]()

// named are the ids of one form, keyed as they came.
type named map[access.Form]map[string]string

// shown maps the ids of an answer to the caller's; nil leaves all as they are.
type shown struct{ named }

func (s *shown) text(t reflect.Type, text string) string {
	if s == nil {
		return text
	}
	return s.named.replace(t, text, func(own string) string { return strings.TrimPrefix(own, stranger) })
}

// replace replaces the ids in a text of the type. other replaces an id that the view does not know.
func (n named) replace(t reflect.Type, text string, other func(string) string) string {
	one := func(from string) string {
		if to, ok := n[idForms[t]][from]; ok {
			return to
		}
		return other(from)
	}
	if t != usersType {
		return one(text)
	}
	parts := strings.Split(text, "|")
	for i := range parts {
		parts[i] = one(strings.TrimSpace(parts[i]))
	}
	return strings.Join(parts, "|")
}

// showIDs looks up the caller's ids for those in an answer. The answer's lists may be shared with other
// calls, so they are not changed.
func showIDs(tx *store.Tx, by access.Caller, resp any) (*shown, error) {
	if by.IDs == nil || resp == nil {
		return nil, nil
	}
	n, err := look(tx, by, within(resp), by.IDs.Shown)
	return &shown{n}, err
}

// stranger is put before one of the corp's own ids if the caller sent it instead of the id that it knows. No
// userid or corpid begins like that, so it names nobody, and a guess reveals nothing.
const stranger = "-"

// Named returns the userid as the caller spelled it, for the one field that names nobody
// yet: a new userid is the corp's own, whatever the caller's view, and one that is taken
// is no invalid one (doc 90195).
func Named(by access.Caller, user id.UserID) id.UserID {
	if by.IDs == nil {
		return user
	}
	return id.UserID(strings.TrimPrefix(string(user), stranger))
}

// NamedCorp returns the corpid of a request to a call that takes both the corp's own and
// the one that the caller knows it by (doc 95652).
func NamedCorp(corpID id.CorpID) string { return strings.TrimPrefix(string(corpID), stranger) }

// OwnIDs puts the corp's own ids into a request, a pointer to a struct that nothing
// else holds. An id that is neither the caller's nor the corp's stays as it is.
// Endpoints have it done for them; it is for requests that come another way.
func OwnIDs(tx *store.Tx, by access.Caller, req any) error { return ownIDs(tx, by, req) }

func ownIDs(tx *store.Tx, by access.Caller, req any) error {
	if by.IDs == nil {
		return nil
	}
	n, err := look(tx, by, within(req), func(tx *store.Tx, corpID string, form access.Form, texts []string) (map[string]string, error) {
		own, err := by.IDs.Own(tx, corpID, form, texts)
		if err != nil {
			return nil, err
		}
		unknown := slices.DeleteFunc(slices.Clone(texts), func(t string) bool {
			_, ok := own[t]
			return ok || !id.UserID(t).Valid() // "@all" is nobody's id
		})
		if len(unknown) == 0 {
			return own, nil
		}
		bare, err := by.IDs.Shown(tx, corpID, form, unknown)
		out := maps.Clone(own)
		if out == nil {
			out = map[string]string{}
		}
		for text := range bare {
			out[text] = stranger + text
		}
		return out, err
	})
	if err != nil {
		return err
	}
	eachID(reflect.ValueOf(req), func(v reflect.Value) { v.SetString(n.replace(v.Type(), v.String(), strings.Clone)) })
	return nil
}

// within calls for every id in a value.
func within(value any) func(func(reflect.Value)) {
	return func(fn func(reflect.Value)) { eachID(reflect.ValueOf(value), fn) }
}

// look looks up the ids that each finds, once for each form.
func look(tx *store.Tx, by access.Caller, each func(func(reflect.Value)), ask func(*store.Tx, string, access.Form, []string) (map[string]string, error)) (named, error) {
	found := map[access.Form][]string{}
	each(func(v reflect.Value) {
		form := idForms[v.Type()]
		if v.Type() != usersType {
			found[form] = append(found[form], v.String())
			return
		}
		for part := range strings.SplitSeq(v.String(), "|") {
			found[form] = append(found[form], strings.TrimSpace(part))
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

package wire

import (
	"maps"
	"reflect"
	"slices"
	"strings"

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

// forms is how many forms of ids there are.
const forms = int(access.ServiceAccountID) + 1

// named are the ids of each form, keyed as they came.
type named [forms]map[string]string

// shown maps the ids of an answer to the caller's; nil leaves all as they are.
type shown struct{ named }

// text returns an id as it is shown, or a list of them where several is set.
func (s *shown) text(form access.Form, several bool, text string) string {
	if s == nil {
		return text
	}
	return s.named.replace(form, several, text, func(own string) string { return strings.TrimPrefix(own, stranger) })
}

// replace replaces the ids in a text. other replaces an id that the view does not know.
func (n *named) replace(form access.Form, several bool, text string, other func(string) string) string {
	one := func(from string) string {
		if to, ok := n[form][from]; ok {
			return to
		}
		return other(from)
	}
	if !several {
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
func showIDs(tx *store.Tx, by *access.Caller, resp any) (*shown, error) {
	if by.IDs == nil || resp == nil {
		return nil, nil
	}
	find := finderOf(reflect.TypeOf(resp))
	if find == nil {
		return nil, nil
	}
	w := newWalk()
	defer w.done()
	find(reflect.ValueOf(resp), w)
	as := new(shown)
	return as, w.look(tx, by, &as.named, by.IDs.Shown)
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
func OwnIDs(tx *store.Tx, by access.Caller, req any) error { return ownIDs(tx, &by, req) }

func ownIDs(tx *store.Tx, by *access.Caller, req any) error {
	if by.IDs == nil {
		return nil
	}
	v := reflect.ValueOf(req)
	find := finderOf(v.Type())
	if find == nil {
		return nil
	}
	w := newWalk()
	defer w.done()
	find(v, w)
	var own named
	err := w.look(tx, by, &own, func(tx *store.Tx, corpID string, form access.Form, texts []string) (map[string]string, error) {
		return ownOf(tx, by.IDs, corpID, form, texts)
	})
	if err != nil {
		return err
	}
	w.own = &own
	find(v, w)
	return nil
}

// ownOf returns the corp's own ids for those that the caller has sent. Where it sent one of the corp's own instead of
// the id that it knows, that one is a stranger's.
func ownOf(tx *store.Tx, ids access.IDs, corpID string, form access.Form, texts []string) (map[string]string, error) {
	own, err := ids.Own(tx, corpID, form, texts)
	if err != nil || len(own) == len(texts) { // each of them is known
		return own, err
	}
	unknown := slices.DeleteFunc(slices.Clone(texts), func(t string) bool {
		_, ok := own[t]
		return ok || !id.UserID(t).Valid() // "@all" is nobody's id
	})
	if len(unknown) == 0 {
		return own, nil
	}
	bare, err := ids.Shown(tx, corpID, form, unknown)
	out := maps.Clone(own)
	if out == nil {
		out = map[string]string{}
	}
	for text := range bare {
		out[text] = stranger + text
	}
	return out, err
}

package ldap

import (
	"maps"
	"slices"
	"strings"

	"qiwei/internal/directory"
)

// source is a field of members that an attribute can show.
type source struct {
	field  directory.Field
	free   bool // everybody who sees the member may read it
	keys   []directory.Key
	ext    string // name of an extended attribute
	values func(m *directory.Member) []string
}

const extattrPrefix = "extattr:"

func one(get func(m *directory.Member) string) func(m *directory.Member) []string {
	return func(m *directory.Member) []string {
		if v := get(m); v != "" {
			return []string{v}
		}
		return nil
	}
}

// sources are the fields that an attribute can show: the plain texts of the directory's table, and the ones
// below.
var sources = func() map[string]source {
	out := map[string]source{
		"userid": {free: true, keys: []directory.Key{directory.KeyUserID}, values: one(func(m *directory.Member) string { return string(m.UserID) })},
		// Both addresses, the enterprise's first: products use the first.
		"mail": {field: directory.FieldEmail, keys: []directory.Key{directory.KeyBizMail, directory.KeyEmail}, values: func(m *directory.Member) (out []string) {
			for _, a := range []string{m.BizMail, m.Email} {
				if a != "" && !slices.Contains(out, a) {
					out = append(out, a)
				}
			}
			return out
		}},
		"avatar": {field: directory.FieldAvatar, values: one(func(m *directory.Member) string { return m.Avatar })},
		"status": {free: true, values: func(m *directory.Member) []string { return []string{number(int64(m.Status()))} }},
	}
	for _, row := range directory.PlainFields() {
		out[string(row.Name)] = source{field: row.Name, keys: []directory.Key{row.Name}, values: one(func(m *directory.Member) string { return *row.Text(m) })}
	}
	return out
}()

// Sources returns the names of the fields that an attribute can show.
func Sources() []string { return slices.Sorted(maps.Keys(sources)) }

// usual are the attributes of members by default.
var usual = []struct{ name, source string }{
	{"uid", "userid"}, {"cn", "name"}, {"sn", "name"}, {"displayName", "name"}, {"mail", "mail"}, {"mobile", "mobile"}, {"title", "position"},
	{"telephoneNumber", "telephone"}, {"street", "address"}, {"labeledURI", "avatar"}, {"qiweiAlias", "alias"}, {"qiweiStatus", "status"},
}

// builtIn are the attributes that every entry has.
var builtIn = map[string]bool{"objectclass": true, "memberof": true, "member": true, "manager": true, "departmentnumber": true, "ou": true, "o": true, "dc": true,
	"entryuuid": true, "entrydn": true, "createtimestamp": true, "modifytimestamp": true, "hassubordinates": true,
	"structuralobjectclass": true, "subschemasubentry": true, "description": true, "userpassword": true}

// names are the attributes that show fields of members.
type names struct {
	list []named
	by   map[string]source // by the attribute's name in lower case
}

type named struct {
	name   string
	lower  string
	source source
}

func newNames(set map[string]string) *names {
	n := &names{by: map[string]source{}}
	changed := map[string]bool{}
	for name := range set {
		changed[strings.ToLower(name)] = true
	}
	add := func(name, from string) {
		src, known := sources[from]
		if ext, is := strings.CutPrefix(from, extattrPrefix); is {
			src, known = extended(ext), true
		}
		if known {
			lower := strings.ToLower(name)
			n.list = append(n.list, named{name, lower, src})
			n.by[lower] = src
		}
	}
	for _, u := range usual {
		if !changed[strings.ToLower(u.name)] {
			add(u.name, u.source)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(set)) {
		add(name, set[name])
	}
	return n
}

func extended(name string) source {
	return source{field: directory.FieldExtattr, ext: name, values: func(m *directory.Member) (out []string) {
		for _, a := range m.Attributes {
			if a.Name == name {
				for _, v := range []string{a.Text, a.URL} {
					if v != "" {
						return []string{v}
					}
				}
			}
		}
		return nil
	}}
}

// shows reports whether the caller reads the member's source. searches reports whether it does for every
// member.
func (src source) shows(v directory.View, m *directory.Member) bool {
	return src.free || v.Shows(src.field, m)
}
func (src source) searches(v directory.View) bool { return src.free || v.Searches(src.field) }

// Usual returns the default attributes of members, and the fields that they show.
func Usual() map[string]string {
	out := map[string]string{}
	for _, u := range usual {
		out[u.name] = u.source
	}
	return out
}

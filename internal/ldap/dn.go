package ldap

import (
	"strings"

	ldaplib "github.com/go-ldap/ldap/v3"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// maxDN bounds a name. Our longest names contain fifteen departments of 64 characters.
const maxDN = 8 << 10

// rdn is one step of a name, its type in lower case.
type rdn struct{ typ, value string }

func (r rdn) is(typ, value string) bool { return r.typ == typ && strings.EqualFold(r.value, value) }

// parseDN returns the steps of a name, the entry's own first. A step of several attributes names nothing
// here, so it becomes a step that matches nothing.
func parseDN(text string) ([]rdn, error) {
	if len(text) > maxDN {
		return nil, refuse(invalidDN, "the name is too long")
	}
	dn, err := ldaplib.ParseDN(text)
	if err != nil {
		return nil, refuse(invalidDN, "the name is not a DN")
	}
	steps := make([]rdn, len(dn.RDNs))
	for i, r := range dn.RDNs {
		if len(r.Attributes) == 1 {
			steps[i] = rdn{strings.ToLower(r.Attributes[0].Type), r.Attributes[0].Value}
		}
	}
	return steps, nil
}

// dnKey is a name as it is compared.
func dnKey(steps []rdn) string {
	var out strings.Builder
	for i, r := range steps {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString(r.typ + "=" + ldaplib.EscapeDN(strings.ToLower(r.value)))
	}
	return out.String()
}

// The containers below a suffix.
const (
	people      = "people"
	groups      = "groups"
	tags        = "tags"
	departments = "departments"
	services    = "services"
)

// pathOf returns a department's name among the groups: the names of the departments from below the root down
// to it, separated by slashes. The root is a single slash.
func pathOf(line []directory.Department) string {
	var names []string
	for i := len(line) - 2; i >= 0; i-- { // the last is the root
		names = append(names, strings.ReplaceAll(line[i].Name, "/", `\/`))
	}
	if len(names) == 0 {
		return "/"
	}
	return strings.Join(names, "/")
}

// splitPath is the opposite of pathOf. No name of a department has a backslash.
func splitPath(path string) []string {
	if path == "/" {
		return nil
	}
	var names []string
	var name strings.Builder
	for i := 0; i < len(path); i++ {
		switch {
		case path[i] == '\\' && i+1 < len(path) && path[i+1] == '/':
			name.WriteByte('/')
			i++
		case path[i] == '/':
			names = append(names, name.String())
			name.Reset()
		default:
			name.WriteByte(path[i])
		}
	}
	return append(names, name.String())
}

func (t *tree) personDN(user id.UserID) string {
	return "uid=" + ldaplib.EscapeDN(string(user)) + ",ou=" + people + "," + t.suffix
}

func (t *tree) groupDN(line []directory.Department) string {
	return "cn=" + ldaplib.EscapeDN(pathOf(line)) + ",ou=" + groups + "," + t.suffix
}

func (t *tree) tagDN(tag directory.Tag) string {
	return "cn=" + ldaplib.EscapeDN(tag.Name) + ",ou=" + tags + ",ou=" + groups + "," + t.suffix
}

// unitDN is a department's name in the tree of organisational units.
func (t *tree) unitDN(line []directory.Department) string {
	var out strings.Builder
	for _, d := range line[:max(len(line)-1, 0)] {
		out.WriteString("ou=" + ldaplib.EscapeDN(d.Name) + ",")
	}
	return out.String() + "ou=" + departments + "," + t.suffix
}

func (t *tree) serviceDN(name string) string {
	return "cn=" + ldaplib.EscapeDN(name) + ",ou=" + services + "," + t.suffix
}

// place is the sort of entry that a name stands for.
type place int

const (
	atNothing place = iota
	atSuffix
	atPeople
	atPerson
	atGroups
	atGroup
	atTags
	atTag
	atDepartments // the root department as a unit
	atUnit
	atServices
	atService
)

// spot is where a name leads within a tree: the sort of entry, and the text or the names that identify it.
type spot struct {
	place place
	text  string   // userid, group, tag, account
	path  []string // of a unit, from below the root down
}

// find returns where the steps before the suffix lead.
func find(steps []rdn) spot {
	n := len(steps)
	if n == 0 {
		return spot{place: atSuffix}
	}
	top, rest := steps[n-1], steps[:n-1]
	if top.typ != "ou" {
		return spot{}
	}
	switch strings.ToLower(top.value) {
	case people:
		return leaf(rest, "uid", atPeople, atPerson)
	case services:
		return leaf(rest, "cn", atServices, atService)
	case groups:
		if n > 1 && rest[n-2].is("ou", tags) {
			return leaf(rest[:n-2], "cn", atTags, atTag)
		}
		return leaf(rest, "cn", atGroups, atGroup)
	case departments:
		s := spot{place: atDepartments}
		for i := len(rest) - 1; i >= 0; i-- {
			if rest[i].typ != "ou" {
				return spot{}
			}
			s.place, s.path = atUnit, append(s.path, rest[i].value)
		}
		return s
	}
	return spot{}
}

func leaf(rest []rdn, typ string, container, entry place) spot {
	switch {
	case len(rest) == 0:
		return spot{place: container}
	case len(rest) == 1 && rest[0].typ == typ && rest[0].value != "":
		return spot{place: entry, text: rest[0].value}
	}
	return spot{}
}

// departmentAt returns the department that the names lead to from the root, and its line. It does not check
// the caller's range.
func (s *Service) departmentAt(tx *store.Tx, corpID string, names []string) ([]directory.Department, bool, error) {
	root, found, err := s.rootOf(tx, corpID)
	if err != nil || !found {
		return nil, false, err
	}
	line := []directory.Department{root}
	for _, name := range names {
		d, found, err := s.deps.Directory.Child(tx, corpID, line[0].ID, name)
		if err != nil || !found {
			return nil, false, err
		}
		line = append([]directory.Department{d}, line...)
	}
	return line, true, nil
}

func (s *Service) rootOf(tx *store.Tx, corpID string) (directory.Department, bool, error) {
	line, err := s.line(tx, corpID, access.Root)
	if err != nil || len(line) == 0 {
		return directory.Department{}, false, err
	}
	return line[0], true, nil
}

// line is Directory.Line, cached until the database changes.
func (s *Service) line(tx *store.Tx, corpID string, dep int64) ([]directory.Department, error) {
	return store.Recall(tx, "ldap line "+corpID+" "+number(dep), func(l []directory.Department) int { return 160*len(l) - 1 },
		func() ([]directory.Department, error) { return s.deps.Directory.Line(tx, corpID, dep) })
}

package console

import "qiwei/internal/admin"

// right is something that a role may do.
type right int

// The rights, from those of every admin to those of super admins only.
const (
	look          right = iota // the state of the server
	readDirectory              // members, departments, tags
	editDirectory
	readCorp // applications, calls, callbacks, messages, the audit log
	editCorp // applications, menus, callbacks; recall, replay and try calls
	// Customers go with the members who know them, so an admin of a range has those of the range.
	readCustomers // customers, their groups, and what has come of them
	editCustomers // notes and tags of customers, and who has them
	secrets       // see them, and reset them
	rule          // appoint and dismiss admins
)

// may is the table of rights. TestRights walks it cell by cell.
var may = map[admin.Role]map[right]bool{
	admin.Super:  {look: true, readDirectory: true, editDirectory: true, readCorp: true, editCorp: true, readCustomers: true, editCustomers: true, secrets: true, rule: true},
	admin.Ranged: {look: true, readDirectory: true, editDirectory: true, readCustomers: true, editCustomers: true},
	admin.Reader: {look: true, readDirectory: true, readCorp: true, readCustomers: true},
	archivist:    {look: true},
}

func (r right) String() string {
	return [...]string{"look", "read-directory", "edit-directory", "read-corp", "edit-corp", "read-customers", "edit-customers", "secrets", "rule"}[r]
}

// May reports whether a role has a right, by its name.
func May(role admin.Role, name string) bool {
	for r := look; r <= rule; r++ {
		if r.String() == name {
			return may[role][r]
		}
	}
	return false
}

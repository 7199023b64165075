package directory

import "qiwei/internal/access"

// Show says how a field is shown.
type Show uint8

// The ways to show a field.
const (
	Never          Show = iota // withheld: absent, and 0 for gender
	Always                     // shown as it is
	Visible                    // only the departments or leaders in the range
	AsID                       // the id instead of the name, the default picture instead of the picture
	Granted                    // as Always, if the corp has given the application Permission
	GrantedVisible             // as Visible, if the corp has given it
	Widened                    // as Visible; as Always if the corp has given it
	Creator                    // as Always, for members that the application itself created
)

func (s Show) String() string {
	return [...]string{"never", "always", "visible", "as-id", "granted", "granted-visible", "widened", "creator"}[s]
}

// Reader is a class of callers who read the same fields.
type Reader int

// The classes of readers (doc 90196).
const (
	Full         Reader = iota // contact sync, and self-built applications from before 2022-06-20
	Plain                      // newer self-built and all built-in applications
	Developed                  // applications developed by a provider
	DevelopedOld               // such applications authorised before 2022-06-20 (doc 97104)
	Third                      // third-party applications
	ThirdWrite                 // third-party contacts applications
	readerCount
)

func (r Reader) String() string {
	return [...]string{"full", "plain", "developed", "developed-old", "third", "third-write"}[r]
}

// ReaderOf returns the class of readers to which the caller belongs.
func ReaderOf(by access.Caller) Reader {
	switch by.Kind {
	case access.ContactSync, access.ContactsEdit, access.Admin, access.Program:
		return Full
	case access.ThirdParty:
		return Third
	case access.ThirdPartyContacts:
		return ThirdWrite
	case access.Custom:
		if by.Legacy {
			return DevelopedOld
		}
		return Developed
	case access.SelfBuilt:
		if by.Legacy {
			return Full
		}
	}
	return Plain
}

// Shows are a row's cells, by Reader.
type Shows [readerCount]Show

// Permissions of the organisation's structure, and of names (doc 99052). No permission is of aliases and
// English names, and their pages name none; they are names.
const (
	permitName      = "contact:sensitive:user_name"
	permitStructure = "corp_arch:base:base"
	permitLeader    = "corp_arch:member:direct_leader"
)

// to returns how a field is shown to one caller of the class: Never, Always, Visible, AsID or Creator.
// permission is what Granted and its kin check.
func (shows *Shows) to(by *access.Caller, class Reader, permission string) Show {
	show := shows[class]
	switch show {
	case Granted:
		if by.Granted(permission) {
			return Always
		}
		return Never
	case GrantedVisible:
		if !by.Granted(permission) {
			return Never
		}
		show = Visible
	case Widened:
		if by.Granted(permission) {
			return Always
		}
		show = Visible
	}
	if show == Visible && by.SeesAll() {
		return Always
	}
	return show
}

// view is the table's column for one caller.
type view struct {
	app  int64           // the caller's application
	show [maxFields]Show // by the index of the field's row
}

func newView(by access.Caller) *view {
	v := viewFor(&by)
	return &v
}

func viewFor(by *access.Caller) view {
	class := &classes[ReaderOf(*by)]
	v := view{by.App, class.show}
	for _, i := range class.asks {
		row := &FieldTable[i]
		v.show[i] = row.Show.to(by, class.reader, row.Permission)
	}
	return v
}

// classes hold the table's columns: the cells that are the same for every caller of a class, and the rows to
// ask for the others.
var classes = func() (out [readerCount]struct {
	reader Reader
	show   [maxFields]Show
	asks   []int
}) {
	for class := range out {
		c := &out[class]
		c.reader = Reader(class)
		for i := range FieldTable {
			switch c.show[i] = FieldTable[i].Show[class]; c.show[i] {
			case Visible, Granted, GrantedVisible, Widened:
				c.asks = append(c.asks, i)
			}
		}
	}
	return out
}()

// shows reports whether the member's field in row i is shown as it is.
func (v *view) shows(i int, m *Member) bool {
	switch v.show[i] {
	case Always, Visible:
		return true
	case Creator:
		return m.CreatedBy == v.app
	}
	return false
}

// cuts reports whether the field is limited to what lies in the range.
func (v *view) cuts(i int) bool { return v.show[i] == Visible }

// namesTagged reports whether members have their names in tag/get. There, names are left out for third
// parties, not replaced, and a contacts application gets them all (doc 90213).
func (v *view) namesTagged() bool {
	show := v.show[rowOf[FieldName]]
	return show == Always || show == Creator
}

// View says which fields of a member a caller reads, by FieldTable.
type View struct{ *view }

// NewView returns the caller's view.
func NewView(by access.Caller) View { return View{newView(by)} }

// Shows reports whether the caller reads the member's field.
func (v View) Shows(f Field, m *Member) bool { return v.shows(rowOf[f], m) }

// Searches reports whether the caller reads the field of every member, and so may search members by it.
func (v View) Searches(f Field) bool {
	show := v.show[rowOf[f]]
	return show == Always || show == Visible
}

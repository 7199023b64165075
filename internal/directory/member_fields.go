package directory

import "qiwei/internal/access"

// Field is a field of a member whose visibility depends on who reads it. userid,
// status and order are everybody's.
type Field int

// The fields, in the order of FieldTable.
const (
	FieldName Field = iota
	FieldDepartment
	FieldMainDepartment
	FieldPosition
	FieldMobile
	FieldGender
	FieldEmail
	FieldBizMail
	FieldAvatar
	FieldThumbAvatar
	FieldQRCode
	FieldAddress
	FieldTelephone
	FieldAlias
	FieldExtattr
	FieldExternalProfile
	FieldExternalPosition
	FieldLeader
	FieldDirectLeader
	fieldCount
)

// String returns the field's name on the wire.
func (f Field) String() string {
	return [...]string{"name", "department", "main_department", "position", "mobile", "gender", "email", "biz_mail", "avatar",
		"thumb_avatar", "qr_code", "address", "telephone", "alias", "extattr", "external_profile", "external_position",
		"is_leader_in_dept", "direct_leader"}[f]
}

// Show says how a field is shown.
type Show int

// The ways to show a field.
const (
	Never          Show = iota // withheld: absent, and 0 for gender
	Always                     // as it is
	Visible                    // only those departments or leaders that are in the range
	AsID                       // the id stands for the name
	Granted                    // as it is, if the corp has given the application Permission
	GrantedVisible             // as Visible, if the corp has given it
	Widened                    // as Visible, and all of it if the corp has given it
	Creator                    // as it is, for members that the application itself created
)

func (s Show) String() string {
	return [...]string{"never", "always", "visible", "as-id", "granted", "granted-visible", "widened", "creator"}[s]
}

// Reader is a class of callers that read the same fields.
type Reader int

// The classes of readers (doc 90196).
const (
	Full         Reader = iota // contact sync, and self-built applications from before 2022-06-20
	Plain                      // newer self-built and all built-in applications
	Developed                  // applications developed by a provider
	DevelopedOld               // those that were authorised before 2022-06-20 (doc 97104)
	Third                      // third-party applications
	ThirdWrite                 // third-party contacts applications
	readerCount
)

func (r Reader) String() string {
	return [...]string{"full", "plain", "developed", "developed-old", "third", "third-write"}[r]
}

// ReaderOf returns the class that the caller reads members as.
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

// Shows is a line's cells, by Reader.
type Shows [readerCount]Show

// FieldRow is a line of the table: how each class of readers is shown a field.
type FieldRow struct {
	Field      Field
	Permission string // what Granted and its kin ask for (doc 99052)
	Show       Shows
}

// Permissions of the organisation's structure (doc 99052).
const (
	permitStructure = "corp_arch:base:base"
	permitLeader    = "corp_arch:member:direct_leader"
)

// FieldTable says which fields of a member each class of callers reads in
// user/get and user/list (doc 90196, 90201). What newer applications do not read
// comes through auth/getuserdetail with the member's consent (doc 95833). That
// they still get thumb_avatar follows from the text and is unverified.
var FieldTable = [fieldCount]FieldRow{
	//                                                                                 full     plain    developed       developed-old   third           third-write
	FieldName:             {FieldName, "contact:sensitive:user_name", Shows{Always, Always, Granted, Granted, AsID, Creator}},
	FieldDepartment:       {FieldDepartment, permitStructure, Shows{Visible, Visible, Widened, Widened, Widened, Always}},
	FieldMainDepartment:   {FieldMainDepartment, "", Shows{Visible, Visible, Visible, Visible, Visible, Always}},
	FieldPosition:         {FieldPosition, "contact:sensitive:position", Shows{Always, Always, Granted, Granted, Never, Creator}},
	FieldMobile:           {FieldMobile, "contact:sensitive:mobile", Shows{Always, Never, Never, Granted, Never, Creator}},
	FieldGender:           {FieldGender, "contact:sensitive:gender", Shows{Always, Never, Never, Granted, Never, Creator}},
	FieldEmail:            {FieldEmail, "contact:sensitive:email", Shows{Always, Never, Never, Granted, Never, Creator}},
	FieldBizMail:          {FieldBizMail, "contact:sensitive:biz_mail", Shows{Always, Never, Never, Granted, Never, Creator}},
	FieldAvatar:           {FieldAvatar, "contact:sensitive:avatar", Shows{Always, Never, Never, Granted, Never, Creator}},
	FieldThumbAvatar:      {FieldThumbAvatar, "", Shows{Always, Always, Always, Always, Never, Creator}},
	FieldQRCode:           {FieldQRCode, "contact:sensitive:qrcode", Shows{Always, Never, Never, Granted, Never, Creator}},
	FieldAddress:          {FieldAddress, "contact:sensitive:address", Shows{Always, Never, Never, Granted, Never, Creator}},
	FieldTelephone:        {FieldTelephone, "contact:sensitive:telephone", Shows{Always, Always, Granted, Granted, Never, Creator}},
	FieldAlias:            {FieldAlias, "", Shows{Always, Always, Always, Always, Never, Creator}},
	FieldExtattr:          {FieldExtattr, "contact:sensitive:extattr", Shows{Always, Always, Granted, Granted, Never, Creator}},
	FieldExternalProfile:  {FieldExternalProfile, "contact:sensitive:external_profile", Shows{Always, Always, Granted, Granted, Never, Creator}},
	FieldExternalPosition: {FieldExternalPosition, "contact:sensitive:external_position", Shows{Always, Always, Granted, Granted, Never, Creator}},
	FieldLeader:           {FieldLeader, permitStructure, Shows{Always, Always, Granted, Granted, Granted, Creator}},
	FieldDirectLeader:     {FieldDirectLeader, permitLeader, Shows{Visible, Visible, GrantedVisible, GrantedVisible, GrantedVisible, Creator}},
}

// to returns how the field is shown to one caller: Never, Always, Visible, AsID
// or Creator.
func (row FieldRow) to(by access.Caller) Show { return row.Show.to(by, row.Permission) }

func (shows Shows) to(by access.Caller, permission string) Show {
	show, granted := shows[ReaderOf(by)], by.Granted(permission)
	switch show {
	case Granted:
		if granted {
			return Always
		}
		return Never
	case GrantedVisible:
		if !granted {
			return Never
		}
		show = Visible
	case Widened:
		if granted {
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
	by   access.Caller
	show [fieldCount]Show
}

func newView(by access.Caller) *view {
	v := &view{by: by}
	for i, row := range FieldTable {
		v.show[i] = row.to(by)
	}
	return v
}

// shows reports whether the field of the member is shown as it is.
func (v *view) shows(f Field, m *Member) bool {
	switch v.show[f] {
	case Always, Visible:
		return true
	case Creator:
		return m.CreatedBy == v.by.App
	}
	return false
}

// cuts reports whether only what lies in the range is shown of the field.
func (v *view) cuts(f Field) bool { return v.show[f] == Visible }

// namesTagged reports whether members come with their names in tag/get: for third
// parties they are left out there, not replaced, and a contacts application gets
// them all (doc 90213).
func (v *view) namesTagged() bool {
	show := v.show[FieldName]
	return show == Always || show == Creator
}

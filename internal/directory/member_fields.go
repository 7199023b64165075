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
	Never   Show = iota // withheld: absent, and 0 for gender
	Always              // as it is
	Visible             // only those departments or leaders that are in the range
	AsID                // the userid stands for the name
	Granted             // as it is, if the corp has given the application Permission
	Creator             // as it is, for members that the application itself created
)

func (s Show) String() string {
	return [...]string{"never", "always", "visible", "as-userid", "granted", "creator"}[s]
}

// Reader is a class of callers that read the same fields.
type Reader int

// The classes of readers (doc 90196).
const (
	Full       Reader = iota // contact sync, and self-built applications from before 2022-06-20
	Plain                    // newer self-built and built-in applications
	Developed                // proxy-developed applications
	Third                    // third-party applications
	ThirdWrite               // third-party contacts applications
)

// ReaderOf returns the class that the caller reads members as.
func ReaderOf(by access.Caller) Reader {
	switch by.Kind {
	case access.ContactSync, access.ContactsEdit, access.Admin:
		return Full
	case access.Custom:
		return Developed
	case access.ThirdParty:
		return Third
	case access.ThirdPartyContacts:
		return ThirdWrite
	}
	if by.Legacy {
		return Full
	}
	return Plain
}

// FieldRow is a line of the table: how each class of readers is shown a field.
type FieldRow struct {
	Field      Field
	Permission string  // what Granted asks for (doc 99052)
	Show       [5]Show // by Reader
}

// FieldTable says which fields of a member each class of callers reads in
// user/get and user/list (doc 90196, 90201). The sensitive fields come through
// auth/getuserdetail with the member's consent instead (doc 95833). That a newer
// application still gets thumb_avatar follows from the text and is unverified.
var FieldTable = [fieldCount]FieldRow{
	//                                                                  full     plain    developed third    third-write
	FieldName:             {FieldName, "contact:sensitive:user_name", [5]Show{Always, Always, Granted, AsID, Creator}},
	FieldDepartment:       {FieldDepartment, "corp_arch:base:base", [5]Show{Always, Visible, Visible, Visible, Always}},
	FieldMainDepartment:   {FieldMainDepartment, "", [5]Show{Always, Visible, Visible, Visible, Always}},
	FieldPosition:         {FieldPosition, "contact:sensitive:position", [5]Show{Always, Always, Granted, Never, Creator}},
	FieldMobile:           {FieldMobile, "", [5]Show{Always, Never, Never, Never, Creator}},
	FieldGender:           {FieldGender, "", [5]Show{Always, Never, Never, Never, Creator}},
	FieldEmail:            {FieldEmail, "", [5]Show{Always, Never, Never, Never, Creator}},
	FieldBizMail:          {FieldBizMail, "", [5]Show{Always, Never, Never, Never, Creator}},
	FieldAvatar:           {FieldAvatar, "", [5]Show{Always, Never, Never, Never, Creator}},
	FieldThumbAvatar:      {FieldThumbAvatar, "", [5]Show{Always, Always, Always, Never, Creator}},
	FieldQRCode:           {FieldQRCode, "", [5]Show{Always, Never, Never, Never, Creator}},
	FieldAddress:          {FieldAddress, "", [5]Show{Always, Never, Never, Never, Creator}},
	FieldTelephone:        {FieldTelephone, "contact:sensitive:telephone", [5]Show{Always, Always, Granted, Never, Creator}},
	FieldAlias:            {FieldAlias, "", [5]Show{Always, Always, Always, Never, Creator}},
	FieldExtattr:          {FieldExtattr, "contact:sensitive:extattr", [5]Show{Always, Always, Granted, Never, Creator}},
	FieldExternalProfile:  {FieldExternalProfile, "contact:sensitive:external_profile", [5]Show{Always, Always, Granted, Never, Creator}},
	FieldExternalPosition: {FieldExternalPosition, "contact:sensitive:external_position", [5]Show{Always, Always, Granted, Never, Creator}},
	FieldLeader:           {FieldLeader, "corp_arch:base:base", [5]Show{Always, Always, Granted, Granted, Creator}},
	FieldDirectLeader:     {FieldDirectLeader, "corp_arch:member:direct_leader", [5]Show{Visible, Visible, Granted, Granted, Creator}},
}

// view is the table's column for one caller.
type view struct {
	by   access.Caller
	show [fieldCount]Show
}

func newView(by access.Caller) *view {
	reader := ReaderOf(by)
	v := &view{by: by}
	for i, row := range FieldTable {
		show := row.Show[reader]
		switch {
		case show == Granted && by.Granted(row.Permission):
			show = Always
		case show == Granted:
			show = Never
		case show == Visible && by.SeesAll():
			show = Always
		case show == Visible && row.Field == FieldDepartment && by.Granted(row.Permission):
			show = Always
		}
		v.show[i] = show
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

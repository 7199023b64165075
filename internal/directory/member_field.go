package directory

import (
	"slices"

	"qiwei/internal/wire"
)

// Field names a field of a member, as the wire, the seed file and the console
// spell it.
type Field string

// The fields that code asks for by name.
const (
	FieldUserID           Field = "userid"
	FieldName             Field = "name"
	FieldDepartment       Field = "department"
	FieldOrder            Field = "order"
	FieldPosition         Field = "position"
	FieldMobile           Field = "mobile"
	FieldGender           Field = "gender"
	FieldEmail            Field = "email"
	FieldBizMail          Field = "biz_mail"
	FieldLeader           Field = "is_leader_in_dept"
	FieldDirectLeader     Field = "direct_leader"
	FieldAvatar           Field = "avatar"
	FieldTelephone        Field = "telephone"
	FieldAlias            Field = "alias"
	FieldAddress          Field = "address"
	FieldMainDepartment   Field = "main_department"
	FieldStatus           Field = "status"
	FieldExtattr          Field = "extattr"
	FieldExternalPosition Field = "external_position"
)

// FieldRow is a field of a member, with all that the doors need to know about it.
//
// A plain text has Text. The store, updates, the API, files, the seed file, the console, LDAP and OpenID
// Connect need only its row. To add one, add a line in Member, a row here and a migration for its column.
// Other fields have functions of their own, and the operations that change them know them by name.
type FieldRow struct {
	Name Field

	// Text is where the member holds a plain text.
	Text func(*Member) *string
	// Rule checks a plain text and returns the form in which it is stored. nil accepts any text.
	Rule func(m *Member, text string) (string, error)
	// Same reports whether two states of a member agree in the field.
	Same func(a, b *Member) bool
	// Apart marks plain texts that MemberUpdate.apply changes in a separate step.
	Apart bool

	// Show says which classes of callers read it. Permission is what Granted and its kin check (doc 99052).
	Show       Shows
	Permission string
	// ListOnly marks a field that only user/list answers, not user/get.
	ListOnly bool
	answer   answer

	Element string // in change_contact pushes (doc 90970)
	push    func(p *memberPush)

	Sheet    string   // the header of its column in member files
	Synonyms []string // other spellings of that header

	LDAP  string // the attribute that shows it where a corp has set no other
	SCIM  string // the attribute of a User; what SCIM's own User has not becomes one of our extension
	Scope string // the OpenID Connect scope under which a member gives it
	Claim string // the claim that the scope brings
	Phone bool   // colleagues see it in the phone's address book

	key keyed
}

// keyed says how to look up and sort members by a field.
type keyed struct {
	column  string // in the database, or the expression to compare instead
	indexed bool
	partial bool // the index has no empty texts
}

// maxFields bounds the table, so that a view can be an array.
const maxFields = 32

var everybody = Shows{Always, Always, Always, Always, Always, Always}

// FieldTable is the table of a member's fields, in the order of user/get and user/list (doc 90196, 90201).
// Its Show cells are those of the same pages. Newer applications get what they do not read here from
// auth/getuserdetail, with the member's consent (doc 95833). The pages do not list thumb_avatar there; it is
// the same picture as avatar and goes with it.
var FieldTable = [...]FieldRow{
	//                                                                full     plain    developed developed-old third  third-write
	{Name: FieldUserID, Same: func(a, b *Member) bool { return a.UserID == b.UserID }, Show: everybody, answer: answerUserID,
		Sheet: "帐号", Synonyms: []string{"账号"}, LDAP: "uid", SCIM: "userName", Scope: "wecom", Claim: "userid", Phone: true, key: keyed{"m.userkey", true, false}},
	{Name: FieldName, Text: func(m *Member) *string { return &m.Name }, Rule: ruleName, Show: Shows{Always, Always, Granted, Granted, AsID, Creator},
		Permission: permitName, answer: answerName, Element: "Name", Sheet: "姓名", LDAP: "cn", SCIM: "displayName", Scope: "profile", Claim: "name", Phone: true,
		key: keyed{"m.namekey", true, false}},
	{Name: FieldDepartment, Same: sameDepartments, Show: Shows{Visible, Visible, Widened, Widened, Widened, Always}, Permission: permitStructure,
		answer: answerDepartments, Element: "Department", push: pushDepartments, Sheet: "所在部门", Synonyms: []string{"部门"}, Scope: "wecom", Claim: "departments", Phone: true},
	{Name: FieldOrder, Same: sameOrders, Show: everybody, answer: answerOrders, Sheet: "排序"},
	{Name: FieldPosition, Text: func(m *Member) *string { return &m.Position }, Rule: ruleMost("position", 128, ErrPosition), Show: Shows{Always, Always, Granted, Granted, Never, Creator},
		Permission: "contact:sensitive:position", Element: "Position", Sheet: "职位", LDAP: "title", SCIM: "title", Scope: "wecom", Claim: "position", Phone: true},
	{Name: FieldMobile, Text: func(m *Member) *string { return &m.Mobile }, Rule: ruleMobile, Apart: true, Show: Shows{Always, Never, Never, Granted, Never, Creator},
		Permission: "contact:sensitive:mobile", Element: "Mobile", push: pushMobile, Sheet: "手机号", Synonyms: []string{"手机"}, LDAP: "mobile", SCIM: "phoneNumbers.mobile",
		Scope: "phone", Phone: true, key: keyed{"m.mobile", true, true}},
	{Name: FieldGender, Same: func(a, b *Member) bool { return a.Gender == b.Gender }, Show: Shows{Always, Never, Never, Granted, Never, Creator},
		Permission: "contact:sensitive:gender", answer: answerGender, Element: "Gender", push: pushGender, Sheet: "性别", Scope: "profile", Claim: "gender"},
	{Name: FieldEmail, Text: func(m *Member) *string { return &m.Email }, Rule: ruleEmail, Show: Shows{Always, Never, Never, Granted, Never, Creator},
		Permission: "contact:sensitive:email", Element: "Email", Sheet: "邮箱", Synonyms: []string{"电子邮箱"}, SCIM: "emails", Scope: "email", Phone: true,
		key: keyed{"m.email", true, true}},
	{Name: FieldBizMail, Text: func(m *Member) *string { return &m.BizMail }, Rule: ruleBizMail, Apart: true, Show: Shows{Always, Never, Never, Granted, Never, Creator},
		Permission: "contact:sensitive:biz_mail", Element: "BizMail", Sheet: "企业邮箱", SCIM: "bizMail", Scope: "email", Phone: true, key: keyed{"m.biz_mail", true, true}},
	{Name: "biz_mail_alias", Same: func(a, b *Member) bool { return slices.Equal(a.MailAliases, b.MailAliases) }},
	{Name: FieldLeader, Same: sameLeads, Show: Shows{Always, Always, Granted, Granted, Granted, Creator}, Permission: permitStructure,
		answer: answerLeads, Element: "IsLeaderInDept", push: pushLeads, Sheet: "是否部门内领导"},
	{Name: FieldDirectLeader, Same: func(a, b *Member) bool { return a.DirectLeader.Equal(b.DirectLeader) },
		Show: Shows{Visible, Visible, GrantedVisible, GrantedVisible, GrantedVisible, Creator}, Permission: permitLeader,
		answer: answerDirectLeader, Element: "DirectLeader", push: pushDirectLeader, Sheet: "直属上级", SCIM: "manager", Scope: "wecom", Claim: "direct_leader", Phone: true},
	{Name: FieldAvatar, Same: func(a, b *Member) bool { return a.Avatar == b.Avatar }, Show: Shows{Always, Never, Never, Granted, AsID, Creator},
		Permission: "contact:sensitive:avatar", answer: answerAvatar, Element: "Avatar", push: pushAvatar, LDAP: "labeledURI", SCIM: "photos", Scope: "profile", Claim: "picture", Phone: true},
	{Name: "thumb_avatar", Same: sameAlways, Show: Shows{Always, Never, Never, Granted, AsID, Creator}, Permission: "contact:sensitive:avatar", answer: answerThumbnail},
	{Name: FieldTelephone, Text: func(m *Member) *string { return &m.Telephone }, Rule: ruleTelephone, Show: Shows{Always, Always, Granted, Granted, Never, Creator},
		Permission: "contact:sensitive:telephone", Element: "Telephone", Sheet: "座机", LDAP: "telephoneNumber", SCIM: "phoneNumbers.work", Scope: "phone", Phone: true,
		key: keyed{"m.telephone", false, false}},
	{Name: FieldAlias, Text: func(m *Member) *string { return &m.Alias }, Rule: ruleAlias, Show: Shows{Always, Always, Granted, Granted, Never, Creator}, Permission: permitName,
		Element: "Alias", Sheet: "别名", LDAP: "qiweiAlias", SCIM: "nickName", Scope: "profile", Claim: "nickname", Phone: true},
	{Name: FieldAddress, Text: func(m *Member) *string { return &m.Address }, Rule: ruleMost("address", 128, wire.ErrParameter), Show: Shows{Always, Never, Never, Granted, Never, Creator},
		Permission: "contact:sensitive:address", Element: "Address", push: pushAddress, Sheet: "地址", LDAP: "street", SCIM: "addresses", Scope: "address"},
	{Name: "english_name", Text: func(m *Member) *string { return &m.EnglishName }, Rule: ruleEnglishName, Show: Shows{Always, Always, Granted, Granted, Never, Creator}, Permission: permitName,
		ListOnly: true, Sheet: "英文名", SCIM: "englishName", Scope: "profile"},
	{Name: FieldMainDepartment, Same: func(a, b *Member) bool { return a.MainDepartment == b.MainDepartment }, Show: Shows{Visible, Visible, Visible, Visible, Visible, Always},
		answer: answerMainDepartment, Element: "MainDepartment", push: pushMainDepartment, Sheet: "主部门", SCIM: "department", Scope: "wecom", Claim: "main_department"},
	{Name: FieldStatus, Same: func(a, b *Member) bool { return a.Status() == b.Status() }, Show: everybody, answer: answerStatus, Element: "Status", push: pushStatus,
		Sheet: "禁用", LDAP: "qiweiStatus", SCIM: "active"},
	{Name: "open_userid", Same: sameAlways, answer: answerOpenUserID},
	{Name: "qr_code", Same: sameAlways, Show: Shows{Always, Never, Never, Granted, Never, Creator}, Permission: "contact:sensitive:qrcode", answer: answerQRCode, Phone: true},
	{Name: FieldExtattr, Same: func(a, b *Member) bool { return slices.Equal(a.Attributes, b.Attributes) }, Show: Shows{Always, Always, Granted, Granted, Never, Creator},
		Permission: "contact:sensitive:extattr", answer: answerExtattr, Element: "ExtAttr", push: pushExtattr},
	{Name: "external_profile", Same: func(a, b *Member) bool { return a.External.equal(b.External) }, Show: Shows{Always, Always, Granted, Granted, Never, Creator},
		Permission: "contact:sensitive:external_profile", answer: answerExternalProfile},
	{Name: FieldExternalPosition, Text: func(m *Member) *string { return &m.ExternalPosition }, Rule: ruleMost("external_position", 12, wire.ErrParameter),
		Show: Shows{Always, Always, Granted, Granted, Never, Creator}, Permission: "contact:sensitive:external_position", Sheet: "对外职务", SCIM: "externalPosition", Scope: "wecom"},
}

// rowOf is the index of each field's row in the table.
var rowOf = func() map[Field]int {
	out := map[Field]int{}
	for i := range FieldTable {
		out[FieldTable[i].Name] = i
	}
	return out
}()

// plain are the rows of the plain texts.
var plain = func() (rows []*FieldRow) {
	for i := range FieldTable {
		if FieldTable[i].Text != nil {
			rows = append(rows, &FieldTable[i])
		}
	}
	return rows
}()

// Row returns the field's row.
func (f Field) Row() *FieldRow { return &FieldTable[rowOf[f]] }

// PlainFields returns the rows of the plain texts, in the table's order.
func PlainFields() []*FieldRow { return plain }

// Texts are values of plain texts. In an update a missing field stays as it is, and an empty text clears the
// field.
type Texts map[Field]string

// SetText sets the value of a field. It ignores fields that are not plain texts.
func (t *Texts) SetText(name, text string) {
	if i, ok := rowOf[Field(name)]; ok && FieldTable[i].Text != nil {
		if *t == nil {
			*t = Texts{}
		}
		(*t)[Field(name)] = text
	}
}

// OpenTexts names the plain texts. With it and SetText, a request that embeds Texts accepts them.
func (*Texts) OpenTexts() []string {
	var out []string
	for _, row := range plain {
		out = append(out, string(row.Name))
	}
	return out
}

// Put sets the texts in the member.
func (t Texts) Put(m *Member) {
	for _, row := range plain {
		if text, ok := t[row.Name]; ok {
			*row.Text(m) = text
		}
	}
}

// TextsOf returns the member's plain texts that are not empty.
func TextsOf(m *Member) Texts {
	t := Texts{}
	for _, row := range plain {
		if text := *row.Text(m); text != "" {
			t[row.Name] = text
		}
	}
	return t
}

// Changes returns the texts of want that differ from the member's.
func (m *Member) Changes(want *Member) Texts {
	t := Texts{}
	for _, row := range plain {
		if text := *row.Text(want); text != *row.Text(m) {
			t[row.Name] = text
		}
	}
	return t
}

// changes lists the fields in which two states of a member differ.
func changes(a, b *Member) (out []string) {
	for i := range FieldTable {
		if !FieldTable[i].same(a, b) {
			out = append(out, string(FieldTable[i].Name))
		}
	}
	return out
}

func (row *FieldRow) same(a, b *Member) bool {
	if row.Text != nil {
		return *row.Text(a) == *row.Text(b)
	}
	return row.Same(a, b)
}

// sameAlways is for fields that an answer derives from other fields.
func sameAlways(a, b *Member) bool { return true }

func sameDepartments(a, b *Member) bool {
	return slices.EqualFunc(a.Places, b.Places, func(p, q Place) bool { return p.Department == q.Department })
}

func sameOrders(a, b *Member) bool {
	return slices.EqualFunc(a.Places, b.Places, func(p, q Place) bool { return p.Order == q.Order })
}

func sameLeads(a, b *Member) bool {
	return slices.EqualFunc(a.Places, b.Places, func(p, q Place) bool { return p.Leader == q.Leader })
}

// Rules of plain texts (doc 90195).

func ruleName(_ *Member, name string) (string, error) { return name, validName(name) }

// ruleAlias answers a code that is unverified.
func ruleAlias(_ *Member, alias string) (string, error) {
	if alias != "" && validName(alias) != nil {
		return "", wire.ErrParameter.With("alias: 1 to 64 characters expected")
	}
	return alias, nil
}

// ruleMost bounds a text's length in characters. A too long address or external position is wire.ErrParameter
// (unverified).
func ruleMost(what string, most int, refusal wire.Error) func(*Member, string) (string, error) {
	return func(_ *Member, text string) (string, error) {
		if length(text) > most {
			return "", refusal.With("%s: at most %d characters", what, most)
		}
		return text, nil
	}
}

func ruleMobile(_ *Member, mobile string) (string, error) { return CanonicalMobile(mobile) }

// ruleEmail runs after ruleMobile.
func ruleEmail(m *Member, address string) (string, error) {
	if m.Mobile == "" {
		return validMail(address, maxMail, ErrEmailAlone)
	}
	return validMail(address, maxMail, ErrEmail)
}

func ruleBizMail(_ *Member, address string) (string, error) {
	return validMail(address, maxMail, ErrBizMail)
}

func ruleTelephone(_ *Member, number string) (string, error) {
	if number != "" && !telephoneShape.MatchString(number) {
		return "", ErrTelephone.With("up to 32 digits, - + and , expected")
	}
	return number, nil
}

// ruleEnglishName is the rule in the code's help. The pages no longer describe the field; only user/list's
// sample has it.
func ruleEnglishName(_ *Member, name string) (string, error) {
	if !englishShape.MatchString(name) {
		return "", ErrEnglishName.With("up to 64 letters, digits and . - _ and spaces expected")
	}
	return name, nil
}

package smartsheet

import (
	"encoding/json"
	"slices"

	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Type is the type of a field. The names are WeCom's (doc 99914).
type Type string

// The types of field.
const (
	Text         Type = "FIELD_TYPE_TEXT"
	Number       Type = "FIELD_TYPE_NUMBER"
	Checkbox     Type = "FIELD_TYPE_CHECKBOX"
	DateTime     Type = "FIELD_TYPE_DATE_TIME"
	Image        Type = "FIELD_TYPE_IMAGE"
	Attachment   Type = "FIELD_TYPE_ATTACHMENT"
	User         Type = "FIELD_TYPE_USER"
	URL          Type = "FIELD_TYPE_URL"
	Select       Type = "FIELD_TYPE_SELECT"
	CreatedUser  Type = "FIELD_TYPE_CREATED_USER"
	ModifiedUser Type = "FIELD_TYPE_MODIFIED_USER"
	CreatedTime  Type = "FIELD_TYPE_CREATED_TIME"
	ModifiedTime Type = "FIELD_TYPE_MODIFIED_TIME"
	Progress     Type = "FIELD_TYPE_PROGRESS"
	PhoneNumber  Type = "FIELD_TYPE_PHONE_NUMBER"
	Email        Type = "FIELD_TYPE_EMAIL"
	SingleSelect Type = "FIELD_TYPE_SINGLE_SELECT"
	Reference    Type = "FIELD_TYPE_REFERENCE"
	Location     Type = "FIELD_TYPE_LOCATION"
	Currency     Type = "FIELD_TYPE_CURRENCY"
	Group        Type = "FIELD_TYPE_WWGROUP"
	AutoNumber   Type = "FIELD_TYPE_AUTONUMBER"
	Percentage   Type = "FIELD_TYPE_PERCENTAGE"
	Barcode      Type = "FIELD_TYPE_BARCODE"
)

// system reports whether the sheet itself fills the field.
func (t Type) system() bool {
	return slices.Contains([]Type{CreatedUser, ModifiedUser, CreatedTime, ModifiedTime, AutoNumber}, t)
}

// Field is a column of a sheet.
type Field struct {
	No       int64
	ID       string
	Title    string
	Type     Type
	Position int64
	Property Property
}

// Property is how the values of a field are shown and filled in: the part that the field's type has. It is stored as
// the wire has it (doc 99914).
type (
	Property struct {
		Number       *numberProperty     `json:"property_number,omitempty"`
		Checkbox     *checkboxProperty   `json:"property_checkbox,omitempty"`
		DateTime     *dateTimeProperty   `json:"property_date_time,omitempty"`
		Attachment   *attachmentProperty `json:"property_attachment,omitempty"`
		User         *userProperty       `json:"property_user,omitempty"`
		URL          *urlProperty        `json:"property_url,omitempty"`
		Select       *selectProperty     `json:"property_select,omitempty"`
		CreatedTime  *formatProperty     `json:"property_created_time,omitempty"`
		ModifiedTime *formatProperty     `json:"property_modified_time,omitempty"`
		Progress     *decimalProperty    `json:"property_progress,omitempty"`
		SingleSelect *selectProperty     `json:"property_single_select,omitempty"`
		Reference    *referenceProperty  `json:"property_reference,omitempty"`
		Location     *locationProperty   `json:"property_location,omitempty"`
		AutoNumber   *autoNumberProperty `json:"property_auto_number,omitempty"`
		Currency     *currencyProperty   `json:"property_currency,omitempty"`
		Group        *groupProperty      `json:"property_ww_group,omitempty"`
		Percentage   *numberProperty     `json:"property_percentage,omitempty"`
		Barcode      *barcodeProperty    `json:"property_barcode,omitempty"`
	}
	numberProperty struct {
		Decimals int64 `json:"decimal_places"`
		Separate bool  `json:"use_separate"`
	}
	checkboxProperty struct {
		Checked bool `json:"checked"`
	}
	dateTimeProperty struct {
		Format string `json:"format"`
		Fill   bool   `json:"auto_fill"`
	}
	attachmentProperty struct {
		Mode string `json:"display_mode"`
	}
	userProperty struct {
		Multiple bool `json:"is_multiple"`
		Notified bool `json:"is_notified"`
	}
	urlProperty struct {
		Type string `json:"type"`
	}
	selectProperty struct {
		Quick   *bool        `json:"is_quick_add"` // whether those who fill in may add options; they may unless it is false
		Options []optionCell `json:"options"`
	}
	formatProperty struct {
		Format string `json:"format"`
	}
	decimalProperty struct {
		Decimals int64 `json:"decimal_places"`
	}
	// The page spells filed_id.
	referenceProperty struct {
		SheetID  string `json:"sub_id"`
		FieldID  string `json:"filed_id"`
		Multiple bool   `json:"is_multiple"`
		ViewID   string `json:"view_id"`
	}
	locationProperty struct {
		Input string `json:"input_type"`
	}
	numberRule struct {
		Type  string `json:"type"`
		Value string `json:"value"`
	}
	autoNumberProperty struct {
		Type     string       `json:"type"`
		Rules    []numberRule `json:"rules"`
		Reformat bool         `json:"reformat_existing_record"`
	}
	currencyProperty struct {
		Type     string `json:"currency_type"`
		Decimals int64  `json:"decimal_places"`
		Separate bool   `json:"use_separate"`
	}
	groupProperty struct {
		Multiple bool `json:"allow_multiple"`
	}
	barcodeProperty struct {
		MobileOnly bool `json:"mobile_scan_only"`
	}
)

// The values that properties can have (doc 99914).
var (
	formats = []string{
		`yyyy"年"m"月"d"日"`, "yyyy-mm-dd", "yyyy/m/d", `m"月"d"日"`, `[$-804]yyyy"年"m"月"d"日" dddd`, `yyyy"年"m"月"d"日" dddd`,
		`yyyy"年"m"月"d"日" hh:mm`, "yyyy-mm-dd hh:mm", "m/d/yyyy", "d/m/yyyy",
	}
	currencies = []string{
		"CNY", "USD", "EUR", "GBP", "JPY", "KRW", "HKD", "MOP", "TWD", "AED", "AUD", "BRL", "CAD", "CHF", "IDR", "INR", "MXN", "MYR", "PHP", "PLN", "RUB",
		"SGD", "THB", "TRY", "VND",
	}
	numberTimes = []string{"YYYYMMDD", "YYYYMM", "MMDD", "YYYY", "MM", "DD"}
)

// part is one part of a property: whether it is given, what is wrong with it, and how it is set as usual.
type part struct {
	given bool
	wrong func() error
	usual func()
}

// parts returns the parts of a property by the type that has them. Types without one have an empty property.
func (p *Property) parts() map[Type]part {
	decimals := func(n int64) error {
		if n < -1 || n > 4 {
			return errParameter.With("decimal_places: -1 to 4 expected")
		}
		return nil
	}
	among := func(field, value string, list ...string) error {
		if !slices.Contains(list, value) {
			return errParameter.With("%s: %q is none of %q", field, value, list)
		}
		return nil
	}
	fine := func() error { return nil }
	return map[Type]part{
		Number:   {p.Number != nil, func() error { return decimals(p.Number.Decimals) }, func() { p.Number = &numberProperty{Decimals: -1} }},
		Checkbox: {p.Checkbox != nil, fine, func() { p.Checkbox = &checkboxProperty{} }},
		DateTime: {p.DateTime != nil, func() error { return among("format", p.DateTime.Format, formats...) }, func() { p.DateTime = &dateTimeProperty{Format: "yyyy-mm-dd"} }},
		Attachment: {p.Attachment != nil, func() error {
			return among("display_mode", p.Attachment.Mode, "DISPLAY_MODE_LIST", "DISPLAY_MODE_GRID")
		}, func() { p.Attachment = &attachmentProperty{"DISPLAY_MODE_LIST"} }},
		User:         {p.User != nil, fine, func() { p.User = &userProperty{Multiple: true} }},
		URL:          {p.URL != nil, func() error { return among("type", p.URL.Type, "LINK_TYPE_PURE_TEXT", "LINK_TYPE_ICON_TEXT") }, func() { p.URL = &urlProperty{"LINK_TYPE_PURE_TEXT"} }},
		Select:       {p.Select != nil, func() error { return p.Select.valid() }, func() { p.Select = &selectProperty{} }},
		SingleSelect: {p.SingleSelect != nil, func() error { return p.SingleSelect.valid() }, func() { p.SingleSelect = &selectProperty{} }},
		CreatedTime:  {p.CreatedTime != nil, func() error { return among("format", p.CreatedTime.Format, formats...) }, func() { p.CreatedTime = &formatProperty{"yyyy-mm-dd hh:mm"} }},
		ModifiedTime: {p.ModifiedTime != nil, func() error { return among("format", p.ModifiedTime.Format, formats...) }, func() { p.ModifiedTime = &formatProperty{"yyyy-mm-dd hh:mm"} }},
		Progress:     {p.Progress != nil, func() error { return decimals(p.Progress.Decimals) }, func() { p.Progress = &decimalProperty{} }},
		Reference:    {p.Reference != nil, fine, func() { p.Reference = &referenceProperty{Multiple: true} }},
		Location: {p.Location != nil, func() error {
			return among("input_type", p.Location.Input, "LOCATION_INPUT_TYPE_MANUAL", "LOCATION_INPUT_TYPE_AUTO")
		}, func() { p.Location = &locationProperty{"LOCATION_INPUT_TYPE_MANUAL"} }},
		AutoNumber: {p.AutoNumber != nil, func() error { return p.AutoNumber.valid() }, func() { p.AutoNumber = &autoNumberProperty{Type: "NUMBER_TYPE_INCR"} }},
		Currency: {p.Currency != nil, func() error {
			if len(p.Currency.Type) != 17 || p.Currency.Type[:14] != "CURRENCY_TYPE_" || !slices.Contains(currencies, p.Currency.Type[14:]) {
				return errParameter.With("currency_type: %q is none", p.Currency.Type)
			}
			return decimals(p.Currency.Decimals)
		}, func() { p.Currency = &currencyProperty{Type: "CURRENCY_TYPE_CNY", Decimals: 2} }},
		Group:      {p.Group != nil, fine, func() { p.Group = &groupProperty{} }},
		Percentage: {p.Percentage != nil, func() error { return decimals(p.Percentage.Decimals) }, func() { p.Percentage = &numberProperty{} }},
		Barcode:    {p.Barcode != nil, fine, func() { p.Barcode = &barcodeProperty{} }},
	}
}

// known reports whether fields of the type can be made. Formulas cannot (doc 99904).
func (t Type) known() bool {
	if _, ok := new(Property).parts()[t]; ok {
		return true
	}
	return slices.Contains([]Type{Text, Image, CreatedUser, ModifiedUser, PhoneNumber, Email}, t)
}

// settle checks the property of a field and fills in what is usual where it is left out.
func (f *Field) settle() error {
	if !f.Type.known() {
		return errParameter.With("field_type: %q is none that can be added", f.Type)
	}
	for t, p := range f.Property.parts() {
		switch {
		case p.given && t != f.Type:
			return errParameter.With("the property of a %s was given to a field of type %s", t, f.Type)
		case p.given:
			if err := p.wrong(); err != nil {
				return err
			}
		case t == f.Type:
			p.usual()
		}
	}
	for _, p := range []*selectProperty{f.Property.Select, f.Property.SingleSelect} {
		if p != nil {
			p.number()
		}
	}
	return nil
}

// options are what can be chosen; nil for other types.
func (f *Field) options() *selectProperty {
	if f.Type == SingleSelect {
		return f.Property.SingleSelect
	}
	return f.Property.Select
}

const maxSelect = 1000 // options of a field; unverified

func (p selectProperty) valid() error {
	if len(p.Options) > maxSelect {
		return errParameter.With("options: at most %d expected", maxSelect)
	}
	seen := map[string]bool{}
	for i, o := range p.Options {
		if o.Text == "" || seen[o.Text] || o.Style < 0 || o.Style > 27 {
			return errParameter.With("options[%d]: a text that no other has, and a style of 1 to 27 expected", i)
		}
		seen[o.Text] = true
	}
	return nil
}

// number gives the options without an id one that no other has, and says what was left out of who may add some.
func (p *selectProperty) number() {
	if p.Quick == nil {
		yes := true
		p.Quick = &yes
	}
	for i := range p.Options {
		if p.Options[i].ID == "" {
			p.Options[i].ID = "o" + id.Letters(5)
		}
		if p.Options[i].Style == 0 {
			p.Options[i].Style = 1
		}
	}
}

func (p autoNumberProperty) valid() error {
	if p.Type != "NUMBER_TYPE_INCR" && p.Type != "NUMBER_TYPE_CUSTOM" {
		return errParameter.With("type: NUMBER_TYPE_INCR or NUMBER_TYPE_CUSTOM expected")
	}
	for i, r := range p.Rules {
		ok := r.Type == "NUMBER_RULE_TYPE_FIXED_CHAR" && r.Value != "" || r.Type == "NUMBER_RULE_TYPE_TIME" && slices.Contains(numberTimes, r.Value) ||
			r.Type == "NUMBER_RULE_TYPE_INCR" && len(r.Value) == 1 && r.Value >= "1" && r.Value <= "9"
		if !ok {
			return errParameter.With("rules[%d]: a rule with its value expected, such as NUMBER_RULE_TYPE_INCR with 4", i)
		}
	}
	return nil
}

func fieldsOf(tx *store.Tx, sh Sheet) (list []Field, err error) {
	err = tx.Each(`SELECT no, field_id, title, kind, position, body FROM smart_field WHERE sheet = ? ORDER BY position, no`, []any{sh.No}, func(rows *store.Rows) error {
		var f Field
		var body string
		if err := rows.Scan(&f.No, &f.ID, &f.Title, &f.Type, &f.Position, &body); err != nil {
			return err
		}
		err := json.Unmarshal([]byte(body), &f.Property)
		list = append(list, f)
		return err
	})
	return list, err
}

func putField(tx *store.Tx, f Field) error {
	body, err := json.Marshal(f.Property)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE smart_field SET title = ?, body = ? WHERE no = ?`, f.Title, string(body), f.No)
	return err
}

// addFields adds fields behind the others. Doc 99904.
func (s *Service) addFields(tx *store.Tx, sh *Sheet, list []Field) ([]Field, error) {
	there, err := fieldsOf(tx, *sh)
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, errParameter.With("fields: one field at least expected")
	}
	if len(there)+len(list) > maxFields {
		return nil, ErrRows.With("fields: a sheet has at most %d, and has %d already", maxFields, len(there))
	}
	for i, f := range list {
		if err := validTitle("field_title", f.Title); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(there, func(o Field) bool { return o.Title == f.Title }) {
			return nil, errParameter.With("field_title: there is a field %q already", f.Title)
		}
		if err := f.settle(); err != nil {
			return nil, err
		}
		body, err := json.Marshal(f.Property)
		if err != nil {
			return nil, err
		}
		f.ID, f.Position = "f"+id.Letters(5), 0
		if n := len(there); n > 0 {
			f.Position = there[n-1].Position + 1
		}
		if f.No, err = tx.Insert(`INSERT INTO smart_field (corpid, sheet, field_id, title, kind, position, body) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			sh.Doc.CorpID, sh.No, f.ID, f.Title, string(f.Type), f.Position, string(body)); err != nil {
			return nil, err
		}
		there, list[i] = append(there, f), f
	}
	return list, s.changed(tx, sh)
}

// updateFields gives fields other titles and properties; the type stays. Doc 99906.
func (s *Service) updateFields(tx *store.Tx, sh *Sheet, list []Field) ([]Field, error) {
	there, err := fieldsOf(tx, *sh)
	if err != nil {
		return nil, err
	}
	for i, u := range list {
		at := slices.IndexFunc(there, func(f Field) bool { return f.ID == u.ID })
		if at < 0 {
			return nil, errParameter.With("fields[%d].field_id: there is no field %q", i, u.ID)
		}
		f := there[at]
		if u.Type != f.Type {
			return nil, errParameter.With("fields[%d].field_type: it stays %s", i, f.Type)
		}
		given := u.Property.parts()[u.Type].given
		if u.Title == "" && !given {
			return nil, errParameter.With("fields[%d]: a field_title or a property expected", i)
		}
		if u.Title != "" {
			if err := validTitle("field_title", u.Title); err != nil {
				return nil, err
			}
			if slices.ContainsFunc(there, func(o Field) bool { return o.Title == u.Title }) {
				return nil, errParameter.With("fields[%d].field_title: there is a field %q already", i, u.Title)
			}
			f.Title = u.Title
		}
		if given {
			f.Property = u.Property.keeping(f)
		} else if u.Property.any() {
			return nil, errParameter.With("fields[%d]: the property of another type was given to a field of type %s", i, f.Type)
		}
		if err := f.settle(); err != nil {
			return nil, err
		}
		if err := putField(tx, f); err != nil {
			return nil, err
		}
		there[at], list[i] = f, f
	}
	return list, s.changed(tx, sh)
}

// any reports whether a part of any type is given.
func (p Property) any() bool {
	for _, part := range p.parts() {
		if part.given {
			return true
		}
	}
	return false
}

// keeping returns the property with the ids of the field's options where it has options of the same text without one:
// the cells name options by their ids. Who may add options stays unless it is said.
func (p Property) keeping(f Field) Property {
	old := f.options()
	now := (&Field{Type: f.Type, Property: p}).options()
	if old == nil || now == nil {
		return p
	}
	if now.Quick == nil {
		now.Quick = old.Quick
	}
	for i := range now.Options {
		for _, o := range old.Options {
			if now.Options[i].ID == "" && o.Text == now.Options[i].Text {
				now.Options[i].ID = o.ID
			}
		}
	}
	return p
}

package smartsheet

import (
	"encoding/json"
	"slices"
	"unicode/utf8"

	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wedoc"
	"qiwei/internal/wire"
)

// Rule says what members may do in the sheets of a document (内容权限). The one of type 1 is for everybody; those of
// type 2 are for some, and go before it.
type Rule struct {
	No    int64
	ID    int64
	Type  int64
	Name  string
	Privs []sheetPriv
	Users []id.UserID
}

// sheetPriv is what a rule gives in one sheet, as the wire has it (doc 99935). It is stored like that.
type (
	fieldRight struct {
		Edit   bool `json:"can_edit"`
		Insert bool `json:"can_insert"`
		View   bool `json:"can_view"`
	}
	fieldRule struct {
		FieldID string `json:"field_id"`
		Type    Type   `json:"field_type,omitempty"`
		fieldRight
	}
	fieldPriv struct {
		Range   int64       `json:"field_range_type"` // 1 all fields, 2 some
		Rules   []fieldRule `json:"field_rule_list,omitempty"`
		Default *fieldRight `json:"field_default_rule,omitempty"`
	}
	recordRule struct {
		FieldID  string   `json:"field_id"`
		Type     Type     `json:"field_type,omitempty"`
		Operator int64    `json:"oper_type"`
		Value    []string `json:"value,omitempty"`
	}
	recordPriv struct {
		Range int64        `json:"record_range_type"` // 1 all records, 2 those that fulfil a rule, 3 those that fulfil all
		Rules []recordRule `json:"record_rule_list,omitempty"`
		Other int64        `json:"other_priv,omitempty"` // for the others: 1 not to change, 2 not to see
	}
	sheetPriv struct {
		SheetID string      `json:"sheet_id"`
		Priv    int64       `json:"priv"` // 1 everything, 2 edit, 3 look, 4 nothing
		Insert  bool        `json:"can_insert_record"`
		Delete  bool        `json:"can_delete_record"`
		Views   bool        `json:"can_create_modify_delete_view"`
		Field   *fieldPriv  `json:"field_priv,omitempty"`
		Record  *recordPriv `json:"record_priv,omitempty"`
		Clear   bool        `json:"clear,omitempty"`
	}
)

const (
	everything = 1
	mayEdit    = 2
	mayLook    = 3
	noRight    = 4

	maxRules     = 20 // of members (doc 99935)
	maxRuleName  = 20 // characters (error 640062)
	maxRuleUsers = 50 // doc 99935; the table of errors says 500
	maxRowRules  = 20 // error 640071

	creator = "CREATED_USER"
)

// Errors of rules (doc 90313).
var (
	ErrRuleName    = wire.Code(640061, "content rule name repeated or reserved")
	ErrRuleLong    = wire.Code(640062, "content rule name longer than 20 characters")
	ErrRuleMany    = wire.Code(640063, "more than 20 member rules in a document")
	ErrRule        = wire.Code(640065, "rule id not found")
	ErrRuleNoUser  = wire.Code(640067, "member to delete not in the rule")
	ErrRuleUsers   = wire.Code(640069, "rule holds more than 500 members")
	ErrRowsAll     = wire.Code(640070, "all-records range may not carry row rules")
	ErrRowsCount   = wire.Code(640071, "row rules empty or more than 20")
	ErrRowField    = wire.Code(640072, "row rule lacks a field id")
	ErrRowValue    = wire.Code(640073, "this row operator takes no value")
	ErrRowNoValue  = wire.Code(640074, "this row operator needs a value")
	ErrRowOperator = wire.Code(640075, "row operator unknown or not allowed for the field")
	ErrRowOther    = wire.Code(640076, "invalid other_priv of the row rule")
	ErrRowRange    = wire.Code(640077, "record_range_type not 1 to 3")
	ErrColumnsAll  = wire.Code(640078, "all-fields range may not carry column rules")
	ErrColumnField = wire.Code(640079, "column rule lacks a field id")
	ErrColumnTwice = wire.Code(640080, "column rule repeats a field id")
	ErrColumn      = wire.Code(640081, "column rule conflicts with the sheet right")
	ErrColumnLeast = wire.Code(640082, "column rule misses a field used by a row rule")
	ErrColumnElse  = wire.Code(640083, "default column right wrong for this rule kind")
	ErrColumnCan   = wire.Code(640084, "default column rights conflict")
	ErrColumnRange = wire.Code(640085, "column range type undefined")
	ErrSheetEmpty  = wire.Code(640086, "sheet_id empty")
	ErrSheetTwice  = wire.Code(640087, "sheet_id existed")
	ErrSheetRight  = wire.Code(640088, "sheet right and its details conflict")
	ErrSheetPriv   = wire.Code(640089, "priv_list.priv not 1 to 4")
	ErrRuleTwice   = wire.Code(640091, "member existed")
	ErrColumnsNone = wire.Code(640093, "partial fields chosen but no field rule given")
	ErrRuleRename  = wire.Code(640094, "all-staff rule may not be renamed")
	ErrCreatorType = wire.Code(640095, "field_type may not be set for CREATED_USER")
	ErrFieldType   = wire.Code(640096, "field_type missing or not supported")
	ErrSheetID     = wire.Code(640097, "sub-sheet id not found")
	ErrReference   = wire.Code(640100, "reference or formula column may not be editable")
	ErrSystem      = wire.Code(640101, "system column may not be editable or hidden")
)

// valid checks what a rule gives in a sheet.
func (p sheetPriv) valid(everybody bool, fields []Field) error {
	if p.Priv < everything || p.Priv > noRight {
		return ErrSheetPriv.With("priv: 1 to 4 expected")
	}
	if p.Priv > mayEdit && (p.Insert || p.Delete) {
		return ErrSheetRight.With("can_insert_record and can_delete_record need a priv of 2")
	}
	if (p.Priv == mayEdit || p.Priv == mayLook) && p.Record == nil {
		return ErrSheetRight.With("record_priv: needed with a priv of 2 or 3 (doc 99935)")
	}
	if p.Record != nil {
		if err := p.Record.valid(fields); err != nil {
			return err
		}
	}
	if p.Field == nil {
		return nil
	}
	return p.fieldsValid(everybody, fields)
}

func (r recordPriv) valid(fields []Field) error {
	switch {
	case r.Range < 1 || r.Range > 3:
		return ErrRowRange.With("record_range_type: 1 to 3 expected")
	case r.Range == 1 && len(r.Rules) > 0:
		return ErrRowsAll
	case r.Range == 1:
		return nil
	case len(r.Rules) < 1 || len(r.Rules) > maxRowRules:
		return ErrRowsCount.With("record_rule_list: 1 to %d expected", maxRowRules)
	case r.Other != 1 && r.Other != 2:
		return ErrRowOther.With("other_priv: 1 or 2 expected")
	}
	for i, rule := range r.Rules {
		if rule.FieldID == "" {
			return ErrRowField.With("record_rule_list[%d]", i)
		}
		most := int64(7)
		if rule.FieldID == creator {
			if rule.Type != "" {
				return ErrCreatorType
			}
			most = 1
		} else {
			at := slices.IndexFunc(fields, func(f Field) bool { return f.ID == rule.FieldID })
			if at < 0 || rule.Type != fields[at].Type || !slices.Contains([]Type{User, Select, SingleSelect}, rule.Type) {
				return ErrFieldType.With("record_rule_list[%d]: a field of members or of a choice, with its field_type, expected", i)
			}
			if rule.Type == User && rule.Operator != 1 && rule.Operator < 6 || rule.Type != User && rule.Operator == 1 {
				return ErrRowOperator.With("record_rule_list[%d].oper_type: %d is none for a field of type %s", i, rule.Operator, rule.Type)
			}
		}
		switch {
		case rule.Operator < 1 || rule.Operator > most:
			return ErrRowOperator.With("record_rule_list[%d].oper_type: 1 to %d expected", i, most)
		case rule.Operator >= 2 && rule.Operator <= 5 && len(rule.Value) == 0:
			return ErrRowNoValue.With("record_rule_list[%d].value", i)
		case (rule.Operator == 1 || rule.Operator > 5) && len(rule.Value) > 0:
			return ErrRowValue.With("record_rule_list[%d].value", i)
		}
	}
	return nil
}

func (p sheetPriv) fieldsValid(everybody bool, fields []Field) error {
	f := p.Field
	switch {
	case f.Range != 1 && f.Range != 2:
		return ErrColumnRange.With("field_range_type: 1 or 2 expected")
	case f.Range == 1 && len(f.Rules) > 0:
		return ErrColumnsAll
	case f.Range == 2 && len(f.Rules) == 0:
		return ErrColumnsNone
	case f.Range == 2 && everybody != (f.Default != nil):
		return ErrColumnElse.With("field_default_rule: needed in the rule of everybody, and not allowed in others")
	case f.Default != nil && !f.Default.View && (f.Default.Edit || f.Default.Insert):
		return ErrColumnCan.With("field_default_rule: who may edit may view")
	}
	seen := map[string]bool{}
	for i, r := range f.Rules {
		if r.FieldID == "" {
			return ErrColumnField.With("field_rule_list[%d]", i)
		}
		if seen[r.FieldID] {
			return ErrColumnTwice.With("field_rule_list[%d]: %q", i, r.FieldID)
		}
		seen[r.FieldID] = true
		at := slices.IndexFunc(fields, func(x Field) bool { return x.ID == r.FieldID })
		switch {
		case at < 0:
			return ErrColumnField.With("field_rule_list[%d]: there is no field %q", i, r.FieldID)
		case r.Type != "" && r.Type != fields[at].Type:
			return ErrFieldType.With("field_rule_list[%d]: the field is of type %s", i, fields[at].Type)
		case fields[at].Type == Reference && r.Edit:
			return ErrReference
		case fields[at].Type.system() && (r.Edit || !r.View):
			return ErrSystem
		case p.Priv >= mayLook && (r.Edit || r.Insert), !r.View && (r.Edit || r.Insert):
			return ErrColumn.With("field_rule_list[%d]: the sheet, or the field, is only looked at", i)
		}
	}
	if p.Record != nil && f.Range == 2 {
		for _, r := range p.Record.Rules {
			if r.FieldID != creator && !seen[r.FieldID] && f.Default == nil {
				return ErrColumnLeast.With("field_rule_list: %q is missing, which a row rule looks at", r.FieldID)
			}
		}
	}
	return nil
}

func rulesOf(tx *store.Tx, d wedoc.Document) (list []Rule, err error) {
	err = tx.Each(`SELECT no, rule_id, name, privs, users FROM smart_rule WHERE doc = ? ORDER BY rule_id`, []any{d.No}, func(rows *store.Rows) error {
		var r Rule
		var privs, users string
		if err := rows.Scan(&r.No, &r.ID, &r.Name, &privs, &users); err != nil {
			return err
		}
		if r.Type = 2; r.ID == 1 {
			r.Type = 1
		}
		if err := json.Unmarshal([]byte(privs), &r.Privs); err != nil {
			return err
		}
		err := json.Unmarshal([]byte(users), &r.Users)
		list = append(list, r)
		return err
	})
	if err == nil && (len(list) == 0 || list[0].ID != 1) {
		list = append([]Rule{{ID: 1, Type: 1, Name: "全员权限"}}, list...)
	}
	return list, err
}

// putRule writes a rule; one whose number is 0 is new.
func putRule(tx *store.Tx, d wedoc.Document, r Rule) error {
	privs, err := json.Marshal(append([]sheetPriv{}, r.Privs...))
	if err != nil {
		return err
	}
	users, err := json.Marshal(append([]id.UserID{}, r.Users...))
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO smart_rule (corpid, doc, rule_id, name, privs, users) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (doc, rule_id) DO UPDATE SET name = excluded.name, privs = excluded.privs, users = excluded.users`,
		d.CorpID, d.No, r.ID, r.Name, string(privs), string(users))
	return err
}

func validRuleName(list []Rule, ruleID int64, name string) error {
	if name == "" {
		return errParameter.With("name: a name expected")
	}
	if utf8.RuneCountInString(name) > maxRuleName {
		return ErrRuleLong.With("name: at most %d characters expected", maxRuleName)
	}
	if slices.ContainsFunc(list, func(r Rule) bool { return r.Name == name && r.ID != ruleID }) {
		return ErrRuleName.With("name: there is a rule %q already", name)
	}
	return nil
}

// privOf is what a member may do in a sheet: what the first rule that names the member says of it, or the rule of
// everybody.
func privOf(list []Rule, sheetID string, user id.UserID) sheetPriv {
	out := sheetPriv{SheetID: sheetID, Priv: everything, Insert: true, Delete: true, Views: true}
	for _, r := range list {
		if r.Type == 2 && !slices.ContainsFunc(r.Users, user.Equal) {
			continue
		}
		for _, p := range r.Privs {
			if p.SheetID == sheetID {
				out = p
			}
		}
	}
	if out.Priv == everything { // what else it says is for those who edit alone
		out.Insert, out.Delete, out.Views, out.Field, out.Record = true, true, true, nil, nil
	}
	return out
}

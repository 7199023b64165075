package smartsheet

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wedoc"
	"qiwei/internal/wire"
)

// privIn is what a member may do in a sheet: what the content rules give, within the right over the document. Whoever
// manages the document may do everything; that rules do not bind managers is unverified.
func (s *Service) privIn(tx *store.Tx, sh Sheet, user id.UserID) (sheetPriv, error) {
	right, err := s.deps.Docs.RightOf(tx.Context(), tx, sh.Doc, user)
	if err != nil {
		return sheetPriv{}, err
	}
	var rules []Rule
	if right != wedoc.Manage {
		if rules, err = rulesOf(tx, sh.Doc); err != nil {
			return sheetPriv{}, err
		}
	}
	may := privOf(rules, sh.ID, user)
	switch {
	case right == 0:
		may.Priv = noRight
	case right < wedoc.Write:
		may.Priv = max(may.Priv, mayLook)
	}
	if may.Priv > mayEdit {
		may.Insert, may.Delete, may.Views = false, false, false
	}
	return may, nil
}

// bounds is what the caller of an operation may do in a sheet: an application everything in its own, a member what
// privIn says. A sheet that is nothing for the member counts as missing.
func (s *Service) bounds(tx *store.Tx, by access.Caller, sh Sheet) (sheetPriv, error) {
	if by.Kind != access.Member {
		return privOf(nil, sh.ID, ""), nil
	}
	may, err := s.privIn(tx, sh, by.UserID)
	if err == nil && may.Priv == noRight {
		err = wedoc.ErrNoSheet.With("sheet_id: there is no sheet %q", sh.ID)
	}
	return may, err
}

// designs refuses a change of the sheet itself to those without all rights in it.
func (s *Service) designs(tx *store.Tx, by access.Caller, sh Sheet) error {
	may, err := s.bounds(tx, by, sh)
	if err == nil && may.Priv != everything {
		err = wire.ErrNoPrivilege.With("sheet_id: %s may not change the fields of %q", by.UserID, sh.ID)
	}
	return err
}

// arranges refuses a change of views to those who may not make any, and returns the fields that the caller sees: a view
// can ask of no others.
func (s *Service) arranges(tx *store.Tx, by access.Caller, sh Sheet) ([]Field, error) {
	may, err := s.bounds(tx, by, sh)
	if err != nil {
		return nil, err
	}
	if !may.Views {
		return nil, wire.ErrNoPrivilege.With("sheet_id: %s may not change the views of %q", by.UserID, sh.ID)
	}
	fields, err := fieldsOf(tx, sh)
	return may.visible(fields), err
}

// seenFields returns the fields of a sheet, and those of them that the caller sees.
func (s *Service) seenFields(tx *store.Tx, by access.Caller, sh Sheet) (fields, seen []Field, err error) {
	may, err := s.bounds(tx, by, sh)
	if err != nil {
		return nil, nil, err
	}
	fields, err = fieldsOf(tx, sh)
	return fields, may.visible(fields), err
}

// writes refuses a change of records that the caller may not make: of these, or, where there are none, new ones. It
// returns what the caller may do in the sheet.
func (s *Service) writes(tx *store.Tx, by access.Caller, sh Sheet, key keyed, ids []string, values []wire.Value) (sheetPriv, error) {
	may, err := s.bounds(tx, by, sh)
	if err != nil || by.Kind != access.Member {
		return may, err
	}
	deletes := values == nil
	if may.Priv > mayEdit || ids == nil && !may.Insert || deletes && !may.Delete {
		return may, wire.ErrNoPrivilege.With("sheet_id: %s may not change these records of %q", by.UserID, sh.ID)
	}
	fields, err := fieldsOf(tx, sh)
	if err != nil {
		return may, err
	}
	for _, v := range values {
		if err := may.touches(fields, key, v, ids == nil); err != nil {
			return may, err
		}
	}
	_, err = s.ownRecords(tx, by, sh, may, fields, ids)
	return may, err
}

// of is what the member may do with a field.
func (p sheetPriv) of(f Field) fieldRight {
	out := fieldRight{Edit: p.Priv <= mayEdit, Insert: p.Insert, View: p.Priv < noRight}
	if p.Field == nil || p.Field.Range == 1 {
		return out
	}
	out = fieldRight{}
	if p.Field.Default != nil {
		out = *p.Field.Default
	}
	if i := slices.IndexFunc(p.Field.Rules, func(r fieldRule) bool { return r.FieldID == f.ID }); i >= 0 {
		out = p.Field.Rules[i].fieldRight
	}
	out.View = out.View || f.Type.system() // which nobody can hide (error 640101)
	return out
}

// touches refuses a change of fields that the member may not make. Those that the member may not see are as unknown as
// those that are not there.
func (p sheetPriv) touches(fields []Field, key keyed, values wire.Value, inserting bool) error {
	given, _ := values.Members()
	for _, f := range fields {
		if _, ok := given[key.of(f)]; !ok {
			continue
		}
		if may := p.of(f); !may.View {
			return errNoField(key.of(f))
		} else if !may.Edit && !(inserting && may.Insert) {
			return errParameter.With("the member may not change the field %q", f.Title)
		}
	}
	return nil
}

// rowRule says which records are the member's to change, or to see.
type rowRule struct {
	all   bool // a record fulfils all of the tests; else one of them
	tests []rowTest
}

type rowTest struct {
	field Field
	is    func(measure) bool
}

// creatorField is the field that rules call CREATED_USER; a sheet need not have it.
var creatorField = Field{ID: creator, Type: CreatedUser}

// rows returns which records are the member's; nil if all of them are.
func (p sheetPriv) rows(fields []Field, user id.UserID) *rowRule {
	if p.Record == nil || p.Record.Range == 1 || p.Priv == everything {
		return nil
	}
	out := &rowRule{all: p.Record.Range == 3}
	for _, r := range p.Record.Rules {
		f := creatorField
		if i := slices.IndexFunc(fields, func(f Field) bool { return f.ID == r.FieldID }); i >= 0 {
			f = fields[i]
		} else if r.FieldID != creator {
			continue // a field that was deleted
		}
		out.tests = append(out.tests, rowTest{f, r.test(user)})
	}
	return out
}

// sees returns which records the member may see; nil if all of them are.
func (p sheetPriv) sees(fields []Field, user id.UserID) *rowRule {
	if p.Record == nil || p.Record.Other != 2 {
		return nil
	}
	return p.rows(fields, user)
}

// count is how many records of a sheet the member may see.
func (s *Service) count(tx *store.Tx, by access.Caller, sh Sheet, may sheetPriv) (int64, error) {
	fields, err := fieldsOf(tx, sh)
	if err != nil {
		return 0, err
	}
	_, total, err := query{s: s, sheet: sh, fields: fields, only: may.sees(fields, by.UserID)}.records(tx, 0, 1)
	return total, err
}

// test returns whether a cell fulfils the rule. The numbers are WeCom's (doc 99935).
func (r recordRule) test(user id.UserID) func(measure) bool {
	want := slices.Clone(r.Value)
	if r.Type == User {
		for i, u := range want {
			want[i] = id.UserID(u).Key()
		}
	}
	switch r.Operator {
	case 1:
		return func(v measure) bool { return slices.Contains(v.set, user.Key()) }
	case 2:
		return among("CONTAINS", want)
	case 3:
		return among("DOES_NOT_CONTAIN", want)
	case 5:
		return among("IS_NOT", want)
	case 6:
		return func(v measure) bool { return v.empty }
	case 7:
		return func(v measure) bool { return !v.empty }
	}
	return among("IS", want)
}

// holds reports whether a record fulfils the rule, of which cell returns the cells.
func (r *rowRule) holds(cell func(f Field) (measure, error)) (bool, error) {
	for _, t := range r.tests {
		c, err := cell(t.field)
		if err != nil {
			return false, err
		}
		if t.is(c) != r.all {
			return !r.all, nil
		}
	}
	return r.all, nil
}

// ofRecord reports whether a record is the member's.
func (r *rowRule) ofRecord(rec Record) (bool, error) {
	if r == nil {
		return true, nil
	}
	body, err := json.Marshal(rec.Cells)
	if err != nil {
		return false, err
	}
	return r.holds(func(f Field) (measure, error) { return f.compared(rec, string(body)) })
}

// ownRecords refuses a change of records that are not the member's. Those that the member may not see count as missing.
func (s *Service) ownRecords(tx *store.Tx, by access.Caller, sh Sheet, may sheetPriv, fields []Field, ids []string) (map[string]*Record, error) {
	there, err := recordsByID(tx, sh, ids)
	if err != nil {
		return nil, err
	}
	rule := may.rows(fields, by.UserID)
	for _, recordID := range ids {
		rec, ok := there[recordID]
		own := false
		if ok {
			if own, err = rule.ofRecord(*rec); err != nil {
				return nil, err
			}
		}
		if !ok || !own && may.Record.Other == 2 {
			return nil, errParameter.With("record_id: there is no record %q", recordID)
		}
		if !own {
			return nil, wire.ErrNoPrivilege.With("record_id: %s may only look at the record %q", by.UserID, recordID)
		}
	}
	return there, nil
}

// mark changes whenever a cell that the member sees does: a page sends back the one that it has seen. Of other cells it
// must say nothing, as whoever knows a mark can try which values have it.
func (r Record) mark(seen []Field) (string, error) {
	cells := map[string]json.RawMessage{}
	for _, f := range seen {
		if raw, ok := r.Cells[f.ID]; ok {
			cells[f.ID] = raw
		}
	}
	body, err := json.Marshal(cells)
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:8]), err
}

// visible are the fields that the member may see.
func (p sheetPriv) visible(fields []Field) []Field {
	return slices.DeleteFunc(slices.Clone(fields), func(f Field) bool { return !p.of(f).View })
}

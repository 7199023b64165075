package hr

import (
	"context"
	"errors"
	"strconv"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Result says how it went with one field or group (docs 99132, 99133).
type Result int64

// The results.
const (
	Done        Result = 1
	Failed      Result = 2
	NotFound    Result = 3
	Required    Result = 4
	Unsupported Result = 5
)

// Mobile is a telephone number.
type Mobile struct {
	Country string `json:"c,omitempty"`
	Number  string `json:"n"`
}

// Value is what a field holds: one of these, or nothing.
type Value struct {
	Text   *string  `json:"t,omitempty"`
	Number *int64   `json:"i,omitempty"`
	Mobile *Mobile  `json:"m,omitempty"`
	Files  []string `json:"f,omitempty"` // media_ids of preserved files
}

// Empty reports whether it holds nothing.
func (v Value) Empty() bool {
	return v.Number == nil && (v.Text == nil || *v.Text == "") && (v.Mobile == nil || v.Mobile.Number == "") && len(v.Files) == 0
}

// Staff is the roster's part of a member: the values of each field, in a repeated group one for each time.
type Staff map[int64][]Value

// size returns how often a group is there.
func (st Staff) size(g *Group) int {
	n := 0
	for _, f := range g.Fields {
		n = max(n, len(st[f.ID]))
	}
	return n
}

// at returns a place for a value, found if the roster has it.
func (st Staff) at(f *Field, idx int64) (Value, bool) {
	values := st[f.ID]
	if idx < 0 || f.Group.Kind == 0 && idx != 0 || f.Group.Kind != 0 && idx >= int64(st.size(f.Group)) {
		return Value{}, false
	}
	if idx >= int64(len(values)) {
		return Value{}, true
	}
	return values[idx], true
}

func (st Staff) set(f *Field, idx int, v Value) {
	for len(st[f.ID]) <= idx {
		st[f.ID] = append(st[f.ID], Value{})
	}
	st[f.ID][idx] = v
}

// Entry is a field of a member, by its place.
type Entry struct {
	Field  int64
	Idx    int64
	Result Result
	Kind   int64 // value_type
	Value  Value
}

// china is the zone in which a birthday falls on its day.
var china = time.FixedZone("CST", 8*3600)

// years counts whole years from a day until now.
func years(from int64, now time.Time) string {
	a, b := time.Unix(from, 0).In(china), now.In(china)
	n := b.Year() - a.Year()
	if b.Month() < a.Month() || b.Month() == a.Month() && b.Day() < a.Day() {
		n--
	}
	return strconv.Itoa(max(n, 0))
}

// read returns what a field holds: of the directory, computed, or of the roster.
func (st Staff) read(m directory.Member, f *Field, idx int64, now time.Time) (Value, bool) {
	v, found := st.at(f, idx)
	if !found {
		return v, false
	}
	number := func(fieldID int64) *int64 {
		if values := st[fieldID]; len(values) > 0 {
			return values[0].Number
		}
		return nil
	}
	written := func(t string) Value {
		if t == "" {
			return Value{}
		}
		return Value{Text: &t}
	}
	switch {
	case f.Directory == directory.FieldName:
		v = written(m.Name)
	case f.Directory == directory.FieldAlias:
		v = written(m.Alias)
	case f.Directory == directory.FieldEmail:
		v = written(m.Email)
	case f.Directory == directory.FieldMobile:
		v = Value{Mobile: mobileOf(m.Mobile)}
	case f.Directory == directory.FieldGender:
		if v = (Value{}); m.Gender != 0 {
			v.Number = &m.Gender
		}
	case f.ID == fieldAge, f.ID == fieldSeniority:
		from := number(map[int64]int64{fieldAge: fieldBirthday, fieldSeniority: fieldFirstJob}[f.ID])
		if v = (Value{}); from != nil {
			v = written(years(*from, now))
		}
	case f.ID == fieldState:
		state := int64(beyondProbation)
		if until := number(fieldProbation); until != nil && now.Unix() < *until {
			state = onProbation
		}
		v = Value{Number: &state}
	}
	return v, true
}

// mobileOf splits a number of the directory, which has a country code only outside of mainland China.
func mobileOf(number string) *Mobile {
	if number == "" {
		return nil
	}
	if number[0] != '+' {
		return &Mobile{"86", number}
	}
	return &Mobile{"", number[1:]}
}

// Wanted names a field of a member.
type Wanted struct{ Field, Idx int64 }

// maxWanted is how many fields one call asks for or changes. The pages name no number.
const maxWanted = 1000

// Read returns the fields of a member of the caller's range: those wanted, or all that hold something. It answers
// 60111 and 60011.
func (s *Service) Read(ctx context.Context, tx *store.Tx, by access.Caller, user id.UserID, all bool, wanted []Wanted) (out []Entry, err error) {
	m, err := s.deps.Directory.Member(ctx, tx, by, user)
	if err != nil {
		return nil, err
	}
	st, err := selectStaff(tx, by.CorpID, m.No)
	if err != nil {
		return nil, err
	}
	if all {
		for _, g := range groups {
			for idx := range int64(max(st.size(&g), 1)) {
				for i := range g.Fields {
					f := &g.Fields[i]
					if v, found := st.read(m, f, idx, tx.Now()); found && !v.Empty() {
						out = append(out, Entry{f.ID, idx, Done, f.Value, v})
					}
				}
			}
		}
		return out, nil
	}
	if len(wanted) == 0 {
		return nil, wire.ErrEmpty.With("fieldids is missing; without get_all it says which fields are wanted")
	}
	if len(wanted) > maxWanted {
		return nil, wire.ErrParameter.With("fieldids: at most %d", maxWanted)
	}
	for _, w := range wanted {
		e := Entry{Field: w.Field, Idx: w.Idx, Result: NotFound}
		if f, ok := fieldOf(w.Field); ok {
			if v, found := st.read(m, f, w.Idx, tx.Now()); found {
				e.Result, e.Kind, e.Value = Done, f.Value, v
			}
		}
		out = append(out, e)
	}
	return out, nil
}

// maxText is how many characters a value has; the pages name no limit.
const maxText = 1000

// errValue refuses a value of the wrong form; the answer says Failed.
var errValue = errors.New("the value does not fit the field")

// check returns the value if it fits the field, and nothing where it is empty.
func (f *Field) check(v Value) (Value, error) {
	if v.Empty() {
		return Value{}, nil
	}
	switch {
	case f.Value == valueText && v.Text != nil && utf8.RuneCountInString(*v.Text) <= maxText:
		return Value{Text: v.Text}, nil
	case f.Value == valueUint32 && v.Number != nil && *v.Number >= 1 && *v.Number <= int64(len(f.Options)):
		return Value{Number: v.Number}, nil
	case f.Value == valueInt64 && v.Number != nil:
		return Value{Number: v.Number}, nil
	case f.Value == valueMobile && v.Mobile != nil && numeric(v.Mobile.Number) && (v.Mobile.Country == "" || numeric(v.Mobile.Country)):
		return Value{Mobile: v.Mobile}, nil
	}
	return Value{}, errValue
}

// numeric reports whether the text is what a telephone number is made of.
func numeric(t string) bool {
	for i := range len(t) {
		if (t[i] < '0' || t[i] > '9') && t[i] != '-' && (t[i] != '+' || i > 0) {
			return false
		}
	}
	return t != "" && len(t) <= 32
}

// update writes a field's value, the directory's into the directory.
func (s *Service) update(ctx context.Context, tx *store.Tx, corpID string, m directory.Member, st Staff, e Entry) (Result, error) {
	f, ok := fieldOf(e.Field)
	if !ok {
		return NotFound, nil
	}
	if _, found := st.at(f, e.Idx); !found {
		return NotFound, nil
	}
	if f.Computed || f.Value == valueFile { // files have no form in this call (doc 99133)
		return Unsupported, nil
	}
	v, err := f.check(e.Value)
	if err != nil {
		return Failed, nil
	}
	if v.Empty() && f.Must {
		return Required, nil
	}
	if f.Directory == "" {
		st.set(f, int(e.Idx), v)
		return Done, nil
	}
	u := directory.MemberUpdate{UserID: m.UserID}
	switch f.Value {
	case valueUint32:
		var gender int64
		if v.Number != nil {
			gender = *v.Number
		}
		u.Gender = &gender
	case valueMobile:
		number, err := directory.CanonicalMobile(v.number())
		if err != nil || m.Activated && number != m.Mobile { // an active member alone changes the mobile (doc 90197)
			return Failed, nil
		}
		u.SetText(string(f.Directory), number)
	default:
		var t string
		if v.Text != nil {
			t = *v.Text
		}
		u.SetText(string(f.Directory), t)
	}
	err = tx.Try(func() error { return s.deps.Directory.UpdateMember(ctx, tx, access.System(corpID), u) })
	var refused wire.Error
	if errors.As(err, &refused) {
		return Failed, nil
	}
	return Done, err
}

// number writes a number as the directory does.
func (v Value) number() string {
	switch {
	case v.Mobile == nil:
		return ""
	case v.Mobile.Country == "" || v.Mobile.Country == "86" || v.Mobile.Country == "+86":
		return v.Mobile.Number
	case v.Mobile.Country[0] == '+':
		return v.Mobile.Country + v.Mobile.Number
	}
	return "+" + v.Mobile.Country + v.Mobile.Number
}

// Change is what is to be done to a member's roster.
type Change struct {
	Update []Entry
	Remove []Place
	Insert []Added
}

// Place is one of the times that a repeated group is there.
type Place struct {
	Kind, Idx int64
	Result    Result
}

// Added is another of a repeated group.
type Added struct {
	Kind   int64
	Values []Entry
	Result Result
}

// maxRepeated is how often a group is there; the pages name no number.
const maxRepeated = 50

// Change changes the roster of a member of the caller's range, and says in each item how it went: what does not go
// keeps nothing else from going. It answers 60111 and 60011, and 40058 if there is nothing to do.
func (s *Service) Change(ctx context.Context, tx *store.Tx, by access.Caller, user id.UserID, c *Change) error {
	switch n := len(c.Update) + len(c.Remove) + len(c.Insert); {
	case n == 0:
		return wire.ErrParameter.With("update_items, remove_items, insert_items: one of them expected")
	case n > maxWanted:
		return wire.ErrParameter.With("at most %d items", maxWanted)
	}
	m, err := s.deps.Directory.Member(ctx, tx, by, user)
	if err != nil {
		return err
	}
	st, err := selectStaff(tx, by.CorpID, m.No)
	if err != nil {
		return err
	}
	for i := range c.Update {
		if c.Update[i].Result, err = s.update(ctx, tx, by.CorpID, m, st, c.Update[i]); err != nil {
			return err
		}
	}
	if err := s.remove(tx, by.CorpID, st, c.Remove); err != nil {
		return err
	}
	for i := range c.Insert {
		c.Insert[i].Result = st.insert(c.Insert[i])
	}
	return saveStaff(tx, by.CorpID, m.No, st)
}

// remove takes times of repeated groups away. Their numbers are those from before the first is taken.
func (s *Service) remove(tx *store.Tx, corpID string, st Staff, list []Place) error {
	gone := map[int64]map[int64]bool{}
	for i, p := range list {
		g, ok := groupOf(p.Kind)
		if !ok || p.Idx < 0 || p.Idx >= int64(st.size(g)) || gone[p.Kind][p.Idx] {
			list[i].Result = NotFound
			continue
		}
		if gone[p.Kind] == nil {
			gone[p.Kind] = map[int64]bool{}
		}
		gone[p.Kind][p.Idx], list[i].Result = true, Done
	}
	for kind, at := range gone {
		g, _ := groupOf(kind)
		for _, f := range g.Fields {
			var kept []Value
			for idx, v := range st[f.ID] {
				if !at[int64(idx)] {
					kept = append(kept, v)
				} else if err := s.forget(tx, corpID, v); err != nil {
					return err
				}
			}
			st[f.ID] = kept
		}
	}
	return nil
}

// insert adds another to a repeated group. Fields that it has not are ignored (doc 99133).
func (st Staff) insert(n Added) Result {
	g, ok := groupOf(n.Kind)
	if !ok {
		return NotFound
	}
	idx := st.size(g)
	if idx >= maxRepeated {
		return Failed
	}
	values := map[int64]Value{}
	for _, e := range n.Values {
		f, ok := fieldOf(e.Field)
		if !ok || f.Group != g {
			continue
		}
		if f.Value == valueFile {
			return Unsupported
		}
		v, err := f.check(e.Value)
		if err != nil {
			return Failed
		}
		values[f.ID] = v
	}
	for _, f := range g.Fields {
		if f.Must && values[f.ID].Empty() {
			return Required
		}
	}
	for i := range g.Fields {
		st.set(&g.Fields[i], idx, values[g.Fields[i].ID])
	}
	return Done
}

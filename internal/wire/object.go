package wire

import (
	"reflect"
	"strconv"

	"qiwei/internal/access"
	"qiwei/internal/id"
)

// Most requests and responses are structs whose fields are on the wire. If a room keeps a table of fields,
// the table decides instead: its response is Tabled, its request Open.

// Member describes one member of a JSON object that a table writes or reads.
type Member struct {
	Name string
	Type reflect.Type
}

// Tabled is implemented by responses, and by elements of lists in them, that write their own members. Members
// describes those and is called on the zero value.
type Tabled interface {
	Members() []Member
	AppendMembers(*Object)
}

// Open is implemented by pointers to request types that accept texts besides the fields of their struct.
// OpenTexts names those texts and is called on the zero value. SetText is called for each text in the
// request.
type Open interface {
	OpenTexts() []string
	SetText(name, text string)
}

var (
	tabledType = reflect.TypeFor[Tabled]()
	openType   = reflect.TypeFor[Open]()
)

// tableFields adds what a table says about t to the fields of its struct.
func (fs *fields) tableFields(t reflect.Type) {
	add := func(m Member) {
		f := &field{name: m.Name, typ: m.Type, key: `,"` + m.Name + `":`}
		if _, twice := fs.byName[m.Name]; twice {
			panic("wire: " + t.String() + " has two fields named " + m.Name)
		}
		fs.byName[m.Name] = f
		fs.inRow = append(fs.inRow, f)
	}
	if t.Implements(tabledType) {
		fs.byName, fs.inRow = map[string]*field{}, nil
		for _, m := range reflect.Zero(t).Interface().(Tabled).Members() {
			add(m)
		}
	}
	if reflect.PointerTo(t).Implements(openType) {
		for _, name := range reflect.New(t).Interface().(Open).OpenTexts() {
			add(Member{name, reflect.TypeFor[string]()})
		}
	}
}

// openText assigns a text for which the struct v has no field.
func (d *decoder) openText(v reflect.Value, val any, name, path string) {
	var text *string
	if d.assign(reflect.ValueOf(&text).Elem(), val, path); text != nil {
		v.Addr().Interface().(Open).SetText(name, *text)
	}
}

// Object is a JSON object that is being written.
type Object struct {
	out   []byte
	as    *shown // how the caller knows ids
	finds *walk  // collects ids, and nothing is written; nil otherwise
	first bool   // no member has been written yet
}

// Finds reports whether only ids matter, because the object is asked which it holds. All else may be left out then.
func (o *Object) Finds() bool { return o.finds != nil }

func appendTabled(out []byte, t Tabled, as *shown, first bool) []byte {
	o := Object{out: out, as: as, first: first}
	t.AppendMembers(&o)
	return o.out
}

func (o *Object) key(name string) {
	if !o.first {
		o.out = append(o.out, ',')
	}
	o.first = false
	o.out = append(append(append(o.out, '"'), name...), '"', ':')
}

// Text writes a text.
func (o *Object) Text(name, text string) {
	if o.finds != nil {
		return
	}
	o.key(name)
	o.out = AppendString(o.out, text)
}

// Int writes a number.
func (o *Object) Int(name string, n int64) {
	if o.finds != nil {
		return
	}
	o.key(name)
	o.out = strconv.AppendInt(o.out, n, 10)
}

// Ints writes a list of numbers, never null.
func (o *Object) Ints(name string, list []int64) {
	if o.finds != nil {
		return
	}
	o.key(name)
	o.out = append(o.out, '[')
	for i, n := range list {
		if i > 0 {
			o.out = append(o.out, ',')
		}
		o.out = strconv.AppendInt(o.out, n, 10)
	}
	o.out = append(o.out, ']')
}

func (o *Object) appendID(u id.UserID) {
	o.out = AppendString(o.out, o.as.text(access.MemberID, false, string(u)))
}

// UserID writes the id of a member.
func (o *Object) UserID(name string, u id.UserID) {
	if o.finds != nil {
		o.finds.add(access.MemberID, string(u))
		return
	}
	o.key(name)
	o.appendID(u)
}

// UserIDs writes a list of ids of members, never null.
func (o *Object) UserIDs(name string, list ...id.UserID) {
	if o.finds != nil {
		for _, u := range list {
			o.finds.add(access.MemberID, string(u))
		}
		return
	}
	o.key(name)
	o.out = append(o.out, '[')
	for i, u := range list {
		if i > 0 {
			o.out = append(o.out, ',')
		}
		o.appendID(u)
	}
	o.out = append(o.out, ']')
}

// Encoded writes a value that Encode has written before.
func (o *Object) Encoded(name string, value []byte) {
	if o.finds != nil {
		return
	}
	o.key(name)
	o.out = append(o.out, value...)
}

// Value writes a value by its type, as a field of a response of that type.
func (o *Object) Value(name string, v any) {
	if o.finds != nil {
		if find := finderOf(reflect.TypeOf(v)); find != nil {
			find(reflect.ValueOf(v), o.finds)
		}
		return
	}
	o.key(name)
	o.out = encoderOf(reflect.TypeOf(v))(o.out, reflect.ValueOf(v), o.as)
}

// Entry is Value for a name that people have given, such as the title of a column: it may hold anything.
func (o *Object) Entry(name string, v any) {
	if o.finds != nil {
		o.Value("", v)
		return
	}
	quoted := AppendString(nil, name)
	o.Value(string(quoted[1:len(quoted)-1]), v)
}

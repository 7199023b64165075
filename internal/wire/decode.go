package wire

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Body, embedded in a request type, tells the operation what was wrong with the request's body.
type Body struct {
	wrong []string
}

// Wrong reports whether the field, or something within it, had an unreadable type, so that it counts as
// absent.
func (b Body) Wrong(field string) bool {
	return slices.ContainsFunc(b.wrong, func(path string) bool {
		rest, ok := strings.CutPrefix(path, field)
		return ok && (rest == "" || rest[0] == '[' || rest[0] == '.')
	})
}

func (b *Body) setWrong(fields []string) { b.wrong = fields }

type bodied interface{ setWrong([]string) }

// input is a request on its way to a request type.
type input struct {
	query query
	body  []byte
}

// decode fills into, a pointer to a request type, from the query and the body. The query wins, whatever the
// method (doc 90313). It returns whether the body was clean JSON of the right types. If not, it has filled in
// what was readable.
func (in input) decode(into any) (clean bool) {
	v := reflect.ValueOf(into).Elem()
	fields := fieldsOf(v.Type())
	d := &decoder{}
	if len(in.body) > 0 {
		tree, ok := parse(in.body)
		d.unclean = !ok
		if s, ok := into.(signed); ok {
			s.setPairs(signedPairs(tree))
		}
		if obj, ok := tree.(object); ok {
			d.object(v, fields, obj, "")
		} else {
			d.unclean = true
		}
	}
	if len(in.query) > 0 {
		d.parameters(v, fields, in.query)
	}
	if b, ok := into.(bodied); ok {
		b.setWrong(d.wrong)
	}
	return !d.unclean
}

// Decode reads a JSON body that was not sent to an endpoint into a pointer to a struct, just as leniently. It
// returns whether the body was clean.
func Decode(body []byte, into any) (clean bool) { return input{body: body}.decode(into) }

// fields are the JSON members of a struct type.
type fields struct {
	byName map[string]*field
	inRow  []*field
}

type field struct {
	name      string
	index     []int // nil: a table reads or writes it
	typ       reflect.Type
	omitEmpty bool
	orOne     bool   // tagged wire:"one": a single element may come without the brackets of its list
	key       string // ,"name": as it is written
}

var fieldCache sync.Map // reflect.Type -> *fields

func fieldsOf(t reflect.Type) *fields {
	if f, ok := fieldCache.Load(t); ok {
		return f.(*fields)
	}
	out := &fields{byName: map[string]*field{}}
	for _, sf := range reflect.VisibleFields(t) {
		name, opts, _ := strings.Cut(sf.Tag.Get("json"), ",")
		if !sf.IsExported() || name == "" || name == "-" {
			continue
		}
		for i := range sf.Index[1:] {
			if t.FieldByIndex(sf.Index[:i+1]).Type.Kind() == reflect.Pointer {
				panic(fmt.Sprintf("wire: %s embeds a pointer, which may be nil, with a field %q", t, name))
			}
		}
		f := &field{name: name, index: sf.Index, typ: sf.Type, omitEmpty: strings.Contains(opts, "omitempty"), orOne: sf.Tag.Get("wire") == "one", key: `,"` + name + `":`}
		if _, twice := out.byName[name]; twice {
			panic(fmt.Sprintf("wire: %s has two fields named %q", t, name))
		}
		out.byName[name] = f
		out.inRow = append(out.inRow, f)
	}
	out.tableFields(t)
	actual, _ := fieldCache.LoadOrStore(t, out)
	return actual.(*fields)
}

// decoder assigns parsed JSON to Go values. A number and its text are interchangeable. A value that does not
// convert counts as absent and makes the body unclean.
type decoder struct {
	unclean bool
	wrong   []string // members of the top level that were dropped
}

func (d *decoder) mismatch(path string) {
	d.unclean = true
	d.wrong = append(d.wrong, path)
}

func (d *decoder) object(v reflect.Value, fs *fields, obj object, path string) {
	for name, val := range obj {
		f, ok := fs.byName[name]
		if !ok || val == nil { // unknown fields are ignored, null is absent
			continue
		}
		if path != "" {
			name = path + "." + name
		}
		if f.index == nil {
			d.openText(v, val, f.name, name)
			continue
		}
		if _, many := val.([]any); f.orOne && !many {
			val = []any{val}
		}
		d.assign(v.FieldByIndex(f.index), val, name)
	}
}

// parameters assigns the parameters of a query for which the struct v has fields. It iterates over the
// fields, which are few, however often a query repeats a parameter.
func (d *decoder) parameters(v reflect.Value, fs *fields, q query) {
	for _, f := range fs.inRow {
		text, ok := q.lookup(f.name)
		switch {
		case !ok:
		case f.index == nil:
			d.openText(v, text, f.name, f.name)
		default:
			d.parameter(v.FieldByIndex(f.index), f.name, text)
		}
	}
}

// parameter assigns a query parameter. Lists and objects cannot come that way, and
// a wrong one says nothing about the body.
func (d *decoder) parameter(v reflect.Value, name, text string) {
	if v.Kind() == reflect.String {
		v.SetString(withoutNUL(text))
		return
	}
	t := v.Type()
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Slice, reflect.Struct:
		return
	}
	unclean := d.unclean
	d.assign(v, text, name)
	d.unclean = unclean
}

func (d *decoder) assign(v reflect.Value, val any, path string) {
	if val == "" && isNumeric(v.Type()) {
		return // clients send an empty string for a number they do not have
	}
	if v.Type() == valueType {
		v.Set(reflect.ValueOf(Value{val}))
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		p := reflect.New(v.Type().Elem())
		if d.assigned(p.Elem(), val, path) {
			v.Set(p)
		}
	case reflect.String:
		switch x := val.(type) {
		case string:
			v.SetString(withoutNUL(x))
		case number:
			v.SetString(string(x))
		default:
			d.mismatch(path)
		}
	case reflect.Int, reflect.Int64:
		if n, ok := toInt(val); ok {
			v.SetInt(n)
		} else {
			d.mismatch(path)
		}
	case reflect.Float64:
		if n, ok := toFloat(val); ok {
			v.SetFloat(n)
		} else {
			d.mismatch(path)
		}
	case reflect.Bool:
		if is, ok := toBool(val); ok {
			v.SetBool(is)
		} else {
			d.mismatch(path)
		}
	case reflect.Slice:
		d.list(v, val, path)
	case reflect.Struct:
		if obj, ok := val.(object); ok {
			d.object(v, fieldsOf(v.Type()), obj, path)
		} else {
			d.mismatch(path)
		}
	default:
		panic(fmt.Sprintf("wire: %s cannot be decoded (%s)", v.Type(), path))
	}
}

// assigned is assign, and reports whether the value itself converted. If it did not, it counts as absent.
func (d *decoder) assigned(v reflect.Value, val any, path string) bool {
	before := len(d.wrong)
	d.assign(v, val, path)
	return len(d.wrong) == before || d.wrong[len(d.wrong)-1] != path
}

// list assigns a list, without the elements that are null or do not convert.
func (d *decoder) list(v reflect.Value, val any, path string) {
	list, ok := val.([]any)
	if !ok {
		d.mismatch(path)
		return
	}
	out := reflect.MakeSlice(v.Type(), 0, len(list))
	for i, item := range list {
		if item == nil {
			continue
		}
		el := reflect.New(v.Type().Elem()).Elem()
		if d.assigned(el, item, path+"["+strconv.Itoa(i)+"]") {
			out = reflect.Append(out, el)
		}
	}
	v.Set(out)
}

// toBool converts a truth value, its text, or a number.
func toBool(val any) (is, ok bool) {
	switch val {
	case true, "true":
		return true, true
	case false, "false":
		return false, true
	}
	n, ok := toInt(val)
	return n != 0, ok
}

// withoutNUL removes NUL bytes, which PostgreSQL cannot store in a text and nobody means.
func withoutNUL(s string) string {
	if strings.IndexByte(s, 0) < 0 {
		return s
	}
	return strings.ReplaceAll(s, "\x00", "")
}

// decodable panics if a request type has a field to which no JSON can be assigned. within are the
// struct types that enclose t: a type may contain itself.
func decodable(t reflect.Type, path string, within ...reflect.Type) {
	switch t.Kind() {
	case reflect.String, reflect.Int, reflect.Int64, reflect.Float64, reflect.Bool:
	case reflect.Pointer, reflect.Slice:
		decodable(t.Elem(), path, within...)
	case reflect.Struct:
		if t == valueType || slices.Contains(within, t) {
			return
		}
		for _, f := range fieldsOf(t).inRow {
			decodable(f.typ, path+"."+f.name, append(within, t)...)
		}
	default:
		panic(fmt.Sprintf("wire: %s cannot be decoded (%s)", t, path))
	}
}

func isNumeric(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.Int, reflect.Int64, reflect.Float64, reflect.Bool:
		return true
	}
	return false
}

func toInt(val any) (int64, bool) {
	var text string
	switch x := val.(type) {
	case number:
		text = string(x)
	case string:
		text = strings.TrimSpace(x)
	case bool:
		if x {
			return 1, true
		}
		return 0, true
	default:
		return 0, false
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || !isDecimal(text) || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return 0, false
	}
	return int64(f), true
}

func toFloat(val any) (float64, bool) {
	var text string
	switch x := val.(type) {
	case number:
		text = string(x)
	case string:
		text = x
	default:
		return 0, false
	}
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil && isDecimal(text)
}

// isDecimal reports whether text is a decimal number. Go also accepts others, such as 0x1p4 and Inf.
func isDecimal(text string) bool { return strings.Trim(text, "+-.eE0123456789") == "" }

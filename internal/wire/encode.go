package wire

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"sync"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/store"
)

// Appender is implemented by values that write their own JSON.
type Appender interface{ AppendJSON([]byte) []byte }

// Encode returns a response as an endpoint answers it, without errcode and errmsg.
func Encode(resp any) []byte {
	return append(appendMembers([]byte{'{'}, reflect.ValueOf(resp), nil, true), '}')
}

// EncodeEach returns each element of a list as an endpoint answers it, with the ids that the caller knows. It
// is for answers that are stored until they are fetched.
func EncodeEach[T any](tx *store.Tx, by access.Caller, list []T) ([][]byte, error) {
	as, err := showIDs(tx, &by, list)
	if err != nil {
		return nil, err
	}
	out := make([][]byte, len(list))
	for i := range list {
		out[i] = append(appendMembers([]byte{'{'}, reflect.ValueOf(list[i]), as, true), '}')
	}
	return out, nil
}

// appendMembers appends the members of a response struct in the order of its
// fields, the first one without a comma before it if first is set. Lists are
// never null; a nil pointer and an empty omitempty field are left out. Ids are
// written as the caller knows them.
func appendMembers(out []byte, v reflect.Value, as *shown, first bool) []byte {
	w := writersOf(v.Type())
	if w.tabled {
		return appendTabled(out, v.Interface().(Tabled), as, first)
	}
	for _, f := range w.fields {
		var fv reflect.Value
		if len(f.index) == 1 {
			fv = v.Field(f.index[0])
		} else {
			fv = v.FieldByIndex(f.index)
		}
		if (fv.Kind() == reflect.Pointer && fv.IsNil()) || (f.omitEmpty && isEmpty(fv)) {
			continue
		}
		key := f.key
		if first {
			key, first = key[1:], false
		}
		out = f.encode(append(out, key...), fv, as)
	}
	return out
}

// writer is a field with the encoder of its type.
type writer struct {
	*field
	encode encoder
}

// structWriter writes a struct by its fields, or lets it write itself.
type structWriter struct {
	fields []writer
	tabled bool
}

var writers sync.Map // reflect.Type -> *structWriter

func writersOf(t reflect.Type) *structWriter {
	if w, ok := writers.Load(t); ok {
		return w.(*structWriter)
	}
	out := &structWriter{tabled: t.Implements(tabledType)}
	for _, f := range fieldsOf(t).inRow {
		out.fields = append(out.fields, writer{f, encoderOf(f.typ)})
	}
	writers.Store(t, out)
	return out
}

// emptyLists appends the lists of a response type, empty: WeCom sends them with errors too (as seen on live
// answers, 2026-09).
func emptyLists(out []byte, t reflect.Type) []byte {
	if t == nil || t.Kind() != reflect.Struct {
		return out
	}
	for _, f := range fieldsOf(t).inRow {
		if f.typ.Kind() == reflect.Slice && !f.omitEmpty {
			out = append(out, ',', '"')
			out = append(out, f.name...)
			out = append(out, `":[]`...)
		}
	}
	return out
}

// encodable panics if a response type has a field that cannot be written. within are the struct
// types that enclose t: a type may contain itself.
func encodable(t reflect.Type, path string, within ...reflect.Type) {
	switch {
	case t.Implements(appenderType):
	case t.Kind() == reflect.Pointer, t.Kind() == reflect.Slice:
		encodable(t.Elem(), path, within...)
	case t.Kind() == reflect.Struct:
		if slices.Contains(within, t) {
			return
		}
		for _, f := range fieldsOf(t).inRow {
			encodable(f.typ, path+"."+f.name, append(within, t)...)
		}
	default:
		encoderOf(t) // panics if there is none
	}
}

func isEmpty(v reflect.Value) bool {
	if v.Kind() == reflect.Slice {
		return v.Len() == 0
	}
	return v.IsZero()
}

type encoder func([]byte, reflect.Value, *shown) []byte

var (
	encoders     sync.Map // reflect.Type -> encoder
	appenderType = reflect.TypeFor[Appender]()
)

func encoderOf(t reflect.Type) encoder {
	if e, ok := encoders.Load(t); ok {
		return e.(encoder)
	}
	e := newEncoder(t)
	actual, _ := encoders.LoadOrStore(t, e)
	return actual.(encoder)
}

func newEncoder(t reflect.Type) encoder {
	if t.Implements(appenderType) {
		return func(out []byte, v reflect.Value, as *shown) []byte { return v.Interface().(Appender).AppendJSON(out) }
	}
	if form, ok := idForms[t]; ok {
		several := t == usersType
		return func(out []byte, v reflect.Value, as *shown) []byte {
			return AppendString(out, as.text(form, several, v.String()))
		}
	}
	switch t.Kind() {
	case reflect.String:
		return func(out []byte, v reflect.Value, as *shown) []byte { return AppendString(out, v.String()) }
	case reflect.Int, reflect.Int64:
		return func(out []byte, v reflect.Value, as *shown) []byte { return strconv.AppendInt(out, v.Int(), 10) }
	case reflect.Bool:
		return func(out []byte, v reflect.Value, as *shown) []byte { return strconv.AppendBool(out, v.Bool()) }
	case reflect.Float64:
		return func(out []byte, v reflect.Value, as *shown) []byte {
			f := v.Float()
			if math.IsNaN(f) || math.IsInf(f, 0) {
				f = 0 // JSON has no such number
			}
			return strconv.AppendFloat(out, f, 'f', -1, 64)
		}
	case reflect.Pointer:
		el := encoderOf(t.Elem())
		return func(out []byte, v reflect.Value, as *shown) []byte { return el(out, v.Elem(), as) }
	case reflect.Slice:
		el := encoderOf(t.Elem())
		return func(out []byte, v reflect.Value, as *shown) []byte {
			out = append(out, '[')
			for i := range v.Len() {
				if i > 0 {
					out = append(out, ',')
				}
				out = el(out, v.Index(i), as)
			}
			return append(out, ']')
		}
	case reflect.Struct:
		return func(out []byte, v reflect.Value, as *shown) []byte {
			return append(appendMembers(append(out, '{'), v, as, true), '}')
		}
	}
	panic(fmt.Sprintf("wire: %s cannot be encoded", t))
}

const hexDigits = "0123456789abcdef"

// asItIs reports whether a JSON string of s has the bytes of s, as most have.
func asItIs(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' {
			return false
		}
	}
	return utf8.ValidString(s)
}

// AppendString appends s as a JSON string. Like WeCom it leaves everything readable that JSON allows.
func AppendString(out []byte, s string) []byte {
	out = append(out, '"')
	if asItIs(s) {
		return append(append(out, s...), '"')
	}
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n == 1 {
				out = append(append(out, s[start:i]...), "\uFFFD"...)
				start = i + 1
			}
			i += n
			continue
		}
		if c >= 0x20 && c != '"' && c != '\\' {
			i++
			continue
		}
		out = append(out, s[start:i]...)
		switch c {
		case '"', '\\':
			out = append(out, '\\', c)
		case '\n':
			out = append(out, `\n`...)
		case '\r':
			out = append(out, `\r`...)
		case '\t':
			out = append(out, `\t`...)
		default:
			out = append(out, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		i++
		start = i
	}
	return append(append(out, s[start:]...), '"')
}

package wire

import "reflect"

// Value is a JSON value of a request whose type only the room knows, such as a cell of a smart sheet: it depends
// on the column. The zero Value is absent.
//
// Ids in a Value are as the caller sent them. A room that reads some into a typed variable calls OwnIDs on it.
type Value struct{ of any }

var valueType = reflect.TypeFor[Value]()

// Absent reports whether there is no value, or null.
func (v Value) Absent() bool { return v.of == nil }

// Text returns a string; a number is none here.
func (v Value) Text() (string, bool) {
	s, ok := v.of.(string)
	return withoutNUL(s), ok
}

// Number returns a number; a string of digits is none here.
func (v Value) Number() (float64, bool) {
	n, ok := v.of.(number)
	if !ok {
		return 0, false
	}
	return toFloat(n)
}

// Bool returns true or false.
func (v Value) Bool() (is, ok bool) {
	is, ok = v.of.(bool)
	return is, ok
}

// List returns the elements of a list.
func (v Value) List() ([]Value, bool) {
	list, ok := v.of.([]any)
	out := make([]Value, len(list))
	for i, e := range list {
		out[i] = Value{e}
	}
	return out, ok
}

// Members returns the members of an object, those that are null among them.
func (v Value) Members() (map[string]Value, bool) {
	obj, ok := v.of.(object)
	out := make(map[string]Value, len(obj))
	for name, e := range obj {
		out[withoutNUL(name)] = Value{e}
	}
	return out, ok
}

// Into fills a pointer to a variable as a field of a request of its type is filled. It returns whether all of
// the value was of the right type.
func (v Value) Into(to any) bool {
	d := &decoder{}
	d.assign(reflect.ValueOf(to).Elem(), v.of, "")
	return !d.unclean
}

// JSONSchema says that anything goes.
func (Value) JSONSchema() map[string]any { return map[string]any{} }

// UnmarshalJSON reads a value that came another way than by a request, such as a script.
func (v *Value) UnmarshalJSON(text []byte) error {
	v.of, _ = parse(text)
	return nil
}

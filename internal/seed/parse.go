package seed

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"qiwei/internal/wire"
)

// Parse reads a file's content, which is YAML if its name says so, and else JSON. An error
// names the file, the place in it, and what is expected there.
func Parse(file string, content []byte) (Enterprise, error) {
	var e Enterprise
	read := tree
	if isYAML(file) {
		read = yamlTree
	}
	tree, err := read(content)
	if err != nil {
		return e, fmt.Errorf("%s: %w", file, err)
	}
	if err := assign(reflect.ValueOf(&e).Elem(), tree, ""); err != nil {
		return e, fmt.Errorf("%s: %w", file, err)
	}
	if err := e.check(); err != nil {
		return e, fmt.Errorf("%s: %w", file, err)
	}
	return e, nil
}

// tree parses JSON and reports a mistake with its line.
func tree(content []byte) (any, error) {
	content = bytes.TrimPrefix(content, []byte("\ufeff"))
	dec := json.NewDecoder(bytes.NewReader(content))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		at := dec.InputOffset()
		if syntax, ok := err.(*json.SyntaxError); ok {
			at = syntax.Offset
		}
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			at, err = int64(len(content)), fmt.Errorf("the file ends inside the JSON")
		}
		line := 1 + bytes.Count(content[:min(at, int64(len(content)))], []byte("\n"))
		return nil, fmt.Errorf("line %d: %w", line, err)
	}
	if dec.More() {
		line := 1 + bytes.Count(content[:dec.InputOffset()], []byte("\n"))
		return nil, fmt.Errorf("line %d: something follows the enterprise; one JSON object expected", line)
	}
	return v, nil
}

// assign puts a JSON value into a Go value of exactly its shape. encoding/json
// would do so as well, but names neither the element of a list nor the place of
// an unknown member.
func assign(v reflect.Value, val any, path string) error {
	if path == "" {
		path = "the file"
	}
	wrong := func(expected string) error {
		return fmt.Errorf("%s: %s; %s expected", path, shown(val), expected)
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		return assign(v.Elem(), val, path)
	case reflect.String:
		s, ok := val.(string)
		if !ok {
			return wrong("a text in quotes")
		}
		v.SetString(s)
	case reflect.Bool:
		b, ok := val.(bool)
		if !ok {
			return wrong("true or false")
		}
		v.SetBool(b)
	case reflect.Int64:
		n, ok := val.(json.Number)
		i, err := n.Int64()
		if !ok || err != nil {
			return wrong("a whole number")
		}
		v.SetInt(i)
	case reflect.Slice:
		list, ok := val.([]any)
		if !ok {
			return wrong("a list")
		}
		v.Set(reflect.MakeSlice(v.Type(), len(list), len(list)))
		for i, item := range list {
			if err := assign(v.Index(i), item, fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return err
			}
		}
	case reflect.Struct:
		obj, ok := val.(map[string]any)
		if !ok {
			return wrong("an object")
		}
		members := membersOf(v.Type())
		for _, name := range sortedKeys(obj) {
			at := name
			if path != "the file" {
				at = path + "." + name
			}
			f, ok := members[name]
			if !ok {
				texts, open := v.Addr().Interface().(wire.Open)
				known := sortedKeys(members)
				if open {
					known = append(known, texts.OpenTexts()...)
				}
				if !slices.Contains(known, name) {
					slices.Sort(known)
					return fmt.Errorf("%s: unknown; %s expected", at, oneOf(known))
				}
				text, ok := obj[name].(string)
				if !ok {
					return fmt.Errorf("%s: %s; a text in quotes expected", at, shown(obj[name]))
				}
				texts.SetText(name, text)
				continue
			}
			if err := assign(v.FieldByIndex(f), obj[name], at); err != nil {
				return err
			}
		}
	default:
		panic("seed: no rule for " + v.Type().String())
	}
	return nil
}

func membersOf(t reflect.Type) map[string][]int {
	out := map[string][]int{}
	for _, f := range reflect.VisibleFields(t) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" && name != "-" {
			out[name] = f.Index
		}
	}
	return out
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func oneOf(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// shown returns a value as messages show it.
func shown(val any) string {
	switch x := val.(type) {
	case nil:
		return "null"
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	case string:
		if r := []rune(x); len(r) > 40 {
			x = string(r[:40]) + "…"
		}
		return fmt.Sprintf("%q", x)
	default:
		return fmt.Sprint(x)
	}
}

// Names returns every name that a file may use, for the test that checks that each is explained.
func Names() []string {
	seen := map[reflect.Type]bool{}
	names := map[string]bool{}
	var walk func(reflect.Type)
	walk = func(t reflect.Type) {
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct || seen[t] {
			return
		}
		seen[t] = true
		for name, index := range membersOf(t) {
			names[name] = true
			walk(t.FieldByIndex(index).Type)
		}
	}
	walk(reflect.TypeFor[Enterprise]())
	return sortedKeys(names)
}

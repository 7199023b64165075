package mcp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"qiwei/internal/wire"
)

// The schema of a tool's arguments is that of its request type. Tags say what JSON cannot: about is what a field means,
// must that it has to be given, most how many elements a list, or bytes a text, may have, and only which numbers a
// field may be, parted by commas.

// schemaOf returns the JSON schema of a request type, without references: some models understand none.
func schemaOf(t reflect.Type) map[string]any { return typeSchema(t, nil) }

func typeSchema(t reflect.Type, within []reflect.Type) map[string]any {
	if t.Kind() != reflect.Pointer {
		if s, ok := reflect.Zero(t).Interface().(wire.Schemaed); ok {
			return s.JSONSchema()
		}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return typeSchema(t.Elem(), within)
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Int, reflect.Int64:
		return map[string]any{"type": "integer"}
	case reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": typeSchema(t.Elem(), within)}
	case reflect.Struct:
		if slices.Contains(within, t) {
			return map[string]any{"type": "object"}
		}
		return structSchema(t, append(within, t))
	}
	panic(fmt.Sprintf("mcp: %s has no schema", t))
}

func structSchema(t reflect.Type, within []reflect.Type) map[string]any {
	props, must := map[string]any{}, []string{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "" || name == "-" {
			continue
		}
		p := typeSchema(f.Type, within)
		if about := f.Tag.Get("about"); about != "" {
			p["description"] = about
		}
		if most, err := strconv.Atoi(f.Tag.Get("most")); err == nil {
			p[map[string]string{"array": "maxItems", "string": "maxLength"}[p["type"].(string)]] = most
		}
		if only := f.Tag.Get("only"); only != "" {
			var list []int64
			for _, text := range strings.Split(only, ",") {
				n, _ := strconv.ParseInt(text, 10, 64)
				list = append(list, n)
			}
			p["enum"] = list
		}
		if f.Tag.Get("must") != "" {
			must = append(must, name)
		}
		props[name] = p
	}
	out := map[string]any{"type": "object", "properties": props}
	if len(must) > 0 {
		out["required"] = must
	}
	return out
}

// check holds arguments against a tool's schema. It forgives what the calls of the API forgive: a number for its text,
// the text of a number for it, and null for what is absent.
func check(schema map[string]any, args []byte) error {
	d := json.NewDecoder(bytes.NewReader(args))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return errParameter.With("arguments: a JSON object expected")
	}
	return checkValue(schema, v, "")
}

func checkValue(schema map[string]any, v any, path string) error {
	wrong := func(want string) error {
		if path == "" {
			path = "arguments"
		}
		return errParameter.With("%s: %s expected", path, want)
	}
	switch schema["type"] {
	case "object":
		obj, ok := v.(map[string]any)
		if !ok {
			return wrong("an object")
		}
		return checkObject(schema, obj, path)
	case "array":
		list, ok := v.([]any)
		if !ok {
			return wrong("a list")
		}
		if most, ok := schema["maxItems"].(int); ok && len(list) > most {
			return wrong(fmt.Sprintf("at most %d", most))
		}
		items, _ := schema["items"].(map[string]any)
		for i, one := range list {
			if err := checkValue(items, one, fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return err
			}
		}
	case "string":
		text, ok := v.(string)
		if _, number := v.(json.Number); !ok && !number {
			return wrong("a text")
		}
		if most, ok := schema["maxLength"].(int); ok && len(text) > most {
			return wrong(fmt.Sprintf("a text of at most %d bytes", most))
		}
	case "integer":
		n, ok := number(v)
		if !ok || n != math.Trunc(n) {
			return wrong("a whole number")
		}
		if only, ok := schema["enum"].([]int64); ok && !slices.Contains(only, int64(n)) {
			return wrong(fmt.Sprintf("one of %v", only))
		}
	case "number":
		if _, ok := number(v); !ok {
			return wrong("a number")
		}
	case "boolean":
		_, is := v.(bool)
		if _, ok := number(v); !is && !ok && v != "true" && v != "false" {
			return wrong("true or false")
		}
	}
	return nil
}

func checkObject(schema, obj map[string]any, path string) error {
	required, _ := schema["required"].([]string)
	dot := path
	if path != "" {
		dot += "."
	}
	for _, name := range required {
		if obj[name] == nil {
			return wire.ErrEmpty.With("%s%s is missing", dot, name)
		}
	}
	props, _ := schema["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(obj)) {
		p, known := props[name].(map[string]any)
		if !known || obj[name] == nil {
			continue
		}
		if err := checkValue(p, obj[name], dot+name); err != nil {
			return err
		}
	}
	return nil
}

// number reads a number, or the text of one; an empty text is 0, which clients send for what they do not have.
func number(v any) (float64, bool) {
	text := ""
	switch x := v.(type) {
	case json.Number:
		text = x.String()
	case string:
		if text = strings.TrimSpace(x); text == "" {
			return 0, true
		}
	case bool:
		if x {
			return 1, true
		}
		return 0, true
	default:
		return 0, false
	}
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil && !math.IsInf(n, 0) && !math.IsNaN(n)
}

package main

import (
	"fmt"
	"go/types"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"qiwei/internal/directory"
)

const head = `// Code generated from the Go code by web/typescript; DO NOT EDIT. go generate ./web writes it anew.

/** What a call answers: Answer<'GET /console/api/members'>. */
export type Answer<K extends keyof Calls> = Calls[K]['answer']
/** What a call takes as its body. */
export type Takes<K extends keyof Calls> = Calls[K] extends { takes: infer T } ? T : never

`

// generate returns the file.
func generate() (string, error) {
	list, err := rooms()
	if err != nil {
		return "", err
	}
	w := &writer{named: map[string]string{}}
	var all []call
	for _, r := range list {
		all = append(all, r.calls(w)...)
	}
	slices.SortFunc(all, func(a, b call) int { return strings.Compare(a.pattern, b.pattern) })
	var b strings.Builder
	b.WriteString(head)
	for _, name := range slices.Sorted(maps.Keys(w.named)) {
		fmt.Fprintf(&b, "export type %s = %s\n", name, w.named[name])
	}
	b.WriteString("\nexport interface Calls {\n")
	for _, c := range all {
		takes := ""
		if c.takes != "" {
			takes = "takes: " + c.takes + "; "
		}
		fmt.Fprintf(&b, "  '%s': { %sanswer: %s }\n", c.pattern, takes, c.answer)
	}
	b.WriteString("}\n")
	return b.String(), nil
}

// writer writes types, and keeps those that have names.
type writer struct {
	named map[string]string
}

// ts returns a Go type as encoding/json writes it.
func (w *writer) ts(t types.Type) string {
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		return w.name(t)
	case *types.Pointer:
		return w.ts(t.Elem()) + " | null"
	case *types.Slice:
		if b, ok := t.Elem().Underlying().(*types.Basic); ok && b.Kind() == types.Byte {
			return "string"
		}
		return w.list(t.Elem())
	case *types.Array:
		return w.list(t.Elem())
	case *types.Map:
		return "Record<" + strings.TrimSuffix(w.ts(t.Key().Underlying()), " | null") + ", " + w.ts(t.Elem()) + ">"
	case *types.Struct:
		return w.object(t)
	case *types.Basic:
		switch {
		case t.Info()&types.IsBoolean != 0:
			return "boolean"
		case t.Info()&types.IsNumeric != 0:
			return "number"
		case t.Info()&types.IsString != 0:
			return "string"
		}
	}
	return "unknown"
}

func (w *writer) list(elem types.Type) string {
	one := w.ts(elem)
	if strings.Contains(one, " ") && !strings.HasPrefix(one, "{") {
		one = "(" + one + ")"
	}
	return one + "[]"
}

// name returns a type with a name. Those of the console have it alone, others with their room's before it. A name inside
// a function, and one of something simple, is not kept.
func (w *writer) name(t *types.Named) string {
	obj := t.Obj()
	if method(t, "MarshalText") || obj.Pkg() != nil && obj.Pkg().Path() == "time" && obj.Name() == "Time" {
		return "string"
	}
	under, isStruct := t.Underlying().(*types.Struct)
	mixed := method(t, "MarshalJSON") || method(t, "UnmarshalJSON")
	texts := mixed && obj.Pkg() != nil && obj.Pkg().Path() == "qiwei/internal/console" && isStruct // with the directory's plain texts
	if mixed && !texts {
		return "unknown"
	}
	if !isStruct || obj.Pkg() == nil || obj.Parent() != obj.Pkg().Scope() || t.TypeArgs().Len() > 0 {
		return w.ts(t.Underlying())
	}
	if under.NumFields() == 0 {
		return "Record<string, never>"
	}
	name := strings.ToUpper(obj.Name()[:1]) + obj.Name()[1:]
	if room := obj.Pkg().Name(); room != "console" {
		name = strings.ToUpper(room[:1]) + room[1:] + name
	}
	if _, there := w.named[name]; !there {
		w.named[name] = "" // which a type that holds itself finds
		text := w.object(under)
		if texts {
			var plain []string
			for _, row := range directory.PlainFields() {
				plain = append(plain, string(row.Name)+": string")
			}
			text += " & { " + strings.Join(plain, "; ") + " }"
		}
		w.named[name] = text
	}
	return name
}

func method(t types.Type, name string) bool {
	obj, _, _ := types.LookupFieldOrMethod(types.NewPointer(t), true, nil, name)
	fn, ok := obj.(*types.Func)
	if !ok {
		return false
	}
	// One of an embedded field is not the type's own.
	recv := fn.Signature().Recv().Type()
	if p, isPointer := recv.(*types.Pointer); isPointer {
		recv = p.Elem()
	}
	return types.Identical(recv, t)
}

// object returns the fields of a struct by their names on the wire. Those of embedded structs are among them.
func (w *writer) object(t *types.Struct) string {
	var order []string
	fields := map[string]string{}
	w.fields(t, &order, fields)
	if len(order) == 0 {
		return "Record<string, never>"
	}
	out := make([]string, len(order))
	for i, name := range order {
		out[i] = fields[name]
	}
	return "{ " + strings.Join(out, "; ") + " }"
}

func (w *writer) fields(t *types.Struct, order *[]string, fields map[string]string) {
	for i := range t.NumFields() {
		f := t.Field(i)
		name, options, _ := strings.Cut(reflect.StructTag(t.Tag(i)).Get("json"), ",")
		if name == "-" {
			continue
		}
		inner := f.Type()
		if p, ok := inner.Underlying().(*types.Pointer); ok && f.Embedded() {
			inner = p.Elem()
		}
		if st, ok := inner.Underlying().(*types.Struct); ok && f.Embedded() && name == "" {
			w.fields(st, order, fields)
			continue
		}
		if !f.Exported() {
			continue
		}
		if name == "" {
			name = f.Name()
		}
		mark, text := "", w.ts(f.Type())
		if strings.Contains(options, "omit") {
			mark, text = "?", strings.TrimSuffix(text, " | null")
		}
		if strings.Contains(options, "string") && text == "number" {
			text = "string"
		}
		if _, there := fields[name]; !there {
			*order = append(*order, name)
		}
		fields[name] = property(name) + mark + ": " + text
	}
}

var plainName = regexp.MustCompile(`^[A-Za-z_]\w*$`)

func property(name string) string {
	if plainName.MatchString(name) {
		return name
	}
	return "'" + name + "'"
}

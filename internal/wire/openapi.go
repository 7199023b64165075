package wire

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"

	"qiwei/internal/wire/known"
)

// OpenAPI describes the endpoints as an OpenAPI 3.1 document. Everything in it
// comes from the endpoint values and from the list of known endpoints. baseURL
// may be empty.
func OpenAPI(version, baseURL string, endpoints []Endpoint) ([]byte, error) {
	var out bytes.Buffer
	err := WriteOpenAPI(&out, version, baseURL, endpoints)
	return out.Bytes(), err
}

// WriteOpenAPI writes the description call by call: the whole of it as values takes thirty times the room of its text.
func WriteOpenAPI(to io.Writer, version, baseURL string, endpoints []Endpoint) error {
	w := &lineWriter{to: bufio.NewWriterSize(to, 32<<10)}
	w.text("{")
	head := openAPIHead(version, baseURL)
	for _, name := range slices.Sorted(maps.Keys(head)) {
		w.member(" ", name, head[name])
		w.text(",")
	}
	d := describer{schemas: map[string]any{}}
	schemes := map[string]any{}
	w.text("\n \"paths\": {")
	sorted := slices.SortedFunc(slices.Values(endpoints), func(a, b Endpoint) int { return strings.Compare(a.Path, b.Path) })
	for i, ep := range sorted {
		if i > 0 {
			w.text(",")
		}
		if c := ep.By(); c != nil {
			schemes[c.Param] = map[string]any{"type": "apiKey", "in": "query", "name": c.Param, "description": c.What}
		}
		w.member("  ", ep.Path, map[string]any{strings.ToLower(ep.Method): d.operation(ep)})
		d.settle()
	}
	w.text("\n },\n \"components\": {")
	w.member("  ", "securitySchemes", schemes)
	w.text(",\n  \"schemas\": {")
	for i, name := range slices.Sorted(maps.Keys(d.schemas)) {
		if i > 0 {
			w.text(",")
		}
		w.member("   ", name, d.schemas[name])
	}
	w.text("\n  }\n }\n}")
	if w.err != nil {
		return w.err
	}
	return w.to.Flush()
}

// lineWriter writes JSON a member at a time.
type lineWriter struct {
	to  *bufio.Writer
	err error // the first one
}

func (w *lineWriter) text(s string) { w.to.WriteString(s) }

func (w *lineWriter) member(indent, name string, value any) {
	key, err := json.Marshal(name)
	var text []byte
	if err == nil {
		text, err = json.MarshalIndent(value, indent, " ")
	}
	if err != nil && w.err == nil {
		w.err = err
	}
	w.text("\n" + indent)
	w.to.Write(key)
	w.text(": ")
	w.to.Write(text)
}

// settle keeps the schemas as text, which is a tenth of their size as values.
func (d describer) settle() {
	for name, s := range d.schemas {
		if _, done := s.(json.RawMessage); done {
			continue
		}
		if text, err := json.Marshal(s); err == nil {
			d.schemas[name] = json.RawMessage(text)
		}
	}
}

// openAPIHead is what stands before the calls.
func openAPIHead(version, baseURL string) map[string]any {
	doc := map[string]any{
		"openapi": "3.1.0",
		"info": map[string]any{
			"title":   "qiwei",
			"version": version,
			"description": "WeCom's (企业微信) server API as qiwei answers it. Every answer has HTTP status 200; errcode tells success (0) from refusal. " +
				"GET and POST are answered alike, and parameters of the query win over those of the body.",
			"license": map[string]any{"name": "Apache 2.0", "identifier": "Apache-2.0"},
		},
		"externalDocs": map[string]any{"url": "https://developer.work.weixin.qq.com/document/path/90664", "description": "WeCom's own documentation"},
	}
	if baseURL != "" {
		doc["servers"] = []any{map[string]any{"url": baseURL}}
	}
	return doc
}

// describer collects the schemas of the struct types that it meets.
type describer struct{ schemas map[string]any }

func (d describer) operation(ep Endpoint) map[string]any {
	op := map[string]any{
		"operationId":  strings.ReplaceAll(strings.TrimPrefix(ep.Path, "/cgi-bin/"), "/", "_"),
		"externalDocs": map[string]any{"url": known.Endpoint{Doc: ep.Doc}.URL()},
		"responses":    d.responses(ep),
	}
	if k, ok := known.Lookup(ep.Path); ok {
		op["summary"], op["description"], op["tags"] = k.NameEN, k.NameZH, []any{k.Category}
	}
	op["security"] = []any{}
	if c := ep.By(); c != nil {
		op["security"] = []any{map[string]any{c.Param: []any{}}}
	}
	if len(ep.Allow) > 0 {
		may := map[string]any{}
		for kind, level := range ep.Allow {
			may[string(kind)] = level.String()
		}
		op["x-permissions"] = may
	}
	if l := ep.Limit; l.Every > 0 {
		op["x-limit"] = map[string]any{"per_corp": l.PerCorp, "per_app": l.PerApp, "seconds": int64(l.Every.Seconds())}
	}
	d.request(op, ep)
	return op
}

func (d describer) responses(ep Endpoint) map[string]any {
	refused := map[string]any{"description": "errcode 0, or the reason of a refusal", "content": jsonContent(d.response(ep))}
	if !ep.Handle.answersFile() {
		return map[string]any{"200": refused}
	}
	file := map[string]any{"schema": map[string]any{"type": "string", "format": "binary"}}
	refused["description"] = "The file, or as JSON the reason of a refusal"
	refused["content"].(map[string]any)["*/*"] = file
	return map[string]any{"200": refused, "206": map[string]any{
		"description": "The part of the file that the Range header names", "content": map[string]any{"*/*": file},
	}}
}

// request describes the parameters: in the query of a GET, in the body of a POST.
// A call that brings a file has both.
func (d describer) request(op map[string]any, ep Endpoint) {
	if ep.Handle.mode == stream {
		op["requestBody"] = map[string]any{"content": map[string]any{"multipart/form-data": map[string]any{"schema": map[string]any{
			"type": "object", "properties": map[string]any{"media": map[string]any{"type": "string", "format": "binary"}},
		}}}}
	}
	t := ep.Handle.Request
	if t.Kind() != reflect.Struct || len(fieldsOf(t).inRow) == 0 {
		return
	}
	if ep.Method == "POST" && ep.Handle.mode != stream {
		op["requestBody"] = map[string]any{"content": jsonContent(d.schema(t, false))}
		return
	}
	var params []any
	for _, f := range fieldsOf(t).inRow {
		params = append(params, map[string]any{"name": f.name, "in": "query", "schema": d.schema(f.typ, false)})
	}
	op["parameters"] = params
}

func jsonContent(schema any) map[string]any {
	return map[string]any{"application/json": map[string]any{"schema": schema}}
}

// response adds errcode and errmsg to the type of the answer.
func (d describer) response(ep Endpoint) map[string]any {
	ok := ep.OK
	if ok == "" {
		ok = "ok"
	}
	// The other members are there on success.
	out := map[string]any{
		"type": "object",
		"properties": map[string]any{
			"errcode": map[string]any{"type": "integer", "examples": []any{0}},
			"errmsg":  map[string]any{"type": "string", "examples": []any{ok}},
		},
		"required": []any{"errcode", "errmsg"},
	}
	if t := ep.Handle.Response; t.Kind() == reflect.Struct {
		props := out["properties"].(map[string]any)
		for _, f := range fieldsOf(t).inRow {
			props[f.name] = d.schema(f.typ, true)
		}
	}
	return out
}

// Schemaed is implemented by types that write their own JSON and know its schema.
type Schemaed interface{ JSONSchema() map[string]any }

// schema describes a type. always marks types whose plain fields are never left out, as in answers.
func (d describer) schema(t reflect.Type, always bool) map[string]any {
	if s, ok := reflect.Zero(t).Interface().(Schemaed); ok && t.Kind() != reflect.Pointer {
		return s.JSONSchema()
	}
	switch t.Kind() {
	case reflect.Pointer:
		return d.schema(t.Elem(), always)
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Int, reflect.Int64:
		return map[string]any{"type": "integer", "format": "int64"}
	case reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": d.schema(t.Elem(), always)}
	case reflect.Struct:
		return d.reference(t, always)
	}
	return map[string]any{} // anything: it writes its own JSON and does not say what
}

// reference puts the schema of a struct type among the components, once.
func (d describer) reference(t reflect.Type, always bool) map[string]any {
	name := strings.Map(func(r rune) rune {
		if strings.ContainsRune("._-", r) || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, t.String())
	if !always {
		name += ".in"
	}
	ref := map[string]any{"$ref": "#/components/schemas/" + name}
	if _, ok := d.schemas[name]; ok {
		return ref
	}
	props, required := map[string]any{}, []any{}
	out := map[string]any{"type": "object", "properties": props}
	d.schemas[name] = out // before its fields: a type may hold itself
	for _, f := range fieldsOf(t).inRow {
		props[f.name] = d.schema(f.typ, always)
		if always && f.typ.Kind() != reflect.Pointer && !f.omitEmpty {
			required = append(required, f.name)
		}
	}
	if len(required) > 0 {
		out["required"] = required
	}
	return ref
}

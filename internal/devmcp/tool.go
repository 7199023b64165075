package devmcp

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"qiwei/internal/app"
	"qiwei/internal/callback"
	"qiwei/internal/control"
	"qiwei/internal/door"
	"qiwei/internal/wire"
)

// tool is a tool as tools/list shows it.
type tool struct {
	Name        string         `json:"name"`
	Description string         `json:"description"`
	Schema      map[string]any `json:"inputSchema"`
	Hints       map[string]any `json:"annotations"`

	run func(context.Context, json.RawMessage) (any, error)
}

// What a tool does to the server, for clients that ask their user first.
const (
	reads   = "reads"
	writes  = "writes"
	removes = "removes"
)

// newTool makes a tool whose arguments are the fields of Req: json names them, doc explains them, enum lists
// their values, and those with need must be given.
func newTool[Req any](name, effect, description string, run func(context.Context, Req) (any, error)) tool {
	return tool{
		Name: name, Description: description, Schema: schemaOf(reflect.TypeFor[Req]()),
		Hints: map[string]any{"readOnlyHint": effect == reads, "destructiveHint": effect == removes, "openWorldHint": false},
		run: func(ctx context.Context, arguments json.RawMessage) (any, error) {
			var req Req
			dec := json.NewDecoder(bytes.NewReader(arguments))
			dec.DisallowUnknownFields()
			if err := dec.Decode(&req); err != nil {
				return nil, argument(strings.TrimPrefix(err.Error(), "json: "))
			}
			if name := lacking(reflect.ValueOf(req)); name != "" {
				return nil, argument(name + ": missing")
			}
			return run(ctx, req)
		},
	}
}

// argument is a mistake in a tool's arguments, in words.
type argument string

func (a argument) Error() string { return string(a) }

func argumentf(format string, args ...any) error { return argument(fmt.Sprintf(format, args...)) }

// lacking returns the name of the first argument that is needed and empty.
func lacking(v reflect.Value) string {
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.Tag.Get("need") != "" && v.Field(i).IsZero() {
			return f.Tag.Get("json")
		}
	}
	return ""
}

// schemaOf returns the JSON schema of a tool's arguments.
func schemaOf(t reflect.Type) map[string]any {
	properties, required := map[string]any{}, []string{}
	for i := range t.NumField() {
		f := t.Field(i)
		name := f.Tag.Get("json")
		p := typeOf(f.Type)
		p["description"] = f.Tag.Get("doc")
		if values := f.Tag.Get("enum"); values != "" {
			p["enum"] = strings.Split(values, ",")
		}
		if f.Tag.Get("need") != "" {
			required = append(required, name)
		}
		properties[name] = p
	}
	out := map[string]any{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		out["required"] = required
	}
	return out
}

func typeOf(t reflect.Type) map[string]any {
	switch t.Kind() {
	case reflect.Pointer:
		return typeOf(t.Elem())
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return map[string]any{"type": "integer"}
	case reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": typeOf(t.Elem())}
	case reflect.Slice:
		if t == reflect.TypeFor[json.RawMessage]() {
			return map[string]any{"type": "object"}
		}
		return map[string]any{"type": "array", "items": typeOf(t.Elem())}
	}
	panic("devmcp: no schema for " + t.String())
}

// words are an error for the agent. known is false for one that is the server's fault.
func (s *Service) words(err error) (text string, known bool) {
	var refused wire.Error
	switch {
	case errors.As(err, &refused):
		text = fmt.Sprintf("%s (errcode %d)", refused.Message(), refused.Code)
		if e := explained(refused.Code); e != nil {
			text += "\n" + e.Meaning + "\n" + e.Advice
		}
		return strings.TrimSpace(text), true
	case errors.As(err, new(argument)), errors.Is(err, door.ErrNotFound), errors.Is(err, app.ErrNotFound), errors.Is(err, callback.ErrNotFound),
		errors.Is(err, control.ErrNoSnapshot), errors.Is(err, control.ErrSnapshot), errors.Is(err, control.ErrNoStart),
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err.Error(), true
	}
	return "", false
}

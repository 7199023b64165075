package backup

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

// A row is an array of JSON. What JSON has no form for is an object: {"b": "…"} for bytes, and {"t": "…"} for a text
// that is not UTF-8, both in base64.

type binary struct {
	Bytes *[]byte `json:"b,omitempty"`
	Text  *[]byte `json:"t,omitempty"`
}

// appendRow appends a row as a line.
func appendRow(line []byte, values []any) ([]byte, error) {
	out := make([]any, len(values))
	for i, v := range values {
		switch v := v.(type) {
		case nil, int64, float64:
			out[i] = v
		case string:
			if out[i] = v; !utf8.ValidString(v) {
				raw := []byte(v)
				out[i] = binary{Text: &raw}
			}
		case []byte:
			if v == nil {
				v = []byte{}
			}
			out[i] = binary{Bytes: &v}
		default:
			return line, fmt.Errorf("cannot write a %T", v)
		}
	}
	buf := bytes.NewBuffer(line)
	enc := json.NewEncoder(buf) // which ends with a line break
	enc.SetEscapeHTML(false)
	err := enc.Encode(out)
	return buf.Bytes(), err
}

// parseRow reads what appendRow has written.
func parseRow(line []byte) ([]any, error) {
	var raw []json.RawMessage
	if err := json.Unmarshal(line, &raw); err != nil {
		return nil, err
	}
	values := make([]any, len(raw))
	for i, r := range raw {
		v, err := parseValue(r)
		if err != nil {
			return nil, err
		}
		values[i] = v
	}
	return values, nil
}

func parseValue(r json.RawMessage) (any, error) {
	switch text := string(r); {
	case text == "null":
		return nil, nil
	case text[0] == '"':
		var s string
		err := json.Unmarshal(r, &s)
		return s, err
	case text[0] == '{':
		var b binary
		if err := json.Unmarshal(r, &b); err != nil {
			return nil, err
		}
		switch {
		case b.Bytes != nil:
			return append([]byte{}, *b.Bytes...), nil
		case b.Text != nil:
			return string(*b.Text), nil
		}
	case strings.ContainsAny(text, ".eE"):
		var f float64
		err := json.Unmarshal(r, &f)
		return f, err
	default:
		var n int64
		err := json.Unmarshal(r, &n)
		return n, err
	}
	return nil, fmt.Errorf("no value: %.40s", r)
}

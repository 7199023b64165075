package callbackcrypto

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
)

// readJSON fills fields from the keys of a JSON object; a number becomes its
// text. The published pages and the official libraries write the keys in
// lowercase, a paragraph of doc 90238 with capitals, so case does not matter. As
// in XML, a second key of a name that matters is refused.
func readJSON(body []byte, fields map[string]*string) error {
	d := json.NewDecoder(bytes.NewReader(body))
	seen := make(map[*string]bool, len(fields))
	if _, err := d.Token(); err != nil { // the brace that readFields has seen
		return ErrParse.because(err)
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return ErrParse.because(err)
		}
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return ErrParse.because(err)
		}
		into := fields[strings.ToLower(key.(string))]
		if into == nil {
			continue
		}
		if seen[into] {
			return ErrParse.with("a second %s", key)
		}
		seen[into] = true
		if *into, err = jsonText(raw); err != nil {
			return ErrParse.with("%s is neither a string nor a number", key)
		}
	}
	if _, err := d.Token(); err != nil {
		return ErrParse.because(err)
	}
	if _, err := d.Token(); err != io.EOF {
		return ErrParse.with("something follows the JSON object")
	}
	return nil
}

// jsonText returns the value of a string, the text of a number, and nothing for null.
func jsonText(raw json.RawMessage) (string, error) {
	if raw[0] == '"' || string(raw) == "null" {
		var s string
		err := json.Unmarshal(raw, &s)
		return s, err
	}
	var n json.Number
	err := json.Unmarshal(raw, &n)
	return n.String(), err
}

func writeJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, ErrBuild.because(err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

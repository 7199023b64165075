package qiweitest

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// JSON is what a call was answered, member by member.
type JSON map[string]any

// At returns what stands at a path such as order.price or account_list.0.userid, or nil where there is nothing.
func (a JSON) At(path string) any {
	var v any = map[string]any(a)
	for part := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[part]
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(x) {
				return nil
			}
			v = x[i]
		default:
			return nil
		}
	}
	return v
}

// Code returns the errcode.
func (a JSON) Code() int { return int(a.Int("errcode")) }

// Text returns what stands at a path, written out; empty where there is nothing.
func (a JSON) Text(path string) string {
	if v := a.At(path); v != nil {
		return fmt.Sprint(v)
	}
	return ""
}

// Int returns the number at a path, 0 where there is none.
func (a JSON) Int(path string) int64 { n, _ := a.At(path).(float64); return int64(n) }

// List returns the list at a path, nil where there is none.
func (a JSON) List(path string) []any { l, _ := a.At(path).([]any); return l }

// Into reads the answer into a value of the shape that is expected, and panics where it has another.
func (a JSON) Into(v any) {
	text, err := json.Marshal(a)
	if err == nil {
		err = json.Unmarshal(text, v)
	}
	if err != nil {
		panic(fmt.Sprintf("%v in %v", err, a))
	}
}

// Script runs a script of simulated people and events, by its path below /_qiwei/. The answer is an error text where
// the status is not 200.
func (w *World) Script(path, body string) (status int, answer string) {
	w.t.Helper()
	p := w.Browser().send("POST", "/_qiwei/"+path, strings.NewReader(body), nil)
	return p.Status, p.Body
}

// played runs a script that must succeed, and returns its answer, which may be empty.
func (w *World) played(path, body string) JSON {
	w.t.Helper()
	status, text := w.Script(path, body)
	if status != 200 {
		w.t.Fatalf("%s %s: %d %s", path, body, status, text)
	}
	if text == "" {
		return nil
	}
	return Result{Body: text}.JSON()
}

// Scripted runs a script that must succeed, and reads its answer into a value that may be nil.
func (w *World) Scripted(path, body string, into any) {
	w.t.Helper()
	status, text := w.Script(path, body)
	if status != 200 {
		w.t.Fatalf("%s %s: %d %s", path, body, status, text)
	}
	if into == nil {
		return
	}
	if err := json.Unmarshal([]byte(text), into); err != nil {
		w.t.Fatalf("%s: %v in %s", path, err, text)
	}
}

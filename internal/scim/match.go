package scim

import (
	"encoding/json"
	"strings"
	"time"
)

// holds tries the filter on a document.
func (n *node) holds(d document) bool {
	switch n.op {
	case "and":
		for _, m := range n.of {
			if !m.holds(d) {
				return false
			}
		}
		return true
	case "or":
		for _, m := range n.of {
			if m.holds(d) {
				return true
			}
		}
		return false
	case "not":
		return !n.of[0].holds(d)
	case "has":
		for _, e := range n.path.values(d) {
			if o, ok := object(e); ok && n.of[0].holds(o) {
				return true
			}
		}
		return false
	case "pr":
		return len(n.path.values(d)) > 0
	case "ne":
		return !n.any(d, "eq")
	}
	return n.any(d, n.op)
}

func (n *node) any(d document, op string) bool {
	values := n.path.values(d)
	if n.value == nil && op == "eq" {
		return len(values) == 0
	}
	for _, v := range values {
		if compare(n.path.last(), v, op, n.value) {
			return true
		}
	}
	return false
}

func compare(a *attribute, have any, op string, want any) bool {
	if o, ok := object(have); ok {
		have = o["value"]
		if sub := find(a.sub, "value"); sub != nil {
			a = sub
		}
	}
	switch h := have.(type) {
	case bool:
		w, ok := want.(bool)
		if s, text := want.(string); text { // "True", as some write it
			w, ok = strings.EqualFold(s, "true"), true
		}
		return ok && op == "eq" && h == w
	case int64:
		n, ok := want.(json.Number)
		if !ok {
			return false
		}
		w, err := n.Int64()
		return err == nil && ordered(int(compareNumbers(h, w)), op)
	case string:
		w, ok := want.(string)
		if !ok {
			return false
		}
		if a.kind == "dateTime" {
			x, err1 := time.Parse(time.RFC3339Nano, h)
			y, err2 := time.Parse(time.RFC3339Nano, w)
			return err1 == nil && err2 == nil && ordered(x.Compare(y), op)
		}
		if !a.exact {
			h, w = strings.ToLower(h), strings.ToLower(w)
		}
		switch op {
		case "co":
			return strings.Contains(h, w)
		case "sw":
			return strings.HasPrefix(h, w)
		case "ew":
			return strings.HasSuffix(h, w)
		}
		return ordered(strings.Compare(h, w), op)
	}
	return false
}

func compareNumbers(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func ordered(c int, op string) bool {
	switch op {
	case "eq":
		return c == 0
	case "gt":
		return c > 0
	case "ge":
		return c >= 0
	case "lt":
		return c < 0
	case "le":
		return c <= 0
	}
	return false
}

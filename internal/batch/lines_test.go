package batch

import (
	"encoding/json"
	"testing"
)

// The lines of a result are read as they are written.
func TestLines(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`[]`, `[{"a":1}]`, `[{"a":1},{"b":[2,3]},{}]`} {
		var l lines
		if err := json.Unmarshal([]byte(text), &l); err != nil || string(l.AppendJSON(nil)) != text {
			t.Errorf("%s is read as %s, %v", text, l.AppendJSON(nil), err)
		}
	}
	for _, text := range []string{`{}`, `"a"`, `[1`} {
		if err := json.Unmarshal([]byte(text), new(lines)); err == nil {
			t.Errorf("%s is read", text)
		}
	}
}

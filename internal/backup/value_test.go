package backup

import (
	"bytes"
	"reflect"
	"testing"
)

// FuzzRow writes rows and reads them again.
func FuzzRow(f *testing.F) {
	f.Add(int64(0), "", []byte{}, 0.5)
	f.Add(int64(-1<<63), "成员 \"\\\n<&>", []byte{0, 255}, 1e300)
	f.Add(int64(1<<53+1), "\xff\xfe", []byte(nil), -0.1)
	f.Fuzz(func(t *testing.T, n int64, text string, raw []byte, x float64) {
		if raw == nil {
			raw = []byte{}
		}
		row := []any{n, text, raw, nil}
		line, err := appendRow(nil, row)
		if err != nil || bytes.Count(line, []byte("\n")) != 1 || line[len(line)-1] != '\n' {
			t.Fatalf("%q %v", line, err)
		}
		back, err := parseRow(line)
		if err != nil || !reflect.DeepEqual(back, row) {
			t.Fatalf("%q came back as %#v, %v", line, back, err)
		}
	})
}

func TestBadRows(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"", "{}", "[", `[{"x":1}]`, `[true]`, `[[1]]`, `[1.5.5]`, `[99999999999999999999]`} {
		if got, err := parseRow([]byte(line)); err == nil {
			t.Errorf("%s was read as %v", line, got)
		}
	}
}

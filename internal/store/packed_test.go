package store

import (
	"math"
	"reflect"
	"slices"
	"testing"
)

func TestPackedRows(t *testing.T) {
	t.Parallel()
	rows := [][]any{
		{int64(0), "", []byte{}, nil, false},
		{int64(math.MinInt64), "晴川", []byte{0, 255}, 0.5, true},
		{int64(math.MaxInt64), string(make([]byte, 300)), []byte("x"), math.Inf(-1), nil},
	}
	p := packedRows{columns: 5}
	for _, row := range rows {
		if err := p.add(row); err != nil {
			t.Fatal(err)
		}
	}
	if got := slices.Collect(p.all()); !reflect.DeepEqual(got, rows) {
		t.Errorf("%v, want %v", got, rows)
	}
	rest := p.data
	for i, row := range rows {
		for column, other := range []any{int64(7), "other", []byte("other"), 7.5, "other"} {
			changed := slices.Clone(row)
			changed[column] = other
			if same, _ := p.same(rest, changed); same {
				t.Errorf("row %d counts as %v", i, changed)
			}
		}
		var same bool
		if same, rest = p.same(rest, row); !same {
			t.Fatalf("row %d differs from itself", i)
		}
	}
	if len(rest) > 0 {
		t.Errorf("%d bytes are left", len(rest))
	}
	if err := p.add([]any{struct{}{}}); err == nil {
		t.Error("a value of no driver was kept")
	}
}

package directory

import "testing"

func TestACellOfASheetRunsNothing(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"": "", "张三": "张三", "'": "'", "'n": "'n", "-": "-", "a=b": "a=b",
		`=HYPERLINK("http://x","y")`: `'=HYPERLINK("http://x","y")`, "@SUM(1)": "'@SUM(1)", "+cmd|' /C calc'!A0": "'+cmd|' /C calc'!A0", "-2+3+cmd": "'-2+3+cmd",
		"\t=1+x": "'\t=1+x", "'=1+x": "''=1+x", "''=x": "'''=x",
		"+85261234567": "+85261234567", "-1": "-1", "010-1,2": "010-1,2", "+86 10-8888": "+86 10-8888",
	} {
		if got := SheetCell(value); got != want {
			t.Errorf("%q is %q, want %q", value, got, want)
		}
		if got := plainCell(want); got != value {
			t.Errorf("%q is read as %q, want %q", want, got, value)
		}
	}
}

// Whatever is exported is imported as it was.
func FuzzSheetCell(f *testing.F) {
	for _, s := range []string{"=1", "'=1", "+1", "", "'", "@", "'+1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if cell := SheetCell(value); plainCell(cell) != value {
			t.Errorf("%q becomes %q and is read as %q", value, cell, plainCell(cell))
		}
	})
}

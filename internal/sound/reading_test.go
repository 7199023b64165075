package sound

import (
	"flag"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/mozillazg/go-pinyin"
)

var update = flag.Bool("update", false, "write readings.txt anew")

// TestReadings holds the table against package go-pinyin. -update writes it anew.
func TestReadings(t *testing.T) {
	t.Parallel()
	bySyllable := map[string][]rune{}
	args := pinyin.NewArgs()
	for c := range pinyin.PinyinDict {
		if list := pinyin.SinglePinyin(rune(c), args); len(list) > 0 && list[0] != "" && unicode.Is(unicode.Han, rune(c)) {
			bySyllable[list[0]] = append(bySyllable[list[0]], rune(c))
		}
	}
	var text strings.Builder
	for _, syllable := range slices.Sorted(maps.Keys(bySyllable)) {
		slices.Sort(bySyllable[syllable])
		text.WriteString(syllable + "\t" + string(bySyllable[syllable]) + "\n")
	}
	if *update {
		if err := os.WriteFile("readings.txt", []byte(text.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if text.String() != readingsText {
		t.Error("readings.txt is not what go-pinyin has; -update writes it")
	}
	for syllable, characters := range bySyllable {
		for _, c := range characters {
			if got := reading(c); got != syllable && !*update {
				t.Errorf("%c is read %q, want %q", c, got, syllable)
			}
		}
	}
	for _, c := range "a〇\U0010ffff々" {
		if list := pinyin.SinglePinyin(c, args); len(list) == 0 && reading(c) != "" {
			t.Errorf("%c is read %q", c, reading(c))
		}
	}
}

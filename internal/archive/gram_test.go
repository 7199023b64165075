package archive

import (
	"slices"
	"testing"
)

// What a search asks for is in the index of each text that has the words, and of numbers it asks for threes of digits.
func TestGrams(t *testing.T) {
	pairs := func(text string) (out []int64) {
		r := []rune(text)
		for i := 0; i+1 < len(r); i += 2 {
			out = append(out, gram(r[i], r[i+1]))
		}
		return out
	}
	for _, tt := range []struct {
		words   []string
		threes  []int64
		pairs   string // one behind the other
		in, out string
	}{
		{[]string{"报价单"}, nil, "报价价单", "看一下报价单，谢谢", "报价的单"},
		{[]string{"50000"}, []int64{500, 0}, "", "编号 10050000", "编号 5001"},
		{[]string{"编号", "50000"}, []int64{500, 0}, "编号", "编号 1500007", "编号 15007"},
		{[]string{"No5123x"}, []int64{512, 123}, "noo53x", "NO5123X", "no512 23x"},
		{[]string{"12"}, nil, "12", "第 3125 号", "1 2"},
		{[]string{"12", "345"}, []int64{345}, "12", "12-345", "12-34"},
		{[]string{"１２３"}, nil, "１２２３", "１２３", "123"},
		{[]string{"123月"}, []int64{123}, "3月", "0123月", "123 月"},
	} {
		want := pairs(tt.pairs)
		for _, n := range tt.threes {
			want = append(want, 1<<42|n)
		}
		slices.Sort(want)
		slices.Reverse(want)
		got := sought(tt.words)
		if !slices.Equal(got, want) {
			t.Errorf("%q: %x, want %x", tt.words, got, want)
		}
		has := func(text string) bool {
			index := grams(text)
			return !slices.ContainsFunc(got, func(g int64) bool { return !slices.Contains(index, g) })
		}
		if !has(tt.in) || has(tt.out) {
			t.Errorf("%q: found in %q: %v, in %q: %v", tt.words, tt.in, has(tt.in), tt.out, has(tt.out))
		}
	}
}

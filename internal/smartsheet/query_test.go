package smartsheet

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
)

// The first places in order are those of all places in order, however many are asked for.
func TestFirst(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		values := make([]int, r.IntN(60))
		places := make([]int, len(values))
		for i := range values {
			values[i], places[i] = r.IntN(20), i // some are equal
		}
		compare := func(a, b int) int { return cmp.Compare(values[a], values[b]) }
		all := slices.Clone(places)
		slices.SortStableFunc(all, compare)
		for most := range len(values) + 2 {
			if got := first(slices.Clone(places), most, compare); !slices.Equal(got[:min(most, len(got))], all[:min(most, len(all))]) {
				t.Fatalf("first %d of %v: %v, want %v", most, values, got, all)
			}
		}
	}
}

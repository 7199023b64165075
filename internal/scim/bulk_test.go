package scim

import (
	"fmt"
	"slices"
	"testing"
)

// chain is a request in which every operation refers to the next one.
func chain(n int) []item {
	items := make([]item, n)
	for i := range items {
		items[i] = item{method: "POST", path: "/Groups", bulkID: fmt.Sprintf("g%d", i), data: document{"members": []any{document{"value": fmt.Sprintf("bulkId:g%d", i+1)}}}}
	}
	return items
}

func TestAChainIsFollowedFromItsEnd(t *testing.T) {
	t.Parallel()
	items := chain(5)
	if got := slices.Collect(inTurn(items)); !slices.Equal(got, []int{4, 3, 2, 1, 0}) {
		t.Errorf("order %v", got)
	}
	items[4].data = document{"value": "bulkId:g2"} // g2, g3 and g4 wait for each other, and all above for them
	if got := slices.Collect(inTurn(items)); len(got) != 0 {
		t.Errorf("round about: %v", got)
	}
	items = []item{{bulkID: "a"}, {bulkID: "b", data: document{"x": "bulkId:d"}}, {bulkID: "c"}, {bulkID: "d"}, {bulkID: "e", path: "/Users/bulkId:b", data: document{"x": "bulkId:e"}}}
	if got := slices.Collect(inTurn(items)); !slices.Equal(got, []int{0, 2, 3, 1, 4}) {
		t.Errorf("order %v", got)
	}
}

// Twice as many operations cost twice as much, not four times.
func TestAChainCostsItsLength(t *testing.T) {
	cost := func(n int) float64 {
		items := chain(n)
		return testing.AllocsPerRun(3, func() {
			for range inTurn(items) {
			}
		})
	}
	if few, many := cost(250), cost(1000); many > 6*few {
		t.Errorf("%v allocations for 250 operations, %v for 1000", few, many)
	}
}

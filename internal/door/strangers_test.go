package door

import (
	"fmt"
	"net/netip"
	"testing"
)

// TestStrangers: who opens connections for nothing fills the places and pushes out only their own; others come in, and
// those that came before stay.
func TestStrangers(t *testing.T) {
	t.Parallel()
	for many, others := range map[string][2]string{
		"203.0.113.9":             {"192.0.2.7", "2001:db8::1"},
		"2001:db8:0:1::%d":        {"2001:db8::1", "::ffff:192.0.2.7"},
		"::ffff:203.0.113.9":      {"192.0.2.7", "203.0.113.10"},
		"2001:db8:0:1:%d::ffff:1": {"203.0.113.9", "2001:db8:0:2::1"},
	} {
		s := Strangers[int]{Most: 10}
		next, out := 0, map[int]bool{}
		open := func(from string) int {
			next++
			if gone, full := s.Add(netip.MustParseAddr(from), next); full {
				out[gone] = true
			}
			return next
		}
		attack := func(n int) (first int) {
			for i := range n {
				from := many
				if fmt.Sprintf(many, 1) != many+"%!(EXTRA int=1)" {
					from = fmt.Sprintf(many, i+1)
				}
				if c := open(from); i == 0 {
					first = c
				}
			}
			return first
		}
		early, first := open(others[0]), attack(9)
		if len(out) != 0 {
			t.Errorf("%s: %v are out before there are too many", many, out)
		}
		late := open(others[1])
		attack(50)
		if !out[first] || out[early] || out[late] || len(out) != 51 || s.count != 10 {
			t.Errorf("%s: out are %v, %d are left", many, out, s.count)
		}
		s.Remove(netip.MustParseAddr(others[0]), early)
		s.Remove(netip.MustParseAddr(others[0]), early)
		s.Remove(netip.MustParseAddr(others[1]), late)
		if s.count != 8 || len(s.of) != 1 {
			t.Errorf("%s: %d of %d networks are left", many, s.count, len(s.of))
		}
	}
	none := Strangers[int]{}
	if _, full := none.Add(netip.Addr{}, 1); full {
		t.Error("the first of none is in its own way")
	}
}

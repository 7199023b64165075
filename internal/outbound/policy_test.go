package outbound

import (
	"net/netip"
	"testing"
)

func TestPolicy(t *testing.T) {
	t.Parallel()
	listed := Policy{Allowed: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("169.254.169.254/32")}}
	for _, tt := range []struct {
		ip                      string
		public, private, listed bool
	}{
		{"8.8.8.8", true, true, true},
		{"2606:4700::1111", true, true, true},
		{"10.1.2.3", false, true, true},
		{"::ffff:10.1.2.3", false, true, true},
		{"192.168.1.1", false, true, false},
		{"127.0.0.1", false, true, false},
		{"::1", false, true, false},
		{"fd12::1", false, true, false},
		{"169.254.169.254", false, false, true},
		{"169.254.1.1", false, false, false},
		{"fe80::1%eth0", false, false, false},
		{"fd00:ec2::254", false, false, false},
		{"100.100.100.200", false, false, false},
		{"64:ff9b::a9fe:a9fe", false, false, false},
		{"64:ff9b:1::a00:1", false, false, false},
		{"2002:a9fe:a9fe::1", false, false, false},
		{"2001::1", false, false, false},
		{"192.88.99.1", false, false, false},
		{"0.0.0.0", false, false, false},
		{"::", false, false, false},
		{"224.0.0.1", false, false, false},
		{"255.255.255.255", false, false, false},
	} {
		ip := netip.MustParseAddr(tt.ip)
		for name, c := range map[string]struct {
			p    Policy
			want bool
		}{"public": {Policy{}, tt.public}, "private": {Policy{Private: true}, tt.private}, "listed": {listed, tt.listed}, "anywhere": {Policy{Anywhere: true}, true}} {
			if err := c.p.May(ip); (err == nil) != c.want {
				t.Errorf("%s, %s: %v", tt.ip, name, err)
			}
		}
	}
}

// Who may do something about it is told what.
func TestHint(t *testing.T) {
	t.Parallel()
	for hint, want := range map[string]string{
		"":     "10.0.0.1 is not called: it belongs to this machine or a private network",
		"--on": "10.0.0.1 is not called: it belongs to this machine or a private network (--on)",
	} {
		if err := (Policy{Hint: hint}).May(netip.MustParseAddr("10.0.0.1")); err == nil || err.Error() != want {
			t.Errorf("%q: %v", hint, err)
		}
	}
}

package access_test

import (
	"net/netip"
	"testing"

	"qiwei/internal/access"
)

func TestTrustedIPs(t *testing.T) {
	list, err := access.ParseAddresses("203.0.113.9; 10.0.0.0/8 ;2001:db8::/32!historical")
	if err != nil {
		t.Fatal(err)
	}
	if got := list.String(); got != "203.0.113.9;10.0.0.0/8;2001:db8::/32!historical" {
		t.Errorf("written back as %q", got)
	}
	for _, tt := range []struct {
		ip                  string
		trusted, historical bool
	}{
		{"203.0.113.9", true, false},
		{"::ffff:203.0.113.9", true, false},
		{"10.255.0.1", true, false},
		{"2001:db8::7", true, true},
		{"203.0.113.10", false, false},
	} {
		trusted, historical := list.Contains(netip.MustParseAddr(tt.ip))
		if trusted != tt.trusted || historical != tt.historical {
			t.Errorf("%s: trusted %v, historical %v", tt.ip, trusted, historical)
		}
	}
	if _, err := access.ParseAddresses("203.0.113"); err == nil {
		t.Error("three numbers were taken for an address")
	}
}

func TestEmptyListOfTrustedIPs(t *testing.T) {
	for _, tt := range []struct {
		kind   access.Kind
		legacy bool
		may    bool
	}{
		{access.SelfBuilt, false, false},
		{access.SelfBuilt, true, true},
		{access.ContactSync, false, false},
		{access.CustomerContact, false, true},
	} {
		c := access.Caller{Kind: tt.kind, View: access.View{Legacy: tt.legacy}, From: netip.MustParseAddr("203.0.113.9")}
		if got := c.MayCall(); got != tt.may {
			t.Errorf("%s, legacy %v: MayCall = %v, want %v", tt.kind, tt.legacy, got, tt.may)
		}
	}
}

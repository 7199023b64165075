package outbound

import (
	"fmt"
	"net/netip"
	"strings"
)

// Policy says which addresses may be called. The zero value allows the public internet.
type Policy struct {
	// Private adds this machine and private networks.
	Private bool
	// Allowed adds networks, whatever they are.
	Allowed []netip.Prefix
	// Anywhere allows every address, those of cloud metadata too.
	Anywhere bool
	// Hint says how an operator allows private networks, for messages; it may be empty.
	Hint string
}

// closed are the networks to which no public name should lead.
var closed = prefixes(`0.0.0.0/8 10.0.0.0/8 127.0.0.0/8 172.16.0.0/12 192.168.0.0/16
	100.64.0.0/10 192.0.0.0/24 192.88.99.0/24 198.18.0.0/15 224.0.0.0/4 240.0.0.0/4
	::/96 64:ff9b:1::/48 100::/64 2001::/23 5f00::/16 fc00::/7 fec0::/10 ff00::/8`)

// private are those of closed that Policy.Private opens.
var private = prefixes(`10.0.0.0/8 127.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 198.18.0.0/15 ::1/128 fc00::/7`)

// metadata are addresses where clouds give credentials to anybody who asks. They lie within private networks,
// or look public.
var metadata = prefixes(`169.254.0.0/16 fe80::/10 fd00:ec2::254/128 100.100.100.200/32 192.0.0.192/32 168.63.129.16/32`)

func prefixes(text string) (list []netip.Prefix) {
	for _, p := range strings.Fields(text) {
		list = append(list, netip.MustParsePrefix(p))
	}
	return list
}

func within(list []netip.Prefix, ip netip.Addr) bool {
	for _, p := range list {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

// Refused is an address that may not be called, and why.
type Refused struct{ why string }

func (r Refused) Error() string { return r.why }

// May returns nil if the address may be called, and otherwise Refused.
func (p Policy) May(ip netip.Addr) error {
	if p.Anywhere || within(p.Allowed, ip.Unmap().WithZone("")) {
		return nil
	}
	for _, a := range embedded(ip) {
		switch {
		case within(metadata, a):
			return Refused{fmt.Sprintf("%s is not called: link-local addresses and those of cloud metadata never are", a)}
		case within(closed, a) && !(p.Private && within(private, a)):
			hint := ""
			if p.Hint != "" {
				hint = " (" + p.Hint + ")"
			}
			return Refused{fmt.Sprintf("%s is not called: it belongs to this machine or a private network%s", a, hint)}
		}
	}
	return nil
}

// embedded returns the address and the IPv4 address that it leads to by way of a
// gateway: NAT64 and 6to4 carry one within.
func embedded(ip netip.Addr) []netip.Addr {
	ip = ip.Unmap().WithZone("")
	out := []netip.Addr{ip}
	if ip.Is4() {
		return out
	}
	switch b := ip.As16(); {
	case nat64.Contains(ip):
		out = append(out, netip.AddrFrom4([4]byte(b[12:16])))
	case sixToFour.Contains(ip):
		out = append(out, netip.AddrFrom4([4]byte(b[2:6])))
	}
	return out
}

var nat64, sixToFour = netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("2002::/16")

package access

import (
	"fmt"
	"net/netip"
	"strings"
)

// Address is an entry of an application's trusted IPs (企业可信IP). Beyond
// WeCom's form, which knows single addresses only, it may be a prefix such as
// 10.0.0.0/8.
type Address struct {
	Prefix netip.Prefix
	// Historical marks an entry from before 2022-08-15, from which contact sync
	// may still read details (doc 96079).
	Historical bool
}

// Addresses is a list of trusted IPs.
type Addresses []Address

// ParseAddresses reads addresses separated by ";", as WeCom's form has them. An
// entry that ends in "!historical" is marked so.
func ParseAddresses(text string) (Addresses, error) {
	var out Addresses
	for _, entry := range strings.FieldsFunc(text, func(r rune) bool { return r == ';' || r == ',' || r == ' ' || r == '\n' }) {
		plain, historical := strings.CutSuffix(entry, "!historical")
		prefix, err := netip.ParsePrefix(plain)
		if err != nil {
			addr, err := netip.ParseAddr(plain)
			if err != nil {
				return nil, fmt.Errorf("%q is neither an address nor a prefix such as 10.0.0.0/8", plain)
			}
			prefix = netip.PrefixFrom(addr, addr.BitLen())
		}
		out = append(out, Address{prefix.Masked(), historical})
	}
	return out, nil
}

// String writes the list as ParseAddresses reads it.
func (a Addresses) String() string {
	var parts []string
	for _, e := range a {
		s := e.Prefix.String()
		if e.Prefix.IsSingleIP() {
			s = e.Prefix.Addr().String()
		}
		if e.Historical {
			s += "!historical"
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, ";")
}

// Contains reports whether ip is trusted, and whether by a historical entry.
func (a Addresses) Contains(ip netip.Addr) (trusted, historical bool) {
	ip = ip.Unmap()
	for _, e := range a {
		if e.Prefix.Contains(ip) {
			trusted = true
			historical = historical || e.Historical
		}
	}
	return trusted, historical
}

// MayCall reports whether the caller's address is one it may call from (doc 90313, 60020). Self-built and
// contact-sync applications made since 2022-06-20 need an entry; the others are bound only if they have a
// list. Unverified for built-in applications, whose own lists are not documented.
func (c Caller) MayCall() bool {
	if len(c.Trusted) == 0 {
		return c.Legacy || (c.Kind != SelfBuilt && c.Kind != ContactSync)
	}
	trusted, _ := c.Trusted.Contains(c.From)
	return trusted
}

// FromHistoricalIP reports whether the call comes from an address that contact
// sync may still read details from.
func (c Caller) FromHistoricalIP() bool {
	_, historical := c.Trusted.Contains(c.From)
	return historical
}

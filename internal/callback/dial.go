package callback

import (
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"time"
)

// A receiver's URL is whatever an administrator, or an application with a job,
// has written. It must not reach what only this machine can reach: the address is
// looked at when the connection is made, after the name was resolved, so that a
// name which answers differently the second time gains nothing.

// refused are the networks that a public name has no business to lead to.
var refused = prefixes(
	"0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", // this machine, private
	"100.64.0.0/10", "192.0.0.0/24", "198.18.0.0/15", "240.0.0.0/4", "224.0.0.0/4", // shared, special, multicast
	"::/96", "fc00::/7", "ff00::/8", "fec0::/10",
)

// private are those of the refused that an operator may allow.
var private = prefixes("10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "198.18.0.0/15", "::1/128", "fc00::/7")

// metadata are where clouds hand out credentials to whoever asks; they lie within
// networks that an operator may allow, or look public.
var metadata = prefixes("169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128", "100.100.100.200/32", "192.0.0.192/32", "168.63.129.16/32")

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, p := range list {
		out[i] = netip.MustParsePrefix(p)
	}
	return out
}

func within(list []netip.Prefix, ip netip.Addr) bool {
	for _, p := range list {
		if p.Contains(ip) {
			return true
		}
	}
	return false
}

// MayDial says why an address is not connected to; nil if it is.
func (s Settings) MayDial(ip netip.Addr) error {
	if s.Anywhere {
		return nil
	}
	for _, a := range embedded(ip) {
		switch {
		case within(metadata, a):
			return fmt.Errorf("%s is not called: link-local addresses and those of cloud metadata never are", a)
		case within(refused, a) && !(s.AllowPrivate && within(private, a)):
			return fmt.Errorf("%s is not called: it belongs to this machine or a private network (see --allow-private-callbacks)", a)
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

// refusal is an address that was not connected to.
type refusal struct{ error }

func (s Settings) dialer() *net.Dialer {
	return &net.Dialer{
		Timeout: 5 * time.Second, KeepAlive: 30 * time.Second,
		Control: func(network, address string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(address)
			if err != nil {
				return refusal{fmt.Errorf("%s is not called: not an address", address)}
			}
			if err := s.MayDial(at.Addr()); err != nil {
				return refusal{err}
			}
			return nil
		},
	}
}

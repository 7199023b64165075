package door

import (
	"net/netip"
	"slices"
)

// Strangers are open connections of clients that have not said who they are. Anybody can open one, and each takes
// memory, so there are only so many. If there are too many, the oldest of the network that has the most goes: a client
// that opens connections for nothing pushes out its own. The zero value has no place; it is not safe for concurrent use.
type Strangers[C comparable] struct {
	Most  int // how many there may be
	of    map[string][]C
	count int
}

// Add takes in a connection from an address, and returns one that is to be closed for it, if full.
func (s *Strangers[C]) Add(from netip.Addr, c C) (out C, full bool) {
	if full = s.count >= s.Most && s.count > 0; full {
		most := ""
		for network, list := range s.of {
			if len(list) > len(s.of[most]) {
				most = network
			}
		}
		out = s.of[most][0]
		s.remove(most, out)
	}
	if s.of == nil {
		s.of = map[string][]C{}
	}
	s.of[network(from)] = append(s.of[network(from)], c)
	s.count++
	return out, full
}

// Remove takes out a connection that has gone, or has said who it is. It may have been taken out before.
func (s *Strangers[C]) Remove(from netip.Addr, c C) { s.remove(network(from), c) }

func (s *Strangers[C]) remove(network string, c C) {
	list := s.of[network]
	i := slices.Index(list, c)
	if i < 0 {
		return
	}
	if s.count--; len(list) == 1 {
		delete(s.of, network)
		return
	}
	s.of[network] = slices.Delete(list, i, i+1)
}

// network names what one client has of addresses: an IPv4 address, or the 64 bits that are given out of IPv6.
func network(from netip.Addr) string {
	if from = from.Unmap(); from.Is4() {
		return from.String()
	}
	p, _ := from.WithZone("").Prefix(64)
	return p.String()
}

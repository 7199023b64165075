package security

import (
	"context"
	"net"
	"net/netip"
	"net/url"
	"strconv"

	"qiwei/internal/access"
	"qiwei/internal/event"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) hostEndpoints() []wire.Endpoint {
	ep := endpoint("get_server_domain_ip", 100079, wire.Read(s.getServerDomainIP), false)
	ep.Method = "GET"
	return []wire.Endpoint{ep}
}

type (
	domainWire struct {
		Domain    string  `json:"domain"`
		Universal string  `json:"universal_domian"` // so on the page
		Protocol  string  `json:"protocol"`
		Ports     []int64 `json:"port"`
		Necessary int64   `json:"is_necessary"`
		What      string  `json:"description"`
	}
	ipWire struct {
		IP        string  `json:"ip"`
		Protocol  string  `json:"protocol"`
		Ports     []int64 `json:"port"`
		Necessary int64   `json:"is_necessary"`
		What      string  `json:"description"`
	}
	serverDomainIPResponse struct {
		Domains []domainWire `json:"domain_list"`
		IPs     []ipWire     `json:"ip_list"`
	}
)

const purpose = "接口、登录、手机页面与回调"

// getServerDomainIP names what an enterprise's firewall must let through: this server, by its own name and addresses,
// in place of WeCom's.
func (s *Service) getServerDomainIP(ctx context.Context, tx *store.Tx, by access.Caller, _ wire.None) (resp serverDomainIPResponse, err error) {
	u, err := url.Parse(s.deps.BaseURL())
	if err != nil {
		return resp, err
	}
	port := int64(443)
	if u.Scheme == "http" {
		port = 80
	}
	if n, err := strconv.ParseInt(u.Port(), 10, 64); err == nil {
		port = n
	}
	host := u.Hostname()
	seen := map[netip.Addr]bool{}
	add := func(ip netip.Addr, necessary int64) {
		if !seen[ip] {
			seen[ip] = true
			resp.IPs = append(resp.IPs, ipWire{ip.String(), "TCP", []int64{port}, necessary, purpose})
		}
	}
	if ip := net.ParseIP(host); ip != nil {
		addr, _ := netip.AddrFromSlice(ip)
		add(addr.Unmap(), 1)
	} else {
		resp.Domains = append(resp.Domains, domainWire{Domain: host, Universal: parent(host), Protocol: "TCP", Ports: []int64{port}, Necessary: 1, What: purpose})
	}
	for _, ip := range s.deps.Addresses() {
		add(ip, 0)
	}
	return resp, nil
}

// parent is the domain that a host lies in; the host itself if it lies in none.
func parent(host string) string {
	for i := range host {
		if host[i] == '.' && i+1 < len(host) {
			for j := i + 1; j < len(host); j++ {
				if host[j] == '.' {
					return host[i+1:]
				}
			}
			break
		}
	}
	return host
}

func declare(l *event.Log) *event.Kind[MovedEvent] {
	return event.Declare(l, event.Declaration{
		Name: "security/change_domain_ip", Doc: 100080, Receivers: event.Receivers{access.SelfBuilt: event.Full},
		Only: func(to access.Caller) bool { return to.MayCallOf(access.Security) },
	}, func() MovedEvent { return MovedEvent{} })
}

// MovedEvent says that the server has other names or addresses than before (doc 100080).
type MovedEvent struct{}

// Push writes the event.
func (MovedEvent) Push(*store.Tx, event.Audience) ([]event.Push, error) {
	var f event.Fields
	f.Text("ChangeType", "change_domain_ip")
	return []event.Push{{Event: "security", Fields: f}}, nil
}

package platform_test

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/platform"
	"qiwei/qiweitest"
)

// TestForwardedAddresses checks a call's source address. Only a trusted proxy is believed, and only the last
// address that is not one.
func TestForwardedAddresses(t *testing.T) {
	t.Parallel()
	prefixes := func(list ...string) (out []netip.Prefix) {
		for _, p := range list {
			out = append(out, netip.MustParsePrefix(p))
		}
		return out
	}
	office, _ := access.ParseAddresses("203.0.113.9")
	for _, tt := range []struct {
		name    string
		proxies []netip.Prefix
		header  []string
		from    string // what the refusal says; empty where the call is let in
	}{
		{"no proxy is trusted", nil, []string{"203.0.113.9"}, "127.0.0.1"},
		{"the caller is no trusted proxy", prefixes("10.0.0.0/8"), []string{"203.0.113.9"}, "127.0.0.1"},
		{"a trusted proxy", prefixes("127.0.0.0/8"), []string{"203.0.113.9"}, ""},
		{"a trusted proxy, somewhere else", prefixes("127.0.0.0/8"), []string{"198.51.100.7"}, "198.51.100.7"},
		{"without a header", prefixes("127.0.0.0/8"), nil, "127.0.0.1"},
		{"the caller's own lie stands before the truth", prefixes("127.0.0.0/8"), []string{"203.0.113.9, 198.51.100.7"}, "198.51.100.7"},
		{"and in a header of its own", prefixes("127.0.0.0/8"), []string{"203.0.113.9", "198.51.100.7"}, "198.51.100.7"},
		{"two proxies", prefixes("127.0.0.0/8", "10.0.0.0/8"), []string{"198.51.100.7, 203.0.113.9, 10.1.2.3"}, ""},
		{"two proxies, one of them unknown", prefixes("127.0.0.0/8"), []string{"203.0.113.9, 10.1.2.3"}, "10.1.2.3"},
		{"what is no address", prefixes("127.0.0.0/8"), []string{"203.0.113.9, unknown"}, "127.0.0.1"},
		{"an address of IPv6", prefixes("127.0.0.0/8"), []string{"2001:db8::7"}, "2001:db8::7"},
		{"an address of IPv4 in one of IPv6", prefixes("127.0.0.0/8"), []string{"::ffff:203.0.113.9"}, ""},
	} {
		w := qiweitest.New(t, func(c *platform.Config) { c.TrustedProxies = tt.proxies })
		own := w.WithApp(access.SelfBuilt, app.Settings{TrustedIPs: office})
		req, err := http.NewRequest("GET", w.URL+"/cgi-bin/getcallbackip?access_token="+own.Token(), nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header["X-Forwarded-For"] = tt.header
		resp := w.Do(req)
		code, msg := resp.Header.Get("Error-Code"), resp.Header.Get("Error-Msg")
		if tt.from == "" && code != "0" {
			t.Errorf("%s: %s %s", tt.name, code, msg)
		}
		if tt.from != "" && (code != "60020" || !strings.Contains(msg, "from ip: "+tt.from+",")) {
			t.Errorf("%s: %s %s; want 60020 from %s", tt.name, code, msg, tt.from)
		}
	}
}

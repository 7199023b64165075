package outbound

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"

	"qiwei/internal/trace"
	"qiwei/internal/trace/tracetest"
)

// seenFrom is a connection that says it leads to another address.
type seenFrom struct {
	net.Conn
	at netip.AddrPort
}

func (c seenFrom) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.at) }

// A receiver in the operator's own network is told of the span that the request is
// in, and no other is.
func TestWhoIsToldOfASpan(t *testing.T) {
	t.Parallel()
	r := tracetest.New(t)
	tracer, err := trace.New(trace.Config{URL: r.URL, Sample: 1})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var told string
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		told = r.Header.Get("Traceparent")
		w.WriteHeader(http.StatusTeapot)
	}))
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	leadsTo := func(address string, http2 bool) *http.Transport {
		return &http.Transport{
			ForceAttemptHTTP2: http2, TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
			DialContext: func(ctx context.Context, network, at string) (net.Conn, error) {
				c, err := new(net.Dialer).DialContext(ctx, network, s.Listener.Addr().String())
				return seenFrom{c, netip.MustParseAddrPort(address)}, err
			},
		}
	}
	want := map[string]bool{} // the spans by their port, and whether the receiver was told
	for _, tt := range []struct {
		name    string
		via     traced
		told    bool
		address string
	}{
		{"this machine", traced{base: leadsTo("127.0.0.1:443", false)}, true, "a.example:1001"},
		{"this machine, by HTTP/2", traced{base: leadsTo("[::1]:443", true)}, true, "a.example:1002"},
		{"a private network", traced{base: leadsTo("10.1.2.3:443", true)}, true, "a.example:1003"},
		{"the internet", traced{base: leadsTo("8.8.8.8:443", false)}, false, "a.example:1004"},
		{"the internet, by HTTP/2", traced{base: leadsTo("[2606:4700::1111]:443", true)}, false, "127.0.0.1:1005"},
		{"behind a proxy", traced{base: leadsTo("127.0.0.1:3128", true), proxy: func(*http.Request) (*url.URL, error) { return &url.URL{Host: "127.0.0.1:3128"}, nil }}, false, "a.example:1006"},
	} {
		tt.via.purpose = "callback"
		ctx, request := tracer.Request(t.Context(), "GET", "")
		for range 2 { // on a new connection, and on one that was kept
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+tt.address+"/path?secret=1", nil)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := tt.via.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			mu.Lock()
			if (told != "") != tt.told || req.Header.Get("Traceparent") != "" {
				t.Errorf("%s is told %q", tt.name, told)
			}
			want[told] = tt.told
			mu.Unlock()
		}
		request.End()
	}
	tracer.Close()
	requests := 0
	for _, s := range r.Spans() {
		if s.Kind != 3 {
			continue
		}
		requests++
		if s.Parent == "" || !s.Failed || s.Attributes["http.response.status_code"] != "418" || s.Attributes["outbound.purpose"] != "callback" || s.Attributes["server.address"] == "" {
			t.Errorf("%+v", s)
		}
		for key, value := range s.Attributes {
			if strings.Contains(value, "secret") || strings.Contains(value, "path") {
				t.Errorf("%s tells %s", key, value)
			}
		}
		delete(want, "00-"+s.Trace+"-"+s.ID+"-01")
	}
	delete(want, "")
	if requests != 12 || len(want) != 0 {
		t.Errorf("%d spans; told of others: %v", requests, want)
	}
}

type answers struct{ resp http.Response }

func (a *answers) RoundTrip(*http.Request) (*http.Response, error) { return &a.resp, nil }

// A request that is in no span costs nothing more.
func TestUntracedRequestsCostNothing(t *testing.T) {
	via, req := traced{base: &answers{}, purpose: "callback"}, get(t, "http://127.0.0.1/")
	if n := testing.AllocsPerRun(100, func() { via.RoundTrip(req) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkUntraced(b *testing.B) {
	b.ReportAllocs()
	via := traced{base: &answers{}, purpose: "callback"}
	req, err := http.NewRequest(http.MethodGet, "http://127.0.0.1/", nil)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		via.RoundTrip(req)
	}
}

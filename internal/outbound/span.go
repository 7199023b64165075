package outbound

import (
	"net"
	"net/http"
	"net/http/httptrace"
	"net/netip"
	"net/url"
	"strconv"

	"qiwei/internal/trace"
)

// traced makes a span of each request whose context is in one, each redirect apart.
// A span ends when the head of the answer is there. It has the receiver's host, and
// neither path nor query: they may hold secrets.
//
// A receiver in the operator's own network is told of the span by a traceparent
// header (https://www.w3.org/TR/trace-context/). Others are not: to two of them it
// would say that their two callbacks came of one request, and a request to a stranger
// is to look as WeCom's do. Who a receiver is, the address says that the connection
// was made to; a name may lead elsewhere the next time. Behind a proxy that is not
// known, and so the receiver is not told.
type traced struct {
	base    http.RoundTripper
	proxy   func(*http.Request) (*url.URL, error) // nil where there is none
	purpose string
}

func (t traced) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, span := trace.Start(r.Context(), r.Method, trace.Client)
	if span == nil {
		return t.base.RoundTrip(r)
	}
	span.Set("outbound.purpose", t.purpose)
	span.Set("http.request.method", r.Method)
	span.Set("server.address", r.URL.Hostname())
	if port, err := strconv.Atoi(r.URL.Port()); err == nil {
		span.SetInt("server.port", int64(port))
	}
	// The header is the transport's to read once it has a connection, and not before.
	header := r.Header.Clone()
	if !t.proxied(r) {
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(c httptrace.GotConnInfo) {
			switch had := header.Get("Traceparent") != ""; {
			case near(c.Conn.RemoteAddr()) && !had:
				header.Set("Traceparent", span.Traceparent())
			case !near(c.Conn.RemoteAddr()) && had: // the first connection did not hold
				header.Del("Traceparent")
			}
		}})
	}
	r = r.WithContext(ctx)
	r.Header = header
	resp, err := t.base.RoundTrip(r)
	if err == nil {
		span.SetInt("http.response.status_code", int64(resp.StatusCode))
	}
	if err != nil || resp.StatusCode >= 400 {
		span.Fail()
	}
	span.End()
	return resp, err
}

func (t traced) proxied(r *http.Request) bool {
	if t.proxy == nil {
		return false
	}
	at, err := t.proxy(r)
	return at != nil || err != nil
}

// near reports whether an address is this machine's or a private network's.
func near(a net.Addr) bool {
	at, err := netip.ParseAddrPort(a.String())
	return err == nil && within(private, at.Addr().Unmap().WithZone(""))
}

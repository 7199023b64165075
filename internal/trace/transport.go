package trace

import (
	"net/http"
	"strconv"
)

// Transport makes a span of each request that has one in its context, and tells the
// receiver of it by a traceparent header. The span ends when the header of the answer
// is there. It has the receiver's host, and neither path nor query: they may hold
// secrets.
func Transport(base http.RoundTripper) http.RoundTripper { return transport{base} }

type transport struct{ base http.RoundTripper }

func (t transport) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, span := Start(req.Context(), req.Method, Client)
	if span == nil {
		return t.base.RoundTrip(req)
	}
	req = req.Clone(ctx)
	req.Header.Set("Traceparent", span.Traceparent())
	span.Set("http.request.method", req.Method)
	span.Set("server.address", req.URL.Hostname())
	if port, err := strconv.Atoi(req.URL.Port()); err == nil {
		span.SetInt("server.port", int64(port))
	}
	resp, err := t.base.RoundTrip(req)
	if err == nil {
		span.SetInt("http.response.status_code", int64(resp.StatusCode))
	}
	if err != nil || resp.StatusCode >= 400 {
		span.Fail()
	}
	span.End()
	return resp, err
}

// CloseIdleConnections hands on what http.Client asks of it.
func (t transport) CloseIdleConnections() {
	if c, ok := t.base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

package platform

import (
	"net/http"
	"strings"

	"qiwei/internal/trace"
	"qiwei/internal/wire"
)

// traced answers a request in a span of its own. A page's span bears the pattern that the page is mounted at,
// and a call's its path, neither with the caller's values. Health probes, which come every few seconds, are
// left out.
func (s *Server) traced(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/healthz", "/readyz", "/metrics":
		s.route(w, r)
		return
	}
	ctx, span := s.Tracer.Request(r.Context(), r.Method, r.Header.Get("Traceparent"))
	if span == nil {
		s.route(w, r)
		return
	}
	r = r.WithContext(ctx)
	defer func() {
		if r.Pattern != "" && r.Pattern != "/" {
			method, path, both := strings.Cut(r.Pattern, " ")
			if !both {
				method, path = r.Method, method
			}
			span.Name(method + " " + path)
			span.Set("http.route", path)
		}
		span.Set("http.request.method", r.Method)
		span.End()
	}()
	s.route(w, r)
}

// traceCall adds the outcome of an API call to its span.
func traceCall(c wire.Call) {
	span := trace.FromContext(c.HTTP.Context())
	if span == nil {
		return
	}
	span.Name(c.Method + " " + c.Path)
	span.Set("http.route", c.Path)
	span.SetInt("wecom.errcode", int64(c.ErrCode))
	span.Set("wecom.corpid", c.By.CorpID)
	span.Set("wecom.request_id", c.ID())
	if c.By.AgentID != 0 {
		span.SetInt("wecom.agentid", c.By.AgentID)
	}
	if c.ErrCode == wire.ErrBusy.Code { // ours; other refusals are the caller's
		span.Fail()
	}
}

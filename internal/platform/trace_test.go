package platform_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"qiwei/internal/platform"
	"qiwei/internal/trace"
	"qiwei/internal/trace/tracetest"
	"qiwei/qiweitest"
)

// TestTraces follows calls of the API and pages, with the transactions and the
// request to a callback URL that they cause.
func TestTraces(t *testing.T) {
	t.Parallel()
	r := tracetest.New(t)
	tracer, err := trace.New(trace.Config{URL: r.URL, Sample: 1, Every: 10 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	w := qiweitest.New(t, func(c *platform.Config) { c.Tracer = tracer })
	app, sync := w.As("self_built"), w.As("contact_sync")
	receiver := w.Receiver(app)
	got := app.Call("GET", "/cgi-bin/user/get?userid=nobody", "")
	succeed(t, sync.Call("POST", "/cgi-bin/user/create", `{"userid":"new","name":"新","email":"new@corp.example","department":[1]}`))
	w.Delivered()
	for _, path := range []string{"/healthz", "/metrics", "/openapi.json"} {
		w.Server.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil))
	}
	tracer.Close()

	spans := r.Spans()
	of := func(name string) tracetest.Span {
		t.Helper()
		i := slices.IndexFunc(spans, func(s tracetest.Span) bool { return s.Name == name })
		if i < 0 {
			t.Fatalf("no span %s in %+v", name, spans)
		}
		return spans[i]
	}
	call := of("GET /cgi-bin/user/get")
	hint := call.Attributes["wecom.request_id"]
	if call.Attributes["wecom.errcode"] != "60111" || call.Attributes["wecom.corpid"] != w.CorpID || call.Failed || hint == "" || !strings.Contains(got.Body, "["+hint+"]") {
		t.Errorf("the call: %+v\n%s", call, got.Body)
	}
	if !slices.ContainsFunc(spans, func(s tracetest.Span) bool { return s.Name == "read" && s.Parent == call.ID && s.Trace == call.Trace }) {
		t.Errorf("no transaction below the call: %+v", spans)
	}
	if page := of("GET /openapi.json"); page.Attributes["http.route"] != "/openapi.json" {
		t.Errorf("a page: %+v", page)
	}
	create, work := of("POST /cgi-bin/user/create"), of("work callback")
	if work.Parent != "" || work.Attributes["work.kind"] != "callback" || len(work.Attributes["work.key_hash"]) != 12 || !slices.Contains(work.Links, create.Trace+"/"+create.ID) {
		t.Errorf("the work that the call caused: %+v; the call: %+v", work, create)
	}
	sent := of("POST")
	if sent.Parent != work.ID || sent.Attributes["outbound.purpose"] != "callback" || sent.Attributes["http.response.status_code"] != "200" {
		t.Errorf("the request to the callback URL: %+v", sent)
	}
	if got := receiver.Take(); len(got) != 1 || got[0].Header.Get("Traceparent") != "00-"+sent.Trace+"-"+sent.ID+"-01" {
		t.Errorf("the receiver on this machine was told %+v", got)
	}
	for _, s := range spans {
		if strings.Contains(s.Name, "healthz") || strings.Contains(s.Name, "metrics") {
			t.Errorf("%s is traced", s.Name)
		}
		for key, value := range s.Attributes {
			if strings.Contains(value, "access_token") || strings.Contains(value, app.Secret) {
				t.Errorf("%s of %s tells %s", key, s.Name, value)
			}
		}
	}
}

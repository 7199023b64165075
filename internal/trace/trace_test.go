package trace_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"qiwei/internal/trace"
	"qiwei/internal/trace/tracetest"
)

func start(t *testing.T, r *tracetest.Receiver, c trace.Config) *trace.Tracer {
	t.Helper()
	c.URL, c.Every = r.URL, 5*time.Millisecond
	tr, err := trace.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func TestSpansArrive(t *testing.T) {
	t.Parallel()
	r := tracetest.New(t)
	tr := start(t, r, trace.Config{Sample: 1, Version: "1.2.3", Headers: http.Header{"Authorization": {"Bearer key"}}})
	ctx, request := tr.Request(context.Background(), "GET", "")
	request.Name("GET /cgi-bin/user/get")
	request.Set("wecom.corpid", "ww1")
	request.Set("nothing", "")
	request.SetInt("wecom.errcode", 60111)
	in, read := trace.Start(ctx, "read", trace.Internal)
	if trace.FromContext(in) != read {
		t.Error("the context is not in its span")
	}
	read.Done(errors.New("secret"))
	read.End()
	request.End()
	tr.Close()

	got := r.Spans()
	if len(got) != 2 {
		t.Fatalf("%d spans: %+v", len(got), got)
	}
	inner, outer := got[0], got[1]
	if outer.Name != "GET /cgi-bin/user/get" || outer.Kind != 2 || outer.Parent != "" || outer.Failed || outer.Service != "qiwei" ||
		outer.Attributes["wecom.errcode"] != "60111" || outer.Attributes["wecom.corpid"] != "ww1" || len(outer.Attributes) != 2 {
		t.Errorf("the request: %+v", outer)
	}
	if inner.Name != "read" || inner.Kind != 1 || inner.Parent != outer.ID || inner.Trace != outer.Trace || !inner.Failed {
		t.Errorf("the transaction: %+v", inner)
	}
	if len(outer.Trace) != 32 || len(outer.ID) != 16 || outer.End.Before(outer.Start) {
		t.Errorf("ids or times: %+v", outer)
	}
	if key := r.Header("Authorization"); key != "Bearer key" {
		t.Errorf("the receiver's key: %q", key)
	}
}

func TestACallersTrace(t *testing.T) {
	t.Parallel()
	const id, span = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	r := tracetest.New(t)
	tr := start(t, r, trace.Config{Sample: 0})
	for header, recorded := range map[string]bool{
		"00-" + id + "-" + span + "-01":                      true,
		"cc-" + id + "-" + span + "-03-what":                 true, // a version to come
		"00-" + id + "-" + span + "-00":                      false,
		"00-" + id + "-" + span + "-01-more":                 false,
		"ff-" + id + "-" + span + "-01":                      false,
		"00-" + strings.ToUpper(id) + "-" + span + "-01":     false,
		"00-" + strings.Repeat("0", 32) + "-" + span + "-01": false,
		"00-" + id + "-" + strings.Repeat("0", 16) + "-01":   false,
		"nonsense": false,
		"":         false,
	} {
		_, s := tr.Request(context.Background(), header, header)
		if (s != nil) != recorded {
			t.Errorf("%q is recorded: %v", header, s != nil)
		}
		s.End()
	}
	tr.Close()
	got := r.Spans()
	if len(got) != 2 {
		t.Errorf("%d spans", len(got))
	}
	for _, s := range got {
		if s.Trace != id || s.Parent != span {
			t.Errorf("%+v", s)
		}
	}
}

// Background work is a trace of its own, linked to what caused it.
func TestWork(t *testing.T) {
	t.Parallel()
	r := tracetest.New(t)
	tr := start(t, r, trace.Config{Sample: 0})
	ctx, request := tr.Request(context.Background(), "GET", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	cause := trace.CauseOf(ctx)
	request.End()
	if trace.CauseOf(context.Background()) != (trace.Cause{}) {
		t.Error("what is in no span is caused by one")
	}
	if _, s := tr.Work(context.Background(), "by nobody"); s != nil {
		t.Error("work that is not in the sample is recorded")
	}
	in, work := tr.Work(context.Background(), "work", cause, cause)
	_, inner := trace.Start(trace.In(context.Background(), work), "write", trace.Internal)
	if trace.FromContext(in) != work {
		t.Error("the context is not in the span of its work")
	}
	inner.End()
	work.End()
	tr.Close()
	spans := r.Spans()
	if len(spans) != 3 {
		t.Fatalf("%+v", spans)
	}
	outer := spans[2]
	link := spans[0].Trace + "/" + spans[0].ID
	if outer.Name != "work" || outer.Parent != "" || outer.Trace == spans[0].Trace || !slices.Equal(outer.Links, []string{link, link}) || spans[1].Parent != outer.ID {
		t.Errorf("%+v", spans)
	}
}

// Spans that a receiver does not accept are sent again, unless it says that it never will.
func TestAReceiverThatIsAway(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	answers := []int{http.StatusServiceUnavailable, http.StatusTooManyRequests, http.StatusOK, http.StatusBadRequest, http.StatusOK}
	var bodies []string
	came := make(chan struct{}, 16)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		bodies = append(bodies, string(body))
		status := answers[0]
		answers = answers[1:]
		mu.Unlock()
		w.WriteHeader(status)
		came <- struct{}{}
	}))
	defer srv.Close()
	tr, err := trace.New(trace.Config{URL: srv.URL + "/v1/traces", Sample: 1, Every: 5 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	span := func(name string) { _, s := tr.Request(context.Background(), name, ""); s.End() }
	span("first")
	for range 3 {
		<-came
	}
	span("second")
	<-came
	span("third")
	<-came
	tr.Close()
	for i, want := range []string{"first", "first", "first", "second", "third"} {
		if !strings.Contains(bodies[i], `"name":"`+want+`"`) {
			t.Errorf("request %d has not the %s span: %s", i, want, bodies[i])
		}
	}
	if strings.Contains(bodies[4], "second") {
		t.Error("what was refused for good is sent again")
	}
}

func TestWithoutATracerNothingIsSpent(t *testing.T) {
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), http.ServerContextKey, "x"))
	defer cancel()
	var none *trace.Tracer
	if n := testing.AllocsPerRun(100, func() {
		ctx, outer := none.Request(ctx, "GET", "")
		_, s := trace.Start(ctx, "read", trace.Internal)
		s.Set("key", "value")
		s.SetInt("key", 1)
		s.Done(nil)
		trace.Begin(ctx, "write").End()
		outer.Name("x")
		outer.End()
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
	none.Close()
}

func TestSample(t *testing.T) {
	t.Parallel()
	r := tracetest.New(t)
	tr := start(t, r, trace.Config{Sample: .25})
	defer tr.Close()
	n := 0
	for range 4000 {
		if _, s := tr.Request(context.Background(), "x", ""); s != nil {
			n++
		}
	}
	if n < 800 || n > 1200 {
		t.Errorf("%d of 4000", n)
	}
}

func TestReceiversURL(t *testing.T) {
	t.Parallel()
	for _, wrong := range []string{"", "localhost:4318", "grpc://a:4317", "http://"} {
		if _, err := trace.New(trace.Config{URL: wrong}); err == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
}

// Spans go out 512 at a time, whenever there are so many, and the rest with the end.
// Of what comes while the receiver hangs 8192 wait, and nobody is held up.
func TestBatches(t *testing.T) {
	t.Parallel()
	counts, hold := make(chan int, 64), make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		counts <- strings.Count(string(body), `"name":"x"`)
		<-hold
	}))
	defer srv.Close()
	tr, err := trace.New(trace.Config{URL: srv.URL, Sample: 1, Every: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	spans := func(n int) {
		for range n {
			_, s := tr.Request(context.Background(), "x", "")
			s.End()
		}
	}
	spans(512)
	if n := <-counts; n != 512 {
		t.Errorf("%d spans in the first batch", n)
	}
	spans(9000) // while it hangs
	close(hold)
	tr.Close()
	close(counts)
	rest := 0
	for n := range counts {
		rest += n
	}
	if rest != 8192 {
		t.Errorf("%d spans waited, want 8192", rest)
	}
}

func TestNoSpan(t *testing.T) {
	t.Parallel()
	var none *trace.Span
	if got := none.Traceparent(); got != "" {
		t.Errorf("no span has the header %q", got)
	}
}

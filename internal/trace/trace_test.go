package trace_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
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
		"00-" + id + "-" + span:                              false,
		"cc-" + id + "-" + span:                              false,
		"0-" + id + "-" + span + "-01":                       false,
		"000-" + id + "-" + span + "-01":                     false,
		"00-" + id[2:] + "-" + span + "-01":                  false,
		"00-" + id + "00-" + span + "-01":                    false,
		"00-" + id[2:] + "xx-" + span + "-01":                false,
		"00-" + id + "-" + span[2:] + "-01":                  false,
		"00-" + id + "-" + span + "00-01":                    false,
		"00-" + id + "-" + span[2:] + "xx-01":                false,
		"00-" + id + "-" + span + "-1":                       false,
		"00-" + id + "-" + span + "-0101":                    false,
		"00-" + id + "-" + span + "-x1":                      false,
		"nonsense":                                           false,
		"":                                                   false,
	} {
		_, s := tr.Request(context.Background(), header, header)
		if (s != nil) != recorded {
			t.Errorf("%q is recorded: %v", header, s != nil)
		}
		if told := s.Traceparent(); recorded && (len(told) != 55 || !strings.HasPrefix(told, "00-"+id+"-") || !strings.HasSuffix(told, "-01") || strings.Contains(told, span)) {
			t.Errorf("below %q the next one is told %q", header, told)
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
	_, many := tr.Work(context.Background(), "many", slices.Repeat([]trace.Cause{cause}, 17)...)
	in, work := tr.Work(context.Background(), "work", cause, cause)
	_, inner := trace.Start(trace.In(context.Background(), work), "write", trace.Internal)
	if trace.FromContext(in) != work {
		t.Error("the context is not in the span of its work")
	}
	inner.End()
	work.Done(nil)
	many.Done(nil)
	tr.Close()
	spans := r.Spans()
	if len(spans) != 4 {
		t.Fatalf("%+v", spans)
	}
	if got := spans[3]; got.Name != "many" || len(got.Links) != 16 || got.Failed {
		t.Errorf("what seventeen have caused names %d: %+v", len(got.Links), got)
	}
	outer := spans[2]
	link := spans[0].Trace + "/" + spans[0].ID
	if outer.Name != "work" || outer.Parent != "" || outer.Trace == spans[0].Trace || !slices.Equal(outer.Links, []string{link, link}) || spans[1].Parent != outer.ID {
		t.Errorf("%+v", spans)
	}
}

// Spans that a receiver does not accept are sent again, unless it says that it never will. The log has a line
// when that begins and one when it ends, and shows no key that stands in the URL.
func TestAReceiverThatIsAway(t *testing.T) {
	t.Parallel()
	took, answers := make(chan string), make(chan int)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		took <- string(body)
		w.WriteHeader(<-answers)
	}))
	defer srv.Close()
	var log lines
	tr, err := trace.New(trace.Config{URL: strings.Replace(srv.URL, "//", "//user:hidden@", 1) + "/v1/traces?key=hidden", Sample: 1, Every: 5 * time.Millisecond,
		Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	var gone []string
	for n, statuses := range [][]int{{200}, {503, 429, 502, 504, 200}, {400}, {501}, {302}, {500}, {200}, {503, 200}} {
		name := fmt.Sprint("x", n, statuses)
		_, s := tr.Request(context.Background(), name, "")
		s.End()
		for i, status := range statuses {
			select {
			case body := <-took:
				if !strings.Contains(body, name) {
					t.Errorf("request %d of %s has come without it: %s", i, name, body)
				}
				for _, earlier := range gone {
					if strings.Contains(body, earlier) {
						t.Errorf("what was answered %s comes again with %s", earlier, name)
					}
				}
			case <-time.After(10 * time.Second):
				t.Fatalf("request %d of %s does not come", i, name)
			}
			answers <- status
		}
		gone = append(gone, name)
	}
	tr.Close()
	var said []string
	for line := range strings.Lines(log.String()) {
		said = append(said, strings.Fields(line)[1])
		if strings.Contains(line, "hidden") || !strings.Contains(line, "receiver="+srv.URL+"/v1/traces") {
			t.Errorf("the log names the receiver otherwise: %s", line)
		}
	}
	if want := []string{"level=WARN", "level=INFO", "level=WARN", "level=INFO", "level=WARN", "level=INFO"}; !slices.Equal(said, want) {
		t.Errorf("the log: %s", log.String())
	}
}

// A receiver that cannot be reached holds up neither the program nor its end.
func TestAReceiverThatIsNotThere(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.NotFoundHandler())
	srv.Close()
	var log lines
	tr, err := trace.New(trace.Config{URL: srv.URL + "?key=hidden", Sample: 1, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	_, s := tr.Request(context.Background(), "x", "")
	s.End()
	tr.Close()
	if text := log.String(); strings.Contains(text, "hidden") || strings.Count(text, "\n") != 1 || !strings.Contains(text, "connect") {
		t.Errorf("the log: %s", text)
	}
}

// lines is a log.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func TestWithoutATracerNothingIsSpent(t *testing.T) {
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), http.ServerContextKey, "x"))
	defer cancel()
	var none *trace.Tracer
	if n := testing.AllocsPerRun(100, func() {
		ctx, outer := none.Request(ctx, "GET", "")
		_, s := trace.Start(trace.In(ctx, outer), "read", trace.Internal)
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
	for _, right := range []string{"http://127.0.0.1:4318", "https://a.example", "https://a.example/otlp/v1/traces"} {
		tr, err := trace.New(trace.Config{URL: right})
		if err != nil {
			t.Errorf("%q: %v", right, err)
			continue
		}
		tr.Close()
	}
	r := tracetest.New(t)
	start(t, r, trace.Config{}).Close()
	if got := r.Header("Content-Type"); got != "" {
		t.Errorf("nothing was sent as %q", got)
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

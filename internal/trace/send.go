package trace

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Config says where spans go.
type Config struct {
	// URL is the receiver's base URL, such as http://127.0.0.1:4318, or the whole
	// URL of its traces, with /v1/traces at its end.
	URL string
	// Headers are sent along, such as a receiver's key.
	Headers http.Header
	// Sample is the part of the traces that are recorded, from 0 to 1. If a caller says whether it records
	// its trace, that decides for ours.
	Sample float64
	// Version is the program's.
	Version string
	Log     *slog.Logger
	// Every is how long spans wait to be sent at most; two seconds if it is 0.
	Every time.Duration
}

// Spans wait to be sent in a queue of this length; when it is full, further ones are dropped, so that an
// absent receiver holds nobody up.
const (
	queueMost = 8192
	batchMost = 512
)

// Tracer collects spans and sends them. A nil one records nothing.
type Tracer struct {
	url     string
	shown   string // the URL in the log, without what may be a secret in it
	headers http.Header
	sample  float64
	version string
	log     *slog.Logger
	every   time.Duration
	client  *http.Client

	queue   chan *Span
	stop    chan struct{}
	stopped chan struct{}
	refused bool // the receiver's last answer, so that each outage is one line of the log
}

// New returns a tracer that sends to the receiver until it is closed.
func New(c Config) (*Tracer, error) {
	u, err := url.Parse(c.URL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, errors.New("the URL of an OTLP receiver over HTTP expected, such as http://127.0.0.1:4318")
	}
	if !strings.HasSuffix(u.Path, "/v1/traces") {
		u = u.JoinPath("v1/traces")
	}
	if c.Every == 0 {
		c.Every = 2 * time.Second
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	t := &Tracer{
		url: u.String(), shown: u.Scheme + "://" + u.Host + u.Path, headers: c.Headers, sample: c.Sample, version: c.Version, log: c.Log, every: c.Every,
		client: &http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		queue:  make(chan *Span, queueMost), stop: make(chan struct{}), stopped: make(chan struct{}),
	}
	go t.run()
	return t, nil
}

// take queues a span. It never waits.
func (t *Tracer) take(s *Span) {
	select {
	case t.queue <- s:
	default:
	}
}

// Close sends what is left and ends. Spans that end later are not sent.
func (t *Tracer) Close() {
	if t == nil {
		return
	}
	close(t.stop)
	<-t.stopped
}

func (t *Tracer) run() {
	defer close(t.stopped)
	tick := time.NewTicker(t.every)
	defer tick.Stop()
	var batch []*Span
	for {
		select {
		case s := <-t.queue:
			if batch = append(batch, s); len(batch) < batchMost {
				continue
			}
		case <-tick.C:
		case <-t.stop:
			for len(t.queue) > 0 {
				batch = append(batch, <-t.queue)
			}
			ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
			t.send(ctx, batch)
			cancel()
			return
		}
		if !t.send(context.Background(), batch) && len(batch) < batchMost {
			continue // the receiver gets them with the next ones
		}
		batch = nil
	}
}

// send reports whether the spans are done: accepted, or refused for good.
func (t *Tracer) send(ctx context.Context, batch []*Span) (done bool) {
	if len(batch) == 0 {
		return true
	}
	status, err := t.post(ctx, t.encode(batch))
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("HTTP status %d", status)
	}
	if failed := err != nil; failed != t.refused {
		t.refused = failed
		if failed {
			t.log.Warn("traces are not taken", "receiver", t.shown, "err", err)
		} else {
			t.log.Info("traces are taken again", "receiver", t.shown)
		}
	}
	// What OTLP calls retryable, and no answer at all.
	return status == http.StatusOK || (status != 0 && status != http.StatusTooManyRequests && status < 502)
}

func (t *Tracer) post(ctx context.Context, body []byte) (status int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.url, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	for name, values := range t.headers {
		req.Header[name] = values
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := t.client.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err
		}
		return 0, err
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // so that the connection is kept
	return resp.StatusCode, nil
}

// The messages of OTLP that are used, in its mapping to JSON: ids in hexadecimal
// digits, 64-bit numbers as text.
type (
	otlpValue struct {
		String *string `json:"stringValue,omitempty"`
		Int    *string `json:"intValue,omitempty"`
	}
	otlpAttribute struct {
		Key   string    `json:"key"`
		Value otlpValue `json:"value"`
	}
	otlpStatus struct {
		Code int `json:"code,omitempty"`
	}
	otlpLink struct {
		TraceID string `json:"traceId"`
		SpanID  string `json:"spanId"`
	}
	otlpSpan struct {
		TraceID    string          `json:"traceId"`
		SpanID     string          `json:"spanId"`
		ParentID   string          `json:"parentSpanId,omitempty"`
		Name       string          `json:"name"`
		Kind       Kind            `json:"kind"`
		Start      string          `json:"startTimeUnixNano"`
		End        string          `json:"endTimeUnixNano"`
		Attributes []otlpAttribute `json:"attributes,omitempty"`
		Links      []otlpLink      `json:"links,omitempty"`
		Status     otlpStatus      `json:"status"`
	}
	otlpScope struct {
		Name    string `json:"name"`
		Version string `json:"version,omitempty"`
	}
	otlpScopeSpans struct {
		Scope otlpScope  `json:"scope"`
		Spans []otlpSpan `json:"spans"`
	}
	otlpResource struct {
		Attributes []otlpAttribute `json:"attributes"`
	}
	otlpResourceSpans struct {
		Resource   otlpResource     `json:"resource"`
		ScopeSpans []otlpScopeSpans `json:"scopeSpans"`
	}
	otlpRequest struct {
		ResourceSpans []otlpResourceSpans `json:"resourceSpans"`
	}
)

func (t *Tracer) encode(batch []*Span) []byte {
	spans := make([]otlpSpan, len(batch))
	for i, s := range batch {
		spans[i] = s.otlp()
	}
	text := func(key, value string) otlpAttribute { return otlpAttribute{key, otlpValue{String: &value}} }
	body, err := json.Marshal(otlpRequest{[]otlpResourceSpans{{
		Resource:   otlpResource{[]otlpAttribute{text("service.name", "qiwei"), text("service.version", t.version)}},
		ScopeSpans: []otlpScopeSpans{{Scope: otlpScope{"qiwei", t.version}, Spans: spans}},
	}}})
	if err != nil {
		panic(err) // these types have no other form
	}
	return body
}

func (s *Span) otlp() otlpSpan {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := otlpSpan{
		TraceID: hex.EncodeToString(s.trace[:]), SpanID: hex.EncodeToString(s.id[:]), Name: s.name, Kind: s.kind,
		Start: strconv.FormatInt(s.start.UnixNano(), 10), End: strconv.FormatInt(s.start.Add(s.stopped.Sub(s.start)).UnixNano(), 10),
	}
	if s.parent != [8]byte{} {
		out.ParentID = hex.EncodeToString(s.parent[:])
	}
	if s.failed {
		out.Status.Code = 2
	}
	for _, a := range s.attributes {
		v := otlpValue{String: &a.text}
		if a.is == 'n' {
			n := strconv.FormatInt(a.n, 10)
			v = otlpValue{Int: &n}
		}
		out.Attributes = append(out.Attributes, otlpAttribute{a.key, v})
	}
	for _, c := range s.causes {
		out.Links = append(out.Links, otlpLink{hex.EncodeToString(c.trace[:]), hex.EncodeToString(c.id[:])})
	}
	return out
}

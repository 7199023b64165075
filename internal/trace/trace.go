// Package trace follows requests and background work through the server, and sends what it has seen to a
// receiver of OpenTelemetry's protocol, OTLP over HTTP in JSON.
//
// A span is something that takes time: a request, a transaction, one of our requests to somebody else. A span
// begins below the one in its context. Without one, as always when nothing is traced, Start returns nil,
// which costs a look into the context and no memory; all methods of a nil *Span do nothing.
//
// Attributes name no secret: no query of a URL, no body, no text of an error.
package trace

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"sync"
	"time"
)

// Kind says which side of a call a span is, by OTLP's numbers.
type Kind int

// The kinds of spans.
const (
	Internal Kind = 1
	Server   Kind = 2 // a request to us
	Client   Kind = 3 // a request of ours
)

// Span is something that takes time. A nil one is not recorded.
type Span struct {
	tracer  *Tracer
	trace   [16]byte
	id      [8]byte
	parent  [8]byte
	kind    Kind
	start   time.Time
	stopped time.Time

	mu         sync.Mutex
	name       string
	attributes []attribute
	causes     []Cause
	failed     bool
	ended      bool
}

type attribute struct {
	key  string
	text string
	n    int64
	is   byte // 's' or 'n'
}

type contextKey struct{}

// FromContext returns the span that the context is in, or nil.
func FromContext(ctx context.Context) *Span {
	s, _ := ctx.Value(contextKey{}).(*Span)
	return s
}

// In returns a context in which spans begin below this one.
func In(ctx context.Context, s *Span) context.Context {
	if s == nil {
		return ctx
	}
	return context.WithValue(ctx, contextKey{}, s)
}

// Request begins the span of a request to us, below the one that its traceparent header names
// (https://www.w3.org/TR/trace-context/). If the caller does not record its trace, or ours is not in the
// sample, there is no span.
func (t *Tracer) Request(ctx context.Context, name, traceparent string) (context.Context, *Span) {
	if t == nil {
		return ctx, nil
	}
	s := &Span{tracer: t, kind: Server, name: name}
	trace, parent, sampled, ok := parse(traceparent)
	if ok {
		s.trace, s.parent = trace, parent
	} else {
		rand.Read(s.trace[:])
		sampled = t.samples(s.trace)
	}
	if !sampled {
		return ctx, nil
	}
	return s.begin(ctx)
}

// Start begins a span below the one in the context.
func Start(ctx context.Context, name string, kind Kind) (context.Context, *Span) {
	above := FromContext(ctx)
	if above == nil {
		return ctx, nil
	}
	s := &Span{tracer: above.tracer, trace: above.trace, parent: above.id, kind: kind, name: name}
	return s.begin(ctx)
}

// Cause names a span that caused others, also after it has ended. The zero value
// names none.
type Cause struct {
	trace [16]byte
	id    [8]byte
}

// CauseOf returns the span that the context is in.
func CauseOf(ctx context.Context) Cause {
	if s := FromContext(ctx); s != nil {
		return Cause{s.trace, s.id}
	}
	return Cause{}
}

// causesMost bounds what a span is linked to.
const causesMost = 16

// Work begins a trace of background work. It is linked to the spans that caused it,
// and not below them: they have often ended, and one piece of work may have many.
// Work of a cause that is recorded is recorded too, whatever the sample.
func (t *Tracer) Work(ctx context.Context, name string, causes ...Cause) (context.Context, *Span) {
	if t == nil {
		return ctx, nil
	}
	s := &Span{tracer: t, kind: Internal, name: name, causes: causes[:min(len(causes), causesMost)]}
	rand.Read(s.trace[:])
	if len(causes) == 0 && !t.samples(s.trace) {
		return ctx, nil
	}
	return s.begin(ctx)
}

// Begin is Start for something that causes no spans of its own.
func Begin(ctx context.Context, name string) *Span {
	_, s := Start(ctx, name, Internal)
	return s
}

func (s *Span) begin(ctx context.Context) (context.Context, *Span) {
	rand.Read(s.id[:])
	s.start = time.Now()
	return In(ctx, s), s
}

// Name gives the span another name, once it is known.
func (s *Span) Name(name string) {
	if s == nil {
		return
	}
	s.mu.Lock()
	s.name = name
	s.mu.Unlock()
}

// Set adds an attribute. An empty text adds none.
func (s *Span) Set(key, text string) {
	if s == nil || text == "" {
		return
	}
	s.mu.Lock()
	s.attributes = append(s.attributes, attribute{key: key, text: text, is: 's'})
	s.mu.Unlock()
}

// SetInt adds an attribute that is a number.
func (s *Span) SetInt(key string, n int64) {
	if s == nil {
		return
	}
	s.mu.Lock()
	s.attributes = append(s.attributes, attribute{key: key, n: n, is: 'n'})
	s.mu.Unlock()
}

// Fail marks the span as failed.
func (s *Span) Fail() {
	if s == nil {
		return
	}
	s.mu.Lock()
	s.failed = true
	s.mu.Unlock()
}

// End ends the span and queues it to be sent. A second End does nothing.
func (s *Span) End() {
	if s == nil {
		return
	}
	s.mu.Lock()
	again := s.ended
	s.ended, s.stopped = true, time.Now()
	s.mu.Unlock()
	if !again {
		s.tracer.take(s)
	}
}

// Done is End for something that may have failed.
func (s *Span) Done(err error) {
	if err != nil {
		s.Fail()
	}
	s.End()
}

// Traceparent is the header that tells a receiver of ours which span it is in;
// empty without one.
func (s *Span) Traceparent() string {
	if s == nil {
		return ""
	}
	return "00-" + hex.EncodeToString(s.trace[:]) + "-" + hex.EncodeToString(s.id[:]) + "-01"
}

// parse reads a traceparent header.
func parse(header string) (trace [16]byte, parent [8]byte, sampled, ok bool) {
	fields := strings.Split(header, "-")
	if len(fields) < 4 || len(fields[0]) != 2 || fields[0] == "ff" || (fields[0] == "00" && len(fields) != 4) ||
		len(fields[1]) != 32 || len(fields[2]) != 16 || len(fields[3]) != 2 || header != strings.ToLower(header) {
		return trace, parent, false, false
	}
	flags, err := hex.DecodeString(fields[3])
	if err != nil {
		return trace, parent, false, false
	}
	if _, err := hex.Decode(trace[:], []byte(fields[1])); err != nil {
		return trace, parent, false, false
	}
	if _, err := hex.Decode(parent[:], []byte(fields[2])); err != nil {
		return trace, parent, false, false
	}
	return trace, parent, flags[0]&1 == 1, trace != [16]byte{} && parent != [8]byte{}
}

// samples reports whether a trace that begins here is in the sample: the part of
// all traces whose ids are below a bound, so that servers agree.
func (t *Tracer) samples(trace [16]byte) bool {
	return t.sample >= 1 || float64(binary.BigEndian.Uint64(trace[8:])>>11)/(1<<53) < t.sample
}

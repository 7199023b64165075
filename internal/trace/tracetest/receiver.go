// Package tracetest receives traces, for tests: it reads OTLP's JSON over HTTP, and refuses anything else.
package tracetest

import (
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"
)

// Receiver is one that runs.
type Receiver struct {
	URL string

	mu     sync.Mutex
	spans  []Span
	header http.Header
}

// Span is a received span.
type Span struct {
	Service           string
	Trace, ID, Parent string
	Name              string
	Kind              int
	Start, End        time.Time
	Attributes        map[string]string
	Links             []string // the spans that caused it, as TRACE/ID
	Failed            bool
}

// New starts a receiver, which ends with the test.
func New(t testing.TB) *Receiver {
	r := &Receiver{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if err := r.take(req); err != "" {
			t.Errorf("a receiver of OTLP refuses this: %s", err)
			http.Error(w, err, http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Write([]byte("{}"))
	}))
	t.Cleanup(s.Close)
	r.URL = s.URL
	return r
}

// Spans returns what has arrived so far, in the order in which it ended.
func (r *Receiver) Spans() []Span {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]Span(nil), r.spans...)
}

// Header returns a header of the newest request.
func (r *Receiver) Header(name string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.header.Get(name)
}

type attributes []struct {
	Key   string `json:"key"`
	Value struct {
		String *string `json:"stringValue"`
		Int    *string `json:"intValue"`
	} `json:"value"`
}

func (a attributes) read() map[string]string {
	out := map[string]string{}
	for _, each := range a {
		switch {
		case each.Value.String != nil:
			out[each.Key] = *each.Value.String
		case each.Value.Int != nil:
			out[each.Key] = *each.Value.Int
		}
	}
	return out
}

func (r *Receiver) take(req *http.Request) (problem string) {
	if req.Method != http.MethodPost || req.URL.Path != "/v1/traces" || req.Header.Get("Content-Type") != "application/json" {
		return req.Method + " " + req.URL.Path + " " + req.Header.Get("Content-Type")
	}
	var body struct {
		ResourceSpans []struct {
			Resource struct {
				Attributes attributes `json:"attributes"`
			} `json:"resource"`
			ScopeSpans []struct {
				Scope struct {
					Name    string `json:"name"`
					Version string `json:"version"`
				} `json:"scope"`
				Spans []struct {
					TraceID    string     `json:"traceId"`
					SpanID     string     `json:"spanId"`
					ParentID   string     `json:"parentSpanId"`
					Name       string     `json:"name"`
					Kind       int        `json:"kind"`
					Start      string     `json:"startTimeUnixNano"`
					End        string     `json:"endTimeUnixNano"`
					Attributes attributes `json:"attributes"`
					Links      []struct {
						TraceID string `json:"traceId"`
						SpanID  string `json:"spanId"`
					} `json:"links"`
					Status struct {
						Code int `json:"code"`
					} `json:"status"`
				} `json:"spans"`
			} `json:"scopeSpans"`
		} `json:"resourceSpans"`
	}
	in := json.NewDecoder(req.Body)
	in.DisallowUnknownFields()
	if err := in.Decode(&body); err != nil {
		return err.Error()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.header = req.Header
	for _, of := range body.ResourceSpans {
		for _, scope := range of.ScopeSpans {
			for _, s := range scope.Spans {
				if !digits(s.TraceID, 16) || !digits(s.SpanID, 8) || (s.ParentID != "" && !digits(s.ParentID, 8)) || s.Name == "" || s.Kind < 1 || s.Kind > 5 {
					return "no span: " + s.Name + " " + s.TraceID + " " + s.SpanID
				}
				start, err := strconv.ParseInt(s.Start, 10, 64)
				if err != nil {
					return err.Error()
				}
				end, err := strconv.ParseInt(s.End, 10, 64)
				if err != nil {
					return err.Error()
				}
				var links []string
				for _, l := range s.Links {
					if !digits(l.TraceID, 16) || !digits(l.SpanID, 8) {
						return "no link: " + l.TraceID + " " + l.SpanID
					}
					links = append(links, l.TraceID+"/"+l.SpanID)
				}
				r.spans = append(r.spans, Span{
					Service: of.Resource.Attributes.read()["service.name"], Trace: s.TraceID, ID: s.SpanID, Parent: s.ParentID, Name: s.Name, Kind: s.Kind,
					Start: time.Unix(0, start), End: time.Unix(0, end), Attributes: s.Attributes.read(), Links: links, Failed: s.Status.Code == 2,
				})
			}
		}
	}
	return ""
}

// digits reports whether a text is so many bytes in hexadecimal digits, not all 0.
func digits(text string, n int) bool {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != n {
		return false
	}
	for _, c := range b {
		if c != 0 {
			return true
		}
	}
	return false
}

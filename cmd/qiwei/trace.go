package main

import (
	"log/slog"
	"net/http"
	"strings"

	"qiwei/internal/trace"
)

// traceFlags say where the traces of requests go.
type traceFlags struct {
	OTLP        string   `name:"otlp" help:"Send traces to this OpenTelemetry receiver, by OTLP over HTTP, such as http://127.0.0.1:4318. None are made if not given." env:"QIWEI_OTLP" placeholder:"URL"`
	OTLPHeaders []string `name:"otlp-headers" help:"Headers for the receiver, such as authorization=Bearer …; better given by the environment." env:"QIWEI_OTLP_HEADERS" placeholder:"NAME=VALUE"`
	OTLPSample  float64  `name:"otlp-sample" help:"The part of the traces that is sent, from 0 to 1." default:"1" env:"QIWEI_OTLP_SAMPLE" placeholder:"PART"`
}

// headers reads --otlp-headers.
func (f traceFlags) headers() (http.Header, error) {
	out := http.Header{}
	for _, text := range f.OTLPHeaders {
		name, value, ok := strings.Cut(text, "=")
		if name = strings.TrimSpace(name); !ok || name == "" {
			return nil, usagef("--otlp-headers: NAME=VALUE expected") // the text may be a key
		}
		out.Set(name, strings.TrimSpace(value))
	}
	return out, nil
}

func (f traceFlags) check(add func(string, ...any)) {
	if _, err := f.headers(); err != nil {
		add("%v", err)
	}
	if f.OTLPSample < 0 || f.OTLPSample > 1 {
		add("--otlp-sample %v: from 0 to 1 expected", f.OTLPSample)
	}
}

// tracer returns a tracer that sends to the receiver, or nil if none is named.
func (f traceFlags) tracer(log *slog.Logger) (*trace.Tracer, error) {
	if f.OTLP == "" {
		return nil, nil
	}
	headers, err := f.headers()
	if err != nil {
		return nil, err
	}
	t, err := trace.New(trace.Config{URL: f.OTLP, Headers: headers, Sample: f.OTLPSample, Version: versionText(), Log: log})
	if err != nil {
		return nil, usagef("--otlp: %v", err)
	}
	return t, nil
}

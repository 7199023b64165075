package main

import (
	"strings"
	"testing"

	"qiwei/internal/trace/tracetest"
)

// TestTraces checks that a running server sends its traces, the last ones when it stops.
func TestTraces(t *testing.T) {
	t.Parallel()
	r := tracetest.New(t)
	s := dev(t, t.TempDir(), "--otlp", r.URL, "--otlp-headers", "x-key=secret")
	s.call("/cgi-bin/user/get?userid=nobody&access_token=" + s.token(s.creds.Corps[0].CorpID, s.creds.Corps[0].Apps[0].Secret))
	if code := s.stop(); code != 0 {
		t.Errorf("exit code %d\n%s", code, s.said)
	}
	seen := map[string]bool{}
	for _, span := range r.Spans() {
		seen[span.Name+" "+span.Attributes["wecom.errcode"]] = true
	}
	if !seen["GET /cgi-bin/gettoken 0"] || !seen["GET /cgi-bin/user/get 60111"] || r.Header("X-Key") != "secret" {
		t.Errorf("%v", seen)
	}
	for _, wrong := range [][2]string{{"--otlp", "localhost:4318"}, {"--otlp-headers", "topsecret"}, {"--otlp-sample", "2"}} {
		o := qiwei(t, "dev", "--data", t.TempDir(), "--listen", ":0", "--otlp", r.URL, wrong[0], wrong[1])
		if o.code != 2 || !strings.Contains(o.err, wrong[0]) || strings.Contains(o.err, "topsecret") {
			t.Errorf("%v: %d %s", wrong, o.code, o.err)
		}
	}
}

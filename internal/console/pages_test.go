package console_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"qiwei/internal/console"
)

func serve(files fstest.MapFS) http.Handler {
	mux := http.NewServeMux()
	for _, r := range console.New(console.Deps{Pages: files}).Routes() {
		if strings.HasSuffix(r.Pattern, "/") || strings.HasSuffix(r.Pattern, "...}") {
			mux.Handle(r.Pattern, r.Handler)
		}
	}
	return mux
}

func TestPages(t *testing.T) {
	t.Parallel()
	h := serve(fstest.MapFS{
		"console/index.html":    {Data: []byte("the console")},
		"phone/index.html":      {Data: []byte("the phone")},
		"phone/sw.js":           {Data: []byte("worker")},
		"assets/page-1a2b3c.js": {Data: []byte(strings.Repeat("let a = 1;", 100))},
		"icon.svg":              {Data: []byte("<svg/>")},
		".gitkeep":              {},
	})
	for _, tt := range []struct {
		name, path string
		status     int
		kind, says string
		cache      string
	}{
		{"the console", "/console/", 200, "text/html", "the console", "no-cache"},
		{"a page inside the console", "/console/directory/1", 200, "text/html", "the console", "no-cache"},
		{"the phone", "/phone/", 200, "text/html", "the phone", "no-cache"},
		{"the phone's service worker", "/phone/sw.js", 200, "text/javascript", "worker", "no-cache"},
		{"a hashed file", "/web/assets/page-1a2b3c.js", 200, "text/javascript", "let a", "public, max-age=31536000, immutable"},
		{"the icon", "/web/icon.svg", 200, "image/svg+xml", "<svg/>", "no-cache"},
		{"a file that is not there", "/web/assets/gone.js", 404, "", "", ""},
		{"a page below the wrong address", "/web/console/index.html", 404, "", "", ""},
		{"the placeholder", "/web/.gitkeep", 404, "", "", ""},
		{"a folder", "/web/assets", 404, "", "", ""},
		{"a call that is not there", "/console/api/nothing", 404, "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest("GET", tt.path, nil))
			if w.Code != tt.status || !strings.HasPrefix(w.Header().Get("Content-Type"), tt.kind) || !strings.Contains(w.Body.String(), tt.says) {
				t.Errorf("%d %v %q", w.Code, w.Header(), w.Body)
			}
			if tt.cache != "" && w.Header().Get("Cache-Control") != tt.cache {
				t.Errorf("Cache-Control: %q", w.Header().Get("Cache-Control"))
			}
		})
	}
	req := httptest.NewRequest("GET", "/web/assets/page-1a2b3c.js", nil)
	req.Header.Set("Accept-Encoding", "br, gzip")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	z, err := gzip.NewReader(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := io.ReadAll(z); err != nil || len(plain) != 1000 {
		t.Errorf("compressed: %d bytes, %v", len(plain), err)
	}
}

// Without pages the program says what to do, in both languages.
func TestUnbuiltPages(t *testing.T) {
	t.Parallel()
	h := serve(fstest.MapFS{".gitkeep": {}})
	for _, path := range []string{"/console/", "/phone/", "/console/calls"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Code != 503 || !strings.Contains(w.Body.String(), "make run") || !strings.Contains(w.Body.String(), "页面尚未构建") {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}

func TestPolicy(t *testing.T) {
	t.Parallel()
	script := strings.Split(console.Policy, "script-src")[1]
	if script = strings.Split(script, ";")[0]; strings.Contains(script, "unsafe") || strings.Contains(console.Policy, "http") {
		t.Errorf("the policy is %q", console.Policy)
	}
}

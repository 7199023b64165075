package page

import (
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func TestAssets(t *testing.T) {
	h := Assets()
	for name, kind := range map[string]string{
		"login.css": "text/css; charset=utf-8", "qr.js": "text/javascript; charset=utf-8", "sign.js": "text/javascript; charset=utf-8",
		"picker.js": "text/javascript; charset=utf-8", "mark.svg": "image/svg+xml",
	} {
		p, err := assetPath(name)
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`^/assets/login/[a-z]+\.[0-9a-f]{12}\.[a-z]+$`).MatchString(p) {
			t.Errorf("%s is published as %s", name, p)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", p, nil))
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != kind || w.Body.Len() == 0 ||
			w.Header().Get("Cache-Control") != "public, max-age=31536000, immutable" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d %v, %d bytes", p, w.Code, w.Header(), w.Body.Len())
		}
		w = httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("HEAD", p, nil))
		if w.Code != http.StatusOK || w.Body.Len() != 0 {
			t.Errorf("HEAD %s: %d, %d bytes", p, w.Code, w.Body.Len())
		}
		w = httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("POST", p, nil))
		if w.Code != http.StatusMethodNotAllowed {
			t.Errorf("POST %s: %d", p, w.Code)
		}
	}
	for _, p := range []string{"/assets/login/", "/assets/login/login.css", "/assets/login/../page.go", "/assets/login/x.js"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", p, nil))
		if w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", p, w.Code)
		}
	}
}

func TestAssetsAskNoOtherHost(t *testing.T) {
	for name, a := range assets {
		body := regexp.MustCompile(`(?m)^\s*//.*$|/\*(?s:.*?)\*/|xmlns="[^"]*"`).ReplaceAllString(string(a.body), "")
		if m := regexp.MustCompile(`https?://[a-z]|@import|\burl\(|\beval\b|innerHTML|insertAdjacentHTML|document\.write`).FindString(body); m != "" {
			t.Errorf("%s: %s", name, m)
		}
	}
}

func TestPolicy(t *testing.T) {
	p := Policy("abc", NoFrame)
	for _, want := range []string{"default-src 'none'", "script-src 'self' 'nonce-abc'", "style-src 'self';", "frame-ancestors 'none'"} {
		if !strings.Contains(p, want) {
			t.Errorf("%s\nlacks %s", p, want)
		}
	}
	if strings.Contains(p, "unsafe") || strings.Contains(p, "form-action") {
		t.Error(p)
	}
	if p := Policy("", AnyFrame); strings.Contains(p, "frame-ancestors") || strings.Contains(p, "nonce") || !strings.Contains(p, "style-src 'self' data:") {
		t.Error(p)
	}
}

// TestContrast measures the contrast of colours on one another, in both schemes: 4.5 to 1 for text, 3 to 1
// for edges and marks (WCAG 2.2 AA).
func TestContrast(t *testing.T) {
	css := string(assets[published["login.css"]].body)
	schemes := map[string]map[string]string{}
	for name, start := range map[string]string{"light": ":root {", "dark": ":root:not([data-scheme=light]) {", "dark as asked": ":root[data-scheme=dark] {"} {
		_, rest, ok := strings.Cut(css, start)
		block, _, closed := strings.Cut(rest, "}")
		if !ok || !closed {
			t.Fatalf("no colours for %s", name)
		}
		schemes[name] = map[string]string{}
		for _, m := range regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{6})`).FindAllStringSubmatch(block, -1) {
			schemes[name][m[1]] = m[2]
		}
	}
	if a, b := fmt.Sprint(schemes["dark"]), fmt.Sprint(schemes["dark as asked"]); a != b {
		t.Errorf("dark differs:\n%s\n%s", a, b)
	}
	for _, pair := range []struct {
		fore, back string
		least      float64
	}{
		{"ink", "bg", 4.5}, {"ink", "card", 4.5}, {"ink", "field", 4.5}, {"ink", "hover", 4.5}, {"ink", "code-bg", 4.5},
		{"muted", "bg", 4.5}, {"muted", "glow", 4.5}, {"muted", "card", 4.5}, {"muted", "field", 4.5}, {"muted", "hover", 4.5}, {"muted", "code-bg", 4.5},
		{"link", "card", 4.5}, {"link", "field", 4.5}, {"link", "hover", 4.5}, {"on-main", "main", 4.5}, {"on-main", "main-hover", 4.5},
		{"good", "card", 4.5}, {"good", "good-bg", 4.5}, {"bad", "card", 4.5}, {"bad", "hover", 4.5}, {"bad", "bad-bg", 4.5}, {"warn", "warn-bg", 4.5},
		{"edge", "card", 3}, {"edge", "field", 3}, {"accent", "card", 3}, {"accent", "field", 3}, {"accent", "bg", 3},
	} {
		for name, colours := range schemes {
			if got := contrast(t, colours[pair.fore], colours[pair.back]); got < pair.least {
				t.Errorf("%s: %s on %s is %.2f, want %.1f", name, pair.fore, pair.back, got, pair.least)
			}
		}
	}
	found := regexp.MustCompile(`\.tint-\d \{ background: (#[0-9a-f]{6})`).FindAllStringSubmatch(css, -1)
	if len(found) != tints {
		t.Errorf("%d tints, want %d", len(found), tints)
	}
	for _, m := range found {
		if got := contrast(t, "#ffffff", m[1]); got < 4.5 {
			t.Errorf("white on %s is %.2f", m[1], got)
		}
	}
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	la, lb := luminance(t, a), luminance(t, b)
	return (math.Max(la, lb) + 0.05) / (math.Min(la, lb) + 0.05)
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	var c [3]uint8
	if _, err := fmt.Sscanf(hex, "#%02x%02x%02x", &c[0], &c[1], &c[2]); err != nil {
		t.Fatalf("colour %q: %v", hex, err)
	}
	var l [3]float64
	for i, v := range c {
		if s := float64(v) / 255; s <= 0.04045 {
			l[i] = s / 12.92
		} else {
			l[i] = math.Pow((s+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*l[0] + 0.7152*l[1] + 0.0722*l[2]
}

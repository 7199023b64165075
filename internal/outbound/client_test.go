package outbound

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func get(t *testing.T, url string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A client does nothing that its options do not allow, and each request is counted.
func TestClient(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/", http.StatusFound)
			return
		case "/metadata":
			http.Redirect(w, r, "http://169.254.169.254/latest/meta-data/", http.StatusFound)
			return
		}
		w.Write([]byte("0123456789"))
	}))
	t.Cleanup(s.Close)
	var seen []string
	n := New(func(e Event) { seen = append(seen, e.Purpose+" "+e.Outcome) })
	near := n.Client(Options{Purpose: "near", Policy: Policy{Private: true}})
	if a, err := near.Read(get(t, s.URL), 4); err != nil || string(a.Body) != "0123" || !a.Cut || a.Status != 200 {
		t.Errorf("%+v, %v", a, err)
	}
	if a, err := near.Read(get(t, s.URL+"/moved"), 4); err != nil || a.Status != 302 {
		t.Errorf("a redirect: %+v, %v", a, err)
	}
	follows := n.Client(Options{Purpose: "follows", Policy: Policy{Private: true}, Redirects: 1})
	if a, err := follows.Read(get(t, s.URL+"/moved"), 100); err != nil || len(a.Body) != 10 || a.Cut {
		t.Errorf("a redirect that is followed: %+v, %v", a, err)
	}
	if _, err := follows.Read(get(t, s.URL+"/metadata"), 100); !errors.As(err, new(Refused)) {
		t.Errorf("a redirect to where a cloud keeps its credentials: %v", err)
	}
	// The name is public, but the address that it resolves to is not.
	far := n.Client(Options{Purpose: "far"})
	_, err := far.Read(get(t, strings.Replace(s.URL, "127.0.0.1", "localhost", 1)+"/?secret=1"), 100)
	if !errors.As(err, new(Refused)) || !strings.Contains(Cause(err), "is not called") || strings.Contains(Cause(err), "secret") {
		t.Errorf("%v", err)
	}
	s.Close()
	if _, err := near.Read(get(t, s.URL), 1); err == nil {
		t.Error("nobody answers, and it succeeds")
	}
	if got := strings.Join(seen, ", "); got != "near answered, near answered, follows answered, follows refused, far refused, near unreachable" {
		t.Error(got)
	}
}

// An answer that is just as long as may be read is whole.
func TestReadAsMuch(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/broken":
			w.Header().Set("Content-Length", "20")
		case "/ftp":
			w.Header().Set("Location", "ftp://"+r.Host+"/")
			w.WriteHeader(http.StatusFound)
		case "/round":
			http.Redirect(w, r, "/round", http.StatusFound)
			return
		case "/asks":
			w.Write([]byte(r.Header.Get("Accept-Encoding")))
			return
		case "/packed":
			w.Header().Set("Content-Encoding", "gzip")
			var b bytes.Buffer
			z := gzip.NewWriter(&b)
			z.Write([]byte("0123456789"))
			z.Close()
			w.Write(b.Bytes())
			return
		}
		w.Write([]byte("0123456789"))
	}))
	t.Cleanup(s.Close)
	n := New(func(Event) {})
	c := n.Client(Options{Policy: Policy{Private: true}})
	for most, cut := range map[int]bool{9: true, 10: false, 11: false} {
		if a, err := c.Read(get(t, s.URL), most); err != nil || a.Cut != cut || len(a.Body) != min(most, 10) {
			t.Errorf("at most %d: %+v, %v", most, a, err)
		}
	}
	if _, err := c.Read(get(t, s.URL+"/broken"), 100); !errors.Is(err, ErrBroken) || errors.Is(err, http.ErrNoCookie) {
		t.Errorf("an answer that breaks off: %v", err)
	}
	follows := n.Client(Options{Policy: Policy{Private: true}, Redirects: 2})
	for path, want := range map[string]error{"/ftp": errScheme, "/round": errRedirects} {
		if _, err := follows.Read(get(t, s.URL+path), 100); !errors.Is(err, want) || Cause(err) != want.Error() {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
	}
	// Only a client that wants it is sent what is larger than it looks.
	packs := n.Client(Options{Policy: Policy{Private: true}, Compressed: true})
	for client, want := range map[*Client]string{c: "", packs: "gzip"} {
		if a, err := client.Read(get(t, s.URL+"/asks"), 100); err != nil || string(a.Body) != want {
			t.Errorf("it asks for %q, want %q; %v", a.Body, want, err)
		}
	}
	if a, err := packs.Read(get(t, s.URL+"/packed"), 100); err != nil || string(a.Body) != "0123456789" {
		t.Errorf("%q, %v", a.Body, err)
	}
	// What is refused is said alone, however often it was handed on.
	if got := Cause(fmt.Errorf("dial: %w", Refused{"no"})); got != "no" {
		t.Errorf("the cause is %q", got)
	}
}

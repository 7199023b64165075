package outbound

import (
	"errors"
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
		if r.URL.Path == "/moved" {
			http.Redirect(w, r, "/", http.StatusFound)
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
	if got := strings.Join(seen, ", "); got != "near answered, near answered, follows answered, far refused, near unreachable" {
		t.Error(got)
	}
}

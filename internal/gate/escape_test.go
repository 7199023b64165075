package gate

import (
	"net/http"
	"net/url"
	"testing"
)

func FuzzEscape(f *testing.F) {
	for _, s := range []string{"", "Wang Wei", " a ", "李四", "a,b%c", "x\r\nRemote-User: admin", "\x00\x7f\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := escape(s)
		for _, c := range []byte(got) {
			if c < ' ' || c > '~' || c == ',' {
				t.Fatalf("%q became %q", s, got)
			}
		}
		if back, err := url.PathUnescape(got); err != nil || back != s {
			t.Errorf("%q became %q, which is %q: %v", s, got, back, err)
		}
	})
}

func TestEscape(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"Wang Wei": "Wang Wei", "李": "%E6%9D%8E", "a\r\nX-Evil: 1": "a%0D%0AX-Evil: 1", "100%": "100%25", " a": "%20a",
	} {
		if got := escape(s); got != want {
			t.Errorf("%q: %q", s, got)
		}
	}
	h := http.Header{"Remote-Groups": {list([]string{"/甲/a,b", "/c"})}}
	if got := h.Get("Remote-Groups"); got != "/%E7%94%B2/a%2Cb,/c" {
		t.Error(got)
	}
}

package join

import (
	"io"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestNumber(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int64{"0": 0, "1": 1, "9": 9, "": -1, "/": -1, ":": -1, "10": -1, "-1": -1, "a": -1, "٣": -1} {
		if got := number(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

// The page speaks Chinese, but to those whose browser asks first for another language.
func TestLanguage(t *testing.T) {
	t.Parallel()
	for accepted, want := range map[string]string{"": "zh", "*": "zh", "zh": "zh", "zh-TW,en": "zh", "en": "en", "en-GB,zh": "en", "de": "en"} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept-Language", accepted)
		if v := newJoinView(r); v.Lang != want || (v.T == chinese) != (want == "zh") || len(v.Nonce) != 16 {
			t.Errorf("%q: %s", accepted, v.Lang)
		}
	}
}

// A code that does not fit into its picture is none.
func TestDrawQR(t *testing.T) {
	t.Parallel()
	if err := drawQR(io.Discard, "a", 20); err == nil {
		t.Error("a code of more modules than pixels was drawn")
	}
	if err := drawQR(io.Discard, "a", 29); err != nil { // 21 modules and the quiet zone of 4
		t.Errorf("a pixel a module: %v", err)
	}
	if err := drawQR(io.Discard, strings.Repeat("a", 5000), 2052); err == nil {
		t.Error("more than a code can hold was drawn")
	}
}

package oidc

import (
	"strings"
	"testing"
)

// What is said of a refusal is in the characters that the protocol allows (RFC 6749, 5.2).
func TestDescriptions(t *testing.T) {
	t.Parallel()
	for why, want := range map[string]string{"": "", "a b~!": "a b~!", `a "b" \c`: "a 'b' 'c", "a\x1f\x7f\n": "a???", "中文 é": "?? ?"} {
		if got := errInvalidRequest.because("%s", why); got.description() != want || got.code != errInvalidRequest.code || got.status != errInvalidRequest.status {
			t.Errorf("%q is said as %q, want %q", why, got.description(), want)
		}
	}
}

// Who a hint means: a userid, or an address that begins with one.
func TestWhoAHintMeans(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 64)
	for hint, want := range map[string]string{"": "", "lisi": "lisi", "lisi@corp.example": "lisi", "@corp.example": "", long: long, long + "@corp.example": long, long + "a": "", long + "a@corp.example": ""} {
		if got := userHint(hint); got != want {
			t.Errorf("%q means %q, want %q", hint, got, want)
		}
	}
}

// Which claims are asked for, in how long a text.
func TestClaimsRequests(t *testing.T) {
	t.Parallel()
	const bare = `{"userinfo":{"email":null}}`
	for _, tt := range []struct {
		text string
		ok   bool
	}{{"", true}, {bare, true}, {bare + strings.Repeat(" ", maxClaimsRequest-len(bare)), true}, {bare + strings.Repeat(" ", maxClaimsRequest-len(bare)+1), false}, {"[]", false}, {"{", false}} {
		c, ok := readClaimsRequest(tt.text)
		if ok != tt.ok || ok && tt.text != "" && len(c.UserInfo) != 1 {
			t.Errorf("%d characters, %.30q: %+v, %v", len(tt.text), tt.text, c, ok)
		}
	}
	if maxClaimsRequest != 8192 {
		t.Errorf("%d characters are read", maxClaimsRequest)
	}
}

// A level of sign-in satisfies a request for it or for a lower one, and none for what is no level.
func TestLevels(t *testing.T) {
	t.Parallel()
	order := []string{acrNone, acrPassword, acrDevice}
	for i, has := range order {
		for j, wanted := range order {
			if got := satisfies(has, []string{"what", wanted}); got != (i >= j) {
				t.Errorf("%s for %s: %v", has, wanted, got)
			}
		}
		if satisfies(has, []string{"a", ""}) || satisfies(has, nil) {
			t.Errorf("%s satisfies what is no level", has)
		}
	}
}

package login

import "testing"

func TestOwnPath(t *testing.T) {
	for next, want := range map[string]string{
		"/a?b=c": "/a?b=c", "/": "/", "": accountPath, "a": accountPath, "//a": accountPath, `/\a`: accountPath, "/a b": accountPath,
		"http:/a": accountPath, "/a\n": accountPath, "/\x7f": accountPath, "?a": accountPath, "#a": accountPath, "/%zz": accountPath,
	} {
		if got := ownPath(next); got != want {
			t.Errorf("%q: %q, want %q", next, got, want)
		}
	}
}

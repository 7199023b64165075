package id_test

import (
	"encoding/base64"
	"regexp"
	"strings"
	"testing"
	"time"

	"qiwei/internal/id"
)

func TestUserID(t *testing.T) {
	for _, tt := range []struct {
		name  string
		id    id.UserID
		valid bool
	}{
		{"one letter", "a", true},
		{"sixty-four bytes", id.UserID(strings.Repeat("z", 64)), true},
		{"every permitted sign", "Zhang.San_01@corp-x", true},
		{"a digit first", "7seven", true},
		{"the first and last of each row", "0AZaz9", true},
		{"what stands before the digits", "a/", false},
		{"and behind them", "a:", false},
		{"before the capitals", "A@", true}, // it is a sign that may stand there
		{"behind them", "A[", false},
		{"before the small letters", "a`", false},
		{"behind them, too", "a{", false},
		{"empty", "", false},
		{"sixty-five bytes", id.UserID(strings.Repeat("z", 65)), false},
		{"a sign first", "@all", false},
		{"a space", "zhang san", false},
		{"Chinese", "张三", false},
		{"a pipe", "a|b", false},
	} {
		if got := tt.id.Valid(); got != tt.valid {
			t.Errorf("%s: Valid(%q) = %v, want %v", tt.name, tt.id, got, tt.valid)
		}
	}
	if !id.UserID("ZhangSan").Equal("zhangsan") {
		t.Error("userids that differ in case only are the same member")
	}
}

func TestShapes(t *testing.T) {
	for _, tt := range []struct{ name, got, want string }{
		{"corpid", id.Corp(), `^ww[0-9a-f]{16}$`},
		{"secret", id.Secret(), `^[A-Za-z0-9_-]{43}$`},
		{"EncodingAESKey", id.AESKey(), `^[A-Za-z0-9]{43}$`},
		{"letters", id.Letters(32), `^[A-Za-z0-9]{32}$`},
		{"hint", id.Hint(time.Unix(1700000000, 0)), `^1700000000[0-9]{15}$`},
	} {
		if !regexp.MustCompile(tt.want).MatchString(tt.got) {
			t.Errorf("%s: %q does not match %s", tt.name, tt.got, tt.want)
		}
	}
	// All letters and digits occur, and none more often than chance has it.
	seen := map[rune]int{}
	for _, r := range id.Letters(62_000) {
		seen[r]++
	}
	for r, n := range seen {
		if n < 800 || n > 1200 { // six standard deviations of 31
			t.Errorf("%c occurs %d times in 62000", r, n)
		}
	}
	if len(seen) != 62 {
		t.Errorf("%d different letters", len(seen))
	}
	for n := range 70 {
		if got := len(id.Letters(n)); got != n {
			t.Errorf("%d letters, want %d", got, n)
		}
	}
	if key, err := base64.StdEncoding.DecodeString(id.AESKey() + "="); err != nil || len(key) != 32 {
		t.Errorf("EncodingAESKey decodes to %d bytes, %v", len(key), err)
	}
}

package token_test

import (
	"testing"

	"qiwei/internal/token"
)

// The right side is what Chromium has in location.href.
func TestAsBrowser(t *testing.T) {
	t.Parallel()
	for page, want := range map[string]string{
		"https://app.example":                       "https://app.example/",
		"https://APP.Example?a=b":                   "https://app.example/?a=b",
		"https://app.example#top":                   "https://app.example/#top",
		"https://app.example:443/a":                 "https://app.example/a",
		"http://app.example:443/a":                  "http://app.example:443/a",
		"http://127.0.0.1:80":                       "http://127.0.0.1/",
		"https://app.example/页面?名=值#标题":             "https://app.example/%E9%A1%B5%E9%9D%A2?%E5%90%8D=%E5%80%BC#%E6%A0%87%E9%A2%98",
		"https://app.example/%e9%a1%b5?a=%20b":      "https://app.example/%e9%a1%b5?a=%20b",
		"https://app.example/a b?c d='e'":           "https://app.example/a%20b?c%20d=%27e%27",
		"https://app.example/{id}/(x|^)?q={id}|[y]": "https://app.example/%7Bid%7D/(x%7C%5E)?q={id}|[y]",
		"https://app.example/a?redirect=https://b":  "https://app.example/a?redirect=https://b",
		"ftp://app.example/a b":                     "ftp://app.example/a b",
		"app.example/a":                             "app.example/a",
	} {
		if got := token.AsBrowser(page); got != want {
			t.Errorf("%s: %s; want %s", page, got, want)
		}
	}
}

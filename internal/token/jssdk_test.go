package token_test

import (
	"strings"
	"testing"

	"qiwei/internal/token"
)

// TestJSSDKSignature makes the signature of the official example (doc 90506), and
// finds out what has gone wrong with others.
func TestJSSDKSignature(t *testing.T) {
	example := token.JSSDK{
		Ticket:   "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg",
		NonceStr: "Wm3WZYTPz0wzccnW", Timestamp: "1414587457", URL: "http://mp.weixin.qq.com?params=value",
	}
	if got := example.Signature(); got != "0f9de62fce790f9a083d5c99e95740ceb90c27ed" {
		t.Errorf("the example's signature is %s", got)
	}
	page := token.JSSDK{Ticket: "t", NonceStr: "n", Timestamp: "1700000000", URL: "https://app.example.com/a/?b=c%20d#top"}
	with := func(change func(*token.JSSDK)) token.JSSDK { c := page; change(&c); return c }
	made := func(change func(*token.JSSDK)) string { return with(change).Signature() }
	for _, tt := range []struct {
		name      string
		of        token.JSSDK
		signature string
		want      string // empty where nothing is wrong
	}{
		{"right", page, page.Signature(), ""},
		{"with white space around it", page, " " + page.Signature() + "\n", ""},
		{"none given", page, "", ""},
		{"the page without its fragment", with(func(j *token.JSSDK) { j.URL = "https://app.example.com/a/?b=c%20d" }), page.Signature(), ""},
		{"upper case", page, strings.ToUpper(page.Signature()), "lower case"},
		{"unescaped", page, made(func(j *token.JSSDK) { j.URL = "https://app.example.com/a/?b=c d" }), "unescaped url"},
		{"escaped", page, made(func(j *token.JSSDK) { j.URL = "https%3A%2F%2Fapp.example.com%2Fa%2F%3Fb%3Dc%2520d" }), "escaped url"},
		{"without the query", page, made(func(j *token.JSSDK) { j.URL = "https://app.example.com/a/" }), "behind the ?"},
		{"behind a proxy", page, made(func(j *token.JSSDK) { j.URL = "http://app.example.com/a/?b=c%20d" }), "http instead of https"},
		{"milliseconds", page, made(func(j *token.JSSDK) { j.Timestamp += "000" }), "milliseconds"},
		{"another ticket", page, made(func(j *token.JSSDK) { j.Ticket = "u" }), "another signature"},
		{"a time in milliseconds", with(func(j *token.JSSDK) { j.Timestamp += "000" }), "", "milliseconds"},
		{"no time", with(func(j *token.JSSDK) { j.Timestamp = "now" }), "", "not a number"},
		{"the beginning of time", with(func(j *token.JSSDK) { j.Timestamp = "0" }), "", ""},
		{"before that", with(func(j *token.JSSDK) { j.Timestamp = "-1" }), "", "not a number"},
		{"the last second", with(func(j *token.JSSDK) { j.Timestamp = "100000000000" }), "", ""},
		{"and one more", with(func(j *token.JSSDK) { j.Timestamp = "100000000001" }), "", "milliseconds"},
		{"no host", with(func(j *token.JSSDK) { j.URL = "https:///a" }), "", "http://"},
		{"another scheme", with(func(j *token.JSSDK) { j.URL = "ftp://app.example.com/" }), "", "http://"},
		{"http", with(func(j *token.JSSDK) { j.URL = "http://app.example.com/" }), "", ""},
		{"no ticket", with(func(j *token.JSSDK) { j.Ticket = "" }), "", "jsapi_ticket is missing"},
		{"no nonce", with(func(j *token.JSSDK) { j.NonceStr = "" }), "", "noncestr is missing"},
		{"no address", with(func(j *token.JSSDK) { j.URL = "app.example.com" }), "", "http://"},
	} {
		var got []string
		for _, m := range tt.of.Mistakes(tt.signature) {
			if m.Zh == "" {
				t.Errorf("%s: nothing in Chinese", tt.name)
			}
			got = append(got, m.En)
		}
		if text := strings.Join(got, "; "); (tt.want == "") != (text == "") || !strings.Contains(text, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, text, tt.want)
		}
	}
}

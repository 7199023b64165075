package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestJSSDK signs a page beside a running server, and checks what it has signed
// with the ticket that the API answers.
func TestJSSDK(t *testing.T) {
	t.Parallel()
	s := dev(t, t.TempDir())
	sign := func(args ...string) (out struct{ NonceStr, Timestamp, Signature string }) {
		t.Helper()
		text := must(t, append([]string{"jssdk", "sign", "--data", s.data, "--json", "--url", "http://127.0.0.1:8080/page#top"}, args...)...)
		if err := json.Unmarshal([]byte(text), &out); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		return out
	}
	must(t, "app", "set", "--data", s.data, "--agentid", "1000002", "--trusted-domain", "127.0.0.1:8080")
	var ticket struct{ Ticket string }
	c := s.creds.Corps[0]
	access := s.token(c.CorpID, c.Apps[0].Secret)
	if err := json.Unmarshal([]byte(s.call("/cgi-bin/ticket/get?type=agent_config&access_token="+access).body), &ticket); err != nil {
		t.Fatal(err)
	}
	own := sign("--agentid", "1000002")
	check := func(signature string) outcome {
		return qiwei(t, "jssdk", "check", "--data", s.data, "--ticket", ticket.Ticket, "--url", "http://127.0.0.1:8080/page", "--nonce", own.NonceStr, "--timestamp", own.Timestamp, "--signature", signature)
	}
	if o := check(own.Signature); o.code != 0 || !strings.Contains(o.out, "the signature is right") || !strings.Contains(o.out, "ticket of application 1000002") {
		t.Errorf("%d %s %s", o.code, o.out, o.err)
	}
	if o := check(sign().Signature); o.code != 1 || !strings.Contains(o.err, "another signature") || !strings.Contains(o.out, "the right signature is "+own.Signature) {
		t.Errorf("%d %s %s", o.code, o.out, o.err)
	}
	// As the address bar shows it, and as location.href has it.
	shown, href := "http://127.0.0.1:8080/页面?名=值", "http://127.0.0.1:8080/%E9%A1%B5%E9%9D%A2?%E5%90%8D=%E5%80%BC"
	for _, page := range []string{shown, href} {
		signed := sign("--agentid", "1000002", "--url", page)
		for _, asked := range []string{shown, href} {
			o := qiwei(t, "jssdk", "check", "--data", s.data, "--ticket", ticket.Ticket, "--url", asked, "--nonce", signed.NonceStr, "--timestamp", signed.Timestamp, "--signature", signed.Signature)
			if o.code != 0 {
				t.Errorf("%s signed, %s asked: %d %s %s", page, asked, o.code, o.out, o.err)
			}
		}
	}
}

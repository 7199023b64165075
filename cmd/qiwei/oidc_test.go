package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// TestOIDC registers a product beside a running server, changes it and removes it.
func TestOIDC(t *testing.T) {
	t.Parallel()
	s := dev(t, t.TempDir())
	var c struct {
		Issuer   string   `json:"issuer"`
		ClientID string   `json:"client_id"`
		Secret   string   `json:"client_secret"`
		Scopes   []string `json:"scopes"`
	}
	out := must(t, "oidc", "client", "add", "--data", s.data, "--agentid", "1000002", "--name", "报表", "--json",
		"--redirect-uri", "https://a.example/cb?x=1,2", "--redirect-uri", "https://a.example/other", "--claim", "department=department_path")
	if err := json.Unmarshal([]byte(out), &c); err != nil || len(c.Secret) != 43 || !strings.HasPrefix(c.Issuer, s.creds.BaseURL+"/oidc/ww") {
		t.Fatalf("%v in %s", err, out)
	}
	authorize := c.Issuer + "/authorize?client_id=" + c.ClientID + "&response_type=code&scope=openid&redirect_uri=https%3A%2F%2Fa.example%2Fother"
	status := func() int {
		t.Helper()
		resp, err := http.Get(authorize)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	if got := status(); got != http.StatusOK {
		t.Errorf("a new client's request: %d", got)
	}
	if shown := must(t, "oidc", "client", "show", "--data", s.data, c.ClientID); strings.Contains(shown, c.Secret) || !strings.Contains(shown, "https://a.example/cb?x=1,2 https://a.example/other") ||
		!strings.Contains(shown, "department=department_path") {
		t.Errorf("shown: %s", shown)
	}
	if list := must(t, "oidc", "client", "list", "--data", s.data); !strings.Contains(list, "报表") || strings.Contains(list, c.Secret) {
		t.Errorf("listed: %s", list)
	}
	if fresh := strings.TrimSpace(must(t, "oidc", "client", "rotate-secret", "--data", s.data, c.ClientID)); len(fresh) != 43 || fresh == c.Secret {
		t.Errorf("a new secret: %q", fresh)
	}
	set := must(t, "oidc", "client", "set", "--data", s.data, c.ClientID, "--claim", "", "--scopes", "openid,phone", "--trusted", "--disable")
	for _, line := range []string{"scopes         openid phone\n", "trusted        yes\n", "off            yes\n"} {
		if !strings.Contains(set, line) {
			t.Errorf("no %q in %s", line, set)
		}
	}
	if strings.Contains(set, "department") || status() != http.StatusBadRequest {
		t.Errorf("switched off: %d %s", status(), set)
	}
	must(t, "oidc", "key", "rotate", "--data", s.data, "--algorithm", "ES256")
	if keys := must(t, "oidc", "key", "list", "--data", s.data); strings.Count(keys, "ES256") != 2 || strings.Count(keys, "RS256") != 1 {
		t.Errorf("keys: %s", keys)
	}
	must(t, "oidc", "client", "remove", "--data", s.data, c.ClientID, "--yes")

	for _, tt := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"oidc", "client", "show", c.ClientID}, 1, "has no client"},
		{[]string{"oidc", "client", "add", "--agentid", "9", "--redirect-uri", "https://a.example/"}, 1, "has no application 9"},
		{[]string{"oidc", "client", "add", "--agentid", "1000002"}, 2, "redirect URI: at least one is needed"},
		{[]string{"oidc", "client", "add", "--agentid", "1000002", "--redirect-uri", "https://*.example/"}, 2, "patterns are not supported"},
		{[]string{"oidc", "client", "add", "--agentid", "1000002", "--redirect-uri", "https://a.example/", "--claim", "x"}, 2, "NAME=ATTRIBUTE expected"},
		{[]string{"oidc", "client", "add", "--agentid", "1000002", "--redirect-uri", "https://a.example/", "--claim", "x=shoe_size"}, 2, "one of address"},
	} {
		if o := qiwei(t, append(tt.args, "--data", s.data)...); o.code != tt.code || !strings.Contains(o.err, tt.says) {
			t.Errorf("%q: %d %s", tt.args, o.code, o.err)
		}
	}
	if o := qiwei(t, "oidc", "client", "add", "--data", s.data, "--agentid", "1000002", "--redirect-uri", "http://intranet/cb"); o.code != 0 || !strings.Contains(o.err, "unencrypted") {
		t.Errorf("an address without TLS: %d %s", o.code, o.err)
	}
}

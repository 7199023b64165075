package platform_test

import (
	"io"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"qiwei/internal/platform"
	"qiwei/qiweitest"
)

// under sends a request under a host's name, as a browser does for a page of that host.
func under(t *testing.T, w *qiweitest.World, host, method, path, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(method, w.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Host = host
	req.Header.Set("Origin", "http://"+host)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.Header.Set("Content-Type", "application/json")
	if strings.Contains(body, "=") {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// TestForeignHost does what a page can do whose name was pointed here.
func TestForeignHost(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t, func(c *platform.Config) { c.Hosts = []string{"qiwei", "wecom.corp.example:8443"} })
	reset := "corpid=" + w.CorpID + "&userid=zhangsan"
	for _, tt := range []struct{ method, path, body string }{
		{"POST", "/_qiwei/clock", `{"advance":"1s"}`},
		{"GET", "/_qiwei/snapshots", ""},
		{"POST", "/_qiwei/sign-in", reset},
		{"POST", "/console/api/session/demo", `{"corpid":"` + w.CorpID + `"}`},
		{"GET", "/console/api/session", ""},
		{"GET", "/console/", ""},
		{"GET", "/phone/", ""},
		{"GET", "/account/sign-in", ""},
		{"GET", "/connect/oauth2/authorize", ""},
		{"GET", "/oidc/" + w.CorpID + "/authorize", ""},
		{"GET", "/", ""},
	} {
		for _, host := range []string{"evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example", "notqiwei", "qiwei.evil.example"} {
			status, body := under(t, w, host, tt.method, tt.path, tt.body)
			if status != http.StatusMisdirectedRequest || !strings.Contains(body, "--host ") {
				t.Errorf("%s %s under %s: %d %.80s", tt.method, tt.path, host, status, body)
			}
		}
		for _, host := range []string{"127.0.0.1:7993", "[::1]:7993", "192.168.1.20", "localhost", "LocalHost:7993", "dev.localhost", "qiwei:7993", "QIWEI.", "wecom.corp.example", "open.weixin.qq.com"} {
			if status, _ := under(t, w, host, tt.method, tt.path, tt.body); status == http.StatusMisdirectedRequest {
				t.Errorf("%s %s under %s is refused", tt.method, tt.path, host)
			}
		}
	}
	// Requests with their own credential, or without secrets in the answer, are answered under any name.
	for _, path := range []string{
		"/cgi-bin/gettoken", "//cgi-bin/gettoken", "/scim/v2/Users", "/healthz", "/readyz", "/metrics", "/openapi.json", "/auth/verify",
		"/oidc/" + w.CorpID + "/.well-known/openid-configuration", "/oidc/" + w.CorpID + "/jwks", "/oidc/" + w.CorpID + "/userinfo",
	} {
		if status, _ := under(t, w, "anything.example", "GET", path, ""); status == http.StatusMisdirectedRequest {
			t.Errorf("%s is refused", path)
		}
	}
}

// A proxy that is trusted decides itself which names lead here.
func TestHostOfProxy(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t, qiweitest.WithServe(), func(c *platform.Config) { c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")} })
	if status, _ := under(t, w, "upstream", "GET", "/account/sign-in", ""); status != http.StatusOK {
		t.Errorf("%d", status)
	}
}

// The base URL's name is known, whatever port stands behind it.
func TestHostOfBaseURL(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	w.Server.SetBaseURL("https://wecom.corp.example")
	for host, want := range map[string]int{"wecom.corp.example": 200, "WeCom.corp.example:443": 200, "corp.example": 421} {
		if status, _ := under(t, w, host, "GET", "/account/sign-in", ""); status != want {
			t.Errorf("%s: %d, want %d", host, status, want)
		}
	}
}

package page

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
)

// TestQRConnectAnatomy reads the page as scrapers and desktop automation do.
func TestQRConnectAnatomy(t *testing.T) {
	page := html(t, Chinese, someQR)
	m := regexp.MustCompile(`window\.settings = (\{.*\});`).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("no settings in\n%s", page)
	}
	var got map[string]string
	if err := json.Unmarshal([]byte(m[1]), &got); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		"key": "0123456789abcdef", "qrUrl": "//qiwei.example:8443/wwopen/sso/qrImg?key=", "redirect_uri": "https://app.example.com/cb?a=b",
		"state": "s+/=", "appid": "ww0123456789abcdef", "longPollGetUrl": "/wwopen/sso/l/qrConnect",
	} {
		if got[key] != want {
			t.Errorf("%s is %q, want %q", key, got[key], want)
		}
	}
	for _, want := range []string{
		`<img class="qrcode lightBorder" src="//qiwei.example:8443/wwopen/sso/qrImg?key=0123456789abcdef"`,
		`"key":"0123456789abcdef"`,
		`<script nonce="n0nce">`,
		`<noscript><meta http-equiv="refresh" content="3;url=/noscript?key=0123456789abcdef&amp;n=1"></noscript>`,
		`data-poll="/wwopen/sso/l/qrConnect?appid=ww0123456789abcdef&amp;callback=jsonpCallback&amp;key=0123456789abcdef&amp;redirect_uri=https%3A%2F%2Fapp.example.com%2Fcb%3Fa%3Db"`,
		`data-echo="ww0123456789abcdef"`,
		`data-parents="https://app.example.com"`,
		`<a href="https://qiwei.example:8443/wwopen/sso/confirm2?k=0123456789abcdef" target="_blank"`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in\n%s", want, page)
		}
	}
}

// TestWebLoginAnatomy reads wwlogin's page (doc 98152). One public reader takes what
// stands between the first `key=` and the next quotation mark.
func TestWebLoginAnatomy(t *testing.T) {
	page := html(t, Chinese, webQR(someQR))
	for _, want := range []string{`"web_key":"0123456789abcdef"`, `"state":"s+/="`, `"redirect_uri":"https://app.example.com/cb?a=b"`, `"sessionSignature":"5ig"`} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in\n%s", want, page)
		}
	}
	_, rest, _ := strings.Cut(page, "key=")
	if key, _, _ := strings.Cut(rest, `"`); key != "0123456789abcdef" {
		t.Errorf("the first key= is %q", key)
	}
	if m := regexp.MustCompile(`qrcode\?key=([0-9a-f]{16})`).FindString(page); m == "" {
		t.Error("no reference to the image")
	}
	if strings.Contains(page, "data-echo") {
		t.Error("wwlogin gives no appid back with the code")
	}
}

func TestQRNavigatesOnlyToTheWeb(t *testing.T) {
	for _, uri := range []string{"javascript:alert(1)", "data:text/html,x", "//evil.example", "wxwork://x", ""} {
		d := someQR
		d.RedirectURI, d.Continue, d.ScanURL, d.Status = uri, uri, uri, Approved
		page := html(t, English, d)
		if !strings.Contains(page, `data-target=""`) {
			t.Errorf("%s is a target", uri)
		}
		for _, e := range parse(t, page) {
			if (uri != "" && (e.attr["href"] == uri || strings.Contains(e.attr["content"], uri))) || (e.attr["id"] == "onward" && e.attr["href"] != "") {
				t.Errorf("%s leads somewhere: <%s %v>", uri, e.name, e.attr)
			}
		}
	}
}

func TestQRWithoutScript(t *testing.T) {
	for _, tt := range []struct {
		status  QRStatus
		refresh string
	}{
		{Waiting, "3;url=/noscript?key=0123456789abcdef&n=1"},
		{Scanned, "3;url=/noscript?key=0123456789abcdef&n=1"},
		{Approved, "1;url=https://app.example.com/cb?code=c"},
		{Declined, ""},
		{Overdue, ""},
	} {
		d := someQR
		d.Status, d.Continue = tt.status, "https://app.example.com/cb?code=c"
		got := ""
		for _, e := range parse(t, html(t, Chinese, d)) {
			if e.attr["http-equiv"] == "refresh" {
				got = e.attr["content"]
			}
		}
		if got != tt.refresh {
			t.Errorf("%s: refresh %q, want %q", qrStatusNames[tt.status], got, tt.refresh)
		}
	}
}

func TestQRParents(t *testing.T) {
	d := someQR
	d.Embedders = []string{"https://A.example/path", "javascript:x", "*", "https://app.example.com"}
	if page := html(t, Chinese, d); !strings.Contains(page, `data-parents="https://a.example * https://app.example.com"`) {
		t.Error(page)
	}
}

func TestQRFramed(t *testing.T) {
	d := someQR
	d.Framed, d.Style, d.Scheme = true, "data:text/css;base64,YXt9", "dark"
	page := html(t, Chinese, d)
	for _, want := range []string{`data-scheme="dark"`, `<link rel="stylesheet" href="data:text/css;base64,YXt9">`, `class="qr framed"`} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(page, "<header") {
		t.Error("a framed page has a header")
	}
	d.Scheme, d.Style, d.RedirectType = "auto", "https://other.example/x.css", "elsewhere"
	page = html(t, Chinese, d)
	if strings.Contains(page, "data-scheme") || strings.Contains(page, "other.example") || strings.Contains(page, "elsewhere") {
		t.Error(page)
	}
}

package oauth_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"qiwei/qiweitest"
)

// atDesk shows a QR code in a browser and returns its key.
func atDesk(t *testing.T, b *qiweitest.Browser, a *qiweitest.Client, c *qiweitest.Corp) string {
	t.Helper()
	page := b.Get("/account/scan?" + url.Values{"corp": {c.CorpID}, "agentid": {agent(a)}, "next": {"/account/passkeys"}}.Encode())
	if page.Status != 200 || !strings.Contains(page.Header.Get("Content-Security-Policy"), "frame-ancestors 'none'") {
		t.Fatalf("%d %v", page.Status, page.Header)
	}
	return keyOn(t, page)
}

var (
	targetShape = regexp.MustCompile(`data-target="([^"]*)"`)
	stateShape  = regexp.MustCompile(`data-state="([^"]*)"`)
)

// scannedLink shows a QR code at a desk, confirms it on a phone, and returns the link with the code to which
// the desk is led.
func scannedLink(t *testing.T, desk, hand *qiweitest.Browser, w *qiweitest.World) string {
	t.Helper()
	a := w.Site(nil)
	page := desk.Get("/account/scan?" + url.Values{"corp": {w.CorpID}, "agentid": {agent(a)}, "next": {"/account/passkeys"}}.Encode())
	key := keyOn(t, page)
	unescape := strings.NewReplacer("&amp;", "&", "&#43;", "+").Replace
	target, state := unescape(targetShape.FindStringSubmatch(page.Body)[1]), unescape(stateShape.FindStringSubmatch(page.Body)[1])
	hand.Press(hand.Get("/wwopen/sso/confirm2?k="+key), "decision", "confirm")
	status, code := pollWebJSON(desk, key, "QRCODE_SCAN_NEVER")
	if status != "QRCODE_SCAN_SUCC" || code == "" {
		t.Fatalf("%s %q", status, code)
	}
	back, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	q := back.Query()
	q.Set("code", code)
	q.Set("state", state)
	return back.Path + "?" + q.Encode()
}

// TestScanSignsTheDeskIn walks through a QR code that ends in a session.
func TestScanSignsTheDeskIn(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.Site(nil)
		desk, hand := w.Browser(), w.SignedIn("lisi")
		link := scannedLink(t, desk, hand, w)
		back, err := url.Parse(link)
		if err != nil {
			t.Fatal(err)
		}
		// The code is worth nothing to an application.
		if u, body := a.Redeem(newCall, back.Query().Get("code")); u.ErrCode != 40029 {
			t.Errorf("at auth/getuserinfo: %s", body)
		}
		// Another browser than the one that showed it cannot use it.
		if got := w.Browser().Get(link); got.To(t).Path != "/account/scan" || len(got.Header.Values("Set-Cookie")) > 1 {
			t.Errorf("in another browser: %d %s", got.Status, got.Header.Get("Location"))
		}
		if got := desk.Get(link); got.Header.Get("Location") != "/account/passkeys" {
			t.Errorf("at the desk: %d %s", got.Status, got.Header.Get("Location"))
		}
		if own := desk.Get("/account/"); !strings.Contains(own.Body, "lisi") {
			t.Errorf("the desk is not signed in: %s", own.Text())
		}
		if got := desk.Get(link); got.To(t).Path != "/account/scan" {
			t.Errorf("the second time: %d %s", got.Status, got.Header.Get("Location"))
		}
	})
}

// A member who declines, or is outside the visible range, signs nobody in.
func TestScanThatSignsNobodyIn(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a := w.Site(nil)
		desk := w.Browser()
		hand := w.SignedIn("lisi")
		key := atDesk(t, desk, a, w.Corp)
		hand.Press(hand.Get("/wwopen/sso/confirm2?k="+key), "decision", "cancel")
		if status, code := pollWebJSON(desk, key, ""); status != "QRCODE_SCAN_FAIL" || code != "" {
			t.Errorf("declined: %s %q", status, code)
		}
		a.SetRange([]int64{4})
		key = atDesk(t, desk, a, w.Corp)
		hand.Get("/wwopen/sso/confirm2?k=" + key)
		if status, code := pollWebJSON(desk, key, ""); status != "QRCODE_SCAN_NEVER" || code != "" {
			t.Errorf("out of the range: %s %q", status, code)
		}
		w.Advance(6 * time.Minute)
		if status, _ := pollWebJSON(desk, key, ""); status != "QRCODE_SCAN_ERR" {
			t.Errorf("after six minutes: %s", status)
		}
		// Without an application there is no range that the member could be in.
		if got := desk.Get("/account/scan?corp=" + w.CorpID); got.To(t).Path != "/account/sign-in" {
			t.Errorf("%d %s", got.Status, got.Header.Get("Location"))
		}
	})
}

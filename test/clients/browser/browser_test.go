// Package browser signs members in as they do it: a desktop browser shows a QR code, a phone scans
// it, and the desktop arrives at the site. Two separate profiles of a real Chromium stand for the
// two devices; the QR code is read from the picture of the desktop's screen.
package browser

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"qiwei/test/clients/devserver"
)

// patience ends a test whose page does nothing any more.
const patience = time.Minute

// desktopAgent is an ordinary browser's: WeCom's pages tell WeCom's own browser by its name.
const desktopAgent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"

var (
	server *devserver.Server
	site   *thirdParty
	// chromium is one process; each device is a profile of its own in it.
	chromium context.Context
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	path, err := findChromium()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	if server, err = devserver.Start(); err != nil {
		fmt.Fprintln(os.Stderr, "no server to browse:", err)
		return 1
	}
	defer server.Stop()

	site = newThirdParty()
	defer site.Close()
	if err := server.SetDomains(server.App("self_built"), site.domain(), site.domain()); err != nil {
		fmt.Fprintln(os.Stderr, "the site's domain could not be registered:", err)
		return 1
	}

	proxy, key, err := interception()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	profiles, err := os.MkdirTemp("", "qiwei-chromium-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(profiles)
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(path),
		chromedp.UserDataDir(profiles),
		chromedp.NoFirstRun,
		chromedp.NoDefaultBrowserCheck,
		chromedp.NoSandbox, // CI is root in a container
		chromedp.Headless,
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true),
		chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.WindowSize(1280, 900),
		// WeCom's own hosts lead to the server; this machine's addresses need no proxy.
		chromedp.Flag("proxy-server", "http://"+proxy),
		chromedp.Flag("ignore-certificate-errors-spki-list", key),
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	defer stop()
	var stopBrowser context.CancelFunc
	chromium, stopBrowser = chromedp.NewContext(allocator)
	defer stopBrowser()
	if err := chromedp.Do(chromium); err != nil {
		fmt.Fprintf(os.Stderr, "%s does not start: %v\n", path, err)
		return 1
	}
	return m.Run()
}

func findChromium() (string, error) {
	if path := os.Getenv("QIWEI_CHROMIUM"); path != "" {
		return path, nil
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("the sign-in pages are tested in a real browser, and there is none: " +
		"`apt-get install chromium` (Debian), or name one with QIWEI_CHROMIUM")
}

// thirdParty is the site that members sign in to.
type thirdParty struct {
	*httptest.Server
	mu      sync.Mutex
	waiting map[string]chan *url.URL // by the path that the test has chosen
	pages   map[string]string        // HTML of the site's own pages, by path
}

func newThirdParty() *thirdParty {
	s := &thirdParty{waiting: map[string]chan *url.URL{}, pages: map[string]string{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		arrived, page := s.waiting[r.URL.Path], s.pages[r.URL.Path]
		s.mu.Unlock()
		if page != "" {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			io.WriteString(w, page)
			return
		}
		if arrived == nil { // a favicon
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, "<!doctype html><title>site</title><p id=arrived>arrived</p>")
		arrived <- r.URL
	}))
	return s
}

// domain is what an administrator registers: host and port, for the port is not a default one.
func (s *thirdParty) domain() string { return strings.TrimPrefix(s.URL, "http://") }

// expect returns a redirect URI that no other test uses, and where its visits are told.
func (s *thirdParty) expect() (redirectURI string, visits <-chan *url.URL) {
	path := "/" + random() + "/callback"
	arrived := make(chan *url.URL, 16)
	s.mu.Lock()
	s.waiting[path] = arrived
	s.mu.Unlock()
	return s.URL + path + "?from=home", arrived
}

func random() string {
	b := make([]byte, 6)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// A device is a browser profile with one page: no cookie of one is seen in another.
type device struct {
	t    *testing.T
	name string
	ctx  context.Context
}

func desktop(t *testing.T) *device {
	t.Helper()
	return newDevice(t, "desktop", desktopAgent, chromedp.EmulateViewport(1280, 900))
}

func phone(t *testing.T) *device {
	t.Helper()
	return newDevice(t, "phone", devserver.UserAgent,
		chromedp.EmulateViewport(390, 844, chromedp.EmulateScale(2), chromedp.EmulateMobile, chromedp.EmulateTouch))
}

func newDevice(t *testing.T, name, userAgent string, screen chromedp.Action[chromedp.Void]) *device {
	t.Helper()
	ctx, cancel := chromedp.NewContext(chromium, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	d := &device{t: t, name: name, ctx: ctx}
	// The first run opens the page, whose life is that of the context given: no deadline here.
	if err := chromedp.Do(ctx, screen); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	agent := emulation.SetUserAgentOverrideParams{UserAgent: userAgent, AcceptLanguage: "zh-CN"}
	if _, err := chromedp.Call(ctx, emulation.SetUserAgentOverride, agent); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the %s shows:\n%s", name, d.text())
		}
	})
	return d
}

// evaluate runs a script in the device's page.
func evaluate[T any](d *device, script string, options ...chromedp.EvaluateOption) (T, error) {
	ctx, cancel := context.WithTimeout(d.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](script, options...))
}

// eventually tries until it works, as long as a test lasts. Trying may fail in passing:
// a page that is just being left runs no script.
func (d *device) eventually(what string, try func() error) {
	d.t.Helper()
	var err error
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if err = try(); err == nil {
			return
		}
	}
	d.t.Fatalf("%s: no %s: %v", d.name, what, err) // the page is shown at the end of the test
}

func (d *device) open(address string) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(address)); err != nil {
		d.t.Fatalf("%s: open %s: %v", d.name, address, err)
	}
}

// text is what a person reads on the page.
func (d *device) text() string {
	text, err := evaluate[string](d, `location.href + "\n" + (document.body ? document.body.innerText : "")`)
	if err != nil {
		return "(" + err.Error() + ")"
	}
	return text
}

// reads waits until the page shows the words.
func (d *device) reads(words string) {
	d.t.Helper()
	d.eventually(fmt.Sprintf("%q on the page", words), func() error {
		if !strings.Contains(d.text(), words) {
			return errNotThere
		}
		return nil
	})
}

// signIn signs a member in on this device, in the page, so that the cookie is the device's own.
func (d *device) signIn(userID string) {
	d.t.Helper()
	d.open(server.BaseURL + "/healthz")
	body := url.Values{"corpid": {server.Corp.CorpID}, "userid": {userID}}.Encode()
	script := fmt.Sprintf(`fetch("/_qiwei/sign-in", {method: "POST", body: new URLSearchParams(%s)}).then(r => r.status)`, toJS(body))
	status, err := evaluate[int](d, script, chromedp.EvalAwaitPromise)
	if err != nil || status != http.StatusNoContent {
		d.t.Fatalf("%s: POST /_qiwei/sign-in as %s: %d, %v; want 204", d.name, userID, status, err)
	}
}

// press clicks the first visible button or link whose label is one of the words.
func (d *device) press(labels ...string) {
	d.t.Helper()
	d.click("button that says "+strings.Join(labels, " or "), `
		[...document.querySelectorAll("button, input[type=submit], input[type=button], a, [role=button]")]
			.find(e => `+toJS(labels)+`.includes((e.innerText || e.value || "").trim()))`)
}

// pick clicks a member in the picker: by data-userid, or by the userid as the value of a button or
// as a word of its text.
func (d *device) pick(userID string) {
	d.t.Helper()
	id := toJS(userID)
	d.click("member "+userID+" to pick", `
		document.querySelector("[data-userid=" + CSS.escape(`+id+`) + "]") ||
		[...document.querySelectorAll("button, a, label, [role=button], [role=option], li")]
			.find(e => e.value === `+id+` || (e.innerText || "").split(/[\s()（）@,，·]+/).includes(`+id+`))`)
}

// tick sets a tick box of the form, known by its name, its value or its data-field. The box itself
// may lie hidden under one that is drawn.
func (d *device) tick(field string, on bool) {
	d.t.Helper()
	script := fmt.Sprintf(`(() => {
		const box = [...document.querySelectorAll("input[type=checkbox]")]
			.find(e => [e.name, e.value, e.dataset.field].includes(%s));
		if (box && box.checked !== %t) box.click();
		return !!box && box.checked === %t;
	})()`, toJS(field), on, on)
	d.eventually("tick box "+field, func() error {
		done, err := evaluate[bool](d, script)
		if err == nil && !done {
			err = errNotThere
		}
		return err
	})
}

// click clicks the middle of the element that the expression finds, with the mouse, once it is there
// and has a size.
func (d *device) click(what, find string) {
	d.t.Helper()
	script := `(() => {
		const e = ` + strings.TrimSpace(find) + `;
		if (!e || e.disabled) return null;
		e.scrollIntoView({block: "center"});
		const r = e.getBoundingClientRect();
		return r.width && r.height ? {x: r.x + r.width / 2, y: r.y + r.height / 2} : null;
	})()`
	type point struct {
		X float64 `json:"x"`
		Y float64 `json:"y"`
	}
	var at *point
	d.eventually(what, func() (err error) {
		if at, err = evaluate[*point](d, script); err == nil && at == nil {
			err = errNotThere
		}
		return err
	})
	ctx, cancel := context.WithTimeout(d.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.MouseClickXY(at.X, at.Y)); err != nil {
		d.t.Fatalf("%s: click the %s: %v", d.name, what, err)
	}
}

// scan reads the QR code off the device's screen.
func (d *device) scan() string {
	d.t.Helper()
	var content string
	d.eventually("QR code on the screen", func() error {
		ctx, cancel := context.WithTimeout(d.ctx, patience)
		defer cancel()
		shot, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
		if err != nil {
			return err
		}
		picture, err := png.Decode(bytes.NewReader(shot))
		if err != nil {
			return err
		}
		bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
		if err != nil {
			return err
		}
		read, err := qrcode.NewQRCodeReader().Decode(bitmap, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_TRY_HARDER: true})
		if err != nil {
			// The reader cannot decode some codes at the screen's scale. A person would reload the page for
			// another.
			if again := chromedp.Do(ctx, chromedp.Reload()); again != nil {
				return errors.Join(err, again)
			}
			return err
		}
		content = read.GetText()
		return nil
	})
	return content
}

var errNotThere = errors.New("it is not there")

// arrives waits until the device shows the site, and returns the query that the site was called with.
func (d *device) arrives(visits <-chan *url.URL) url.Values {
	d.t.Helper()
	var query url.Values
	select {
	case u := <-visits:
		if query = u.Query(); query.Get("from") != "home" {
			d.t.Errorf("%s: called back at %s; want the query that the redirect_uri had", d.name, u)
		}
	case <-time.After(patience):
		d.t.Fatalf("%s: did not come back to the site", d.name)
	}
	// The site has seen the visit before the page is there; leaving it half loaded would be an error.
	d.reads("arrived")
	return query
}

// nobody checks that the site is not called.
func nobody(t *testing.T, visits <-chan *url.URL) {
	t.Helper()
	select {
	case u := <-visits:
		t.Errorf("the site was called back at %s; want no call", u)
	default:
	}
}

func toJS(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err) // a string or a list of them
	}
	return string(b)
}

// call is the site's own server asking qiwei, with the app's token.
func call(t *testing.T, app devserver.App, method, path string, query url.Values, body any) map[string]any {
	t.Helper()
	token := request(t, http.MethodGet, "/cgi-bin/gettoken", url.Values{"corpid": {server.Corp.CorpID}, "corpsecret": {app.Secret}}, nil)
	if query == nil {
		query = url.Values{}
	}
	query.Set("access_token", fmt.Sprint(token["access_token"]))
	return request(t, method, path, query, body)
}

func request(t *testing.T, method, path string, query url.Values, body any) map[string]any {
	t.Helper()
	var payload io.Reader
	if body != nil {
		payload = strings.NewReader(toJS(body))
	}
	req, err := http.NewRequest(method, server.BaseURL+path+"?"+query.Encode(), payload)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var answer map[string]any
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	if answer["errcode"] != float64(0) {
		t.Fatalf("%s %s: %v", method, path, answer)
	}
	return answer
}

// link builds one of WeCom's page addresses on our server.
func link(path string, query ...string) string {
	values := url.Values{}
	for i := 0; i < len(query); i += 2 {
		values.Set(query[i], query[i+1])
	}
	return server.BaseURL + path + "?" + values.Encode()
}

func agentID(app devserver.App) string { return strconv.Itoa(app.AgentID) }

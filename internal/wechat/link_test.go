package wechat_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/acquisition"
	"qiwei/internal/id"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// links makes an acquisition link and an account of customer service, and returns where they lead.
func links(t *testing.T, w *qiweitest.World) (ca, kf string) {
	t.Helper()
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		by, name := access.System(w.CorpID), "门店"
		l, err := w.Server.Acquisition.CreateLink(ctx, tx, by, acquisition.LinkUpdate{Name: &name, Range: &acquisition.Named{Users: []id.UserID{"zhangsan"}}})
		if err != nil {
			return err
		}
		a, err := w.Server.KF.CreateAccount(ctx, tx, by, "客服", "")
		if err != nil {
			return err
		}
		ca = w.Server.Acquisition.URL(l)
		kf, err = w.Server.KF.Link(a, "web")
		return err
	})
	return ca + "?customer_channel=a%26b", kf
}

func open(t *testing.T, w *qiweitest.World, link string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest("GET", w.URL+link, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp := w.Do(req)
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

func path(link string) string { u, _ := url.Parse(link); return u.RequestURI() }

// TestLinks: in dev a link opens the phone of WeChat users, with all that is appended to it, and elsewhere a page says
// that it opens in WeChat.
func TestLinks(t *testing.T) {
	t.Run("dev", func(t *testing.T) {
		run(t, func(t *testing.T, w *qiweitest.World) {
			ca, kf := links(t, w)
			for _, link := range []string{ca, kf} {
				resp, _ := open(t, w, path(link))
				to, err := url.Parse(resp.Header.Get("Location"))
				if err != nil || resp.StatusCode != 302 || to.Path != "/wechat/scan" || to.Query().Get("link") != link {
					t.Errorf("%s: %d to %s", link, resp.StatusCode, to)
				}
			}
			codes := w.Get("/_qiwei/wechat/codes").Body
			for _, want := range []string{`"kind":"link"`, `"note":"门店"`, `"kind":"kf"`, `"note":"客服"`, strings.TrimSuffix(ca, "?customer_channel=a%26b")} {
				if !strings.Contains(codes, want) {
					t.Errorf("what there is to scan: %s, without %s", codes, want)
				}
			}
		})
	})
	t.Run("serve", func(t *testing.T) {
		t.Parallel()
		qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
			ca, kf := links(t, w)
			for _, link := range []string{path(ca), path(kf), "/wechat/way/x", "/wechat/join/x"} {
				resp, text := open(t, w, link)
				if resp.StatusCode != 404 || !strings.Contains(text, "只能在微信中打开") || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
					t.Errorf("%s: %d %s", link, resp.StatusCode, text)
				}
			}
			if resp, text := open(t, w, "/wechat/"); strings.Contains(text, "<script") {
				t.Errorf("the phone of WeChat users is there: %d", resp.StatusCode)
			}
		}, func(c *platform.Config) { c.Dev = false })
	})
}

package login_test

import (
	"bytes"
	"encoding/xml"
	"image/png"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/qiweitest"
)

// TestMemberLinks opens the links that user/get gives out.
func TestMemberLinks(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		reader := w.WithApp("self_built", app.Settings{Legacy: true, Range: access.Everything()})
		b := newBrowser(t, w)
		links := func(user string) (got struct {
			Avatar      string `json:"avatar"`
			ThumbAvatar string `json:"thumb_avatar"`
			QRCode      string `json:"qr_code"`
		}) {
			reader.Call("GET", "/cgi-bin/user/get?userid="+user, "").Decode(&got)
			return got
		}
		got := links("zhangsan")
		for link, width := range map[string]string{got.Avatar: `width="640"`, got.ThumbAvatar: `width="100"`, w.URL + "/wwhead/default/0": `width="640"`} {
			a := b.get(strings.TrimPrefix(link, w.URL))
			if a.status != 200 || a.header.Get("Content-Type") != "image/svg+xml" || !strings.Contains(a.body, width) || !strings.Contains(a.header.Get("Content-Security-Policy"), "default-src 'none'") {
				t.Errorf("%s: %d %v", link, a.status, a.header)
			}
			for d := xml.NewDecoder(strings.NewReader(a.body)); ; {
				if _, err := d.Token(); err == io.EOF {
					break
				} else if err != nil {
					t.Fatalf("%s: %v in %s", link, err, a.body)
				}
			}
		}
		page := b.get(strings.TrimPrefix(got.QRCode, w.URL))
		if page.status != 200 || !strings.Contains(page.text(), "张三") || !strings.Contains(page.text(), "经理") {
			t.Errorf("the card: %d %s", page.status, page.text())
		}
		picture := b.get(strings.TrimPrefix(got.QRCode, w.URL) + "&png=1")
		if _, err := png.Decode(bytes.NewReader([]byte(picture.body))); err != nil {
			t.Errorf("its picture: %v", err)
		}
		// Whatever the name, the picture stays valid.
		member(t, w, w.Corp, `{"userid":"lisi","name":"<script>&\"x"}`)
		if a := b.get(strings.TrimPrefix(links("lisi").Avatar, w.URL)); strings.Contains(a.body, "<script") || !strings.Contains(a.body, "&lt;") {
			t.Errorf("a strange name: %s", a.body)
		}
		for _, path := range []string{"/wwhead/x/0", "/wwhead/default/x", "/wwhead/default/99999", "/wwhead/default/-1", "/wwopen/userQRCode", "/wwopen/userQRCode?vcode=x"} {
			if a := b.get(path); a.status != http.StatusNotFound {
				t.Errorf("%s: %d", path, a.status)
			}
		}
		member(t, w, w.Corp, `{"userid":"zhangsan","enable":0}`)
		if a := b.get(strings.TrimPrefix(got.QRCode, w.URL)); a.status != 404 {
			t.Errorf("the card of a disabled member: %d", a.status)
		}
	})
}

// TestErrorCodePage opens the page to which the errmsg of a refusal leads.
func TestErrorCodePage(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		b := newBrowser(t, w)
		refused := w.Get("/cgi-bin/user/get")
		_, more, ok := strings.Cut(refused.ErrMsg, "more info at https://open.work.weixin.qq.com")
		if !ok {
			t.Fatal(refused.Body)
		}
		for _, tt := range []struct{ path, says string }{
			{more, "access_token missing"},
			{"/devtool/query?e=60020&lang=en", "not allow to access from your ip"},
			{"/devtool/query?e=-1", "system busy"},
			{"/devtool/query?e=99", "没有错误码 99"},
			{"/devtool/query", "输入接口返回的 errcode"},
			{"/devtool/query?e=" + url.QueryEscape("<script>alert(1)</script>"), "没有错误码 <script>alert(1)</script>"},
		} {
			if a := b.get(tt.path); a.status != 200 || !strings.Contains(a.text(), tt.says) || strings.Contains(a.body, "<script>alert") {
				t.Errorf("%s: %d %s", tt.path, a.status, a.text())
			}
		}
	})
}

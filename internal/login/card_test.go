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
		b := w.Browser()
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
			a := b.Get(strings.TrimPrefix(link, w.URL))
			if a.Status != 200 || a.Header.Get("Content-Type") != "image/svg+xml" || !strings.Contains(a.Body, width) || !strings.Contains(a.Header.Get("Content-Security-Policy"), "default-src 'none'") {
				t.Errorf("%s: %d %v", link, a.Status, a.Header)
			}
			for d := xml.NewDecoder(strings.NewReader(a.Body)); ; {
				if _, err := d.Token(); err == io.EOF {
					break
				} else if err != nil {
					t.Fatalf("%s: %v in %s", link, err, a.Body)
				}
			}
		}
		page := b.Get(strings.TrimPrefix(got.QRCode, w.URL))
		if page.Status != 200 || !strings.Contains(page.Text(), "张三") || !strings.Contains(page.Text(), "经理") {
			t.Errorf("the card: %d %s", page.Status, page.Text())
		}
		picture := b.Get(strings.TrimPrefix(got.QRCode, w.URL) + "&png=1")
		if _, err := png.Decode(bytes.NewReader([]byte(picture.Body))); err != nil {
			t.Errorf("its picture: %v", err)
		}
		// Whatever the name, the picture stays valid.
		member(t, w, w.Corp, `{"userid":"lisi","name":"<script>&\"x"}`)
		if a := b.Get(strings.TrimPrefix(links("lisi").Avatar, w.URL)); strings.Contains(a.Body, "<script") || !strings.Contains(a.Body, "&lt;") {
			t.Errorf("a strange name: %s", a.Body)
		}
		for _, path := range []string{"/wwhead/x/0", "/wwhead/default/x", "/wwhead/default/99999", "/wwhead/default/-1", "/wwopen/userQRCode", "/wwopen/userQRCode?vcode=x"} {
			if a := b.Get(path); a.Status != http.StatusNotFound {
				t.Errorf("%s: %d", path, a.Status)
			}
		}
		member(t, w, w.Corp, `{"userid":"zhangsan","enable":0}`)
		if a := b.Get(strings.TrimPrefix(got.QRCode, w.URL)); a.Status != 404 {
			t.Errorf("the card of a disabled member: %d", a.Status)
		}
	})
}

// TestErrorCodePage opens the page to which the errmsg of a refusal leads.
func TestErrorCodePage(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		b := w.Browser()
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
			if a := b.Get(tt.path); a.Status != 200 || !strings.Contains(a.Text(), tt.says) || strings.Contains(a.Body, "<script>alert") {
				t.Errorf("%s: %d %s", tt.path, a.Status, a.Text())
			}
		}
	})
}

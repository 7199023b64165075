package join_test

import (
	"image/png"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	zxing "github.com/makiuchi-d/gozxing/qrcode"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/qiweitest"
)

// joinQR returns the address of a QR code that get_join_qrcode answers.
func joinQR(t *testing.T, c *qiweitest.Client, query string) string {
	t.Helper()
	var got struct {
		QRCode string `json:"join_qrcode"`
	}
	r := c.Call("GET", "/cgi-bin/corp/get_join_qrcode"+query, "")
	if r.ErrCode != 0 {
		t.Fatal(r.Body)
	}
	r.Decode(&got)
	return got.QRCode
}

func fetch(t *testing.T, w *qiweitest.World, method, address string, form url.Values) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, address, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if method == "POST" {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	req.Header.Set("Accept-Language", "en")
	resp := w.Do(req)
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

// read returns the width and the content of a QR code.
func read(t *testing.T, w *qiweitest.World, address string) (width int, text string) {
	t.Helper()
	resp, body := fetch(t, w, "GET", address, nil)
	img, err := png.Decode(strings.NewReader(body))
	if err != nil || resp.Header.Get("Content-Type") != "image/png" {
		t.Fatalf("%s: %s, %v", address, resp.Status, err)
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	pure := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true} // "pure" because the decoder reads photographs only now and then
	code, err := zxing.NewQRCodeReader().Decode(bitmap, pure)
	if err != nil {
		t.Fatalf("read the QR code of %d pixels: %v", img.Bounds().Dx(), err)
	}
	return img.Bounds().Dx(), code.GetText()
}

func TestJoiningAnEnterprise(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		sync := w.As(access.ContactSync)
		for query, want := range map[string]int{"": 741, "?size_type=1": 171, "?size_type=2": 399, "?size_type=3": 741, "?size_type=4": 2052} {
			width, text := read(t, w, joinQR(t, sync, query))
			if width != want || !strings.HasPrefix(text, w.URL+"/join/") {
				t.Errorf("%q: %d pixels with %s, want %d", query, width, text, want)
			}
		}
		for _, l := range []line{
			{"another size", access.ContactSync, "corp/get_join_qrcode?size_type=5", "", `40058`, ""},
			{"no size", access.ContactSync, "corp/get_join_qrcode?size_type=0", "", `40058`, ""},
			{"by an ordinary application", access.SelfBuilt, "corp/get_join_qrcode", "", `48002`, ""},
		} {
			l.check(t, w)
		}

		_, page := read(t, w, joinQR(t, sync, "?size_type=2"))
		resp, body := fetch(t, w, "GET", page, nil)
		if resp.StatusCode != 200 || !strings.Contains(body, "Join the organisation") || !strings.Contains(body, "甲公司") {
			t.Fatalf("the page: %s %s", resp.Status, body)
		}
		if policy := resp.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") {
			t.Errorf("Content-Security-Policy is %q", policy)
		}
		for _, tt := range []struct {
			name, mobile string
			status       int
			says, events string
		}{
			{"", "13900000001", 422, "A name has 1 to 64 characters.", ""},
			{"新人", "123", 422, "This is not a mobile number.", ""},
			{"新人", "", 422, "This is not a mobile number.", ""},
			{"新人", "+86 138 0000 0001", 409, "A member has this mobile number already.", ""},
			{`<b>"新"</b>`, "123", 422, `value="&lt;b&gt;&#34;新&#34;&lt;/b&gt;"`, ""},
			{" 新人 ", "+86 13900000001", 200, "You have joined 甲公司", "create_party create_user"},
			{"又一", "13900000002", 200, "You have joined 甲公司", "create_user"},
		} {
			resp, body := fetch(t, w, "POST", page, url.Values{"name": {tt.name}, "mobile": {tt.mobile}})
			if events := happened(w); resp.StatusCode != tt.status || !strings.Contains(body, tt.says) || events != tt.events {
				t.Errorf("%q, %q: %s %s, events %q; want %d %s, events %q", tt.name, tt.mobile, resp.Status, body, events, tt.status, tt.says, tt.events)
			}
		}
		got := everything(w).Call("GET", "/cgi-bin/user/list?department_id=5", "")
		if !strings.Contains(got.Body, `"name":"新人","department":[5]`) || !strings.Contains(got.Body, `"status":4`) || !strings.Contains(got.Body, `"mobile":"13900000001"`) {
			t.Errorf("whoever joined: %s", got.Body)
		}
		if stray := w.Second.Events(); stray != nil {
			t.Errorf("the other enterprise had events %q", stray)
		}

		configure(w, func(c *corp.Corp) { c.MemberLimit = 5 })
		if resp, body := fetch(t, w, "POST", page, url.Values{"name": {"多"}, "mobile": {"13900000003"}}); resp.StatusCode != 409 || !strings.Contains(body, "cannot take new members") {
			t.Errorf("a full enterprise: %s %s", resp.Status, body)
		}
		w.Advance(7*24*time.Hour - time.Second)
		if resp, _ := fetch(t, w, "GET", page, nil); resp.StatusCode != 200 {
			t.Errorf("on the seventh day: %s", resp.Status)
		}
		qr := joinQR(t, sync, "")
		w.Advance(time.Second)
		for _, address := range []string{page, w.URL + "/join/x", page[:len(page)-1]} {
			for _, method := range []string{"GET", "POST"} {
				resp, body := fetch(t, w, method, address, url.Values{"name": {"晚"}, "mobile": {"13900000004"}})
				if resp.StatusCode != 410 || !strings.Contains(body, "no longer valid") {
					t.Errorf("%s %s after seven days: %s %s", method, address, resp.Status, body)
				}
			}
		}
		if resp, _ := fetch(t, w, "GET", qr, nil); resp.StatusCode != 200 {
			t.Errorf("a newer code: %s", resp.Status)
		}
		w.Advance(8 * 24 * time.Hour)
		if resp, _ := fetch(t, w, "GET", qr, nil); resp.StatusCode != 404 {
			t.Errorf("its picture after eight days: %s", resp.Status)
		}
	})
}

// An invitation in wrong hands cannot fill an enterprise in an afternoon.
func TestJoiningTooOften(t *testing.T) {
	w := qiweitest.New(t)
	_, page := read(t, w, joinQR(t, w.As(access.ContactSync), "?size_type=2"))
	for i := range 31 {
		resp, _ := fetch(t, w, "POST", page, url.Values{"name": {"人"}, "mobile": {"1390000" + itoa(int64(1000+i))}})
		if want := map[bool]int{true: 200, false: 429}[i < 30]; resp.StatusCode != want {
			t.Fatalf("member %d: %s, want %d", i+1, resp.Status, want)
		}
	}
	if list := everything(w).Call("GET", "/cgi-bin/user/list?department_id=5", "").Body; !strings.Contains(list, `"13900001029"`) || strings.Contains(list, `"13900001030"`) {
		t.Errorf("who has joined: %s", list)
	}
	w.Advance(2 * time.Hour)
	if resp, body := fetch(t, w, "POST", page, url.Values{"name": {"人"}, "mobile": {"13900009999"}}); resp.StatusCode != 200 {
		t.Errorf("two hours later: %s %s", resp.Status, body)
	}
}

package media_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// see fetches an address without a token, as a browser does.
func see(t *testing.T, w *qiweitest.World, url string, header ...string) (status int, h http.Header, body []byte) {
	t.Helper()
	req, err := http.NewRequest("GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp := w.Do(req)
	var b bytes.Buffer
	if _, err := b.ReadFrom(resp.Body); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, b.Bytes()
}

// show uploads a picture and returns its address.
func show(t *testing.T, c *qiweitest.Client, content []byte) string {
	t.Helper()
	got := c.Upload("/cgi-bin/media/uploadimg", "a.png", content)
	var resp struct {
		URL string `json:"url"`
	}
	if got.Decode(&resp); got.ErrCode != 0 || !strings.Contains(got.Body, `"errmsg":""`) {
		t.Fatalf("uploadimg: %s", got.Body)
	}
	return resp.URL
}

func decode(t *testing.T, content []byte) image.Image {
	t.Helper()
	img, _, err := image.Decode(bytes.NewReader(content))
	if err != nil {
		t.Fatalf("%v in %.40q", err, content)
	}
	return img
}

func TestPicturesThatStay(t *testing.T) {
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		c := w.As(access.SelfBuilt)
		content := jpegOf(300, 200)
		url := show(t, c, content)
		if !strings.HasPrefix(url, w.URL+"/wwpic/") || !strings.HasSuffix(url, "/0") {
			t.Fatalf("its address is %s", url)
		}
		for range 2 { // before and after a hundred days
			status, h, body := see(t, w, url)
			if status != 200 || !bytes.Equal(body, content) || h.Get("Content-Type") != "image/jpeg" || h.Get("Content-Disposition") != "" ||
				h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Cache-Control"), "public") || h.Get("Error-Code") != "" {
				t.Errorf("%d with %d bytes, %v", status, len(body), h)
			}
			if status, _, body := see(t, w, url, "If-None-Match", `"x", W/`+h.Get("Etag")); status != 304 || len(body) > 0 {
				t.Errorf("known already: %d with %d bytes", status, len(body))
			}
			w.Advance(100 * 24 * time.Hour)
			if err := w.Server.Media.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if status, h, body := see(t, w, url, "Range", "bytes=0-9"); status != 206 || !bytes.Equal(body, content[:10]) {
			t.Errorf("a part: %d %v", status, h)
		}
		if status, h, _ := see(t, w, url, "Range", "bytes=999999-"); status != 416 || h.Get("Content-Range") != "bytes */"+strconv.Itoa(len(content)) {
			t.Errorf("a part outside: %d %v", status, h)
		}
		small := strings.TrimSuffix(url, "/0") + "/100"
		for range 2 {
			status, h, body := see(t, w, small)
			if img := decode(t, body); status != 200 || img.Bounds().Size() != image.Pt(100, 100) || h.Get("Content-Type") != "image/jpeg" {
				t.Errorf("its small form: %d, %v, %v", status, img.Bounds(), h)
			}
		}
		for _, path := range []string{strings.TrimSuffix(url, "/0"), strings.TrimSuffix(url, "0") + "640", strings.TrimSuffix(url, "0") + "-1", w.URL + "/wwpic/unknown/0", w.URL + "/wwpic/" + strings.Repeat("0", 48) + "/100"} {
			if status, _, _ := see(t, w, path); status != 404 {
				t.Errorf("%s: %d", path, status)
			}
		}
		if other := show(t, c, content); other == url {
			t.Error("two pictures have one address")
		}
	})
}

func TestWhichPictures(t *testing.T) {
	pictures := []struct {
		name    string
		content []byte
		want    int
	}{
		{"a PNG of 2 MB", filled(pngOf(8, 8), 2*mb), 0},
		{"one byte more", filled(pngOf(8, 8), 2*mb+1), 40009},
		{"a GIF", []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"), 0},
		{"a BMP", filled([]byte("BM"), 60), 0},
		{"an SVG", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`), 40004},
		{"a page", []byte(`<html><script>alert(1)</script></html>`), 40004},
		{"5 bytes", pngOf(1, 1)[:5], 40006},
		{"nothing", nil, 44001},
	}
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		for _, p := range pictures {
			if got := w.As(access.SelfBuilt).Upload("/cgi-bin/media/uploadimg", "a", p.content); got.ErrCode != p.want {
				t.Errorf("%s: %s, want %d", p.name, got.Body, p.want)
			}
		}
		for field, want := range map[string]int{`name="fieldNameHere"; filename="20180103195745.png"`: 0, `name="media"`: 44001, `filename="a.png"`: 0} {
			got := w.As(access.SelfBuilt).Request("POST", "/cgi-bin/media/uploadimg", strings.NewReader(form(field, string(pngOf(2, 2)))), "Content-Type", "multipart/form-data; boundary=b")
			if got.ErrCode != want {
				t.Errorf("%s: %s, want %d", field, got.Body, want)
			}
		}
	})
}

// The quota counts by days and months of Beijing time, for each corp, and only if the limits are on.
func TestPictureQuota(t *testing.T) {
	used := func(w *qiweitest.World, period string, n int) {
		change(w, `INSERT INTO picture_quota (corpid, period, used) VALUES (?, ?, ?) ON CONFLICT (corpid, period) DO UPDATE SET used = excluded.used`, w.CorpID, period, n)
	}
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		c, png := w.As(access.SelfBuilt), pngOf(2, 2)
		try := func(name string, want int) {
			t.Helper()
			if got := c.Upload("/cgi-bin/media/uploadimg", "a.png", png); got.ErrCode != want {
				t.Errorf("%s: %s, want %d", name, got.Body, want)
			}
		}
		used(w, "2031-01-06", 999)
		try("the 1000th of the day", 0)
		try("one more", 45009)
		if got := w.Second.As(access.SelfBuilt).Upload("/cgi-bin/media/uploadimg", "a.png", png); got.ErrCode != 0 {
			t.Errorf("the other corp's first: %s", got.Body)
		}
		change(w, `UPDATE picture_quota SET used = 5000 WHERE corpid = ?`, w.Second.CorpID)
		used(w, "2031-01-06", 1)
		try("after the other corp's many", 0)
		if got := w.Second.As(access.SelfBuilt).Upload("/cgi-bin/media/uploadimg", "a.png", png); got.ErrCode != 45009 {
			t.Errorf("one more of the other corp's: %s", got.Body)
		}
		used(w, "2031-01-06", 1000)
		w.Advance(7*time.Hour - time.Second) // 16:00 UTC is midnight in Beijing
		try("a second before midnight", 45009)
		w.Advance(time.Second)
		try("the next day", 0)
		used(w, "2031-01", 3000)
		try("the 3001st of the month", 45009)
		w.Advance(25 * 24 * time.Hour)
		try("the next month", 0)
	}, qiweitest.WithLimits())
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		used(w, "2031-01-06", 5000)
		show(t, w.As(access.SelfBuilt), pngOf(2, 2))
	})
}

// A picture is its enterprise's to take away.
func TestAnotherEnterprisesPicture(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		url := show(t, w.Second.As(access.SelfBuilt), pngOf(200, 200))
		path := strings.TrimPrefix(url, w.URL)
		for _, tt := range []struct {
			by   *qiweitest.Corp
			want int
		}{{w.Corp, 200}, {w.Second, 404}} {
			w.Write(func(_ context.Context, tx *store.Tx) error {
				return w.Server.Media.ReleasePicture(tx, tt.by.CorpID, path)
			})
			for _, size := range []string{"0", "100"} {
				if status, _, _ := see(t, w, strings.TrimSuffix(url, "0")+size); status != tt.want {
					t.Errorf("released by %s: %d, want %d", tt.by.Name, status, tt.want)
				}
			}
		}
	})
}

// A camera that was held on its side says so in the picture; the small form shows
// what the camera saw.
func TestSmallPicturesStandUpright(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		for orientation, red := range map[byte]image.Point{1: {5, 50}, 2: {95, 50}, 3: {95, 50}, 4: {5, 50}, 5: {50, 5}, 6: {50, 5}, 7: {50, 95}, 8: {50, 95}} {
			url := show(t, w.As(access.SelfBuilt), turned(halves(200, 200), orientation))
			_, _, body := see(t, w, strings.TrimSuffix(url, "/0")+"/100")
			img := decode(t, body)
			if r, _, b, _ := img.At(red.X, red.Y).RGBA(); r < 0xc000 || b > 0x4000 {
				t.Errorf("orientation %d: at %v it is %v", orientation, red, img.At(red.X, red.Y))
			}
			if opposite := image.Pt(99-red.X, 99-red.Y); red.X != 50 || red.Y != 50 {
				if r, _, b, _ := img.At(opposite.X, opposite.Y).RGBA(); b < 0xc000 || r > 0x4000 {
					t.Errorf("orientation %d: at %v it is %v", orientation, opposite, img.At(opposite.X, opposite.Y))
				}
			}
		}
	})
}

func TestPicturesThatCannotBeScaled(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		huge := pngOf(1, 1)
		copy(huge[16:], []byte{0, 0, 0x40, 0, 0, 0, 0x40, 0}) // it claims 16384 by 16384 pixels
		binary.BigEndian.PutUint32(huge[29:], crc32.ChecksumIEEE(huge[12:29]))
		for name, content := range map[string][]byte{
			"a GIF": []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;"), "a BMP": filled([]byte("BM"), 60), "a JPG that is cut off": jpegOf(200, 200)[:700], "a PNG of 268 million pixels": huge,
		} {
			url := show(t, w.As(access.SelfBuilt), content)
			if status, _, body := see(t, w, strings.TrimSuffix(url, "/0")+"/100"); status != 200 || !bytes.Equal(body, content) {
				t.Errorf("%s: %d with %d bytes", name, status, len(body))
			}
		}
	})
}

// The small form keeps the picture's middle and its transparency.
func TestSmallFormOfAPNG(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		img := image.NewNRGBA(image.Rect(0, 0, 400, 200)) // nothing but a green middle
		for y := range 200 {
			for x := 100; x < 300; x++ {
				img.Set(x, y, color.NRGBA{0, 255, 0, 128})
			}
		}
		url := show(t, w.As(access.SelfBuilt), encodePNG(img))
		_, h, body := see(t, w, strings.TrimSuffix(url, "/0")+"/100")
		small := decode(t, body)
		for _, p := range []image.Point{{0, 0}, {50, 50}, {99, 99}} {
			if c := color.NRGBAModel.Convert(small.At(p.X, p.Y)).(color.NRGBA); c.G < 250 || c.R > 5 || c.A < 120 || c.A > 136 {
				t.Errorf("at %v it is %v", p, c)
			}
		}
		if h.Get("Content-Type") != "image/png" {
			t.Errorf("it is %s", h.Get("Content-Type"))
		}
	})
}

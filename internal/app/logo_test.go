package app_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	_ "image/jpeg"
	"image/png"
	"io"
	"net/http"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// TestLogos sets an application's logo from an uploaded image, and finds it cropped to a square (doc 90228).
func TestLogos(t *testing.T) {
	for _, second := range []bool{false, true} {
		testLogos(t, second)
	}
}

// testLogos sets those of one enterprise. The other has an application of the same number, without a logo.
func testLogos(t *testing.T, second bool) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		of, other := w.Corp, w.Second
		if second {
			of, other = other, of
		}
		other.As(access.SelfBuilt)
		c := of.As(access.SelfBuilt)
		upload := func(kind string, width, height int) string {
			t.Helper()
			var content bytes.Buffer
			if err := png.Encode(&content, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
				t.Fatal(err)
			}
			var resp struct {
				MediaID string `json:"media_id"`
			}
			got := c.Upload("/cgi-bin/media/upload?type="+kind, "logo.png", content.Bytes())
			if got.Decode(&resp); got.ErrCode != 0 {
				t.Fatalf("upload: %s", got.Body)
			}
			return resp.MediaID
		}
		set := func(mediaID string) qiweitest.Result {
			return c.Call("POST", "/cgi-bin/agent/set", fmt.Sprintf(`{"agentid":%d,"logo_mediaid":%q}`, c.AgentID, mediaID))
		}
		logo := func() string {
			var resp struct {
				Logo string `json:"square_logo_url"`
			}
			c.Call("GET", fmt.Sprintf("/cgi-bin/agent/get?agentid=%d", c.AgentID), "").Decode(&resp)
			return resp.Logo
		}
		look := func(url string) (status, width, height int) {
			t.Helper()
			req, err := http.NewRequest("GET", url, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp := w.Do(req)
			body, _ := io.ReadAll(resp.Body)
			img, _, _ := image.DecodeConfig(bytes.NewReader(body))
			return resp.StatusCode, img.Width, img.Height
		}
		for _, tt := range []struct {
			name, mediaID string
			want          int
		}{
			{"an unknown one", "3unknown", 301015},
			{"a file", upload("file", 8, 8), 301015},
			{"none", "", 0},
		} {
			if got := set(tt.mediaID); got.ErrCode != tt.want || logo() != "" {
				t.Errorf("%s: %s, want %d; the logo is %q", tt.name, got.Body, tt.want, logo())
			}
		}
		for _, tt := range []struct{ width, height, shown int }{{300, 300, 300}, {400, 200, 200}, {100, 90, 90}, {2000, 1000, 640}} {
			before := logo()
			if got := set(upload("image", tt.width, tt.height)); got.ErrCode != 0 {
				t.Fatalf("%+v: %s", tt, got.Body)
			}
			url := logo()
			if !strings.HasPrefix(url, w.URL+"/wwpic/") {
				t.Fatalf("its address is %s", url)
			}
			for range 2 {
				if status, width, height := look(url); status != 200 || width != tt.shown || height != tt.shown {
					t.Errorf("%+v is shown as %d by %d (%d)", tt, width, height, status)
				}
			}
			if status, width, _ := look(strings.TrimSuffix(url, "0") + "100"); status != 200 || width != 100 {
				t.Errorf("%+v, small: %d wide (%d)", tt, width, status)
			}
			if before != "" {
				if status, _, _ := look(before); status != 404 {
					t.Errorf("the logo before: %d", status)
				}
			}
		}
		last := logo()
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			return w.Server.Apps.DeleteApp(ctx, tx, of.CorpID, c.AgentID)
		})
		if status, _, _ := look(last); status != 404 {
			t.Errorf("the logo of a deleted application: %d", status)
		}
	})
}

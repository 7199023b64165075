package clients

import (
	"bytes"
	"image"
	"image/png"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/silenceper/wechat/v2/work/addresslist"
)

// TestSilenceperMedia uploads what the library can and reads it back. The library
// sends a file's whole path as its name.
func TestSilenceperMedia(t *testing.T) {
	app := silenceper(server.App("self_built")).GetMaterial()
	var content bytes.Buffer
	if err := png.Encode(&content, image.NewGray(image.Rect(0, 0, 120, 90))); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "头像.png")
	if err := os.WriteFile(path, content.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := app.UploadTempFile(path, "image")
	if err != nil || file.Type != "image" || file.CreateAt == "" {
		t.Fatalf("upload: %+v, %v", file, err)
	}
	back, err := app.GetTempFile(file.MediaID)
	if err != nil || !bytes.Equal(back, content.Bytes()) {
		t.Errorf("it comes back with %d bytes, %v", len(back), err)
	}
	_, err = app.GetTempFile("3unknown")
	wantSilenceperCode(t, "an unknown media_id", err, 40007)
	_, err = app.UploadTempFileFromReader("a.mp3", "voice", strings.NewReader("ID3 and no voice"))
	wantSilenceperCode(t, "an MP3 for a voice", err, 301017)

	picture, err := app.UploadImg(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, url := range []string{picture.URL, strings.TrimSuffix(picture.URL, "0") + "100"} {
		resp, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := image.DecodeConfig(resp.Body); err != nil || resp.StatusCode != 200 {
			t.Errorf("%s: %s, %v", url, resp.Status, err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	customer := silenceper(server.App("customer_contact")).GetMaterial()
	if a, err := customer.UploadAttachment(path, "image", 1); err != nil || a.CreateAt == 0 {
		t.Errorf("upload of an attachment: %+v, %v", a, err)
	}

	sync := silenceper(server.App("contact_sync")).GetAddressList()
	user := unique("avatar")
	if _, err := sync.UserCreate(&addresslist.UserCreateRequest{UserID: user, Name: user, Mobile: mobile(), Department: []int{1}, AvatarMediaid: file.MediaID}); err != nil {
		t.Errorf("a member with that picture: %v", err)
	}
}

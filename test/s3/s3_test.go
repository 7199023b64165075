// Package s3 keeps qiwei's files in an S3 service written by others.
package s3

import (
	"bytes"
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"qiwei/qiweitest"
)

// TestFiles uploads files, reads them as a whole and in parts, and lets them be swept.
func TestFiles(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	backend := s3mem.New()
	if err := backend.CreateBucket("files"); err != nil {
		t.Fatal(err)
	}
	service := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(service.Close)
	objects := func() int {
		t.Helper()
		list, err := backend.ListBucket("files", nil, gofakes3.ListBucketPage{})
		if err != nil {
			t.Fatal(err)
		}
		return len(list.Contents)
	}
	w := qiweitest.New(t, qiweitest.WithBlobs("s3://files/media?region=us-east-1&path_style=true&endpoint="+service.URL))
	if err := w.Server.Blobs.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := w.As("self_built")
	content := bytes.Repeat([]byte("0123456789abcdef"), 20<<20/16)
	var file struct {
		MediaID string `json:"media_id"`
	}
	got := c.Upload("/cgi-bin/media/upload?type=file", "合同.bin", content)
	if got.Decode(&file); got.ErrCode != 0 {
		t.Fatalf("upload: %s", got.Body)
	}
	if got := c.Upload("/cgi-bin/media/upload?type=image", "a.png", content); got.ErrCode != 40009 {
		t.Errorf("what is refused: %s", got.Body)
	}
	if n := objects(); n != 1 {
		t.Errorf("%d objects", n)
	}
	path := "/cgi-bin/media/get?media_id=" + file.MediaID
	if got := c.Request("GET", path, nil); got.Body != string(content) {
		t.Errorf("it comes back with %d bytes: %.200s", len(got.Body), got.Body)
	}
	for header, want := range map[string]string{"bytes=16-19": "0123", "bytes=-3": "def", "bytes=0-0": "0"} {
		if got := c.Request("GET", path, nil, "Range", header); got.Status != 206 || got.Body != want {
			t.Errorf("%s: %d %.40q", header, got.Status, got.Body)
		}
	}
	if got := c.Request("GET", path, nil, "Range", "bytes=10485760-"); got.Status != 206 || !strings.HasPrefix(got.Body, "0123456789abcdef") || len(got.Body) != 10<<20 {
		t.Errorf("its second half: %d with %d bytes", got.Status, len(got.Body))
	}
	w.Advance(3 * 24 * time.Hour)
	for range 2 {
		if err := w.Server.Media.Sweep(context.Background()); err != nil {
			t.Fatal(err)
		}
		w.Advance(time.Hour)
	}
	if n := objects(); n != 0 {
		t.Errorf("%d objects are left", n)
	}
}

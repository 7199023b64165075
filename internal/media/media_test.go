package media_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// The files that tests upload are made here: small, complete, and of a known size where that matters.

// picture is an image of one colour.
func picture(w, h int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = 0x80
	}
	return img
}

func pngOf(w, h int) []byte { return encodePNG(picture(w, h)) }

func encodePNG(img image.Image) []byte {
	var out bytes.Buffer
	if err := png.Encode(&out, img); err != nil {
		panic(err)
	}
	return out.Bytes()
}

func jpegOf(w, h int) []byte {
	var out bytes.Buffer
	if err := jpeg.Encode(&out, picture(w, h), nil); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// halves is a JPEG that is red on its left and blue on its right.
func halves(w, h int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{255, 0, 0, 255}
			if x >= w/2 {
				c = color.RGBA{0, 0, 255, 255}
			}
			img.Set(x, y, c)
		}
	}
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 95}); err != nil {
		panic(err)
	}
	return out.Bytes()
}

// turned adds an Exif part to a JPEG that says how the camera was held.
func turned(jpg []byte, orientation byte) []byte {
	exif := []byte("Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00" + string([]byte{orientation}) + "\x00\x00\x00\x00\x00\x00")
	head := []byte{0xff, 0xd8, 0xff, 0xe1, 0, byte(len(exif) + 2)}
	return append(append(head, exif...), jpg[2:]...)
}

// filled appends zeros up to a size. Images and videos stay valid.
func filled(content []byte, size int) []byte {
	return append(content, make([]byte, size-len(content))...)
}

// amr is a voice of n frames of 20 ms, at 12.2 kbit/s.
func amr(n int) []byte {
	return []byte("#!AMR\n" + strings.Repeat("\x3c"+strings.Repeat("\x00", 31), n))
}

func box(name string, content ...[]byte) []byte {
	body := bytes.Join(content, nil)
	out := binary.BigEndian.AppendUint32(nil, uint32(8+len(body)))
	return append(append(out, name...), body...)
}

// mp4 returns a video that claims to play for that many tenths of a second.
func mp4(tenths uint32) []byte {
	mvhd := make([]byte, 12, 100)
	mvhd = binary.BigEndian.AppendUint32(mvhd, 10)
	mvhd = binary.BigEndian.AppendUint32(mvhd, tenths)
	return append(box("ftyp", []byte("isom\x00\x00\x02\x00isommp41")), append(box("free"), box("moov", box("mvhd", mvhd, make([]byte, 80)))...)...)
}

// upload uploads a file and returns its media_id.
func upload(t testing.TB, c *qiweitest.Client, kind, name string, content []byte) string {
	t.Helper()
	got := c.Upload("/cgi-bin/media/upload?type="+kind, name, content)
	if got.ErrCode != 0 {
		t.Fatalf("upload %s: %s", name, got.Body)
	}
	var resp struct {
		MediaID string `json:"media_id"`
	}
	got.Decode(&resp)
	return resp.MediaID
}

// seller is an application that may call customer contact.
func seller(c *qiweitest.Corp) *qiweitest.Client {
	return c.WithApp(access.SelfBuilt, app.Settings{Range: access.Everything(), Callable: []access.Kind{access.CustomerContact}})
}

// blobs counts what is in the World's bucket.
func blobs(t testing.TB, w *qiweitest.World) (n int) {
	t.Helper()
	err := filepath.WalkDir(w.Server.Blobs.String(), func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// count runs a query for a number.
func count(t testing.TB, w *qiweitest.World, query string, args ...any) (n int64) {
	t.Helper()
	if err := w.Server.Store.Read(context.Background(), func(tx *store.Tx) (err error) {
		n, err = tx.Count(query, args...)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return n
}

// change alters rows behind the server's back.
func change(w *qiweitest.World, query string, args ...any) {
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(query, args...)
		return err
	})
}

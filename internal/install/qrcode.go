package install

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"net/http"

	qrcode "github.com/skip2/go-qrcode"

	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// style is one of the looks of an application's QR code (doc 95430).
type style int64

// styles are the sizes of the looks in pixels, and whether there is a frame around the code.
var styles = []struct {
	width, height int
	framed        bool
}{
	{1996, 2456, true}, // for print
	{624, 768, true},   // for a screen
	{312, 384, false},
	{624, 768, false},
	{1996, 2456, false},
}

const plainSmall style = 2

func (st style) valid() bool { return st >= 0 && int(st) < len(styles) }

// drawn is a QR code that an application's page is reached by.
type drawn struct {
	SuiteID string `json:"i"`
	State   string `json:"s"`
	Style   style  `json:"y"`
}

// imageURL is where the picture is fetched.
func (s *Service) imageURL(d drawn) (string, error) {
	plain, err := json.Marshal(d)
	if err != nil {
		return "", err
	}
	return s.deps.BaseURL() + imagePath + "?k=" + s.deps.Box.SealText(seal.InstallLink, "image", plain), nil
}

// picture draws the QR code of a suite's page. The frame has no words: those of WeCom's are its own.
func (s *Service) picture(d drawn) ([]byte, error) {
	look := styles[d.Style]
	code, err := qrcode.New(s.installLink(d.SuiteID, d.State), qrcode.Medium)
	if err != nil {
		return nil, fmt.Errorf("QR code: %w", err)
	}
	code.DisableBorder = true
	canvas := image.NewPaletted(image.Rect(0, 0, look.width, look.height), color.Palette{color.White, color.Black, color.RGBA{0x1f, 0x66, 0xe5, 0xff}})
	edge := look.width / 12
	if look.framed {
		draw.Draw(canvas, canvas.Rect, image.NewUniform(canvas.Palette[2]), image.Point{}, draw.Src)
		draw.Draw(canvas, canvas.Rect.Inset(edge/2), image.NewUniform(color.White), image.Point{}, draw.Src)
	}
	side := look.width - 2*edge
	at := image.Pt(edge, (look.height-side)/2)
	draw.Draw(canvas, image.Rectangle{at, at.Add(image.Pt(side, side))}, code.Image(side), image.Point{}, draw.Src)
	var b bytes.Buffer
	err = png.Encode(&b, canvas)
	return b.Bytes(), err
}

// fileOf is a picture as a call answers it.
func fileOf(content []byte) *wire.File {
	return &wire.File{Name: "qrcode.png", Type: "image/png", Size: int64(len(content)),
		Open: func(_ context.Context, offset, length int64) (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(content[offset : offset+length])), nil
		}}
}

// image sends the picture of a suite that is still there.
func (s *Service) image(w http.ResponseWriter, r *http.Request) {
	var d drawn
	plain, err := s.deps.Box.OpenText(seal.InstallLink, "image", r.URL.Query().Get("k"))
	if err != nil || json.Unmarshal(plain, &d) != nil || !d.Style.valid() {
		http.NotFound(w, r)
		return
	}
	found := false
	err = s.deps.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
		_, found, err = s.suiteOf(tx, d.SuiteID)
		return err
	})
	if err != nil || !found {
		s.deps.Login.NotFound(w, r, err)
		return
	}
	content, err := s.picture(d)
	if err == nil {
		w.Header().Set("Cache-Control", "no-store")
		err = fileOf(content).Serve(w, r)
	}
	if err != nil {
		s.deps.Login.NotFound(w, r, err)
	}
}

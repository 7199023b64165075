package media

import (
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"

	"golang.org/x/image/draw"

	"qiwei/internal/blob"
	"qiwei/internal/store"
)

const (
	// thumbnailWidth is the width of the small form of pictures (/100).
	thumbnailWidth = 100
	// squareWidth is the width of the largest square to which a picture is cropped.
	squareWidth = 640
	// maxPixels is the largest picture that is scaled: it is decoded as a whole, with 3 to 8 bytes per pixel.
	// For a larger one every form is the original.
	maxPixels = 25_000_000
)

// picture returns a picture in the form of its address: the original if it is shown whole, or scaled to the
// width. The first request scales it.
func (s *Service) picture(ctx context.Context, key string, width int64) (p Picture, found bool, err error) {
	ready := false
	look := func(tx *store.Tx) error {
		if p, found, err = selectPicture(tx, key); err != nil || !found {
			return err
		}
		if width == 0 && !p.Square {
			ready = true
			return nil
		}
		scaled, done, err := selectPictureSize(tx, p, width)
		if done {
			p, ready = scaled, true
		}
		return err
	}
	if err := s.deps.Store.Read(ctx, look); err != nil || !found || ready {
		return p, found, err
	}
	select {
	case s.scaling <- struct{}{}:
		defer func() { <-s.scaling }()
	case <-ctx.Done():
		return p, true, ctx.Err()
	}
	if err := s.deps.Store.Read(ctx, look); err != nil || !found || ready { // somebody else has done it
		return p, found, err
	}
	scaled, err := s.scale(ctx, p, width)
	if err != nil || scaled == nil {
		return p, true, err
	}
	return *scaled, true, nil
}

// scale stores a scaled form of the picture and returns it. It returns nil if the picture can only be shown
// as it is.
func (s *Service) scale(ctx context.Context, p Picture, width int64) (*Picture, error) {
	d, err := s.scaled(ctx, p, width)
	if err != nil || d == nil {
		return nil, err
	}
	defer d.Discard()
	out := p
	out.Size = d.Size()
	if out.blob, err = s.put(ctx, p.CorpID, d); err != nil {
		return nil, err
	}
	return &out, s.deps.Store.Write(ctx, func(tx *store.Tx) error { return insertPictureSize(tx, out, width) })
}

// scaled reads the picture and writes its middle square, with the width given or, for 0, its own width up to
// squareWidth.
func (s *Service) scaled(ctx context.Context, p Picture, width int64) (*blob.Draft, error) {
	if p.Type != "image/jpeg" && p.Type != "image/png" {
		return nil, nil
	}
	content, err := s.Content(ctx, p.blob, 0, -1)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	local, err := s.deps.Bucket.Draft() // a local copy, because it is read three times
	if err != nil {
		return nil, err
	}
	defer local.Discard()
	if _, err := io.Copy(local, content); err != nil {
		return nil, fmt.Errorf("read picture: %w", err)
	}
	w, h, known, err := dimensions(local, local.Size())
	if err != nil || !known || w*h > maxPixels || (width == 0 && w == h) {
		return nil, nil
	}
	src, _, err := image.Decode(io.NewSectionReader(local, 0, local.Size()))
	if err != nil {
		return nil, nil // its header was valid; browsers show as much as they can
	}
	img := square(src, int(width))
	if p.Type == "image/jpeg" {
		img = upright(img, orientation(local))
	}
	out, err := s.deps.Bucket.Draft()
	if err != nil {
		return nil, err
	}
	if p.Type == "image/jpeg" {
		err = jpeg.Encode(out, img, &jpeg.Options{Quality: 88})
	} else {
		err = png.Encode(out, img)
	}
	if err != nil {
		out.Discard()
		return nil, fmt.Errorf("write picture: %w", err)
	}
	return out, nil
}

// square returns the middle of an image, scaled to the width.
func square(src image.Image, width int) *image.NRGBA {
	b := src.Bounds()
	side := min(b.Dx(), b.Dy())
	if width == 0 {
		width = min(side, squareWidth)
	}
	x, y := b.Min.X+(b.Dx()-side)/2, b.Min.Y+(b.Dy()-side)/2
	dst := image.NewNRGBA(image.Rect(0, 0, width, width))
	draw.CatmullRom.Scale(dst, dst.Bounds(), src, image.Rect(x, y, x+side, y+side), draw.Src, nil)
	return dst
}

// orientation returns how a camera was held, according to the Exif part of a JPEG: 1 to 8, where 1 is
// upright.
func orientation(content io.ReaderAt) int {
	var h [4]byte
	for at := int64(2); ; {
		if _, err := content.ReadAt(h[:], at); err != nil || h[0] != 0xff || h[1] == 0xda {
			return 1
		}
		n := int64(binary.BigEndian.Uint16(h[2:]))
		if h[1] == 0xe1 {
			if o := exifOrientation(head(io.NewSectionReader(content, at+4, n-2), int(n))); o != 0 {
				return o
			}
		}
		at += 2 + n
	}
}

// exifOrientation finds the tag in the first directory of an Exif part.
func exifOrientation(b []byte) int {
	const tag = 0x0112
	if len(b) < 14 || string(b[:6]) != "Exif\x00\x00" {
		return 0
	}
	b = b[6:]
	var order binary.ByteOrder = binary.LittleEndian
	if string(b[:2]) == "MM" {
		order = binary.BigEndian
	}
	at := int(order.Uint32(b[4:]))
	if at < 8 || at+2 > len(b) {
		return 0
	}
	for i := range int(order.Uint16(b[at:])) {
		entry := at + 2 + 12*i
		if entry+12 > len(b) {
			return 0
		}
		if order.Uint16(b[entry:]) == tag {
			if o := int(order.Uint16(b[entry+8:])); o >= 1 && o <= 8 {
				return o
			}
			return 0
		}
	}
	return 0
}

// upright turns a square image according to its orientation.
func upright(img *image.NRGBA, orientation int) *image.NRGBA {
	if orientation == 1 {
		return img
	}
	n := img.Rect.Dx()
	out := image.NewNRGBA(img.Rect)
	for y := range n {
		for x := range n {
			fromX, fromY := x, y
			switch orientation {
			case 2:
				fromX = n - 1 - x
			case 3:
				fromX, fromY = n-1-x, n-1-y
			case 4:
				fromY = n - 1 - y
			case 5:
				fromX, fromY = y, x
			case 6:
				fromX, fromY = y, n-1-x
			case 7:
				fromX, fromY = n-1-y, n-1-x
			case 8:
				fromX, fromY = n-1-y, x
			}
			out.SetNRGBA(x, y, img.NRGBAAt(fromX, fromY))
		}
	}
	return out
}

package media

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	_ "image/gif"
	"image/jpeg"
	_ "image/png"
	"io"
	"time"
)

// The content decides what a file is: its name and content type are only the sender's claim. A check reads a
// draft and returns the content type with which the file is served, or the platform's error.

// head returns the first n bytes, or fewer if there are fewer.
func head(content io.ReaderAt, n int) []byte {
	b := make([]byte, n)
	n, _ = content.ReadAt(b, 0)
	return b[:n]
}

// pictureType returns the content type of an image, empty for anything else.
func pictureType(content io.ReaderAt) string {
	switch b := head(content, 8); {
	case bytes.HasPrefix(b, []byte("\xff\xd8\xff")):
		return "image/jpeg"
	case bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")):
		return "image/png"
	case bytes.HasPrefix(b, []byte("GIF87a")), bytes.HasPrefix(b, []byte("GIF89a")):
		return "image/gif"
	case bytes.HasPrefix(b, []byte("BM")):
		return "image/bmp"
	}
	return ""
}

// dimensions reads an image's header. known is false if we cannot read this kind of image, although others
// can.
func dimensions(content io.ReaderAt, size int64) (width, height int, known bool, err error) {
	c, _, err := image.DecodeConfig(io.NewSectionReader(content, 0, size))
	var unsupported jpeg.UnsupportedError
	if errors.As(err, &unsupported) {
		return 0, 0, false, nil
	}
	if err == nil && (c.Width == 0 || c.Height == 0) {
		err = errors.New("no pixels")
	}
	return c.Width, c.Height, true, err
}

// checkImage accepts JPG and PNG, and refuses files that cannot be decoded as such.
func checkImage(content io.ReaderAt, size int64) (string, error) {
	typ := pictureType(content)
	if typ != "image/jpeg" && typ != "image/png" {
		return "", ErrMediaType.With("an image is a JPG or a PNG")
	}
	if _, _, _, err := dimensions(content, size); err != nil {
		return "", ErrImage.With("it begins like %s and cannot be read as such", typ)
	}
	return typ, nil
}

// checkPicture accepts what a page can show. Which formats media/uploadimg takes is not documented; the
// general page on uploads (91054) names BMP among others.
func checkPicture(content io.ReaderAt, size int64) (string, error) {
	typ := pictureType(content)
	if typ == "" {
		return "", ErrMediaType.With("a picture is a JPG, PNG, GIF or BMP")
	}
	if _, _, _, err := dimensions(content, size); err != nil && typ != "image/bmp" {
		return "", ErrImage.With("it begins like %s and cannot be read as such", typ)
	}
	return typ, nil
}

const (
	amrHeader   = "#!AMR\n"
	amrFrame    = 20 * time.Millisecond
	maxPlaytime = 60 * time.Second
)

// amrSizes are the sizes of a frame in bytes by its type, including its first byte (RFC 4867). 0 marks types
// that no recorder writes.
var amrSizes = [16]int{13, 14, 16, 18, 20, 21, 27, 32, 6, 0, 0, 0, 0, 0, 0, 1}

// checkVoice accepts AMR of at most 60 seconds. Whether the platform also wants a name that ends in .amr, as
// its message suggests, is unverified; we do not.
func checkVoice(content io.ReaderAt, size int64) (string, error) {
	r := bufio.NewReaderSize(io.NewSectionReader(content, 0, size), 32<<10)
	if begin, _ := r.Peek(len(amrHeader)); string(begin) != amrHeader {
		return "", ErrVoiceFormat
	}
	r.Discard(len(amrHeader))
	played := time.Duration(0)
	for {
		frame, err := r.ReadByte()
		if err == io.EOF {
			break
		}
		if err != nil {
			return "", err
		}
		n := amrSizes[frame>>3&15]
		if n == 0 {
			return "", ErrVoice.With("it contains something that is not an AMR frame")
		}
		if _, err := r.Discard(n - 1); err != nil && err != io.EOF { // the last frame may be cut off
			return "", err
		}
		played += amrFrame
	}
	if played == 0 {
		return "", ErrVoice.With("it holds no sound")
	}
	if played > maxPlaytime {
		return "", ErrPlaytime.With("%.1f seconds, at most %d", played.Seconds(), int(maxPlaytime.Seconds()))
	}
	return "voice/amr", nil
}

// checkVideo accepts MP4: a file of boxes that begins with ftyp, and not QuickTime's.
func checkVideo(content io.ReaderAt, size int64) (string, error) {
	if b := head(content, 12); len(b) < 12 || string(b[4:8]) != "ftyp" || string(b[8:12]) == "qt  " {
		return "", ErrMediaType.With("a video is an MP4")
	}
	return "video/mp4", nil
}

// checkFile accepts anything. For a file that a message may name as another kind (Sendable), it returns that
// kind's type.
func checkFile(content io.ReaderAt, size int64) (string, error) {
	for _, check := range []func(io.ReaderAt, int64) (string, error){checkImage, checkVoice, checkVideo} {
		if typ, err := check(content, size); err == nil {
			return typ, nil
		}
	}
	return bytesType, nil
}

// bytesType is the content type of every file of kind file, whatever its content. Clients take an answer in
// JSON for an error and XML for a message, and a page uploaded by one member must not run in another's
// browser.
const bytesType = "application/octet-stream"

// duration returns how long an MP4 plays, and whether its header could be read.
func duration(content io.ReaderAt, size int64) (time.Duration, bool) {
	from, to, ok := findBox(content, "moov", 0, size)
	if !ok {
		return 0, false
	}
	if from, to, ok = findBox(content, "mvhd", from, to); !ok {
		return 0, false
	}
	b := make([]byte, min(32, to-from))
	if n, err := content.ReadAt(b, from); err != nil && n < len(b) {
		return 0, false
	}
	var scale, units uint64
	switch {
	case len(b) >= 20 && b[0] == 0:
		scale, units = uint64(binary.BigEndian.Uint32(b[12:])), uint64(binary.BigEndian.Uint32(b[16:]))
	case len(b) >= 32 && b[0] == 1:
		scale, units = uint64(binary.BigEndian.Uint32(b[20:])), binary.BigEndian.Uint64(b[24:])
	}
	if scale == 0 {
		return 0, false
	}
	return time.Duration(float64(units) / float64(scale) * float64(time.Second)), true
}

// findBox returns where the content of the first box of the type begins and ends, among the boxes between two
// offsets.
func findBox(content io.ReaderAt, name string, from, to int64) (start, end int64, found bool) {
	var h [16]byte
	for from+8 <= to {
		if _, err := content.ReadAt(h[:8], from); err != nil {
			return 0, 0, false
		}
		head, n := int64(8), int64(binary.BigEndian.Uint32(h[:]))
		switch n {
		case 0: // to the end
			n = to - from
		case 1:
			if _, err := content.ReadAt(h[8:], from+8); err != nil {
				return 0, 0, false
			}
			head, n = 16, int64(binary.BigEndian.Uint64(h[8:]))
		}
		if n < head || n > to-from {
			return 0, 0, false
		}
		if string(h[4:8]) == name {
			return from + head, from + n, true
		}
		from += n
	}
	return 0, 0, false
}

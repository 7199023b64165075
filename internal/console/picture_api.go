package console

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	qrcode "github.com/skip2/go-qrcode"

	"qiwei/internal/media"
	"qiwei/internal/store"
)

// Pictures that an admin adds to what customers are shown, and codes that lead to the enterprise.

func (s *Service) pictureCalls() []call {
	return []call{
		{pattern: "POST /console/api/pictures", right: editCorp, large: true, handle: s.addPicture},
		{pattern: "GET /console/api/pictures/{media}", right: readCorp, handle: s.getPicture},
		{pattern: "GET /console/api/qrcode.png", right: look, handle: s.drawCode},
	}
}

// scenes are what a picture is for.
var scenes = map[string]media.Scene{"": media.General, "moment": media.Moment, "album": media.Album}

// addPicture takes the picture as the body of the request, and answers a media_id.
func (s *Service) addPicture(v *visit) (any, error) {
	scene, ok := scenes[v.query("for")]
	if !ok {
		return nil, badRequest{errors.New("for: moment, album or nothing expected")}
	}
	content, err := io.ReadAll(v.r.Body)
	if err != nil {
		return nil, err
	}
	file, err := s.deps.Media.Upload(v.ctx(), v.by, media.NewFile{Kind: media.Image, Scene: scene, Name: "picture", Length: int64(len(content)), Content: bytes.NewReader(content)})
	if err != nil {
		return nil, badPicture(err)
	}
	return map[string]string{"media_id": file.MediaID}, nil
}

// getPicture answers a picture of the enterprise.
func (s *Service) getPicture(v *visit) (any, error) {
	var f media.File
	if err := v.look(func(tx *store.Tx) (err error) {
		f, err = s.deps.Media.File(tx, v.corpID, v.r.PathValue("media"))
		if errors.Is(err, media.ErrMediaID) || err == nil && !strings.HasPrefix(f.Type, "image/") {
			err = errGone
		}
		return err
	}); err != nil {
		return nil, err
	}
	content, err := s.deps.Media.Content(v.ctx(), f.Key, 0, -1)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	h := v.w.Header()
	h.Set("Content-Type", f.Type)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cache-Control", "private, max-age=3600")
	h.Set("Content-Length", strconv.FormatInt(f.Size, 10))
	io.Copy(v.w, content)
	return nil, nil
}

// A code holds up to longestCode bytes, and is drawn this many pixels wide.
const (
	longestCode = 600
	codePixels  = 480
)

// drawCode draws a QR code of an address of this server. Codes of anything else are not drawn: a page must not be
// made to show one that leads elsewhere.
func (s *Service) drawCode(v *visit) (any, error) {
	text := v.r.URL.Query().Get("text")
	if len(text) > longestCode || !strings.HasPrefix(text, s.deps.BaseURL()+"/") {
		return nil, badRequest{errors.New("text: an address of this server expected")}
	}
	drawn, err := qrcode.Encode(text, qrcode.Medium, codePixels)
	if err != nil {
		return nil, err
	}
	h := v.w.Header()
	h.Set("Content-Type", "image/png")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "private, max-age=3600")
	v.w.WriteHeader(http.StatusOK)
	v.w.Write(drawn)
	return nil, nil
}

package login

import (
	"net/http"
	"strconv"

	qrcode "github.com/skip2/go-qrcode"
)

// NotFound answers 404, or that the server failed to look.
func (s *Service) NotFound(w http.ResponseWriter, r *http.Request, err error) {
	if err != nil && r.Context().Err() == nil {
		s.deps.Log.Error("page failed", "path", r.URL.Path, "err", err)
		http.Error(w, "the server could not answer", http.StatusInternalServerError)
		return
	}
	http.NotFound(w, r)
}

// SendQR draws the content as a QR code.
func (s *Service) SendQR(w http.ResponseWriter, r *http.Request, content string) {
	image, err := qrcode.Encode(content, qrcode.Medium, 400)
	if err != nil {
		s.NotFound(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "image/png")
	h.Set("Content-Length", strconv.Itoa(len(image)))
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	w.Write(image)
}

package media

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/door"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) pictureEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/media/uploadimg", Doc: 90256, Allow: everyone(), Handle: wire.Stream(s.mediaUploadimg)},
	}
}

type mediaUploadimgResponse struct {
	uploaded
	URL string `json:"url"`
}

func (s *Service) mediaUploadimg(ctx context.Context, _ *store.Store, by access.Caller, _ wire.None, form *wire.Form) (mediaUploadimgResponse, error) {
	p, err := part(form)
	if err != nil {
		return mediaUploadimgResponse{}, err
	}
	path, err := s.UploadPicture(ctx, by, NewFile{Name: p.FileName, Length: p.Length, Content: p})
	if err != nil {
		return mediaUploadimgResponse{}, err
	}
	return mediaUploadimgResponse{URL: s.deps.BaseURL() + path}, nil
}

// Routes returns the room's pages.
func (s *Service) Routes() []door.Route {
	return []door.Route{{Pattern: "GET " + picturePath + "{key}/{width}", Handler: http.HandlerFunc(s.servePicture)}}
}

// servePicture sends a picture to anybody who has its address. The content of an address never changes, so
// caches may keep it.
func (s *Service) servePicture(w http.ResponseWriter, r *http.Request) {
	var width int64
	switch r.PathValue("width") {
	case strings.TrimPrefix(original, "/"):
	case strings.TrimPrefix(thumbnail, "/"):
		width = thumbnailWidth
	default:
		http.NotFound(w, r)
		return
	}
	p, found, err := s.picture(r.Context(), r.PathValue("key"), width)
	if err != nil {
		if r.Context().Err() == nil {
			s.deps.Log.Error("picture", "path", r.URL.Path, "err", err)
		}
		http.Error(w, "the picture cannot be read", http.StatusInternalServerError)
		return
	}
	if !found {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Etag", `"`+p.blob+`"`)
	h.Set("Content-Security-Policy", "default-src 'none'")
	if known(r.Header.Get("If-None-Match"), `"`+p.blob+`"`) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	f := &wire.File{Type: p.Type, Size: p.Size, Open: func(ctx context.Context, offset, length int64) (io.ReadCloser, error) {
		return s.Content(ctx, p.blob, offset, length)
	}}
	if err := f.Serve(w, r); err != nil {
		h.Del("Etag")
		h.Set("Cache-Control", "no-store")
		if errors.Is(err, wire.ErrRange) {
			h.Set("Content-Range", "bytes */"+strconv.FormatInt(p.Size, 10))
			http.Error(w, "no such part", http.StatusRequestedRangeNotSatisfiable)
			return
		}
		s.deps.Log.Error("picture", "path", r.URL.Path, "err", err)
		http.Error(w, "the picture cannot be read", http.StatusInternalServerError)
	}
}

// known reports whether the tag is in an If-None-Match.
func known(list, tag string) bool {
	for t := range strings.SplitSeq(list, ",") {
		if t = strings.TrimPrefix(strings.TrimSpace(t), "W/"); t == tag || t == "*" {
			return true
		}
	}
	return false
}

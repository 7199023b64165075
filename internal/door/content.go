package door

import (
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"qiwei/internal/wire"
)

// Content makes a handler that serves a file to a signed-in person, as a whole or the range that the request asks
// for. find returns nil where there is no such file for that person.
func (d Door[S]) Content(find func(r *http.Request, sess S) (*wire.File, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sess, found, err := d.SignedIn(r)
		var f *wire.File
		if found && err == nil {
			f, err = find(r, sess)
		}
		ServeFile(w, r, d.Log, f, err)
	})
}

// ServeFile sends a file of members or says why not: no file, an error, or a range that it has not. It may be
// anybody's upload, so a browser runs nothing of it.
func ServeFile(w http.ResponseWriter, r *http.Request, log *slog.Logger, f *wire.File, err error) {
	if err == nil && f == nil {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cache-Control", "private, max-age=86400")
	if err == nil {
		err = f.Serve(w, r)
	}
	if err == nil {
		return
	}
	h.Set("Cache-Control", "no-store")
	if errors.Is(err, wire.ErrRange) {
		h.Set("Content-Range", "bytes */"+strconv.FormatInt(f.Size, 10))
		http.Error(w, "no such part", http.StatusRequestedRangeNotSatisfiable)
		return
	}
	if r.Context().Err() == nil {
		log.Error("file", "path", r.URL.Path, "err", err)
	}
	http.Error(w, "the file cannot be read", http.StatusInternalServerError)
}

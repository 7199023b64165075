package wire

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
)

// File is an answer that is a file instead of JSON. An operation whose response type is *File answers one; it
// is sent piece by piece, as a whole or the part that the request's Range names.
type File struct {
	Name string // suggested name for saving; without one the file is shown inline
	Type string // content type
	Size int64
	// Open returns the bytes from offset on, length of them.
	Open func(ctx context.Context, offset, length int64) (io.ReadCloser, error)
	// MaxPart, if it is not 0, is how much may be fetched at once (830002).
	MaxPart int64
}

// ErrRange and ErrPart refuse a part of a file (doc 90254).
var (
	ErrRange = Code(40146, "invalid Range header")
	ErrPart  = Code(830002, "file size out of limit")
)

// Serve sends the file, or the part that the request asks for. Before the first byte it may fail with
// ErrRange, ErrPart or an error from Open; nothing has been written then. A file that breaks off later ends
// the connection, so that nobody takes it for complete.
func (f *File) Serve(w http.ResponseWriter, r *http.Request) error {
	from, length, part := int64(0), f.Size, false
	if r.Method != http.MethodHead {
		var err error
		if from, length, part, err = parseRange(r, f.Size); err != nil {
			return err
		}
		if f.MaxPart > 0 && length > f.MaxPart {
			return ErrPart.With("%d bytes asked for; fetch it in parts of at most %d with a Range header", length, f.MaxPart)
		}
	}
	h := w.Header()
	set := func() {
		h.Set("Content-Type", f.Type)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Accept-Ranges", "bytes")
		h.Set("Content-Length", strconv.FormatInt(length, 10))
		if f.Name != "" {
			h.Set("Content-Disposition", disposition(f.Name))
		}
	}
	if r.Method == http.MethodHead {
		set()
		w.WriteHeader(http.StatusOK)
		return nil
	}
	content, err := f.Open(r.Context(), from, length)
	if err != nil {
		return err
	}
	defer content.Close()
	set()
	status := http.StatusOK
	if part {
		status = http.StatusPartialContent
		h.Set("Content-Range", "bytes "+strconv.FormatInt(from, 10)+"-"+strconv.FormatInt(from+length-1, 10)+"/"+strconv.FormatInt(f.Size, 10))
	}
	w.WriteHeader(status)
	sendAll(w, io.LimitReader(content, length), length)
	return nil
}

var pieces = sync.Pool{New: func() any { b := make([]byte, 64<<10); return &b }}

// sendAll copies the content, and moves the connection's deadline on as long as
// the client takes something.
func sendAll(w http.ResponseWriter, content io.Reader, length int64) {
	conn := http.NewResponseController(w)
	buf := pieces.Get().(*[]byte)
	defer pieces.Put(buf)
	begun, moved, sent := time.Now(), time.Time{}, int64(0)
	for {
		n, err := content.Read(*buf)
		if now := time.Now(); now.Sub(moved) > time.Second && now.Sub(begun) < streamWhole {
			conn.SetWriteDeadline(now.Add(streamStall))
			moved = now
		}
		if n > 0 {
			if _, wErr := w.Write((*buf)[:n]); wErr != nil {
				panic(http.ErrAbortHandler)
			}
			sent += int64(n)
		}
		if err == io.EOF && sent == length {
			break
		}
		if err != nil {
			panic(http.ErrAbortHandler)
		}
	}
	// The deadline would otherwise apply to the connection's next answer.
	conn.Flush()
	conn.SetWriteDeadline(time.Time{})
}

// parseRange reads the request's Range: bytes=a-b, bytes=a- or bytes=-n, also with the blank for the equals
// sign that WeCom's page shows. Another unit, or a condition that we cannot check (If-Range), means the whole
// file, as RFC 9110 says. More than one part, or a part outside the file, is refused. Whether the platform
// answers 416 then is unverified, but it answers 200 to everything it refuses and has a code for this.
func parseRange(r *http.Request, size int64) (from, length int64, part bool, err error) {
	text := strings.TrimSpace(r.Header.Get("Range"))
	spec, ok := strings.CutPrefix(strings.ToLower(text), "bytes")
	if !ok || r.Header.Get("If-Range") != "" {
		return 0, size, false, nil
	}
	spec = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(spec), "="))
	first, last, ok := strings.Cut(spec, "-")
	if !ok || strings.Contains(spec, ",") {
		return 0, 0, false, ErrRange.With("%.60q: one part such as bytes=0-1023 expected", text)
	}
	outside := ErrRange.With("%.60q is not within the file's %d bytes", text, size)
	number := func(s string) int64 {
		n, err := strconv.ParseInt(strings.TrimSpace(s), 10, 64)
		if err != nil || n < 0 {
			return -1
		}
		return n
	}
	if strings.TrimSpace(first) == "" {
		n := number(last)
		if n <= 0 || size == 0 {
			return 0, 0, false, outside
		}
		n = min(n, size)
		return size - n, n, true, nil
	}
	a, b := number(first), size-1
	if strings.TrimSpace(last) != "" {
		if b = number(last); b >= 0 {
			b = min(b, size-1)
		}
	}
	if a < 0 || b < a || a >= size {
		return 0, 0, false, outside
	}
	return a, b - a + 1, true, nil
}

// disposition writes Content-Disposition. The plain name comes last and is in
// UTF-8, as WeCom's is: a widespread Java client takes everything between the
// first quote and the end of the line, and reads the bytes as UTF-8.
func disposition(name string) string {
	plain := strings.NewReplacer(`"`, "_", `\`, "_").Replace(headerText(name))
	ascii := strings.IndexFunc(name, func(r rune) bool { return r >= 0x80 || r == '"' || r == '\\' }) < 0
	if ascii {
		return `attachment; filename="` + plain + `"`
	}
	escaped := strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
	return `attachment; filename*=utf-8''` + escaped + `; filename="` + plain + `"`
}

package media

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"qiwei/internal/outbound"
)

// fetcher downloads files from addresses that callers name. It uses no proxy: a proxy would resolve the name
// itself, without our policy of addresses.
type fetcher struct{ client *outbound.Client }

const (
	// fetchPart is how many bytes one request asks for.
	fetchPart = 4 * mb
	// fetchPartTime is how long such a request may take.
	fetchPartTime = 2 * time.Minute
	fetchHops     = 5
	fetchTries    = 3
)

func newFetcher(d Deps) *fetcher {
	return &fetcher{d.Outbound.Client(outbound.Options{
		Purpose: "download", Policy: d.FetchFrom, HeadTimeout: 30 * time.Second, Redirects: fetchHops, Compressed: true, HTTP2: true,
	})}
}

// file downloads the file part by part into w, and returns its MD5 in hexadecimal. It answers ErrURL if the
// address is refused or does not serve parts, ErrTooLarge, ErrFetch, or ctx's error.
func (f *fetcher) file(ctx context.Context, url string, max int64, w io.Writer) (sum string, err error) {
	h := md5.New()
	var at, size int64
	for try := 1; size == 0 || at < size; {
		n, total, err := f.part(ctx, url, at, size, max, io.MultiWriter(w, h))
		at, size = at+n, total
		switch {
		case ctx.Err() != nil:
			return "", ctx.Err()
		case err == nil:
			try = 1
			continue
		case errors.Is(err, ErrURL), errors.Is(err, ErrTooLarge), errors.Is(err, ErrFetch):
			return "", err
		}
		var broken writeError
		if errors.As(err, &broken) {
			return "", broken.error
		}
		if try++; n > 0 {
			try = 1 // it continues where it broke off
		}
		if try > fetchTries {
			return "", ErrFetch.With("%s", reason(err))
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// writeError is our own fault: what was fetched could not be written.
type writeError struct{ error }

type faultyWriter struct{ io.Writer }

func (w faultyWriter) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	if err != nil {
		err = writeError{err}
	}
	return n, err
}

// part asks for the part that begins at an offset. size is the whole size that an earlier part reported; 0
// before the first.
func (f *fetcher) part(ctx context.Context, url string, at, size, max int64, w io.Writer) (n, total int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, fetchPartTime)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, size, ErrURL.With("it cannot be read as a URL")
	}
	r.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", at, at+fetchPart-1))
	r.Header.Set("User-Agent", "qiwei (media/upload_by_url)")
	resp, err := f.client.Do(r)
	if errors.As(err, new(outbound.Refused)) {
		return 0, size, ErrURL.With("its address is in a network that this server does not fetch from")
	}
	if err != nil {
		return 0, size, err
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusPartialContent:
	case http.StatusOK:
		return 0, size, ErrURL.With("its server answers the whole file to a request with a Range")
	default:
		if resp.StatusCode >= 500 {
			return 0, size, fmt.Errorf("its server answers %s", resp.Status) // it may work the next time
		}
		return 0, size, ErrFetch.With("its server answers %s", resp.Status)
	}
	from, to, total, ok := contentRange(resp.Header.Get("Content-Range"))
	switch {
	case !ok:
		return 0, size, ErrURL.With("its server answers a part without saying which of how many bytes (Content-Range)")
	case from != at || (size != 0 && total != size):
		return 0, size, errors.New("the file has changed meanwhile")
	case total > max:
		return 0, size, ErrTooLarge.With("%d bytes, at most %d", total, max)
	}
	to = min(to, at+fetchPart-1)
	n, err = io.Copy(faultyWriter{w}, io.LimitReader(resp.Body, to-from+1))
	if err == nil && n == 0 {
		err = io.ErrUnexpectedEOF
	}
	return n, total, err
}

// contentRange reads "bytes 0-1023/2048".
func contentRange(text string) (from, to, total int64, ok bool) {
	text, ok = strings.CutPrefix(text, "bytes ")
	span, whole, ok2 := strings.Cut(text, "/")
	first, last, ok3 := strings.Cut(span, "-")
	from, err1 := strconv.ParseInt(first, 10, 64)
	to, err2 := strconv.ParseInt(last, 10, 64)
	total, err3 := strconv.ParseInt(whole, 10, 64)
	ok = ok && ok2 && ok3 && err1 == nil && err2 == nil && err3 == nil && from >= 0 && to >= from && total > to
	return from, to, total, ok
}

// reason says why a download failed, as far as its caller may know. It does not reveal the host's addresses
// or which ports are open.
func reason(err error) string {
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns):
		return "its host is not known"
	case errors.Is(err, context.DeadlineExceeded):
		return "it took too long"
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return "the connection broke off"
	}
	var op *net.OpError
	if errors.As(err, &op) {
		return "its host cannot be reached"
	}
	text := err.Error()
	if i := strings.LastIndex(text, `": `); i >= 0 { // Get "https://…": why
		text = text[i+3:]
	}
	return text
}

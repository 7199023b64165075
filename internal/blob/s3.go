package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/minio/minio-go/v7/pkg/s3utils"
)

// s3 keeps blobs in a bucket of Amazon S3 or of a service that speaks its
// protocol. The credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY,
// from AWS's own file, or from the machine's role; never from the URL, which
// stands in logs and process lists.
type s3 struct {
	service *s3Service
	prefix  string
	shown   string
}

func newS3(rest string) (*s3, error) {
	u, err := url.Parse("s3://" + rest)
	if err != nil || u.Host == "" {
		return nil, errors.New("s3://bucket?endpoint=…&region=… expected")
	}
	if u.User != nil {
		return nil, errors.New("an S3 URL holds no credentials; give them in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
	}
	q := u.Query()
	for name := range q {
		if name != "endpoint" && name != "region" && name != "path_style" {
			return nil, fmt.Errorf("S3 URL: %s is not known; endpoint, region and path_style are", name)
		}
	}
	endpoint, secure := q.Get("endpoint"), true
	if endpoint == "" {
		endpoint = "s3.amazonaws.com"
	}
	if plain, ok := strings.CutPrefix(endpoint, "http://"); ok {
		endpoint, secure = plain, false
	}
	endpoint = strings.TrimRight(strings.TrimPrefix(endpoint, "https://"), "/")
	address := url.URL{Scheme: "https", Host: endpoint}
	if !secure {
		address.Scheme = "http"
	}
	if parsed, err := url.Parse(address.String()); err != nil || parsed.Host != endpoint {
		return nil, fmt.Errorf("S3 URL: the endpoint %q is not a host with an optional port", endpoint)
	}
	inPath := !s3utils.IsVirtualHostSupported(address, u.Host)
	switch q.Get("path_style") {
	case "true", "1":
		inPath = true
	case "false", "0":
		inPath = false
	}
	prefix := strings.Trim(u.Path, "/")
	if prefix != "" {
		prefix += "/"
	}
	return &s3{service: newS3Service(address, u.Host, q.Get("region"), inPath), prefix: prefix, shown: "s3://" + u.Host + "/" + prefix + " at " + endpoint}, nil
}

func (s *s3) String() string { return s.shown }

// draft makes a file that nobody else can find. If the system allows it, the file has no name, so that a
// crash leaves nothing behind. draftPrefix marks drafts among other programs' temporary files.
const draftPrefix = "qiwei-draft-"

func (s *s3) tidy() error { return removeStale(os.TempDir(), draftPrefix) }

func (s *s3) draft() (*os.File, error) {
	f, err := os.CreateTemp("", draftPrefix+"*")
	if err == nil {
		os.Remove(f.Name())
	}
	return f, err
}

// keep sends the file in one request. A file can be sent again, and no part of it is held in memory.
func (s *s3) keep(ctx context.Context, key string, f *os.File, size int64) error {
	defer os.Remove(f.Name())
	defer f.Close()
	content := io.NewSectionReader(f, 0, size)
	hash := sha256.New()
	if _, err := io.Copy(hash, content); err != nil {
		return err
	}
	resp, err := s.service.send(ctx, s3Request{method: http.MethodPut, key: s.prefix + key, content: content, hash: hex.EncodeToString(hash.Sum(nil))})
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

func (s *s3) open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	if length == 0 {
		return http.NoBody, nil // a Range header cannot ask for nothing
	}
	wanted := ""
	if length > 0 {
		wanted = fmt.Sprintf("bytes=%d-%d", offset, offset+length-1)
	} else if offset > 0 {
		wanted = fmt.Sprintf("bytes=%d-", offset)
	}
	resp, err := s.service.send(ctx, s3Request{method: http.MethodGet, key: s.prefix + key, wanted: wanted})
	if isStatus(err, http.StatusNotFound) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}

func (s *s3) delete(ctx context.Context, key string) error {
	resp, err := s.service.send(ctx, s3Request{method: http.MethodDelete, key: s.prefix + key})
	if isStatus(err, http.StatusNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return resp.Body.Close()
}

func (s *s3) check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	// It lists objects, because the answer to HEAD has no body and so no text of an error.
	resp, err := s.service.send(ctx, s3Request{method: http.MethodGet, query: "list-type=2&max-keys=1"})
	switch {
	case isStatus(err, http.StatusNotFound):
		return fmt.Errorf("%s: there is no such bucket", s)
	case err != nil:
		return fmt.Errorf("%s: %w", s, err)
	}
	return resp.Body.Close()
}

package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// s3 keeps blobs in a bucket of Amazon S3 or of a service that speaks its
// protocol. The credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY,
// from AWS's own file, or from the machine's role; never from the URL, which
// stands in logs and process lists.
type s3 struct {
	client         minio.Core
	bucket, prefix string
	shown          string
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
	lookup := minio.BucketLookupAuto
	switch q.Get("path_style") {
	case "true", "1":
		lookup = minio.BucketLookupPath
	case "false", "0":
		lookup = minio.BucketLookupDNS
	}
	client, err := minio.New(endpoint, &minio.Options{
		Creds: credentials.NewChainCredentials([]credentials.Provider{
			&credentials.EnvAWS{}, &credentials.FileAWSCredentials{}, &credentials.IAM{Client: &http.Client{Timeout: 5 * time.Second}},
		}),
		Secure: secure, Region: q.Get("region"), BucketLookup: lookup, MaxRetries: 3,
	})
	if err != nil {
		return nil, fmt.Errorf("S3 URL: %w", err)
	}
	prefix := strings.Trim(u.Path, "/")
	if prefix != "" {
		prefix += "/"
	}
	return &s3{client: minio.Core{Client: client}, bucket: u.Host, prefix: prefix, shown: "s3://" + u.Host + "/" + prefix + " at " + endpoint}, nil
}

func (s *s3) String() string { return s.shown }

// draft makes a file that nobody else finds; where the system allows it, it has
// no name any more, so that a crash leaves nothing.
// draftPrefix begins the names of drafts among other programs' temporary files.
const draftPrefix = "qiwei-draft-"

func (s *s3) tidy() error { return removeStale(os.TempDir(), draftPrefix) }

func (s *s3) draft() (*os.File, error) {
	f, err := os.CreateTemp("", draftPrefix+"*")
	if err == nil {
		os.Remove(f.Name())
	}
	return f, err
}

// keep sends the file in one request: as a file it can be sent again, and no part
// of it is held in memory.
func (s *s3) keep(ctx context.Context, key string, f *os.File, size int64) error {
	defer os.Remove(f.Name())
	defer f.Close()
	_, err := s.client.Client.PutObject(ctx, s.bucket, s.prefix+key, io.NewSectionReader(f, 0, size), size,
		minio.PutObjectOptions{ContentType: "application/octet-stream", DisableMultipart: true})
	return err
}

func (s *s3) open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	if length == 0 {
		return http.NoBody, nil // a range cannot say so
	}
	var opts minio.GetObjectOptions
	if offset > 0 || length > 0 {
		end := offset + length - 1
		if length < 0 {
			end = 0 // to the end
		}
		if err := opts.SetRange(offset, end); err != nil {
			return nil, err
		}
	}
	content, _, _, err := s.client.GetObject(ctx, s.bucket, s.prefix+key, opts)
	if minio.ToErrorResponse(err).StatusCode == http.StatusNotFound {
		return nil, ErrNotFound
	}
	return content, err
}

func (s *s3) delete(ctx context.Context, key string) error {
	return s.client.RemoveObject(ctx, s.bucket, s.prefix+key, minio.RemoveObjectOptions{})
}

func (s *s3) check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	found, err := s.client.BucketExists(ctx, s.bucket)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", s, err)
	case !found:
		return fmt.Errorf("%s: there is no such bucket", s)
	}
	return nil
}

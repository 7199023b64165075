package blob

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/signer"
)

// Only the parts of minio-go that sign requests and find credentials are used. Its client links a hundred
// calls that nobody makes here (docs/decisions/0043).

const (
	// s3Tries is how often a request is sent when the network or the service fails.
	s3Tries = 4
	// s3Pause is the pause before the second try. It doubles with each further try.
	s3Pause = 200 * time.Millisecond
	// emptyHash is the SHA-256 digest of nothing.
	emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	// amazon is the host whose name changes with the region.
	amazon = "s3.amazonaws.com"
)

// s3Service sends signed requests for one bucket.
type s3Service struct {
	client      *http.Client
	credentials *credentials.Credentials
	endpoint    url.URL
	bucket      string
	inPath      bool // the bucket's name is in the path, not in the host
	// region is the region that requests are signed for. A service of another region says which, and is asked
	// again.
	region atomic.Value // string
}

// newS3Service returns a service. An empty region is discovered.
func newS3Service(endpoint url.URL, bucket, region string, inPath bool) *s3Service {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableCompression = true // a part of a file must arrive byte for byte
	transport.ResponseHeaderTimeout = time.Minute
	transport.MaxIdleConnsPerHost = 16
	if region == "" {
		region = "us-east-1"
	}
	s := &s3Service{
		client: &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
		credentials: credentials.NewChainCredentials([]credentials.Provider{
			&credentials.EnvAWS{}, &credentials.FileAWSCredentials{}, &credentials.IAM{Client: &http.Client{Timeout: 5 * time.Second}},
		}),
		endpoint: endpoint, bucket: bucket, inPath: inPath,
	}
	s.region.Store(region)
	return s
}

// s3Request is a request for an object, or for the bucket if key is empty.
type s3Request struct {
	method, key string
	query       string
	wanted      string // a range, as in the header Range; empty for all
	content     *io.SectionReader
	hash        string // SHA-256 of the content, by which the service checks it
}

// s3Error is an answer other than success.
type s3Error struct {
	Status  int
	Code    string `xml:"Code"`
	Message string `xml:"Message"`
	Region  string `xml:"Region"`
}

func (e *s3Error) Error() string {
	text := fmt.Sprintf("the service answers %d", e.Status)
	for _, more := range []string{e.Code, e.Message} {
		if more != "" {
			text += " " + more
		}
	}
	return text
}

func isStatus(err error, status int) bool {
	e, ok := errors.AsType[*s3Error](err)
	return ok && e.Status == status
}

// send sends a request until it is answered, and returns the answer with its body
// open. Any status but success is an *s3Error.
func (s *s3Service) send(ctx context.Context, r s3Request) (*http.Response, error) {
	pause, moved := s3Pause, false
	for try := 1; ; try++ {
		resp, err := s.once(ctx, r)
		if err == nil {
			return resp, nil
		}
		e, answered := errors.AsType[*s3Error](err)
		if answered && e.Region != "" && e.Region != s.region.Load() && !moved {
			s.region.Store(e.Region)
			moved = true
			continue
		}
		again := !answered || e.Status == http.StatusTooManyRequests || e.Status >= 500 && e.Status != http.StatusNotImplemented
		if !again || try >= s3Tries || ctx.Err() != nil {
			return nil, err
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil, err
		case <-timer.C:
		}
		pause *= 2
	}
}

// once sends a request once, without a retry.
func (s *s3Service) once(ctx context.Context, r s3Request) (*http.Response, error) {
	region := s.region.Load().(string)
	req, err := http.NewRequestWithContext(ctx, r.method, s.address(region, r.key, r.query), nil)
	if err != nil {
		return nil, err
	}
	hash := emptyHash
	if r.content != nil {
		if size := r.content.Size(); size > 0 {
			req.Body, req.ContentLength = io.NopCloser(io.NewSectionReader(r.content, 0, size)), size
			req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(io.NewSectionReader(r.content, 0, size)), nil }
		}
		req.Header.Set("Content-Type", "application/octet-stream")
		hash = r.hash
	}
	if r.wanted != "" {
		req.Header.Set("Range", r.wanted)
	}
	req.Header.Set("X-Amz-Content-Sha256", hash)
	key, err := s.credentials.GetWithContext(&credentials.CredContext{Client: s.client, Endpoint: s.endpoint.String(), Context: ctx})
	if err != nil {
		return nil, fmt.Errorf("credentials: %w", err)
	}
	if !key.SignerType.IsAnonymous() {
		req = signer.SignV4(*req, key.AccessKeyID, key.SecretAccessKey, key.SessionToken, region)
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode/100 == 2 {
		return resp, nil
	}
	defer resp.Body.Close()
	return nil, refused(resp)
}

// refused reads why a service refused a request.
func refused(resp *http.Response) error {
	e := &s3Error{Status: resp.StatusCode}
	if text, err := io.ReadAll(io.LimitReader(resp.Body, 64<<10)); err == nil {
		_ = xml.Unmarshal(text, e) // some answers have no body
	}
	if region := resp.Header.Get("X-Amz-Bucket-Region"); region != "" {
		e.Region = region
	}
	return e
}

// address returns the URL of an object, or of the bucket if key is empty.
func (s *s3Service) address(region, key, query string) string {
	u := s.endpoint
	u.RawQuery = query
	if u.Host == amazon {
		u.Host = "s3." + region + ".amazonaws.com"
		if strings.HasPrefix(region, "cn-") {
			u.Host += ".cn"
		}
	}
	u.Path = "/" + key
	if s.inPath {
		u.Path = "/" + s.bucket + "/" + key
	} else {
		u.Host = s.bucket + "." + u.Host
	}
	return u.String()
}

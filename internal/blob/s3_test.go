package blob_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"qiwei/internal/blob"
)

// openS3 opens a bucket of a service that answers with the function.
func openS3(t *testing.T, query string, answer http.HandlerFunc) *blob.Bucket {
	t.Helper()
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	b, err := blob.Open("s3://bucket?path_style=true&endpoint=" + s.URL + query)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A service of another region says which it is. The request is then signed for that region and sent again,
// and later ones are signed for it at once.
func TestS3Region(t *testing.T) {
	for name, tell := range map[string]func(http.ResponseWriter){
		"in the error": func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, "<Error><Code>AuthorizationHeaderMalformed</Code><Region>cn-north-1</Region></Error>")
		},
		"in a header": func(w http.ResponseWriter) {
			w.Header().Set("X-Amz-Bucket-Region", "cn-north-1")
			w.WriteHeader(http.StatusMovedPermanently)
		},
	} {
		t.Run(name, func(t *testing.T) {
			wrong, right := 0, 0
			b := openS3(t, "", func(w http.ResponseWriter, r *http.Request) {
				if !strings.Contains(r.Header.Get("Authorization"), "/cn-north-1/s3/") {
					wrong++
					tell(w)
					return
				}
				right++
			})
			for range 3 {
				if err := b.Check(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if wrong != 1 || right != 3 {
				t.Errorf("%d requests for the wrong region, %d for the right one", wrong, right)
			}
		})
	}
}

// A request that fails for the moment is sent again as a whole. A refused one is not, and the error says why.
func TestS3Failures(t *testing.T) {
	fail := 2
	var got []string
	b := openS3(t, "&region=us-east-1", func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPut {
			body, err := unchunked(r)
			if err != nil {
				t.Error(err)
			}
			got = append(got, string(body))
		}
		if fail > 0 {
			fail--
			http.Error(w, "<Error><Code>SlowDown</Code></Error>", http.StatusServiceUnavailable)
		}
	})
	if err := keep(t, b, "aaaa", "content"); err != nil || len(got) != 3 || got[2] != "content" {
		t.Errorf("%v; sent %q", err, got)
	}
	calls := 0
	b = openS3(t, "&region=us-east-1", func(w http.ResponseWriter, r *http.Request) {
		calls++
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, "<Error><Code>SignatureDoesNotMatch</Code><Message>Check your key.</Message></Error>")
	})
	err := b.Check(t.Context())
	if err == nil || !strings.Contains(err.Error(), "403 SignatureDoesNotMatch Check your key.") || strings.Contains(err.Error(), "secret") || calls != 1 {
		t.Errorf("%v after %d requests", err, calls)
	}
}

// The endpoint is a host. A path in it would be signed and then be lost.
func TestS3Endpoint(t *testing.T) {
	for _, endpoint := range []string{"https://s3.example/path", "s3.example?x=1", "user@s3.example"} {
		if _, err := blob.Open("s3://bucket?endpoint=" + strings.ReplaceAll(endpoint, "?", "%3F")); err == nil {
			t.Errorf("%s is taken", endpoint)
		}
	}
	for _, endpoint := range []string{"https://s3.example:9000/", "s3.example", "http://127.0.0.1:9000", ""} {
		if _, err := blob.Open("s3://bucket?endpoint=" + endpoint); err != nil {
			t.Errorf("%s: %v", endpoint, err)
		}
	}
}

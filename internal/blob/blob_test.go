package blob_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"qiwei/internal/blob"
)

// each runs a test on a directory and on a bucket of a service.
func each(t *testing.T, test func(*testing.T, *blob.Bucket)) {
	open := func(t *testing.T, where string) *blob.Bucket {
		b, err := blob.Open(where)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	t.Run("directory", func(t *testing.T) { test(t, open(t, filepath.Join(t.TempDir(), "media"))) })
	t.Run("s3", func(t *testing.T) {
		t.Setenv("AWS_ACCESS_KEY_ID", "key")
		t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
		s := httptest.NewServer(&fakeS3{objects: map[string][]byte{}})
		t.Cleanup(s.Close)
		test(t, open(t, "s3://bucket/a/prefix?region=us-east-1&path_style=true&endpoint="+s.URL))
	})
}

func keep(t *testing.T, b *blob.Bucket, key, content string) error {
	t.Helper()
	d, err := b.Draft()
	if err != nil {
		t.Fatal(err)
	}
	defer d.Discard()
	if n, err := io.Copy(d, strings.NewReader(content)); n != int64(len(content)) || err != nil || d.Size() != n {
		t.Fatalf("%d bytes of %d written: %v", n, len(content), err)
	}
	return d.Keep(t.Context(), key)
}

func read(t *testing.T, b *blob.Bucket, key string, offset, length int64) (string, error) {
	t.Helper()
	r, err := b.Open(t.Context(), key, offset, length)
	if err != nil {
		return "", err
	}
	defer r.Close()
	content, err := io.ReadAll(r)
	return string(content), err
}

func TestBuckets(t *testing.T) {
	each(t, func(t *testing.T, b *blob.Bucket) {
		if err := b.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
		content := strings.Repeat("0123456789abcdef", 64<<10) // 1 MB
		if err := keep(t, b, "00ff", content); err != nil {
			t.Fatal(err)
		}
		if err := keep(t, b, "00fe", "its neighbour"); err != nil {
			t.Fatal(err)
		}
		if err := keep(t, b, "00fd", ""); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			key            string
			offset, length int64
			want           string
		}{
			{"00ff", 0, -1, content},
			{"00ff", 0, 16, "0123456789abcdef"},
			{"00ff", 0, 1, "0"},
			{"00ff", 10, 16, "abcdef0123456789"},
			{"00ff", int64(len(content)) - 3, -1, "def"},
			{"00ff", int64(len(content)) - 3, 100, "def"},
			{"00ff", 5, 0, ""},
			{"00fe", 4, 4, "neig"},
			{"00fd", 0, -1, ""},
		} {
			if got, err := read(t, b, tt.key, tt.offset, tt.length); got != tt.want || err != nil {
				t.Errorf("%s from %d, %d bytes: %d bytes %.20q, %v", tt.key, tt.offset, tt.length, len(got), got, err)
			}
		}
		if err := b.Delete(t.Context(), "00ff"); err != nil {
			t.Fatal(err)
		}
		if err := b.Delete(t.Context(), "00ff"); err != nil {
			t.Errorf("deleted twice: %v", err)
		}
		for _, key := range []string{"00ff", "00aa", "", "..", "../../etc/passwd", "00/f", "00FF", strings.Repeat("0", 65)} {
			if _, err := read(t, b, key, 0, -1); !errors.Is(err, blob.ErrNotFound) {
				t.Errorf("%q: %v, want ErrNotFound", key, err)
			}
		}
		if err := keep(t, b, "../../out", "x"); err == nil {
			t.Error("a path is taken for a key")
		}
		if got, err := read(t, b, "00fe", 0, -1); got != "its neighbour" || err != nil {
			t.Errorf("the neighbour: %q, %v", got, err)
		}
	})
}

func TestNowhere(t *testing.T) {
	t.Parallel()
	var b *blob.Bucket
	_, drafting := b.Draft()
	_, reading := b.Open(t.Context(), "0000", 0, -1)
	if drafting == nil || reading == nil || b.Check(t.Context()) == nil || b.Delete(t.Context(), "0000") != nil || b.String() != "nowhere" {
		t.Errorf("%v, %v, %s", drafting, reading, b)
	}
}

// A draft can be read, and discarded without a trace.
func TestDrafts(t *testing.T) {
	each(t, func(t *testing.T, b *blob.Bucket) {
		d, err := b.Draft()
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(d, "0123")
		io.WriteString(d, "4567")
		p := make([]byte, 4)
		if n, err := d.ReadAt(p, 2); string(p[:n]) != "2345" || err != nil {
			t.Errorf("%q, %v", p[:n], err)
		}
		io.WriteString(d, "89") // after a read, writing continues where it was
		if err := d.Keep(t.Context(), "0000"); err != nil {
			t.Fatal(err)
		}
		if err := d.Keep(t.Context(), "0001"); err == nil {
			t.Error("kept twice")
		}
		d.Discard()
		if got, err := read(t, b, "0000", 0, -1); got != "0123456789" || err != nil {
			t.Errorf("%q, %v", got, err)
		}
		gone, err := b.Draft()
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(gone, "x")
		gone.Discard()
		gone.Discard()
		if left, _ := filepath.Glob(filepath.Join(b.String(), "drafts", "*")); len(left) > 0 {
			t.Errorf("left are %v", left)
		}
	})
}

func TestPlacesForFiles(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ where, want string }{
		{"/var/lib/qiwei/media", ""},
		{"file:///var/lib/qiwei/media", ""},
		{"media", ""},
		{"s3://files?region=cn-north-1", ""},
		{"s3://files/prefix?endpoint=s3.example:9000", ""},
		{"", "no place for files is given"},
		{"gs://files", "gs://… cannot hold files"},
		{"s3://", "s3://bucket?endpoint=…&region=… expected"},
		{"s3://key:secret@files", "an S3 URL holds no credentials"},
		{"s3://files?use_path_style=1", "use_path_style is not known"},
	} {
		b, err := blob.Open(tt.where)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %v, want %q", tt.where, err, tt.want)
		}
		if err == nil && strings.Contains(b.String(), "secret") {
			t.Errorf("%q is shown as %s", tt.where, b)
		}
	}
}

func TestAFolderThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	b, err := blob.Open(filepath.Join(file, "media"))
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "cannot be written") {
		t.Errorf("%v", err)
	}
}

func TestABucketThatIsNotThere(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "key")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	s := httptest.NewServer(&fakeS3{objects: map[string][]byte{}})
	t.Cleanup(s.Close)
	b, err := blob.Open("s3://another?region=us-east-1&path_style=true&endpoint=" + s.URL)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "there is no such bucket") {
		t.Errorf("%v", err)
	}
}

// fakeS3 is the part of an S3 service that a bucket needs: one bucket with its objects in memory. It checks
// that requests are signed, not by which key.
type fakeS3 struct {
	mu      sync.Mutex
	objects map[string][]byte
}

func (s *fakeS3) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 Credential=key/") {
		http.Error(w, "<Error><Code>AccessDenied</Code></Error>", http.StatusForbidden)
		return
	}
	key, ok := strings.CutPrefix(r.URL.Path, "/bucket/")
	content, found := s.objects[key]
	switch {
	case !ok:
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, "<Error><Code>NoSuchBucket</Code></Error>")
	case key == "": // HEAD of the bucket
	case r.Method == http.MethodPut:
		body, err := unchunked(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		s.objects[key] = body
		w.Header().Set("ETag", `"0"`)
	case r.Method == http.MethodDelete:
		delete(s.objects, key)
		w.WriteHeader(http.StatusNoContent)
	case !found:
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, "<Error><Code>NoSuchKey</Code></Error>")
	default:
		w.Header().Set("ETag", `"0"`)
		w.Header().Set("Last-Modified", "Mon, 06 Jan 2031 09:00:00 GMT")
		from, to := 0, len(content)
		if spec, ok := strings.CutPrefix(r.Header.Get("Range"), "bytes="); ok {
			first, last, _ := strings.Cut(spec, "-")
			from, _ = strconv.Atoi(first)
			if n, err := strconv.Atoi(last); err == nil {
				to = min(to, n+1)
			}
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to-1, len(content)))
			w.Header().Set("Content-Length", strconv.Itoa(to-from))
			w.WriteHeader(http.StatusPartialContent)
		}
		w.Write(content[from:to])
	}
}

// unchunked removes the signatures from a body that is signed piece by piece.
func unchunked(r *http.Request) ([]byte, error) {
	if !strings.HasPrefix(r.Header.Get("X-Amz-Content-Sha256"), "STREAMING-") {
		return io.ReadAll(r.Body)
	}
	var out bytes.Buffer
	in := bufio.NewReader(r.Body)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return nil, err
		}
		size, _, _ := strings.Cut(line, ";")
		n, err := strconv.ParseInt(size, 16, 64)
		if err != nil {
			return nil, err
		}
		if _, err := io.CopyN(&out, in, n); err != nil {
			return nil, err
		}
		in.ReadString('\n')
		if n == 0 {
			break
		}
	}
	if want := r.Header.Get("X-Amz-Decoded-Content-Length"); want != strconv.Itoa(out.Len()) {
		return nil, fmt.Errorf("%d bytes, %s announced", out.Len(), want)
	}
	return out.Bytes(), nil
}

// What a crash leaves half done is removed an hour later. What is being written stays.
func TestTidy(t *testing.T) {
	t.Parallel()
	b, err := blob.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Tidy(); err != nil {
		t.Errorf("before anything was written: %v", err)
	}
	d, err := b.Draft()
	if err != nil {
		t.Fatal(err)
	}
	defer d.Discard()
	folder := filepath.Join(b.String(), "drafts")
	for name, age := range map[string]time.Duration{"old": 61 * time.Minute, "new": 59 * time.Minute} {
		path, when := filepath.Join(folder, name), time.Now().Add(-age)
		if err := errors.Join(os.WriteFile(path, nil, 0o600), os.Chtimes(path, when, when)); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Tidy(); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(folder)
	if err != nil || len(left) != 2 {
		t.Errorf("%v, %v; want the new one and the draft that is being written", left, err)
	}
}

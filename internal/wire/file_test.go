package wire_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"qiwei/internal/wire"
)

const filed = "0123456789"

// fileOf is a file with the content; its reader has broken characters.
func fileOf(content string, broken int) *wire.File {
	return &wire.File{Name: "a.txt", Type: "text/plain", Size: int64(len(content)), Open: func(_ context.Context, offset, length int64) (io.ReadCloser, error) {
		part := content[offset : offset+length]
		return io.NopCloser(strings.NewReader(part[:max(len(part)-broken, 0)])), nil
	}}
}

// Part of a file is one that lies in it; everything else is the whole or refused.
func TestPartsOfAFile(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		content, asked string
		want           string // the content, and where it stands if it is a part; or the code of a refusal
	}{
		{filed, "", "0123456789"},
		{filed, "bytes=0-3", "0123 bytes 0-3/10"},
		{filed, "BYTES = 0 - 3", "0123 bytes 0-3/10"},
		{filed, "bytes 0-3", "0123 bytes 0-3/10"},
		{filed, "bytes=3-3", "3 bytes 3-3/10"},
		{filed, "bytes=9-9", "9 bytes 9-9/10"},
		{filed, "bytes=9-10", "9 bytes 9-9/10"},
		{filed, "bytes=0-9", "0123456789 bytes 0-9/10"},
		{filed, "bytes=7-", "789 bytes 7-9/10"},
		{filed, "bytes=0-", "0123456789 bytes 0-9/10"},
		{filed, "bytes=-1", "9 bytes 9-9/10"},
		{filed, "bytes=-3", "789 bytes 7-9/10"},
		{filed, "bytes=-10", "0123456789 bytes 0-9/10"},
		{filed, "bytes=-11", "0123456789 bytes 0-9/10"},
		{filed, "lines=0-3", "0123456789"},
		{filed, "bytes=10-", "40146"}, {filed, "bytes=10-12", "40146"}, {filed, "bytes=4-3", "40146"}, {filed, "bytes=-0", "40146"}, {filed, "bytes=-", "40146"},
		{filed, "bytes=0", "40146"}, {filed, "bytes=", "40146"}, {filed, "bytes=a-3", "40146"}, {filed, "bytes=0-b", "40146"}, {filed, "bytes=0--1", "40146"},
		{filed, "bytes=--3", "40146"}, {filed, "bytes=0-1,3-4", "40146"}, {filed, "bytes=99999999999999999999-", "40146"},
		{"", "", ""}, {"", "bytes=0-", "40146"}, {"", "bytes=-1", "40146"},
	} {
		for _, method := range []string{"GET", "HEAD"} {
			r := httptest.NewRequest(method, "/", nil)
			r.Header.Set("Range", tt.asked)
			w := httptest.NewRecorder()
			err := fileOf(tt.content, 0).Serve(w, r)
			h := w.Header()
			got := strings.TrimSpace(w.Body.String() + " " + h.Get("Content-Range"))
			var refused wire.Error
			if errors.As(err, &refused) {
				got = fmt.Sprint(refused.Code)
			}
			want, status, length := tt.want, http.StatusOK, fmt.Sprint(len(w.Body.String()))
			switch {
			case method == "HEAD":
				want, length = "", fmt.Sprint(len(tt.content))
			case strings.Contains(want, " bytes "):
				status = http.StatusPartialContent
			}
			if got != want || refused.Code == 0 && (w.Code != status || h.Get("Content-Length") != length || h.Get("Accept-Ranges") != "bytes" || h.Get("Content-Type") != "text/plain") {
				t.Errorf("%s %q of %q: %d %q %v; want %d %q", method, tt.asked, tt.content, w.Code, got, h, status, want)
			}
		}
	}
	// A condition that cannot be checked asks for the whole; and a part may be no longer than is allowed.
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Range", "bytes=0-3")
	r.Header.Set("If-Range", `"x"`)
	w := httptest.NewRecorder()
	if err := fileOf(filed, 0).Serve(w, r); err != nil || w.Code != 200 || w.Body.String() != filed {
		t.Errorf("with a condition: %d %s, %v", w.Code, w.Body, err)
	}
	for asked, want := range map[string]bool{"bytes=0-3": true, "bytes=0-4": false, "bytes=-4": true, "bytes=6-": true, "bytes=5-": false, "": false} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Range", asked)
		f := fileOf(filed, 0)
		f.MaxPart = 4
		if err := f.Serve(httptest.NewRecorder(), r); (err == nil) != want || err != nil && !errors.Is(err, wire.ErrPart) {
			t.Errorf("%q of a file of which four bytes may be fetched: %v", asked, err)
		}
	}
}

// A file that breaks off ends the connection, so that nobody takes what has come for all of it.
func TestAFileThatBreaksOff(t *testing.T) {
	t.Parallel()
	for broken, whole := range map[int]bool{0: true, 1: false, 10: false} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := fileOf(filed, broken).Serve(w, r); err != nil {
				t.Error(err)
			}
		}))
		resp, err := srv.Client().Get(srv.URL)
		var body []byte
		if err == nil {
			body, err = io.ReadAll(resp.Body)
			resp.Body.Close()
		}
		if (err == nil) != whole || whole && string(body) != filed {
			t.Errorf("without its last %d bytes: %q, %v", broken, body, err)
		}
		srv.Close()
	}
}

// The name of a file is written so that both new and old clients read it.
func TestNamesOfFiles(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"":         "",
		"a b.txt":  `attachment; filename="a b.txt"`,
		"a+b.txt":  `attachment; filename="a+b.txt"`,
		"报告 1.txt": `attachment; filename*=utf-8''%E6%8A%A5%E5%91%8A%201.txt; filename="报告 1.txt"`,
		`a"b.txt`:  `attachment; filename*=utf-8''a%22b.txt; filename="a_b.txt"`,
		`a\b.txt`:  `attachment; filename*=utf-8''a%5Cb.txt; filename="a_b.txt"`,
	} {
		f := fileOf(filed, 0)
		f.Name = name
		w := httptest.NewRecorder()
		if err := f.Serve(w, httptest.NewRequest("GET", "/", nil)); err != nil || w.Header().Get("Content-Disposition") != want {
			t.Errorf("%q: %s, %v; want %s", name, w.Header().Get("Content-Disposition"), err, want)
		}
	}
}

package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"testing"
	"testing/fstest"
)

// A packed file is opened by the name that it had before, and says its own size.
func TestPackedFiles(t *testing.T) {
	t.Parallel()
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	z.Write([]byte("let there = 1"))
	z.Close()
	pages := packed{fstest.MapFS{"assets/a.js.gz": {Data: zipped.Bytes()}, "plain.txt": {Data: []byte("as it is")}, "broken.js.gz": {Data: []byte("no gzip")}}}
	f, err := pages.Open("assets/a.js")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.Name() != "a.js" || info.Size() != 13 || info.IsDir() {
		t.Errorf("it says %v, %v", info, err)
	}
	if text, err := io.ReadAll(f); err != nil || string(text) != "let there = 1" {
		t.Errorf("it holds %q, %v", text, err)
	}
	if _, seeks := f.(io.Seeker); !seeks {
		t.Error("a part of it cannot be asked for")
	}
	if text, err := fs.ReadFile(pages, "plain.txt"); err != nil || string(text) != "as it is" {
		t.Errorf("a file that was not packed: %q, %v", text, err)
	}
	for _, name := range []string{"broken.js", "gone.js"} {
		if _, err := pages.Open(name); err == nil {
			t.Errorf("%s is opened", name)
		}
	}
}

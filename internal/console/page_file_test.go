package console

import (
	"io/fs"
	"testing"
	"testing/fstest"
)

// counting counts how often files are opened, which is when they are unpacked.
type counting struct {
	fs.FS
	opened map[string]int
}

func (c counting) Open(name string) (fs.File, error) {
	c.opened[name]++
	return c.FS.Open(name)
}

// A page's file is opened once, however often it is asked for.
func TestAPageIsUnpackedOnce(t *testing.T) {
	t.Parallel()
	files := counting{fstest.MapFS{"console/index.html": {Data: []byte("<p>")}}, map[string]int{}}
	p := newPages(files)
	for range 3 {
		if f := p.read("console/index.html"); f == nil || string(f.plain) != "<p>" {
			t.Fatalf("%+v", f)
		}
	}
	if n := files.opened["console/index.html"]; n != 1 {
		t.Errorf("opened %d times", n)
	}
	for _, none := range []string{"console", "console/none.js", "../secret"} {
		if p.read(none) != nil {
			t.Errorf("%s is a page", none)
		}
	}
}

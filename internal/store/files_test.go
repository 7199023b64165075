package store

import (
	"testing"
	"testing/fstest"
)

func TestFiles(t *testing.T) {
	t.Parallel()
	if err := fstest.TestFS(files{"b.sql": "two", "a.sql": "one", "empty.sql": ""}, "a.sql", "b.sql", "empty.sql"); err != nil {
		t.Error(err)
	}
	if _, err := (files{}).Open("c.sql"); err == nil {
		t.Error("a file that is not there is opened")
	}
}

package wire_test

import (
	"errors"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/seal"
	"qiwei/internal/wire"
)

// A cursor is good for the caller, the corp, the call and the list that it was made
// for.
func TestCursor(t *testing.T) {
	t.Parallel()
	box, err := seal.New(make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	type place struct{ Member, Department int64 }
	list := wire.Cursor[place]{Box: box, Path: "/cgi-bin/user/list_id"}
	app := access.Caller{CorpID: "ww1", Kind: access.SelfBuilt, App: 7}
	other := func(change func(*access.Caller)) access.Caller {
		c := app
		change(&c)
		return c
	}
	cursor := list.Next(app, place{3, 2}, "all")
	elsewhere := wire.Cursor[place]{Box: box, Path: "/cgi-bin/user/list"}
	for _, tt := range []struct {
		name   string
		list   wire.Cursor[place]
		by     access.Caller
		cursor string
		of     string
		want   place
		err    error
	}{
		{"the caller's own", list, app, cursor, "all", place{3, 2}, nil},
		{"the beginning", list, app, "", "all", place{}, nil},
		{"another corp's", list, other(func(c *access.Caller) { c.CorpID = "ww2" }), cursor, "all", place{}, wire.ErrCursor},
		{"another application's", list, other(func(c *access.Caller) { c.App = 8 }), cursor, "all", place{}, wire.ErrCursor},
		{"another kind's", list, other(func(c *access.Caller) { c.Kind = access.ContactSync }), cursor, "all", place{}, wire.ErrCursor},
		{"a member's", list, other(func(c *access.Caller) { c.UserID = "zhangsan" }), cursor, "all", place{}, wire.ErrCursor},
		{"another call's", elsewhere, app, cursor, "all", place{}, wire.ErrCursor},
		{"of a list by another condition", list, app, cursor, "some", place{}, wire.ErrCursor},
		{"cut", list, app, cursor[:len(cursor)-1], "all", place{}, wire.ErrCursor},
		{"none", list, app, "3 2", "all", place{}, wire.ErrCursor},
	} {
		if got, err := tt.list.Open(tt.by, tt.cursor, tt.of); got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%s: %v, %v", tt.name, got, err)
		}
	}
}

package wire

import (
	"fmt"

	"qiwei/internal/access"
	"qiwei/internal/seal"
)

// ErrCursor refuses a cursor that the same caller was not given by the same call in
// the same corp. It is the code of the table for all calls; those whose page names
// one of their own answer that.
var ErrCursor = Code(50100, "invalid cursor")

// Cursor makes the next_cursor of a call and reads the cursor that comes back. P is
// the place in the list, such as the number of the last row: a list with cursors is
// read from a place on and not by counting rows, which come and go meanwhile.
type Cursor[P any] struct {
	Box  *seal.Box
	Path string // the call's
}

// Open returns the place that a cursor stands for, the zero P where it is empty and
// the list begins. Of is what was given to Next.
func (c Cursor[P]) Open(by access.Caller, cursor string, of ...string) (at P, err error) {
	if cursor == "" {
		return at, nil
	}
	if err := c.Box.OpenCursor(cursor, &at, c.list(by, of)...); err != nil {
		var none P
		return none, ErrCursor
	}
	return at, nil
}

// Next returns the cursor for what follows the place. Of are the parameters of the
// call that decide what is in the list: with others, the cursor is refused.
func (c Cursor[P]) Next(by access.Caller, at P, of ...string) string {
	return c.Box.SealCursor(at, c.list(by, of)...)
}

func (c Cursor[P]) list(by access.Caller, of []string) []string {
	who := fmt.Sprint(by.Kind, " ", by.App, " ", by.Robot)
	return append([]string{c.Path, by.CorpID, who, string(by.UserID), by.Suite, by.Partner, by.Device}, of...)
}

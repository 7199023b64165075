package seal

import (
	"encoding/json"
	"fmt"
)

// SealCursor seals where a list has come to, for whoever reads on. Of says what the
// list is: which one, who asks, and whatever decides what is in it. The cursor opens
// for the same list alone, so that a place in one is none in another.
func (b *Box) SealCursor(at any, of ...string) string {
	plain, err := json.Marshal(at)
	if err != nil {
		panic(err) // numbers and texts
	}
	return b.SealText(Cursor, fmt.Sprintf("%q", of), plain)
}

// OpenCursor reads a cursor into at. It fails where the cursor was not sealed here,
// or for another list.
func (b *Box) OpenCursor(text string, at any, of ...string) error {
	plain, err := b.OpenText(Cursor, fmt.Sprintf("%q", of), text)
	if err != nil {
		return err
	}
	return json.Unmarshal(plain, at)
}

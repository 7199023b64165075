package media

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"
	"time"
)

// atom is a box of an MP4, with its size as 32 bits, as 64, or left out because it goes on to the end.
func atom(form, name string, content ...[]byte) []byte {
	body := bytes.Join(content, nil)
	switch form {
	case "64":
		return slices.Concat([]byte{0, 0, 0, 1}, []byte(name), binary.BigEndian.AppendUint64(nil, uint64(16+len(body))), body)
	case "end":
		return slices.Concat([]byte{0, 0, 0, 0}, []byte(name), body)
	}
	return slices.Concat(binary.BigEndian.AppendUint32(nil, uint32(8+len(body))), []byte(name), body)
}

// How long an MP4 plays stands in a box within a box, whose numbers and sizes have two forms.
func TestHowLongAnMP4Plays(t *testing.T) {
	t.Parallel()
	word, long := func(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }, func(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }
	short := slices.Concat(word(0), word(0), word(0), word(1000), word(90_500))                  // version 0
	wide := slices.Concat(word(1<<24), long(0), long(0), word(90_000), long(90_000*90_500/1000)) // version 1
	after := []byte("what comes after the number")
	head := atom("", "ftyp", []byte("isom"))
	for name, file := range map[string][]byte{
		"as most have it":              slices.Concat(head, atom("", "moov", atom("", "mvhd", short, after))),
		"with nothing after it":        slices.Concat(head, atom("", "moov", atom("", "mvhd", short))),
		"with wide numbers":            slices.Concat(head, atom("", "moov", atom("", "mvhd", wide, after))),
		"and nothing after them":       slices.Concat(head, atom("", "moov", atom("", "mvhd", wide))),
		"with wide sizes":              slices.Concat(head, atom("64", "free", make([]byte, 9)), atom("64", "moov", atom("64", "mvhd", short))),
		"with an empty one before it":  slices.Concat(atom("", "free"), atom("", "moov", atom("", "free"), atom("", "mvhd", short))),
		"up to the end":                slices.Concat(head, atom("end", "moov", atom("end", "mvhd", short))),
		"with something else after it": slices.Concat(head, atom("", "moov", atom("", "mvhd", short), atom("", "trak", after)), atom("", "mdat", after)),
	} {
		if got, ok := duration(bytes.NewReader(file), int64(len(file))); !ok || got != 90_500*time.Millisecond {
			t.Errorf("%s: %s, %v", name, got, ok)
		}
	}
	for name, file := range map[string][]byte{
		"nothing":                    nil,
		"no film":                    head,
		"a film without a header":    slices.Concat(head, atom("", "moov", atom("", "trak", after))),
		"a header that is too short": slices.Concat(head, atom("", "moov", atom("", "mvhd", short[:19]))),
		"a wide one":                 slices.Concat(head, atom("", "moov", atom("", "mvhd", wide[:31]))),
		"of another version":         slices.Concat(head, atom("", "moov", atom("", "mvhd", word(2<<24), short[4:], after))),
		"no unit of time":            slices.Concat(head, atom("", "moov", atom("", "mvhd", make([]byte, 20)))),
		"a size below its head's":    slices.Concat(word(7), []byte("free"), atom("", "moov", atom("", "mvhd", short))),
		"a size beyond the end":      slices.Concat(word(1<<20), []byte("moov"), atom("", "mvhd", short)),
		"a header beyond its film":   slices.Concat(atom("", "moov", word(100), []byte("mvhd"), short)),
	} {
		if got, ok := duration(bytes.NewReader(file), int64(len(file))); ok {
			t.Errorf("%s: %s", name, got)
		}
	}
}

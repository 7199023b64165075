package sound

import (
	_ "embed"
	"strings"
	"sync"
)

// A line for each syllable, and behind a tab the characters that are read so first. A test draws it from package
// go-pinyin, whose own table would take 2 MB of memory at each start.
//
//go:embed readings.txt
var readingsText string

// readings are the syllables of characters.
type readings struct {
	syllables []string
	of        []uint16 // by character from firstRead on, an index of syllables; 0 where there is none
}

// opened reads the table when somebody first searches for letters, in about a millisecond.
var opened = sync.OnceValue(func() *readings {
	r := &readings{syllables: []string{""}, of: make([]uint16, lastRead-firstRead+1)}
	for line := range strings.Lines(readingsText) {
		syllable, characters, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		n := uint16(len(r.syllables))
		r.syllables = append(r.syllables, syllable)
		for _, c := range characters {
			r.of[c-firstRead] = n
		}
	}
	return r
})

// The first and the last character of the table.
const (
	firstRead = 0x3007
	lastRead  = 0x32389
)

// reading returns the syllable that a character is read as without more context, in letters without a tone;
// empty if none is known.
func reading(c rune) string {
	if c < firstRead || c > lastRead {
		return ""
	}
	r := opened()
	return r.syllables[r.of[c-firstRead]]
}

package store

import "strings"

// Like returns a condition on a column. Its argument must be a pattern from Pattern.
const Like = ` LIKE ? ESCAPE '!'`

var likeEscape = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// Pattern returns the pattern of the texts that begin with the first of the pieces,
// end with the last, and have the others between in this order. A piece may be
// empty: Pattern("", word, "") is that of the texts with the word in them.
func Pattern(pieces ...string) string {
	escaped := make([]string, len(pieces))
	for i, p := range pieces {
		escaped[i] = likeEscape.Replace(p)
	}
	return strings.Join(escaped, "%")
}

package errcode

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// derivedText derives a wire text from the meaning, for codes whose own text is unknown: the first clause of
// the meaning, in the word order of the platform ("invalid <thing>", "<thing> not found", "<thing> existed").
func derivedText(meaning string) string {
	for _, label := range []string{"legacy (企业号): ", "retired: "} { // the meaning's, not the wire's
		meaning = strings.TrimPrefix(meaning, label)
	}
	meaning = withoutAsides(meaning)
	for _, end := range []string{";", ", so ", ": treated"} {
		meaning, _, _ = strings.Cut(meaning, end)
	}
	// "face upload: parameter wrong" is reordered after its colon.
	scope, clause := "", meaning
	if i := strings.LastIndex(meaning, ": "); i >= 0 {
		scope, clause = meaning[:i+2], meaning[i+2:]
	}
	return lowerFirst(scope + platformOrder(clause))
}

// platformOrder puts "thing invalid" as "invalid thing", and so on, if the clause is about one thing.
func platformOrder(clause string) string {
	for _, r := range []struct {
		endings       []string
		before, after string
	}{
		{[]string{" invalid", " wrong", " malformed", " misspelt", " not acceptable"}, "invalid ", ""},
		{[]string{" unknown", " does not exist"}, "", " not found"},
		{[]string{" already exists", " already taken", " already used", " taken", " repeated", " duplicated", " not unique"}, "", " existed"},
	} {
		for _, ending := range r.endings {
			thing, ok := strings.CutSuffix(clause, ending)
			if ok && aboutOneThing(thing) {
				return r.before + thing + r.after
			}
		}
	}
	return clause
}

// aboutOneThing reports whether a word before or after s would seem to refer to all of s.
func aboutOneThing(s string) bool {
	return !strings.Contains(s, ", ") && !strings.HasPrefix(s, "every ") && !strings.HasSuffix(s, " or")
}

// withoutAsides drops what stands in brackets.
func withoutAsides(s string) string {
	for {
		before, rest, open := strings.Cut(s, " (")
		_, after, closed := strings.Cut(rest, ")")
		if !open || !closed {
			return s
		}
		s = before + after
	}
}

// lowerFirst writes the first word small unless it is written in capitals (JSON).
func lowerFirst(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	second, _ := utf8.DecodeRuneInString(s[n:])
	if unicode.IsUpper(second) {
		return s
	}
	return string(unicode.ToLower(first)) + s[n:]
}

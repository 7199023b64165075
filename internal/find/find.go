// Package find looks for words in what was said, for the rooms that keep it. What was said is kept as JSON, so the
// database finds the rows that may have the words, and the texts in them decide.
package find

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"qiwei/internal/store"
)

// Words are what somebody looks for: all of them must be there, in any order, however they are capitalised.
type Words []string

// These bound what a search asks for: words, and bytes of a word.
const (
	wordsMost = 8
	wordMost  = 100
)

// Split takes apart what was typed.
func Split(typed string) Words {
	var out Words
	for _, word := range strings.Fields(strings.ToLower(typed)) {
		if len(word) <= wordMost && len(out) < wordsMost && !slices.Contains(out, word) {
			out = append(out, word)
		}
	}
	return out
}

// Where returns the condition for the rows whose column, in JSON, may have the words. It begins with AND where it is
// not empty.
func (w Words) Where(column string) (where string, args []any) {
	for _, word := range w {
		for _, part := range strings.FieldsFunc(word, vague) {
			where += ` AND lower(` + column + `)` + store.Like
			args = append(args, store.Pattern("", part, ""))
		}
	}
	return where, args
}

// vague tells the characters by which the database is not asked: JSON may write them in other ways, or the two
// databases see their capitals differently.
func vague(c rune) bool {
	if c < utf8.RuneSelf {
		return c < ' ' || strings.ContainsRune(`"\<>&/`, c)
	}
	return unicode.ToUpper(c) != c || unicode.ToLower(c) != c || c == '\u2028' || c == '\u2029'
}

// In reports whether a text has all the words.
func (w Words) In(text string) bool {
	text = strings.ToLower(text)
	for _, word := range w {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return len(w) > 0
}

// shown are the keys under which the JSON of a message has what people read. All else there names something.
var shown = map[string]bool{
	"content": true, "text": true, "title": true, "name": true, "desc": true, "description": true, "digest": true, "filename": true, "label": true, "address": true,
	"quote_text": true, "keyname": true, "value": true, "sub_title_text": true, "corpname": true, "room_name": true, "votetitle": true, "voteitem": true, "displayname": true,
	"head_content": true, "tail_content": true,
}

// Text returns what people read of a message's JSON, one text behind the other.
func Text(raw json.RawMessage) string {
	var value any
	if json.Unmarshal(raw, &value) != nil {
		return ""
	}
	var out []string
	collect(value, false, &out)
	return strings.Join(out, " ")
}

func collect(value any, read bool, out *[]string) {
	switch v := value.(type) {
	case string:
		if text := strings.Join(strings.Fields(v), " "); read && text != "" {
			*out = append(*out, text)
		}
	case []any:
		for _, one := range v {
			collect(one, read, out)
		}
	case map[string]any:
		keys := make([]string, 0, len(v))
		for key := range v {
			keys = append(keys, key)
		}
		slices.Sort(keys)
		for _, key := range keys {
			collect(v[key], shown[key], out)
		}
	}
}

// Hit is a message that has the words.
type Hit struct {
	// Key names the conversation as the members' page does, and No is the message's number there.
	Key string
	No  int64
	// From is the name of whoever said it, where the conversation has several.
	From string
	Text string
	At   time.Time
}

// around is how many characters before the first word a hit shows, and shownMost how many it has.
const (
	around    = 12
	shownMost = 120
)

// Cut returns the part of a text around the first of the words in it.
func (w Words) Cut(text string) string {
	runes, lower := []rune(text), []rune(strings.ToLower(text))
	at := 0
	if len(w) > 0 && len(runes) == len(lower) {
		if before, _, found := strings.Cut(string(lower), w[0]); found {
			at = max(0, utf8.RuneCountInString(before)-around)
		}
	}
	part := runes[at:min(len(runes), at+shownMost)]
	out := string(part)
	if at > 0 {
		out = "…" + out
	}
	if at+len(part) < len(runes) {
		out += "…"
	}
	return out
}

// TextOf is Text of a value that is kept as JSON.
func TextOf(value any) string {
	raw, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return Text(raw)
}

package archive

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"
)

// The index has each pair of neighbouring characters, so that it finds words in texts without spaces, on both
// databases in the same way. A search asks for the records that have all pairs of the words, and then looks
// whether the words are really there.
//
// There are only a hundred pairs of digits, and a number of eight digits has seven of them: a pair selects little. So
// the index also has each three neighbouring digits.

// gram is a pair of characters as one number.
func gram(a, b rune) int64 { return int64(a)<<21 | int64(b) }

// figures is a gram of three digits, which is greater than any pair.
func figures(a, b, c rune) int64 { return 1<<42 | int64(a-'0')*100 + int64(b-'0')*10 + int64(c-'0') }

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

// eachGram calls fn for the pairs and the threes of digits in a text: letters in lower case, and nothing across what
// is no letter, digit or mark. covered says of a pair that threes have it.
func eachGram(text string, fn func(g int64, covered bool)) {
	runes := []rune(text)
	word := func(i int) rune { // 0 for what separates
		if i < 0 || i >= len(runes) {
			return 0
		}
		if r := unicode.ToLower(runes[i]); unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r) {
			return r
		}
		return 0
	}
	before, at := rune(0), word(0)
	for i := range runes {
		next := word(i + 1)
		three := isDigit(before) && isDigit(at) && isDigit(next)
		if three {
			fn(figures(before, at, next), false)
		}
		if at != 0 && next != 0 {
			fn(gram(at, next), three || isDigit(at) && isDigit(next) && isDigit(word(i+2)))
		}
		before, at = at, next
	}
}

// grams returns the grams of a text, each once, which the index has.
func grams(text string) (out []int64) {
	eachGram(text, func(g int64, _ bool) { out = append(out, g) })
	slices.Sort(out)
	return slices.Compact(out)
}

// sought returns the grams of words that select records, each once: threes of digits before pairs, and without the
// pairs that they have.
func sought(words []string) (out []int64) {
	eachGram(strings.Join(words, " "), func(g int64, covered bool) {
		if !covered {
			out = append(out, g)
		}
	})
	slices.Sort(out)
	out = slices.Compact(out)
	slices.Reverse(out)
	return out
}

// unsaid are members of the plaintext that hold no words.
var unsaid = map[string]bool{
	"msgid": true, "action": true, "from": true, "tolist": true, "roomid": true, "msgtype": true, "sdkfileid": true, "md5sum": true, "fileext": true,
	"pre_msgid": true, "userid": true, "voteid": true, "voiceid": true, "voipid": true, "type": true, "link_url": true, "image_url": true, "url": true, "picurl": true, "username": true,
}

// said returns the words of a plaintext, one member a line.
func said(plain string) string {
	var v any
	if json.Unmarshal([]byte(plain), &v) != nil {
		return ""
	}
	var out []string
	var walk func(name string, v any)
	walk = func(name string, v any) {
		switch v := v.(type) {
		case string:
			if unsaid[name] || v == "" {
				return
			}
			if name == "content" && strings.HasPrefix(v, "{") { // a part of a message, written as a text
				var inner any
				if json.Unmarshal([]byte(v), &inner) == nil {
					walk("", inner)
					return
				}
			}
			out = append(out, v)
		case []any:
			for _, one := range v {
				walk(name, one)
			}
		case map[string]any:
			for _, key := range sortedKeys(v) {
				walk(key, v[key])
			}
		}
	}
	walk("", v)
	return strings.Join(out, "\n")
}

func sortedKeys(m map[string]any) (out []string) {
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

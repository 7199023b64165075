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

// gram is a pair of characters as one number.
func gram(a, b rune) int64 { return int64(a)<<21 | int64(b) }

// grams returns the pairs in a text, each once: letters in lower case, and nothing across what is no letter,
// digit or mark.
func grams(text string) (out []int64) {
	before := rune(0)
	for _, r := range text {
		r = unicode.ToLower(r)
		if !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) {
			before = 0
			continue
		}
		if before != 0 {
			out = append(out, gram(before, r))
		}
		before = r
	}
	slices.Sort(out)
	return slices.Compact(out)
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

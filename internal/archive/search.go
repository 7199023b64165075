package archive

import (
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// ErrWords is answered for words that cannot be looked for.
var ErrWords = wire.ErrParameter

// Hit is a word where it was found.
type Hit struct {
	Before string `json:"before"`
	Match  string `json:"match"`
	After  string `json:"after"`
}

// aroundHit is how many characters stand before and behind a hit.
const aroundHit = 20

// Search returns the records in which all words are, newest first. It needs the plaintext to be kept.
func (s *Service) Search(tx *store.Tx, by Reader, q Question) (answer recordsAnswer, err error) {
	answer.Records = []Shown{}
	a, err := s.kept(tx, by.CorpID)
	if err != nil {
		return answer, err
	}
	if len(sought(q.Words)) == 0 {
		return answer, ErrWords.With("words: two neighbouring letters or digits expected")
	}
	f := &finder{s: s, tx: tx, a: a, by: by, q: q, seen: map[int64]bool{}}
	if err := f.prepare(); err != nil {
		return answer, err
	}
	answer.Next, err = f.run()
	answer.Records = append(answer.Records, f.found...)
	return answer, err
}

// markHits says where the words are. A record that lacks one gets no hits.
func markHits(list []Shown, words []string) {
	for i := range list {
		list[i].Hits = hitsIn(string(list[i].Message), words)
	}
}

// hitsIn returns where each of the words is in a plaintext, the case of letters aside; nothing if one is not.
func hitsIn(plain string, words []string) (out []Hit) {
	if lacksNumber(plain, words) {
		return nil
	}
	text := []rune(said(plain))
	folded := lower(text)
	for _, word := range words {
		w := lower([]rune(word))
		at := indexRunes(folded, w)
		if at < 0 {
			return nil
		}
		end := at + len(w)
		out = append(out, Hit{string(text[max(0, at-aroundHit):at]), string(text[at:end]), string(text[end:min(len(text), end+aroundHit)])})
	}
	return out
}

// lacksNumber reports whether one of the words is a number that the JSON of a plaintext does not have. Of many that
// have the digits of a number by threes few have the number, and reading the JSON of each costs a hundred times as much.
func lacksNumber(plain string, words []string) bool {
	if strings.Contains(plain, `\u003`) {
		return false // digits may be written this way
	}
	return slices.ContainsFunc(words, func(word string) bool {
		return strings.Trim(word, "0123456789") == "" && !strings.Contains(plain, word)
	})
}

// lower is the text in lower case, as long as before.
func lower(text []rune) []rune {
	out := make([]rune, len(text))
	for i, r := range text {
		out[i] = unicode.ToLower(r)
	}
	return out
}

func indexRunes(text, word []rune) int {
	for i := 0; i+len(word) <= len(text); i++ {
		if slices.Equal(text[i:i+len(word)], word) {
			return i
		}
	}
	return -1
}

func hexOf(b []byte) string { return hex.EncodeToString(b) }

func (s *Service) serveSearch(w http.ResponseWriter, r *http.Request, by Reader) (any, error) {
	q, err := ParseQuestion(r.URL.Query())
	if err != nil {
		return nil, err
	}
	var answer recordsAnswer
	err = s.deps.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
		answer, err = s.Search(tx, by, q)
		return err
	})
	return answer, err
}

// Context returns what was said around a record in its conversation, in order: half of limit before it, and as
// much from it on.
func (s *Service) Context(tx *store.Tx, by Reader, seq, limit int64) (answer recordsAnswer, err error) {
	a, err := s.kept(tx, by.CorpID)
	if err != nil {
		return answer, err
	}
	of, err := selectRecords(tx, `archive = ? AND corpid = ? AND seq = ?`, a.no, a.corpID, seq)
	if err != nil || len(of) == 0 {
		return answer, firstOf(err, wire.ErrParameter.With("seq: there is no record %d", seq))
	}
	if seen, err := s.visible(tx, a, by, conversationsOf(of)); err != nil || !seen[of[0].Conversation] {
		return answer, firstOf(err, ErrNotReader.With("seq: record %d is not in your range", seq))
	}
	half := max(limit/2, 1)
	before, err := backwards(tx, a, of[0].Conversation, seq, half)
	if err != nil {
		return answer, err
	}
	behind, err := onwards(tx, a, of[0].Conversation, seq, half)
	if err != nil {
		return answer, err
	}
	answer.Records, err = s.shown(tx, a, append(before, behind...))
	return answer, err
}

// serveContext answers what stands around the record that after names.
func (s *Service) serveContext(w http.ResponseWriter, r *http.Request, by Reader) (any, error) {
	q, err := ParseQuestion(r.URL.Query())
	if err != nil {
		return nil, err
	}
	var answer recordsAnswer
	err = s.deps.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
		answer, err = s.Context(tx, by, q.After, q.Limit)
		return err
	})
	return answer, err
}

// conversationsOf returns the conversations of records, each once.
func conversationsOf(list []Record) (out []int64) {
	for _, r := range list {
		if !slices.Contains(out, r.Conversation) {
			out = append(out, r.Conversation)
		}
	}
	return out
}

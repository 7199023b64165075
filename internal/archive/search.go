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

const (
	// candidatesMost is how many records one search looks at. The answer says where to go on.
	candidatesMost = 3000
	// pairsUsed is how many pairs of the words select candidates, pairsCounted how far each is counted to find
	// the rarest.
	pairsUsed, pairsCounted = 8, 5000
	// aroundHit is how many characters stand before and behind a hit.
	aroundHit = 20
)

// Search returns the records in which all words are, newest first. It needs the plaintext to be kept.
func (s *Service) Search(tx *store.Tx, by Reader, q Question) (answer recordsAnswer, err error) {
	answer.Records = []Shown{}
	a, err := s.kept(tx, by.CorpID)
	if err != nil {
		return answer, err
	}
	pairs := grams(strings.Join(q.Words, " "))
	if len(pairs) == 0 {
		return answer, ErrWords.With("words: two neighbouring letters or digits expected")
	}
	if pairs, err = rarestFirst(tx, a, pairs); err != nil {
		return answer, err
	}
	before := q.Before
	if before == 0 {
		before = 1 << 62
	}
	for looked := 0; looked < candidatesMost; {
		seqs, err := candidates(tx, a, pairs, before, readUsually)
		if err != nil {
			return answer, err
		}
		found, err := s.confirmed(tx, a, by, q, seqs)
		if err != nil {
			return answer, err
		}
		for _, one := range found {
			answer.Records = append(answer.Records, one)
			if int64(len(answer.Records)) == q.Limit {
				answer.Next = one.Seq
				return answer, nil
			}
		}
		if len(seqs) < readUsually {
			return answer, nil
		}
		looked += len(seqs)
		before = seqs[len(seqs)-1]
	}
	answer.Next = before
	return answer, nil
}

// rarestFirst returns some of the pairs, the one with the fewest records first.
func rarestFirst(tx *store.Tx, a archived, pairs []int64) ([]int64, error) {
	pairs = pairs[:min(len(pairs), pairsUsed)]
	count := map[int64]int64{}
	for _, p := range pairs {
		n, err := tx.Count(`SELECT count(*) FROM (SELECT seq FROM archive_gram WHERE archive = ? AND gram = ? LIMIT ?) counted`, a.no, p, int64(pairsCounted))
		if err != nil {
			return nil, err
		}
		count[p] = n
	}
	slices.SortStableFunc(pairs, func(x, y int64) int { return int(count[x] - count[y]) })
	return pairs, nil
}

// candidates returns the numbers of records that have all pairs, the newest first.
func candidates(tx *store.Tx, a archived, pairs []int64, before int64, limit int) (out []int64, err error) {
	args := []any{a.no, pairs[0], before}
	where := strings.Repeat(` AND EXISTS (SELECT 1 FROM archive_gram x WHERE x.archive = g.archive AND x.gram = ? AND x.seq = g.seq)`, len(pairs)-1)
	args = append(store.Args(args, pairs[1:]), int64(limit))
	err = tx.Each(`SELECT g.seq FROM archive_gram g WHERE g.archive = ? AND g.gram = ? AND g.seq < ?`+where+` ORDER BY g.seq DESC LIMIT ?`, args, func(rows *store.Rows) error {
		var seq int64
		err := rows.Scan(&seq)
		out = append(out, seq)
		return err
	})
	return out, err
}

// confirmed returns those of the records that have the words, are what the question is about, and are in the
// reader's range.
func (s *Service) confirmed(tx *store.Tx, a archived, by Reader, q Question, seqs []int64) ([]Shown, error) {
	if len(seqs) == 0 {
		return nil, nil
	}
	where, args := q.where()
	list, err := selectRecords(tx, `archive = ? AND corpid = ? AND seq IN (`+store.Marks(len(seqs))+`)`+where+` ORDER BY seq DESC`,
		append(store.Args([]any{a.no, a.corpID}, seqs), args...)...)
	if err != nil {
		return nil, err
	}
	seen, err := s.visible(tx, a, by, conversationsOf(list))
	if err != nil {
		return nil, err
	}
	shown, err := s.shown(tx, a, slices.DeleteFunc(list, func(r Record) bool { return !seen[r.Conversation] }))
	if err != nil {
		return nil, err
	}
	markHits(shown, q.Words)
	return slices.DeleteFunc(shown, func(one Shown) bool { return len(one.Hits) == 0 }), nil
}

// markHits says where the words are. A record that lacks one gets no hits.
func markHits(list []Shown, words []string) {
	for i := range list {
		text := []rune(said(string(list[i].Message)))
		folded := make([]rune, len(text))
		for j, r := range text {
			folded[j] = unicode.ToLower(r)
		}
		for _, word := range words {
			w := []rune(word)
			for j, r := range w {
				w[j] = unicode.ToLower(r)
			}
			at := indexRunes(folded, w)
			if at < 0 {
				list[i].Hits = nil
				break
			}
			end := at + len(w)
			list[i].Hits = append(list[i].Hits, Hit{string(text[max(0, at-aroundHit):at]), string(text[at:end]), string(text[end:min(len(text), end+aroundHit)])})
		}
	}
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
	where, args := `conversation = ?`, []any{of[0].Conversation}
	half := max(limit/2, 1)
	before, err := selectRecords(tx, `archive = ? AND corpid = ? AND `+where+` AND seq < ? ORDER BY seq DESC LIMIT ?`, append(append([]any{a.no, a.corpID}, args...), seq, half)...)
	if err != nil {
		return answer, err
	}
	slices.Reverse(before)
	behind, err := selectRecords(tx, `archive = ? AND corpid = ? AND `+where+` AND seq >= ? ORDER BY seq LIMIT ?`, append(append([]any{a.no, a.corpID}, args...), seq, half)...)
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

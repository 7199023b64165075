package archive

import (
	"cmp"
	"math"
	"slices"

	"qiwei/internal/store"
)

const (
	// lookedMost is how many records one search looks at. The answer says where to go on.
	lookedMost = 10_000
	// gramsUsed is how many grams of the words select records, of gramsWeighed at most and one of each word at least.
	// blocksWeighed is in how many of the newest blocks it is counted how often each is said, to find the rarest.
	gramsUsed, gramsWeighed, blocksWeighed = 8, 16, 512
	// firstWindow is how many blocks are looked through at once, the newest first; each window is four times
	// as wide as the one before, up to widestWindow.
	firstWindow, widestWindow = 16, 4096
)

// finder looks for the records that have the words of a question, the newest first.
//
//	grams ∩ conversations ∩ times ──blocks──> records ──columns, range──> plaintext ──words──> found
//
// What is not in the index yet is looked through without it.
type finder struct {
	s      *Service
	tx     *store.Tx
	a      archived
	by     Reader
	q      Question
	grams  []int64 // the rarest first
	blocks int64   // that are indexed
	upper  int64   // the newest record to be looked at
	within *reach
	seen   map[int64]bool // whether a conversation is in the reader's range
	looked int
	found  []Shown
}

// prepare finds out what there is to be looked through.
func (f *finder) prepare() (err error) {
	if _, err = f.tx.Get(`SELECT i.blocks, c.seq FROM archive_index i JOIN archive_chain c ON c.archive = i.archive WHERE i.archive = ? AND i.corpid = ?`, []any{f.a.no, f.a.corpID}, &f.blocks, &f.upper); err != nil {
		return err
	}
	if f.q.Before > 0 {
		f.upper = min(f.upper, f.q.Before-1)
	}
	if f.within, err = f.s.reach(f.tx, f.a, f.by, f.q); err != nil {
		return err
	}
	f.grams, err = rarestFirst(f.tx, f.a, f.q.Words, min(f.upper/blockSize, f.blocks-1))
	return err
}

// rarestFirst returns some of the grams of the words: the rarest of each word before the second of any, since those of one
// word are said together. The rarest is the one that is said least in the newest blocks up to one. One that is not said
// in them at all is rare, or was said long ago.
func rarestFirst(tx *store.Tx, a archived, words []string, upTo int64) ([]int64, error) {
	var of [][]int64
	var all []int64
	for _, word := range words {
		grams := sought([]string{word})
		grams = grams[:min(len(grams), max(gramsWeighed/len(words), 1))]
		of, all = append(of, grams), append(all, grams...)
	}
	weight := map[int64]int64{}
	if err := tx.Each(`SELECT gram, CAST(sum(length(places)) AS BIGINT) FROM archive_posting WHERE archive = ? AND gram IN (`+store.Marks(len(all))+`) AND block > ? AND block <= ? GROUP BY gram`,
		append(store.Args([]any{a.no}, all), upTo-blocksWeighed, upTo), func(rows *store.Rows) error {
			var g, n int64
			err := rows.Scan(&g, &n)
			weight[g] = n
			return err
		}); err != nil {
		return nil, err
	}
	rarer := func(x, y int64) int { return cmp.Compare(weight[x], weight[y]) }
	var out []int64
	for nth := range gramsWeighed {
		var round []int64
		for _, grams := range of {
			if nth == 0 {
				slices.SortStableFunc(grams, rarer)
			}
			if nth < len(grams) && !slices.Contains(out, grams[nth]) && !slices.Contains(round, grams[nth]) {
				round = append(round, grams[nth])
			}
		}
		slices.SortStableFunc(round, rarer)
		out = append(out, round...)
	}
	return out[:min(len(out), gramsUsed)], nil
}

// run looks until there are enough. next is where to go on; 0 at the end.
func (f *finder) run() (next int64, err error) {
	begin := max(f.blocks*blockSize, 1) // of what is not in the index
	step := int64(rowsAtOnce)
	if f.within != nil {
		step = max(f.upper, step) // which finds few, however many there are while the index is made
	}
	for hi := f.upper; hi >= begin; {
		lo := max(hi-step+1, begin)
		seqs, err := f.unindexed(lo, hi)
		if err != nil {
			return 0, err
		}
		if next, err := f.look(seqs); err != nil || next != 0 {
			return next, err
		}
		hi = lo - 1
	}
	width := int64(firstWindow)
	for hi := min(f.upper/blockSize, f.blocks-1); hi >= 0; {
		lo := max(hi-width+1, 0)
		seqs, err := f.window(lo, hi)
		if err != nil {
			return 0, err
		}
		seqs = slices.DeleteFunc(seqs, func(seq int64) bool { return seq > f.upper })
		if next, err := f.look(seqs); err != nil || next != 0 {
			return next, err
		}
		hi, width = lo-1, min(4*width, widestWindow)
	}
	return 0, nil
}

// unindexed returns the records between two, the newest first, that are in the conversations.
func (f *finder) unindexed(lo, hi int64) (out []int64, err error) {
	if f.within == nil {
		for seq := hi; seq >= lo; seq-- {
			out = append(out, seq)
		}
		return out, nil
	}
	err = f.within.each(f.tx, f.a, lo, hi, func(seq int64) { out = append(out, seq) })
	slices.SortFunc(out, func(x, y int64) int { return int(y - x) })
	return out, err
}

// window returns the records of some blocks that have all grams, the newest first.
func (f *finder) window(lo, hi int64) ([]int64, error) {
	var alive map[int64]*places // nil is all
	if f.within != nil {
		alive = map[int64]*places{}
		if err := f.within.each(f.tx, f.a, lo*blockSize, (hi+1)*blockSize-1, func(seq int64) {
			if alive[seq/blockSize] == nil {
				alive[seq/blockSize] = &places{}
			}
			alive[seq/blockSize].add(seq % blockSize)
		}); err != nil {
			return nil, err
		}
	}
	alive, err := f.sentMeanwhile(lo, hi, alive)
	if err != nil || alive != nil && len(alive) == 0 {
		return nil, err
	}
	return f.having(lo, hi, alive)
}

// sentMeanwhile leaves out the blocks of which nothing was sent in the time that is asked for.
func (f *finder) sentMeanwhile(lo, hi int64, alive map[int64]*places) (map[int64]*places, error) {
	if f.q.Since.IsZero() && f.q.Until.IsZero() {
		return alive, nil
	}
	since, until := int64(0), int64(math.MaxInt64)
	if !f.q.Since.IsZero() {
		since = f.q.Since.UnixMilli()
	}
	if !f.q.Until.IsZero() {
		until = f.q.Until.UnixMilli()
	}
	left := map[int64]*places{}
	return left, f.tx.Each(`SELECT block FROM archive_block WHERE archive = ? AND block >= ? AND block <= ? AND last_at >= ? AND first_at < ?`, []any{f.a.no, lo, hi, since, until}, func(rows *store.Rows) error {
		var block int64
		err := rows.Scan(&block)
		if alive == nil {
			left[block] = every()
		} else if alive[block] != nil {
			left[block] = alive[block]
		}
		return err
	})
}

// every are all places of a block.
func every() *places {
	p := &places{}
	for i := range p {
		p[i] = math.MaxUint64
	}
	return p
}

// fewBlocks is up to how many blocks are named one by one.
const fewBlocks = 512

// having returns the records of the blocks that have all grams, the newest first.
func (f *finder) having(lo, hi int64, alive map[int64]*places) (out []int64, err error) {
	for _, gram := range f.grams {
		where, args := `archive = ? AND gram = ?`, []any{f.a.no, gram}
		if alive != nil && len(alive) <= fewBlocks {
			list := evened(sortedBlocks(alive))
			where += ` AND block IN (` + store.Marks(len(list)) + `)`
			args = store.Args(args, list)
		} else {
			where += ` AND block >= ? AND block <= ?`
			args = append(args, lo, hi)
		}
		left := map[int64]*places{}
		if err := eachPosting(f.tx, where, args, func(p posting) {
			if alive == nil {
				left[p.block] = &p.places
			} else if before := alive[p.block]; before != nil && p.and(*before) {
				left[p.block] = &p.places
			}
		}); err != nil {
			return nil, err
		}
		if alive = left; len(alive) == 0 {
			return nil, nil
		}
	}
	blocks := sortedBlocks(alive)
	slices.Reverse(blocks)
	for _, block := range blocks {
		alive[block].each(func(at int64) { out = append(out, block*blockSize+at) })
	}
	return out, nil
}

// evened repeats the last of a list until there are 16, 32, 64, …: so that there are few statements.
func evened(list []int64) []int64 {
	for n := len(list); n < 16 || n&(n-1) != 0; n++ {
		list = append(list, list[len(list)-1])
	}
	return list
}

func sortedBlocks(m map[int64]*places) []int64 {
	out := make([]int64, 0, len(m))
	for block := range m {
		out = append(out, block)
	}
	slices.Sort(out)
	return out
}

// lookedAtOnce is how many records are looked at together.
const lookedAtOnce = 100

// look looks whether the records have the words. next is where to go on once there are enough, or once enough
// were looked at.
func (f *finder) look(seqs []int64) (next int64, err error) {
	for some := range slices.Chunk(seqs, lookedAtOnce) {
		found, err := f.confirmed(some)
		if err != nil {
			return 0, err
		}
		for _, one := range found {
			f.found = append(f.found, one)
			if int64(len(f.found)) == f.q.Limit {
				return one.Seq, nil
			}
		}
		if f.looked += len(some); f.looked >= lookedMost {
			return some[len(some)-1], nil
		}
	}
	return 0, nil
}

// confirmed returns those of the records that are what the question is about, are in the reader's range, and
// have the words, the newest first.
func (f *finder) confirmed(seqs []int64) ([]Shown, error) {
	seqs, err := f.asked(seqs)
	if err != nil {
		return nil, err
	}
	plain, err := plainOfSome(f.tx, f.a, seqs)
	if err != nil {
		return nil, err
	}
	seqs = slices.DeleteFunc(slices.Clone(seqs), func(seq int64) bool { return len(hitsIn(plain[seq], f.q.Words)) == 0 })
	if len(seqs) == 0 {
		return nil, nil
	}
	list, err := selectRecords(f.tx, `archive = ? AND corpid = ? AND seq IN (`+store.Marks(len(seqs))+`) ORDER BY seq DESC`, store.Args([]any{f.a.no, f.a.corpID}, seqs)...)
	if err != nil {
		return nil, err
	}
	out, err := f.s.shown(f.tx, f.a, list)
	markHits(out, f.q.Words)
	return out, err
}

// asked returns those of the records that are what the question is about, whatever they say, and are in the
// reader's range.
func (f *finder) asked(seqs []int64) ([]int64, error) {
	where, args := f.q.where()
	if where == "" && f.by.Range.All() {
		return seqs, nil
	}
	conversations := map[int64]int64{}
	if err := f.tx.Each(`SELECT seq, conversation FROM archive_record WHERE archive = ? AND corpid = ? AND seq IN (`+store.Marks(len(seqs))+`)`+where,
		append(store.Args([]any{f.a.no, f.a.corpID}, seqs), args...), func(rows *store.Rows) error {
			var seq, conversation int64
			err := rows.Scan(&seq, &conversation)
			conversations[seq] = conversation
			return err
		}); err != nil {
		return nil, err
	}
	err := f.learn(conversations)
	return slices.DeleteFunc(slices.Clone(seqs), func(seq int64) bool { return !f.seen[conversations[seq]] }), err
}

// learn finds out which of the conversations are in the reader's range. The conversation 0 is none.
func (f *finder) learn(of map[int64]int64) error {
	var unknown []int64
	for _, no := range of {
		if _, known := f.seen[no]; !known && no != 0 && !slices.Contains(unknown, no) {
			unknown = append(unknown, no)
		}
	}
	visible, err := f.s.visible(f.tx, f.a, f.by, unknown)
	for _, no := range unknown {
		f.seen[no] = visible[no]
	}
	return err
}

// blocksBehind is in how many blocks an export looks at once.
const blocksBehind = 64

// behind returns the next records after a seq, in order and up to end, that may have the words: nil for all of
// them. to is up to where it has looked, which is far enough for limit records.
func (s *Service) behind(tx *store.Tx, a archived, words []string, after, end int64, limit int) (seqs []int64, to int64, err error) {
	f := &finder{s: s, tx: tx, a: a}
	if f.blocks, err = indexed(tx, a); err != nil {
		return nil, 0, err
	}
	lo := (after + 1) / blockSize
	if lo >= f.blocks {
		return nil, min(after+int64(limit), end), nil
	}
	hi := min(lo+blocksBehind-1, f.blocks-1)
	if f.grams, err = rarestFirst(tx, a, words, hi); err != nil {
		return nil, 0, err
	}
	found, err := f.having(lo, hi, nil)
	slices.Reverse(found)
	seqs = slices.DeleteFunc(found, func(seq int64) bool { return seq <= after || seq > end })
	if to = min((hi+1)*blockSize-1, end); len(seqs) > limit {
		seqs = seqs[:limit]
		to = seqs[limit-1]
	}
	if seqs == nil {
		seqs = []int64{}
	}
	return seqs, to, err
}

package archive

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math/bits"
	"slices"
	"strings"

	"qiwei/internal/store"
)

// blockSize is how many records are indexed together.
const blockSize = 1024

// places are some of the records of a block, as bits.
type places [blockSize / 64]uint64

func (p *places) add(at int64)    { p[at/64] |= 1 << (at % 64) }
func (p *places) remove(at int64) { p[at/64] &^= 1 << (at % 64) }

func (p *places) and(other places) (some bool) {
	for i := range p {
		p[i] &= other[i]
		some = some || p[i] != 0
	}
	return some
}

func (p *places) count() (n int) {
	for _, word := range p {
		n += bits.OnesCount64(word)
	}
	return n
}

// each calls fn for each place, the last one first.
func (p *places) each(fn func(at int64)) {
	for i := len(p) - 1; i >= 0; i-- {
		for word := p[i]; word != 0; {
			bit := 63 - bits.LeadingZeros64(word)
			word &^= 1 << bit
			fn(int64(i*64 + bit))
		}
	}
}

// bytes is what is stored: two bytes for each place, or all bits where that is not longer.
func (p *places) bytes() []byte {
	if p.count() < blockSize/16 {
		out := make([]byte, 0, 2*p.count())
		p.each(func(at int64) { out = binary.BigEndian.AppendUint16(out, uint16(at)) })
		return out
	}
	out := make([]byte, 0, blockSize/8)
	for _, word := range p {
		out = binary.BigEndian.AppendUint64(out, word)
	}
	return out
}

func readPlaces(b []byte) (p places, err error) {
	switch {
	case len(b) == blockSize/8:
		for i := range p {
			p[i] = binary.BigEndian.Uint64(b[8*i:])
		}
	case len(b) < blockSize/8 && len(b)%2 == 0:
		for ; len(b) > 0; b = b[2:] {
			at := int64(binary.BigEndian.Uint16(b))
			if at >= blockSize {
				return p, fmt.Errorf("the index names place %d of a block", at)
			}
			p.add(at)
		}
	default:
		err = fmt.Errorf("%d bytes are no places of a block", len(b))
	}
	return p, err
}

// posting is where a gram is said in a block.
type posting struct {
	gram  int64
	block int64
	places
}

const postingsAtOnce = 1000

// insertPostings writes postings of one block, in the table's order: neighbours go to one page of it.
func insertPostings(tx *store.Tx, a archived, list []posting) error {
	slices.SortFunc(list, func(x, y posting) int { return cmp.Compare(x.gram, y.gram) })
	for some := range slices.Chunk(list, postingsAtOnce) {
		args := make([]any, 0, 4*len(some))
		for _, p := range some {
			args = append(args, a.no, p.gram, p.block, p.bytes())
		}
		if _, err := tx.Exec(`INSERT INTO archive_posting (archive, gram, block, places) VALUES (?, ?, ?, ?)`+strings.Repeat(`, (?, ?, ?, ?)`, len(some)-1), args...); err != nil {
			return fmt.Errorf("index: %w", err)
		}
	}
	return nil
}

// indexed returns how many blocks are in the index.
func indexed(tx *store.Tx, a archived) (int64, error) {
	return tx.Count(`SELECT blocks FROM archive_index WHERE archive = ? AND corpid = ?`, a.no, a.corpID)
}

// unindex takes records out of the index whose plaintext is to be erased.
func unindex(tx *store.Tx, a archived, plain map[int64]string) error {
	// The row is written, so that a block which is being indexed meanwhile is indexed anew.
	if _, err := tx.Exec(`UPDATE archive_index SET blocks = blocks WHERE archive = ? AND corpid = ?`, a.no, a.corpID); err != nil {
		return err
	}
	blocks, err := indexed(tx, a)
	if err != nil {
		return err
	}
	gone := map[int64]map[int64]*places{} // by block and gram
	for seq, text := range plain {
		block := seq / blockSize
		if block >= blocks {
			continue
		}
		if gone[block] == nil {
			gone[block] = map[int64]*places{}
		}
		for _, g := range grams(said(text)) {
			if gone[block][g] == nil {
				gone[block][g] = &places{}
			}
			gone[block][g].add(seq % blockSize)
		}
	}
	for block, of := range gone {
		if err := unindexBlock(tx, a, block, of); err != nil {
			return err
		}
	}
	return nil
}

func unindexBlock(tx *store.Tx, a archived, block int64, gone map[int64]*places) error {
	grams := make([]int64, 0, len(gone))
	for g := range gone {
		grams = append(grams, g)
	}
	slices.Sort(grams)
	var left []posting
	for some := range slices.Chunk(grams, rowsAtOnce) {
		where, args := `archive = ? AND block = ? AND gram IN (`+store.Marks(len(some))+`)`, store.Args([]any{a.no, block}, some)
		if err := eachPosting(tx, where, args, func(p posting) {
			gone[p.gram].each(func(at int64) { p.remove(at) })
			if p.count() > 0 {
				left = append(left, p)
			}
		}); err != nil {
			return err
		}
		if _, err := tx.Exec(`DELETE FROM archive_posting WHERE `+where, args...); err != nil {
			return err
		}
	}
	return insertPostings(tx, a, left)
}

func eachPosting(tx *store.Tx, where string, args []any, fn func(posting)) error {
	return tx.Each(`SELECT gram, block, places FROM archive_posting WHERE `+where, args, func(rows *store.Rows) error {
		var p posting
		var raw []byte
		err := rows.Scan(&p.gram, &p.block, &raw)
		if err == nil {
			p.places, err = readPlaces(raw)
		}
		fn(p)
		return err
	})
}

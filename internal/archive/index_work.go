package archive

import (
	"context"
	"math"
	"time"

	"qiwei/internal/store"
	"qiwei/internal/work"
)

// indexWork is the indexing as the engine sees it: an archive is a key, and its blocks go in order.
func (s *Service) indexWork() work.Kind {
	return work.Kind{
		Name: "archive index", Slots: 1, Every: 5 * time.Second, For: s.deps.For,
		Lease:   work.Lease{Table: "archive_index", Key: "archive", Holder: "holder", Until: "until", Length: time.Minute},
		Retry:   work.Retry{After: work.Doubling(time.Second, time.Minute)},
		Waiting: waitingBlocks, Take: s.takeBlock,
	}
}

// fullBlock is the condition that the next block of archive_index i has all its records in archive_chain c.
const fullBlock = `c.seq >= (i.blocks + 1) * 1024 - 1`

func waitingBlocks(tx *store.Tx) (list []work.Waiting, err error) {
	err = tx.Each(`SELECT i.archive, i.corpid, i.holder, i.until FROM archive_index i JOIN archive_chain c ON c.archive = i.archive WHERE `+fullBlock, nil, func(rows *store.Rows) error {
		var w work.Waiting
		var until int64
		err := rows.Scan(&w.Key, &w.CorpID, &w.Holder, &until)
		w.Until = time.UnixMilli(until)
		list = append(list, w)
		return err
	})
	return list, err
}

// indexing is a block to be indexed.
type indexing struct {
	s        *Service
	archive  archived
	block    int64
	next     int64 // the block behind it that has something in the clear, or is not full yet
	plain    map[int64]string
	postings []posting
}

func (s *Service) takeBlock(tx *store.Tx, t *work.Turn) (work.Batch, time.Time, error) {
	b := &indexing{s: s, plain: map[int64]string{}}
	found, err := tx.Get(`SELECT i.corpid, i.blocks, (c.seq + 1) / 1024 FROM archive_index i JOIN archive_chain c ON c.archive = i.archive WHERE i.archive = ? AND `+fullBlock, []any{t.Key}, &b.archive.corpID, &b.block, &b.next)
	if err != nil || !found {
		return nil, time.Time{}, err
	}
	if b.archive, _, err = s.archive(tx, b.archive.corpID); err != nil {
		return nil, time.Time{}, err
	}
	// Where nothing is kept in the clear, there is nothing to be indexed. The block itself is asked first: PostgreSQL, as
	// long as it knows nothing about a table, sorts all that follows.
	var first int64
	for _, to := range []int64{(b.block + 1) * blockSize, math.MaxInt64} {
		if found, err = tx.Get(`SELECT seq FROM archive_plain WHERE archive = ? AND corpid = ? AND seq >= ? AND seq < ? ORDER BY seq LIMIT 1`, []any{b.archive.no, b.archive.corpID, b.block * blockSize, to}, &first); err != nil {
			return nil, time.Time{}, err
		}
		if found {
			break
		}
	}
	if found && first/blockSize < b.next {
		b.block, b.next = first/blockSize, first/blockSize+1
		err = b.read(tx, func(seq int64, text string) { b.plain[seq] = text })
	}
	return b, time.Time{}, err
}

// read calls fn for what is kept in the clear of the block.
func (b *indexing) read(tx *store.Tx, fn func(seq int64, text string)) error {
	return tx.Each(`SELECT seq, plain FROM archive_plain WHERE archive = ? AND corpid = ? AND seq >= ? AND seq < ?`,
		[]any{b.archive.no, b.archive.corpID, b.block * blockSize, (b.block + 1) * blockSize}, func(rows *store.Rows) error {
			var seq int64
			var text string
			err := rows.Scan(&seq, &text)
			fn(seq, text)
			return err
		})
}

// Do finds the grams of the block.
func (b *indexing) Do(context.Context) error {
	found := map[int64]*posting{}
	for seq, text := range b.plain {
		for _, g := range grams(said(text)) {
			p := found[g]
			if p == nil {
				p = &posting{gram: g, block: b.block}
				found[g] = p
			}
			p.add(seq % blockSize)
		}
	}
	b.postings = make([]posting, 0, len(found))
	for _, p := range found {
		b.postings = append(b.postings, *p)
	}
	return nil
}

// Record writes the block into the index, unless something of it was erased meanwhile: then it is taken again.
func (b *indexing) Record(ctx context.Context, tx *store.Tx, r work.Result) error {
	if r.Err != nil {
		return nil
	}
	if len(b.plain) > 0 {
		// Whoever erases writes the row of archive_index too, so one of the two transactions is run again.
		left, err := tx.Count(`SELECT count(*) FROM archive_plain WHERE archive = ? AND corpid = ? AND seq >= ? AND seq < ?`, b.archive.no, b.archive.corpID, b.block*blockSize, (b.block+1)*blockSize)
		if err != nil || left != int64(len(b.plain)) {
			return err
		}
		if err := insertPostings(tx, b.archive, b.postings); err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO archive_block (archive, block, first_at, last_at) SELECT archive, CAST(? AS BIGINT), min(at), max(at) FROM archive_record WHERE archive = ? AND corpid = ? AND seq >= ? AND seq < ? GROUP BY archive`,
			b.block, b.archive.no, b.archive.corpID, b.block*blockSize, (b.block+1)*blockSize); err != nil {
			return err
		}
	}
	_, err := tx.Exec(`UPDATE archive_index SET blocks = ? WHERE archive = ? AND corpid = ? AND blocks < ?`, b.next, b.archive.no, b.archive.corpID, b.next)
	return err
}

// IndexAll indexes the blocks that are full, and returns.
func (s *Service) IndexAll(ctx context.Context) error { return s.indexes.Drain(ctx, nil) }

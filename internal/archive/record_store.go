package archive

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"qiwei/internal/store"
)

const recordColumns = `seq, msgid, at, kept_at, action, msgtype, sender, peer, roomid, external <> 0, version, sealed_key, sealed_msg, plain_sum, digest, hash, erased, conversation`

func scanRecord(rows *store.Rows) (r Record, err error) {
	var at, kept int64
	err = rows.Scan(&r.Seq, &r.MsgID, &at, &kept, &r.Action, &r.Type, &r.From, &r.Peer, &r.RoomID, &r.External, &r.Version, &r.Key, &r.Msg, &r.PlainSum, &r.Digest, &r.Hash, &r.Erased, &r.Conversation)
	r.At, r.KeptAt = time.UnixMilli(at).UTC(), time.UnixMilli(kept).UTC()
	return r, err
}

func selectRecords(tx *store.Tx, where string, args ...any) (out []Record, err error) {
	err = tx.Each(`SELECT `+recordColumns+` FROM archive_record WHERE `+where, args, func(rows *store.Rows) error {
		r, err := scanRecord(rows)
		out = append(out, r)
		return err
	})
	return out, err
}

// rowsAtOnce is how many rows a statement writes.
const rowsAtOnce = 200

func insertRecords(tx *store.Tx, a archived, records []Record) error {
	const one = `(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)`
	for some := range slices.Chunk(records, rowsAtOnce) {
		args := make([]any, 0, 19*len(some))
		for _, r := range some {
			external := 0
			if r.External {
				external = 1
			}
			args = append(args, a.no, r.Seq, a.corpID, r.MsgID, r.At.UnixMilli(), r.KeptAt.UnixMilli(), r.Action, r.Type, r.From, r.Peer, r.RoomID, int64(external),
				r.Version, r.Key, r.Msg, r.PlainSum, r.Digest, r.Hash, r.Conversation)
		}
		if err := tx.Send(`INSERT INTO archive_record (archive, seq, corpid, msgid, at, kept_at, action, msgtype, sender, peer, roomid, external, version, sealed_key, sealed_msg, plain_sum, digest, hash, conversation, erased)
			VALUES `+store.Tuples(one, len(some)), args...); err != nil {
			return fmt.Errorf("append records: %w", err)
		}
	}
	return nil
}

// insertPlain keeps the plaintext of records.
func insertPlain(tx *store.Tx, a archived, records []Record, plain []string) error {
	for start := 0; start < len(records); start += rowsAtOnce {
		some := records[start:min(start+rowsAtOnce, len(records))]
		var args []any
		for i, r := range some {
			args = append(args, a.no, r.Seq, a.corpID, plain[start+i])
		}
		if err := tx.Send(`INSERT INTO archive_plain (archive, seq, corpid, plain) VALUES `+store.Tuples(`(?, ?, ?, ?)`, len(some)), args...); err != nil {
			return fmt.Errorf("keep plaintext: %w", err)
		}
	}
	return nil
}

// keptSince returns the numbers of the first record kept since a moment, one behind the newest if there is
// none, and of the newest. Numbers and moments grow together, so the database halves the records until it has
// found it: in one question, because a pull asks for each page.
func keptSince(tx *store.Tx, a archived, from time.Time) (first, last int64, err error) {
	at := from.UnixMilli()
	_, err = tx.Get(`WITH RECURSIVE half (low, high, newest) AS (
			SELECT CAST(1 AS BIGINT), seq + 1, seq FROM archive_chain WHERE archive = ? AND corpid = ?
			UNION ALL
			SELECT CASE WHEN r.kept_at >= ? THEN half.low ELSE r.seq + 1 END, CASE WHEN r.kept_at >= ? THEN r.seq ELSE half.high END, half.newest
			FROM half JOIN archive_record r ON r.archive = ? AND r.corpid = ? AND r.seq = (half.low + half.high) / 2 WHERE half.low < half.high
		) SELECT low, newest FROM half WHERE low = high`, []any{a.no, a.corpID, at, at, a.no, a.corpID}, &first, &last)
	return first, last, err
}

// widest is how many numbers one question spans that looks for records which were not erased.
const widest = 1 << 16

// eachInOrder calls scan for the columns of up to limit records that were not erased, those numbered from on.
// Each question names the last number, too: PostgreSQL, as long as it knows nothing about a table, else takes all
// that follow and sorts them. Numbers have no gaps, so one question is enough where nothing was erased.
func eachInOrder(tx *store.Tx, a archived, columns string, from, last, limit int64, scan func(*store.Rows) error) error {
	for span := limit; from <= last && limit > 0; span = min(4*span, widest) {
		to := min(from+span-1, last)
		if err := tx.Each(`SELECT `+columns+` FROM archive_record WHERE archive = ? AND corpid = ? AND seq >= ? AND seq <= ? AND erased = 0 ORDER BY seq LIMIT ?`,
			[]any{a.no, a.corpID, from, to, limit}, func(rows *store.Rows) error {
				limit--
				return scan(rows)
			}); err != nil {
			return err
		}
		from = to + 1
	}
	return nil
}

// plainOfSome returns the plaintext that is kept of records.
func plainOfSome(tx *store.Tx, a archived, seqs []int64) (map[int64]string, error) {
	out := map[int64]string{}
	for some := range slices.Chunk(seqs, rowsAtOnce) {
		if err := tx.Each(`SELECT seq, plain FROM archive_plain WHERE archive = ? AND corpid = ? AND seq IN (`+store.Marks(len(some))+`)`,
			store.Args([]any{a.no, a.corpID}, some), func(rows *store.Rows) error {
				var seq int64
				var text string
				err := rows.Scan(&seq, &text)
				out[seq] = text
				return err
			}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// revokedBy returns by which records those were taken back that were.
func revokedBy(tx *store.Tx, a archived, seqs []int64) (map[int64]int64, error) {
	out := map[int64]int64{}
	for some := range slices.Chunk(seqs, rowsAtOnce) {
		if err := tx.Each(`SELECT seq, revoked_by FROM archive_revoked WHERE archive = ? AND corpid = ? AND seq IN (`+store.Marks(len(some))+`)`,
			store.Args([]any{a.no, a.corpID}, some), func(rows *store.Rows) error {
				var seq, by int64
				err := rows.Scan(&seq, &by)
				out[seq] = by
				return err
			}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// insertRevoked says which records the others take back. An original that was sealed just before is found by
// its msgid.
func insertRevoked(tx *store.Tx, a archived, records []Record, before []string) error {
	for i, r := range records {
		if before[i] == "" {
			continue
		}
		if _, err := tx.Exec(`INSERT INTO archive_revoked (archive, seq, corpid, revoked_by) SELECT archive, seq, corpid, ? FROM archive_record WHERE archive = ? AND corpid = ? AND msgid = ? ON CONFLICT DO NOTHING`,
			r.Seq, a.no, a.corpID, before[i]); err != nil {
			return err
		}
	}
	return nil
}

// insertShared says which files the records have in common with others.
func insertShared(tx *store.Tx, a archived, heads []pendingHead) error {
	var args []any
	for _, h := range heads {
		for _, no := range h.Shared {
			args = append(args, a.corpID, h.MsgID, no)
		}
	}
	for some := range slices.Chunk(args, 3*rowsAtOnce) {
		if _, err := tx.Exec(`INSERT INTO archive_shared (corpid, msgid, file) VALUES (?, ?, ?)`+strings.Repeat(`, (?, ?, ?)`, len(some)/3-1)+` ON CONFLICT DO NOTHING`, some...); err != nil {
			return fmt.Errorf("share files: %w", err)
		}
	}
	return nil
}

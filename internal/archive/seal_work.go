package archive

import (
	"context"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"qiwei/internal/store"
	"qiwei/internal/work"
)

// sealWork is the sealing as the engine sees it: an archive is a key. Whoever holds the lease appends alone, so
// that the chain is one.
func (s *Service) sealWork() work.Kind {
	return work.Kind{
		Name: "archive seal", Slots: 4, Every: time.Second, For: s.deps.For,
		Lease:   work.Lease{Table: "archive_chain", Key: "archive", Holder: "holder", Until: "until", Length: time.Minute},
		Retry:   work.Retry{After: work.Doubling(time.Second, time.Minute)},
		Waiting: waitingSeals, Take: s.takeSeals, Backlog: sealBacklog,
	}
}

// sealedAtOnce is how many messages a transaction appends.
const sealedAtOnce = 1000

func waitingSeals(tx *store.Tx) (list []work.Waiting, err error) {
	err = tx.Each(`SELECT archive, corpid, holder, until FROM archive_chain c WHERE EXISTS (SELECT 1 FROM archive_pending p WHERE p.archive = c.archive)`, nil, func(rows *store.Rows) error {
		var w work.Waiting
		var until int64
		err := rows.Scan(&w.Key, &w.CorpID, &w.Holder, &until)
		w.Until = time.UnixMilli(until)
		list = append(list, w)
		return err
	})
	return list, err
}

func sealBacklog(tx *store.Tx) (b work.Backlog, err error) {
	b.Waiting, err = tx.Count(`SELECT count(*) FROM archive_pending`)
	return b, err
}

// sealing is a batch of messages to be sealed.
type sealing struct {
	s       *Service
	archive archived
	key     Key
	numbers []int64
	heads   []pendingHead
	plain   []string
	sealed  []sealed
}

func (s *Service) takeSeals(tx *store.Tx, t *work.Turn) (work.Batch, time.Time, error) {
	b := &sealing{s: s}
	found, err := tx.Get(`SELECT corpid FROM archive_corp WHERE no = ?`, []any{t.Key}, &b.archive.corpID)
	if err != nil || !found {
		return nil, time.Time{}, err
	}
	if b.archive, _, err = s.archive(tx, b.archive.corpID); err != nil {
		return nil, time.Time{}, err
	}
	err = tx.Each(`SELECT no, head, plain FROM archive_pending WHERE archive = ? AND corpid = ? ORDER BY no LIMIT ?`, []any{t.Key, b.archive.corpID, int64(sealedAtOnce)},
		func(rows *store.Rows) error {
			var no int64
			var text, plain string
			if err := rows.Scan(&no, &text, &plain); err != nil {
				return err
			}
			var h pendingHead
			if err := json.Unmarshal([]byte(text), &h); err != nil || len(b.plain) >= sealedAtOnce {
				return err // what stands for many may fill the batch before its rows are used up
			}
			heads, plains, err := s.apart(b.archive, h, plain)
			b.numbers, b.heads, b.plain = append(b.numbers, no), append(b.heads, heads...), append(b.plain, plains...)
			return err
		})
	if err != nil || len(b.numbers) == 0 {
		return nil, time.Time{}, err
	}
	keys, err := s.Keys(tx, b.archive.corpID)
	if err != nil {
		return nil, time.Time{}, err
	}
	if len(keys) == 0 { // an archive is not switched on without
		return nil, time.Time{}, errors.New("there is no public key to seal for")
	}
	b.key = keys[len(keys)-1]
	return b, time.Time{}, nil
}

// Do seals, on all processors: it is one RSA operation a message.
func (b *sealing) Do(ctx context.Context) error {
	pub, err := parsePublicKey(b.key.PublicKey)
	if err != nil {
		return err
	}
	b.sealed = make([]sealed, len(b.plain))
	var all sync.WaitGroup
	workers := min(runtime.GOMAXPROCS(0), len(b.plain))
	failed := make([]error, workers)
	for w := range workers {
		all.Go(func() { failed[w] = b.sealEach(ctx, pub, w, workers) })
	}
	all.Wait()
	if len(b.plain) >= sealedAtOnce { // there are more, most likely
		b.s.ahead.fill(b.key.PublicKey, pub)
	}
	return errors.Join(failed...)
}

func (b *sealing) sealEach(ctx context.Context, pub *rsa.PublicKey, from, step int) (err error) {
	for i := from; i < len(b.plain); i += step {
		if err := ctx.Err(); err != nil {
			return err
		}
		key, err := b.s.ahead.take(b.key.PublicKey, pub)
		if err == nil {
			b.sealed[i], err = sealWith(key, []byte(b.plain[i]))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Record appends the records and takes their duties away, in one transaction.
func (b *sealing) Record(ctx context.Context, tx *store.Tx, r work.Result) error {
	if r.Err != nil {
		return nil // they are still there
	}
	var seq, kept int64
	var hash []byte
	found, err := tx.Get(`SELECT c.seq, c.hash, coalesce(r.kept_at, 0) FROM archive_chain c LEFT JOIN archive_record r ON r.archive = c.archive AND r.seq = c.seq WHERE c.archive = ? AND c.corpid = ?`,
		[]any{b.archive.no, b.archive.corpID}, &seq, &hash, &kept)
	if err != nil || !found {
		return err
	}
	// Moments grow with the numbers also where the clock was set back: the window of the library counts on that.
	now := tx.Now()
	if before := time.UnixMilli(kept); now.Before(before) {
		now = before
	}
	records := make([]Record, len(b.sealed))
	for i, s := range b.sealed {
		seq++
		rec := b.record(i, s, now.UTC())
		rec.Seq, rec.Digest = seq, rec.digest()
		hash = nextHash(hash, seq, rec.Digest)
		rec.Hash = hash
		records[i] = rec
	}
	for start := 0; start < len(b.numbers); start += rowsAtOnce {
		some := b.numbers[start:min(start+rowsAtOnce, len(b.numbers))]
		if err := tx.SendThen(func(n int64) error {
			if n != int64(len(some)) {
				return fmt.Errorf("%d of %d messages were sealed by another server: %w", int64(len(some))-n, len(some), work.ErrLost)
			}
			return nil
		}, `DELETE FROM archive_pending WHERE archive = ? AND corpid = ? AND no IN (`+store.Marks(len(some))+`)`, store.Args([]any{b.archive.no, b.archive.corpID}, some)...); err != nil {
			return err
		}
	}
	if err := insertConversations(tx, b.archive, records, b.heads); err != nil {
		return err
	}
	if err := insertRecords(tx, b.archive, records); err != nil {
		return err
	}
	if err := insertShared(tx, b.archive, b.heads); err != nil {
		return err
	}
	if err := insertRevoked(tx, b.archive, records, b.revokes()); err != nil {
		return err
	}
	if b.archive.Plain {
		if err := insertPlain(tx, b.archive, records, b.plain); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(`UPDATE archive_chain SET seq = ?, hash = ?, notify_at = CASE WHEN notify_at = 0 THEN CAST(? AS BIGINT) ELSE notify_at END WHERE archive = ? AND corpid = ?`,
		seq, hash, notifyAt(tx.Now()), b.archive.no, b.archive.corpID); err != nil {
		return err
	}
	b.s.tells.Queued(tx, b.archive.no, 1)
	if b.archive.Plain && (seq+1)/blockSize > (seq+1-int64(len(records)))/blockSize {
		b.s.indexes.Queued(tx, b.archive.no, 1)
	}
	b.s.hooks.Changed(tx)
	tx.AfterCommit(b.s.news.tell)
	return nil
}

// revokes are the msgids that the messages take back, empty for those that take none.
func (b *sealing) revokes() []string {
	out := make([]string, len(b.heads))
	for i, h := range b.heads {
		out[i] = h.Revokes
	}
	return out
}

// record is a message's record before it has its place in the chain.
func (b *sealing) record(i int, s sealed, now time.Time) Record {
	h := b.heads[i]
	rec := Record{
		MsgID: h.MsgID, At: time.UnixMilli(h.At).UTC(), KeptAt: now.Truncate(time.Millisecond), Action: h.Action, Type: h.Type, From: string(h.From), RoomID: h.RoomID, External: h.External,
		Version: b.key.Version, Key: s.key, Msg: s.msg, PlainSum: []byte{},
	}
	if h.RoomID == "" && len(h.To) == 1 {
		rec.Peer = string(h.To[0])
	}
	if b.archive.Plain {
		sum := sha256.Sum256([]byte(b.plain[i]))
		rec.PlainSum = sum[:]
	}
	return rec
}

package archive_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"qiwei/internal/archive"
	"qiwei/internal/store"
)

// TestManyAtOnce: members who write at the same time, with several servers that seal, leave one chain without
// gaps and with everything in it, once.
func TestManyAtOnce(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		beside := h.Beside()
		var all sync.WaitGroup
		var mu sync.Mutex
		sent := map[string]bool{}
		for writer := range 4 {
			all.Go(func() {
				for n := range 25 {
					id := h.says("zhangsan", "lisi", fmt.Sprint(writer, " ", n))
					mu.Lock()
					sent[id] = true
					mu.Unlock()
				}
			})
		}
		all.Go(func() {
			for range 5 {
				if err := beside.Archive.SealAll(context.Background()); err != nil {
					t.Error(err)
				}
			}
		})
		all.Wait()
		page := h.pull(0, 1000)
		if len(page) != 100 || len(sent) != 100 {
			t.Fatalf("%d records of %d messages", len(page), len(sent))
		}
		for i, s := range page {
			if s.Seq != int64(i+1) || !sent[s.MsgID] {
				t.Errorf("record %d is %+v", i, s.Seq)
			}
			delete(sent, s.MsgID)
		}
		h.verified(100)
	})
}

// verified walks the chain of the first enterprise, which must be whole and so long.
func (h *house) verified(records int64) archive.Verdict {
	h.t.Helper()
	v, err := h.Server.Archive.Verify(context.Background(), h.CorpID, nil)
	if err != nil || v.Records != records || len(v.Faults) > 0 {
		h.t.Errorf("%+v, %v; %d records expected", v, err, records)
	}
	return v
}

// TestChain: whatever is changed in the database is found.
func TestChain(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		h.WithoutTwin()
		h.done(h.Corp, "archive/settings", `{"plain":true}`, nil)
		for n := range 6 {
			h.says("zhangsan", "lisi", fmt.Sprint("n ", n))
		}
		h.sealAll()
		good := h.verified(6)
		anchor := archive.Checkpoint{Seq: good.Seq, Hash: good.Hash}
		h.says("zhangsan", "lisi", "later")
		h.sealAll()
		if v, err := h.Server.Archive.Verify(context.Background(), h.CorpID, []archive.Checkpoint{anchor}); err != nil || len(v.Faults) > 0 {
			t.Errorf("%+v, %v", v, err)
		}
		for _, tt := range []struct{ what, change, undo string }{
			{"a sender", `UPDATE archive_record SET sender = 'wangwu' WHERE corpid = ? AND seq = 2`, `UPDATE archive_record SET sender = 'zhangsan' WHERE corpid = ? AND seq = 2`},
			{"a time", `UPDATE archive_record SET at = at + 1 WHERE corpid = ? AND seq = 3`, `UPDATE archive_record SET at = at - 1 WHERE corpid = ? AND seq = 3`},
			{"what is sealed", `UPDATE archive_record SET sealed_msg = sealed_msg || 'A' WHERE corpid = ? AND seq = 4`, `UPDATE archive_record SET sealed_msg = substr(sealed_msg, 1, length(sealed_msg) - 1) WHERE corpid = ? AND seq = 4`},
			{"a plaintext", `UPDATE archive_plain SET plain = plain || ' ' WHERE corpid = ? AND seq = 5`, `UPDATE archive_plain SET plain = substr(plain, 1, length(plain) - 1) WHERE corpid = ? AND seq = 5`},
			{"a missing one", `UPDATE archive_record SET seq = 99 WHERE corpid = ? AND seq = 1`, `UPDATE archive_record SET seq = 1 WHERE corpid = ? AND seq = 99`},
			{"the end", `UPDATE archive_chain SET seq = 6 WHERE corpid = ?`, `UPDATE archive_chain SET seq = 7 WHERE corpid = ?`},
		} {
			h.exec(tt.change)
			if v, err := h.Server.Archive.Verify(context.Background(), h.CorpID, nil); err != nil || len(v.Faults) == 0 {
				t.Errorf("%s was changed: %+v, %v", tt.what, v, err)
			}
			h.exec(tt.undo)
		}
		anchor.Hash = strings.Repeat("0", 64)
		if v, err := h.Server.Archive.Verify(context.Background(), h.CorpID, []archive.Checkpoint{anchor}); err != nil || len(v.Faults) != 1 {
			t.Errorf("a checkpoint of another chain: %+v, %v", v, err)
		}
		h.verified(7)
	})
}

func (h *house) exec(query string) {
	h.t.Helper()
	h.Write(func(ctx context.Context, tx *store.Tx) error {
		n, err := tx.Exec(query, h.CorpID)
		if err == nil && n == 0 {
			err = fmt.Errorf("nothing changed by %s", query)
		}
		return err
	})
}

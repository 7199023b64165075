package event_test

import (
	"context"
	"testing"
	"time"

	"qiwei/internal/event"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

func TestPrune(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		w.WithoutTwin() // whose events would be half of what a portion removes
		const keep = 180 * 24 * time.Hour
		record := func(n int) {
			w.Write(func(ctx context.Context, tx *store.Tx) error {
				for range n {
					if _, err := tx.Insert(`INSERT INTO event (corpid, name, at, by_kind, by_app, payload) VALUES (?, 'change_contact/create_user', ?, 'system', 0, '{}')`,
						w.CorpID, tx.Now().UnixMilli()); err != nil {
						return err
					}
				}
				return nil
			})
		}
		left := func(when string, want int64) {
			t.Helper()
			if err := event.Prune(context.Background(), w.Server.Store, w.Clock.Now().Add(-keep)); err != nil {
				t.Fatal(err)
			}
			w.Write(func(ctx context.Context, tx *store.Tx) error {
				if n, err := tx.Count(`SELECT count(*) FROM event WHERE corpid = ? AND payload = '{}'`, w.CorpID); err != nil || n != want {
					t.Errorf("%s: %d events, %v; want %d", when, n, err, want)
				}
				return nil
			})
		}
		record(2500)
		w.Advance(keep)
		record(3)
		left("after exactly as long", 2503)
		w.Advance(time.Millisecond)
		left("a moment later", 3)
		w.Advance(keep)
		left("much later", 0)
	})
}

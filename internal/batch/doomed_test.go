package batch_test

import (
	"context"
	"maps"
	"testing"

	"qiwei/internal/batch"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// Which departments an import is about to delete is the enterprise's own, though
// another has departments of the same numbers.
func TestDoomedDepartments(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		w.Write(func(_ context.Context, tx *store.Tx) error {
			for _, c := range []struct {
				corpID string
				dep    int64
			}{{w.CorpID, 2}, {w.CorpID, 2}, {w.CorpID, 3}, {w.Second.CorpID, 2}, {w.Second.CorpID, 4}} {
				if err := batch.InsertDoomed(tx, c.corpID, c.dep); err != nil {
					return err
				}
			}
			check := func(when, corpID string, want map[int64]bool) {
				t.Helper()
				if got, err := batch.SelectDoomed(tx, corpID); err != nil || !maps.Equal(got, want) {
					t.Errorf("%s: %v, %v; want %v", when, got, err, want)
				}
			}
			check("ours", w.CorpID, map[int64]bool{2: true, 3: true})
			check("theirs", w.Second.CorpID, map[int64]bool{2: true, 4: true})
			if err := batch.ForgetDoomed(tx, w.CorpID, 2); err != nil {
				return err
			}
			check("ours, without one", w.CorpID, map[int64]bool{3: true})
			check("theirs as before", w.Second.CorpID, map[int64]bool{2: true, 4: true})
			return nil
		})
	})
}

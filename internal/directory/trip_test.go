package directory_test

import (
	"sync/atomic"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// TestTrips bounds how often a change of a member waits for PostgreSQL. That decides how many there are a
// second, and a listener that asks one thing more for each change would make all of them slower.
func TestTrips(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		d, by := w.Server.Directory, access.System(w.CorpID)
		for _, tt := range []struct {
			what string
			most int64
			do   func(tx *store.Tx) error
		}{
			{"create", 3, func(tx *store.Tx) error {
				_, _, err := d.CreateMember(tx.Context(), tx, by, directory.Member{UserID: "traveller", Name: "旅人", Mobile: "13900009999", Enabled: true,
					Places: []directory.Place{{Department: 1}, {Department: 2}}}, false)
				return err
			}},
			{"update", 2, func(tx *store.Tx) error {
				return d.UpdateMember(tx.Context(), tx, by, directory.MemberUpdate{UserID: "traveller", Texts: directory.Texts{directory.FieldPosition: "行者"}})
			}},
			{"delete", 14, func(tx *store.Tx) error { return d.DeleteMember(tx.Context(), tx, by, id.UserID("traveller")) }},
		} {
			var trips atomic.Int64
			if err := w.Server.Store.Write(store.CountTrips(t.Context(), &trips), tt.do); err != nil {
				t.Fatalf("%s: %v", tt.what, err)
			}
			if n := trips.Load(); n > tt.most {
				t.Errorf("%s waits for the database %d times, want at most %d", tt.what, n, tt.most)
			}
		}
	})
}

package directory_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// TestMembersAtOnce creates members at once, with much room in the corp, where little
// is left, and where it ends. So many are created as there is room for, and each is
// counted.
func TestMembersAtOnce(t *testing.T) {
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		size := func() (n int64) {
			t.Helper()
			if err := w.Server.Store.Read(context.Background(), func(tx *store.Tx) (err error) {
				n, _, err = w.Server.Directory.Size(tx, w.CorpID)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return n
		}
		before := size()
		for i, tt := range []struct {
			what          string
			limit         int64
			room, creates int64
		}{
			{"much room", 1_000_000, 900_000, 12},
			{"until 20,000 places are left", 1_000_000, 20_006, 12},
			{"less room than that", 1_000_000, 12, 12},
			{"the last places", 1_000_000, 5, 12},
			{"none", 1_000_000, 0, 4},
			{"a small corp", 4_000, 3, 8},
		} {
			configure(w, func(c *corp.Corp) { c.MemberLimit = tt.limit })
			start := tt.limit - tt.room
			exec(w, `INSERT INTO member_count (corpid, lane, n) VALUES ($corpid, 3, ?) ON CONFLICT (corpid, lane) DO UPDATE SET n = member_count.n + excluded.n`, start-size())
			codes := make([]int, tt.creates)
			var all sync.WaitGroup
			for n := range codes {
				all.Go(func() {
					codes[n] = w.As(access.ContactSync).Call("POST", "/cgi-bin/user/create",
						fmt.Sprintf(`{"userid":"at%donce%d","name":"新","email":"at%donce%d@corp.example","department":[2]}`, i, n, i, n)).ErrCode
				})
			}
			all.Wait()
			created := int64(0)
			for _, code := range codes {
				switch code {
				case 0:
					created++
				case 45024:
				default:
					t.Errorf("%s: %d", tt.what, code)
				}
			}
			if want := min(tt.room, tt.creates); created != want || size() != start+want {
				t.Errorf("%s: %d were created and %d are counted, want %d", tt.what, created, size()-start, want)
			}
			for n, code := range codes {
				if code == 0 {
					if r := w.As(access.ContactSync).Call("GET", fmt.Sprintf("/cgi-bin/user/delete?userid=at%donce%d", i, n), ""); r.ErrCode != 0 {
						t.Errorf("%s: delete: %s", tt.what, r.Body)
					}
				}
			}
			if size() != start {
				t.Errorf("%s: %d are counted when they are gone, want %d", tt.what, size(), start)
			}
			exec(w, `UPDATE member_count SET n = n - ? WHERE corpid = $corpid AND lane = 3`, start-before)
		}
		w.Events()
	})
}

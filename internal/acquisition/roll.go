package acquisition

import (
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
)

// What administrators are shown of acquisition links.

// LinkOf returns a link that the caller may change. It answers ErrLink.
func (s *Service) LinkOf(tx *store.Tx, by access.Caller, linkID string) (Link, error) {
	return s.link(tx, by, linkID)
}

// DayCount is what a day brought to links.
type DayCount struct{ Clicks, Added int64 }

// DayCounts returns what each day from the first to the last has brought to links, by number and by the
// beginning of the day in China. Days that brought nothing are left out.
func (s *Service) DayCounts(tx *store.Tx, corpID string, links []int64, first, last time.Time) (map[int64]map[int64]DayCount, error) {
	out := map[int64]map[int64]DayCount{}
	if len(links) == 0 {
		return out, nil
	}
	return out, tx.Each(`SELECT link, day, clicks, added FROM acquisition_day WHERE corpid = ? AND link IN (`+store.Marks(len(links))+`) AND day BETWEEN ? AND ?`,
		append(store.Args([]any{corpID}, links), first.Unix(), last.Unix()), func(rows *store.Rows) error {
			var link, day int64
			var n DayCount
			err := rows.Scan(&link, &day, &n.Clicks, &n.Added)
			if out[link] == nil {
				out[link] = map[int64]DayCount{}
			}
			out[link][day] = n
			return err
		})
}

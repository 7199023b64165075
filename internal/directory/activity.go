package directory

import (
	"fmt"
	"time"

	"qiwei/internal/store"
)

// chinaTime is the time zone of the platform's days.
var chinaTime = time.FixedZone("UTC+8", 8*60*60)

// Day returns the platform's day at a time, as YYYY-MM-DD.
func Day(t time.Time) string { return t.In(chinaTime).Format(time.DateOnly) }

// RecordActivity notes that the member used the platform today. A second time on the same day changes
// nothing.
func (s *Service) RecordActivity(tx *store.Tx, corpID string, m Member) error {
	_, err := tx.Exec(`INSERT INTO activity (corpid, day, member) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, corpID, Day(tx.Now()), m.No)
	if err != nil {
		return fmt.Errorf("record activity: %w", err)
	}
	return nil
}

package directory

import (
	"context"
	"fmt"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
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

// maxStatDays is how far back active members are counted (doc 92714).
const maxStatDays = 30

// ActiveMembers returns how many members have used the platform on a day, today
// or one of the 30 before it.
func (s *Service) ActiveMembers(ctx context.Context, tx *store.Tx, by access.Caller, day string) (int64, error) {
	start, err := time.ParseInLocation(time.DateOnly, day, chinaTime)
	if err != nil {
		return 0, wire.ErrParameter.With("date is %q; YYYY-MM-DD expected", day)
	}
	today, _ := time.ParseInLocation(time.DateOnly, Day(tx.Now()), chinaTime)
	if start.After(today) || start.Before(today.AddDate(0, 0, -maxStatDays)) {
		return 0, wire.ErrParameter.With("date %s: today or one of the %d days before it expected", day, maxStatDays)
	}
	return tx.Count(`SELECT count(*) FROM activity WHERE corpid = ? AND day = ?`, by.CorpID, day)
}

// activityEndpoints returns the calls of a page that has left the documentation. Its last version let only
// contact sync call.
func (s *Service) activityEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/user/get_active_stat", Doc: 92714, Allow: access.To(access.All, access.ContactSync),
			Handle: wire.Read(s.userGetActiveStat)},
	}
}

type userGetActiveStatRequest struct {
	Date string `json:"date"`
}

type userGetActiveStatResponse struct {
	Count int64 `json:"active_cnt"`
}

func (s *Service) userGetActiveStat(ctx context.Context, tx *store.Tx, by access.Caller, req userGetActiveStatRequest) (userGetActiveStatResponse, error) {
	n, err := s.ActiveMembers(ctx, tx, by, req.Date)
	return userGetActiveStatResponse{n}, err
}

package directory

import (
	"context"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

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

package meeting

import (
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Query asks for the meetings that a member administers or is invited to.
type Query struct {
	App    *int64 // our number of the application that made them; nil for all
	UserID id.UserID
	From   int64 // Unix seconds; half a year before To where it is 0
	To     int64 // bounds those that have begun, Unix seconds; now where both are 0
	After  int64 // our number of the last of the page before
	Limit  int64
}

// maxListed is how many one answer has, and maxAskedDays how many days apart its times are (doc 99050).
const (
	maxListed    = 100
	maxAskedDays = 180
)

// List returns the meetings of a member, in the order in which they were made, and whether more follow. Of those that
// have not begun all are listed that are not over at From.
func (s *Service) List(tx *store.Tx, corpID string, q Query) (list []Meeting, more bool, err error) {
	const most = maxAskedDays * 86400
	now := tx.Now().Unix()
	if q.To == 0 {
		if q.To = now; q.From > 0 {
			q.To = q.From + most
		}
	}
	if q.From == 0 {
		q.From = max(q.To-most, 0)
	}
	if q.From < 0 || q.To < q.From || q.To-q.From > most {
		return nil, false, errParameter.With("begin_time and end_time: Unix times in seconds, at most %d days apart, expected", maxAskedDays)
	}
	if q.Limit <= 0 || q.Limit > maxListed {
		q.Limit = maxListed
	}
	where := `corpid = ? AND no > ? AND last_ends >= ? AND (starts <= ? OR last_ends > ?) AND no IN (SELECT meeting FROM meeting_member WHERE corpid = ? AND userkey = ? AND invited = 1)`
	args := []any{corpID, q.After, q.From, q.To, now, corpID, q.UserID.Key()}
	if q.App != nil {
		where, args = where+` AND app = ?`, append(args, *q.App)
	}
	list, err = selectMeetings(tx, where+` ORDER BY no LIMIT ?`, append(args, q.Limit+1)...)
	if more = int64(len(list)) > q.Limit; more {
		list = list[:q.Limit]
	}
	return list, more, err
}

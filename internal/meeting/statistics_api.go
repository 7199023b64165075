package meeting

import (
	"context"
	"slices"
	"strconv"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

type (
	startListRequest struct {
		Type   int64  `json:"type"`
		Begin  int64  `json:"begin_time"`
		End    int64  `json:"end_time"`
		Limit  int64  `json:"limit"`
		Cursor string `json:"cursor"`
	}
	startedMeeting struct {
		UserID id.UserID `json:"userid"`
		At     int64     `json:"start_time"`
	}
	startListResponse struct {
		Next     string           `json:"next_cursor"`
		More     bool             `json:"has_more"`
		Meetings []startedMeeting `json:"meeting_list"`
	}
)

// How many beginnings one answer has, and how many days apart its times are (doc 99651).
const (
	maxStarted     = 1000
	usualStarted   = 200
	maxStartedDays = 30
)

// getStartList lists who has begun meetings, of the whole enterprise and the newest first. None has failed to begin:
// no enterprise here has a limit of meetings at a time.
func (s *Service) getStartList(ctx context.Context, tx *store.Tx, by access.Caller, req startListRequest) (resp startListResponse, err error) {
	switch {
	case req.Type != 1 && req.Type != 2:
		return resp, errParameter.With("type: 1 or 2 expected")
	case req.Begin <= 0 || req.End <= req.Begin || req.End-req.Begin > maxStartedDays*86400:
		return resp, errParameter.With("begin_time and end_time: Unix times in seconds, at most %d days apart, expected", maxStartedDays)
	case req.Limit < 0 || req.Limit > maxStarted:
		return resp, errParameter.With("limit: 1 to %d expected", maxStarted)
	}
	if req.Limit == 0 {
		req.Limit = usualStarted
	}
	of := []string{strconv.FormatInt(req.Type, 10), strconv.FormatInt(req.Begin, 10), strconv.FormatInt(req.End, 10)}
	cursor := wire.Cursor[[2]int64]{Box: s.deps.Box, Path: "meeting/statistics/get_start_list"}
	after, err := cursor.Open(by, req.Cursor, of...)
	if err != nil || req.Type == 2 {
		return resp, err
	}
	where, args := `corpid = ? AND started_at >= ? AND started_at < ?`, []any{by.CorpID, req.Begin, req.End}
	if req.Cursor != "" {
		where, args = where+` AND (started_at < ? OR started_at = ? AND no < ?)`, append(args, after[0], after[0], after[1])
	}
	var users []string
	var last [2]int64
	n := int64(0)
	err = tx.Each(`SELECT no, starter, started_at FROM meeting_session WHERE `+where+` ORDER BY started_at DESC, no DESC LIMIT ?`, append(args, req.Limit+1), func(rows *store.Rows) error {
		var no int64
		var one startedMeeting
		if err := rows.Scan(&no, &one.UserID, &one.At); err != nil {
			return err
		}
		if n++; n > req.Limit {
			resp.More = true
			return nil
		}
		last = [2]int64{one.At, no}
		users = append(users, string(one.UserID))
		resp.Meetings = append(resp.Meetings, one)
		return nil
	})
	if err != nil {
		return resp, err
	}
	if resp.More {
		resp.Next = cursor.Next(by, last, of...)
	}
	seen, err := s.deps.Directory.Named(tx, by, users)
	resp.Meetings = slices.DeleteFunc(resp.Meetings, func(one startedMeeting) bool {
		_, ok := seen[one.UserID.Key()]
		return !ok
	})
	return resp, err
}

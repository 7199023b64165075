package approval

import (
	"context"
	"encoding/json"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

type getApprovalInfoRequest struct {
	wire.Body
	Start     int64    `json:"starttime"` // Unix seconds
	End       int64    `json:"endtime"`
	Cursor    int64    `json:"cursor"` // the older one
	NewCursor string   `json:"new_cursor"`
	Size      *int64   `json:"size"`
	Filters   []filter `json:"filters"`
}

type getApprovalInfoResponse struct {
	Numbers []string `json:"sp_no_list"`
	// NextCursor is the older cursor, which clients from before new_cursor read.
	NextCursor *int64 `json:"next_cursor"`
	Next       string `json:"new_next_cursor,omitempty"`
}

const infoPath = "/cgi-bin/oa/getapprovalinfo"

func (s *Service) getApprovalInfo(ctx context.Context, tx *store.Tx, by access.Caller, req getApprovalInfoRequest) (resp getApprovalInfoResponse, err error) {
	for _, f := range []string{"starttime", "endtime", "cursor", "new_cursor", "size", "filters"} {
		if req.Wrong(f) {
			return resp, ErrParameter.With("%s: a value of another type expected", f)
		}
	}
	q := Query{From: req.Start, To: req.End, Size: maxPage}
	if req.Size != nil {
		q.Size = *req.Size
	}
	if err := q.filtered(tx, by, req.Filters); err != nil {
		return resp, err
	}
	asked, err := json.Marshal([]any{q.From, q.To, req.Filters})
	if err != nil {
		return resp, err
	}
	cursor := wire.Cursor[store.Place]{Box: s.deps.Box, Path: infoPath}
	if req.NewCursor != "" {
		if q.After, err = cursor.Open(by, req.NewCursor, string(asked)); err != nil {
			return resp, ErrParameter.With("new_cursor: not one that was given for this query")
		}
	} else if req.Cursor != 0 {
		// The older cursor is our number of the last approval.
		var found bool
		if found, err = tx.Get(`SELECT applied_at, no FROM approval_case WHERE corpid = ? AND no = ?`, []any{by.CorpID, req.Cursor}, &q.After.At, &q.After.No); err != nil || !found {
			return resp, ErrParameter.With("cursor: not one that was given")
		}
	}
	list, next, more, err := s.Numbers(tx, by, q)
	resp.Numbers = list
	if more {
		resp.Next, resp.NextCursor = cursor.Next(by, next, string(asked)), &next.No
	}
	return resp, err
}

package dial

import (
	"context"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint {
	return []wire.Endpoint{{
		Method: "POST", Path: "/cgi-bin/dial/get_dial_record", Doc: 93662,
		Family: access.Dial,
		Allow:  access.Allow{access.Dial: access.InRange, access.SelfBuilt: access.Listed},
		Handle: wire.Read(s.getDialRecord),
	}}
}

type getDialRecordRequest struct {
	Start  int64 `json:"start_time"` // Unix seconds
	End    int64 `json:"end_time"`
	Offset int64 `json:"offset"`
	Limit  int64 `json:"limit"`
}

type (
	dialRecord struct {
		Time    int64        `json:"call_time"`
		Total   int64        `json:"total_duration"` // minutes
		Type    int64        `json:"call_type"`      // 1 with one, 2 with several
		Caller  dialCaller   `json:"caller"`
		Callees []dialCallee `json:"callee"`
	}
	dialCaller struct {
		UserID  id.UserID `json:"userid"`
		Minutes int64     `json:"duration"`
	}
	dialCallee struct {
		UserID  id.UserID `json:"userid,omitempty"`
		Phone   int64     `json:"phone,omitempty"`
		Minutes int64     `json:"duration"`
	}
	getDialRecordResponse struct {
		Records []dialRecord `json:"record"`
	}
)

func (s *Service) getDialRecord(ctx context.Context, tx *store.Tx, by access.Caller, req getDialRecordRequest) (resp getDialRecordResponse, err error) {
	q := Query{Offset: req.Offset, Limit: req.Limit}
	if req.Start != 0 {
		q.From = time.Unix(req.Start, 0)
	}
	if req.End != 0 {
		q.To = time.Unix(req.End, 0)
	}
	records, err := s.Records(ctx, tx, by, q)
	for _, r := range records {
		d := dialRecord{Time: r.At.Unix(), Total: r.Total(), Type: 1, Caller: dialCaller{r.Caller, r.Minutes}}
		if r.Group() {
			d.Type = 2
		}
		for _, c := range r.Callees {
			d.Callees = append(d.Callees, dialCallee(c))
		}
		resp.Records = append(resp.Records, d)
	}
	return resp, err
}

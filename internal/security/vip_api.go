package security

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) vipEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		endpoint("vip/submit_batch_add_job", 99503, wire.Write(s.submitBatchAddJob), false),
		endpoint("vip/batch_add_job_result", 99503, wire.Read(s.batchAddJobResult), false),
		endpoint("vip/submit_batch_del_job", 99505, wire.Write(s.submitBatchDelJob), false),
		endpoint("vip/batch_del_job_result", 99505, wire.Read(s.batchDelJobResult), false),
		endpoint("vip/list", 99506, wire.Read(s.vipList), false),
	}
}

type (
	submitVIPRequest struct {
		Users []id.UserID `json:"userid_list"`
	}
	submitVIPResponse struct {
		JobID   string      `json:"jobid"`
		Invalid []id.UserID `json:"invalid_userid_list"`
	}
	vipResultRequest struct {
		JobID string `json:"jobid"`
	}
	vipOutcome struct {
		Succeeded []id.UserID `json:"succ_userid_list"`
		Failed    []id.UserID `json:"fail_userid_list"`
	}
	vipResultResponse struct {
		Result *vipOutcome `json:"job_result,omitempty"`
	}
	vipListRequest struct {
		Cursor string `json:"cursor"`
		Limit  int64  `json:"limit"`
	}
	vipListResponse struct {
		More  bool        `json:"has_more"`
		Next  string      `json:"next_cursor"`
		Users []id.UserID `json:"userid_list"`
	}
)

func (s *Service) submitBatchAddJob(ctx context.Context, tx *store.Tx, by access.Caller, req submitVIPRequest) (resp submitVIPResponse, err error) {
	resp.JobID, resp.Invalid, err = s.SubmitVIPs(ctx, tx, by, vipAdd, req.Users)
	return resp, err
}

func (s *Service) submitBatchDelJob(ctx context.Context, tx *store.Tx, by access.Caller, req submitVIPRequest) (resp submitVIPResponse, err error) {
	resp.JobID, resp.Invalid, err = s.SubmitVIPs(ctx, tx, by, vipDelete, req.Users)
	return resp, err
}

func (s *Service) outcome(tx *store.Tx, by access.Caller, jobID, kind string) (resp vipResultResponse, err error) {
	r, err := s.VIPResult(tx, by, jobID, kind)
	if err == nil {
		resp.Result = &vipOutcome{r.Succeeded, r.Failed}
	}
	return resp, err
}

func (s *Service) batchAddJobResult(ctx context.Context, tx *store.Tx, by access.Caller, req vipResultRequest) (vipResultResponse, error) {
	return s.outcome(tx, by, req.JobID, vipAdd)
}

func (s *Service) batchDelJobResult(ctx context.Context, tx *store.Tx, by access.Caller, req vipResultRequest) (vipResultResponse, error) {
	return s.outcome(tx, by, req.JobID, vipDelete)
}

func (s *Service) vipList(ctx context.Context, tx *store.Tx, by access.Caller, req vipListRequest) (resp vipListResponse, err error) {
	cursor := wire.Cursor[int64]{Box: s.deps.Box, Path: "security/vip/list"}
	after, err := cursor.Open(by, req.Cursor)
	if err != nil {
		return resp, err
	}
	users, next, err := s.VIPs(tx, by, after, req.Limit)
	if next != 0 {
		resp.More, resp.Next = true, cursor.Next(by, next)
	}
	resp.Users = users
	return resp, err
}

package security

import (
	"cmp"
	"context"
	"strconv"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) applicationEndpoints() []wire.Endpoint {
	call := func(name string, doc int, h wire.Handler) wire.Endpoint {
		ep := endpoint("", doc, h, false)
		ep.Path = "/cgi-bin/advanced_feature/" + name
		return ep
	}
	return []wire.Endpoint{
		call("get_apply_id_list", 99883, wire.Read(s.getApplyIDList)),
		call("get_approval_info", 99885, wire.Read(s.getApprovalInfo)),
		call("set_approval_detail", 99880, wire.Write(s.setApprovalDetail)),
	}
}

type (
	getApplyIDListRequest struct {
		Business int64 `json:"business_type"`
		// UserID narrows the list down. The page calls it needed, and its sample has none.
		UserID id.UserID `json:"userid"`
		Limit  int64     `json:"limit"`
		Cursor string    `json:"cursor"`
		Type   int64     `json:"req_type"` // 0 all, 1 those with a process by the API, 2 the others
	}
	getApplyIDListResponse struct {
		Next string   `json:"next_cursor"`
		List []string `json:"apply_id_list"`
		More bool     `json:"has_more"`
	}
)

func (s *Service) getApplyIDList(ctx context.Context, tx *store.Tx, by access.Caller, req getApplyIDListRequest) (resp getApplyIDListResponse, err error) {
	switch {
	case req.Business < 1 || req.Business > 4:
		return resp, wire.ErrParameter.With("business_type: 1 to 4 expected, %d given", req.Business)
	case req.Limit < 0 || req.Limit > maxApplyPage:
		return resp, wire.ErrParameter.With("limit: 1 to %d expected", maxApplyPage)
	case req.Type < 0 || req.Type > 2:
		return resp, wire.ErrParameter.With("req_type: 0 to 2 expected, %d given", req.Type)
	}
	limit := cmp.Or(req.Limit, usualApplyPage)
	of := []string{strconv.FormatInt(req.Business, 10), req.UserID.Key(), strconv.FormatInt(req.Type, 10)}
	cursor := wire.Cursor[int64]{Box: s.deps.Box, Path: "advanced_feature/get_apply_id_list"}
	after, err := cursor.Open(by, req.Cursor, of...)
	if err != nil {
		return resp, err
	}
	where, args := `corpid = ? AND business = ? AND no > ?`, []any{by.CorpID, req.Business, after}
	if req.UserID != "" {
		m, err := s.deps.Directory.Member(ctx, tx, by, req.UserID)
		if err != nil {
			return resp, err
		}
		where, args = where+` AND userkey = ?`, append(args, m.UserID.Key())
	}
	where += []string{``, ` AND approval_id <> ''`, ` AND approval_id = ''`}[req.Type]
	list, err := selectApplications(tx, where+` ORDER BY no LIMIT ?`, append(args, limit+1)...)
	if err != nil {
		return resp, err
	}
	if int64(len(list)) > limit {
		list = list[:limit]
		resp.More, resp.Next = true, cursor.Next(by, list[limit-1].No, of...)
	}
	for _, a := range list {
		resp.List = append(resp.List, a.ApplyID)
	}
	return resp, nil
}

type (
	getApprovalInfoRequest struct {
		ApplyID string `json:"apply_id"`
	}
	approvalInfo struct {
		Applicant  id.UserID `json:"applicant"`
		CreatedAt  int64     `json:"create_time"` // Unix seconds
		Business   int64     `json:"business_type"`
		ApprovalID string    `json:"approval_id"`
		ApplyID    string    `json:"apply_id"`
		URL        string    `json:"approval_url"`
		Status     int64     `json:"approval_status"`
		Type       int64     `json:"approval_type"` // 0 the usual process, 2 one by the API
		Reason     string    `json:"request_reason"`
	}
	getApprovalInfoResponse struct {
		Info *approvalInfo `json:"approval_info"`
	}
)

func (s *Service) getApprovalInfo(ctx context.Context, tx *store.Tx, by access.Caller, req getApprovalInfoRequest) (resp getApprovalInfoResponse, err error) {
	a, err := s.application(tx, by.CorpID, req.ApplyID)
	if err != nil {
		return resp, err
	}
	resp.Info = &approvalInfo{a.UserID, a.CreatedAt.Unix(), a.Business, a.ApprovalID, a.ApplyID, a.URL, a.Status, 0, a.Reason}
	if a.ApprovalID != "" {
		resp.Info.Type = 2
	}
	return resp, nil
}

type (
	approvalNode struct {
		ApprovalNode
		// Sample is how the second node of the page's sample spells node_apv_status.
		Sample int64 `json:"node_status"`
	}
	approvalProcess struct {
		Nodes []approvalNode `json:"node_list"`
	}
	setApprovalDetailRequest struct {
		ApplyID    string           `json:"apply_id"`
		ApprovalID string           `json:"approval_id"`
		Status     int64            `json:"approval_status"`
		URL        string           `json:"approval_url"`
		Process    *approvalProcess `json:"process_list"`
	}
)

func (s *Service) setApprovalDetail(ctx context.Context, tx *store.Tx, by access.Caller, req setApprovalDetailRequest) (none wire.None, err error) {
	v := Approval{ApplyID: req.ApplyID, ApprovalID: req.ApprovalID, URL: req.URL, Status: req.Status}
	if req.Process != nil {
		nodes := []ApprovalNode{}
		for _, n := range req.Process.Nodes {
			n.Status = cmp.Or(n.Status, n.Sample)
			nodes = append(nodes, n.ApprovalNode)
		}
		v.Nodes = &nodes
	}
	return none, s.SetApproval(ctx, tx, by, v)
}

type (
	applyScript struct {
		CorpID   string    `json:"corpid"`
		UserID   id.UserID `json:"userid"`
		Business int64     `json:"business_type"`
		Reason   string    `json:"reason"`
	}
	applyAnswer struct {
		ApplyID string `json:"apply_id"`
	}
	finishScript struct {
		CorpID  string `json:"corpid"`
		ApplyID string `json:"apply_id"`
		How     string `json:"outcome"` // refused, granted or deleted
	}
	applicationScript struct {
		CorpID  string `json:"corpid"`
		ApplyID string `json:"apply_id"`
	}
	applicationAnswer struct {
		Status     int64          `json:"approval_status"`
		ApprovalID string         `json:"approval_id"`
		URL        string         `json:"approval_url"`
		Nodes      []ApprovalNode `json:"node_list"`
	}
)

func (s *Service) scriptApply(ctx context.Context, req applyScript) (answer applyAnswer, err error) {
	err = s.inCorp(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		a, err := s.Apply(ctx, tx, by, req.UserID, req.Business, req.Reason)
		answer.ApplyID = a.ApplyID
		return err
	})
	return answer, err
}

func (s *Service) scriptFinish(ctx context.Context, req finishScript) (none, error) {
	how := map[string]int64{"refused": finishRefused, "granted": finishGranted, "deleted": finishDeleted}[req.How]
	return none{}, s.inCorp(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		if how == 0 {
			return wire.ErrParameter.With("outcome: refused, granted or deleted expected")
		}
		return s.Finish(ctx, tx, by, req.ApplyID, how)
	})
}

// scriptApplication answers an application as the member sees it, with its approvers.
func (s *Service) scriptApplication(ctx context.Context, req applicationScript) (answer applicationAnswer, err error) {
	err = s.inCorp(ctx, req.CorpID, func(tx *store.Tx, by access.Caller) error {
		a, err := s.application(tx, by.CorpID, req.ApplyID)
		answer = applicationAnswer{a.Status, a.ApprovalID, a.URL, a.Nodes}
		return err
	})
	return answer, err
}

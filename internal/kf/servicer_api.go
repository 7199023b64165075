package kf

import (
	"context"
	"errors"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) servicerEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		endpoint("POST", "servicer/add", 94646, wire.Write(s.servicerAdd), permitChat),
		endpoint("POST", "servicer/del", 94647, wire.Write(s.servicerDel), permitChat),
		endpoint("GET", "servicer/list", 94645, wire.Read(s.servicerList), permitBase),
	}
}

type (
	servicersRequest struct {
		OpenKfID    id.ServiceAccount `json:"open_kfid"`
		Users       []id.UserID       `json:"userid_list"`
		Departments []int64           `json:"department_id_list"`
	}
	servicersResponse struct {
		Results []servicerResult `json:"result_list"`
	}
	servicerResult struct {
		UserID     id.UserID `json:"userid,omitempty"`
		Department int64     `json:"department_id,omitempty"`
		ErrCode    int       `json:"errcode"`
		ErrMsg     string    `json:"errmsg"`
	}
)

func newServicersResponse(list []Outcome) (resp servicersResponse) {
	for _, o := range list {
		r := servicerResult{UserID: o.UserID, Department: o.Department, ErrMsg: servicersTextSuccess}
		var refused wire.Error
		switch {
		case errors.As(o.Err, &refused):
			r.ErrCode, r.ErrMsg = refused.Code, refused.Text // a note could name the member by another's id
		case o.Ignored:
			r.ErrMsg = servicersTextIgnored
		}
		resp.Results = append(resp.Results, r)
	}
	return resp
}

func (s *Service) servicerAdd(ctx context.Context, tx *store.Tx, by access.Caller, req servicersRequest) (servicersResponse, error) {
	list, err := s.AddServicers(ctx, tx, by, req.OpenKfID, People{req.Users, req.Departments})
	return newServicersResponse(list), err
}

func (s *Service) servicerDel(ctx context.Context, tx *store.Tx, by access.Caller, req servicersRequest) (servicersResponse, error) {
	list, err := s.RemoveServicers(ctx, tx, by, req.OpenKfID, People{req.Users, req.Departments})
	return newServicersResponse(list), err
}

type (
	servicerListResponse struct {
		Servicers []servicerAnswer `json:"servicer_list"`
	}
	servicerAnswer struct {
		UserID     id.UserID `json:"userid,omitempty"`
		Status     *int64    `json:"status"` // 0 receives, 1 does not; of accounts that the caller manages
		StopType   *int64    `json:"stop_type"`
		Department int64     `json:"department_id,omitempty"`
	}
)

func (s *Service) servicerList(ctx context.Context, tx *store.Tx, by access.Caller, req accountRequest) (resp servicerListResponse, err error) {
	a, err := s.seen(tx, by, req.OpenKfID)
	if err != nil {
		return resp, err
	}
	manages, err := s.manages(tx, by, a.No)
	if err == nil && by.Kind.Installed() {
		manages = manages && by.Granted(permitChat)
	}
	if err != nil {
		return resp, err
	}
	list, err := s.Servicers(tx, a)
	for _, v := range list {
		answer := servicerAnswer{UserID: v.UserID, Department: v.Department}
		if v.UserID != "" && manages {
			status, stop := v.Duty.status(), v.Duty.stopType()
			answer.Status = &status
			if v.Duty != Receiving {
				answer.StopType = &stop
			}
		}
		resp.Servicers = append(resp.Servicers, answer)
	}
	return resp, err
}

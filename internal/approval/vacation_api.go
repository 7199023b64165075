package approval

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) vacationEndpoints() []wire.Endpoint {
	conf := endpoint("oa/vacation/getcorpconf", 93375, wire.Read(s.getCorpConf))
	conf.Method = "GET"
	return []wire.Endpoint{
		conf,
		endpoint("oa/vacation/getuservacationquota", 93376, wire.Read(s.getUserVacationQuota)),
		endpoint("oa/vacation/setoneuserquota", 93377, wire.Write(s.setOneUserQuota)),
	}
}

// vacationConf is a kind of leave without what is ours.
type vacationConf struct {
	ID        int64  `json:"id"`
	Name      string `json:"name"`
	TimeAttr  int64  `json:"time_attr"`
	Counts    int64  `json:"duration_type"`
	Quota     Quota  `json:"quota_attr"`
	PerDay    int64  `json:"perday_duration"`
	Overtime  int64  `json:"is_newovertime"`
	EnterTime int64  `json:"enter_comp_time_limit"`
	Expire    Expiry `json:"expire_rule"`
}

type getCorpConfResponse struct {
	List []vacationConf `json:"lists"`
}

func (s *Service) getCorpConf(ctx context.Context, tx *store.Tx, by access.Caller, _ wire.None) (resp getCorpConfResponse, err error) {
	list, err := s.Vacations(tx, by.CorpID)
	for _, v := range list {
		resp.List = append(resp.List, vacationConf{v.ID, v.Name, v.TimeAttr, v.Counts, v.Quota, v.PerDay, v.Overtime, v.EnterTime, v.Expire})
	}
	return resp, err
}

type userRequest struct {
	UserID id.UserID `json:"userid"`
}

type getUserVacationQuotaResponse struct {
	List []userQuota `json:"lists"`
}

type userQuota struct {
	ID       int64  `json:"id"`
	Assigned int64  `json:"assignduration"` // seconds
	Used     int64  `json:"usedduration"`
	Left     int64  `json:"leftduration"`
	Name     string `json:"vacationname"`
	Real     int64  `json:"real_assignduration"`
}

func (s *Service) getUserVacationQuota(ctx context.Context, tx *store.Tx, by access.Caller, req userRequest) (resp getUserVacationQuotaResponse, err error) {
	list, err := s.Balances(ctx, tx, by, req.UserID)
	for _, b := range list {
		resp.List = append(resp.List, userQuota{b.ID, b.Assigned, b.Used, b.Left(), b.Name, b.Real})
	}
	return resp, err
}

type setOneUserQuotaRequest struct {
	wire.Body
	UserID   id.UserID `json:"userid"`
	Vacation int64     `json:"vacation_id"`
	Left     *int64    `json:"leftduration"` // seconds
	TimeAttr *int64    `json:"time_attr"`
	Remarks  string    `json:"remarks"`
}

func (s *Service) setOneUserQuota(ctx context.Context, tx *store.Tx, by access.Caller, req setOneUserQuotaRequest) (wire.None, error) {
	if req.Left == nil || req.TimeAttr == nil {
		return wire.None{}, ErrVacation.With("leftduration and time_attr are missing, or no numbers")
	}
	return wire.None{}, s.SetBalance(ctx, tx, by, Setting{req.UserID, req.Vacation, *req.Left, *req.TimeAttr, req.Remarks})
}

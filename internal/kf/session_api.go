package kf

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) sessionEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		endpoint("POST", "service_state/get", 94669, wire.Read(s.serviceStateGet), permitChat),
		endpoint("POST", "service_state/trans", 94669, wire.Write(s.serviceStateTrans), permitChat),
	}
}

type (
	serviceStateRequest struct {
		OpenKfID id.ServiceAccount `json:"open_kfid"`
		External id.ExternalID     `json:"external_userid"`
	}
	serviceStateGetResponse struct {
		State    int64     `json:"service_state"`
		Servicer id.UserID `json:"servicer_userid,omitempty"`
	}
)

func (s *Service) serviceStateGet(ctx context.Context, tx *store.Tx, by access.Caller, req serviceStateRequest) (serviceStateGetResponse, error) {
	state, servicer, err := s.StateOf(tx, by, req.OpenKfID, req.External)
	return serviceStateGetResponse{int64(state), servicer}, err
}

type (
	serviceStateTransRequest struct {
		serviceStateRequest
		State    *int64    `json:"service_state"`
		Servicer id.UserID `json:"servicer_userid"`
	}
	serviceStateTransResponse struct {
		Code string `json:"msg_code,omitempty"`
	}
)

func (s *Service) serviceStateTrans(ctx context.Context, tx *store.Tx, by access.Caller, req serviceStateTransRequest) (resp serviceStateTransResponse, err error) {
	to := State(-1) // absent is no state
	if req.State != nil {
		to = State(*req.State)
	}
	resp.Code, err = s.Move(ctx, tx, by, req.OpenKfID, req.External, to, req.Servicer)
	return resp, err
}

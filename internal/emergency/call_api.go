package emergency

import (
	"context"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Endpoints returns the room's calls. Whether the application is linked the room asks itself, as that has an error
// of its own.
func (s *Service) Endpoints() []wire.Endpoint {
	call := func(name string, doc int, h wire.Handler) wire.Endpoint {
		return wire.Endpoint{Method: "POST", Path: "/cgi-bin/pstncc/" + name, Doc: doc, Allow: access.Allow{access.SelfBuilt: access.InRange}, Handle: h}
	}
	return []wire.Endpoint{call("call", 91627, wire.Write(s.pstnccCall)), call("getstates", 91628, wire.Read(s.pstnccGetstates))}
}

type (
	pstnccCallRequest struct {
		Callees []id.UserID `json:"callee_userid"`
	}
	callState struct {
		Code   int       `json:"code"`
		CallID string    `json:"callid"`
		UserID id.UserID `json:"userid"`
	}
	pstnccCallResponse struct {
		States []callState `json:"states"`
	}
)

func (s *Service) pstnccCall(_ context.Context, tx *store.Tx, by access.Caller, req pstnccCallRequest) (resp pstnccCallResponse, err error) {
	list, err := s.Ring(tx, by, req.Callees)
	for _, p := range list {
		resp.States = append(resp.States, callState{p.Code, p.CallID, p.UserID})
	}
	return resp, err
}

type (
	pstnccGetstatesRequest struct {
		Callee id.UserID `json:"callee_userid"`
		CallID string    `json:"callid"`
	}
	pstnccGetstatesResponse struct {
		Talked   int64 `json:"istalked"` // 0 or 1
		CallTime int64 `json:"calltime"` // Unix seconds
		TalkTime int64 `json:"talktime"` // seconds
		Reason   int64 `json:"reason"`
	}
)

func (s *Service) pstnccGetstates(ctx context.Context, tx *store.Tx, by access.Caller, req pstnccGetstatesRequest) (resp pstnccGetstatesResponse, err error) {
	c, err := s.State(ctx, tx, by, req.Callee, req.CallID)
	if err != nil {
		return resp, err
	}
	resp = pstnccGetstatesResponse{CallTime: c.CalledAt.Unix(), TalkTime: int64(c.Talk / time.Second), Reason: c.Reason}
	if c.Talked {
		resp.Talked = 1
	}
	return resp, nil
}

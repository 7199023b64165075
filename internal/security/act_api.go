package security

import (
	"context"
	"fmt"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) actEndpoints() []wire.Endpoint {
	list := []wire.Endpoint{
		endpoint("member_oper_log/list", 100178, wire.Read(s.memberOperLog), false),
		endpoint("admin_oper_log/list", 100179, wire.Read(s.adminOperLog), false),
	}
	for i := range list {
		list[i].Limit = wire.Limit{PerCorp: actsPerMinute, Every: time.Minute}
	}
	return list
}

// actsPerMinute is how often each log may be read (docs 100178, 100179).
const actsPerMinute = 600

type (
	operLogRequest struct {
		Start  int64     `json:"start_time"`
		End    int64     `json:"end_time"`
		Type   int64     `json:"oper_type"`
		UserID id.UserID `json:"userid"`
		Cursor string    `json:"cursor"`
		Limit  int64     `json:"limit"`
	}
	memberOper struct {
		Time   int64     `json:"time"`
		UserID id.UserID `json:"userid"`
		Type   int64     `json:"oper_type"`
		Detail string    `json:"detail_info"`
		IP     string    `json:"ip"`
	}
	memberOperLogResponse struct {
		More    bool         `json:"has_more"`
		Next    string       `json:"next_cursor"`
		Records []memberOper `json:"record_list"`
	}
	adminOper struct {
		Time       int64     `json:"time"`
		UserID     id.UserID `json:"userid"`
		Type       int64     `json:"oper_type"`
		DetailType int64     `json:"detail_type"`
		Detail     string    `json:"detail_info"`
		IP         string    `json:"ip"`
	}
	adminOperLogResponse struct {
		More    bool        `json:"has_more"`
		Next    string      `json:"next_cursor"`
		Records []adminOper `json:"record_list"`
	}
)

// query reads a request. A cursor is good for the same filter alone (doc 100178).
func (s *Service) query(by access.Caller, name string, req operLogRequest) (q ActQuery, next func(int64) string, err error) {
	q = ActQuery{Span: Span{req.Start, req.End}, Type: req.Type, UserID: req.UserID, Limit: req.Limit}
	cursor := wire.Cursor[int64]{Box: s.deps.Box, Path: "security/" + name}
	of := fmt.Sprint(req.Start, req.End, req.Type, req.UserID.Key())
	q.After, err = cursor.Open(by, req.Cursor, of)
	return q, func(at int64) string { return cursor.Next(by, at, of) }, err
}

func (s *Service) memberOperLog(ctx context.Context, tx *store.Tx, by access.Caller, req operLogRequest) (resp memberOperLogResponse, err error) {
	q, cursor, err := s.query(by, "member_oper_log", req)
	if err != nil {
		return resp, err
	}
	list, next, err := s.Acts(tx, by, q)
	if next != 0 {
		resp.More, resp.Next = true, cursor(next)
	}
	for _, a := range list {
		resp.Records = append(resp.Records, memberOper{a.At, a.UserID, a.Type, a.Detail, a.masked()})
	}
	return resp, err
}

func (s *Service) adminOperLog(ctx context.Context, tx *store.Tx, by access.Caller, req operLogRequest) (resp adminOperLogResponse, err error) {
	q, cursor, err := s.query(by, "admin_oper_log", req)
	if err != nil {
		return resp, err
	}
	list, next, err := s.AdminActs(tx, by, q)
	if next != 0 {
		resp.More, resp.Next = true, cursor(next)
	}
	for _, a := range list {
		o := operationOf(a.Action)
		resp.Records = append(resp.Records, adminOper{a.At.Unix(), a.UserID, o.kind, o.detail, a.describe(), a.Address})
	}
	return resp, err
}

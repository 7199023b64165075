package moment

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

const (
	tasksPath     = "get_moment_task"
	customersPath = "get_moment_customer_list"
	sentPath      = "get_moment_send_result"
)

func (s *Service) taskEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		customer.Endpoint("POST", tasksPath, 93333, wire.Read(s.getMomentTask), permitList),
		customer.Endpoint("POST", customersPath, 93333, wire.Read(s.getMomentCustomerList), permitList),
		customer.Endpoint("POST", sentPath, 93333, wire.Read(s.getMomentSendResult), permitList),
	}
}

type (
	getMomentTaskRequest struct {
		MomentID string `json:"moment_id"`
		Cursor   string `json:"cursor"`
		Limit    int64  `json:"limit"`
	}
	getMomentTaskResponse struct {
		Next  string       `json:"next_cursor"`
		Tasks []taskAnswer `json:"task_list"`
	}
	taskAnswer struct {
		UserID id.UserID `json:"userid"`
		Status int64     `json:"publish_status"` // 0 not yet, 1 published
	}
)

func (s *Service) getMomentTask(ctx context.Context, tx *store.Tx, by access.Caller, req getMomentTaskRequest) (resp getMomentTaskResponse, err error) {
	cursor := wire.Cursor[int64]{Box: s.deps.Box, Path: base + tasksPath}
	after, err := cursor.Open(by, req.Cursor, req.MomentID)
	if err != nil {
		return resp, err
	}
	list, next, err := s.Tasks(tx, by, req.MomentID, after, req.Limit)
	for _, t := range list {
		resp.Tasks = append(resp.Tasks, taskAnswer{t.UserID, flag(!t.PublishedAt.IsZero())})
	}
	if next != 0 {
		resp.Next = cursor.Next(by, next, req.MomentID)
	}
	return resp, err
}

type (
	customersRequest struct {
		MomentID string    `json:"moment_id"`
		UserID   id.UserID `json:"userid"`
		Cursor   string    `json:"cursor"`
		Limit    int64     `json:"limit"`
	}
	getMomentCustomerListResponse struct {
		Next      string           `json:"next_cursor"`
		Customers []customerAnswer `json:"customer_list"`
	}
	customerAnswer struct {
		UserID   id.UserID     `json:"userid"`
		External id.ExternalID `json:"external_userid"`
	}
	getMomentSendResultResponse struct {
		Next      string       `json:"next_cursor"`
		Customers []sentAnswer `json:"customer_list"`
	}
	sentAnswer struct {
		External id.ExternalID `json:"external_userid"`
	}
)

// shown answers a page of one of the two lists of customers, with the cursor for the next.
func (s *Service) shown(ctx context.Context, tx *store.Tx, by access.Caller, req customersRequest, path string, sent bool, limit int64) (Shown, string, error) {
	cursor := wire.Cursor[int64]{Box: s.deps.Box, Path: base + path}
	of := []string{req.MomentID, req.UserID.Key()}
	after, err := cursor.Open(by, req.Cursor, of...)
	if err != nil {
		return Shown{}, "", err
	}
	list, err := s.Shown(ctx, tx, by, req.MomentID, req.UserID, sent, after, limit)
	if err != nil || list.Next == 0 {
		return list, "", err
	}
	return list, cursor.Next(by, list.Next, of...), nil
}

func (s *Service) getMomentCustomerList(ctx context.Context, tx *store.Tx, by access.Caller, req customersRequest) (resp getMomentCustomerListResponse, err error) {
	list, next, err := s.shown(ctx, tx, by, req, customersPath, false, page(req.Limit, customersDefault, maxCustomers))
	for _, e := range list.Externals {
		resp.Customers = append(resp.Customers, customerAnswer{list.UserID, e})
	}
	resp.Next = next
	return resp, err
}

func (s *Service) getMomentSendResult(ctx context.Context, tx *store.Tx, by access.Caller, req customersRequest) (resp getMomentSendResultResponse, err error) {
	list, next, err := s.shown(ctx, tx, by, req, sentPath, true, page(req.Limit, sentDefault, maxSent))
	for _, e := range list.Externals {
		resp.Customers = append(resp.Customers, sentAnswer{e})
	}
	resp.Next = next
	return resp, err
}

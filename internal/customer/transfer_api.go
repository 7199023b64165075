package customer

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

const unassignedPath = "get_unassigned_list"

func (s *Service) transferEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		endpoint("POST", "transfer_customer", 92125, wire.Write(s.transferCustomer), permitTransfer),
		endpoint("POST", "transfer_result", 94088, wire.Read(s.transferResult), permitTransfer),
		endpoint("POST", unassignedPath, 92124, wire.Read(s.getUnassignedList), permitResigned),
		endpoint("POST", "resigned/transfer_customer", 94081, wire.Write(s.resignedTransferCustomer), permitResigned),
		endpoint("POST", "resigned/transfer_result", 94082, wire.Read(s.resignedTransferResult), permitResigned),
	}
}

type (
	transferCustomerRequest struct {
		resignedTransferCustomerRequest
		Message string `json:"transfer_success_msg"`
	}
	resignedTransferCustomerRequest struct {
		From      id.UserID       `json:"handover_userid"`
		To        id.UserID       `json:"takeover_userid"`
		Externals []id.ExternalID `json:"external_userid"`
	}
	transferCustomerResponse struct {
		Customers []transferred `json:"customer"`
	}
	transferred struct {
		External id.ExternalID `json:"external_userid"`
		Code     int           `json:"errcode"`
	}
)

func (s *Service) transferCustomer(ctx context.Context, tx *store.Tx, by access.Caller, req transferCustomerRequest) (transferCustomerResponse, error) {
	return s.transfer(ctx, tx, by, Handover{From: req.From, To: req.To, Externals: req.Externals, Message: req.Message})
}

func (s *Service) resignedTransferCustomer(ctx context.Context, tx *store.Tx, by access.Caller, req resignedTransferCustomerRequest) (transferCustomerResponse, error) {
	return s.transfer(ctx, tx, by, Handover{From: req.From, To: req.To, Externals: req.Externals, Resigned: true})
}

func (s *Service) transfer(ctx context.Context, tx *store.Tx, by access.Caller, h Handover) (resp transferCustomerResponse, err error) {
	codes, err := s.HandOver(ctx, tx, by, h)
	for i, code := range codes {
		resp.Customers = append(resp.Customers, transferred{h.Externals[i], code})
	}
	return resp, err
}

type (
	transferResultRequest struct {
		From   id.UserID `json:"handover_userid"`
		To     id.UserID `json:"takeover_userid"`
		Cursor string    `json:"cursor"`
	}
	transferResultResponse struct {
		Customers []transferStatus `json:"customer"`
		Next      string           `json:"next_cursor"`
	}
	transferStatus struct {
		External id.ExternalID `json:"external_userid"`
		Status   int64         `json:"status"`
		Time     int64         `json:"takeover_time"` // Unix seconds; 0 if it failed
	}
)

func (s *Service) transferResult(ctx context.Context, tx *store.Tx, by access.Caller, req transferResultRequest) (transferResultResponse, error) {
	return s.results(ctx, tx, by, req, "transfer_result", false)
}

func (s *Service) resignedTransferResult(ctx context.Context, tx *store.Tx, by access.Caller, req transferResultRequest) (transferResultResponse, error) {
	return s.results(ctx, tx, by, req, "resigned/transfer_result", true)
}

func (s *Service) results(ctx context.Context, tx *store.Tx, by access.Caller, req transferResultRequest, path string, resigned bool) (resp transferResultResponse, err error) {
	cursor := wire.Cursor[int64]{Box: s.deps.Box, Path: "/cgi-bin/externalcontact/" + path}
	after, err := cursor.Open(by, req.Cursor, req.From.Key(), req.To.Key())
	if err != nil {
		return resp, err
	}
	list, next, err := s.Results(ctx, tx, by, req.From, req.To, resigned, after)
	for _, t := range list {
		resp.Customers = append(resp.Customers, s.statusOf(t))
	}
	if next != 0 {
		resp.Next = cursor.Next(by, next, req.From.Key(), req.To.Key())
	}
	return resp, err
}

func (s *Service) statusOf(t Transfer) transferStatus {
	one := transferStatus{s.ExternalID(t.Kind, t.Customer), t.Status, 0}
	if t.Status == transferDone || t.Status == transferWaiting {
		one.Time = t.Due.Unix()
	}
	return one
}

type (
	getUnassignedListRequest struct {
		Cursor string `json:"cursor"`
		Size   int64  `json:"page_size"`
	}
	getUnassignedListResponse struct {
		Info []unassigned `json:"info"`
		Last bool         `json:"is_last"`
		Next string       `json:"next_cursor"`
	}
	unassigned struct {
		UserID   id.UserID     `json:"handover_userid"`
		External id.ExternalID `json:"external_userid"`
		LeftAt   int64         `json:"dimission_time"` // Unix seconds
	}
)

func (s *Service) getUnassignedList(ctx context.Context, tx *store.Tx, by access.Caller, req getUnassignedListRequest) (resp getUnassignedListResponse, err error) {
	cursor := wire.Cursor[*leftPlace]{Box: s.deps.Box, Path: "/cgi-bin/externalcontact/" + unassignedPath}
	from, err := cursor.Open(by, req.Cursor)
	if err != nil {
		return resp, err
	}
	list, next, err := s.Unassigned(tx, by, from, req.Size)
	for _, u := range list {
		resp.Info = append(resp.Info, unassigned(u))
	}
	if resp.Last = next == nil; next != nil {
		resp.Next = cursor.Next(by, next)
	}
	return resp, err
}

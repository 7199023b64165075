package acquisition

import (
	"context"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

const newcomersPath = "customer_acquisition/customer"

func (s *Service) newcomerEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		endpoint("POST", newcomersPath, 97298, wire.Read(s.customer)),
		shared("POST", "customer_acquisition/statistic", 97375, wire.Read(s.statistic)),
		shared("POST", "customer_acquisition/get_chat_info", 100130, wire.Read(s.getChatInfo)),
	}
}

type (
	customerRequest struct {
		LinkID string `json:"link_id"`
		Limit  int64  `json:"limit"`
		Cursor string `json:"cursor"`
	}
	customerResponse struct {
		Customers []customerAnswer `json:"customer_list"`
		Next      string           `json:"next_cursor"`
	}
	customerAnswer struct {
		External   id.ExternalID `json:"external_userid"`
		UserID     id.UserID     `json:"userid"`
		ChatStatus int64         `json:"chat_status"` // 0 the customer has sent nothing, 1 something
		State      string        `json:"state"`
	}
)

func (s *Service) customer(ctx context.Context, tx *store.Tx, by access.Caller, req customerRequest) (resp customerResponse, err error) {
	cursor := wire.Cursor[int64]{Box: s.deps.Box, Path: base + newcomersPath}
	after, err := cursor.Open(by, req.Cursor, req.LinkID)
	if err != nil {
		return resp, err
	}
	list, users, next, err := s.Newcomers(tx, by, req.LinkID, after, req.Limit)
	for _, n := range list {
		if u, ok := users[n.Member]; ok {
			resp.Customers = append(resp.Customers, customerAnswer{s.deps.Customers.ExternalID(n.Kind, n.Customer), u, flag(n.Messages > 0), n.State})
		}
	}
	if next != 0 {
		resp.Next = cursor.Next(by, next, req.LinkID)
	}
	return resp, err
}

type (
	statisticRequest struct {
		LinkID string `json:"link_id"`
		Start  int64  `json:"start_time"` // Unix seconds
		End    int64  `json:"end_time"`
	}
	statisticResponse struct {
		Clicks int64 `json:"click_link_customer_cnt"`
		Added  int64 `json:"new_customer_cnt"`
	}
)

func (s *Service) statistic(ctx context.Context, tx *store.Tx, by access.Caller, req statisticRequest) (resp statisticResponse, err error) {
	resp.Clicks, resp.Added, err = s.Statistic(tx, by, req.LinkID, customer.Span{From: time.Unix(req.Start, 0), To: time.Unix(req.End, 0)})
	return resp, err
}

type (
	getChatInfoRequest struct {
		Key string `json:"chat_key"`
	}
	getChatInfoResponse struct {
		UserID   id.UserID     `json:"userid,omitempty"`
		External id.ExternalID `json:"external_userid,omitempty"`
		Chat     *chatAnswer   `json:"chat_info"`
	}
	chatAnswer struct {
		Messages int64  `json:"recv_msg_cnt"`
		LinkID   string `json:"link_id"`
		State    string `json:"state"`
	}
)

func (s *Service) getChatInfo(ctx context.Context, tx *store.Tx, by access.Caller, req getChatInfoRequest) (resp getChatInfoResponse, err error) {
	c, err := s.ChatOf(tx, by, req.Key)
	if err != nil {
		return resp, err
	}
	if by.Granted(componentPermit) { // which is not told who it was (doc 100135)
		return getChatInfoResponse{Chat: &chatAnswer{c.Messages, c.LinkID, c.State}}, nil
	}
	return getChatInfoResponse{c.UserID, s.deps.Customers.ExternalID(c.Kind, c.Customer), &chatAnswer{c.Messages, c.LinkID, c.State}}, nil
}

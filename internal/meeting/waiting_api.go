package meeting

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

type (
	waitingRequest struct {
		ID     string `json:"meetingid"`
		Limit  int64  `json:"limit"`
		Cursor string `json:"cursor"`
	}
	waiter struct {
		UserID   id.UserID `json:"userid"`
		Instance int64     `json:"instance_id"`
		Data     string    `json:"customer_data"`
		OpenID   string    `json:"tmp_openid"`
	}
	waitingResponse struct {
		More  bool     `json:"has_more"`
		Next  string   `json:"next_cursor"`
		Users []waiter `json:"user_list"`
	}
	pastWaiter struct {
		UserID   id.UserID `json:"userid"`
		OpenID   string    `json:"tmp_openid"`
		Instance int64     `json:"instance_id"`
		Joined   int64     `json:"join_time"` // Unix milliseconds
		Left     int64     `json:"quit_time"` // the same; 0 for those who wait
	}
	pastWaitingResponse struct {
		More  bool         `json:"has_more"`
		Next  string       `json:"next_cursor"`
		Users []pastWaiter `json:"user_list"`
	}
)

func (s *Service) getCurrentUserList(ctx context.Context, tx *store.Tx, by access.Caller, req waitingRequest) (resp waitingResponse, err error) {
	m, err := s.Ours(tx, by, req.ID)
	if err != nil {
		return resp, err
	}
	st, err := stateOf(tx, m)
	if err != nil || st.Status != Held { // of others the list is empty (doc 98163)
		return resp, err
	}
	list, all, next, err := s.read(tx, by, page{m: m, where: `waiting = 1 AND left_at = 0`, cursor: req.Cursor, limit: req.Limit, most: maxNow, usual: usualWaiting, path: "meeting/waitingroom/get_current_user_list"})
	for _, v := range list {
		who := all[v.Person]
		resp.Users = append(resp.Users, waiter{who.UserID, v.Instance, v.Data, who.OpenID})
	}
	resp.More, resp.Next = next != "", next
	return resp, err
}

func (s *Service) getUserList(ctx context.Context, tx *store.Tx, by access.Caller, req waitingRequest) (resp pastWaitingResponse, err error) {
	m, err := s.Ours(tx, by, req.ID)
	if err != nil {
		return resp, err
	}
	list, all, next, err := s.read(tx, by, page{m: m, where: `waiting = 1`, cursor: req.Cursor, limit: req.Limit, most: maxNow, usual: usualWaitingPast, path: "meeting/waitingroom/get_user_list"})
	for _, v := range list {
		who := all[v.Person]
		resp.Users = append(resp.Users, pastWaiter{who.UserID, who.OpenID, v.Instance, v.JoinedAt, v.LeftAt})
	}
	resp.More, resp.Next = next != "", next
	return resp, err
}

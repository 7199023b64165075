package customergroup

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) transferEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		customer.Endpoint("POST", "groupchat/onjob_transfer", 95703, wire.Write(s.onjobTransfer), permitTransfer),
		customer.Endpoint("POST", "groupchat/transfer", 92127, wire.Write(s.transfer), permitResigned),
	}
}

type (
	transferRequest struct {
		Chats []id.ChatID `json:"chat_id_list"`
		Owner id.UserID   `json:"new_owner"`
	}
	transferResponse struct {
		Failed []failedChat `json:"failed_chat_list"`
	}
	failedChat struct {
		ChatID  id.ChatID `json:"chat_id"`
		ErrCode int       `json:"errcode"`
		ErrMsg  string    `json:"errmsg"`
	}
)

func (s *Service) onjobTransfer(ctx context.Context, tx *store.Tx, by access.Caller, req transferRequest) (transferResponse, error) {
	return s.handed(ctx, tx, by, req, false)
}

func (s *Service) transfer(ctx context.Context, tx *store.Tx, by access.Caller, req transferRequest) (transferResponse, error) {
	return s.handed(ctx, tx, by, req, true)
}

func (s *Service) handed(ctx context.Context, tx *store.Tx, by access.Caller, req transferRequest, resigned bool) (resp transferResponse, err error) {
	refused, err := s.HandOver(ctx, tx, by, req.Chats, req.Owner, resigned)
	for _, r := range refused {
		resp.Failed = append(resp.Failed, failedChat{r.ChatID, r.Err.Code, r.Err.Text})
	}
	return resp, err
}

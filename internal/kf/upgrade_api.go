package kf

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) upgradeEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		endpoint("GET", "customer/get_upgrade_service_config", 94674, wire.Read(s.getUpgradeServiceConfig), permitUpgrade),
		endpoint("POST", "customer/upgrade_service", 94674, wire.Write(s.upgradeService), permitUpgrade),
		endpoint("POST", "customer/cancel_upgrade_service", 94674, wire.Write(s.cancelUpgradeService), permitUpgrade),
	}
}

type (
	getUpgradeServiceConfigResponse struct {
		Members memberRange `json:"member_range"`
		Chats   chatRange   `json:"groupchat_range"`
	}
	memberRange struct {
		Users       []id.UserID `json:"userid_list"`
		Departments []int64     `json:"department_id_list"`
	}
	chatRange struct {
		Chats []id.ChatID `json:"chat_id_list"`
	}
)

func (s *Service) getUpgradeServiceConfig(ctx context.Context, tx *store.Tx, by access.Caller, _ wire.None) (resp getUpgradeServiceConfigResponse, err error) {
	p, chats, err := s.Offered(tx, by)
	resp.Members, resp.Chats.Chats = memberRange(p), chats
	return resp, err
}

type (
	upgradeServiceRequest struct {
		serviceStateRequest
		Type   int64         `json:"type"`
		Member *adviceMember `json:"member"`
		Chat   *adviceChat   `json:"groupchat"`
	}
	adviceMember struct {
		UserID  id.UserID `json:"userid"`
		Wording string    `json:"wording"`
	}
	adviceChat struct {
		ChatID  id.ChatID `json:"chat_id"`
		Wording string    `json:"wording"`
	}
)

func (s *Service) upgradeService(ctx context.Context, tx *store.Tx, by access.Caller, req upgradeServiceRequest) (none wire.None, err error) {
	switch {
	case req.Type == 1 && req.Member != nil:
		return none, s.Recommend(ctx, tx, by, req.OpenKfID, req.External, req.Member.UserID, req.Member.Wording)
	case req.Type == 2 && req.Chat != nil:
		return none, s.RecommendGroup(ctx, tx, by, req.OpenKfID, req.External, req.Chat.ChatID, req.Chat.Wording)
	}
	return none, wire.ErrParameter.With("type: 1 with member, or 2 with groupchat, expected")
}

func (s *Service) cancelUpgradeService(ctx context.Context, tx *store.Tx, by access.Caller, req serviceStateRequest) (wire.None, error) {
	return wire.None{}, s.Withdraw(ctx, tx, by, req.OpenKfID, req.External)
}

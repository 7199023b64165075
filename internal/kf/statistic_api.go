package kf

import (
	"context"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) statisticEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		endpoint("POST", "get_corp_statistic", 95489, wire.Read(s.getCorpStatistic), permitStat),
		endpoint("POST", "get_servicer_statistic", 95490, wire.Read(s.getServicerStatistic), permitStat),
	}
}

type (
	statisticRequest struct {
		OpenKfID id.ServiceAccount `json:"open_kfid"`
		Start    int64             `json:"start_time"` // Unix seconds
		End      int64             `json:"end_time"`
	}
	getCorpStatisticResponse struct {
		List []corpDay `json:"statistic_list"`
	}
	corpDay struct {
		Time      int64          `json:"stat_time"`
		Statistic *corpStatistic `json:"statistic"`
	}
	corpStatistic struct {
		Sessions  int64    `json:"session_cnt"`
		Customers int64    `json:"customer_cnt"`
		Messages  int64    `json:"customer_msg_cnt"`
		Upgraded  int64    `json:"upgrade_service_customer_cnt"`
		Assistant int64    `json:"ai_session_reply_cnt"`
		Transfer  *float64 `json:"ai_transfer_rate"`
		// Hits are of the platform's own assistant, which has no customers while the API answers (doc 95489).
		Hits    *float64 `json:"ai_knowledge_hit_rate"`
		Refused int64    `json:"msg_rejected_customer_cnt"`
	}
)

// rate returns a share, nil of nothing.
func rate(part, of int64) *float64 {
	if of == 0 {
		return nil
	}
	share := float64(part) / float64(of)
	return &share
}

func (s *Service) getCorpStatistic(ctx context.Context, tx *store.Tx, by access.Caller, req statisticRequest) (resp getCorpStatisticResponse, err error) {
	days, figures, err := s.CorpFigures(tx, by, req.OpenKfID, time.Unix(req.Start, 0), time.Unix(req.End, 0))
	for i, f := range figures {
		d := corpDay{Time: days[i].Unix()}
		if f.any() {
			d.Statistic = &corpStatistic{
				Sessions: f.Sessions, Customers: f.Customers, Messages: f.Messages, Upgraded: f.Upgraded, Assistant: f.Assistant, Transfer: rate(f.Moved, f.Assistant), Refused: f.Refused,
			}
		}
		resp.List = append(resp.List, d)
	}
	return resp, err
}

type (
	servicerStatisticRequest struct {
		statisticRequest
		Servicer id.UserID `json:"servicer_userid"`
	}
	getServicerStatisticResponse struct {
		List []servicerDay `json:"statistic_list"`
	}
	servicerDay struct {
		Time      int64              `json:"stat_time"`
		Statistic *servicerStatistic `json:"statistic"`
	}
	servicerStatistic struct {
		Sessions   int64    `json:"session_cnt"`
		Customers  int64    `json:"customer_cnt"`
		Messages   int64    `json:"customer_msg_cnt"`
		ReplyRate  *float64 `json:"reply_rate"`
		FirstReply *float64 `json:"first_reply_average_sec"`
		satisfaction

		Upgraded      int64 `json:"upgrade_service_customer_cnt"`
		Invited       int64 `json:"upgrade_service_member_invite_cnt"`
		Joined        int64 `json:"upgrade_service_member_customer_cnt"`
		InvitedToChat int64 `json:"upgrade_service_groupchat_invite_cnt"`
		JoinedChat    int64 `json:"upgrade_service_groupchat_customer_cnt"`
		Refused       int64 `json:"msg_rejected_customer_cnt"`
	}
	// satisfaction is empty: the platform asks nobody how satisfied they are while the API has the sessions (doc 95490).
	satisfaction struct {
		Asked         int64    `json:"satisfaction_investgate_cnt"`
		Participation *float64 `json:"satisfaction_participation_rate"`
		Satisfied     *float64 `json:"satisfied_rate"`
		Middling      *float64 `json:"middling_rate"`
		Dissatisfied  *float64 `json:"dissatisfied_rate"`
	}
)

func (s *Service) getServicerStatistic(ctx context.Context, tx *store.Tx, by access.Caller, req servicerStatisticRequest) (resp getServicerStatisticResponse, err error) {
	days, figures, err := s.ServicerFigures(ctx, tx, by, req.OpenKfID, req.Servicer, time.Unix(req.Start, 0), time.Unix(req.End, 0))
	for i, f := range figures {
		d := servicerDay{Time: days[i].Unix()}
		if f.any() {
			d.Statistic = &servicerStatistic{
				Sessions: f.Sessions, Customers: f.Customers, Messages: f.Messages, ReplyRate: rate(f.Replied, f.Asked), FirstReply: f.firstReply(),
				Upgraded: f.Upgraded, Invited: f.Invited, Joined: f.Joined, InvitedToChat: f.InvitedToChat, JoinedChat: f.JoinedChat, Refused: f.Refused,
			}
		}
		resp.List = append(resp.List, d)
	}
	return resp, err
}

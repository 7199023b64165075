package customer

import (
	"context"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) behaviorEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		endpoint("POST", "get_user_behavior_data", 92132, wire.Read(s.getUserBehaviorData), permitStat),
	}
}

type (
	getUserBehaviorDataRequest struct {
		Users   []id.UserID `json:"userid"`
		Parties []int64     `json:"partyid"`
		Start   int64       `json:"start_time"` // Unix seconds
		End     int64       `json:"end_time"`
	}
	getUserBehaviorDataResponse struct {
		Days []behaviorDay `json:"behavior_data"`
	}
	behaviorDay struct {
		At       int64    `json:"stat_time"`
		Chats    int64    `json:"chat_cnt"`
		Messages int64    `json:"message_cnt"`
		Replied  *float64 `json:"reply_percentage"`
		Waited   *int64   `json:"avg_reply_time"` // minutes
		Removals int64    `json:"negative_feedback_cnt"`
		Applied  int64    `json:"new_apply_cnt"`
		Added    int64    `json:"new_contact_cnt"`
	}
)

// getUserBehaviorData answers the two about replies only for a day on which a customer began a chat.
func (s *Service) getUserBehaviorData(ctx context.Context, tx *store.Tx, by access.Caller, req getUserBehaviorDataRequest) (resp getUserBehaviorDataResponse, err error) {
	days, err := s.Behavior(ctx, tx, by, req.Users, req.Parties, Span{time.Unix(req.Start, 0), time.Unix(req.End, 0)})
	for _, d := range days {
		one := behaviorDay{At: d.At.Unix(), Chats: d.Chats, Messages: d.Messages, Removals: d.Removals, Applied: d.Applied, Added: d.Added}
		if d.Asked > 0 {
			percent, minutes := 100*float64(d.Replied)/float64(d.Asked), int64(0)
			if d.Replied > 0 {
				minutes = int64(d.Waited/time.Minute) / d.Replied
			}
			one.Replied, one.Waited = &percent, &minutes
		}
		resp.Days = append(resp.Days, one)
	}
	return resp, err
}

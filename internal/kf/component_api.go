package kf

import (
	"context"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/internal/wire"
)

// componentEndpoints are the calls that components alone make.
func (s *Service) componentEndpoints() []wire.Endpoint {
	return []wire.Endpoint{{
		Method: "POST", Path: "/cgi-bin/kf/get_statistic", Doc: 99367, Grants: []string{permitComponentStat}, Handle: wire.Read(s.getStatistic),
		Allow: access.To(access.Own, access.ThirdParty),
	}}
}

type (
	getStatisticRequest struct {
		Start int64 `json:"start_time"` // Unix seconds
		End   int64 `json:"end_time"`
	}
	getStatisticResponse struct {
		List []componentDay `json:"statistic_list"`
	}
	componentDay struct {
		Time      int64               `json:"stat_time"`
		Statistic *componentStatistic `json:"statistic"`
	}
	// componentStatistic has the customers upgraded, which the page has in its sample alone.
	componentStatistic struct {
		Sessions   int64    `json:"session_cnt"`
		Customers  int64    `json:"customer_cnt"`
		Messages   int64    `json:"customer_msg_cnt"`
		Upgraded   int64    `json:"upgrade_service_customer_cnt"`
		Assistant  int64    `json:"ai_session_reply_cnt"`
		Served     int64    `json:"servicer_session_cnt"`
		ReplyRate  *float64 `json:"reply_rate"`
		FirstReply *float64 `json:"first_reply_average_sec"`
		satisfaction
	}
)

func (s *Service) getStatistic(ctx context.Context, tx *store.Tx, by access.Caller, req getStatisticRequest) (resp getStatisticResponse, err error) {
	days, list, err := s.ComponentFigures(tx, by, time.Unix(req.Start, 0), time.Unix(req.End, 0))
	for i, f := range list {
		d := componentDay{Time: days[i].Unix()}
		if f.any() {
			d.Statistic = &componentStatistic{
				Sessions: f.Sessions, Customers: f.Customers, Messages: f.Messages, Upgraded: f.Upgraded, Assistant: f.Assistant, Served: f.Served,
				ReplyRate: rate(f.Replied, f.Asked), FirstReply: f.firstReply(),
			}
		}
		resp.List = append(resp.List, d)
	}
	return resp, err
}

// componentScript is an administrator who chooses which accounts a component may lead to.
type componentScript struct {
	CorpID  string              `json:"corpid"`
	SuiteID string              `json:"suite_id"`
	Open    []id.ServiceAccount `json:"open_kfids"`
}

func (s *Service) scriptComponent(ctx context.Context, req componentScript) (none, error) {
	return none{}, suite.Plainly(s.script(ctx, req.CorpID, func(tx *store.Tx) error { return s.Give(ctx, tx, req.CorpID, req.SuiteID, req.Open) }))
}

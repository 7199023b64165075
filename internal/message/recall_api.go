package message

import (
	"context"
	"strconv"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) recallEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/message/recall", Doc: 94867, Allow: senders, Handle: wire.Write(s.messageRecall)},
		{Method: "POST", Path: "/cgi-bin/message/update_template_card", Doc: 94888, Allow: senders, Handle: wire.Write(s.messageUpdateTemplateCard)},
		{Method: "POST", Path: "/cgi-bin/message/update_taskcard", Doc: 91579, Allow: senders, Handle: wire.Write(s.messageUpdateTaskcard)},
		{Method: "POST", Path: "/cgi-bin/message/get_statistics", Doc: 92369, Allow: senders, Handle: wire.Read(s.messageGetStatistics)},
	}
}

type messageRecallRequest struct {
	MsgID string `json:"msgid"`
}

func (s *Service) messageRecall(ctx context.Context, tx *store.Tx, by access.Caller, req messageRecallRequest) (wire.None, error) {
	return wire.None{}, s.Recall(ctx, tx, by, req.MsgID)
}

type cardButtonRequest struct {
	ReplaceName string `json:"replace_name"`
}

type messageUpdateTemplateCardRequest struct {
	agentRequest
	Users     []id.UserID        `json:"userids"`
	Parties   []int64            `json:"partyids"`
	Tags      []int64            `json:"tagids"`
	All       int64              `json:"atall"`
	Code      string             `json:"response_code"`
	Translate int64              `json:"enable_id_trans"`
	Button    *cardButtonRequest `json:"button"`
	Card      *Card              `json:"template_card"`
}

// badUsersResponse has its userids as a JSON list, unlike the answer to a send.
type badUsersResponse struct {
	BadUsers []id.UserID `json:"invaliduser"`
}

func (s *Service) messageUpdateTemplateCard(ctx context.Context, tx *store.Tx, by access.Caller, req messageUpdateTemplateCardRequest) (resp badUsersResponse, err error) {
	if err := s.own(tx, by, req.agentRequest); err != nil {
		return resp, err
	}
	u := CardUpdate{
		Code: req.Code, Translate: req.Translate == 1, Card: req.Card,
		To: Recipients{All: req.All == 1, Users: id.Texts(req.Users), Parties: texts(req.Parties), Tags: texts(req.Tags)},
	}
	if req.Button != nil {
		u.Button = req.Button.ReplaceName
	}
	bad, err := s.UpdateCard(ctx, tx, by, u)
	return badUsersResponse{id.From[id.UserID](bad)}, err
}

func texts(numbers []int64) []string {
	var out []string
	for _, n := range numbers {
		out = append(out, strconv.FormatInt(n, 10))
	}
	return out
}

// messageUpdateTaskcardRequest has replace_name or, from older clients, clicked_key.
type messageUpdateTaskcardRequest struct {
	agentRequest
	Users  []id.UserID `json:"userids"`
	TaskID string      `json:"task_id"`
	Button string      `json:"replace_name"`
	Key    string      `json:"clicked_key"`
}

func (s *Service) messageUpdateTaskcard(ctx context.Context, tx *store.Tx, by access.Caller, req messageUpdateTaskcardRequest) (resp badUsersResponse, err error) {
	if err := s.own(tx, by, req.agentRequest); err != nil {
		return resp, err
	}
	bad, err := s.UpdateTask(ctx, tx, by, TaskUpdate{TaskID: req.TaskID, Users: id.Texts(req.Users), Button: req.Button, Key: req.Key})
	return badUsersResponse{id.From[id.UserID](bad)}, err
}

type messageGetStatisticsRequest struct {
	TimeType int64 `json:"time_type"`
}

type messageStatistic struct {
	AgentID int64  `json:"agentid"`
	Name    string `json:"app_name"`
	Count   int64  `json:"count"`
}

type messageGetStatisticsResponse struct {
	Statistics []messageStatistic `json:"statistics"`
}

func (s *Service) messageGetStatistics(ctx context.Context, tx *store.Tx, by access.Caller, req messageGetStatisticsRequest) (resp messageGetStatisticsResponse, err error) {
	if req.TimeType != 0 && req.TimeType != 1 {
		return resp, wire.ErrParameter.With("time_type: 0 (today) or 1 (yesterday) expected")
	}
	list, err := s.Statistics(ctx, tx, by, int(req.TimeType))
	for _, st := range list {
		resp.Statistics = append(resp.Statistics, messageStatistic{st.AgentID, st.Name, st.People})
	}
	return resp, err
}

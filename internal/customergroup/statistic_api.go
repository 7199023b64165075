package customergroup

import (
	"context"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) statisticEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		customer.Endpoint("POST", "groupchat/statistic", 92133, wire.Read(s.statistic), permitStat),
		customer.Endpoint("POST", "groupchat/statistic_group_by_day", 92133, wire.Read(s.statisticGroupByDay), permitStat),
	}
}

type (
	statisticRequest struct {
		statisticSpan
		OrderBy int64  `json:"order_by"`
		Asc     int64  `json:"order_asc"`
		Offset  int64  `json:"offset"`
		Limit   *int64 `json:"limit"`
	}
	statisticSpan struct {
		Begin int64       `json:"day_begin_time"` // Unix seconds
		End   int64       `json:"day_end_time"`
		Owner ownerFilter `json:"owner_filter"`
	}
	statisticResponse struct {
		Total int64           `json:"total"`
		Next  int64           `json:"next_offset"`
		Items []statisticItem `json:"items"`
	}
	statisticItem struct {
		Owner id.UserID     `json:"owner"`
		Data  statisticData `json:"data"`
	}
	statisticData struct {
		NewGroups int64 `json:"new_chat_cnt"`
		Groups    int64 `json:"chat_total"`
		Chatting  int64 `json:"chat_has_msg"`
		NewPeople int64 `json:"new_member_cnt"`
		People    int64 `json:"member_total"`
		Said      int64 `json:"member_has_msg"`
		Messages  int64 `json:"msg_total"`
		// Migrated is answered to education and training alone, which no corp here is.
		Migrated *int64 `json:"migrate_trainee_chat_cnt"`
	}
)

func dataOf(c Statistic) statisticData {
	return statisticData{NewGroups: c.NewGroups, Groups: c.Groups, Chatting: c.Chatting, NewPeople: c.NewPeople, People: c.People, Said: c.Said, Messages: c.Message}
}

func (r statisticSpan) days() (Days, error) {
	if r.Begin == 0 {
		return Days{}, wire.ErrParameter.With("day_begin_time: missing")
	}
	d := Days{From: time.Unix(r.Begin, 0)}
	if r.End != 0 {
		d.To = time.Unix(r.End, 0)
	}
	return d, nil
}

func (s *Service) statistic(ctx context.Context, tx *store.Tx, by access.Caller, req statisticRequest) (resp statisticResponse, err error) {
	limit := int64(statPage)
	if req.Limit != nil {
		limit = *req.Limit
	}
	if limit < 1 || limit > maxStatOwners || req.Offset < 0 {
		return resp, wire.ErrParameter.With("limit: 1 to %d expected, and an offset of 0 or more", maxStatOwners)
	}
	days, err := req.days()
	if err != nil {
		return resp, err
	}
	list, err := s.ByOwner(ctx, tx, by, req.Owner.owners(), days, req.OrderBy, req.Asc == 1)
	resp.Total = int64(len(list))
	from := min(req.Offset, resp.Total)
	resp.Next = min(from+limit, resp.Total)
	for _, o := range list[from:resp.Next] {
		resp.Items = append(resp.Items, statisticItem{o.Owner, dataOf(o.Statistic)})
	}
	return resp, err
}

type (
	statisticGroupByDayResponse struct {
		Items []dayItem `json:"items"`
	}
	dayItem struct {
		At   int64         `json:"stat_time"`
		Data statisticData `json:"data"`
	}
)

func (s *Service) statisticGroupByDay(ctx context.Context, tx *store.Tx, by access.Caller, req statisticSpan) (resp statisticGroupByDayResponse, err error) {
	days, err := req.days()
	if err != nil {
		return resp, err
	}
	list, err := s.ByDay(ctx, tx, by, req.Owner.owners(), days)
	for _, d := range list {
		resp.Items = append(resp.Items, dayItem{d.At.Unix(), dataOf(d.Statistic)})
	}
	return resp, err
}

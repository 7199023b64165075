package journal

import (
	"context"
	"strconv"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) statEndpoints() []wire.Endpoint {
	return []wire.Endpoint{endpoint("get_stat_list", 93395, wire.Read(s.getStatList))}
}

type getStatListRequest struct {
	wire.Body
	TemplateID string `json:"template_id"`
	Start      int64  `json:"starttime"` // Unix seconds
	End        int64  `json:"endtime"`
}

type (
	getStatListResponse struct {
		List []statInfo `json:"stat_list"`
	}
	statInfo struct {
		TemplateID string        `json:"template_id"`
		Name       string        `json:"template_name"`
		Range      rangeInfo     `json:"report_range"`
		White      rangeInfo     `json:"white_range"`
		Receivers  receiversInfo `json:"receivers"`
		CycleBegin int64         `json:"cycle_begin_time"`
		CycleEnd   int64         `json:"cycle_end_time"`
		StatBegin  int64         `json:"stat_begin_time"`
		StatEnd    int64         `json:"stat_end_time"`
		Written    []writerInfo  `json:"report_list"`
		Missing    []writerInfo  `json:"unreport_list"`
		Type       int64         `json:"report_type"`
	}
	rangeInfo struct {
		Users   []theUser  `json:"user_list"`
		Parties []theParty `json:"party_list"`
		Tags    []theTag   `json:"tag_list"`
	}
	theParty struct {
		ID string `json:"open_partyid"`
	}
	theTag struct {
		ID string `json:"open_tagid"`
	}
	receiversInfo struct {
		Users   []theUser   `json:"user_list"`
		Tags    []theTag    `json:"tag_list"`
		Leaders []theLeader `json:"leader_list"`
	}
	theLeader struct {
		Level int64 `json:"level"` // from 1
	}
	writerInfo struct {
		User  theUser      `json:"user"`
		Items []reportInfo `json:"itemlist"`
	}
	reportInfo struct {
		UUID string `json:"journaluuid"`
		At   int64  `json:"reporttime"`
		Late int64  `json:"flag"` // 1
	}
)

func newRangeInfo(r access.Range) rangeInfo {
	out := rangeInfo{Users: theUsers(r.Members), Tags: theTags(r.Tags)}
	for _, d := range r.Departments {
		out.Parties = append(out.Parties, theParty{strconv.FormatInt(d, 10)})
	}
	return out
}

func theTags(tags []int64) (out []theTag) {
	for _, t := range tags {
		out = append(out, theTag{strconv.FormatInt(t, 10)})
	}
	return out
}

func (s *Service) getStatList(ctx context.Context, tx *store.Tx, by access.Caller, req getStatListRequest) (resp getStatListResponse, err error) {
	switch {
	case req.TemplateID == "" || len(req.TemplateID) > 256:
		return resp, ErrParameter.With("template_id: 1 to 256 bytes expected")
	case req.Start <= 0 || req.End <= req.Start:
		return resp, ErrParameter.With("starttime and endtime: Unix seconds expected, the latter being after the former")
	case req.End-req.Start > int64(maxStatSpan/time.Second):
		return resp, ErrParameter.With("starttime to endtime: at most a year")
	}
	t, err := s.template(tx, by.CorpID, req.TemplateID, "")
	if err != nil {
		return resp, err
	}
	cycles, err := s.Statistics(tx, by, t, china(req.Start), china(req.End))
	if err != nil {
		return resp, err
	}
	receivers := receiversInfo{Users: theUsers(t.Receivers.Users), Tags: theTags(t.Receivers.Tags)}
	for _, l := range t.Receivers.Leaders {
		receivers.Leaders = append(receivers.Leaders, theLeader{l})
	}
	for _, c := range cycles {
		out := statInfo{
			TemplateID: t.TemplateID, Name: t.Name, Range: newRangeInfo(t.Range), White: newRangeInfo(t.White), Receivers: receivers,
			CycleBegin: c.Begin.Unix(), CycleEnd: c.End.Unix(), StatBegin: c.Begin.Unix(), StatEnd: c.Due.Unix(), Type: t.Type,
		}
		for _, w := range c.Written {
			out.Written = append(out.Written, newWriterInfo(w))
		}
		for _, u := range c.Missing { // as the page's sample has them
			out.Missing = append(out.Missing, newWriterInfo(Writer{u, []Report{{At: c.Begin.Unix()}}}))
		}
		resp.List = append(resp.List, out)
	}
	return resp, nil
}

func newWriterInfo(w Writer) writerInfo {
	out := writerInfo{User: theUser{w.UserID}}
	for _, r := range w.Reports {
		info := reportInfo{UUID: r.UUID, At: r.At}
		if r.Late {
			info.Late = 1
		}
		out.Items = append(out.Items, info)
	}
	return out
}

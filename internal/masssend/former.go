package masssend

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// The call that get_groupmsg_task and get_groupmsg_send_result have replaced, which answers a whole message at once; and
// the list of messages from before one could have several attachments.

const (
	formerResult = "get_group_msg_result"
	formerList   = "get_groupmsg_list"
	maxResults   = 10_000
)

// formerEndpoints are that call, and those that had other paths.
func (s *Service) formerEndpoints(now []wire.Endpoint) []wire.Endpoint {
	own := []wire.Endpoint{
		customer.Endpoint("POST", formerResult, 93338, wire.Read(s.getGroupMsgResult), permitMass),
		customer.Endpoint("POST", formerList, 93338, wire.Read(s.getGroupmsgList), permitMass),
	}
	return append(own, customer.Former(append(now, own...), map[string]string{"add_msg_template": "add_msg_template", formerResult: formerResult})...)
}

// reviewed is the check_status of a message that was let through. Nobody reviews messages here.
const reviewed = 1

type (
	getGroupMsgResultRequest struct {
		MsgID  string `json:"msgid"`
		Limit  int64  `json:"limit"`
		Cursor string `json:"cursor"`
	}
	getGroupMsgResultResponse struct {
		Check  int64         `json:"check_status"`
		Detail []detailOfOne `json:"detail_list"`
		Next   string        `json:"next_cursor"`
	}
	detailOfOne struct {
		External id.ExternalID `json:"external_userid,omitempty"`
		ChatID   id.ChatID     `json:"chat_id,omitempty"`
		UserID   id.UserID     `json:"userid"`
		Status   int64         `json:"status"`
		SentAt   int64         `json:"send_time,omitempty"`
	}
	// resultPlace is where the list has come to: the number of a part, and of the last one told of it.
	resultPlace struct{ Task, After int64 }
)

func (s *Service) getGroupMsgResult(ctx context.Context, tx *store.Tx, by access.Caller, req getGroupMsgResultRequest) (resp getGroupMsgResultResponse, err error) {
	cursor := wire.Cursor[resultPlace]{Box: s.deps.Box, Path: "/cgi-bin/externalcontact/" + formerResult}
	from, err := cursor.Open(by, req.Cursor, req.MsgID)
	if err != nil {
		return resp, err
	}
	m, err := s.prepared(tx, by.CorpID, req.MsgID)
	if err != nil {
		return resp, err
	}
	resp.Check = reviewed
	limit := limitOf(req.Limit, maxResults, maxResults)
	for at := from.Task; ; {
		// The part that the last page ended in is asked for again.
		tasks, more, err := s.Tasks(tx, by, req.MsgID, max(at-1, 0), maxPartsListed)
		if err != nil {
			return resp, err
		}
		for _, t := range tasks {
			after := int64(0)
			if t.No == from.Task {
				after = from.After
			}
			list, rest, err := s.outcomesOf(tx, m, t, after, limit-int64(len(resp.Detail)))
			if err != nil {
				return resp, err
			}
			for _, o := range list {
				resp.Detail = append(resp.Detail, detailOfOne{o.External, o.ChatID, o.UserID, o.Status, o.SentAt})
				after = o.no
			}
			if rest {
				resp.Next = cursor.Next(by, resultPlace{t.No, after}, req.MsgID)
				return resp, nil
			}
		}
		if !more {
			return resp, nil
		}
		at = tasks[len(tasks)-1].No + 1
	}
}

type (
	getGroupmsgListResponse struct {
		Next     string             `json:"next_cursor"`
		Messages []formerListAnswer `json:"group_msg_list"`
	}
	// formerListAnswer has the first attachment beside the text, as the call had it, and all of them as the call of
	// today: later clients ask here and read those (unverified).
	formerListAnswer struct {
		messageAnswer
		Image   *customer.Image `json:"image,omitempty"`
		Link    *customer.Link  `json:"link,omitempty"`
		Program *programAnswer  `json:"miniprogram,omitempty"`
		Video   *customer.File  `json:"video,omitempty"`
		File    *customer.File  `json:"file,omitempty"`
	}
)

// getGroupmsgList takes what get_groupmsg_list_v2 takes. Its page told clients before 3.1.6 to keep to it (doc 93338).
func (s *Service) getGroupmsgList(ctx context.Context, tx *store.Tx, by access.Caller, req getGroupmsgListV2Request) (resp getGroupmsgListResponse, err error) {
	list, users, next, err := s.listed(ctx, tx, by, formerList, req)
	for _, m := range list {
		one := formerListAnswer{messageAnswer: s.answered(m, users)}
		if len(one.Attachments) > 0 {
			a := one.Attachments[0]
			one.Image, one.Link, one.Program, one.Video, one.File = a.Image, a.Link, a.Program, a.Video, a.File
		}
		resp.Messages = append(resp.Messages, one)
	}
	resp.Next = next
	return resp, err
}

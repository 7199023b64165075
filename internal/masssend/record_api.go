package masssend

import (
	"context"
	"fmt"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

const (
	listPath   = "get_groupmsg_list_v2"
	taskPath   = "get_groupmsg_task"
	resultPath = "get_groupmsg_send_result"
)

func (s *Service) recordEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		customer.Endpoint("POST", listPath, 93338, wire.Read(s.getGroupmsgListV2), permitMass),
		customer.Endpoint("POST", taskPath, 93338, wire.Read(s.getGroupmsgTask), permitMass),
		customer.Endpoint("POST", resultPath, 93338, wire.Read(s.getGroupmsgSendResult), permitMass),
	}
}

func (s *Service) cursor(name string) wire.Cursor[int64] {
	return wire.Cursor[int64]{Box: s.deps.Box, Path: "/cgi-bin/externalcontact/" + name}
}

type (
	getGroupmsgListV2Request struct {
		ChatType string    `json:"chat_type"`
		Start    int64     `json:"start_time"` // Unix seconds
		End      int64     `json:"end_time"`
		Creator  id.UserID `json:"creator"`
		Filter   *int64    `json:"filter_type"` // 2 if it is left out
		Limit    int64     `json:"limit"`
		Cursor   string    `json:"cursor"`
	}
	getGroupmsgListV2Response struct {
		Next     string          `json:"next_cursor"`
		Messages []messageAnswer `json:"group_msg_list"`
	}
	messageAnswer struct {
		MsgID       string             `json:"msgid"`
		Creator     id.UserID          `json:"creator,omitempty"`
		Created     int64              `json:"create_time"`
		Type        int64              `json:"create_type"` // 0 the corp's, 1 a member's alone
		Text        *customer.Text     `json:"text"`
		Attachments []attachmentAnswer `json:"attachments"`
	}
	attachmentAnswer struct {
		Type    string          `json:"msgtype"`
		Image   *customer.Image `json:"image"`
		Link    *customer.Link  `json:"link"`
		Program *programAnswer  `json:"miniprogram"`
		Video   *customer.File  `json:"video"`
		File    *customer.File  `json:"file"`
	}
	// programAnswer has no picture (doc 93338).
	programAnswer struct {
		Title string `json:"title"`
		AppID string `json:"appid"`
		Page  string `json:"page"`
	}
)

func (s *Service) getGroupmsgListV2(ctx context.Context, tx *store.Tx, by access.Caller, req getGroupmsgListV2Request) (resp getGroupmsgListV2Response, err error) {
	list, users, next, err := s.listed(ctx, tx, by, listPath, req)
	for _, m := range list {
		resp.Messages = append(resp.Messages, s.answered(m, users))
	}
	resp.Next = next
	return resp, err
}

// listed returns the messages that a request asks for, their creators by number, and the cursor of the next page of the
// call.
func (s *Service) listed(ctx context.Context, tx *store.Tx, by access.Caller, path string, req getGroupmsgListV2Request) (list []Message, users map[int64]id.UserID, next string, err error) {
	kind, err := kindOf(req.ChatType)
	if err == nil && (req.ChatType == "" || req.Start == 0 || req.End == 0) {
		err = wire.ErrParameter.With("chat_type, start_time and end_time expected")
	}
	if err != nil {
		return nil, nil, "", err
	}
	q := Query{Kind: kind, From: time.Unix(req.Start, 0), To: time.Unix(req.End, 0), Creator: req.Creator, Filter: 2, Limit: req.Limit}
	if req.Filter != nil {
		q.Filter = *req.Filter
	}
	of := fmt.Sprint(kind, req.Start, req.End, req.Creator.Key(), q.Filter)
	if q.Before, err = s.cursor(path).Open(by, req.Cursor, of); err != nil {
		return nil, nil, "", err
	}
	list, more, err := s.Messages(ctx, tx, by, q)
	if err != nil {
		return nil, nil, "", err
	}
	var creators []int64
	for _, m := range list {
		creators = append(creators, m.Creator)
	}
	if more {
		next = s.cursor(path).Next(by, list[len(list)-1].No, of)
	}
	users, err = s.deps.Directory.NumberedMembers(tx, by.CorpID, creators)
	return list, users, next, err
}

func (s *Service) answered(m Message, users map[int64]id.UserID) messageAnswer {
	return messageAnswer{s.msgID(m.No), users[m.Creator], m.CreatedAt.Unix(), flag(m.Personal), m.Text, answerOf(m.Attachments)}
}

// answerOf shows an image by one of its two, the media_id before the address.
func answerOf(list []customer.Attachment) (out []attachmentAnswer) {
	for _, a := range list {
		one := attachmentAnswer{Type: a.Type, Link: a.Link, Video: a.Video, File: a.File}
		if a.Image != nil {
			image := *a.Image
			if image.MediaID != "" {
				image.URL = ""
			}
			one.Image = &image
		}
		if a.Program != nil {
			one.Program = &programAnswer{a.Program.Title, a.Program.AppID, a.Program.Page}
		}
		out = append(out, one)
	}
	return out
}

type (
	getGroupmsgTaskRequest struct {
		MsgID  string `json:"msgid"`
		Limit  int64  `json:"limit"`
		Cursor string `json:"cursor"`
	}
	getGroupmsgTaskResponse struct {
		Next  string       `json:"next_cursor"`
		Tasks []taskAnswer `json:"task_list"`
	}
	taskAnswer struct {
		UserID id.UserID `json:"userid"`
		Status int64     `json:"status"` // 0 not sent, 2 sent
		SentAt *int64    `json:"send_time"`
	}
)

func (s *Service) getGroupmsgTask(ctx context.Context, tx *store.Tx, by access.Caller, req getGroupmsgTaskRequest) (resp getGroupmsgTaskResponse, err error) {
	after, err := s.cursor(taskPath).Open(by, req.Cursor, req.MsgID)
	if err != nil {
		return resp, err
	}
	list, more, err := s.Tasks(tx, by, req.MsgID, after, req.Limit)
	for _, t := range list {
		a := taskAnswer{UserID: t.UserID}
		if !t.SentAt.IsZero() {
			at := t.SentAt.Unix()
			a.Status, a.SentAt = 2, &at
		}
		resp.Tasks = append(resp.Tasks, a)
	}
	if more {
		resp.Next = s.cursor(taskPath).Next(by, list[len(list)-1].No, req.MsgID)
	}
	return resp, err
}

type (
	getGroupmsgSendResultRequest struct {
		MsgID  string    `json:"msgid"`
		UserID id.UserID `json:"userid"`
		Limit  int64     `json:"limit"`
		Cursor string    `json:"cursor"`
	}
	getGroupmsgSendResultResponse struct {
		Next string       `json:"next_cursor"`
		List []sendAnswer `json:"send_list"`
	}
	sendAnswer struct {
		External id.ExternalID `json:"external_userid,omitempty"`
		ChatID   id.ChatID     `json:"chat_id,omitempty"`
		UserID   id.UserID     `json:"userid"`
		Status   int64         `json:"status"`
		SentAt   int64         `json:"send_time,omitempty"`
	}
)

func (s *Service) getGroupmsgSendResult(ctx context.Context, tx *store.Tx, by access.Caller, req getGroupmsgSendResultRequest) (resp getGroupmsgSendResultResponse, err error) {
	after, err := s.cursor(resultPath).Open(by, req.Cursor, req.MsgID, req.UserID.Key())
	if err != nil {
		return resp, err
	}
	list, more, err := s.Outcomes(ctx, tx, by, req.MsgID, req.UserID, after, req.Limit)
	for _, o := range list {
		resp.List = append(resp.List, sendAnswer{o.External, o.ChatID, o.UserID, o.Status, o.SentAt})
	}
	if more {
		resp.Next = s.cursor(resultPath).Next(by, list[len(list)-1].no, req.MsgID, req.UserID.Key())
	}
	return resp, err
}

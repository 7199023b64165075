package masssend

import (
	"context"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) messageEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		customer.Endpoint("POST", "add_msg_template", 92135, wire.Write(s.addMsgTemplate), permitMass),
		customer.Endpoint("POST", "remind_groupmsg_send", 97610, wire.Write(s.remindGroupmsgSend), permitMass),
		customer.Endpoint("POST", "cancel_groupmsg_send", 97611, wire.Write(s.cancelGroupmsgSend), permitMass),
	}
}

type (
	addMsgTemplateRequest struct {
		ChatType    string          `json:"chat_type"` // single if it is left out
		Externals   []id.ExternalID `json:"external_userid"`
		Chats       []id.ChatID     `json:"chat_id_list"`
		Filter      tagFilter       `json:"tag_filter"`
		Sender      id.UserID       `json:"sender"`
		AllowSelect bool            `json:"allow_select"`
		content
	}
	// content is a message as the calls write it. The last three are what older clients send in place of
	// attachments.
	content struct {
		Text        *customer.Text        `json:"text"`
		Attachments []customer.Attachment `json:"attachments"`
		Image       *customer.Image       `json:"image"`
		Link        *customer.Link        `json:"link"`
		Program     *customer.Program     `json:"miniprogram"`
	}
	tagFilter struct {
		Groups []tagGroup `json:"group_list"`
	}
	tagGroup struct {
		Tags []id.CustomerTag `json:"tag_list"`
	}
	addMsgTemplateResponse struct {
		Failed []id.Recipient `json:"fail_list"`
		MsgID  string         `json:"msgid"`
	}
)

func (c content) content() customer.Content {
	out := customer.Content{Text: c.Text, Attachments: c.Attachments}
	if len(out.Attachments) > 0 {
		return out
	}
	if c.Image != nil {
		out.Attachments = append(out.Attachments, customer.Attachment{Type: "image", Image: c.Image})
	}
	if c.Link != nil {
		out.Attachments = append(out.Attachments, customer.Attachment{Type: "link", Link: c.Link})
	}
	if c.Program != nil {
		out.Attachments = append(out.Attachments, customer.Attachment{Type: "miniprogram", Program: c.Program})
	}
	return out
}

// kindOf returns what chat_type means, which single is if it is left out.
func kindOf(chatType string) (int64, error) {
	switch chatType {
	case "", "single":
		return toCustomers, nil
	case "group":
		return toGroups, nil
	}
	return 0, wire.ErrParameter.With("chat_type: single or group expected, %q given", chatType)
}

func (s *Service) addMsgTemplate(ctx context.Context, tx *store.Tx, by access.Caller, req addMsgTemplateRequest) (resp addMsgTemplateResponse, err error) {
	kind, err := kindOf(req.ChatType)
	if err != nil {
		return resp, err
	}
	n := NewMessage{Groups: kind == toGroups, Sender: req.Sender, AllowSelect: req.AllowSelect, Content: req.content.content()}
	if n.Groups { // what is of the other kind counts for nothing (doc 92135)
		n.Chats = req.Chats
	} else {
		n.Externals = req.Externals
		for _, g := range req.Filter.Groups {
			n.Tags = append(n.Tags, g.Tags)
		}
	}
	m, failed, err := s.Create(ctx, tx, by, n)
	return addMsgTemplateResponse{failed, s.msgID(m.No)}, err
}

type msgIDRequest struct {
	MsgID string `json:"msgid"`
}

func (s *Service) remindGroupmsgSend(ctx context.Context, tx *store.Tx, by access.Caller, req msgIDRequest) (none wire.None, err error) {
	return none, s.Remind(tx, by, req.MsgID)
}

func (s *Service) cancelGroupmsgSend(ctx context.Context, tx *store.Tx, by access.Caller, req msgIDRequest) (none wire.None, err error) {
	return none, s.Cancel(tx, by, req.MsgID)
}

package message

import (
	"context"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) chatEndpoints() []wire.Endpoint {
	own := access.To(access.Own, access.SelfBuilt)
	return []wire.Endpoint{
		{Method: "POST", Path: "/cgi-bin/appchat/create", Doc: 90245, Allow: own,
			Limit: wire.Limit{PerCorp: 1000, Every: 24 * time.Hour}, Handle: wire.Write(s.appchatCreate)},
		{Method: "POST", Path: "/cgi-bin/appchat/update", Doc: 98913, Allow: own,
			Limit: wire.Limit{PerCorp: 1000, Every: time.Hour}, Handle: wire.Write(s.appchatUpdate)},
		{Method: "GET", Path: "/cgi-bin/appchat/get", Doc: 98914, Allow: own, Handle: wire.Read(s.appchatGet)},
		{Method: "POST", Path: "/cgi-bin/appchat/send", Doc: 90248, Allow: own, Unlimited: true, Handle: wire.Write(s.appchatSend)},
	}
}

type appchatCreateRequest struct {
	Name   string      `json:"name"`
	Owner  id.UserID   `json:"owner"`
	Users  []id.UserID `json:"userlist"`
	ChatID string      `json:"chatid"`
}

type appchatCreateResponse struct {
	ChatID string `json:"chatid"`
}

func (s *Service) appchatCreate(ctx context.Context, tx *store.Tx, by access.Caller, req appchatCreateRequest) (appchatCreateResponse, error) {
	chatID, err := s.CreateChat(ctx, tx, by, Chat{ChatID: req.ChatID, Name: req.Name, Owner: req.Owner, Members: userIDs(id.Texts(req.Users))})
	return appchatCreateResponse{chatID}, err
}

type appchatUpdateRequest struct {
	ChatID string      `json:"chatid"`
	Name   *string     `json:"name"`
	Owner  id.UserID   `json:"owner"`
	Add    []id.UserID `json:"add_user_list"`
	Remove []id.UserID `json:"del_user_list"`
}

func (s *Service) appchatUpdate(ctx context.Context, tx *store.Tx, by access.Caller, req appchatUpdateRequest) (wire.None, error) {
	return wire.None{}, s.UpdateChat(ctx, tx, by, ChatUpdate{
		ChatID: req.ChatID, Name: req.Name, Owner: req.Owner, Add: userIDs(id.Texts(req.Add)), Remove: userIDs(id.Texts(req.Remove)),
	})
}

type appchatRequest struct {
	ChatID string `json:"chatid"`
}

type chatInfo struct {
	ChatID string      `json:"chatid"`
	Name   string      `json:"name"`
	Owner  id.UserID   `json:"owner"`
	Users  []id.UserID `json:"userlist"`
	Type   int64       `json:"chat_type"` // 0; course groups are not built
}

type appchatGetResponse struct {
	Info *chatInfo `json:"chat_info"`
}

func (s *Service) appchatGet(ctx context.Context, tx *store.Tx, by access.Caller, req appchatRequest) (resp appchatGetResponse, err error) {
	c, err := s.Chat(ctx, tx, by, req.ChatID)
	if err != nil {
		return resp, err
	}
	resp.Info = &chatInfo{ChatID: c.ChatID, Name: c.Name, Owner: c.Owner, Users: c.Members}
	return resp, nil
}

type appchatSendRequest struct {
	content
	ChatID  string `json:"chatid"`
	MsgType string `json:"msgtype"`
	Safe    int64  `json:"safe"`
}

// appchatSend answers no msgid, because a message to a chat cannot be recalled.
func (s *Service) appchatSend(ctx context.Context, tx *store.Tx, by access.Caller, req appchatSendRequest) (wire.None, error) {
	return wire.None{}, s.SendToChat(ctx, tx, by, req.ChatID, Outgoing{MsgType: req.MsgType, Safe: req.Safe, content: req.content})
}

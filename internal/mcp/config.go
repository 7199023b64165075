package mcp

import (
	"context"
	"encoding/json"

	"qiwei/internal/aibot"
	"qiwei/internal/id"
	"qiwei/internal/message"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// configAnswer is a robot's address of a category.
type configAnswer struct {
	URL      string `json:"url"`
	Type     string `json:"type"`
	IsAuthed bool   `json:"is_authed"` // somebody has let the robot use it
	BizType  string `json:"biz_type"`
}

func (s *Service) config(tx *store.Tx, b aibot.Bot, category string) (out configAnswer, err error) {
	out = configAnswer{Type: "streamable-http", BizType: category}
	if _, out.IsAuthed, _, err = s.grantor(tx, b, category, ""); err != nil {
		return out, err
	}
	out.URL, err = s.Address(tx, b, category)
	return out, err
}

// getConfig is aibot_get_mcp_config: the address of a category.
func (s *Service) getConfig(ctx context.Context, tx *store.Tx, b aibot.Bot, body []byte) (any, error) {
	var req struct {
		Category string `json:"biz_type"`
		Version  string `json:"plugin_version"`
	}
	wire.Decode(body, &req)
	if err := isCategory(req.Category); err != nil {
		return nil, err
	}
	return s.config(tx, b, req.Category)
}

// documentRight is the only kind of card that WeCom's client asks for.
const documentRight = 1

// sendBizMsg is aibot_send_biz_msg: a card that asks a member to let the robot use documents. The client sends it after
// 851008, 851013 and 851014.
func (s *Service) sendBizMsg(ctx context.Context, tx *store.Tx, b aibot.Bot, body []byte) (any, error) {
	var req struct {
		BizType  int64     `json:"biz_type"`
		ChatID   string    `json:"chat_id"`
		UserID   id.UserID `json:"userid"`
		ChatType int64     `json:"chat_type"`
	}
	wire.Decode(body, &req)
	if req.BizType != documentRight {
		return nil, errParameter.With("biz_type: 1, the permission for documents, expected")
	}
	to := aibot.Where{ChatID: req.ChatID, Type: req.ChatType}
	if to.ChatID == "" {
		to = aibot.Where{ChatID: string(req.UserID), Type: 1}
	}
	card, err := grantCard(b, s.page(b)+"?biz_type=doc")
	if err != nil {
		return nil, err
	}
	return nil, s.deps.Bots.SendCard(ctx, tx, b, to, card)
}

// grantCard is the card that leads a member to the page of a robot's permissions.
func grantCard(b aibot.Bot, url string) (card message.Card, err error) {
	type title struct {
		Title string `json:"title"`
		Desc  string `json:"desc"`
	}
	type jump struct {
		Type  int64  `json:"type"`
		URL   string `json:"url"`
		Title string `json:"title,omitempty"`
	}
	text, err := json.Marshal(map[string]any{
		"card_type": "text_notice", "main_title": title{"请授权文档权限", b.Name + " 需要你的授权才能使用文档"},
		"jump_list": []jump{{1, url, "去授权"}}, "card_action": jump{1, url, ""},
	})
	if err == nil {
		err = json.Unmarshal(text, &card)
	}
	return card, err
}

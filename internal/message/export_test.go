package message

import (
	"context"
	"encoding/json"

	"qiwei/internal/access"
	"qiwei/internal/store"
)

// Unsettled is asked directly: the answer only spares work.
var Unsettled = unsettled

// Settle gives a member what is on its way to him.
func (s *Service) Settle(tx *store.Tx, corpID string, member int64) error {
	return s.settle(tx, corpID, member)
}

// SayText posts a text as the robot that calls.
func (s *Service) SayText(ctx context.Context, tx *store.Tx, by access.Caller, text string) error {
	return s.SayAsRobot(ctx, tx, by, "text", robotContent{Text: &robotText{Content: text}})
}

// WholeReply parses a passive reply and returns everything read from its content and its card as JSON.
func WholeReply(body []byte) (string, error) {
	root, err := parseXML(body)
	if err != nil {
		return "", err
	}
	c, _ := replyContent(root.text("MsgType"), root)
	text, err := json.Marshal(map[string]any{"content": c, "card": cardOf(root.child("TemplateCard"))})
	return string(text), err
}

// ReadReply parses a passive reply as far as possible without a database: the content of its type, and the
// card in it. read is false if it is not XML.
func ReadReply(body []byte) (content string, card *Card, read bool, err error) {
	root, err := parseXML(body)
	if err != nil || root == nil {
		return "", nil, false, err
	}
	c, err := replyContent(root.text("MsgType"), root)
	if c.Text != nil {
		content = c.Text.Content
	}
	return content, cardOf(root.child("TemplateCard")), true, err
}

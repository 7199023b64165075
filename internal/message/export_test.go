package message

import "encoding/json"

// WholeReply reads a passive reply and writes all that was read of its content and
// its card as JSON.
func WholeReply(body []byte) (string, error) {
	root, err := parseXML(body)
	if err != nil {
		return "", err
	}
	c, _ := replyContent(root.text("MsgType"), root)
	text, err := json.Marshal(map[string]any{"content": c, "card": cardOf(root.child("TemplateCard"))})
	return string(text), err
}

// ReadReply reads a passive reply as far as it goes without a database: the
// content of its type, and the card in it. read is false where it is no XML.
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

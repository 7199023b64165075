package message

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

package message

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/callback"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Replies returns the types of message with which an application may answer a push (doc 90241).
func Replies() []string {
	return []string{"text", "image", "voice", "video", "news", "update_button", "update_taskcard", "update_template_card"}
}

// takeReply carries out an application's answer to a push (被动回复, doc 90241): a message to the member, or a
// new version of a card for this member only.
func (s *Service) takeReply(ctx context.Context, tx *store.Tx, r callback.Reply) error {
	root, err := parseXML(r.Body)
	if err != nil {
		return err
	}
	if root == nil {
		r.Leave("it is not XML")
		return nil
	}
	member, no, err := s.answered(tx, r)
	if err != nil {
		return err
	}
	if member == 0 {
		r.Leave("the member no longer exists")
		return nil
	}
	a, err := s.deps.Apps.AppNo(tx, r.App)
	if err != nil {
		return err
	}
	co, err := s.deps.Corps.Corp(tx, r.CorpID)
	if err != nil {
		return err
	}
	by, err := s.deps.Apps.Caller(tx, a)
	if err != nil {
		return err
	}
	by.Level = access.InRange
	f := sender{s: s, tx: tx, by: by, corp: co}
	msgtype := root.text("MsgType")
	switch msgtype {
	case "update_button", "update_taskcard", "update_template_card":
		return s.replyToCard(tx, &f, member, no, msgtype, root)
	case "":
		r.Leave("it has no MsgType")
		return nil
	}
	c, err := replyContent(msgtype, root)
	if err != nil {
		return err
	}
	checked, err := f.check(msgtype, c)
	if err != nil {
		return err
	}
	sent, err := s.insertMessage(tx, row{corpID: r.CorpID, app: a.No, msgtype: msgtype, body: encode(checked.body), files: f.files})
	if err != nil {
		return err
	}
	return s.giveCopies(tx, sent, a.No, 0, tx.Now().UnixMilli(), []int64{member})
}

// answered returns the member that a reply is for, and the message that it is about; 0 if there is none. A
// member who has since been deleted is 0.
func (s *Service) answered(tx *store.Tx, r callback.Reply) (member, no int64, err error) {
	if user, ok := event.ParseMemberRef(r.Ref); ok {
		found, err := s.deps.Directory.Named(tx, access.System(r.CorpID), []string{string(user)})
		return found[user.Key()].No, 0, err
	}
	if _, err := fmt.Sscanf(r.Ref, "%d %d", &member, &no); err != nil {
		return 0, 0, fmt.Errorf("reply to %q: %w", r.Ref, err)
	}
	return member, no, nil
}

// replyContent reads the content of a reply, in the types that it may have.
func replyContent(msgtype string, root *node) (c content, err error) {
	switch msgtype {
	case "text":
		c.Text = &chatText{Content: root.text("Content")}
	case "image":
		c.Image = &mediaContent{root.text("Image", "MediaId")}
	case "voice":
		c.Voice = &mediaContent{root.text("Voice", "MediaId")}
	case "video":
		v := root.child("Video")
		c.Video = &videoContent{v.text("MediaId"), v.text("Title"), v.text("Description")}
	case "news":
		c.News = &newsContent{}
		for _, it := range root.child("Articles").all("item") {
			c.News.Articles = append(c.News.Articles, newsArticle{
				Title: it.text("Title"), Description: it.text("Description"), URL: it.text("Url"), Picture: it.text("PicUrl"),
			})
		}
	default:
		err = ErrType.With("a reply has no type %q", msgtype)
	}
	return c, err
}

// replyToCard changes the card of the member who has pressed its button. The page does not list
// template_card_event among the events with such answers, but clients rely on it.
func (s *Service) replyToCard(tx *store.Tx, f *sender, member, no int64, msgtype string, root *node) error {
	c := storedCard{no: no, app: f.by.App}
	found, err := tx.Get(`SELECT msgtype, body FROM message WHERE no = ? AND app = ?`, []any{no, f.by.App}, &c.msgtype, &c.body)
	if err != nil {
		return err
	}
	if !found || !isCard(c.msgtype) {
		return errNoCard
	}
	u, column, body := CardUpdate{reply: true}, "button", ""
	switch msgtype {
	case "update_taskcard":
		if body = root.text("TaskCard", "ReplaceName"); body == "" {
			return ErrNoButtonName
		}
	case "update_button":
		u.Button = root.text("Button", "ReplaceName")
		body, err = s.newVersion(tx, f.by, c, u)
	default:
		column, u.Card = "card", cardOf(root.child("TemplateCard"))
		if u.Card != nil {
			err = wire.OwnIDs(tx, f.by, u.Card)
		}
		if err != nil {
			return err
		}
		body, err = s.newVersion(tx, f.by, c, u)
	}
	if err != nil {
		return err
	}
	version, err := tx.Insert(`INSERT INTO message_card (message, body) VALUES (?, ?)`, no, body)
	if err != nil {
		return err
	}
	_, _, err = s.giveVersion(tx, c, column, version, []int64{member})
	return err
}

// cardOf reads a card from its XML, whose lists are repeated elements.
func cardOf(n *node) *Card {
	if n == nil {
		return nil
	}
	c := &Card{Type: n.text("CardType"), SubTitle: n.text("SubTitleText"), ReplaceText: n.text("ReplaceText")}
	if x := n.child("Source"); x != nil {
		c.Source = &cardSource{x.text("IconUrl"), x.text("Desc"), x.number("DescColor")}
	}
	c.Main, c.Emphasis = titleOf(n.child("MainTitle")), titleOf(n.child("EmphasisContent"))
	if x := n.child("QuoteArea"); x != nil {
		c.Quote = &cardQuote{x.number("Type"), x.text("Url"), x.text("AppId"), x.text("PagePath"), x.text("Title"), x.text("QuoteText")}
	}
	if x := n.child("ImageTextArea"); x != nil {
		c.ImageText = &cardImageText{x.number("Type"), x.text("Url"), x.text("AppId"), x.text("PagePath"), x.text("Title"), x.text("Desc"), x.text("ImageUrl")}
	}
	if x := n.child("CardImage"); x != nil {
		c.Image = &cardImage{URL: x.text("Url")}
		if ratio, err := strconv.ParseFloat(x.text("AspectRatio"), 64); err == nil {
			c.Image.AspectRatio = &ratio
		}
	}
	for _, x := range n.all("VerticalContentList") {
		c.Vertical = append(c.Vertical, *titleOf(x))
	}
	for _, x := range n.all("HorizontalContentList") {
		c.Horizontal = append(c.Horizontal, cardHorizontal{x.number("Type"), x.text("KeyName"), x.text("Value"), x.text("Url"), x.text("MediaId"), id.UserID(x.text("UserId"))})
	}
	for _, x := range n.all("JumpList") {
		c.Jumps = append(c.Jumps, jumpOf(x))
	}
	if x := n.child("CardAction"); x != nil {
		j := jumpOf(x)
		c.Action = &j
	}
	if x := n.child("ActionMenu"); x != nil {
		c.Menu = &cardMenu{Desc: x.text("Desc")}
		for _, a := range x.all("ActionList") {
			c.Menu.Actions = append(c.Menu.Actions, cardAction{a.text("Text"), a.text("Key")})
		}
	}
	for _, x := range n.all("ButtonList") {
		c.Buttons = append(c.Buttons, cardButton{x.number("Type"), x.text("Text"), x.number("Style"), x.text("Key"), x.text("Url")})
	}
	if x := n.child("ButtonSelection"); x != nil {
		q := selectOf(x)
		c.ButtonSelection = &q
	}
	for _, x := range n.all("SelectList") {
		c.Selects = append(c.Selects, selectOf(x))
	}
	if x := n.child("CheckBox"); x != nil {
		c.Checkbox = &cardCheckbox{x.text("QuestionKey"), x.number("Mode"), x.truth("Disable"), optionsOf(x)}
	}
	if x := n.child("SubmitButton"); x != nil {
		c.Submit = &cardSubmit{x.text("Text"), x.text("Key")}
	}
	return c
}

func titleOf(x *node) *cardTitle {
	if x == nil {
		return nil
	}
	return &cardTitle{x.text("Title"), x.text("Desc")}
}

func jumpOf(x *node) cardJump {
	return cardJump{Type: x.number("Type"), Title: x.text("Title"), URL: x.text("Url"), AppID: x.text("AppId"), PagePath: x.text("PagePath")}
}

func selectOf(x *node) cardSelect {
	return cardSelect{x.text("QuestionKey"), x.text("Title"), x.text("SelectedId"), x.truth("Disable"), optionsOf(x)}
}

func optionsOf(x *node) (out []cardOption) {
	for _, o := range x.all("OptionList") {
		out = append(out, cardOption{o.text("Id"), o.text("Text"), o.truth("IsChecked")})
	}
	return out
}

// node is an element of XML. Names are compared without regard to case: the official page itself spells both
// AppId and Appid. A nil node is empty.
type node struct {
	name     string
	content  strings.Builder
	children []*node
}

func (n *node) child(name string) *node {
	if n == nil {
		return nil
	}
	for _, c := range n.children {
		if strings.EqualFold(c.name, name) {
			return c
		}
	}
	return nil
}

func (n *node) all(name string) (out []*node) {
	if n == nil {
		return nil
	}
	for _, c := range n.children {
		if strings.EqualFold(c.name, name) {
			out = append(out, c)
		}
	}
	return out
}

// text returns the text of the element that the path leads to.
func (n *node) text(path ...string) string {
	for _, name := range path {
		n = n.child(name)
	}
	if n == nil {
		return ""
	}
	return n.content.String()
}

func (n *node) number(name string) int64 {
	v, err := strconv.ParseInt(strings.TrimSpace(n.text(name)), 10, 64)
	if err != nil {
		return 0
	}
	return v
}

func (n *node) truth(name string) bool {
	t := strings.TrimSpace(n.text(name))
	return strings.EqualFold(t, "true") || t == "1"
}

const maxDepth = 16

// parseXML parses a reply; nil if it is not XML.
func parseXML(body []byte) (*node, error) {
	if !strings.HasPrefix(strings.TrimSpace(string(body)), "<") {
		return nil, nil
	}
	d := xml.NewDecoder(strings.NewReader(string(body)))
	var stack []*node
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read the reply: %w", err)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			if len(stack) == maxDepth {
				return nil, errors.New("read the reply: elements are nested too deeply")
			}
			n := &node{name: tok.Name.Local}
			if len(stack) > 0 {
				top := stack[len(stack)-1]
				top.children = append(top.children, n)
			}
			stack = append(stack, n)
		case xml.CharData:
			if len(stack) > 0 {
				stack[len(stack)-1].content.Write(tok)
			}
		case xml.EndElement:
			if len(stack) == 1 {
				return stack[0], nil
			}
			stack = stack[:len(stack)-1]
		}
	}
}

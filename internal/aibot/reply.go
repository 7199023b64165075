package aibot

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"qiwei/internal/callback"
	"qiwei/internal/message"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Errors of what robots answer. No official page has those of 8466xx; programs in the field know them.
var (
	ErrResponseType = wire.Code(93050, "invalid response_type")
	ErrReqID        = wire.Code(846605, "invalid req_id")
	ErrStreamOver   = wire.Code(846608, "stream message update expired")
	ErrMD5          = message.ErrMD5
)

// Limits of answers (doc 101031, 101463), in bytes.
const (
	maxContent     = 20480
	maxFeedback    = 256
	maxPictures    = 10
	maxPicture     = 10 << 20
	maxStreamID    = 256 // the platform names none
	maxVideoTitle  = 128 // SDKs; doc 101463 is quoted with 64
	maxDescription = 512
)

// reply is what a robot answers or sends: the object of each msgtype.
type reply struct {
	MsgType      string       `json:"msgtype"`
	Text         *textReply   `json:"text"`
	Markdown     *textReply   `json:"markdown"`
	Stream       *streamReply `json:"stream"`
	Card         *cardReply   `json:"template_card"`
	Image        *mediaReply  `json:"image"`
	File         *mediaReply  `json:"file"`
	Voice        *mediaReply  `json:"voice"`
	Video        *mediaReply  `json:"video"`
	ResponseType string       `json:"response_type"` // updates only
	UserIDs      []string     `json:"userids"`       // updates only; everybody if it is empty
	ChatID       string       `json:"chatid"`        // unasked messages only
	ChatType     int64        `json:"chat_type"`     // likewise: 1 single, 2 group, 0 either
}

type (
	feedbackReply struct {
		ID string `json:"id"`
	}
	textReply struct {
		Content  string         `json:"content"`
		Feedback *feedbackReply `json:"feedback"`
	}
	streamReply struct {
		ID       string         `json:"id"`
		Finish   bool           `json:"finish"`
		Content  *string        `json:"content"`
		Items    []streamItem   `json:"msg_item"`
		Feedback *feedbackReply `json:"feedback"`
	}
	streamItem struct {
		MsgType string        `json:"msgtype"`
		Image   *pictureReply `json:"image"`
	}
	pictureReply struct {
		Base64 string `json:"base64"`
		MD5    string `json:"md5"`
	}
	mediaReply struct {
		MediaID     string `json:"media_id"`
		Title       string `json:"title,omitempty"`
		Description string `json:"description,omitempty"`
	}
	cardReply struct {
		message.Card
		Feedback *feedbackReply `json:"feedback"`
	}
)

// streamBody is the object of a stream as members have it.
type streamBody struct {
	Content string `json:"content"`
	Finish  bool   `json:"finish"`
}

// outlet is the way that an answer takes. Each allows its own types (doc 101031, 101138, 101463).
type outlet int

const (
	passive  outlet = iota // the answer to a callback
	later                  // response_url
	framed                 // aibot_respond_msg
	welcome                // aibot_respond_welcome_msg
	updating               // aibot_respond_update_msg
	unasked                // aibot_send_msg
)

// takes returns the types that an answer to a turn of the kind may have.
func (d outlet) takes(kind string) []string {
	switch {
	case d == passive && kind == entered, d == welcome:
		return []string{"text", "template_card"}
	case d == passive && kind == said:
		return []string{"stream", "template_card", "stream_with_template_card"}
	case d == later:
		return []string{"markdown", "template_card"}
	case d == framed:
		return []string{"stream", "template_card", "stream_with_template_card", "markdown", "image", "file", "voice", "video"}
	case d == unasked:
		return []string{"markdown", "template_card", "image", "file", "voice", "video"}
	}
	return nil
}

// takeReply carries out a robot's answer to a callback.
func (s *Service) takeReply(ctx context.Context, tx *store.Tx, r callback.Reply) error {
	var no int64
	if _, err := fmt.Sscan(r.Ref, &no); err != nil {
		return fmt.Errorf("reply to %q: %w", r.Ref, err)
	}
	t, found, err := oneTurn(tx, `no = ?`, no)
	if err != nil {
		return err
	}
	if !found {
		r.Leave("the message it answers no longer exists")
		return nil
	}
	if len(bytes.TrimSpace(r.Body)) == 0 {
		return s.leave(tx, t)
	}
	var in reply
	if !bytes.HasPrefix(bytes.TrimSpace(r.Body), []byte("{")) {
		r.Leave("it is not a JSON object")
		return s.leave(tx, t)
	}
	wire.Decode(r.Body, &in)
	return s.answer(ctx, tx, t, passive, in)
}

// leave takes an empty answer: a stream is asked for again, and any other turn is over.
func (s *Service) leave(tx *store.Tx, t turn) error {
	tx.AfterCommit(s.look)
	if t.state == streaming {
		_, err := tx.Exec(`UPDATE bot_turn SET look_at = ? WHERE no = ? AND state = ?`, s.nextLook(tx, t.endsAt), t.no, int64(streaming))
		return err
	}
	_, err := tx.Exec(`UPDATE bot_turn SET state = ?, look_at = 0 WHERE no = ? AND state = ?`, int64(over), t.no, int64(asked))
	return err
}

// answer carries out a robot's answer to a turn.
func (s *Service) answer(ctx context.Context, tx *store.Tx, t turn, d outlet, in reply) error {
	p, found, err := s.place(tx, t)
	if err != nil {
		return err
	}
	if !found {
		return ErrReqID.With("the conversation no longer exists")
	}
	if t.kind == pressed && (d == passive || d == updating) {
		return s.updateCard(ctx, tx, p, t, in)
	}
	if err := in.of(d.takes(t.kind)); err != nil {
		return err
	}
	if t.kind != said {
		_, err = s.deliver(ctx, tx, p, in, row{turn: t.no})
		return err
	}
	if strings.HasPrefix(in.MsgType, "stream") {
		return s.stream(ctx, tx, p, t, in)
	}
	if _, err = s.deliver(ctx, tx, p, in, row{turn: t.no}); err != nil || d == later {
		return err
	}
	tx.AfterCommit(s.look)
	_, err = tx.Exec(`UPDATE bot_turn SET state = ?, look_at = 0 WHERE no = ? AND state = ?`, int64(over), t.no, int64(asked))
	return err
}

// of has checked the type.
func (in *reply) of(types []string) error {
	if slices.Contains(types, in.MsgType) {
		return nil
	}
	if types == nil {
		return message.ErrType.With("this kind of message cannot be answered")
	}
	return message.ErrType.With("msgtype %q: %s expected", in.MsgType, strings.Join(types, ", "))
}

// deliver writes a complete message into a conversation. It fills in what r lacks.
func (s *Service) deliver(ctx context.Context, tx *store.Tx, p place, in reply, r row) (no int64, err error) {
	r.bot, r.chat, r.member, r.msgtype = p.bot.No, p.group.No, p.member, in.MsgType
	switch in.MsgType {
	case "text":
		r.body, r.feedback, err = in.Text.check("text")
	case "markdown":
		r.body, r.feedback, err = in.Markdown.check("markdown")
	case "template_card":
		return s.deliverCard(tx, p, in.Card, r)
	case "image":
		r.body, err = s.mediaBody(tx, p, in.MsgType, in.Image)
	case "file":
		r.body, err = s.mediaBody(tx, p, in.MsgType, in.File)
	case "voice":
		r.body, err = s.mediaBody(tx, p, in.MsgType, in.Voice)
	case "video":
		r.body, err = s.mediaBody(tx, p, in.MsgType, in.Video)
	default:
		err = message.ErrType.With("msgtype %q", in.MsgType)
	}
	if err != nil {
		return 0, err
	}
	return s.add(tx, p, r)
}

func (t *textReply) check(what string) (body, feedback string, err error) {
	if t == nil || t.Content == "" {
		return "", "", message.ErrEmpty
	}
	if err := within(what+".content", t.Content); err != nil {
		return "", "", err
	}
	feedback, err = t.Feedback.check()
	return encode(textPart{t.Content}), feedback, err
}

// within refuses what is too long, with the platform's error.
func within(field, content string) error {
	if len(content) > maxContent {
		return wire.Code(wire.ErrParameter.Code, fmt.Sprintf("%s exceed max length %d. invalid Request Parameter", field, maxContent))
	}
	if !utf8.ValidString(content) {
		return wire.ErrParameter.With("%s is not UTF-8", field)
	}
	return nil
}

func (f *feedbackReply) check() (string, error) {
	if f == nil {
		return "", nil
	}
	if len(f.ID) > maxFeedback {
		return "", wire.ErrParameter.With("feedback.id: %d bytes, at most %d", len(f.ID), maxFeedback)
	}
	return f.ID, nil
}

// mediaBody checks a file that a robot sends.
func (s *Service) mediaBody(tx *store.Tx, p place, msgtype string, m *mediaReply) (string, error) {
	if m == nil {
		m = &mediaReply{}
	}
	if err := s.sendable(tx, p.bot.CorpID, msgtype, m.MediaID); err != nil {
		return "", err
	}
	out := mediaReply{MediaID: m.MediaID}
	if msgtype == "video" {
		out.Title, out.Description = cut(m.Title, maxVideoTitle), cut(m.Description, maxDescription)
	}
	return encode(out), nil
}

// cut shortens a text to at most that many bytes.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// respond carries out what a robot sends to a response_url, which is then used up (doc 101138). In a chat the
// answer quotes what it answers.
func (s *Service) respond(ctx context.Context, tx *store.Tx, mac []byte, in reply) error {
	t, p, err := s.turnOfCode(tx, mac)
	if err != nil {
		return err
	}
	if err := in.of(later.takes(t.kind)); err != nil {
		return err
	}
	r := row{turn: t.no}
	if p.group.No != 0 {
		if in.MsgType == "template_card" {
			return message.ErrType.With("template_card in a conversation of two alone")
		}
		if r.quote, err = s.quoted(tx, t); err != nil {
			return err
		}
	}
	if _, err := s.deliver(ctx, tx, p, in, r); err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE bot_code SET used_at = ? WHERE mac = ?`, tx.Now().UnixMilli(), mac)
	return err
}

// turnOfCode returns the turn that a response_code answers, and where it was, or message.ErrCode for a code
// that is no longer valid.
func (s *Service) turnOfCode(tx *store.Tx, mac []byte) (t turn, p place, err error) {
	var no, expires, used int64
	found, err := tx.Get(`SELECT turn, expires_at, used_at FROM bot_code WHERE mac = ?`, []any{mac}, &no, &expires, &used)
	switch {
	case err != nil:
		return t, p, err
	case !found:
		return t, p, message.ErrCode.With("it was never issued")
	case used != 0:
		return t, p, message.ErrCode.With("it has been used")
	case !tx.Now().Before(time.UnixMilli(expires)):
		return t, p, message.ErrCode.With("it was valid for an hour")
	}
	if t, found, err = oneTurn(tx, `no = ?`, no); err != nil || !found {
		return t, p, errors.Join(err, message.ErrCode)
	}
	if p, found, err = s.place(tx, t); err == nil && (!found || p.bot.Disabled) {
		err = message.ErrCode.With("the robot was deleted or is switched off")
	}
	return t, p, err
}

// quoted returns the message of a turn as a quote. A card is quoted as an empty
// text.
func (s *Service) quoted(tx *store.Tx, t turn) (string, error) {
	m, found, err := s.deps.Directory.MemberNo(tx, t.member)
	if err != nil || !found {
		return "", err
	}
	list, err := s.selectMessages(tx, m, `no = ?`, t.message)
	if err != nil || len(list) == 0 {
		return "", err
	}
	q := Quote{No: list[0].No, MsgType: list[0].MsgType, From: list[0].From, Body: list[0].Body}
	if q.MsgType == "template_card" {
		q.MsgType, q.Body = "text", []byte(`{"content":""}`)
	}
	return encode(q), nil
}

// pictures decodes the pictures that a stream ends with.
func pictures(items []streamItem) (out [][]byte, err error) {
	if len(items) > maxPictures {
		return nil, wire.ErrParameter.With("stream.msg_item: %d, at most %d", len(items), maxPictures)
	}
	for _, it := range items {
		if it.MsgType != "image" || it.Image == nil {
			return nil, message.ErrType.With("stream.msg_item.msgtype %q: image expected", it.MsgType)
		}
		raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(it.Image.Base64), ""))
		switch sum := md5.Sum(raw); {
		case err != nil || len(raw) == 0:
			return nil, wire.ErrParameter.With("stream.msg_item.image.base64 is not valid base64")
		case len(raw) > maxPicture:
			return nil, message.ErrPicture.With("%d bytes, at most %d", len(raw), maxPicture)
		case !bytes.HasPrefix(raw, []byte("\xff\xd8\xff")) && !bytes.HasPrefix(raw, []byte("\x89PNG\r\n\x1a\n")):
			return nil, message.ErrFormat.With("a JPG or PNG picture expected")
		case !strings.EqualFold(it.Image.MD5, hex.EncodeToString(sum[:])):
			return nil, ErrMD5
		}
		out = append(out, raw)
	}
	return out, nil
}

package message

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/media"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Errors of robots (doc 91770).
var (
	ErrRobot    = wire.Code(93000, "invalid webhook url")
	ErrRobotOff = wire.Code(93004, "bot disabled")
	ErrPicture  = wire.Code(93018, "image size out of limit")
	ErrFormat   = wire.Code(40009, "invalid image size")
	ErrMD5      = wire.Code(301019, "invalid file md5")
)

// Limits of robots (doc 91770), in bytes. For a text the page says 2048; live refusals name 5120.
const (
	maxRobotText     = 5120
	maxRobotMarkdown = 4096
	maxRobotPicture  = 2 << 20
	maxRobotName     = 32 // characters
	robotPerMinute   = 20
)

// Robot is a group robot (群机器人) in a chat. Posting needs only its key.
type Robot struct {
	No        int64
	ChatID    string
	ChatName  string
	Name      string
	Key       string
	Disabled  bool
	CreatedAt time.Time
}

// CreateRobot puts a robot into the chat.
func (s *Service) CreateRobot(ctx context.Context, tx *store.Tx, corpID, chatID, name string) (Robot, error) {
	c, found, err := selectChat(tx, corpID, chatID)
	switch {
	case err != nil:
		return Robot{}, err
	case !found:
		return Robot{}, ErrChatUnknown.With("%q", chatID)
	}
	name = strings.TrimSpace(name)
	if n := utf8.RuneCountInString(name); n < 1 || n > maxRobotName {
		return Robot{}, fmt.Errorf("the name of a robot has 1 to %d characters", maxRobotName)
	}
	r := Robot{ChatID: c.chatID, ChatName: c.name, Name: name, Key: newUUID(), CreatedAt: tx.Now()}
	r.No, err = tx.Insert(`INSERT INTO robot (corpid, chat, name, key_mac, key_sealed, disabled, created_at) VALUES (?, ?, ?, ?, ?, 0, ?)`,
		corpID, c.no, name, s.deps.Box.MAC(seal.RobotKey, r.Key), s.deps.Box.Seal(seal.RobotKey, corpID, []byte(r.Key)), tx.Now().UnixMilli())
	return r, err
}

func newUUID() string {
	b := id.Bytes(16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// Robots returns the corp's robots, oldest first.
func (s *Service) Robots(tx *store.Tx, corpID string) ([]Robot, error) {
	var out []Robot
	err := tx.Each(`SELECT r.no, c.chatid, c.name, r.name, r.key_sealed, r.disabled <> 0, r.created_at FROM robot r JOIN chat c ON c.no = r.chat WHERE r.corpid = ? ORDER BY r.no`,
		[]any{corpID}, func(rows *store.Rows) error {
			var r Robot
			var sealed []byte
			var at int64
			if err := rows.Scan(&r.No, &r.ChatID, &r.ChatName, &r.Name, &sealed, &r.Disabled, &at); err != nil {
				return err
			}
			key, err := s.deps.Box.Open(seal.RobotKey, corpID, sealed)
			if err != nil {
				return fmt.Errorf("key of robot %d: %w", r.No, err)
			}
			r.Key, r.CreatedAt = string(key), time.UnixMilli(at).UTC()
			out = append(out, r)
			return nil
		})
	return out, err
}

// SwitchRobot switches one of the corp's robots off or on.
func (s *Service) SwitchRobot(ctx context.Context, tx *store.Tx, corpID, key string, disabled bool) error {
	return changedRobot(tx.Exec(`UPDATE robot SET disabled = CASE WHEN ? THEN 1 ELSE 0 END WHERE corpid = ? AND key_mac = ?`, disabled, corpID, s.deps.Box.MAC(seal.RobotKey, key)))
}

// DeleteRobot takes a robot out of its chat. What it has said stays.
func (s *Service) DeleteRobot(ctx context.Context, tx *store.Tx, corpID, key string) error {
	return changedRobot(tx.Exec(`DELETE FROM robot WHERE corpid = ? AND key_mac = ?`, corpID, s.deps.Box.MAC(seal.RobotKey, key)))
}

func changedRobot(n int64, err error) error {
	if err == nil && n == 0 {
		err = ErrRobot.With("the enterprise has no such robot")
	}
	return err
}

// robotContent is a robot's message: the object of each msgtype.
type robotContent struct {
	Text       *robotText    `json:"text"`
	Markdown   *textContent  `json:"markdown"`
	MarkdownV2 *textContent  `json:"markdown_v2"`
	Image      *robotImage   `json:"image"`
	News       *newsContent  `json:"news"`
	File       *mediaContent `json:"file"`
	Voice      *mediaContent `json:"voice"`
	Card       *Card         `json:"template_card"`
}

type robotText struct {
	Content string   `json:"content"`
	Users   []string `json:"mentioned_list,omitempty"`        // userids, @all; others than the chat's members are ignored
	Mobiles []string `json:"mentioned_mobile_list,omitempty"` // or by mobile number
}

type robotImage struct {
	Base64 string `json:"base64,omitempty"`
	MD5    string `json:"md5"`
	Size   int64  `json:"size"`
}

// robotOfKey returns the robot with the key, or wire.ErrInvalid or ErrRobotOff.
func (s *Service) robotOfKey(tx *store.Tx, key string) (access.Caller, error) {
	var no int64
	var corpID string
	var disabled bool
	found, err := tx.Get(`SELECT no, corpid, disabled <> 0 FROM robot WHERE key_mac = ?`, []any{s.deps.Box.MAC(seal.RobotKey, key)}, &no, &corpID, &disabled)
	switch {
	case err != nil:
		return access.Caller{}, err
	case !found:
		return access.Caller{}, wire.ErrInvalid
	case disabled:
		return access.Caller{}, ErrRobotOff
	}
	return access.RobotOf(access.GroupRobot, corpID, no), nil
}

// isUUID reports whether a key has the form of a UUID. The page's sample has letters beyond f.
func isUUID(key string) bool {
	if len(key) != 36 {
		return false
	}
	for i, c := range key {
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash != (c == '-') || !dash && !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z') {
			return false
		}
	}
	return true
}

// SayAsRobot posts in the chat of the robot that calls.
func (s *Service) SayAsRobot(ctx context.Context, tx *store.Tx, by access.Caller, msgtype string, say robotContent) error {
	no, chat := by.Robot, int64(0)
	found, err := tx.Get(`SELECT chat FROM robot WHERE no = ? AND corpid = ?`, []any{no, by.CorpID}, &chat)
	if err != nil {
		return err
	}
	if !found { // deleted since the call was admitted
		return ErrRobot
	}
	if s.deps.Limits {
		lately, err := tx.Count(`SELECT count(*) FROM message WHERE chat = ? AND robot = ? AND sent_at > ?`, chat, no, tx.Now().Add(-time.Minute).UnixMilli())
		if err == nil && lately >= robotPerMinute {
			err = wire.ErrFrequency
		}
		if err != nil {
			return err
		}
	}
	c, _, err := oneChat(tx, `no = ?`, chat)
	if err != nil {
		return err
	}
	co, err := s.deps.Corps.Corp(tx, c.corpID)
	if err != nil {
		return err
	}
	f := sender{s: s, tx: tx, by: by, corp: co, chat: true, scene: media.RobotScene(no)}
	body, picture, err := f.robot(msgtype, say)
	if err != nil {
		return err
	}
	return s.post(tx, c, row{robot: no, msgtype: msgtype, body: encode(body), picture: picture, files: f.files})
}

// robot checks a robot's message. Too long texts are refused, where an application's are shortened.
func (f *sender) robot(msgtype string, c robotContent) (body any, picture []byte, err error) {
	switch msgtype {
	case "text":
		if c.Text == nil || c.Text.Content == "" {
			return nil, nil, ErrEmpty
		}
		return c.Text, nil, within("text.content", c.Text.Content, maxRobotText)
	case "markdown", "markdown_v2":
		t := c.Markdown
		if msgtype == "markdown_v2" {
			t = c.MarkdownV2
		}
		if t == nil || t.Content == "" {
			return nil, nil, ErrEmpty
		}
		return t, nil, within(msgtype+".content", t.Content, maxRobotMarkdown)
	case "image":
		picture, err = c.Image.picture()
		return c.Image, picture, err
	case "news":
		body, _, err = f.news(c.News)
		return body, nil, err
	case "file", "voice":
		file, kind := c.File, media.Other
		if msgtype == "voice" {
			file, kind = c.Voice, media.Voice
		}
		body, err = f.media(file, kind)
		return body, nil, err
	case "template_card":
		return c.Card, nil, f.robotCard(c.Card)
	case "":
		return nil, nil, ErrType.With("msgtype is missing")
	}
	return nil, nil, ErrType.With("msgtype %q: a robot cannot send this type", msgtype)
}

// picture decodes the image and replaces it by its description. A wrong md5 is answered 301019 (unverified).
func (p *robotImage) picture() ([]byte, error) {
	if p == nil || p.Base64 == "" {
		return nil, ErrEmpty.With("image.base64")
	}
	raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(p.Base64), ""))
	switch sum := md5.Sum(raw); {
	case err != nil:
		return nil, wire.ErrParameter.With("image.base64 is not valid base64")
	case len(raw) > maxRobotPicture:
		return nil, ErrPicture.With("%d bytes, at most %d", len(raw), maxRobotPicture)
	case !bytes.HasPrefix(raw, []byte("\xff\xd8\xff")) && !bytes.HasPrefix(raw, []byte("\x89PNG\r\n\x1a\n")):
		return nil, ErrFormat.With("a JPG or PNG picture expected")
	case !strings.EqualFold(p.MD5, hex.EncodeToString(sum[:])):
		return nil, ErrMD5
	}
	*p = robotImage{MD5: strings.ToLower(p.MD5), Size: int64(len(raw))}
	return raw, nil
}

// robotCard checks a card, which nobody can answer (doc 91770).
func (f *sender) robotCard(c *Card) error {
	switch {
	case c == nil || c.interactive():
		return ErrCardType.With("%s or %s expected", textNotice, newsNotice)
	case c.Main == nil:
		return wire.ErrEmpty.With("template_card.main_title")
	case c.Type == newsNotice && c.Image == nil:
		return ErrCardImage
	}
	c.Menu, c.TaskID, c.ReplaceText = nil, "", ""
	return f.validCard(c, false)
}

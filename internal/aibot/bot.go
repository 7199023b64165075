package aibot

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"qiwei/callbackcrypto"
	"qiwei/internal/access"
	"qiwei/internal/callback"
	"qiwei/internal/directory"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/message"
	"qiwei/internal/store"
)

// Mode is how a robot's program hears of what members do.
type Mode string

// The modes (doc 101463: Webhook and WebSocket).
const (
	Webhook   Mode = "callback"
	WebSocket Mode = "websocket"
)

// Bot is an intelligent robot.
type Bot struct {
	No     int64
	CorpID string
	BotID  string // aibotid in callbacks, bot_id of the long connection
	Mode   Mode
	// Token and AESKey belong to the callback form, Secret to the long connection. A robot has all three,
	// whatever its mode.
	Token, AESKey, Secret string
	Settings
	CreatedAt time.Time
	// ConnectedAt is when its program opened the long connection that it holds; zero without one.
	ConnectedAt time.Time
}

// Settings are what an administrator chooses.
type Settings struct {
	Name     string       `json:"name"`
	Logo     string       `json:"logo,omitempty"` // URL of a picture
	URL      string       `json:"url,omitempty"`  // of the callback form
	Range    access.Range `json:"range,omitzero"` // who may write to it
	Disabled bool         `json:"disabled,omitempty"`
}

const maxName = 32 // characters

// Errors of robots, for administrators and members.
var (
	ErrNotFound = errors.New("there is no such robot")
	errNobody   = callback.ErrNoCallback.With("the robot has no callback URL")
)

func (b *Bot) valid() error {
	b.Name = strings.TrimSpace(b.Name)
	if n := utf8.RuneCountInString(b.Name); n < 1 || n > maxName {
		return fmt.Errorf("the name of a robot has 1 to %d characters", maxName)
	}
	if b.Mode != Webhook && b.Mode != WebSocket {
		return fmt.Errorf("the mode of a robot is %s or %s", Webhook, WebSocket)
	}
	if b.URL == "" {
		return nil
	}
	return b.callback().Check()
}

// callback returns where the robot's program receives pushes. A corp's own robot has an empty receiveid (doc
// 101033).
func (b Bot) callback() callback.Address {
	return callback.Address{URL: b.URL, Token: b.Token, AESKey: b.AESKey, Format: callbackcrypto.JSON, MaxReply: callbackcrypto.MaxBody}
}

func (b Bot) receiver() event.Receiver {
	return event.Receiver{Book: book, Key: strconv.FormatInt(b.No, 10)}
}

// address is where callback looks up robots.
func (s *Service) address(tx *store.Tx, key string) (callback.Address, bool, error) {
	no, err := strconv.ParseInt(key, 10, 64)
	if err != nil {
		return callback.Address{}, false, err
	}
	b, found, err := s.oneBot(tx, `no = ?`, no)
	if err != nil || !found || b.Mode != Webhook || b.URL == "" || b.Disabled {
		return callback.Address{}, false, err
	}
	return b.callback(), true, nil
}

// CreateBot adds a robot. Missing ids and keys are drawn at random.
func (s *Service) CreateBot(ctx context.Context, tx *store.Tx, b Bot) (Bot, error) {
	if b.BotID == "" {
		b.BotID = "aib" + id.Letters(29)
	}
	if b.Token == "" {
		b.Token = id.Letters(24)
	}
	if b.AESKey == "" {
		b.AESKey = id.AESKey()
	}
	if b.Secret == "" {
		b.Secret = id.Secret()
	}
	if err := b.valid(); err != nil {
		return Bot{}, err
	}
	if _, err := s.deps.Corps.Corp(tx, b.CorpID); err != nil {
		return Bot{}, err
	}
	b.CreatedAt = tx.Now()
	err := s.insertBot(tx, &b)
	return b, err
}

// UpdateBot changes a robot's mode, settings and keys. A robot that is switched off or changes its mode loses
// its long connection.
func (s *Service) UpdateBot(ctx context.Context, tx *store.Tx, b Bot) error {
	if err := b.valid(); err != nil {
		return err
	}
	if err := s.updateBot(tx, b); err != nil {
		return err
	}
	tx.AfterCommit(func() { s.hub.wake(b.No) })
	if b.Mode != Webhook || b.URL == "" {
		return nil
	}
	return s.deps.Callbacks.Press(tx, b.CorpID, b.receiver())
}

// VerifyBot asks a robot's callback URL to prove itself (doc 101033). It makes a request, so it must not be
// called within a transaction.
func (s *Service) VerifyBot(ctx context.Context, b Bot) error {
	return s.deps.Callbacks.Verify(ctx, b.callback())
}

// DeleteBot removes the robot and its conversations.
func (s *Service) DeleteBot(ctx context.Context, tx *store.Tx, corpID, botID string) error {
	b, err := s.Bot(tx, corpID, botID)
	if err != nil {
		return err
	}
	tx.AfterCommit(func() { s.hub.wake(b.No) })
	_, err = tx.Exec(`DELETE FROM bot WHERE no = ?`, b.No)
	return err
}

// Bot returns a robot of the corp, or ErrNotFound.
func (s *Service) Bot(tx *store.Tx, corpID, botID string) (Bot, error) {
	b, found, err := s.oneBot(tx, `corpid = ? AND botid = ?`, corpID, botID)
	if err == nil && !found {
		err = fmt.Errorf("%w: %s", ErrNotFound, botID)
	}
	return b, err
}

// Bots returns the corp's robots, oldest first.
func (s *Service) Bots(tx *store.Tx, corpID string) ([]Bot, error) {
	return s.selectBots(tx, `corpid = ? ORDER BY no`, corpID)
}

// Join puts a robot into a chat, where members can mention it; Leave takes it out.
func (s *Service) Join(ctx context.Context, tx *store.Tx, corpID, botID, chatID string) error {
	return s.inChat(tx, corpID, botID, chatID, `INSERT INTO bot_chat (bot, chat) VALUES (?, ?) ON CONFLICT DO NOTHING`)
}

// Leave: see Join.
func (s *Service) Leave(ctx context.Context, tx *store.Tx, corpID, botID, chatID string) error {
	return s.inChat(tx, corpID, botID, chatID, `DELETE FROM bot_chat WHERE bot = ? AND chat = ?`)
}

func (s *Service) inChat(tx *store.Tx, corpID, botID, chatID, change string) error {
	b, err := s.Bot(tx, corpID, botID)
	if err != nil {
		return err
	}
	g, found, err := s.deps.Messages.Group(tx, corpID, chatID)
	if err == nil && !found {
		err = message.ErrChatUnknown.With("%q", chatID)
	}
	if err == nil {
		_, err = tx.Exec(change, b.No, g.No)
	}
	return err
}

// place is a conversation with a robot: of two, or in a chat.
type place struct {
	bot    Bot
	member int64         // the member who writes; 0 in a chat
	group  message.Group // its number is 0 in a conversation of two
}

// deaf reports whether nobody hears what is written to the robot.
func (b Bot) deaf() bool {
	if b.Mode == WebSocket {
		return b.ConnectedAt.IsZero()
	}
	return b.URL == ""
}

// talkable returns a conversation that the member has with a robot: they are in its range, or in a chat with
// it. Otherwise it answers message.ErrNoConversation.
func (s *Service) talkable(tx *store.Tx, corpID string, m directory.Member, botID, chatID string) (p place, err error) {
	found := false
	if p.bot, found, err = s.oneBot(tx, `corpid = ? AND botid = ?`, corpID, botID); err != nil {
		return p, err
	}
	if !found || p.bot.Disabled {
		return p, message.ErrNoConversation
	}
	if chatID == "" {
		p.member = m.No
		sees, err := s.deps.Directory.InRange(tx, corpID, p.bot.Range, m)
		if err == nil && !sees {
			err = message.ErrNoConversation
		}
		return p, err
	}
	if p.group, found, err = s.deps.Messages.Group(tx, corpID, chatID); err != nil {
		return p, err
	}
	n, err := tx.Count(`SELECT count(*) FROM bot_chat WHERE bot = ? AND chat = ?`, p.bot.No, p.group.No)
	if err != nil {
		return p, err
	}
	inside, err := s.deps.Messages.InGroup(tx, p.group.No, m.No)
	if err == nil && (!found || n == 0 || !inside) {
		err = message.ErrNoConversation
	}
	return p, err
}

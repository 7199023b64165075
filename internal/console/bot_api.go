package console

import (
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/aibot"
	"qiwei/internal/id"
	"qiwei/internal/message"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Robots of both kinds: intelligent ones, which answer members, and group robots, which only post.

func (s *Service) botCalls() []call {
	return []call{
		{pattern: "GET /console/api/bots", right: readCorp, handle: s.listBots},
		{pattern: "POST /console/api/bots", right: secrets, handle: s.createBot},
		{pattern: "PUT /console/api/bots/{bot}", right: editCorp, handle: s.updateBot},
		{pattern: "POST /console/api/bots/{bot}/secret", right: secrets, handle: s.rotateBot},
		{pattern: "POST /console/api/bots/{bot}/keys", right: secrets, handle: s.revealBot},
		{pattern: "DELETE /console/api/bots/{bot}", right: editCorp, handle: s.deleteBot},
		{pattern: "GET /console/api/robots", right: readCorp, handle: s.listRobots},
		{pattern: "POST /console/api/robots", right: secrets, handle: s.createRobot},
		{pattern: "POST /console/api/robots/{no}/keys", right: secrets, handle: s.revealRobot},
		{pattern: "PUT /console/api/robots/{no}", right: editCorp, handle: s.switchRobot},
		{pattern: "DELETE /console/api/robots/{no}", right: editCorp, handle: s.deleteRobot},
	}
}

type botLine struct {
	ID        string      `json:"id"`
	Name      string      `json:"name"`
	Mode      aibot.Mode  `json:"mode"`
	URL       string      `json:"url"`
	Range     rangeDetail `json:"range"`
	Disabled  bool        `json:"disabled"`
	Connected time.Time   `json:"connected_at,omitzero"`
	CreatedAt time.Time   `json:"created_at"`
}

func (s *Service) listBots(v *visit) (any, error) {
	lines := []botLine{}
	err := v.look(func(tx *store.Tx) error {
		list, err := s.deps.Bots.Bots(tx, v.corpID)
		if err != nil {
			return err
		}
		for _, b := range list {
			l := botLine{ID: b.BotID, Name: b.Name, Mode: b.Mode, URL: b.URL, Disabled: b.Disabled, Connected: b.ConnectedAt, CreatedAt: b.CreatedAt}
			if l.Range, err = v.rangeOf(tx, b.Range); err != nil {
				return err
			}
			lines = append(lines, l)
		}
		return nil
	})
	return map[string]any{"items": lines}, err
}

// botForm is a robot as its form shows it. A nil field stays as it is.
type botForm struct {
	Name     *string       `json:"name"`
	Mode     *aibot.Mode   `json:"mode"`
	URL      *string       `json:"url"`
	Token    *string       `json:"token"`
	AESKey   *string       `json:"encoding_aes_key"`
	Range    *access.Range `json:"range"`
	Disabled *bool         `json:"disabled"`
}

func (f botForm) apply(b *aibot.Bot) error {
	set(&b.Name, f.Name)
	set(&b.Mode, f.Mode)
	set(&b.URL, f.URL)
	if f.Token != nil && *f.Token != "" {
		b.Token = *f.Token
	}
	if f.AESKey != nil && *f.AESKey != "" {
		b.AESKey = *f.AESKey
	}
	if f.Range != nil {
		b.Range = orEverything(*f.Range)
	}
	set(&b.Disabled, f.Disabled)
	if err := robotName(b.Name); err != nil {
		return err
	}
	if b.Mode != aibot.Webhook && b.Mode != aibot.WebSocket {
		return problem{http.StatusUnprocessableEntity, "", "请选择连接方式", "Choose how its program connects.", "mode"}
	}
	return nil
}

func robotName(name string) error {
	if n := utf8.RuneCountInString(strings.TrimSpace(name)); n < 1 || n > 32 {
		return problem{http.StatusUnprocessableEntity, "", "名称由 1–32 个字符组成", "A name has 1 to 32 characters", "name"}
	}
	return nil
}

// verified asks a callback that is new or has other keys to prove itself. It makes a request, outside of any
// transaction.
func (s *Service) verified(v *visit, b, old aibot.Bot) error {
	if b.Mode != aibot.Webhook || b.URL == "" || b.URL == old.URL && b.Token == old.Token && b.AESKey == old.AESKey {
		return nil
	}
	err := s.deps.Bots.VerifyBot(v.ctx(), b)
	var api wire.Error
	if errors.As(err, &api) {
		return problem{http.StatusUnprocessableEntity, "", "回调地址未通过验证：" + api.Message(), "The callback URL was not verified: " + api.Message(), "url"}
	}
	return err
}

func (s *Service) createBot(v *visit) (any, error) {
	var req botForm
	if err := v.read(&req); err != nil {
		return nil, err
	}
	b := aibot.Bot{CorpID: v.corpID, Mode: aibot.WebSocket, Token: id.Letters(24), AESKey: id.AESKey(), Settings: aibot.Settings{Range: access.Everything()}}
	if err := req.apply(&b); err != nil {
		return nil, err
	}
	if err := s.verified(v, b, aibot.Bot{}); err != nil {
		return nil, err
	}
	err := v.change(func(tx *store.Tx) (_ done, err error) {
		if err := v.rangeExists(tx, &b.Range); err != nil {
			return done{}, err
		}
		b, err = s.deps.Bots.CreateBot(v.ctx(), tx, b)
		return done{"bot.create", b.Name, map[string]any{"bot_id": b.BotID, "mode": b.Mode}}, err
	})
	return keysOf(b), err
}

func keysOf(b aibot.Bot) map[string]string {
	out := map[string]string{"bot_id": b.BotID}
	if b.Mode == aibot.WebSocket {
		out["secret"] = b.Secret
	} else {
		out["token"], out["encoding_aes_key"] = b.Token, b.AESKey
	}
	return out
}

func (v *visit) bot(tx *store.Tx) (aibot.Bot, error) {
	b, err := v.s.deps.Bots.Bot(tx, v.corpID, v.r.PathValue("bot"))
	if errors.Is(err, aibot.ErrNotFound) {
		err = errGone
	}
	return b, err
}

func (s *Service) updateBot(v *visit) (any, error) {
	var req botForm
	if err := v.read(&req); err != nil {
		return nil, err
	}
	var old, b aibot.Bot
	if err := v.look(func(tx *store.Tx) (err error) {
		old, err = v.bot(tx)
		return err
	}); err != nil {
		return nil, err
	}
	b = old
	if err := req.apply(&b); err != nil {
		return nil, err
	}
	if err := s.verified(v, b, old); err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		now, err := v.bot(tx)
		if err != nil {
			return done{}, err
		}
		if err := req.apply(&now); err != nil {
			return done{}, err
		}
		if err := v.rangeExists(tx, &now.Range); err != nil {
			return done{}, err
		}
		return done{"bot.update", now.Name, map[string]any{"bot_id": now.BotID, "disabled": now.Disabled}}, s.deps.Bots.UpdateBot(v.ctx(), tx, now)
	})
}

func (s *Service) rotateBot(v *visit) (any, error) {
	var b aibot.Bot
	err := v.change(func(tx *store.Tx) (_ done, err error) {
		if b, err = v.bot(tx); err != nil {
			return done{}, err
		}
		b.Secret = id.Secret()
		return done{"bot.secret", b.Name, map[string]any{"bot_id": b.BotID}}, s.deps.Bots.UpdateBot(v.ctx(), tx, b)
	})
	return map[string]string{"bot_id": b.BotID, "secret": b.Secret}, err
}

func (s *Service) revealBot(v *visit) (any, error) {
	var b aibot.Bot
	err := v.change(func(tx *store.Tx) (_ done, err error) {
		b, err = v.bot(tx)
		return done{"secret.reveal", b.Name, map[string]any{"bot_id": b.BotID}}, err
	})
	return keysOf(b), err
}

func (s *Service) deleteBot(v *visit) (any, error) {
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		b, err := v.bot(tx)
		if err != nil {
			return done{}, err
		}
		return done{"bot.delete", b.Name, map[string]any{"bot_id": b.BotID}}, s.deps.Bots.DeleteBot(v.ctx(), tx, v.corpID, b.BotID)
	})
}

func (s *Service) listRobots(v *visit) (any, error) {
	type line struct {
		ID        int64     `json:"id"`
		Name      string    `json:"name"`
		ChatID    string    `json:"chatid"`
		Chat      string    `json:"chat"`
		Disabled  bool      `json:"disabled"`
		CreatedAt time.Time `json:"created_at"`
	}
	lines := []line{}
	err := v.look(func(tx *store.Tx) error {
		list, err := s.deps.Messages.Robots(tx, v.corpID)
		for _, r := range list {
			lines = append(lines, line{r.No, r.Name, r.ChatID, r.ChatName, r.Disabled, r.CreatedAt})
		}
		return err
	})
	return map[string]any{"items": lines}, err
}

// posting is where a robot's program posts. Its address is its secret.
func (s *Service) posting(r message.Robot) map[string]string {
	return map[string]string{"webhook": s.deps.BaseURL() + "/cgi-bin/webhook/send?key=" + r.Key}
}

func (s *Service) createRobot(v *visit) (any, error) {
	var req struct {
		Name   string `json:"name"`
		ChatID string `json:"chatid"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	if err := robotName(req.Name); err != nil {
		return nil, err
	}
	var made message.Robot
	err := v.change(func(tx *store.Tx) (_ done, err error) {
		made, err = s.deps.Messages.CreateRobot(v.ctx(), tx, v.corpID, req.ChatID, req.Name)
		if errors.Is(err, message.ErrChatUnknown) {
			err = problem{http.StatusUnprocessableEntity, "", "没有这个应用群聊", "There is no such chat of an application.", "chatid"}
		}
		return done{"robot.create", req.Name, map[string]any{"chatid": req.ChatID}}, err
	})
	if err != nil {
		return nil, err
	}
	return s.posting(made), nil
}

func (v *visit) robot(tx *store.Tx) (message.Robot, error) {
	no, err := v.number("no")
	if err != nil {
		return message.Robot{}, err
	}
	list, err := v.s.deps.Messages.Robots(tx, v.corpID)
	for _, r := range list {
		if r.No == no {
			return r, err
		}
	}
	return message.Robot{}, errors.Join(err, errGone)
}

func (s *Service) revealRobot(v *visit) (any, error) {
	var r message.Robot
	err := v.change(func(tx *store.Tx) (_ done, err error) {
		r, err = v.robot(tx)
		return done{"secret.reveal", r.Name, map[string]any{"chatid": r.ChatID}}, err
	})
	return s.posting(r), err
}

func (s *Service) switchRobot(v *visit) (any, error) {
	var req struct {
		Disabled bool `json:"disabled"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		r, err := v.robot(tx)
		if err != nil {
			return done{}, err
		}
		return done{"robot.update", r.Name, map[string]any{"disabled": req.Disabled}}, s.deps.Messages.SwitchRobot(v.ctx(), tx, v.corpID, r.Key, req.Disabled)
	})
}

func (s *Service) deleteRobot(v *visit) (any, error) {
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		r, err := v.robot(tx)
		if err != nil {
			return done{}, err
		}
		return done{"robot.delete", r.Name, map[string]any{"chatid": r.ChatID}}, s.deps.Messages.DeleteRobot(v.ctx(), tx, v.corpID, r.Key)
	})
}

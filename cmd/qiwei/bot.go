package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/aibot"
	"qiwei/internal/app"
	"qiwei/internal/callback"
	"qiwei/internal/corp"
	"qiwei/internal/id"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

type botCmd struct {
	Add          botAddCmd    `cmd:"" aliases:"create" help:"Make a robot and print its id and keys."`
	List         botListCmd   `cmd:"" help:"List the robots of an enterprise."`
	Show         botShowCmd   `cmd:"" help:"Show a robot."`
	Set          botSetCmd    `cmd:"" help:"Change a robot."`
	Remove       botRemoveCmd `cmd:"" aliases:"delete" help:"Remove a robot with everything that was said to it and by it."`
	RotateSecret botRotateCmd `cmd:"" aliases:"reset-secret,rotate" help:"Give a robot a new secret. A connection that it has stays."`
	Join         botJoinCmd   `cmd:"" help:"Put a robot into a chat that an application has made."`
	Leave        botLeaveCmd  `cmd:"" help:"Take a robot out of a chat."`
	Say          botSayCmd    `cmd:"" help:"Write to a robot as a member does."`
}

// botDescription is a robot as JSON. Its keys are in it where they are asked for.
type botDescription struct {
	BotID     string       `json:"bot_id"`
	Name      string       `json:"name"`
	Logo      string       `json:"logo,omitempty"`
	Mode      aibot.Mode   `json:"mode"`
	URL       string       `json:"url,omitempty"`
	Token     string       `json:"token,omitempty"`
	AESKey    string       `json:"encoding_aes_key,omitempty"`
	Secret    string       `json:"secret,omitempty"`
	Range     access.Range `json:"range"`
	Disabled  bool         `json:"disabled"`
	CreatedAt time.Time    `json:"created_at"`
	Connected *time.Time   `json:"connected_at,omitempty"`
}

func describeBot(b aibot.Bot, secrets bool) botDescription {
	d := botDescription{BotID: b.BotID, Name: b.Name, Logo: b.Logo, Mode: b.Mode, URL: b.URL, Range: b.Range, Disabled: b.Disabled, CreatedAt: b.CreatedAt}
	if secrets {
		d.Token, d.AESKey, d.Secret = b.Token, b.AESKey, b.Secret
	}
	if !b.ConnectedAt.IsZero() {
		d.Connected = &b.ConnectedAt
	}
	return d
}

func (d botDescription) print(c *console, asJSON bool) error {
	if asJSON {
		return printJSON(c.out, d)
	}
	var p pairs
	p.add("bot_id", d.BotID)
	p.add("name", d.Name)
	p.add("mode", d.Mode)
	p.add("url", d.URL)
	if d.Secret != "" {
		p.add("token", d.Token)
		p.add("encoding_aes_key", d.AESKey)
		p.add("secret", d.Secret)
	}
	p.add("seen by", rangeText(d.Range))
	p.add("disabled", yes(d.Disabled))
	if d.Connected != nil {
		p.add("connected", "since "+d.Connected.Local().Format(time.DateTime))
	}
	return p.print(c.out)
}

// botSettings change a robot. A setting that is not given stays.
type botSettings struct {
	callbackFlags
	Mode        *string `help:"How its program receives members' messages: callback or websocket." enum:"callback,websocket" placeholder:"MODE"`
	URL         *string `name:"url" help:"Callback URL, which is verified before it is saved. Empty for none." placeholder:"URL"`
	Token       *string `help:"Token of the callback, 1 to 32 letters and digits." placeholder:"TOKEN"`
	AESKey      *string `name:"aes-key" help:"EncodingAESKey of the callback, 43 letters and digits." placeholder:"KEY"`
	Unverified  bool    `help:"Save the URL without verifying it; on the data of qiwei dev alone."`
	Logo        *string `help:"Address of a picture." placeholder:"URL"`
	Departments *string `name:"range-departments" help:"Departments that may write to it, with all below them; 1 is everyone." placeholder:"IDS"`
	Members     *string `name:"range-members" help:"Members who may write to it." placeholder:"USERIDS"`
	Tags        *string `name:"range-tags" help:"Tags whose members may write to it." placeholder:"IDS"`
}

// apply puts into the robot what was given. The members of its range must exist, as those of an application's
// must.
func (f botSettings) apply(ctx context.Context, tx *store.Tx, s *platform.Server, b *aibot.Bot) (err error) {
	for _, t := range []struct {
		given *string
		to    *string
	}{{f.URL, &b.URL}, {f.Token, &b.Token}, {f.AESKey, &b.AESKey}, {f.Logo, &b.Logo}} {
		if t.given != nil {
			*t.to = *t.given
		}
	}
	if f.Mode != nil {
		b.Mode = aibot.Mode(*f.Mode)
	}
	seen := app.App{CorpID: b.CorpID, Settings: app.Settings{Range: b.Range}}
	sees := appSettings{RangeDepartments: f.Departments, RangeMembers: f.Members, RangeTags: f.Tags}
	err = sees.applyRange(ctx, tx, s, &seen)
	b.Range = seen.Range
	return err
}

// save verifies a new callback, which speaks to the network, and then has write
// change the robot in a transaction.
func (f botSettings) save(ctx context.Context, of corpFlags, prepare func(*store.Tx, *platform.Server, corp.Corp) (aibot.Bot, error),
	write func(*store.Tx, *platform.Server, aibot.Bot) (aibot.Bot, error)) (out aibot.Bot, err error) {
	_, err = os.Stat(credentialsPath(of.Data))
	dev := err == nil
	if f.Unverified && !dev {
		return out, usagef("--unverified: this is not the data of qiwei dev; a URL that cannot be verified would not receive anything")
	}
	s, err := of.open(ctx, platform.Config{Callback: callback.Settings{AllowPrivate: dev || f.AllowPrivateCallbacks}})
	if err != nil {
		return out, err
	}
	err = func() error {
		var b aibot.Bot
		if err := s.Store.Read(ctx, func(tx *store.Tx) error {
			co, err := of.corp(tx, s)
			if err == nil {
				b, err = prepare(tx, s, co)
			}
			if err == nil {
				err = f.apply(ctx, tx, s, &b)
			}
			return err
		}); err != nil {
			return err
		}
		changed := f.URL != nil || f.Token != nil || f.AESKey != nil
		if changed && b.Mode == aibot.Webhook && b.URL != "" && !f.Unverified {
			if err := s.Bots.VerifyBot(ctx, b); err != nil {
				return err
			}
		}
		if err := s.Store.Write(ctx, func(tx *store.Tx) (err error) {
			out, err = write(tx, s, b)
			return err
		}); err != nil {
			return err
		}
		return of.refreshCredentials(ctx, s)
	}()
	return out, errors.Join(explain(err), s.Close())
}

type botAddCmd struct {
	corpFlags
	jsonFlag
	botSettings
	Name  string `help:"Name, 1 to 32 characters." required:""`
	BotID string `name:"bot-id" help:"Id; drawn if not given." placeholder:"ID"`
}

func (cmd botAddCmd) Run(ctx context.Context, c *console) error {
	made, err := cmd.save(ctx, cmd.corpFlags, func(tx *store.Tx, s *platform.Server, co corp.Corp) (aibot.Bot, error) {
		b := aibot.Bot{CorpID: co.CorpID, BotID: cmd.BotID, Mode: aibot.WebSocket, Token: id.Letters(24), AESKey: id.AESKey(), Settings: aibot.Settings{Name: cmd.Name}}
		if cmd.URL != nil {
			b.Mode = aibot.Webhook
		}
		if cmd.Departments == nil && cmd.Members == nil && cmd.Tags == nil {
			b.Range = access.Everything()
		}
		return b, nil
	}, func(tx *store.Tx, s *platform.Server, b aibot.Bot) (aibot.Bot, error) {
		return s.Bots.CreateBot(ctx, tx, b)
	})
	if err != nil {
		return err
	}
	return describeBot(made, true).print(c, cmd.JSON)
}

type botListCmd struct {
	corpFlags
	jsonFlag
}

func (cmd botListCmd) Run(ctx context.Context, c *console) error {
	out := []botDescription{}
	err := cmd.look(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		list, err := s.Bots.Bots(tx, co.CorpID)
		for _, b := range list {
			out = append(out, describeBot(b, false))
		}
		return err
	})
	if err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(c.out, out)
	}
	t := newTable("BOT_ID", "NAME", "MODE", "URL", "SEEN BY", "CONNECTED", "DISABLED")
	for _, b := range out {
		t.row(b.BotID, b.Name, b.Mode, b.URL, rangeText(b.Range), yes(b.Connected != nil), yes(b.Disabled))
	}
	return t.print(c.out)
}

// botFlags select a robot.
type botFlags struct {
	corpFlags
	BotID string `arg:"" name:"bot-id" help:"The robot's id."`
}

type botShowCmd struct {
	botFlags
	jsonFlag
	Secrets bool `help:"Show its secret and callback keys, too."`
}

func (cmd botShowCmd) Run(ctx context.Context, c *console) error {
	var b aibot.Bot
	err := cmd.look(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) (err error) {
		b, err = s.Bots.Bot(tx, co.CorpID, cmd.BotID)
		return err
	})
	if err != nil {
		return err
	}
	return describeBot(b, cmd.Secrets).print(c, cmd.JSON)
}

type botSetCmd struct {
	botFlags
	jsonFlag
	botSettings
	Name    *string `help:"Name, 1 to 32 characters." placeholder:"NAME"`
	Disable bool    `help:"Switch it off; a connection that it has is ended." xor:"state"`
	Enable  bool    `help:"Switch it on." xor:"state"`
}

func (cmd botSetCmd) Run(ctx context.Context, c *console) error {
	b, err := cmd.save(ctx, cmd.corpFlags, func(tx *store.Tx, s *platform.Server, co corp.Corp) (aibot.Bot, error) {
		b, err := s.Bots.Bot(tx, co.CorpID, cmd.BotID)
		if cmd.Name != nil {
			b.Name = *cmd.Name
		}
		if cmd.Disable || cmd.Enable {
			b.Disabled = cmd.Disable
		}
		return b, err
	}, func(tx *store.Tx, s *platform.Server, b aibot.Bot) (aibot.Bot, error) {
		return b, s.Bots.UpdateBot(ctx, tx, b)
	})
	if err != nil {
		return err
	}
	return describeBot(b, false).print(c, cmd.JSON)
}

type botRemoveCmd struct{ botFlags }

func (cmd botRemoveCmd) Run(ctx context.Context) error {
	return cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		return s.Bots.DeleteBot(ctx, tx, co.CorpID, cmd.BotID)
	})
}

type botRotateCmd struct {
	botFlags
	jsonFlag
}

func (cmd botRotateCmd) Run(ctx context.Context, c *console) error {
	var b aibot.Bot
	err := cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) (err error) {
		if b, err = s.Bots.Bot(tx, co.CorpID, cmd.BotID); err != nil {
			return err
		}
		b.Secret = id.Secret()
		return s.Bots.UpdateBot(ctx, tx, b)
	})
	if err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(c.out, describeBot(b, true))
	}
	fmt.Fprintln(c.out, b.Secret)
	return nil
}

type botJoinCmd struct {
	botFlags
	ChatID string `arg:"" name:"chatid" help:"Chat."`
}

func (cmd botJoinCmd) Run(ctx context.Context) error {
	return cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		return s.Bots.Join(ctx, tx, co.CorpID, cmd.BotID, cmd.ChatID)
	})
}

type botLeaveCmd struct {
	botFlags
	ChatID string `arg:"" name:"chatid" help:"Chat."`
}

func (cmd botLeaveCmd) Run(ctx context.Context) error {
	return cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		return s.Bots.Leave(ctx, tx, co.CorpID, cmd.BotID, cmd.ChatID)
	})
}

type botSayCmd struct {
	corpFlags
	UserID string `arg:"" name:"userid" help:"Member who writes."`
	BotID  string `arg:"" name:"bot-id" help:"Robot."`
	Text   string `arg:"" help:"Text."`
	ChatID string `name:"chatid" help:"Write in this chat, where the robot is." placeholder:"ID"`
	Base   string `name:"base-url" help:"Where clients reach the server, for the response_url; not needed on the data of qiwei dev." env:"QIWEI_BASE_URL" placeholder:"URL"`
}

func (cmd botSayCmd) Run(ctx context.Context) error {
	known, err := readCredentials(credentialsPath(cmd.Data))
	if err != nil {
		return err
	}
	if cmd.Base == "" {
		cmd.Base = known.BaseURL
	}
	if cmd.Base == "" {
		return usagef("where do clients reach the server? --base-url https://…")
	}
	return cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		s.SetBaseURL(cmd.Base)
		m, err := s.Directory.Member(ctx, tx, access.System(co.CorpID), id.UserID(cmd.UserID))
		if err != nil {
			return err
		}
		_, err = s.Bots.Write(ctx, tx, co.CorpID, m, cmd.BotID, cmd.ChatID, aibot.Written{MsgType: "text", Content: cmd.Text})
		return err
	})
}

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"qiwei/internal/callback"
	"qiwei/internal/corp"
	"qiwei/internal/hardware"
	"qiwei/internal/id"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

// providerModelCmd is qiwei provider model.
type providerModelCmd struct {
	Create   modelCreateCmd   `cmd:"" aliases:"add" help:"Add a model of smart hardware to a provider."`
	List     modelListCmd     `cmd:"" help:"List the models of all providers."`
	Callback modelCallbackCmd `cmd:"" help:"Set where a cloud model receives tickets, events and commands; the URL is verified."`
	Common   modelCommonCmd   `cmd:"" help:"Set where a provider is asked about serial numbers that nobody has registered; the URL is verified."`
	Secret   modelSecretCmd   `cmd:"" aliases:"rotate-secret,reset-secret,rotate" help:"Give a model a new model_secret, and print it. The old one and its tokens end at once."`
	Ticket   modelTicketCmd   `cmd:"" help:"Make a new model_ticket, print it, and push it to the callback URL."`
}

type modelCreateCmd struct {
	corpFlags
	jsonFlag
	Name        string   `help:"Name, 1 to 32 characters." required:""`
	DefaultName string   `help:"Name of its devices; that of the model where it is left out." placeholder:"NAME"`
	Access      string   `help:"cloud: the provider's cloud speaks for its devices. direct: each has a connection of its own." enum:"cloud,direct" default:"cloud"`
	Ability     []string `help:"What it can do: attendance, access, temperature, print, scan, fingerprint or face; may be repeated." placeholder:"NAME" required:""`
	Seeded      bool     `help:"Give all its devices one secret_no, which each exchanges for its own; of direct models."`
	SuiteID     string   `name:"suite-id" help:"Third-party application that its check-ins belong to." placeholder:"ID"`
	Draft       bool     `help:"Not published: its devices cannot be used."`
}

// madeModel is what is printed of a model that was made.
type madeModel struct {
	ModelID        string `json:"model_id"`
	Secret         string `json:"model_secret"`
	Token          string `json:"token"`
	EncodingAESKey string `json:"encoding_aes_key"`
	Seed           string `json:"seed_secret_no,omitempty"`
}

func (cmd modelCreateCmd) Run(ctx context.Context, c *console) error {
	abilities, err := hardware.ParseAbilities(cmd.Ability)
	if err != nil {
		return usagef("--ability: %v", err)
	}
	var v hardware.Model
	if err := cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) (err error) {
		v, err = s.Hardware.CreateModel(ctx, tx, hardware.Model{Partner: co.CorpID, ModelSettings: hardware.ModelSettings{
			Name: cmd.Name, DefaultName: cmd.DefaultName, Access: hardware.Access(cmd.Access), Abilities: abilities, Seeded: cmd.Seeded, Suite: cmd.SuiteID, Draft: cmd.Draft,
		}})
		return err
	}); err != nil {
		return err
	}
	made := madeModel{ModelID: v.ModelID, Secret: v.Secret, Token: v.Token, EncodingAESKey: v.AESKey}
	if v.Seeded {
		made.Seed = v.Seed
	}
	if cmd.JSON {
		return printJSON(c.out, made)
	}
	fmt.Fprintf(c.out, "model_id          %s\nmodel_secret      %s\ntoken             %s\nencoding_aes_key  %s\n", made.ModelID, made.Secret, made.Token, made.EncodingAESKey)
	if made.Seed != "" {
		fmt.Fprintf(c.out, "seed_secret_no    %s\n", made.Seed)
	}
	return nil
}

type modelSecretCmd struct{ modelFlags }

func (cmd modelSecretCmd) Run(ctx context.Context, c *console) error {
	return cmd.on(ctx, func(s *platform.Server) error {
		return s.Store.Write(ctx, func(tx *store.Tx) error {
			v, err := s.Hardware.ResetModelSecret(tx, cmd.ModelID)
			if err == nil {
				tx.AfterCommit(func() { fmt.Fprintln(c.out, v.Secret) })
			}
			return explainHardware(err)
		})
	})
}

type modelListCmd struct {
	dataFlags
	jsonFlag
}

func (cmd modelListCmd) Run(ctx context.Context, c *console) error {
	var list []providerCredentials
	if err := cmd.on(ctx, func(s *platform.Server) error {
		return s.Store.Read(ctx, func(tx *store.Tx) (err error) {
			list, err = collectProviders(tx, s)
			return err
		})
	}); err != nil {
		return err
	}
	models := []modelCredentials{}
	t := newTable("PROVIDER", "MODEL", "NAME", "ACCESS", "ABILITIES", "CALLBACK URL", "DEVICES")
	for _, p := range list {
		for _, v := range p.Models {
			models = append(models, v)
			t.row(p.CorpID, v.ModelID, v.Name, v.Access, strings.Join(v.Abilities, ","), v.URL, len(v.Devices))
		}
	}
	if cmd.JSON {
		return printJSON(c.out, models)
	}
	return t.print(c.out)
}

type modelFlags struct {
	dataFlags
	ModelID string `name:"model-id" help:"The model." required:"" placeholder:"ID"`
}

func explainHardware(err error) error {
	switch {
	case errors.Is(err, hardware.ErrNotFound):
		return errors.New("there is no such model; qiwei provider model list names them")
	case errors.Is(err, hardware.ErrNoSuchSN):
		return errors.New("there is no such device; qiwei provider device list names them")
	case errors.Is(err, hardware.ErrNotInCorp):
		return errors.New("the device is not bound")
	case errors.Is(err, hardware.ErrNoReader):
		return errors.New("a third-party application reads devices, and no other of a provider's")
	}
	return explain(err)
}

// urlFlags are of a callback of hardware.
type urlFlags struct {
	callbackFlags
	URL            string `name:"url" help:"Where it is received; nowhere where it is empty." placeholder:"URL"`
	Token          string `help:"Token; the present one where it is left out." placeholder:"TOKEN"`
	EncodingAESKey string `name:"encoding-aes-key" help:"EncodingAESKey; the present one where it is left out." placeholder:"KEY"`
	Unverified     bool   `help:"Do not verify the URL; on the data of qiwei dev alone."`
}

func (f urlFlags) save(ctx context.Context, data dataFlags, fn func(s *platform.Server) error) error {
	_, err := os.Stat(credentialsPath(data.Data))
	dev := err == nil
	if f.Unverified && !dev {
		return usagef("--unverified: this is not the data of qiwei dev; a URL that cannot be verified would not receive anything")
	}
	s, err := data.open(ctx, platform.Config{Callback: callback.Settings{AllowPrivate: dev || f.AllowPrivateCallbacks}})
	if err != nil {
		return err
	}
	if err = explainHardware(fn(s)); err == nil {
		err = data.refreshCredentials(ctx, s)
	}
	return errors.Join(err, s.Close())
}

type modelCallbackCmd struct {
	modelFlags
	urlFlags
}

func (cmd modelCallbackCmd) Run(ctx context.Context, c *console) error {
	return cmd.save(ctx, cmd.dataFlags, func(s *platform.Server) error {
		_, err := s.Hardware.SaveModel(ctx, hardware.ModelCallback{ModelID: cmd.ModelID, URL: cmd.URL, Token: cmd.Token, AESKey: cmd.EncodingAESKey, Unverified: cmd.Unverified})
		return err
	})
}

type modelCommonCmd struct {
	corpFlags
	urlFlags
}

func (cmd modelCommonCmd) Run(ctx context.Context, c *console) error {
	return cmd.save(ctx, cmd.dataFlags, func(s *platform.Server) error {
		var common hardware.Common
		if err := s.Store.Read(ctx, func(tx *store.Tx) error {
			co, err := cmd.corp(tx, s)
			if err == nil {
				common, _, err = s.Hardware.Common(tx, co.CorpID)
			}
			return err
		}); err != nil {
			return err
		}
		common.URL = cmd.URL
		for _, f := range []struct {
			into  *string
			given string
			draw  func() string
		}{{&common.Token, cmd.Token, func() string { return id.Letters(24) }}, {&common.AESKey, cmd.EncodingAESKey, id.AESKey}} {
			if f.given != "" {
				*f.into = f.given
			}
			if *f.into == "" {
				*f.into = f.draw()
			}
		}
		if err := s.Hardware.SaveCommon(ctx, common, cmd.Unverified); err != nil {
			return err
		}
		_, err := fmt.Fprintf(c.out, "token             %s\nencoding_aes_key  %s\n", common.Token, common.AESKey)
		return err
	})
}

type modelTicketCmd struct{ modelFlags }

func (cmd modelTicketCmd) Run(ctx context.Context, c *console) error {
	var ticket string
	if err := cmd.on(ctx, func(s *platform.Server) error {
		return explainHardware(s.Store.Write(ctx, func(tx *store.Tx) (err error) {
			ticket, err = s.Hardware.PushTicket(ctx, tx, cmd.ModelID)
			return err
		}))
	}); err != nil {
		return err
	}
	_, err := fmt.Fprintln(c.out, ticket)
	return err
}

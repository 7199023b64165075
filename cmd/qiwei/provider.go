package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"qiwei/internal/access"
	"qiwei/internal/callback"
	"qiwei/internal/corp"
	"qiwei/internal/id"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

// providerCmd is qiwei provider.
type providerCmd struct {
	Create   providerCreateCmd   `cmd:"" aliases:"add" help:"Make an enterprise a provider."`
	List     providerListCmd     `cmd:"" help:"List providers and their suites."`
	Set      providerSetCmd      `cmd:"" help:"Change a provider's settings."`
	Secret   providerSecretCmd   `cmd:"" aliases:"rotate-secret,reset-secret,rotate" help:"Give a provider a new provider_secret, and print it. The old one and its tokens end at once."`
	Model    providerModelCmd    `cmd:"" help:"Make models of smart hardware (智慧硬件)."`
	Device   providerDeviceCmd   `cmd:"" help:"Register devices, and bind them to enterprises."`
	Callback providerCallbackCmd `cmd:"" help:"Set where a provider receives what belongs to no suite (系统事件接收URL); the URL is verified."`
}

// suiteCmd is qiwei suite.
type suiteCmd struct {
	Create   suiteCreateCmd   `cmd:"" aliases:"add" help:"Add a suite to a provider: a third-party application, a template, a login authorisation."`
	Set      suiteSetCmd      `cmd:"" help:"Change a suite's settings."`
	Callback suiteCallbackCmd `cmd:"" help:"Set where a suite receives commands and data; each URL is verified."`
	Secret   suiteSecretCmd   `cmd:"" aliases:"rotate-secret,reset-secret,rotate" help:"Give a suite a new suite_secret, and print it. The old one and its tokens end at once."`
	Ticket   suiteTicketCmd   `cmd:"" help:"Make a new suite_ticket, print it, and push it to the command URL."`
	Install  suiteInstallCmd  `cmd:"" help:"Install a suite in an enterprise. The provider receives create_auth."`
	Cancel   suiteCancelCmd   `cmd:"" help:"Remove a suite from an enterprise. The provider receives cancel_auth."`
	Reset    suiteResetCmd    `cmd:"" help:"End the permanent code of an installation. The provider receives reset_permanent_code."`
}

type providerCreateCmd struct {
	corpFlags
	TrustedIPs string `name:"trusted-ips" help:"Addresses that the provider's servers call from, separated by ';'; from anywhere where it is empty." placeholder:"IPS"`
}

func (cmd providerCreateCmd) Run(ctx context.Context, c *console) error {
	trusted, err := access.ParseAddresses(cmd.TrustedIPs)
	if err != nil {
		return usagef("--trusted-ips: %v", err)
	}
	return cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		p, err := s.Suites.CreateProvider(ctx, tx, suite.Provider{CorpID: co.CorpID, TrustedIPs: trusted})
		if err != nil {
			return err
		}
		tx.AfterCommit(func() { fmt.Fprintln(c.out, p.Secret) })
		return nil
	})
}

type providerListCmd struct {
	dataFlags
	JSON bool `help:"Print JSON, with the secrets."`
}

func (cmd providerListCmd) Run(ctx context.Context, c *console) error {
	var list []providerCredentials
	if err := cmd.on(ctx, func(s *platform.Server) error {
		return s.Store.Read(ctx, func(tx *store.Tx) (err error) {
			list, err = collectProviders(tx, s)
			return err
		})
	}); err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(c.out, list)
	}
	t := newTable("PROVIDER", "SUITE", "KIND", "NAME", "COMMAND URL", "INSTALLED")
	for _, p := range list {
		for _, v := range p.Suites {
			t.row(p.CorpID, v.SuiteID, v.Kind, v.Name, v.CommandURL, len(v.Installed))
		}
	}
	return t.print(c.out)
}

type suiteCreateCmd struct {
	corpFlags
	Kind           string   `help:"third_party, third_party_contacts, contacts_edit, custom (a template) or login." enum:"third_party,third_party_contacts,contacts_edit,custom,login" default:"third_party"`
	Name           string   `help:"Name, 1 to 32 characters." required:""`
	RedirectDomain string   `help:"Trusted domain of OAuth." placeholder:"HOST"`
	InstallDomain  string   `help:"Domain that an installation comes back to." placeholder:"HOST"`
	Permission     []string `help:"A permission that an installation asks for, such as contact:base:base; may be repeated." placeholder:"NAME"`
	Draft          bool     `help:"Not published: it can only be installed as a test."`
	JSON           bool     `help:"Print JSON."`
}

// madeSuite is what is printed of a suite that was made.
type madeSuite struct {
	SuiteID        string `json:"suite_id"`
	Secret         string `json:"suite_secret"`
	Token          string `json:"token"`
	EncodingAESKey string `json:"encoding_aes_key"`
}

func (cmd suiteCreateCmd) Run(ctx context.Context, c *console) error {
	var v suite.Suite
	if err := cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) (err error) {
		v, err = s.Suites.CreateSuite(ctx, tx, suite.Suite{Partner: co.CorpID, Kind: access.Kind(cmd.Kind), Settings: suite.Settings{
			Name: cmd.Name, RedirectDomain: cmd.RedirectDomain, InstallDomain: cmd.InstallDomain, Permissions: cmd.Permission, Draft: cmd.Draft,
		}})
		return err
	}); err != nil {
		return err
	}
	made := madeSuite{v.SuiteID, v.Secret, v.Token, v.AESKey}
	if cmd.JSON {
		return printJSON(c.out, made)
	}
	fmt.Fprintf(c.out, "suite_id          %s\nsuite_secret      %s\ntoken             %s\nencoding_aes_key  %s\n", made.SuiteID, made.Secret, made.Token, made.EncodingAESKey)
	return nil
}

// suiteFlags name a suite of an installation.
type suiteFlags struct {
	dataFlags
	SuiteID string `name:"suite-id" help:"The suite." required:"" placeholder:"ID"`
}

// write runs fn in a write transaction, and has the credentials follow.
func (f suiteFlags) write(ctx context.Context, fn func(tx *store.Tx, s *platform.Server) error) error {
	return f.on(ctx, func(s *platform.Server) error {
		if err := s.Store.Write(ctx, func(tx *store.Tx) error { return fn(tx, s) }); err != nil {
			return explainSuite(err, f.SuiteID)
		}
		return f.refreshCredentials(ctx, s)
	})
}

func explainSuite(err error, suiteID string) error {
	switch {
	case errors.Is(err, suite.ErrNotFound):
		return fmt.Errorf("there is no suite %s; qiwei provider list names them", suiteID)
	case errors.Is(err, suite.ErrNotInstalled):
		return fmt.Errorf("suite %s is not installed in that enterprise", suiteID)
	}
	return explain(err)
}

type suiteCallbackCmd struct {
	suiteFlags
	callbackFlags
	CommandURL     string `help:"Where the suite receives tickets and what happens to its installations; none where it is empty." placeholder:"URL"`
	DataURL        string `help:"Where it receives what members do." placeholder:"URL"`
	Token          string `help:"Token of both; the present one where it is left out." placeholder:"TOKEN"`
	EncodingAESKey string `name:"encoding-aes-key" help:"EncodingAESKey of both; the present one where it is left out." placeholder:"KEY"`
	Unverified     bool   `help:"Do not verify the URLs; on the data of qiwei dev alone."`
}

func (cmd suiteCallbackCmd) Run(ctx context.Context, c *console) error {
	_, err := os.Stat(credentialsPath(cmd.Data))
	dev := err == nil
	if cmd.Unverified && !dev {
		return usagef("--unverified: this is not the data of qiwei dev; a URL that cannot be verified would not receive anything")
	}
	s, err := cmd.open(ctx, platform.Config{Callback: callback.Settings{AllowPrivate: dev || cmd.AllowPrivateCallbacks}})
	if err != nil {
		return err
	}
	if _, err = s.Callbacks.SaveSuite(ctx, callback.SuiteCallback{
		SuiteID: cmd.SuiteID, CommandURL: cmd.CommandURL, DataURL: cmd.DataURL, Token: cmd.Token, AESKey: cmd.EncodingAESKey, Unverified: cmd.Unverified,
	}); err != nil {
		err = explainSuite(err, cmd.SuiteID)
	} else {
		err = cmd.refreshCredentials(ctx, s)
	}
	return errors.Join(err, s.Close())
}

type suiteTicketCmd struct{ suiteFlags }

func (cmd suiteTicketCmd) Run(ctx context.Context, c *console) error {
	var ticket string
	if err := cmd.write(ctx, func(tx *store.Tx, s *platform.Server) (err error) {
		ticket, err = s.Suites.PushTicket(ctx, tx, cmd.SuiteID)
		return err
	}); err != nil {
		return err
	}
	_, err := fmt.Fprintln(c.out, ticket)
	return err
}

type suiteInstallCmd struct {
	suiteFlags
	CorpID      string   `name:"corpid" help:"Enterprise that it is installed in; not needed where there is one alone, beside those of a demo's providers." placeholder:"ID"`
	By          string   `help:"Administrator who installs it; the founder where it is left out." placeholder:"USERID"`
	Departments []int64  `name:"range-departments" help:"Departments that it sees; everyone where there is no range." placeholder:"ID"`
	Members     []string `name:"range-members" help:"Members that it sees." placeholder:"USERID"`
	State       string   `help:"State of the link; the provider gets it with the auth_code." placeholder:"TEXT"`
}

func (cmd suiteInstallCmd) Run(ctx context.Context, c *console) error {
	var code string
	if err := cmd.write(ctx, func(tx *store.Tx, s *platform.Server) error {
		co, err := corpFlags{CorpID: cmd.CorpID}.corp(tx, s)
		if err != nil {
			return err
		}
		by := id.UserID(cmd.By)
		if by == "" {
			by = co.Creator
		}
		within := access.Range{Departments: cmd.Departments, Members: id.From[id.UserID](cmd.Members)}
		_, code, err = s.Suites.InstallSuite(ctx, tx, suite.Install{SuiteID: cmd.SuiteID, CorpID: co.CorpID, By: by, Range: within, State: cmd.State})
		return err
	}); err != nil {
		return err
	}
	_, err := fmt.Fprintf(c.out, "%s\n", code)
	return err
}

// installedFlags name an installation.
type installedFlags struct {
	suiteFlags
	CorpID string `name:"corpid" help:"Enterprise that it is installed in; not needed where there is one alone, beside those of a demo's providers." placeholder:"ID"`
}

func (f installedFlags) change(ctx context.Context, fn func(tx *store.Tx, s *platform.Server, corpID string) error) error {
	return f.write(ctx, func(tx *store.Tx, s *platform.Server) error {
		co, err := corpFlags{CorpID: f.CorpID}.corp(tx, s)
		if err != nil {
			return err
		}
		return fn(tx, s, co.CorpID)
	})
}

type suiteCancelCmd struct{ installedFlags }

func (cmd suiteCancelCmd) Run(ctx context.Context, c *console) error {
	return cmd.change(ctx, func(tx *store.Tx, s *platform.Server, corpID string) error {
		return s.Suites.Uninstall(ctx, tx, corpID, cmd.SuiteID)
	})
}

type suiteResetCmd struct{ installedFlags }

func (cmd suiteResetCmd) Run(ctx context.Context, c *console) error {
	var code string
	if err := cmd.change(ctx, func(tx *store.Tx, s *platform.Server, corpID string) (err error) {
		code, err = s.Suites.ResetPermanentCode(ctx, tx, corpID, cmd.SuiteID)
		return err
	}); err != nil {
		return err
	}
	_, err := fmt.Fprintln(c.out, code)
	return err
}

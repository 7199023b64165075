package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"qiwei/internal/callback"
	"qiwei/internal/licence"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

// licenceCmd is qiwei licence.
type licenceCmd struct {
	Pay   licencePayCmd   `cmd:"" help:"Pay for a provider's order of interface licences. The provider receives license_pay_success."`
	Check licenceCheckCmd `cmd:"" help:"Have the calls of a provider's applications need licences in an enterprise, or no longer."`
}

type licencePayCmd struct {
	dataFlags
	OrderID string `arg:"" help:"The order, as create_new_order answers it." placeholder:"ORDER"`
}

func (cmd licencePayCmd) Run(ctx context.Context, c *console) error {
	return cmd.on(ctx, func(s *platform.Server) error {
		err := s.Store.Write(ctx, func(tx *store.Tx) error {
			_, err := s.Licences.Pay(ctx, tx, cmd.OrderID)
			return err
		})
		if err != nil {
			return explain(err)
		}
		return s.Licences.Work(ctx)
	})
}

type licenceCheckCmd struct {
	installedFlags
	Off   bool `help:"No longer."`
	Trial bool `help:"Each application is free for 90 days from its first installation."`
}

func (cmd licenceCheckCmd) Run(ctx context.Context, c *console) error {
	return cmd.change(ctx, func(tx *store.Tx, s *platform.Server, corpID string) error {
		v, err := s.Suites.Suite(tx, cmd.SuiteID)
		if err != nil {
			return err
		}
		p, err := s.Suites.Provider(tx, v.Partner)
		if err != nil {
			return err
		}
		to := licence.Customer{Trial: cmd.Trial}
		if !cmd.Off {
			to.CheckedAt = tx.Now()
		}
		return s.Licences.SetCustomer(ctx, tx, p, corpID, to)
	})
}

type providerCallbackCmd struct {
	dataFlags
	callbackFlags
	Provider       string `help:"The provider's corpid; not needed where there is one alone." placeholder:"ID"`
	EventURL       string `help:"Where the provider receives what belongs to no suite; nowhere where it is empty." placeholder:"URL"`
	Token          string `help:"Token; the present one where it is left out." placeholder:"TOKEN"`
	EncodingAESKey string `name:"encoding-aes-key" help:"EncodingAESKey; the present one where it is left out." placeholder:"KEY"`
	Unverified     bool   `help:"Do not verify the URL; on the data of qiwei dev alone."`
}

func (cmd providerCallbackCmd) Run(ctx context.Context, c *console) error {
	_, err := os.Stat(credentialsPath(cmd.Data))
	dev := err == nil
	if cmd.Unverified && !dev {
		return usagef("--unverified: this is not the data of qiwei dev; a URL that cannot be verified would not receive anything")
	}
	s, err := cmd.open(ctx, platform.Config{Callback: callback.Settings{AllowPrivate: dev || cmd.AllowPrivateCallbacks}})
	if err != nil {
		return err
	}
	p, err := onlyProvider(ctx, s, cmd.Provider)
	if err == nil {
		p, err = s.Callbacks.SaveProvider(ctx, callback.ProviderCallback{
			CorpID: p.CorpID, URL: cmd.EventURL, Token: cmd.Token, AESKey: cmd.EncodingAESKey, Unverified: cmd.Unverified,
		})
	}
	if err == nil {
		err = cmd.refreshCredentials(ctx, s)
	}
	if err == nil {
		fmt.Fprintf(c.out, "token             %s\nencoding_aes_key  %s\n", p.Token, p.AESKey)
	}
	return errors.Join(explain(err), s.Close())
}

// onlyProvider returns the provider with the corpid, or the only one where none is given.
func onlyProvider(ctx context.Context, s *platform.Server, corpID string) (p suite.Provider, err error) {
	err = s.Store.Read(ctx, func(tx *store.Tx) error {
		list, err := s.Suites.Providers(tx)
		if err != nil {
			return err
		}
		if corpID == "" && len(list) == 1 {
			p = list[0]
			return nil
		}
		if corpID == "" {
			return usagef("--provider: there are %d providers; qiwei provider list names them", len(list))
		}
		p, err = s.Suites.Provider(tx, corpID)
		return err
	})
	return p, err
}

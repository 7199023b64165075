package main

import (
	"context"
	"errors"
	"fmt"

	"qiwei/internal/corp"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

type providerSecretCmd struct{ corpFlags }

func (cmd providerSecretCmd) Run(ctx context.Context, c *console) error {
	return cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		p, err := s.Suites.ResetProviderSecret(tx, co.CorpID)
		if errors.Is(err, suite.ErrNoProvider) {
			return fmt.Errorf("%s is not a provider; qiwei provider create makes it one", co.CorpID)
		}
		if err == nil {
			tx.AfterCommit(func() { fmt.Fprintln(c.out, p.Secret) })
		}
		return err
	})
}

type suiteSecretCmd struct{ suiteFlags }

func (cmd suiteSecretCmd) Run(ctx context.Context, c *console) error {
	return cmd.write(ctx, func(tx *store.Tx, s *platform.Server) error {
		v, err := s.Suites.ResetSecret(ctx, tx, cmd.SuiteID)
		if err == nil {
			tx.AfterCommit(func() { fmt.Fprintln(c.out, v.Secret) })
		}
		return err
	})
}

package main

import (
	"context"
	"errors"
	"fmt"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/internal/suite"
)

type suiteSetCmd struct {
	suiteFlags
	Name           *string  `help:"Name, 1 to 32 characters." placeholder:"TEXT"`
	Description    *string  `help:"What it is, for the page that installs it." placeholder:"TEXT"`
	HomeURL        *string  `name:"home-url" help:"Where its icon leads." placeholder:"URL"`
	RedirectDomain *string  `help:"Trusted domain of OAuth and of web login; none where it is empty." placeholder:"HOST"`
	InstallDomain  *string  `help:"Domain that an installation begins at and comes back to; none where it is empty." placeholder:"HOST"`
	Permission     []string `help:"A permission that an installation asks for; may be repeated, and replaces the present ones." placeholder:"NAME"`
	Draft          *bool    `help:"Not published: it can only be installed as a test." negatable:""`
}

func (cmd suiteSetCmd) Run(ctx context.Context, c *console) error {
	return cmd.write(ctx, func(tx *store.Tx, s *platform.Server) error {
		v, err := s.Suites.Suite(tx, cmd.SuiteID)
		if err != nil {
			return err
		}
		for to, given := range map[*string]*string{
			&v.Name: cmd.Name, &v.Description: cmd.Description, &v.HomeURL: cmd.HomeURL, &v.RedirectDomain: cmd.RedirectDomain, &v.InstallDomain: cmd.InstallDomain,
		} {
			if given != nil {
				*to = *given
			}
		}
		if len(cmd.Permission) > 0 {
			v.Permissions = cmd.Permission
		}
		if cmd.Draft != nil {
			v.Draft = *cmd.Draft
		}
		return s.Suites.UpdateSuite(ctx, tx, v)
	})
}

type providerSetCmd struct {
	corpFlags
	TrustedIPs  *string `name:"trusted-ips" help:"Addresses that the provider's servers call from, separated by ';'; from anywhere where it is empty." placeholder:"IPS"`
	LoginDomain *string `help:"Domain that sign-ins by 3rd_qrConnect come back to; none where it is empty." placeholder:"HOST"`
	StartDomain *string `help:"Domain that they begin at; the one that they come back to where it is empty." placeholder:"HOST"`
}

func (cmd providerSetCmd) Run(ctx context.Context, c *console) error {
	return cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		p, err := s.Suites.Provider(tx, co.CorpID)
		if errors.Is(err, suite.ErrNoProvider) {
			return fmt.Errorf("%s is not a provider; qiwei provider create makes it one", co.CorpID)
		}
		if err != nil {
			return err
		}
		if cmd.TrustedIPs != nil {
			if p.TrustedIPs, err = access.ParseAddresses(*cmd.TrustedIPs); err != nil {
				return usagef("--trusted-ips: %v", err)
			}
		}
		if cmd.LoginDomain != nil {
			p.LoginDomain = *cmd.LoginDomain
		}
		if cmd.StartDomain != nil {
			p.StartDomain = *cmd.StartDomain
		}
		return s.Suites.UpdateProvider(ctx, tx, p)
	})
}

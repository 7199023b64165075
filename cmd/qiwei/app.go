package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/id"
	"qiwei/internal/platform"
	"qiwei/internal/seed"
	"qiwei/internal/store"
)

type appCmd struct {
	Create      appCreateCmd      `cmd:"" aliases:"add" help:"Make an application and print its secret."`
	List        appListCmd        `cmd:"" help:"List an enterprise's applications."`
	Show        appShowCmd        `cmd:"" help:"Show an application."`
	Set         appSetCmd         `cmd:"" help:"Change an application's settings."`
	ResetSecret appResetSecretCmd `cmd:"" aliases:"rotate-secret,rotate" help:"Give an application a new secret; its tokens end."`
	Delete      appDeleteCmd      `cmd:"" aliases:"remove" help:"Delete an application."`
}

// appSettings are the settings that can be given. A setting that is not given stays.
type appSettings struct {
	Name             *string  `help:"Name, 1 to 32 characters."`
	Description      *string  `help:"Description."`
	HomeURL          *string  `help:"Page that the application opens with." placeholder:"URL"`
	RedirectDomain   *string  `help:"Domain that web authorisation may return to: a host, or host:port." placeholder:"HOST"`
	LoginDomain      *string  `help:"Domain that QR and web login may return to." placeholder:"HOST"`
	TrustedDomain    []string `help:"Domain of pages that may use the JS-SDK; repeat it for more, empty for none." placeholder:"HOST"`
	TrustedIPs       *string  `name:"trusted-ips" help:"Addresses that may call as this application, such as '203.0.113.9;10.0.0.0/8'." placeholder:"LIST"`
	RangeDepartments *string  `help:"Departments that it sees, with all below them; 1 is everyone." placeholder:"IDS"`
	RangeMembers     *string  `help:"Members that it sees." placeholder:"USERIDS"`
	RangeTags        *string  `help:"Tags whose members it sees." placeholder:"IDS"`
	Sensitive        *string  `help:"Fields that it may ask members for: avatar, gender, mobile, email, biz_mail, qr_code, address, or all." placeholder:"FIELDS"`
	Disable          bool     `help:"Switch it off." xor:"state"`
	Enable           bool     `help:"Switch it on." xor:"state"`
	Legacy           *bool    `help:"Treat it as made before 2022-06-20: it reads sensitive fields, and needs no trusted IPs." negatable:""`
	CustomerCallable *bool    `help:"Let it call customer contact." negatable:""`
	Callable         *string  `help:"Kinds of WeCom's own applications whose calls it may make, such as approval,dial; empty for none." placeholder:"KINDS"`
	CustomWorkbench  *bool    `help:"Let it say what its place in the workbench shows." negatable:""`
}

func (f appSettings) apply(ctx context.Context, tx *store.Tx, s *platform.Server, a *app.App) error {
	for _, t := range []struct {
		from *string
		to   *string
	}{
		{f.Name, &a.Name}, {f.Description, &a.Description}, {f.HomeURL, &a.HomeURL},
		{f.RedirectDomain, &a.RedirectDomain}, {f.LoginDomain, &a.LoginDomain},
	} {
		if t.from != nil {
			*t.to = *t.from
		}
	}
	if f.TrustedDomain != nil {
		a.TrustedDomains = slices.DeleteFunc(slices.Clone(f.TrustedDomain), func(d string) bool { return d == "" })
	}
	if f.TrustedIPs != nil {
		ips, err := access.ParseAddresses(*f.TrustedIPs)
		if err != nil {
			return usagef("--trusted-ips: %v", err)
		}
		a.TrustedIPs = ips
	}
	if f.Sensitive != nil {
		a.Sensitive = split(*f.Sensitive)
		if *f.Sensitive == "all" {
			a.Sensitive = app.SensitiveFields
		}
	}
	if f.Disable || f.Enable {
		a.Disabled = f.Disable
	}
	if f.Legacy != nil {
		a.Legacy = *f.Legacy
	}
	if f.CustomerCallable != nil {
		a.List(access.CustomerContact, *f.CustomerCallable)
	}
	if f.Callable != nil {
		a.Callable = nil
		for _, kind := range split(*f.Callable) {
			a.List(access.Kind(kind), true)
		}
	}
	if f.CustomWorkbench != nil {
		a.CustomWorkbench = *f.CustomWorkbench
	}
	return f.applyRange(ctx, tx, s, a)
}

// applyRange sets what the application sees. Everything that is named must exist: a range that silently sees
// nobody costs hours.
func (f appSettings) applyRange(ctx context.Context, tx *store.Tx, s *platform.Server, a *app.App) (err error) {
	by := access.System(a.CorpID)
	if f.RangeDepartments != nil {
		if a.Range.Departments, err = splitNumbers("--range-departments", *f.RangeDepartments); err != nil {
			return err
		}
		for _, d := range a.Range.Departments {
			if _, err := s.Directory.Department(ctx, tx, by, d); err != nil {
				return fmt.Errorf("--range-departments: %w", err)
			}
		}
	}
	if f.RangeMembers != nil {
		a.Range.Members = splitUsers(*f.RangeMembers)
		for i, u := range a.Range.Members {
			m, err := s.Directory.Member(ctx, tx, by, u)
			if err != nil {
				return fmt.Errorf("--range-members: %w", err)
			}
			a.Range.Members[i] = m.UserID
		}
	}
	if f.RangeTags != nil {
		if a.Range.Tags, err = splitNumbers("--range-tags", *f.RangeTags); err != nil {
			return err
		}
	}
	return nil
}

type appCreateCmd struct {
	corpFlags
	jsonFlag
	appSettings
	Kind    access.Kind `help:"Kind of application." default:"self_built"`
	AgentID int64       `name:"agentid" help:"Its agentid; the next free one if not given." placeholder:"ID"`
	Secret  string      `help:"Its secret, read from the environment only; a new one if not given." env:"QIWEI_APP_SECRET" hidden:""`
}

func (cmd appCreateCmd) Run(ctx context.Context, c *console) error {
	var made app.App
	var of corp.Corp
	err := cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) (err error) {
		a := app.App{CorpID: co.CorpID, Kind: cmd.Kind, AgentID: cmd.AgentID, Secret: cmd.Secret, Settings: app.Settings{Name: string(cmd.Kind)}}
		if cmd.RangeDepartments == nil && cmd.RangeMembers == nil && cmd.RangeTags == nil {
			a.Range = access.Everything()
		}
		if err := cmd.apply(ctx, tx, s, &a); err != nil {
			return err
		}
		of = co
		made, err = s.Apps.CreateApp(ctx, tx, a)
		return err
	})
	if err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(c.out, shownApp(of.CorpID, made, true))
	}
	if err := printApp(c, of.CorpID, made, true); err != nil {
		return err
	}
	if len(made.TrustedIPs) == 0 && !made.Legacy && (made.Kind == access.SelfBuilt || made.Kind == access.ContactSync) {
		fmt.Fprintf(c.err, "Nobody may call as it yet (60020): name the addresses with qiwei app set --agentid %d --trusted-ips …\n", made.AgentID)
	}
	return nil
}

type appListCmd struct {
	corpFlags
	jsonFlag
}

func (cmd appListCmd) Run(ctx context.Context, c *console) error {
	var apps []app.App
	var of corp.Corp
	err := cmd.look(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) (err error) {
		of = co
		apps, err = s.Apps.Apps(tx, co.CorpID)
		return err
	})
	if err != nil {
		return err
	}
	if cmd.JSON {
		list := []appDescription{}
		for _, a := range apps {
			list = append(list, shownApp(of.CorpID, a, false))
		}
		return printJSON(c.out, list)
	}
	t := newTable("AGENTID", "KIND", "NAME", "SEES", "TRUSTED IPS", "OFF")
	for _, a := range apps {
		t.row(a.AgentID, a.Kind, a.Name, rangeText(a.Range), a.TrustedIPs, yes(a.Disabled))
	}
	return t.print(c.out)
}

// appDescription is an application as JSON: what a seed file says of it, and its
// corp.
type appDescription struct {
	CorpID string `json:"corpid"`
	seed.App
}

func shownApp(corpID string, a app.App, secrets bool) appDescription {
	return appDescription{corpID, seed.AppOf(a, secrets)}
}

func printApp(c *console, corpID string, a app.App, secrets bool) error {
	var p pairs
	p.add("corpid", corpID)
	p.add("agentid", a.AgentID)
	p.add("kind", a.Kind)
	p.add("name", a.Name)
	if secrets {
		p.add("secret", a.Secret)
	}
	p.add("description", a.Description)
	p.add("home page", a.HomeURL)
	p.add("sees", rangeText(a.Range))
	if !a.Range.All() {
		p.add("  departments", a.Range.Departments)
		p.add("  members", a.Range.Members)
		p.add("  tags", a.Range.Tags)
	}
	p.add("trusted IPs", a.TrustedIPs)
	p.add("redirect domain", a.RedirectDomain)
	p.add("login domain", a.LoginDomain)
	p.add("JS-SDK domains", strings.Join(a.TrustedDomains, " "))
	p.add("asks members for", strings.Join(a.Sensitive, " "))
	p.add("may call the calls of", strings.Join(id.Texts(a.Callable), " "))
	p.add("custom workbench", yes(a.CustomWorkbench))
	p.add("legacy", yes(a.Legacy))
	p.add("off", yes(a.Disabled))
	p.add("callback URL", a.CallbackURL)
	p.add("callback events", strings.Join(a.CallbackEvents, " "))
	if secrets {
		p.add("callback token", a.CallbackToken)
		p.add("EncodingAESKey", a.CallbackAESKey)
	}
	return p.print(c.out)
}

type appShowCmd struct {
	appFlags
	jsonFlag
	Secrets bool `help:"Show its secret and callback keys, too."`
}

func (cmd appShowCmd) Run(ctx context.Context, c *console) error {
	return cmd.look(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		a, err := cmd.app(tx, s, co)
		if err != nil {
			return err
		}
		if cmd.JSON {
			return printJSON(c.out, shownApp(co.CorpID, a, cmd.Secrets))
		}
		return printApp(c, co.CorpID, a, cmd.Secrets)
	})
}

type appSetCmd struct {
	appFlags
	jsonFlag
	appSettings
	appCallback
}

func (cmd appSetCmd) Run(ctx context.Context, c *console) error {
	if cmd.given() {
		if err := cmd.save(ctx, cmd.appFlags); err != nil {
			return err
		}
	}
	var set app.App
	err := cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) (err error) {
		if set, err = cmd.app(tx, s, co); err != nil {
			return err
		}
		if err := cmd.apply(ctx, tx, s, &set); err != nil {
			return err
		}
		return s.Apps.UpdateApp(ctx, tx, set)
	})
	if err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(c.out, shownApp(set.CorpID, set, false))
	}
	return printApp(c, set.CorpID, set, false)
}

type appResetSecretCmd struct {
	appFlags
	jsonFlag
}

func (cmd appResetSecretCmd) Run(ctx context.Context, c *console) error {
	var a app.App
	err := cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) (err error) {
		if _, err = cmd.app(tx, s, co); err != nil {
			return err
		}
		a, err = s.Apps.ResetSecret(ctx, tx, co.CorpID, cmd.AgentID)
		return err
	})
	if err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(c.out, shownApp(a.CorpID, a, true))
	}
	fmt.Fprintln(c.out, a.Secret)
	return nil
}

type appDeleteCmd struct {
	appFlags
	Yes bool `help:"Do not ask."`
}

func (cmd appDeleteCmd) Run(ctx context.Context, c *console) error {
	var name string
	if err := cmd.look(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		a, err := cmd.app(tx, s, co)
		name = a.Name
		return err
	}); err != nil {
		return err
	}
	if err := c.confirm(cmd.Yes, fmt.Sprintf("Delete application %d (%s) with everything that it owns?", cmd.AgentID, name)); err != nil {
		return err
	}
	return cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		return s.Apps.DeleteApp(ctx, tx, co.CorpID, cmd.AgentID)
	})
}

var errNotConfirmed = errors.New("nothing was changed; say --yes, or answer y")

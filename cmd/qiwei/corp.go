package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/platform"
	"qiwei/internal/seed"
	"qiwei/internal/store"
)

type corpCmd struct {
	Create corpCreateCmd `cmd:"" aliases:"add" help:"Found an enterprise and print its secrets."`
	List   corpListCmd   `cmd:"" help:"List the enterprises."`
	Show   corpShowCmd   `cmd:"" help:"Show an enterprise."`
	Set    corpSetCmd    `cmd:"" help:"Change an enterprise's settings."`
	Admin  corpAdminCmd  `cmd:"" help:"Choose who may use the console."`
	Link   corpLinkCmd   `cmd:"" help:"Print a link that founds the first enterprise, or makes the first admin of one."`
	Delete corpDeleteCmd `cmd:"" aliases:"remove" help:"Delete an enterprise with everything in it."`
	Export corpExportCmd `cmd:"" help:"Describe an enterprise in a file that --seed and corp create --from read."`
}

// corpSettings are the settings that can be given. A setting that is not given stays.
type corpSettings struct {
	Creator            *string `help:"Userid of the founder, who cannot be deleted." placeholder:"USERID"`
	MemberLimit        *int64  `help:"How many members it may have." placeholder:"N"`
	Sync               *string `help:"What the contact-sync secret may do: off, read or edit." placeholder:"off|read|edit"`
	MailDomain         *string `help:"Domain of the enterprise mailboxes." placeholder:"DOMAIN"`
	MultiLanguage      *bool   `help:"Let departments have English names." negatable:""`
	ShortNames         *string `help:"Certified short names, for external profiles." placeholder:"NAMES"`
	Scale              *string `help:"Its size, which providers are told, such as 1-50人." placeholder:"TEXT"`
	Industry           *string `help:"Its trade, which providers are told, such as IT服务." placeholder:"TEXT"`
	SubIndustry        *string `name:"sub-industry" help:"Its trade more closely." placeholder:"TEXT"`
	Channels           *string `help:"Video channels bound to it." placeholder:"NAMES"`
	MiniPrograms       *string `help:"appids that external profiles may name." placeholder:"APPIDS"`
	Attributes         *string `help:"Names of members' extended attributes." placeholder:"NAMES"`
	ExternalAttributes *string `help:"Names of the attributes in external profiles." placeholder:"NAMES"`
	MemberAuth         *bool   `help:"Let members install third-party applications for themselves." negatable:""`
	Medical            *bool   `help:"An enterprise of the medical trade, which has temporary sessions with customers." negatable:""`
	VerifyURL          *string `name:"verify-url" help:"Page of the second verification at sign-in; empty for none." placeholder:"URL"`
	VerifyMembers      *string `help:"Members who have to verify." placeholder:"USERIDS"`
	VerifyDepartments  *string `help:"Departments whose members have to verify; 1 is everyone." placeholder:"IDS"`
}

func (f corpSettings) apply(c *corp.Corp) error {
	if f.Creator != nil {
		c.Creator = id.UserID(*f.Creator)
	}
	if f.MemberLimit != nil {
		c.MemberLimit = *f.MemberLimit
	}
	if f.Sync != nil {
		if c.Sync = *f.Sync; c.Sync == "off" {
			c.Sync = ""
		}
	}
	for _, text := range []struct{ from, to *string }{{f.MailDomain, &c.MailDomain}, {f.Scale, &c.Scale}, {f.Industry, &c.Industry}, {f.SubIndustry, &c.SubIndustry}} {
		if text.from != nil {
			*text.to = *text.from
		}
	}
	if f.MultiLanguage != nil {
		c.MultiLanguage = *f.MultiLanguage
	}
	if f.MemberAuth != nil {
		c.MemberAuth = *f.MemberAuth
	}
	if f.Medical != nil {
		c.Medical = *f.Medical
	}
	for _, l := range []struct {
		from *string
		to   *[]string
	}{
		{f.ShortNames, &c.ShortNames}, {f.Channels, &c.Channels}, {f.MiniPrograms, &c.MiniPrograms},
		{f.Attributes, &c.Attributes}, {f.ExternalAttributes, &c.ExternalAttributes},
	} {
		if l.from != nil {
			*l.to = split(*l.from)
		}
	}
	if f.VerifyURL != nil {
		c.TwoFactor.URL = *f.VerifyURL
	}
	if f.VerifyMembers != nil {
		c.TwoFactor.Members = nil
		for _, u := range split(*f.VerifyMembers) {
			c.TwoFactor.Members = append(c.TwoFactor.Members, id.UserID(u))
		}
	}
	if f.VerifyDepartments != nil {
		var err error
		c.TwoFactor.Departments, err = splitNumbers("--verify-departments", *f.VerifyDepartments)
		return err
	}
	return nil
}

type corpCreateCmd struct {
	dataFlags
	jsonFlag
	corpSettings
	firstAdmin
	baseURLFlag
	Name       string `help:"Name, 1 to 64 characters."`
	CorpID     string `name:"corpid" help:"Its corpid; a new one if not given." placeholder:"ID"`
	TrustedIPs string `name:"trusted-ips" help:"Addresses that may call as its applications." placeholder:"LIST"`
	From       string `help:"Found it from this file (see corp export)." type:"existingfile" placeholder:"FILE"`
	Host       string `help:"What $HOST is replaced by in the file." placeholder:"HOST:PORT"`
}

func (cmd corpCreateCmd) Run(ctx context.Context, c *console) error {
	e := seed.Enterprise{Format: seed.Format}
	if cmd.From != "" {
		content, err := os.ReadFile(cmd.From)
		if err != nil {
			return err
		}
		if e, err = seed.Parse(cmd.From, content); err != nil {
			return err
		}
	}
	if cmd.Name != "" {
		e.Corp.Name = cmd.Name
	}
	if e.Corp.Name == "" {
		return usagef("--name: the name of the new enterprise expected")
	}
	if cmd.CorpID != "" {
		e.Corp.CorpID = cmd.CorpID
	}
	trusted, err := access.ParseAddresses(cmd.TrustedIPs)
	if err != nil {
		return usagef("--trusted-ips: %v", err)
	}
	settings := corp.Corp{Creator: e.Corp.Creator, MemberLimit: e.Corp.MemberLimit, Settings: e.Corp.Settings}
	if cmd.From == "" {
		settings.Sync = "edit"
	}
	if err := cmd.apply(&settings); err != nil {
		return err
	}
	e.Corp.Creator, e.Corp.MemberLimit, e.Corp.Settings = settings.Creator, settings.MemberLimit, settings.Settings
	if err := cmd.add(&e); err != nil {
		return err
	}
	if err := cmd.create(); err != nil {
		return err
	}
	if _, _, err := cmd.keyOrNew(ctx); err != nil {
		return err
	}
	return cmd.on(ctx, func(s *platform.Server) error {
		var made corp.Corp
		var apps []app.App
		var first firstLink
		if err := cmd.set(ctx, s, cmd.Data); err != nil {
			return err
		}
		if err := s.Store.Write(ctx, func(tx *store.Tx) (err error) {
			if made, err = seed.Load(ctx, tx, s, e, seed.Options{Host: cmd.Host, TrustedIPs: trusted, Dev: cmd.ofDev()}); err != nil {
				return err
			}
			if first, err = cmd.link(ctx, tx, s, made); err != nil {
				return err
			}
			apps, err = s.Apps.Apps(tx, made.CorpID)
			return err
		}); err != nil {
			if err = explain(err); cmd.From != "" {
				err = fmt.Errorf("%s: %w", cmd.From, err)
			}
			return err
		}
		if err := cmd.refreshCredentials(ctx, s); err != nil {
			return err
		}
		if err := printNewCorp(c, made, apps, first, cmd.JSON); err != nil || cmd.JSON {
			return err
		}
		cmd.firstAdmin.print(c, s, first)
		return nil
	})
}

func printNewCorp(c *console, made corp.Corp, apps []app.App, first firstLink, asJSON bool) error {
	if asJSON {
		list := []appDescription{}
		for _, a := range apps {
			list = append(list, shownApp(made.CorpID, a, true))
		}
		return printJSON(c.out, struct {
			CorpID string           `json:"corpid"`
			Name   string           `json:"name"`
			Apps   []appDescription `json:"apps"`
			Code   string           `json:"admin_code,omitempty"` // of the link
			Link   string           `json:"admin_link,omitempty"` // with which the first admin signs in
		}{made.CorpID, made.Name, list, first.code, first.url})
	}
	fmt.Fprintf(c.out, "%s  %s\n\n", made.CorpID, made.Name)
	t := newTable("AGENTID", "KIND", "NAME", "SECRET")
	for _, a := range apps {
		t.row(a.AgentID, a.Kind, a.Name, a.Secret)
	}
	return t.print(c.out)
}

type corpListCmd struct {
	dataFlags
	jsonFlag
}

// corpDescription is an enterprise as JSON.
type corpDescription struct {
	CorpID      string    `json:"corpid"`
	Name        string    `json:"name"`
	CreatedAt   time.Time `json:"created_at"`
	Creator     id.UserID `json:"creator,omitempty"`
	Members     int64     `json:"members"`
	Departments int64     `json:"departments"`
	Apps        int       `json:"apps"`
	MemberLimit int64     `json:"member_limit"`
	corp.Settings
}

func describeCorp(ctx context.Context, tx *store.Tx, s *platform.Server, c corp.Corp) (corpDescription, error) {
	d := corpDescription{CorpID: c.CorpID, Name: c.Name, CreatedAt: c.CreatedAt, Creator: c.Creator, MemberLimit: c.MemberLimit, Settings: c.Settings}
	var err error
	if d.Members, d.Departments, err = s.Directory.Size(tx, c.CorpID); err != nil {
		return d, err
	}
	apps, err := s.Apps.Apps(tx, c.CorpID)
	d.Apps = len(apps)
	return d, err
}

func (cmd corpListCmd) Run(ctx context.Context, c *console) error {
	list := []corpDescription{}
	err := cmd.on(ctx, func(s *platform.Server) error {
		return s.Store.Read(ctx, func(tx *store.Tx) error {
			corps, err := s.Corps.Corps(tx)
			for _, co := range corps {
				d, err := describeCorp(ctx, tx, s, co)
				if err != nil {
					return err
				}
				list = append(list, d)
			}
			return err
		})
	})
	if err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(c.out, list)
	}
	t := newTable("CORPID", "NAME", "MEMBERS", "DEPARTMENTS", "APPS", "SINCE")
	for _, d := range list {
		t.row(d.CorpID, d.Name, d.Members, d.Departments, d.Apps, d.CreatedAt.Local().Format(time.DateOnly))
	}
	return t.print(c.out)
}

type corpShowCmd struct {
	corpFlags
	jsonFlag
}

func (cmd corpShowCmd) Run(ctx context.Context, c *console) error {
	return cmd.look(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		d, err := describeCorp(ctx, tx, s, co)
		if err != nil {
			return err
		}
		if cmd.JSON {
			return printJSON(c.out, d)
		}
		return d.print(c)
	})
}

func (d corpDescription) print(c *console) error {
	var p pairs
	p.add("corpid", d.CorpID)
	p.add("name", d.Name)
	p.add("since", d.CreatedAt.Local().Format(time.DateTime))
	p.add("creator", d.Creator)
	p.add("members", fmt.Sprintf("%d of at most %d", d.Members, d.MemberLimit))
	p.add("departments", d.Departments)
	p.add("applications", d.Apps)
	sync := d.Sync
	if sync == "" {
		sync = "off"
	}
	p.add("contact sync", sync)
	p.add("mail domain", d.MailDomain)
	p.add("size and trade", strings.TrimSpace(strings.Join([]string{d.Scale, d.Industry, d.SubIndustry}, " ")))
	p.add("several languages", yes(d.MultiLanguage))
	p.add("member installs", yes(d.MemberAuth))
	p.add("medical", yes(d.Medical))
	for _, l := range []struct {
		name string
		list []string
	}{
		{"short names", d.ShortNames}, {"video channels", d.Channels}, {"mini programs", d.MiniPrograms},
		{"attributes", d.Attributes}, {"external attributes", d.ExternalAttributes},
	} {
		p.add(l.name, strings.Join(l.list, ", "))
	}
	p.add("second verification", d.TwoFactor.URL)
	return p.print(c.out)
}

type corpSetCmd struct {
	corpFlags
	jsonFlag
	corpSettings
	Name *string `help:"Name, 1 to 64 characters."`
}

func (cmd corpSetCmd) Run(ctx context.Context, c *console) error {
	var d corpDescription
	err := cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		by, old := access.System(co.CorpID), co.Name
		if err := cmd.apply(&co); err != nil {
			return err
		}
		if co.Creator != "" && cmd.Creator != nil {
			m, err := s.Directory.Member(ctx, tx, by, co.Creator)
			if err != nil {
				return fmt.Errorf("--creator: %w", err)
			}
			co.Creator = m.UserID
		}
		if cmd.Name != nil {
			co.Name = *cmd.Name
		}
		if err := s.Corps.UpdateCorp(ctx, tx, co); err != nil {
			return err
		}
		// The root department has the enterprise's name until somebody gives it another.
		root, err := s.Directory.Department(ctx, tx, by, access.Root)
		if err == nil && root.Name == old && co.Name != old {
			err = s.Directory.UpdateDepartment(ctx, tx, by, directory.DepartmentUpdate{ID: access.Root, Name: &co.Name})
		}
		if err != nil {
			return err
		}
		d, err = describeCorp(ctx, tx, s, co)
		return err
	})
	if err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(c.out, d)
	}
	return d.print(c)
}

type corpDeleteCmd struct {
	corpFlags
	Yes bool `help:"Do not ask."`
}

func (cmd corpDeleteCmd) Run(ctx context.Context, c *console) error {
	if cmd.CorpID == "" {
		return usagef("--corpid: say which enterprise is to be deleted")
	}
	var members int64
	var name string
	if err := cmd.look(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) (err error) {
		name = co.Name
		members, _, err = s.Directory.Size(tx, co.CorpID)
		return err
	}); err != nil {
		return err
	}
	if err := c.confirm(cmd.Yes, fmt.Sprintf("Delete %s (%s) with its %d members and all that it has?", cmd.CorpID, name, members)); err != nil {
		return err
	}
	return cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		return s.Corps.DeleteCorp(ctx, tx, co.CorpID)
	})
}

type corpExportCmd struct {
	corpFlags
	Secrets bool   `help:"With the applications' secrets and callback keys."`
	Output  string `help:"File to write; the standard output if not given." short:"o" placeholder:"FILE"`
}

func (cmd corpExportCmd) Run(ctx context.Context, c *console) error {
	var e seed.Enterprise
	if err := cmd.look(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) (err error) {
		e, err = seed.Export(ctx, tx, s, co, cmd.Secrets)
		return err
	}); err != nil {
		return err
	}
	for _, what := range e.LeftOut {
		fmt.Fprintf(c.err, "left out: %s\n", what)
	}
	if cmd.Output == "" {
		return e.Write(c.out)
	}
	mode := os.FileMode(0o644)
	if cmd.Secrets {
		mode = 0o600
	}
	file, err := os.OpenFile(cmd.Output, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	return errors.Join(e.Write(file), file.Close())
}

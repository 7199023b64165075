package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"qiwei/internal/corp"
	"qiwei/internal/gate"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

type siteCmd struct {
	Add    siteAddCmd    `cmd:"" aliases:"create" help:"Let a reverse proxy protect a site with members' sign-in."`
	List   siteListCmd   `cmd:"" help:"List the protected sites."`
	Remove siteRemoveCmd `cmd:"" aliases:"delete" help:"Stop protecting a site: nobody can enter it any more."`
}

type siteAddCmd struct {
	corpFlags
	Site    string `arg:"" help:"Scheme and host of the site, such as https://wiki.corp.example." placeholder:"URL"`
	AgentID int64  `name:"agentid" help:"Application whose visible range may enter; everyone in the enterprise if not given." placeholder:"ID"`
}

func (cmd siteAddCmd) Run(ctx context.Context, c *console) error {
	site, err := gate.ParseSite(cmd.Site)
	if err != nil {
		return usagef("%s: %v", cmd.Site, err)
	}
	err = cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		site.CorpID = co.CorpID
		if cmd.AgentID != 0 {
			a, err := appFlags{cmd.corpFlags, cmd.AgentID}.app(tx, s, co)
			if err != nil {
				return err
			}
			site.App = a.No
		}
		return s.Gate.AddSite(tx, site)
	})
	if errors.Is(err, gate.ErrSiteTaken) {
		return fmt.Errorf("%s is protected already; remove it first to change it", site.Host)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "%s is protected. Have its proxy ask /auth/verify, and hand /auth/ on to this server.\n", site.Origin)
	if strings.HasPrefix(site.Origin, "http://") {
		fmt.Fprintln(c.err, "Without TLS, anyone who listens on the network can read the members' cookies for it.")
	}
	return nil
}

type siteListCmd struct {
	corpFlags
	jsonFlag
}

// siteDescription is a site as JSON.
type siteDescription struct {
	Site    string    `json:"site"`
	CorpID  string    `json:"corpid"`
	AgentID int64     `json:"agentid"` // 0 is everyone
	Since   time.Time `json:"since"`
}

func (cmd siteListCmd) Run(ctx context.Context, c *console) error {
	list := []siteDescription{}
	err := cmd.look(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		sites, err := s.Gate.Sites(tx, co.CorpID)
		if err != nil {
			return err
		}
		for _, site := range sites {
			d := siteDescription{Site: site.Origin, CorpID: site.CorpID, Since: site.Since}
			if site.App != 0 {
				a, err := s.Apps.AppNo(tx, site.App)
				if err != nil {
					return err
				}
				d.AgentID = a.AgentID
			}
			list = append(list, d)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(c.out, list)
	}
	t := newTable("SITE", "WHO MAY ENTER", "SINCE")
	for _, d := range list {
		who := "everyone"
		if d.AgentID != 0 {
			who = fmt.Sprintf("range of agentid %d", d.AgentID)
		}
		t.row(d.Site, who, d.Since.Format(time.DateOnly))
	}
	return t.print(c.out)
}

type siteRemoveCmd struct {
	corpFlags
	Site string `arg:"" help:"Scheme and host of the site." placeholder:"URL"`
}

func (cmd siteRemoveCmd) Run(ctx context.Context, c *console) error {
	site, err := gate.ParseSite(cmd.Site)
	if err != nil {
		return usagef("%s: %v", cmd.Site, err)
	}
	err = cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		return s.Gate.RemoveSite(tx, co.CorpID, site.Host)
	})
	if errors.Is(err, gate.ErrSiteNotFound) {
		return fmt.Errorf("%s is not protected", site.Host)
	}
	return err
}

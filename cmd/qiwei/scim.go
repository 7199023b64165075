package main

import (
	"context"
	"fmt"

	"qiwei/internal/corp"
	"qiwei/internal/platform"
	"qiwei/internal/scim"
	"qiwei/internal/store"
)

type scimCmd struct {
	Token  scimTokenCmd  `cmd:"" help:"Tokens that identity providers show."`
	Target scimTargetCmd `cmd:"" help:"Products that are provisioned from the directory."`
}

type scimTokenCmd struct {
	Add    scimTokenAddCmd    `cmd:"" aliases:"create" help:"Make a token and print it."`
	List   scimTokenListCmd   `cmd:"" help:"List the tokens, which are not kept themselves."`
	Rotate scimTokenRotateCmd `cmd:"" aliases:"rotate-secret,reset-secret" help:"Replace a token by another of the same name."`
	Remove scimTokenRemoveCmd `cmd:"" aliases:"delete" help:"Remove a token."`
}

// shownToken is a token as JSON.
type shownToken struct {
	CorpID string `json:"corpid"`
	Name   string `json:"name"`
	Token  string `json:"token"`
	URL    string `json:"url,omitempty"`
}

// printToken prints a new token. The address is known if a server has written its credentials, as qiwei dev
// does.
func printToken(c *console, f corpFlags, t shownToken, json bool) error {
	path := "/scim/v2/" + t.CorpID
	if old, err := readCredentials(credentialsPath(f.Data)); err == nil && old.BaseURL != "" {
		t.URL = old.BaseURL + path
	}
	if json {
		return printJSON(c.out, t)
	}
	var p pairs
	p.add("token", t.Token)
	if t.URL != "" {
		p.add("SCIM address", t.URL)
	} else {
		p.add("SCIM address", "the server's base URL, and "+path)
	}
	return p.print(c.out)
}

type scimTokenAddCmd struct {
	corpFlags
	jsonFlag
	Name string `arg:"" help:"Name, such as entra."`
}

func (cmd scimTokenAddCmd) Run(ctx context.Context, c *console) error {
	t := shownToken{Name: cmd.Name}
	err := cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) (err error) {
		t.CorpID = co.CorpID
		t.Token, err = s.SCIM.CreateToken(ctx, tx, co.CorpID, cmd.Name)
		return err
	})
	if err != nil {
		return err
	}
	return printToken(c, cmd.corpFlags, t, cmd.JSON)
}

type scimTokenListCmd struct {
	corpFlags
	jsonFlag
}

func (cmd scimTokenListCmd) Run(ctx context.Context, c *console) error {
	var list []scim.Token
	err := cmd.look(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) (err error) {
		list, err = s.SCIM.Tokens(tx, co.CorpID)
		return err
	})
	if err != nil {
		return err
	}
	if cmd.JSON {
		shown := []map[string]string{}
		for _, t := range list {
			shown = append(shown, map[string]string{"corpid": t.CorpID, "name": t.Name, "created_at": t.CreatedAt.Format("2006-01-02T15:04:05Z07:00"), "used_on": t.UsedOn})
		}
		return printJSON(c.out, shown)
	}
	t := newTable("NAME", "MADE", "LAST USED")
	for _, k := range list {
		used := k.UsedOn
		if used == "" {
			used = "never"
		}
		t.row(k.Name, k.CreatedAt.Format("2006-01-02"), used)
	}
	return t.print(c.out)
}

type scimTokenRotateCmd struct {
	corpFlags
	jsonFlag
	Name string `arg:"" help:"Name of the token."`
}

func (cmd scimTokenRotateCmd) Run(ctx context.Context, c *console) error {
	t := shownToken{Name: cmd.Name}
	err := cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) (err error) {
		t.CorpID = co.CorpID
		t.Token, err = s.SCIM.RotateToken(ctx, tx, co.CorpID, cmd.Name)
		return err
	})
	if err != nil {
		return err
	}
	return printToken(c, cmd.corpFlags, t, cmd.JSON)
}

type scimTokenRemoveCmd struct {
	corpFlags
	Name string `arg:"" help:"Name of the token."`
	Yes  bool   `help:"Do not ask."`
}

func (cmd scimTokenRemoveCmd) Run(ctx context.Context, c *console) error {
	if err := c.confirm(cmd.Yes, fmt.Sprintf("Remove token %s? Requests with it are refused from then on.", cmd.Name)); err != nil {
		return err
	}
	return cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		return s.SCIM.RemoveToken(ctx, tx, co.CorpID, cmd.Name)
	})
}

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/platform"
	"qiwei/internal/scim"
	"qiwei/internal/store"
)

type scimTargetCmd struct {
	Add    scimTargetAddCmd    `cmd:"" aliases:"create" help:"Provision a product from the directory. Its token is asked for, or read from the standard input or QIWEI_SCIM_TARGET_TOKEN."`
	List   scimTargetListCmd   `cmd:"" help:"List the products and how far each has been provisioned."`
	Show   scimTargetShowCmd   `cmd:"" help:"Show what a product has refused."`
	Sync   scimTargetSyncCmd   `cmd:"" help:"Send everything to a product again."`
	Remove scimTargetRemoveCmd `cmd:"" aliases:"delete" help:"Stop provisioning a product. What it has stays there."`
}

// shownTarget is a product as JSON.
type shownTarget struct {
	CorpID  string       `json:"corpid"`
	Name    string       `json:"name"`
	URL     string       `json:"url"`
	Range   access.Range `json:"range"`
	Groups  bool         `json:"groups"`
	OnLeave string       `json:"on_leave"`
	Pending int64        `json:"pending"`
	Refused int64        `json:"refused"`
	Error   string       `json:"error,omitempty"`
}

func describeTarget(t scim.Target) shownTarget {
	return shownTarget{t.CorpID, t.Name, t.URL, t.Range, t.Groups, t.OnLeave, t.Pending, t.Failed, t.Error}
}

type scimTargetAddCmd struct {
	corpFlags
	jsonFlag
	Name             string  `arg:"" help:"Name, such as gitlab."`
	URL              string  `name:"url" help:"Address of the product's SCIM resources, such as https://gitlab.corp.example/api/scim/v2." placeholder:"URL" required:""`
	Token            string  `help:"The product's token, read from the environment only; asked for if not given." env:"QIWEI_SCIM_TARGET_TOKEN" hidden:""`
	Groups           bool    `help:"Provision departments and tags as groups, too."`
	OnLeave          string  `help:"What happens in the product to those who leave: deactivate or delete." enum:"deactivate,delete" default:"deactivate"`
	RangeDepartments *string `help:"Departments to provision, with all below them; everyone if no range is given." placeholder:"IDS"`
	RangeMembers     *string `help:"Members to provision." placeholder:"USERIDS"`
	RangeTags        *string `help:"Tags whose members to provision." placeholder:"IDS"`
}

func (cmd scimTargetAddCmd) Run(ctx context.Context, c *console) (err error) {
	token := cmd.Token
	if token == "" {
		if token, err = c.secret(os.Stdin, "The product's token: "); err != nil {
			return err
		}
	}
	var made scim.Target
	err = cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		made = scim.Target{CorpID: co.CorpID, Name: cmd.Name, URL: strings.TrimRight(cmd.URL, "/"), Token: token, Groups: cmd.Groups, OnLeave: cmd.OnLeave, Range: access.Everything()}
		if cmd.RangeDepartments != nil || cmd.RangeMembers != nil || cmd.RangeTags != nil {
			holder := app.App{CorpID: co.CorpID}
			if err := (appSettings{RangeDepartments: cmd.RangeDepartments, RangeMembers: cmd.RangeMembers, RangeTags: cmd.RangeTags}).applyRange(ctx, tx, s, &holder); err != nil {
				return err
			}
			made.Range = holder.Range
		}
		return s.SCIM.CreateTarget(ctx, tx, made)
	})
	if err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(c.out, describeTarget(made))
	}
	fmt.Fprintf(c.out, "The server tells %s about %s from now on; see qiwei scim target list.\n", made.URL, rangeText(made.Range))
	return nil
}

// secret reads one line without showing it.
func (c *console) secret(in *os.File, ask string) (string, error) {
	if term.IsTerminal(int(in.Fd())) {
		fmt.Fprint(c.err, ask)
		word, err := term.ReadPassword(int(in.Fd()))
		fmt.Fprintln(c.err)
		return string(word), err
	}
	line, err := bufio.NewReader(io.LimitReader(in, 64<<10)).ReadString('\n')
	if err != nil && line == "" {
		return "", errors.New("no token on the standard input")
	}
	return strings.TrimRight(line, "\r\n"), nil
}

type scimTargetListCmd struct {
	corpFlags
	jsonFlag
}

func (cmd scimTargetListCmd) Run(ctx context.Context, c *console) error {
	var list []scim.Target
	err := cmd.look(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) (err error) {
		list, err = s.SCIM.Targets(tx, co.CorpID)
		return err
	})
	if err != nil {
		return err
	}
	if cmd.JSON {
		shown := []shownTarget{}
		for _, t := range list {
			shown = append(shown, describeTarget(t))
		}
		return printJSON(c.out, shown)
	}
	t := newTable("NAME", "ADDRESS", "SEES", "GROUPS", "TO TELL", "REFUSED", "TROUBLE")
	for _, k := range list {
		t.row(k.Name, k.URL, rangeText(k.Range), yes(k.Groups), k.Pending, k.Failed, k.Error)
	}
	return t.print(c.out)
}

type scimTargetShowCmd struct {
	corpFlags
	jsonFlag
	Name string `arg:"" help:"Name of the product."`
}

// mostRefused is how many of the things that a product refused are shown.
const mostRefused = 200

func (cmd scimTargetShowCmd) Run(ctx context.Context, c *console) error {
	refused := []scim.Refused{}
	err := cmd.look(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		list, err := s.SCIM.Targets(tx, co.CorpID)
		if err != nil {
			return err
		}
		for _, t := range list {
			if t.Name == cmd.Name {
				refused, err = s.SCIM.RefusedBy(tx, t, mostRefused)
				return err
			}
		}
		return scim.ErrTargetNotFound
	})
	if err != nil {
		return err
	}
	if cmd.JSON {
		shown := []map[string]any{}
		for _, r := range refused {
			shown = append(shown, map[string]any{"what": r.What, "error": r.Error, "tries": r.Tries, "next_try": r.Due})
		}
		return printJSON(c.out, shown)
	}
	if len(refused) == 0 {
		fmt.Fprintln(c.out, "The product has refused nothing.")
		return nil
	}
	t := newTable("WHAT", "TRIES", "NEXT TRY", "ANSWER")
	for _, r := range refused {
		t.row(r.What, r.Tries, r.Due.Format("2006-01-02 15:04:05"), r.Error)
	}
	return t.print(c.out)
}

type scimTargetSyncCmd struct {
	corpFlags
	Name string `arg:"" help:"Name of the product."`
}

func (cmd scimTargetSyncCmd) Run(ctx context.Context, c *console) error {
	return cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		return s.SCIM.SyncTarget(ctx, tx, co.CorpID, cmd.Name)
	})
}

type scimTargetRemoveCmd struct {
	corpFlags
	Name string `arg:"" help:"Name of the product."`
	Yes  bool   `help:"Do not ask."`
}

func (cmd scimTargetRemoveCmd) Run(ctx context.Context, c *console) error {
	if err := c.confirm(cmd.Yes, fmt.Sprintf("Stop provisioning %s? What it has stays there.", cmd.Name)); err != nil {
		return err
	}
	return cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		return s.SCIM.RemoveTarget(ctx, tx, co.CorpID, cmd.Name)
	})
}

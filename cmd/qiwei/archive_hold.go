package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"qiwei/internal/archive"
	"qiwei/internal/corp"
	"qiwei/internal/id"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

type archiveRuleCmd struct {
	Add    archiveRuleAddCmd    `cmd:"" aliases:"create" help:"Add a rule behind the others; the first that speaks of a record decides."`
	List   archiveRuleListCmd   `cmd:"" help:"List the rules, in the order in which they are asked."`
	Remove archiveRuleRemoveCmd `cmd:"" aliases:"delete" help:"Remove a rule."`
}

type archiveRuleAddCmd struct {
	corpFlags
	Days         int64  `help:"Days after the message; 0 keeps for ever what the rule speaks of." required:""`
	Conversation string `help:"internal or external; any where it is left out." enum:",internal,external" default:""`
	MsgType      string `name:"msgtype" help:"A message type; any where it is left out." placeholder:"TYPE"`
	Departments  string `help:"Departments of the sender, with all below them; any where they are left out." placeholder:"IDS"`
}

func (cmd archiveRuleAddCmd) Run(ctx context.Context, c *console) error {
	departments, err := splitNumbers("--departments", cmd.Departments)
	if err != nil {
		return err
	}
	var no int64
	if err := cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) (err error) {
		no, err = s.Archive.AddRule(ctx, tx, co.CorpID, archive.Rule{Conversation: cmd.Conversation, Type: cmd.MsgType, Departments: departments, Days: cmd.Days})
		return err
	}); err != nil {
		return err
	}
	fmt.Fprintln(c.out, no)
	return nil
}

type archiveRuleListCmd struct {
	corpFlags
	jsonFlag
}

func (cmd archiveRuleListCmd) Run(ctx context.Context, c *console) error {
	var list []archive.Rule
	if err := cmd.look(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) (err error) {
		list, err = s.Archive.Rules(tx, co.CorpID)
		return err
	}); err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(c.out, list)
	}
	t := newTable("NO", "CONVERSATION", "MSGTYPE", "DEPARTMENTS", "DAYS")
	for _, r := range list {
		t.row(r.No, orAny(r.Conversation), orAny(r.Type), orAny(strings.Trim(fmt.Sprint(r.Departments), "[]")), r.Days)
	}
	return t.print(c.out)
}

func orAny(text string) string {
	if text == "" {
		return "any"
	}
	return text
}

type archiveRuleRemoveCmd struct {
	corpFlags
	No int64 `arg:"" help:"The rule's number."`
}

func (cmd archiveRuleRemoveCmd) Run(ctx context.Context) error {
	return cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		return s.Archive.RemoveRule(ctx, tx, co.CorpID, cmd.No)
	})
}

type archiveHoldCmd struct {
	Add     archiveHoldAddCmd     `cmd:"" aliases:"create" help:"Keep records for a case."`
	List    archiveHoldListCmd    `cmd:"" help:"List the holds, those that were released included."`
	Release archiveHoldReleaseCmd `cmd:"" help:"End a hold."`
}

type archiveHoldAddCmd struct {
	corpFlags
	Name   string `arg:"" help:"Name of the case."`
	People string `help:"Userids and external_userids of those who take part; anybody where they are left out." placeholder:"IDS"`
	Rooms  string `help:"Chatids; anywhere where they are left out." placeholder:"IDS"`
	Since  string `help:"First day of the messages." placeholder:"2006-01-02"`
	Until  string `help:"Day behind the last." placeholder:"2006-01-02"`
}

func (cmd archiveHoldAddCmd) Run(ctx context.Context, c *console) error {
	h := archive.Hold{Name: cmd.Name, People: id.From[id.Person](split(cmd.People)), Rooms: split(cmd.Rooms)}
	for _, d := range []struct {
		flag, text string
		into       *time.Time
	}{{"--since", cmd.Since, &h.Since}, {"--until", cmd.Until, &h.Until}} {
		if d.text == "" {
			continue
		}
		at, err := time.Parse(time.DateOnly, d.text)
		if err != nil {
			return usagef("%s: %q; a day such as 2026-10-01 expected", d.flag, d.text)
		}
		*d.into = at
	}
	var no int64
	if err := cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) (err error) {
		no, err = s.Archive.AddHold(ctx, tx, co.CorpID, h)
		return err
	}); err != nil {
		return err
	}
	fmt.Fprintln(c.out, no)
	return nil
}

type archiveHoldListCmd struct {
	corpFlags
	jsonFlag
}

func (cmd archiveHoldListCmd) Run(ctx context.Context, c *console) error {
	var list []archive.Hold
	if err := cmd.look(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) (err error) {
		list, err = s.Archive.Holds(tx, co.CorpID)
		return err
	}); err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(c.out, list)
	}
	date := func(at time.Time) string {
		if at.IsZero() {
			return "-"
		}
		return at.Format(time.DateOnly)
	}
	t := newTable("NO", "NAME", "PEOPLE", "ROOMS", "SINCE", "UNTIL", "RELEASED")
	for _, h := range list {
		t.row(h.No, h.Name, orAny(strings.Join(id.Texts(h.People), ",")), orAny(strings.Join(h.Rooms, ",")), date(h.Since), date(h.Until), date(h.ReleasedAt))
	}
	return t.print(c.out)
}

type archiveHoldReleaseCmd struct {
	corpFlags
	No int64 `arg:"" help:"The hold's number."`
}

func (cmd archiveHoldReleaseCmd) Run(ctx context.Context) error {
	return cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		return s.Archive.ReleaseHold(ctx, tx, co.CorpID, cmd.No)
	})
}

type archiveErasedCmd struct {
	corpFlags
	Now bool `help:"Apply the rules first, instead of once a day."`
}

func (cmd archiveErasedCmd) Run(ctx context.Context, c *console) error {
	list := []archive.Report{}
	err := cmd.on(ctx, func(s *platform.Server) error {
		var co corp.Corp
		if err := s.Store.Read(ctx, func(tx *store.Tx) (err error) {
			co, err = cmd.corp(tx, s)
			return err
		}); err != nil {
			return err
		}
		if cmd.Now {
			if _, err := s.Archive.EraseDue(ctx, co.CorpID); err != nil {
				return explain(err)
			}
		}
		return s.Store.Read(ctx, func(tx *store.Tx) (err error) {
			list, err = s.Archive.Reports(tx, co.CorpID)
			return err
		})
	})
	if err != nil {
		return err
	}
	return printJSON(c.out, list)
}

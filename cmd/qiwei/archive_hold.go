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
	return add(ctx, c, cmd.corpFlags, func(tx *store.Tx, s *archive.Service, corpID string) (int64, error) {
		return s.AddRule(ctx, tx, corpID, archive.Rule{Conversation: cmd.Conversation, Type: cmd.MsgType, Departments: departments, Days: cmd.Days})
	})
}

type archiveRuleListCmd struct {
	archiveListFlags
}

func (cmd archiveRuleListCmd) Run(ctx context.Context, c *console) error {
	return printList(ctx, c, cmd.archiveListFlags, func(tx *store.Tx, s *archive.Service, corpID string) ([]archive.Rule, error) {
		return s.Rules(tx, corpID)
	}, func(r archive.Rule) []any {
		return []any{r.No, orAny(r.Conversation), orAny(r.Type), orAny(strings.Trim(fmt.Sprint(r.Departments), "[]")), r.Days}
	}, "NO", "CONVERSATION", "MSGTYPE", "DEPARTMENTS", "DAYS")
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
	spanFlags
}

func (cmd archiveHoldAddCmd) Run(ctx context.Context, c *console) error {
	since, until, err := cmd.times()
	if err != nil {
		return err
	}
	return add(ctx, c, cmd.corpFlags, func(tx *store.Tx, s *archive.Service, corpID string) (int64, error) {
		return s.AddHold(ctx, tx, corpID, archive.Hold{Name: cmd.Name, People: id.From[id.Person](split(cmd.People)), Rooms: split(cmd.Rooms), Since: since, Until: until})
	})
}

type archiveHoldListCmd struct {
	archiveListFlags
}

func (cmd archiveHoldListCmd) Run(ctx context.Context, c *console) error {
	date := func(at time.Time) string {
		if at.IsZero() {
			return "-"
		}
		return at.Format(time.DateOnly)
	}
	return printList(ctx, c, cmd.archiveListFlags, func(tx *store.Tx, s *archive.Service, corpID string) ([]archive.Hold, error) {
		return s.Holds(tx, corpID)
	}, func(h archive.Hold) []any {
		return []any{h.No, h.Name, orAny(strings.Join(id.Texts(h.People), ",")), orAny(strings.Join(h.Rooms, ",")), date(h.Since), date(h.Until), date(h.ReleasedAt)}
	}, "NO", "NAME", "PEOPLE", "ROOMS", "SINCE", "UNTIL", "RELEASED")
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
	err := cmd.onCorp(ctx, func(s *platform.Server, co corp.Corp) error {
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

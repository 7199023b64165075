package main

import (
	"context"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/archive"
	"qiwei/internal/corp"
	"qiwei/internal/id"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

type archiveRoleCmd struct {
	Add    archiveRoleAddCmd    `cmd:"" aliases:"create" help:"Give a member a role, in place of the one that they have."`
	List   archiveRoleListCmd   `cmd:"" help:"List those who have a role."`
	Remove archiveRoleRemoveCmd `cmd:"" aliases:"delete" help:"Take a member's role away."`
}

type archiveRoleAddCmd struct {
	corpFlags
	UserID           string `arg:"" help:"The member."`
	Role             string `arg:"" help:"reader (of a range), officer (reads all, decides about exports) or auditor (sees who has read, and no message)." enum:"reader,officer,auditor" placeholder:"ROLE"`
	RangeDepartments string `help:"Departments whose conversations a reader reads; 1 is everyone's." placeholder:"IDS"`
	RangeMembers     string `help:"Members whose." placeholder:"USERIDS"`
	RangeTags        string `help:"Tags of whose members." placeholder:"IDS"`
}

func (cmd archiveRoleAddCmd) Run(ctx context.Context) error {
	departments, err := splitNumbers("--range-departments", cmd.RangeDepartments)
	if err != nil {
		return err
	}
	tags, err := splitNumbers("--range-tags", cmd.RangeTags)
	if err != nil {
		return err
	}
	r := access.Range{Departments: departments, Members: splitUsers(cmd.RangeMembers), Tags: tags}
	return cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		return s.Archive.Appoint(ctx, tx, co.CorpID, id.UserID(cmd.UserID), archive.Role(cmd.Role), r)
	})
}

type archiveRoleListCmd struct {
	archiveListFlags
}

func (cmd archiveRoleListCmd) Run(ctx context.Context, c *console) error {
	return printList(ctx, c, cmd.archiveListFlags, func(tx *store.Tx, s *archive.Service, corpID string) ([]archive.Appointee, error) {
		return s.Appointees(tx, corpID)
	}, func(a archive.Appointee) []any {
		of := "everything"
		switch a.Role {
		case archive.RangeReader:
			of = rangeText(a.Range)
		case archive.Auditor:
			of = "who has read"
		}
		return []any{a.UserID, a.Name, a.Role, of, a.Since.Format(time.DateOnly)}
	}, "USERID", "NAME", "ROLE", "RANGE", "SINCE")
}

type archiveRoleRemoveCmd struct {
	corpFlags
	UserID string `arg:"" help:"The member."`
}

func (cmd archiveRoleRemoveCmd) Run(ctx context.Context) error {
	return cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		return s.Archive.Relieve(ctx, tx, co.CorpID, id.UserID(cmd.UserID))
	})
}

type archiveReadsCmd struct {
	archiveListFlags
	UserID string `name:"user" help:"Of one member." placeholder:"USERID"`
	Limit  int64  `help:"At most so many, the newest first." default:"100" placeholder:"N"`
}

func (cmd archiveReadsCmd) Run(ctx context.Context, c *console) error {
	return printList(ctx, c, cmd.archiveListFlags, func(tx *store.Tx, s *archive.Service, corpID string) ([]archive.Read, error) {
		list, _, err := s.Reads(tx, corpID, archive.ReadsAsked{UserID: cmd.UserID, Limit: max(cmd.Limit, 1)})
		return list, err
	}, func(r archive.Read) []any {
		who := r.UserID
		if who == "" {
			who = "program"
		}
		return []any{time.UnixMilli(r.At).Format(time.DateTime), who, r.Address, r.What, r.Asked}
	}, "TIME", "WHO", "ADDRESS", "WHAT", "ASKED")
}

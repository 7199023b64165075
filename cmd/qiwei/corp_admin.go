package main

import (
	"context"
	"strconv"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/id"
	"qiwei/internal/platform"
	"qiwei/internal/store"

	admins "qiwei/internal/admin"
)

// corpAdminCmd says who may use the console. The member who founded the enterprise
// always may.
type corpAdminCmd struct {
	List   corpAdminListCmd   `cmd:"" help:"List the enterprise's admins."`
	Add    corpAdminAddCmd    `cmd:"" aliases:"create" help:"Make a member an admin, or change an admin's role."`
	Remove corpAdminRemoveCmd `cmd:"" aliases:"delete" help:"Remove a member's access to the console."`
}

type corpAdminListCmd struct {
	corpFlags
	jsonFlag
}

type shownAdmin struct {
	UserID      id.UserID   `json:"userid"`
	Name        string      `json:"name"`
	Role        admins.Role `json:"role"`
	Departments []int64     `json:"departments,omitempty"`
	Founder     bool        `json:"founder,omitempty"`
}

func (cmd corpAdminListCmd) Run(ctx context.Context, c *console) error {
	list := []shownAdmin{}
	if err := cmd.look(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		all, err := s.Admins.Admins(ctx, tx, co.CorpID)
		for _, a := range all {
			list = append(list, shownAdmin{a.UserID, a.Name, a.Role, a.Range.Departments, a.Founder})
		}
		return err
	}); err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(c.out, list)
	}
	t := newTable("USERID", "NAME", "ROLE", "DEPARTMENTS")
	for _, a := range list {
		departments := make([]string, len(a.Departments))
		for i, d := range a.Departments {
			departments[i] = strconv.FormatInt(d, 10)
		}
		t.row(a.UserID, a.Name, a.Role, strings.Join(departments, ","))
	}
	return t.print(c.out)
}

type corpAdminAddCmd struct {
	corpFlags
	UserID      string  `arg:"" help:"The member."`
	Role        string  `help:"super: everything; ranged: the members of some departments; reader: looks, and changes nothing." enum:"super,ranged,reader" default:"super"`
	Departments []int64 `help:"Departments of a ranged admin, with those below them." placeholder:"IDS"`
}

func (cmd corpAdminAddCmd) Run(ctx context.Context, c *console) error {
	if (cmd.Role == "ranged") != (len(cmd.Departments) > 0) {
		return usagef("--role ranged and --departments go together")
	}
	return cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		return s.Admins.Appoint(ctx, tx, co.CorpID, id.UserID(cmd.UserID), admins.Role(cmd.Role), access.Range{Departments: cmd.Departments})
	})
}

type corpAdminRemoveCmd struct {
	corpFlags
	UserID string `arg:"" help:"The member."`
}

func (cmd corpAdminRemoveCmd) Run(ctx context.Context, c *console) error {
	return cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		return s.Admins.Dismiss(ctx, tx, co.CorpID, id.UserID(cmd.UserID))
	})
}

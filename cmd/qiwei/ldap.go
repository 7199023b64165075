package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/ldap"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

type ldapCmd struct {
	Account ldapAccountCmd `cmd:"" help:"Service accounts: products that look members up."`
	Show    ldapShowCmd    `cmd:"" help:"Show the suffix and the attributes of an enterprise."`
	Set     ldapSetCmd     `cmd:"" help:"Change the suffix and the attributes of an enterprise."`
}

type ldapAccountCmd struct {
	Add    ldapAddCmd    `cmd:"" aliases:"create" help:"Make a service account and print its bind DN and secret."`
	List   ldapListCmd   `cmd:"" help:"List the service accounts."`
	Rotate ldapRotateCmd `cmd:"" aliases:"rotate-secret,reset-secret" help:"Give a service account a new secret."`
	Remove ldapRemoveCmd `cmd:"" aliases:"delete" help:"Remove a service account; its open connections can read nothing more."`
}

// shownAccount is a service account as JSON.
type shownAccount struct {
	CorpID string       `json:"corpid"`
	Name   string       `json:"name"`
	DN     string       `json:"dn"`
	Secret string       `json:"secret,omitempty"`
	Base   string       `json:"base"`
	Agent  int64        `json:"agentid,omitempty"`
	Range  access.Range `json:"range,omitzero"`
}

func (a shownAccount) print(c *console, json bool) error {
	if json {
		return printJSON(c.out, a)
	}
	var p pairs
	p.add("bind DN", a.DN)
	p.add("secret", a.Secret)
	p.add("base DN", a.Base)
	if a.Agent != 0 {
		p.add("application", a.Agent)
	} else {
		p.add("sees", rangeText(a.Range))
	}
	return p.print(c.out)
}

func describeAccount(tx *store.Tx, s *platform.Server, a ldap.Account) (out shownAccount, err error) {
	out = shownAccount{CorpID: a.CorpID, Name: a.Name, Range: a.Range}
	if out.DN, err = s.LDAP.AccountDN(tx, a.CorpID, a.Name); err != nil {
		return out, err
	}
	if out.Base, err = s.LDAP.SuffixOf(tx, a.CorpID); err != nil || a.App == 0 {
		return out, err
	}
	owner, err := s.Apps.AppNo(tx, a.App)
	out.Agent = owner.AgentID
	return out, err
}

type ldapAddCmd struct {
	corpFlags
	jsonFlag
	Name             string  `arg:"" help:"Name, such as gitea."`
	AgentID          int64   `name:"agentid" help:"Application whose visible range and field rights it has." placeholder:"ID" xor:"range"`
	RangeDepartments *string `help:"Departments that it sees, with all below them; everyone if no range is given." placeholder:"IDS"`
	RangeMembers     *string `help:"Members that it sees." placeholder:"USERIDS"`
	RangeTags        *string `help:"Tags whose members it sees." placeholder:"IDS"`
}

func (cmd ldapAddCmd) Run(ctx context.Context, c *console) error {
	var shown shownAccount
	err := cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		a := ldap.Account{CorpID: co.CorpID, Name: cmd.Name}
		ranged := cmd.RangeDepartments != nil || cmd.RangeMembers != nil || cmd.RangeTags != nil
		switch {
		case cmd.AgentID != 0 && ranged:
			return usagef("--agentid and a range exclude each other: the application's range counts")
		case cmd.AgentID != 0:
			owner, err := appFlags{cmd.corpFlags, cmd.AgentID}.app(tx, s, co)
			if err != nil {
				return err
			}
			a.App = owner.No
		case ranged:
			var holder app.App
			holder.CorpID = co.CorpID
			if err := (appSettings{RangeDepartments: cmd.RangeDepartments, RangeMembers: cmd.RangeMembers, RangeTags: cmd.RangeTags}).applyRange(ctx, tx, s, &holder); err != nil {
				return err
			}
			a.Range = holder.Range
		default:
			a.Range = access.Everything()
		}
		secret, err := s.LDAP.CreateAccount(ctx, tx, a)
		if err != nil {
			return err
		}
		shown, err = describeAccount(tx, s, a)
		shown.Secret = secret
		return err
	})
	if err != nil {
		return err
	}
	return shown.print(c, cmd.JSON)
}

type ldapListCmd struct {
	corpFlags
	jsonFlag
}

func (cmd ldapListCmd) Run(ctx context.Context, c *console) error {
	list := []shownAccount{}
	err := cmd.look(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		accounts, err := s.LDAP.Accounts(tx, co.CorpID)
		for _, a := range accounts {
			shown, err := describeAccount(tx, s, a)
			if err != nil {
				return err
			}
			list = append(list, shown)
		}
		return err
	})
	if err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(c.out, list)
	}
	t := newTable("NAME", "BIND DN", "SEES")
	for _, a := range list {
		sees := rangeText(a.Range)
		if a.Agent != 0 {
			sees = fmt.Sprintf("what application %d sees", a.Agent)
		}
		t.row(a.Name, a.DN, sees)
	}
	return t.print(c.out)
}

type ldapRotateCmd struct {
	corpFlags
	jsonFlag
	Name string `arg:"" help:"Name of the service account."`
}

func (cmd ldapRotateCmd) Run(ctx context.Context, c *console) error {
	var secret string
	err := cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) (err error) {
		secret, err = s.LDAP.RotateAccount(ctx, tx, co.CorpID, cmd.Name)
		return err
	})
	if err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(c.out, map[string]string{"name": cmd.Name, "secret": secret})
	}
	fmt.Fprintln(c.out, secret)
	return nil
}

type ldapRemoveCmd struct {
	corpFlags
	Name string `arg:"" help:"Name of the service account."`
	Yes  bool   `help:"Do not ask."`
}

func (cmd ldapRemoveCmd) Run(ctx context.Context, c *console) error {
	if err := c.confirm(cmd.Yes, fmt.Sprintf("Remove service account %s? Products that bind with it can no longer look anybody up.", cmd.Name)); err != nil {
		return err
	}
	return cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		return s.LDAP.RemoveAccount(ctx, tx, co.CorpID, cmd.Name)
	})
}

// shownLDAP is an enterprise's settings as JSON.
type shownLDAP struct {
	CorpID     string            `json:"corpid"`
	Suffix     string            `json:"suffix"`
	Attributes map[string]string `json:"attributes"`
}

func (l shownLDAP) print(c *console, json bool) error {
	if json {
		return printJSON(c.out, l)
	}
	var p pairs
	p.add("suffix", l.Suffix)
	for _, name := range slices.Sorted(maps.Keys(l.Attributes)) {
		from := l.Attributes[name]
		if from == "" {
			from = "(nothing)"
		}
		p.add(name, from)
	}
	return p.print(c.out)
}

func describeLDAP(tx *store.Tx, s *platform.Server, corpID string) (l shownLDAP, err error) {
	l.CorpID = corpID
	if l.Suffix, err = s.LDAP.SuffixOf(tx, corpID); err != nil {
		return l, err
	}
	set, err := s.LDAP.Settings(tx, corpID)
	if err != nil {
		return l, err
	}
	l.Attributes = ldap.Usual()
	for name, from := range set.Attributes {
		maps.DeleteFunc(l.Attributes, func(k, _ string) bool { return strings.EqualFold(k, name) })
		l.Attributes[name] = from
	}
	return l, nil
}

type ldapShowCmd struct {
	corpFlags
	jsonFlag
}

func (cmd ldapShowCmd) Run(ctx context.Context, c *console) error {
	var l shownLDAP
	err := cmd.look(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) (err error) {
		l, err = describeLDAP(tx, s, co.CorpID)
		return err
	})
	if err != nil {
		return err
	}
	return l.print(c, cmd.JSON)
}

type ldapSetCmd struct {
	corpFlags
	jsonFlag
	Suffix    *string           `help:"DN that the entries hang below, such as dc=corp,dc=example; empty for o=CORPID." placeholder:"DN"`
	Attribute map[string]string `help:"Attribute of members and the field that it shows, such as sAMAccountName=userid or employeeNumber=extattr:工号; an empty field takes the attribute away. Repeat it for more." placeholder:"NAME=FIELD" mapsep:"none"`
	Usual     bool              `help:"Go back to the usual attributes before --attribute is applied."`
}

func (cmd ldapSetCmd) Run(ctx context.Context, c *console) error {
	var l shownLDAP
	err := cmd.do(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) error {
		set, err := s.LDAP.Settings(tx, co.CorpID)
		if err != nil {
			return err
		}
		if cmd.Suffix != nil {
			set.Suffix = *cmd.Suffix
		}
		if cmd.Usual || set.Attributes == nil {
			set.Attributes = map[string]string{}
		}
		for name, from := range cmd.Attribute {
			maps.DeleteFunc(set.Attributes, func(k, _ string) bool { return strings.EqualFold(k, name) })
			set.Attributes[name] = from
		}
		if err := s.LDAP.SetSettings(ctx, tx, co.CorpID, set); err != nil {
			return usage{err}
		}
		l, err = describeLDAP(tx, s, co.CorpID)
		return err
	})
	if err != nil {
		return err
	}
	return l.print(c, cmd.JSON)
}

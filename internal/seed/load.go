package seed

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/aibot"
	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

// Options fill in what a file leaves out or cannot know.
type Options struct {
	// Host replaces $HOST in domains: the server's host and port.
	Host string
	// TrustedIPs are for applications that name none.
	TrustedIPs access.Addresses
	// Dev says that the enterprise is one of qiwei dev, which alone takes the tokens of the file and their lives.
	Dev bool
}

// Load founds the enterprise. On any error nothing has changed.
func Load(ctx context.Context, tx *store.Tx, s *platform.Server, e Enterprise, o Options) (corp.Corp, error) {
	c, err := s.CreateCorp(ctx, tx, corp.Corp{
		CorpID: e.Corp.CorpID, Name: e.Corp.Name, Creator: e.Corp.Creator,
		MemberLimit: e.Corp.MemberLimit, Settings: e.Corp.Settings,
	}, o.TrustedIPs)
	if err != nil {
		return c, fmt.Errorf("corp: %w", err)
	}
	l := loader{ctx: ctx, tx: tx, s: s, by: access.System(c.CorpID), externals: map[string]id.ExternalID{}, Options: o}
	for _, step := range []func(Enterprise) error{l.departments, l.members, l.apps, l.tags, l.bots, l.customers, l.acquisition, l.moments, l.groups, l.serviceAccounts, l.offices, l.calendars, l.meetings, l.checkins, l.builtIn, l.small} {
		if err := step(e); err != nil {
			return c, err
		}
	}
	return c, nil
}

type loader struct {
	ctx context.Context
	tx  *store.Tx
	s   *platform.Server
	by  access.Caller
	// externals are the customers by their names; of several of one name the last.
	externals map[string]id.ExternalID
	Options
}

// departments creates the tree from the root downward, whatever the file's order.
func (l loader) departments(e Enterprise) error {
	below := map[int64][]int{}
	for i, d := range e.Departments {
		parent := d.ParentID
		if parent == 0 && d.ID != access.Root {
			parent = access.Root
		}
		below[parent] = append(below[parent], i)
	}
	made := 0
	for level := []int64{0, access.Root}; len(level) > 0; level = level[1:] {
		for _, i := range below[level[0]] {
			made++
			d, path := e.Departments[i], fmt.Sprintf("departments[%d]", i)
			if d.ID == access.Root {
				u := directory.DepartmentUpdate{ID: d.ID, Name: &d.Name, Order: d.Order}
				if d.NameEN != "" {
					u.NameEN = &d.NameEN
				}
				if err := l.s.Directory.UpdateDepartment(l.ctx, l.tx, l.by, u); err != nil {
					return fmt.Errorf("%s: %w", path, err)
				}
				continue
			}
			if _, err := l.s.Directory.CreateDepartment(l.ctx, l.tx, l.by, directory.NewDepartment{
				ID: d.ID, ParentID: level[0], Name: d.Name, NameEN: d.NameEN, Order: d.Order,
			}); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			level = append(level, d.ID)
		}
	}
	if made < len(e.Departments) {
		return fmt.Errorf("departments: %d of them hang below themselves and not below the root", len(e.Departments)-made)
	}
	return nil
}

// members creates the members in the file's order. A leader who comes later in the file is set afterwards.
func (l loader) members(e Enterprise) error {
	made := map[string]bool{}
	var later []int
	for i, m := range e.Members {
		member := m.member()
		if m.DirectLeader != "" && !made[m.DirectLeader.Key()] {
			member.DirectLeader = ""
			later = append(later, i)
		} else if len(m.MailAliases) > 0 {
			later = append(later, i)
		}
		if _, _, err := l.s.Directory.CreateMember(l.ctx, l.tx, l.by, member, false); err != nil {
			return fmt.Errorf("members[%d] (%s): %w", i, m.Texts[directory.FieldName], err)
		}
		made[m.UserID.Key()] = true
	}
	for _, i := range later {
		m := e.Members[i]
		u := directory.MemberUpdate{UserID: m.UserID}
		if m.DirectLeader != "" {
			u.DirectLeaders = &[]string{string(m.DirectLeader)}
		}
		if len(m.MailAliases) > 0 {
			u.MailAliases = &m.MailAliases
		}
		if err := l.s.Directory.UpdateMember(l.ctx, l.tx, l.by, u); err != nil {
			return fmt.Errorf("members[%d] (%s): %w", i, m.Texts[directory.FieldName], err)
		}
	}
	return nil
}

func (m Member) member() directory.Member {
	out := directory.Member{
		UserID: m.UserID, Generated: m.Generated, Gender: m.Gender, Avatar: m.Avatar, MainDepartment: m.MainDepartment, DirectLeader: m.DirectLeader,
		Enabled: m.Enable == nil || *m.Enable, Activated: m.Activated == nil || *m.Activated,
		Attributes: attributes(m.Attributes),
	}
	m.Put(&out)
	for i, d := range m.Departments {
		p := directory.Place{Department: d}
		if len(m.Orders) > 0 {
			p.Order = m.Orders[i]
		}
		if len(m.Leads) > 0 {
			p.Leader = m.Leads[i] == 1
		}
		if !slices.ContainsFunc(out.Places, func(q directory.Place) bool { return q.Department == d }) {
			out.Places = append(out.Places, p)
		}
	}
	if x := m.External; x != nil {
		out.External = directory.ExternalProfile{CorpName: x.CorpName, Channel: x.Channel, Attributes: attributes(x.Attributes)}
	}
	return out
}

func attributes(list []Attribute) directory.Attributes {
	var out directory.Attributes
	for _, a := range list {
		d := directory.Attribute{Name: a.Name, Text: a.Value, URL: a.URL, Title: a.Title, AppID: a.AppID, PagePath: a.PagePath}
		switch {
		case a.Type != nil:
			d.Type = *a.Type
		case a.AppID != "":
			d.Type = 2
		case a.URL != "":
			d.Type = 1
		}
		out = append(out, d)
	}
	return out
}

// tags come after the applications, which some belong to.
func (l loader) tags(e Enterprise) error {
	for i, t := range e.Tags {
		fail := func(err error) error { return fmt.Errorf("tags[%d] (%s): %w", i, t.Name, err) }
		by := l.by
		if t.AgentID != 0 {
			owner, err := l.s.Apps.App(l.tx, l.by.CorpID, t.AgentID)
			if err != nil {
				return fail(err)
			}
			by.App = owner.No
		}
		tagID, err := l.s.Directory.CreateTag(l.ctx, l.tx, by, t.ID, t.Name)
		if err != nil {
			return fail(err)
		}
		var users []string
		for _, u := range t.Members {
			users = append(users, string(u))
		}
		for some := range slices.Chunk(users, 1000) {
			if _, err := l.s.Directory.AddToTag(l.ctx, l.tx, by, tagID, directory.TagNodes{Users: some}); err != nil {
				return fail(err)
			}
		}
		for some := range slices.Chunk(t.Departments, 100) {
			if _, err := l.s.Directory.AddToTag(l.ctx, l.tx, by, tagID, directory.TagNodes{Departments: some}); err != nil {
				return fail(err)
			}
		}
	}
	return nil
}

// apps creates the applications. If the file has one of those that every corp has, it replaces the one made
// with the corp.
func (l loader) apps(e Enterprise) error {
	for i, a := range e.Apps {
		fail := func(err error) error { return fmt.Errorf("apps[%d] (%s): %w", i, a.Kind, err) }
		made, err := l.s.Apps.Apps(l.tx, l.by.CorpID)
		if err != nil {
			return fail(err)
		}
		settings := a.settings(l.Options)
		for _, old := range made {
			if old.Kind != a.Kind || a.Kind == access.SelfBuilt {
				continue
			}
			if settings.Name == "" {
				settings.Name = old.Name
			}
			if settings.Range.Empty() {
				settings.Range = old.Range
			}
			if err := l.s.Apps.DeleteApp(l.ctx, l.tx, l.by.CorpID, old.AgentID); err != nil {
				return fail(err)
			}
		}
		if settings.Name == "" {
			settings.Name = string(a.Kind)
		}
		added, err := l.s.Apps.CreateApp(l.ctx, l.tx, app.App{
			CorpID: l.by.CorpID, Kind: a.Kind, AgentID: a.AgentID, Secret: a.Secret, Settings: settings,
		})
		if err == nil {
			err = l.tokens(a, added.No)
		}
		if err != nil {
			return fail(err)
		}
	}
	return nil
}

// tokens sets what the file says of an application's access tokens.
func (l loader) tokens(a App, no int64) error {
	for _, t := range []struct {
		name  string
		given bool
		set   func() error
	}{
		{"access_token", a.AccessToken != "", func() error { return l.s.Tokens.SetGiven(l.tx, no, a.AccessToken) }},
		{"token_life", a.TokenLife != 0, func() error {
			return l.s.Tokens.SetLife(l.tx, no, time.Duration(a.TokenLife)*time.Second)
		}},
	} {
		if !t.given {
			continue
		}
		if !l.Dev {
			return fmt.Errorf("%s: only an enterprise of qiwei dev may have one, for tests; leave it out", t.name)
		}
		if err := t.set(); err != nil {
			return fmt.Errorf("%s: %w", t.name, err)
		}
	}
	return nil
}

func (l loader) bots(e Enterprise) error {
	for i, b := range e.Bots {
		if b.Mode == "" {
			if b.Mode = aibot.WebSocket; b.URL != "" {
				b.Mode = aibot.Webhook
			}
		}
		if b.Range.Empty() {
			b.Range = access.Everything()
		}
		if _, err := l.s.Bots.CreateBot(l.ctx, l.tx, aibot.Bot{
			CorpID: l.by.CorpID, BotID: b.BotID, Mode: b.Mode, Token: b.Token, AESKey: b.EncodingAESKey, Secret: b.Secret,
			Settings: aibot.Settings{Name: b.Name, Logo: b.Logo, URL: b.URL, Range: b.Range, Disabled: b.Disabled},
		}); err != nil {
			return fmt.Errorf("bots[%d] (%s): %w", i, b.Name, err)
		}
	}
	return nil
}

func (a App) settings(o Options) app.Settings {
	host := func(domain string) string { return strings.ReplaceAll(domain, "$HOST", o.Host) }
	out := app.Settings{
		Name: a.Name, Description: a.Description, Logo: a.Logo, HomeURL: a.HomeURL, Disabled: a.Disabled, Legacy: a.Legacy,
		RedirectDomain: host(a.RedirectDomain), LoginDomain: host(a.LoginDomain), TrustedIPs: o.TrustedIPs,
		Range: a.Range, Sensitive: a.Sensitive, Callable: a.Callable, CustomWorkbench: a.CustomWorkbench,
		ReportEnter: a.ReportEnter, ReportLocation: a.ReportLocation,
	}
	if a.CustomerCallable {
		out.List(access.CustomerContact, true)
	}
	for _, d := range a.TrustedDomains {
		out.TrustedDomains = append(out.TrustedDomains, host(d))
	}
	if a.TrustedIPs != nil {
		out.TrustedIPs, _ = access.ParseAddresses(*a.TrustedIPs) // Parse has read it once
	}
	if c := a.Callback; c != nil {
		out.CallbackURL, out.CallbackToken, out.CallbackAESKey, out.CallbackEvents = c.URL, c.Token, c.EncodingAESKey, c.Events
	}
	return out
}

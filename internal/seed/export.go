package seed

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/aibot"
	"qiwei/internal/app"
	"qiwei/internal/corp"
	"qiwei/internal/directory"
	"qiwei/internal/meetingroom"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Export describes an enterprise as Load founds it. Without secrets its
// applications are given new ones; passwords are never in it. What a provider has
// installed is left out, and named in LeftOut: it comes from the provider, and its
// keys are not the enterprise's.
func Export(ctx context.Context, tx *store.Tx, s *platform.Server, c corp.Corp, secrets bool) (Enterprise, error) {
	e := Enterprise{Format: Format, Corp: Corp{
		CorpID: c.CorpID, Name: c.Name, Creator: c.Creator, MemberLimit: c.MemberLimit, Settings: c.Settings,
	}}
	by := access.System(c.CorpID)
	departments, err := s.Directory.Departments(ctx, tx, by, 0)
	if err != nil {
		return e, err
	}
	for _, d := range departments {
		e.Departments = append(e.Departments, Department{ID: d.ID, ParentID: d.ParentID, Name: d.Name, NameEN: d.NameEN, Order: &d.Order})
	}
	err = s.Directory.EachMember(tx, by, func(m directory.Member) error {
		e.Members = append(e.Members, memberOf(m))
		return nil
	})
	if err != nil {
		return e, err
	}
	apps, err := s.Apps.Apps(tx, c.CorpID)
	if err != nil {
		return e, err
	}
	agents := map[int64]int64{} // by the application's number
	for _, a := range apps {
		if a.Kind.Installed() {
			e.LeftOut = append(e.LeftOut, fmt.Sprintf("%s (agentid %d), which a provider has installed", a.Name, a.AgentID))
			continue
		}
		described := AppOf(a, secrets)
		if described.TokenLife, err = s.Tokens.LifeSet(tx, a.No); err != nil {
			return e, err
		}
		e.Apps = append(e.Apps, described)
		agents[a.No] = a.AgentID
	}
	tags, err := s.Directory.Tags(ctx, tx, by)
	if err != nil {
		return e, err
	}
	for _, t := range tags {
		content, err := s.Directory.Tag(ctx, tx, by, t.ID)
		if err != nil {
			return e, err
		}
		// A tag of an application that is left out becomes the administrators'.
		tag := Tag{ID: t.ID, Name: t.Name, AgentID: agents[t.Owner], Departments: content.Departments}
		for _, m := range content.Members {
			tag.Members = append(tag.Members, m.UserID)
		}
		e.Tags = append(e.Tags, tag)
	}
	known, err := s.Customers.Known(tx, c.CorpID, 1)
	if err != nil {
		return e, err
	}
	groups, err := s.Groups.Known(tx, c.CorpID, 1)
	if err != nil {
		return e, err
	}
	if len(known)+len(groups) > 0 {
		e.LeftOut = append(e.LeftOut, "customers, their tags and groups, contact ways, join ways, acquisition links and moments")
	}
	accounts, err := s.KF.Known(tx, c.CorpID, 1)
	if err != nil {
		return e, err
	}
	if len(accounts) > 0 {
		e.LeftOut = append(e.LeftOut, "accounts of customer service")
	}
	approvals, err := s.Approvals.Existing(tx, c.CorpID)
	if err != nil {
		return e, err
	}
	journals, err := s.Journals.Templates(tx, c.CorpID)
	if err != nil {
		return e, err
	}
	if len(approvals)+len(journals) > 0 {
		e.LeftOut = append(e.LeftOut, "approvals, journals and their templates")
	}
	if err := exportCheckins(tx, s, c.CorpID, &e); err != nil {
		return e, err
	}
	kept, err := s.Archive.Status(tx, c.CorpID)
	if err != nil {
		return e, err
	}
	if len(kept.Keys) > 0 {
		e.LeftOut = append(e.LeftOut, "the chat archive and its keys")
	}
	inside, err := s.Chats.Groups(tx, c.CorpID, 1)
	if err != nil {
		return e, err
	}
	if len(inside) > 0 {
		e.LeftOut = append(e.LeftOut, "what members say, and their groups")
	}
	rooms, err := s.MeetingRooms.Rooms(tx, c.CorpID, meetingroom.RoomFilter{})
	if err != nil {
		return e, err
	}
	calendars, err := s.Calendars.Any(tx, c.CorpID)
	if err != nil {
		return e, err
	}
	if len(rooms) > 0 || calendars {
		e.LeftOut = append(e.LeftOut, "calendars, schedules and meeting rooms")
	}
	left, err := leftOfBuiltIn(tx, s, c.CorpID)
	if err != nil {
		return e, err
	}
	e.LeftOut = append(e.LeftOut, left...)
	bots, err := s.Bots.Bots(tx, c.CorpID)
	for _, b := range bots {
		e.Bots = append(e.Bots, botOf(b, secrets))
	}
	return e, err
}

func botOf(b aibot.Bot, secrets bool) Bot {
	out := Bot{BotID: b.BotID, Name: b.Name, Logo: elsewhere(b.Logo), Mode: b.Mode, URL: b.URL, Range: b.Range, Disabled: b.Disabled}
	if secrets {
		out.Token, out.EncodingAESKey, out.Secret = b.Token, b.AESKey, b.Secret
	}
	return out
}

// elsewhere returns the address of a picture that is not on this server: the file does not contain those that
// are.
func elsewhere(picture string) string {
	if strings.HasPrefix(picture, "/") {
		return ""
	}
	return picture
}

func memberOf(m directory.Member) Member {
	out := Member{
		UserID: m.UserID, Generated: m.Generated, Texts: directory.TextsOf(&m), MailAliases: m.MailAliases, Gender: m.Gender,
		Avatar: elsewhere(m.Avatar), MainDepartment: m.MainDepartment, DirectLeader: m.DirectLeader, Attributes: attributesOf(m.Attributes),
	}
	no := false
	if !m.Enabled {
		out.Enable = &no
	}
	if !m.Activated {
		out.Activated = &no
	}
	orders, leads := false, false
	for _, p := range m.Places {
		lead := int64(0)
		if p.Leader {
			lead = 1
		}
		out.Departments, out.Orders, out.Leads = append(out.Departments, p.Department), append(out.Orders, p.Order), append(out.Leads, lead)
		orders, leads = orders || p.Order != 0, leads || p.Leader
	}
	if !orders {
		out.Orders = nil
	}
	if !leads {
		out.Leads = nil
	}
	if len(out.Departments) == 1 {
		out.MainDepartment = 0
	}
	if x := m.External; x.CorpName != "" || x.Channel != "" || len(x.Attributes) > 0 {
		out.External = &ExternalProfile{CorpName: x.CorpName, Channel: x.Channel, Attributes: attributesOf(x.Attributes)}
	}
	return out
}

func attributesOf(list directory.Attributes) []Attribute {
	var out []Attribute
	for _, a := range list {
		t := a.Type
		out = append(out, Attribute{Type: &t, Name: a.Name, Value: a.Text, URL: a.URL, Title: a.Title, AppID: a.AppID, PagePath: a.PagePath})
	}
	return out
}

// AppOf describes an application; its secret and callback keys only if asked to.
func AppOf(a app.App, secrets bool) App {
	ips := a.TrustedIPs.String()
	out := App{
		Kind: a.Kind, AgentID: a.AgentID, Name: a.Name, Description: a.Description, Logo: elsewhere(a.Logo), HomeURL: a.HomeURL,
		Disabled: a.Disabled, Legacy: a.Legacy, RedirectDomain: a.RedirectDomain, LoginDomain: a.LoginDomain,
		TrustedDomains: a.TrustedDomains, TrustedIPs: &ips, Range: a.Range, Sensitive: a.Sensitive,
		Callable: a.Callable, CustomWorkbench: a.CustomWorkbench, ReportEnter: a.ReportEnter, ReportLocation: a.ReportLocation,
	}
	if a.CallbackURL != "" {
		out.Callback = &Callback{URL: a.CallbackURL, Events: a.CallbackEvents}
	}
	if secrets {
		out.Secret = a.Secret
		out.Callback = &Callback{a.CallbackURL, a.CallbackToken, a.CallbackAESKey, a.CallbackEvents}
	}
	return out
}

// Write writes the file in the form that Parse reads, with one line for each element of its lists.
func (e Enterprise) Write(w io.Writer) error {
	out := bufio.NewWriter(w)
	enc := func(v any) string {
		var b strings.Builder
		plain := json.NewEncoder(&b)
		plain.SetEscapeHTML(false)
		if err := plain.Encode(v); err != nil {
			panic(err) // strings and numbers only
		}
		return strings.TrimSuffix(b.String(), "\n")
	}
	fmt.Fprintf(out, "{\n  \"format\": %s,\n  \"corp\": %s", enc(e.Format), enc(e.Corp))
	writeList(out, "departments", e.Departments, enc)
	writeList(out, "members", e.Members, enc)
	writeList(out, "tags", e.Tags, enc)
	writeList(out, "apps", e.Apps, enc)
	writeList(out, "bots", e.Bots, enc)
	writeList(out, "checkin_rules", e.CheckinRules, func(v any) string { return string(wire.Encode(v)) }) // lists, never null
	out.WriteString("\n}\n")
	return out.Flush()
}

func writeList[T any](out *bufio.Writer, name string, list []T, enc func(any) string) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(out, ",\n  %q: [", name)
	for i, v := range list {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString("\n    " + enc(v))
	}
	out.WriteString("\n  ]")
}

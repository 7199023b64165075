package directory

import (
	"slices"
	"strconv"
	"strings"

	"qiwei/internal/event"
	"qiwei/internal/store"
)

// changeContact is a push of a change of the directory (doc 90967).
func changeContact(fields event.Fields) []event.Push {
	return []event.Push{{Event: "change_contact", Fields: fields}}
}

// Push writes create_user (doc 90970). What is empty is left out, as captures of
// the platform show.
func (e MemberCreatedEvent) Push(tx *store.Tx, to event.Audience) ([]event.Push, error) {
	p := memberPush{s: e.s, tx: tx, to: to, m: &e.Member}
	if seen, err := p.sees(e.Member, nil); err != nil || !seen {
		return nil, err
	}
	p.Bare("ChangeType", "create_user")
	p.User("UserID", e.Member.UserID)
	return p.push()
}

// Push writes update_user (doc 90970). To whom identifiers alone are told, it
// tells nothing but new departments and a new userid. A member who was moved out
// of the range is still told of.
func (e MemberUpdatedEvent) Push(tx *store.Tx, to event.Audience) ([]event.Push, error) {
	p := memberPush{s: e.s, tx: tx, to: to, m: &e.Member, changed: e.Changed, update: true}
	if to.Form == event.IDs && e.NewUserID == "" && !p.has("department") {
		return nil, nil
	}
	seen, err := p.sees(e.Before, nil)
	if err == nil && !seen {
		seen, err = p.sees(e.Member, nil)
	}
	if err != nil || !seen {
		return nil, err
	}
	p.Bare("ChangeType", "update_user")
	p.User("UserID", e.UserID)
	if e.NewUserID != "" {
		p.User("NewUserID", e.NewUserID)
		p.news = true
	}
	return p.push()
}

// Push writes delete_user (doc 90970).
func (e MemberDeletedEvent) Push(tx *store.Tx, to event.Audience) ([]event.Push, error) {
	p := memberPush{s: e.s, tx: tx, to: to}
	if seen, err := p.sees(e.Before, e.Tags); err != nil || !seen {
		return nil, err
	}
	p.Bare("ChangeType", "delete_user")
	p.User("UserID", e.UserID)
	return changeContact(p.Fields), nil
}

// memberPush writes a member for one receiver.
type memberPush struct {
	event.Fields
	s       *Service
	tx      *store.Tx
	to      event.Audience
	m       *Member
	v       *view
	update  bool     // only what changed is written
	changed []string // its wire names
	news    bool     // something that changed was written
}

// sees reports whether the receiver is told of the member at all. tags are those
// of a member whose rows are gone.
func (p *memberPush) sees(m Member, tags []int64) (bool, error) {
	if p.to.Form != event.Visible {
		return true, nil
	}
	if slices.ContainsFunc(tags, func(t int64) bool { return slices.Contains(p.to.Range.Tags, t) }) {
		return true, nil
	}
	return p.s.Sees(p.tx, p.to.Caller, m)
}

func (p *memberPush) has(field string) bool { return slices.Contains(p.changed, field) }

// wants reports whether the field is written: it may be read, and it is new.
func (p *memberPush) wants(f Field, wireName string) bool {
	if !p.v.shows(f, p.m) || (p.update && !p.has(wireName)) {
		return false
	}
	p.news = true
	return true
}

// field writes a text. In a new member an empty one says nothing, in an update
// that it was cleared.
func (p *memberPush) field(name string, f Field, wireName, text string) {
	if p.wants(f, wireName) && (text != "" || p.update) {
		p.Text(name, text)
	}
}

// always writes a text that the page does not list among those that are written
// only when they changed.
func (p *memberPush) always(name string, f Field, wireName, text string) {
	if p.wants(f, wireName) || (p.v.shows(f, p.m) && text != "") {
		if text != "" || p.has(wireName) {
			p.Text(name, text)
		}
	}
}

// push writes what follows the userid, and returns the push if it says anything.
func (p *memberPush) push() ([]event.Push, error) {
	if p.to.Form == event.IDs {
		if !p.update || p.has("department") {
			p.Text("Department", numbers(p.m.Departments()))
		}
		return changeContact(p.Fields), nil
	}
	p.v = newView(p.to.Caller)
	p.field("Name", FieldName, "name", p.m.Name)
	if err := p.places(); err != nil {
		return nil, err
	}
	m := p.m
	p.field("Position", FieldPosition, "position", m.Position)
	if p.wants(FieldMobile, "mobile") && (m.Mobile != "" || p.update) {
		p.Bare("Mobile", m.Mobile) // without CDATA on this page
	}
	if p.wants(FieldGender, "gender") {
		p.Int("Gender", m.Gender)
	} else if !p.update {
		p.Int("Gender", 0) // withheld
	}
	p.field("Email", FieldEmail, "email", m.Email)
	p.field("BizMail", FieldBizMail, "biz_mail", m.BizMail)
	p.Int("Status", int64(m.Status()))
	p.news = p.news || p.has("status")
	if p.wants(FieldAvatar, "avatar") {
		large, _ := p.s.AvatarURL(m)
		p.Text("Avatar", large)
	}
	p.field("Alias", FieldAlias, "alias", m.Alias)
	p.field("Telephone", FieldTelephone, "telephone", m.Telephone)
	p.always("Address", FieldAddress, "address", m.Address)
	if p.wants(FieldExtattr, "extattr") && (len(m.Attributes) > 0 || p.update) {
		p.Group("ExtAttr", attributeItems(m.Attributes))
	}
	if p.to.Form == event.Visible && p.update && !p.news {
		return nil, nil // nothing that changed is the receiver's to know
	}
	return changeContact(p.Fields), nil
}

// places writes departments and leaders, cut to what the receiver sees.
func (p *memberPush) places() error {
	seen, err := p.s.rangeOf(p.tx, p.v, []Member{*p.m})
	if err != nil {
		return err
	}
	var departments, leads []int64
	for _, at := range p.m.Places {
		if p.v.cuts(FieldDepartment) && !seen.departments[at.Department] {
			continue
		}
		departments, leads = append(departments, at.Department), append(leads, flag(at.Leader))
	}
	if p.wants(FieldDepartment, "department") {
		p.Text("Department", numbers(departments))
	}
	if (!p.v.cuts(FieldMainDepartment) || seen.departments[p.m.MainDepartment]) && p.wants(FieldMainDepartment, "main_department") {
		p.Int("MainDepartment", p.m.MainDepartment)
	}
	if p.v.shows(FieldLeader, p.m) {
		p.Text("IsLeaderInDept", numbers(leads))
		p.news = p.news || p.has("is_leader_in_dept")
	}
	// An application developed by a provider is told of the leader of a new member
	// alone; that is the page's.
	if p.to.Form == event.Visible && p.update {
		return nil
	}
	leader := p.m.DirectLeader
	if p.v.cuts(FieldDirectLeader) && seen.leaders[leader.Key()].no == 0 {
		leader = ""
	}
	p.always("DirectLeader", FieldDirectLeader, "direct_leader", string(leader))
	return nil
}

func attributeItems(list Attributes) event.Fields {
	var items event.Fields
	for _, a := range list {
		var item, body event.Fields
		item.Text("Name", a.Name)
		item.Int("Type", a.Type)
		if a.Type == attributeWeb {
			body.Text("Title", a.Title)
			body.Text("Url", a.URL)
			item.Group("Web", body)
		} else {
			body.Text("Value", a.Text)
			item.Group("Text", body)
		}
		items.Group("Item", item)
	}
	return items
}

// numbers is a list as the pushes of the directory write it.
func numbers(list []int64) string {
	parts := make([]string, len(list))
	for i, n := range list {
		parts[i] = strconv.FormatInt(n, 10)
	}
	return strings.Join(parts, ",")
}

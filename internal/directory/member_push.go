package directory

import (
	"slices"
	"strconv"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// changeContact is a push of a change of the directory (doc 90967). A suite is told of which corp it is (doc
// 90639).
func changeContact(to event.Audience, fields event.Fields) []event.Push {
	p := event.Push{Event: "change_contact", Fields: fields}
	if to.Envelope == event.OfSuite {
		p.Lead.Text("AuthCorpId", to.Corp)
	}
	return []event.Push{p}
}

// beginChange returns the first element of a change, which the pages write without CDATA to a corp's receiver.
func beginChange(to event.Audience, change string) (f event.Fields) {
	if to.Envelope == event.OfSuite {
		f.Text("ChangeType", change)
	} else {
		f.Bare("ChangeType", change)
	}
	return f
}

// Push writes create_user (doc 90970). Empty fields are left out, as captures of the platform show.
func (e MemberCreatedEvent) Push(tx *store.Tx, to event.Audience) ([]event.Push, error) {
	p := memberPush{s: e.s, departments: rowOf[FieldDepartment], tx: tx, to: to, m: &e.Member}
	if seen, err := p.sees(e.Member, nil); err != nil || !seen {
		return nil, err
	}
	p.begin("create_user", e.Member.UserID, e.Member.UserID)
	return p.push()
}

// Push writes update_user (doc 90970). A receiver that is shown identifiers only is told of new departments
// and a new userid only. A member who was moved out of the range is still reported.
func (e MemberUpdatedEvent) Push(tx *store.Tx, to event.Audience) ([]event.Push, error) {
	p := memberPush{s: e.s, departments: rowOf[FieldDepartment], tx: tx, to: to, m: &e.Member, changed: e.Changed, update: true}
	if to.Form == event.IDs && (e.NewUserID == "" || to.IDs != nil) && !p.has(FieldDepartment) {
		return nil, nil
	}
	seen, err := p.sees(e.Before, nil)
	if err == nil && !seen {
		seen, err = p.sees(e.Member, nil)
	}
	if err != nil || !seen {
		return nil, err
	}
	if to.IDs != nil { // a provider's id of a member does not change
		p.begin("update_user", e.Member.UserID, e.Member.UserID)
		return p.push()
	}
	p.begin("update_user", e.UserID, e.Member.UserID)
	if e.NewUserID != "" {
		p.User("NewUserID", e.NewUserID)
		p.news = true
	}
	return p.push()
}

// Push writes delete_user (doc 90970).
func (e MemberDeletedEvent) Push(tx *store.Tx, to event.Audience) ([]event.Push, error) {
	p := memberPush{s: e.s, departments: rowOf[FieldDepartment], tx: tx, to: to}
	if seen, err := p.sees(e.Before, e.Tags); err != nil || !seen {
		return nil, err
	}
	p.begin("delete_user", e.UserID, e.UserID)
	return changeContact(to, p.Fields), nil
}

// memberPush writes a member for one receiver.
type memberPush struct {
	event.Fields
	s  *Service
	tx *store.Tx
	to event.Audience
	// departments is the index of FieldDepartment's row.
	departments int
	m           *Member
	v           *view
	seen        inRange
	i           int // the row being written
	row         *FieldRow
	update      bool     // only what changed is written
	changed     []string // its wire names
	news        bool     // a changed field was written
}

// begin writes the change and the member. A suite is told the provider's id of the member in an element of its
// own, too.
//
// now is the userid that the member has, where the change is of it.
func (p *memberPush) begin(change string, user, now id.UserID) {
	p.Fields = beginChange(p.to, change)
	p.User("UserID", user)
	if p.to.Envelope == event.OfSuite {
		p.OpenUser("OpenUserID", now)
	}
}

// sees reports whether the receiver is told of the member at all. tags are the tags of a member whose rows
// are already deleted.
func (p *memberPush) sees(m Member, tags []int64) (bool, error) {
	if p.to.Form != event.Visible {
		return true, nil
	}
	if slices.ContainsFunc(tags, func(t int64) bool { return slices.Contains(p.to.Range.Tags, t) }) {
		return true, nil
	}
	return p.s.Sees(p.tx, p.to.Caller, m)
}

// pushOrder is the page's order of the elements. Elements that the page lacks come last.
var pushOrder = []string{"Name", "Department", "MainDepartment", "IsLeaderInDept", "DirectLeader", "Position", "Mobile", "Gender", "Email",
	"BizMail", "Status", "Avatar", "Alias", "Telephone", "Address", "ExtAttr"}

// suiteOrder is that of the page for suites, which has no address (doc 90639).
var suiteOrder = []string{"Name", "Department", "MainDepartment", "IsLeaderInDept", "DirectLeader", "Mobile", "Position", "Gender", "Email",
	"BizMail", "Status", "Avatar", "Alias", "Telephone", "ExtAttr"}

// pushed and suitePushed are the indexes of the rows that have an element, in those orders.
var (
	pushed      = rowsInOrder(pushOrder, true)
	suitePushed = rowsInOrder(suiteOrder, false)
)

// rowsInOrder sorts the rows by their elements. Those that are not in the order come last, or are left out.
func rowsInOrder(order []string, others bool) (out []int) {
	at := func(i int) int {
		if at := slices.Index(order, FieldTable[i].Element); at >= 0 {
			return at
		}
		return len(order)
	}
	for i := range FieldTable {
		if FieldTable[i].Element != "" && (others || at(i) < len(order)) {
			out = append(out, i)
		}
	}
	slices.SortStableFunc(out, func(a, b int) int { return at(a) - at(b) })
	return out
}

func (p *memberPush) has(field Field) bool { return slices.Contains(p.changed, string(field)) }

// shown reports whether the receiver may read the field of the present row. wants reports whether it must
// also be written because it is new.
func (p *memberPush) shown() bool { return p.v.shows(p.i, p.m) }

func (p *memberPush) wants() bool {
	if !p.shown() || (p.update && !p.has(p.row.Name)) {
		return false
	}
	p.news = true
	return true
}

// text writes a text. An empty text is left out for a new member; in an update it says that the text was
// cleared. A third party is told a new member's id for the name, and of no new name (doc 90639).
func (p *memberPush) text(text string) {
	if p.v.show[p.i] == AsID {
		if !p.update {
			p.User(p.row.Element, p.m.UserID)
		}
		return
	}
	if p.wants() && (text != "" || p.update) {
		p.Text(p.row.Element, text)
	}
}

// always writes a text. The page does not list it among those that are written only when they changed.
func (p *memberPush) always(text string) {
	if p.wants() || (p.shown() && text != "") {
		if text != "" || p.has(p.row.Name) {
			p.Text(p.row.Element, text)
		}
	}
}

// push writes what follows the userid. It returns nothing if the push would say nothing.
func (p *memberPush) push() (_ []event.Push, err error) {
	if p.to.Form == event.IDs {
		if !p.update || p.has(FieldDepartment) {
			p.Text("Department", numbers(p.m.Departments()))
		}
		return changeContact(p.to, p.Fields), nil
	}
	p.v = newView(p.to.Caller)
	p.seen, err = p.s.rangeOf(p.tx, p.to.Caller, p.v, p.m)
	if err != nil {
		return nil, err
	}
	rows := pushed
	if p.to.Envelope == event.OfSuite {
		rows = suitePushed
	}
	for _, i := range rows {
		p.i, p.row = i, &FieldTable[i]
		if p.row.push != nil {
			p.row.push(p)
		} else {
			p.text(*p.row.Text(p.m))
		}
	}
	if p.to.Form == event.Visible && p.update && !p.news {
		return nil, nil // the receiver may know nothing that changed
	}
	return changeContact(p.to, p.Fields), nil
}

// The elements of fields that are not plain texts, or are written in another way.

func pushDepartments(p *memberPush) {
	if p.wants() {
		p.Text("Department", p.places(p.i, func(at Place) int64 { return at.Department }))
	}
}

func pushMainDepartment(p *memberPush) {
	if p.to.ByMembers {
		if p.wants() {
			p.Int("MainDepartment", access.Root)
		}
		return
	}
	if (!p.v.cuts(p.i) || p.seen.departments[p.m.MainDepartment]) && p.wants() {
		p.Int("MainDepartment", p.m.MainDepartment)
	}
}

// pushLeads is limited to the departments that the receiver sees.
func pushLeads(p *memberPush) {
	if p.shown() {
		p.Text("IsLeaderInDept", p.places(p.departments, func(at Place) int64 { return flag(at.Leader) }))
		p.news = p.news || p.has(FieldLeader)
	}
}

// pushDirectLeader tells a proxy-developed application the leader of a new member only, as the page says.
func pushDirectLeader(p *memberPush) {
	if p.to.Form == event.Visible && p.to.Envelope == event.InCorp && p.update {
		return
	}
	leader := p.m.DirectLeader
	if p.v.cuts(p.i) && p.seen.leaders[leader.Key()].no == 0 {
		leader = ""
	}
	if p.news = p.wants() || p.news; p.shown() && (leader != "" || p.has(p.row.Name)) {
		p.User(p.row.Element, leader)
	}
}

func pushMobile(p *memberPush) {
	switch {
	case p.to.Envelope == event.OfSuite:
		p.text(p.m.Mobile)
	case p.wants() && (p.m.Mobile != "" || p.update):
		p.Bare("Mobile", p.m.Mobile) // without CDATA on this page
	}
}

func pushGender(p *memberPush) {
	if p.wants() {
		p.Int("Gender", p.m.Gender)
	} else if !p.update && p.to.Envelope == event.InCorp {
		p.Int("Gender", 0) // withheld
	}
}

func pushStatus(p *memberPush) {
	p.Int("Status", int64(p.m.Status()))
	p.news = p.news || p.has("status")
}

func pushAvatar(p *memberPush) {
	if p.wants() {
		large, _ := p.s.AvatarURL(p.m)
		p.Text("Avatar", large)
	}
}

func pushAddress(p *memberPush) { p.always(p.m.Address) }

func pushExtattr(p *memberPush) {
	if p.wants() && (len(p.m.Attributes) > 0 || p.update) {
		p.Group("ExtAttr", attributeItems(p.m.Attributes))
	}
}

// places lists a value of each of the member's places, limited to the departments that the field in row i
// shows.
func (p *memberPush) places(i int, of func(Place) int64) string {
	if p.to.ByMembers {
		return numbers([]int64{of(Place{Department: access.Root})})
	}
	var list []int64
	for _, at := range p.m.Places {
		if !p.v.cuts(i) || p.seen.departments[at.Department] {
			list = append(list, of(at))
		}
	}
	return numbers(list)
}

func attributeItems(list Attributes) event.Fields {
	var items event.Fields
	for _, a := range list {
		var item, body event.Fields
		item.Text("Name", a.Name)
		item.Int("Type", a.Type)
		if a.Type == AttributeWeb {
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

// numbers formats a list as the directory's pushes write it.
func numbers(list []int64) string {
	parts := make([]string, len(list))
	for i, n := range list {
		parts[i] = strconv.FormatInt(n, 10)
	}
	return strings.Join(parts, ",")
}

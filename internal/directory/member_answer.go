package directory

import (
	"reflect"
	"strconv"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// memberAnswer is a member as user/get and user/list show one to a caller. It writes the JSON row by row of
// FieldTable.
type memberAnswer struct{ *shown }

// shown is what an answer is made from.
type shown struct {
	*shower
	m    *Member
	card string // computed on first use
}

// shower shows members to one caller.
type shower struct {
	view
	s           *Service
	seen        inRange
	departments int               // the index of FieldDepartment's row
	listed      bool              // by user/list
	open        bool              // to a third party, which knows members by open_userids
	opened      map[string]string // those ids, for one that is shown the corp's own
	rootAlone   bool              // departments are the root, whichever they are
	list        []int64           // that is being written
}

// answer writes a field of a member as it is shown. Its type describes what it writes.
type answer struct {
	typ   reflect.Type
	write func(o *wire.Object, d *shown, i int)
}

// details returns the members as the caller may see them.
func (s *Service) details(tx *store.Tx, by access.Caller, list []Member, listed bool) ([]memberAnswer, error) {
	show, err := s.shower(tx, by, pointers(list)...)
	if err != nil {
		return nil, err
	}
	show.listed = listed
	shows, out := make([]shown, len(list)), make([]memberAnswer, len(list))
	for i := range list {
		shows[i] = shown{shower: show, m: &list[i]}
		out[i] = memberAnswer{&shows[i]}
	}
	return out, nil
}

func pointers(list []Member) []*Member {
	out := make([]*Member, len(list))
	for i := range list {
		out[i] = &list[i]
	}
	return out
}

func (s *Service) shower(tx *store.Tx, by access.Caller, list ...*Member) (*shower, error) {
	show := new(shower)
	return show, s.show(tx, by, show, list...)
}

// show fills in the shower for the caller.
func (s *Service) show(tx *store.Tx, by access.Caller, show *shower, list ...*Member) (err error) {
	show.view, show.s, show.departments = viewFor(&by), s, rowOf[FieldDepartment]
	show.rootAlone = by.ByMembers
	show.open = by.Open != nil && (by.Kind == access.ThirdParty || by.Kind == access.ThirdPartyContacts)
	if show.open && by.IDs == nil {
		users := make([]string, len(list))
		for i, m := range list {
			users[i] = string(m.UserID)
		}
		if show.opened, err = by.Open.Shown(tx, by.CorpID, access.MemberID, users); err != nil {
			return err
		}
	}
	if !by.SeesAll() {
		show.seen, err = s.rangeOf(tx, by, &show.view, list...)
	}
	return err
}

// Members describes what AppendMembers writes.
func (memberAnswer) Members() (out []wire.Member) {
	for i := range FieldTable {
		switch row := &FieldTable[i]; {
		case row.answer.write != nil:
			out = append(out, wire.Member{Name: string(row.Name), Type: row.answer.typ})
		case row.Text != nil:
			out = append(out, wire.Member{Name: string(row.Name), Type: reflect.TypeFor[*string]()})
		}
	}
	return out
}

// AppendMembers writes the fields that the caller reads.
func (d memberAnswer) AppendMembers(o *wire.Object) {
	if o.Finds() {
		answerUserID.write(o, d.shown, 0) // which is also what a third party reads as the name and open_userid
		answerDirectLeader.write(o, d.shown, rowOf[FieldDirectLeader])
		return
	}
	for i := range FieldTable {
		row := &FieldTable[i]
		if row.ListOnly && !d.listed {
			continue
		}
		if row.answer.write != nil {
			row.answer.write(o, d.shown, i)
		} else if row.Text != nil && d.shows(i, d.m) {
			o.Text(string(row.Name), *row.Text(d.m))
		}
	}
}

// inRange is the part of the departments and leaders in a list that the caller sees.
type inRange struct {
	departments map[int64]bool
	leaders     map[string]brief
}

func (s *Service) rangeOf(tx *store.Tx, by access.Caller, v *view, list ...*Member) (seen inRange, err error) {
	if by.SeesAll() {
		return seen, nil
	}
	if v.cuts(rowOf[FieldDepartment]) || v.cuts(rowOf[FieldMainDepartment]) {
		var ids []int64
		for i := range list {
			for _, p := range list[i].Places {
				ids = append(ids, p.Department)
			}
		}
		if seen.departments, err = s.VisibleDepartments(tx, by, ids); err != nil {
			return seen, err
		}
	}
	if v.cuts(rowOf[FieldDirectLeader]) {
		var users []string
		for i := range list {
			if list[i].DirectLeader != "" {
				users = append(users, string(list[i].DirectLeader))
			}
		}
		seen.leaders, err = visibleMembers(tx, by, users)
	}
	return seen, err
}

// sees reports whether the caller sees the department. It does if the field in row i is not limited to what
// the caller sees.
func (d *shower) sees(i int, department int64) bool {
	return !d.cuts(i) || d.seen.departments[department]
}

func (d *shower) seesLeader(i int, leader id.UserID) bool {
	return !d.cuts(i) || d.seen.leaders[leader.Key()].no != 0
}

// The answers of fields that are not plain texts.
var (
	answerUserID = answer{reflect.TypeFor[id.UserID](), func(o *wire.Object, d *shown, _ int) { o.UserID("userid", d.m.UserID) }}

	answerName = answer{reflect.TypeFor[*string](), func(o *wire.Object, d *shown, i int) {
		if d.show[i] == AsID {
			o.UserID("name", d.m.UserID)
		} else if d.shows(i, d.m) {
			o.Text("name", d.m.Name)
		}
	}}

	answerDepartments = answer{reflect.TypeFor[[]int64](), func(o *wire.Object, d *shown, i int) {
		o.Ints("department", d.numbers(i, func(p Place) int64 { return p.Department }))
	}}
	// order and is_leader_in_dept have as many elements as department.
	answerOrders = answer{reflect.TypeFor[[]int64](), func(o *wire.Object, d *shown, i int) {
		if d.rootAlone {
			return
		}
		o.Ints("order", d.numbers(d.departments, func(p Place) int64 { return p.Order }))
	}}
	answerLeads = answer{reflect.TypeFor[[]int64](), func(o *wire.Object, d *shown, i int) {
		if d.shows(i, d.m) {
			o.Ints("is_leader_in_dept", d.numbers(d.departments, func(p Place) int64 { return flag(p.Leader) }))
		} else {
			o.Ints("is_leader_in_dept", nil)
		}
	}}
	answerMainDepartment = answer{reflect.TypeFor[*int64](), func(o *wire.Object, d *shown, i int) {
		if d.rootAlone {
			o.Int("main_department", access.Root)
		} else if d.shows(i, d.m) && d.sees(i, d.m.MainDepartment) {
			o.Int("main_department", d.m.MainDepartment)
		}
	}}
	answerDirectLeader = answer{reflect.TypeFor[[]id.UserID](), func(o *wire.Object, d *shown, i int) {
		if d.m.DirectLeader != "" && d.shows(i, d.m) && d.seesLeader(i, d.m.DirectLeader) {
			o.UserIDs("direct_leader", d.m.DirectLeader)
		} else {
			o.UserIDs("direct_leader")
		}
	}}

	// A withheld gender is 0 (doc 90196).
	answerGender = answer{reflect.TypeFor[string](), func(o *wire.Object, d *shown, i int) {
		gender := int64(0)
		if d.shows(i, d.m) {
			gender = d.m.Gender
		}
		o.Text("gender", strconv.FormatInt(gender, 10))
	}}
	answerStatus = answer{reflect.TypeFor[int64](), func(o *wire.Object, d *shown, _ int) { o.Int("status", int64(d.m.Status())) }}

	answerAvatar = answer{reflect.TypeFor[*string](), func(o *wire.Object, d *shown, i int) {
		if d.shows(i, d.m) {
			large, _ := d.s.avatarURL(d.m, d.cardNumber())
			o.Text("avatar", large)
		} else if d.show[i] == AsID {
			o.Text("avatar", d.s.DefaultAvatarURL())
		}
	}}
	answerThumbnail = answer{reflect.TypeFor[*string](), func(o *wire.Object, d *shown, i int) {
		if d.shows(i, d.m) {
			_, small := d.s.avatarURL(d.m, d.cardNumber())
			o.Text("thumb_avatar", small)
		} else if d.show[i] == AsID {
			o.Text("thumb_avatar", d.s.DefaultAvatarURL())
		}
	}}
	// open_userid is for third parties alone, whose userid it is, too (doc 90332).
	answerOpenUserID = answer{reflect.TypeFor[*id.UserID](), func(o *wire.Object, d *shown, _ int) {
		if open, ok := d.opened[string(d.m.UserID)]; ok {
			o.Text("open_userid", open)
		} else if d.open && d.opened == nil {
			o.UserID("open_userid", d.m.UserID)
		}
	}}
	answerQRCode = answer{reflect.TypeFor[*string](), func(o *wire.Object, d *shown, i int) {
		if d.shows(i, d.m) {
			o.Text("qr_code", d.s.cardURL(d.cardNumber()))
		}
	}}

	answerExtattr = answer{reflect.TypeFor[*wireExtattr](), func(o *wire.Object, d *shown, i int) {
		if d.shows(i, d.m) {
			if len(d.m.Attributes) == 0 {
				o.Encoded("extattr", noExtattr)
			} else {
				o.Value("extattr", &wireExtattr{newWireAttributes(d.m.Attributes)})
			}
		}
	}}
	answerExternalProfile = answer{reflect.TypeFor[*wireExternalProfile](), func(o *wire.Object, d *shown, i int) {
		if d.shows(i, d.m) {
			if d.m.External.empty() {
				o.Encoded("external_profile", noExternalProfile)
			} else {
				o.Value("external_profile", newWireExternalProfile(&d.m.External))
			}
		}
	}}
)

// Most members have no attributes, so the empty values are encoded once.
var (
	noExtattr         = wire.Encode(wireExtattr{})
	noExternalProfile = wire.Encode(*newWireExternalProfile(&ExternalProfile{}))
)

// numbers lists a value of each of the member's places, limited to the departments that the field in row i
// shows. The list is valid until the next call.
func (d *shown) numbers(i int, of func(Place) int64) []int64 {
	d.list = d.list[:0]
	if d.rootAlone {
		return append(d.list, of(Place{Department: access.Root}))
	}
	for _, p := range d.m.Places {
		if d.sees(i, p.Department) {
			d.list = append(d.list, of(p))
		}
	}
	return d.list
}

func (d *shown) cardNumber() string {
	if d.card == "" {
		d.card = d.s.card(d.m)
	}
	return d.card
}

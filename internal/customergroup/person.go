package customergroup

import (
	"context"
	"slices"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Person is somebody in a group.
type Person struct {
	Kind     int64 // staff or outsider
	No       int64 // of the member, or of the customer
	UserID   id.UserID
	External id.ExternalID
	Admin    bool
	Scene    int64
	Invitor  int64 // member, our number; 0 if none invited them
	State    string
	Nickname string
	JoinedAt time.Time
}

// The kinds of people in a group, and the ways in which they come (doc 92122).
const (
	staff    = 1
	outsider = 2

	invited = 1
	byLink  = 2
	byCode  = 3
)

const maxNickname = 32 // characters; unverified

// People are named in a request: members of the corp, and people outside of it.
type People struct {
	Users     []id.UserID
	Externals []id.ExternalID
	// Stranger is somebody whom the corp may not know yet.
	Stranger *customer.Contact
}

// people returns those who are named, each once. The corp's customers need not be anybody's friends.
func (s *Service) people(ctx context.Context, tx *store.Tx, by access.Caller, named People) (out []Person, err error) {
	add := func(p Person) {
		if !slices.ContainsFunc(out, func(o Person) bool { return o.Kind == p.Kind && o.No == p.No }) {
			out = append(out, p)
		}
	}
	for _, u := range named.Users {
		m, err := s.deps.Directory.Member(ctx, tx, by, u)
		if err != nil {
			return nil, err
		}
		add(Person{Kind: staff, No: m.No, UserID: m.UserID})
	}
	for _, e := range named.Externals {
		c, err := s.deps.Customers.Contact(tx, by.CorpID, e)
		if err != nil {
			return nil, err
		}
		add(Person{Kind: outsider, No: c.No, External: e})
	}
	if named.Stranger != nil {
		c, err := s.deps.Customers.Meet(tx, by.CorpID, "", *named.Stranger)
		if err != nil {
			return nil, err
		}
		add(Person{Kind: outsider, No: c.No, External: s.deps.Customers.ExternalID(c.Kind, c.No)})
	}
	return out, nil
}

// Coming says how people come into a group.
type Coming struct {
	People
	Scene    int64     // by a code if 0, or invited if there is an invitor
	Invitor  id.UserID // a member in the group
	State    string
	Nickname string
}

// Join brings people into a group. It records change_external_chat/update, and answers 40058 for those who are
// in it, and for a group without room for all.
func (s *Service) Join(ctx context.Context, tx *store.Tx, by access.Caller, chat id.ChatID, c Coming) ([]Person, error) {
	g, err := s.Group(tx, by.CorpID, chat)
	if err != nil {
		return nil, err
	}
	people, err := s.people(ctx, tx, by, c.People)
	if err != nil {
		return nil, err
	}
	return people, s.enter(ctx, tx, by, g, people, c)
}

func (s *Service) enter(ctx context.Context, tx *store.Tx, by access.Caller, g Group, people []Person, c Coming) error {
	scene, invitor, err := s.scene(ctx, tx, by, g, c)
	switch n := utf8.RuneCountInString(c.Nickname); {
	case err != nil:
		return err
	case len(people) == 0:
		return errNobody
	case n > maxNickname:
		return wire.ErrParameter.With("group_nickname: at most %d characters, %d given", maxNickname, n)
	}
	in, err := selectPeople(tx, by.CorpID, g.No, ``)
	if err != nil {
		return err
	}
	if int64(len(in)+len(people)) > g.Capacity {
		return errFull.With("the group is full: %d of %d people are in it", len(in), g.Capacity)
	}
	for i := range people {
		p := &people[i]
		if slices.ContainsFunc(in, func(o Person) bool { return o.Kind == p.Kind && o.No == p.No }) {
			return wire.ErrParameter.With("%s is in the group already", p.name())
		}
		p.Scene, p.Invitor, p.State, p.Nickname = scene, invitor, c.State, c.Nickname
		if err := insertPerson(tx, by.CorpID, g.No, *p); err != nil {
			return err
		}
	}
	if err := s.changePeople(ctx, tx, by, g, joined, comesAs(scene), people); err != nil {
		return err
	}
	if err := s.tellJoined(ctx, tx, by, g.No, people); err != nil {
		return err
	}
	return s.greet(tx, by.CorpID, g, people)
}

// name is the id of a person.
func (p Person) name() string {
	if p.Kind == staff {
		return string(p.UserID)
	}
	return string(p.External)
}

// comesAs is the JoinScene of an event, which knows less than the answer of a call (doc 92130).
func comesAs(scene int64) int64 {
	if scene == byCode {
		return byCode
	}
	return 0
}

func (s *Service) scene(ctx context.Context, tx *store.Tx, by access.Caller, g Group, c Coming) (scene, invitor int64, err error) {
	scene = c.Scene
	if scene == 0 {
		if scene = byCode; c.Invitor != "" {
			scene = invited
		}
	}
	if scene < invited || scene > byCode {
		return 0, 0, wire.ErrParameter.With("join_scene: 1, 2 or 3 expected, %d given", scene)
	}
	if c.Invitor == "" {
		return scene, 0, nil
	}
	m, err := s.deps.Directory.Member(ctx, tx, by, c.Invitor)
	if err != nil {
		return 0, 0, err
	}
	in, err := selectPeople(tx, by.CorpID, g.No, `kind = ? AND person = ?`, int64(staff), m.No)
	if err == nil && len(in) == 0 {
		err = wire.ErrParameter.With("invitor: %q is not in the group", m.UserID)
	}
	return scene, m.No, err
}

// Leave takes people out of a group: they go by themselves, or somebody removes them. It records
// change_external_chat/update, and answers 40058 for people who are not in it, for the owner, and for a
// remover who is neither owner nor administrator.
func (s *Service) Leave(ctx context.Context, tx *store.Tx, by access.Caller, chat id.ChatID, named People, remover id.UserID) error {
	g, err := s.Group(tx, by.CorpID, chat)
	if err != nil {
		return err
	}
	people, err := s.people(ctx, tx, by, named)
	if err != nil {
		return err
	}
	if len(people) == 0 {
		return errNobody
	}
	if remover != "" {
		if err := s.mayRemove(ctx, tx, by, g, remover); err != nil {
			return err
		}
	}
	for _, p := range people {
		if p.Kind == staff && p.No == g.Owner {
			return wire.ErrParameter.With("%q owns the group; hand it on first", p.UserID)
		}
		n, err := removePerson(tx, by.CorpID, g.No, p)
		if err == nil && n == 0 {
			err = wire.ErrParameter.With("%s is not in the group", p.name())
		}
		if err != nil {
			return err
		}
	}
	how := int64(0)
	if remover != "" {
		how = 1
	}
	return s.changePeople(ctx, tx, by, g, gone, how, people)
}

func (s *Service) mayRemove(ctx context.Context, tx *store.Tx, by access.Caller, g Group, remover id.UserID) error {
	m, err := s.deps.Directory.Member(ctx, tx, by, remover)
	if err != nil || m.No == g.Owner {
		return err
	}
	in, err := selectPeople(tx, by.CorpID, g.No, `kind = ? AND person = ? AND admin = 1`, int64(staff), m.No)
	if err == nil && len(in) == 0 {
		err = wire.ErrParameter.With("removed_by: %q is neither the owner nor an administrator of the group", m.UserID)
	}
	return err
}

// changePeople gives the group a new version and tells of those who have come or gone.
func (s *Service) changePeople(ctx context.Context, tx *store.Tx, by access.Caller, g Group, detail string, scene int64, people []Person) error {
	e := GroupEvent{Change: updated, Group: g.No, Owner: g.Owner, OwnerLeft: g.LeftUserID != "", Detail: detail, Scene: scene, Last: g.Version, Current: newVersion()}
	for _, p := range people {
		e.People = append(e.People, Told{p.Kind, p.UserID, p.External})
	}
	g.Version = e.Current
	if err := updateGroup(tx, by.CorpID, g); err != nil {
		return err
	}
	return s.tell(ctx, tx, by, e)
}

// SetAdmins makes members in the group its administrators, and nobody else. Nobody is told (doc 92130 has no
// such event).
func (s *Service) SetAdmins(ctx context.Context, tx *store.Tx, by access.Caller, chat id.ChatID, users []id.UserID) error {
	g, err := s.Group(tx, by.CorpID, chat)
	if err != nil {
		return err
	}
	return s.setAdmins(ctx, tx, by, g, users)
}

func (s *Service) setAdmins(ctx context.Context, tx *store.Tx, by access.Caller, g Group, users []id.UserID) error {
	numbers := make([]int64, len(users))
	for i, u := range users {
		m, err := s.deps.Directory.Member(ctx, tx, by, u)
		if err != nil {
			return err
		}
		numbers[i] = m.No
	}
	in, err := selectPeople(tx, by.CorpID, g.No, `kind = ?`, int64(staff))
	if err != nil {
		return err
	}
	for i, no := range numbers {
		if no == g.Owner || !slices.ContainsFunc(in, func(p Person) bool { return p.No == no }) {
			return wire.ErrParameter.With("admins: %q owns the group, or is not in it", users[i])
		}
	}
	return markAdmins(tx, by.CorpID, g.No, numbers)
}

// memberLeaving takes a member who leaves the corp out of groups, and keeps those that they own for another
// owner to take (doc 92127).
func (s *Service) memberLeaving(ctx context.Context, tx *store.Tx, by access.Caller, m directory.Member) error {
	list, err := selectGroupsOf(tx, by.CorpID, staff, m.No)
	if err != nil {
		return err
	}
	for _, g := range list {
		if g.Owner == m.No {
			g.Status, g.LeftUserID = ownerLeft, m.UserID
			if err := updateGroup(tx, by.CorpID, g); err != nil {
				return err
			}
			continue
		}
		p := Person{Kind: staff, No: m.No, UserID: m.UserID}
		if _, err := removePerson(tx, by.CorpID, g.No, p); err != nil {
			return err
		}
		if err := s.changePeople(ctx, tx, access.System(by.CorpID), g, gone, 0, []Person{p}); err != nil {
			return err
		}
	}
	return nil
}

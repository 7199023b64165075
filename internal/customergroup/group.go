package customergroup

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Group is a group of members and customers.
type Group struct {
	No         int64
	Name       string
	Notice     string
	Owner      int64     // member, our number
	LeftUserID id.UserID // of an owner who has left the corp
	Status     int64
	Version    string // changes with every change of who is in it
	Capacity   int64  // how many may be in it
	Template   int64  // that welcomes customers; 0 if none does
	CreatedAt  time.Time
	Dismissed  bool
}

// The states of a group (doc 92120). That of 2, being inherited, is never seen here: a group has its new owner
// at once.
const (
	normal     = 0
	ownerLeft  = 1
	inheriting = 2
	inherited  = 3
)

// Limits of groups. Those of a name and a notice are the client's (unverified).
const (
	maxGroup      = 500 // people
	maxGroupName  = 40  // characters
	maxNotice     = 2000
	maxOwners     = 100  // that a list is asked for
	maxRange      = 1000 // people in a range whose groups are listed
	maxListed     = 1000
	maxListOffset = 50_000 // of offset and limit together, as older clients send them
)

// Errors of groups (doc 90313).
var (
	ErrChatID     = wire.Code(40050, "chatid not exist")
	ErrDismissed  = wire.Code(49008, "group dissolved")
	ErrManyOwners = wire.Code(81017, "too many requests in one call")
	ErrOpenGID    = wire.Code(90511, "opengid not found")
	errFull       = wire.ErrParameter.With("the group is full")
	errNobody     = wire.ErrParameter.With("nobody is named")
)

const (
	chatHead    = "wr" // of a chat_id
	openGIDHead = "tG" // of an opengid
)

// ChatID returns the corp's own id of a group.
func (s *Service) ChatID(no int64) id.ChatID {
	return id.ChatID(chatHead + s.deps.Box.Number(seal.CustomerChat, no))
}

// openGID is the id by which a mini program knows the group that it was opened in.
func (s *Service) openGID(no int64) string {
	return openGIDHead + s.deps.Box.Number(seal.OpenGID, no)
}

// Group returns the corp's group of the id. It answers ErrChatID for every other id, and ErrDismissed.
func (s *Service) Group(tx *store.Tx, corpID string, chat id.ChatID) (Group, error) {
	unknown := ErrChatID.With("%q", chat)
	rest, ok := strings.CutPrefix(string(chat), chatHead)
	no, err := s.deps.Box.OpenNumber(seal.CustomerChat, rest)
	if !ok || err != nil {
		return Group{}, unknown
	}
	g, found, err := selectGroup(tx, corpID, no)
	switch {
	case err != nil:
		return g, err
	case !found:
		return g, unknown
	case g.Dismissed:
		return g, ErrDismissed.With("%q", chat)
	}
	return g, nil
}

// Visible returns a group whose owner the caller sees. An owner who has left is in no range, and everybody
// sees what they owned (unverified). It answers ErrChatID, ErrDismissed, and 60011 for a group out of range.
func (s *Service) Visible(tx *store.Tx, by access.Caller, chat id.ChatID) (Group, error) {
	g, err := s.Group(tx, by.CorpID, chat)
	if err != nil || g.LeftUserID != "" {
		return g, err
	}
	seen, err := s.deps.Customers.Serving(tx, by, []int64{g.Owner})
	if err == nil && len(seen) == 0 {
		err = wire.ErrNoPrivilege.With("the owner of the group is outside the visible range, or has no customer contact")
	}
	return g, err
}

// ownerOf returns the owner's userid.
func (s *Service) ownerOf(tx *store.Tx, corpID string, g Group) (id.UserID, error) {
	if g.LeftUserID != "" {
		return g.LeftUserID, nil
	}
	users, err := s.deps.Directory.NumberedMembers(tx, corpID, []int64{g.Owner})
	return users[g.Owner], err
}

// Query asks for groups.
type Query struct {
	Status int64 // 0 for all
	Owners
	After         int64 // our number
	Offset, Limit int64
}

// Owners select groups by who owns them. Without any, all owners are meant whom the caller sees.
type Owners struct {
	Users       []id.UserID
	Departments []int64 // as older clients send them
}

// Groups returns groups whose owners the caller sees, in the order of their creation, and whether there are
// more. Doc 92120.
func (s *Service) Groups(tx *store.Tx, by access.Caller, q Query) (list []Group, more bool, err error) {
	switch {
	case q.Status < normal || q.Status > inherited:
		return nil, false, wire.ErrParameter.With("status_filter: 0 to %d expected, %d given", inherited, q.Status)
	case q.Limit < 1 || q.Limit > maxListed:
		return nil, false, wire.ErrParameter.With("limit: 1 to %d expected, %d given", maxListed, q.Limit)
	case q.Offset < 0 || q.Offset+q.Limit > maxListOffset:
		return nil, false, wire.ErrParameter.With("offset and limit: at most %d together", maxListOffset)
	}
	owners, err := s.owners(tx, by, q.Owners)
	if err == nil {
		owners, err = s.licensed(tx, by, owners)
	}
	if err != nil {
		return nil, false, err
	}
	list, err = selectGroups(tx, by.CorpID, owners, q)
	if int64(len(list)) > q.Limit {
		return list[:q.Limit], true, err
	}
	return list, false, err
}

// owners returns the numbers of the owners that are meant. It answers 60111 for an unknown userid and 60011
// for one out of range; of those who have left, whoever is named counts. Without names it answers
// ErrManyOwners if there are more than 1000 people in the range.
func (s *Service) owners(tx *store.Tx, by access.Caller, o Owners) ([]int64, error) {
	if len(o.Users) > maxOwners {
		return nil, wire.ErrParameter.With("owner_filter.userid_list: at most %d, %d given", maxOwners, len(o.Users))
	}
	if len(o.Users) == 0 || len(o.Departments) > 0 {
		below, err := s.ownersBelow(tx, by, o.Departments)
		if err != nil || len(o.Users) == 0 {
			return below, err
		}
		named, err := s.namedOwners(tx, by, o.Users)
		return append(below, named...), err
	}
	return s.namedOwners(tx, by, o.Users)
}

func (s *Service) ownersBelow(tx *store.Tx, by access.Caller, departments []int64) ([]int64, error) {
	within := access.Everything()
	if len(departments) > 0 {
		within = access.Range{Departments: departments}
	} else if !by.SeesAll() {
		within = by.Range
	}
	last, err := s.deps.Directory.LastMember(tx, by.CorpID)
	if err != nil {
		return nil, err
	}
	members, err := s.deps.Directory.Audience(tx, by.CorpID, within, 0, last, maxRange+1)
	if err == nil && len(members) > maxRange {
		err = ErrManyOwners.With("more than %d people are in the visible range: name owners in owner_filter", maxRange)
	}
	if err != nil {
		return nil, err
	}
	seen, err := s.deps.Customers.Serving(tx, by, members)
	return slices.DeleteFunc(slices.Clone(members), func(no int64) bool { return seen[no] == "" }), err
}

func (s *Service) namedOwners(tx *store.Tx, by access.Caller, users []id.UserID) ([]int64, error) {
	known, err := s.deps.Directory.MemberNumbers(tx, by.CorpID, id.Texts(users))
	if err != nil {
		return nil, err
	}
	visible, err := s.deps.Directory.VisibleMembers(tx, by, id.Texts(users))
	if err != nil {
		return nil, err
	}
	var out []int64
	for _, u := range users {
		no := known[string(u)]
		if no == 0 {
			return nil, directory.ErrMemberNotFound.With("%q", u)
		}
		out = append(out, no)
	}
	left, err := s.deps.Directory.Left(tx, by.CorpID, out)
	if err != nil {
		return nil, err
	}
	var there []int64
	for i, no := range out {
		switch {
		case left[no]:
		case visible[users[i].Key()] == 0:
			return nil, wire.ErrNoPrivilege.With("%q is outside the visible range", users[i])
		default:
			there = append(there, no)
		}
	}
	serving, err := s.deps.Customers.Serving(tx, by, there)
	return slices.DeleteFunc(out, func(no int64) bool { return !left[no] && serving[no] == "" }), err
}

// NewGroup is a group that a member makes.
type NewGroup struct {
	Name     string
	Owner    id.UserID
	Admins   []id.UserID
	People   People // besides the owner
	Capacity int64  // the platform's if 0
}

// Create makes a group, as its owner does in the client. It records change_external_chat/create. Doc 92130.
func (s *Service) Create(ctx context.Context, tx *store.Tx, by access.Caller, n NewGroup) (Group, error) {
	g := Group{Name: n.Name, Version: newVersion(), Capacity: n.Capacity, CreatedAt: tx.Now()}
	if g.Capacity == 0 {
		g.Capacity = maxGroup
	}
	if c := utf8.RuneCountInString(n.Name); c > maxGroupName {
		return g, wire.ErrParameter.With("name: at most %d characters, %d given", maxGroupName, c)
	}
	if g.Capacity < 1 || g.Capacity > maxGroup {
		return g, wire.ErrParameter.With("capacity: 1 to %d expected, %d given", maxGroup, n.Capacity)
	}
	owner, err := s.deps.Customers.ServingMember(ctx, tx, by, n.Owner)
	if err != nil {
		return g, err
	}
	g.Owner = owner.No
	people, err := s.people(ctx, tx, by, n.People)
	if err != nil {
		return g, err
	}
	people = slices.DeleteFunc(people, func(p Person) bool { return p.Kind == staff && p.No == owner.No })
	if int64(len(people)) >= g.Capacity {
		return g, errFull
	}
	if g.No, err = insertGroup(tx, by.CorpID, g); err != nil {
		return g, fmt.Errorf("insert group: %w", err)
	}
	first := Person{Kind: staff, No: owner.No, UserID: owner.UserID, Scene: invited}
	for _, p := range append([]Person{first}, people...) {
		if p.No != owner.No || p.Kind != staff {
			p.Scene, p.Invitor = invited, owner.No
		}
		if err := insertPerson(tx, by.CorpID, g.No, p); err != nil {
			return g, err
		}
	}
	if err := s.setAdmins(ctx, tx, by, g, n.Admins); err != nil {
		return g, err
	}
	return g, s.tell(ctx, tx, by, GroupEvent{Change: created, Group: g.No, Owner: g.Owner})
}

// newVersion returns a version of who is in a group: 32 hexadecimal digits.
func newVersion() string { return id.Hex(16) }

// Rename gives a group another name. It records change_external_chat/update.
func (s *Service) Rename(ctx context.Context, tx *store.Tx, by access.Caller, chat id.ChatID, name string) error {
	if c := utf8.RuneCountInString(name); c > maxGroupName {
		return wire.ErrParameter.With("name: at most %d characters, %d given", maxGroupName, c)
	}
	return s.change(ctx, tx, by, chat, nameChanged, func(g *Group) { g.Name = name })
}

// Announce gives a group another notice. It records change_external_chat/update.
func (s *Service) Announce(ctx context.Context, tx *store.Tx, by access.Caller, chat id.ChatID, notice string) error {
	if c := utf8.RuneCountInString(notice); c > maxNotice {
		return wire.ErrParameter.With("notice: at most %d characters, %d given", maxNotice, c)
	}
	return s.change(ctx, tx, by, chat, noticeChanged, func(g *Group) { g.Notice = notice })
}

func (s *Service) change(ctx context.Context, tx *store.Tx, by access.Caller, chat id.ChatID, detail string, do func(*Group)) error {
	g, err := s.Group(tx, by.CorpID, chat)
	if err != nil {
		return err
	}
	do(&g)
	if err := updateGroup(tx, by.CorpID, g); err != nil {
		return err
	}
	return s.tell(ctx, tx, by, GroupEvent{Change: updated, Group: g.No, Owner: g.Owner, OwnerLeft: g.LeftUserID != "", Detail: detail})
}

// Dismiss ends a group. It records change_external_chat/dismiss.
func (s *Service) Dismiss(ctx context.Context, tx *store.Tx, by access.Caller, chat id.ChatID) error {
	g, err := s.Group(tx, by.CorpID, chat)
	if err != nil {
		return err
	}
	g.Dismissed = true
	if err := updateGroup(tx, by.CorpID, g); err != nil {
		return err
	}
	return s.tell(ctx, tx, by, GroupEvent{Change: dismissed, Group: g.No, Owner: g.Owner, OwnerLeft: g.LeftUserID != ""})
}

// HandOn makes a member in the group its owner, as the owner does in the client. It records
// change_external_chat/update.
func (s *Service) HandOn(ctx context.Context, tx *store.Tx, by access.Caller, chat id.ChatID, to id.UserID) error {
	m, err := s.deps.Customers.ServingMember(ctx, tx, by, to)
	if err != nil {
		return err
	}
	g, err := s.Group(tx, by.CorpID, chat)
	if err != nil {
		return err
	}
	in, err := selectPeople(tx, by.CorpID, g.No, `kind = ? AND person = ?`, int64(staff), m.No)
	switch {
	case err != nil:
		return err
	case len(in) == 0:
		return wire.ErrParameter.With("userid: %q is not in the group", m.UserID)
	case g.Owner == m.No:
		return ErrOwnerSame.With("%q owns it", m.UserID)
	}
	if g.Status == ownerLeft {
		g.Status = inherited
	}
	g.Owner, g.LeftUserID = m.No, ""
	if err := updateGroup(tx, by.CorpID, g); err != nil {
		return err
	}
	return s.tell(ctx, tx, by, GroupEvent{Change: updated, Group: g.No, Owner: g.Owner, Detail: ownerChanged})
}

// Known is a group as a list for people has it.
type Known struct {
	ChatID  id.ChatID `json:"chat_id"`
	OpenGID string    `json:"opengid"`
	Name    string    `json:"name"`
	Owner   id.UserID `json:"owner"`
}

// Known returns the corp's first groups, at most limit.
func (s *Service) Known(tx *store.Tx, corpID string, limit int) ([]Known, error) {
	list, err := selectGroupsWhere(tx, `corpid = ? AND dismissed_at = 0 ORDER BY no LIMIT ?`, corpID, int64(limit))
	if err != nil {
		return nil, err
	}
	out := make([]Known, len(list))
	for i, g := range list {
		owner, err := s.ownerOf(tx, corpID, g)
		if err != nil {
			return nil, err
		}
		out[i] = Known{s.ChatID(g.No), s.openGID(g.No), g.Name, owner}
	}
	return out, nil
}

// Convert returns the group that a mini program was opened in. Its owner must be seen by the caller. It
// answers ErrOpenGID for the id of anything else. Doc 94822.
func (s *Service) Convert(tx *store.Tx, by access.Caller, openGID string) (id.ChatID, error) {
	rest, ok := strings.CutPrefix(openGID, openGIDHead)
	no, err := s.deps.Box.OpenNumber(seal.OpenGID, rest)
	if !ok || err != nil {
		return "", ErrOpenGID.With("%q", openGID)
	}
	g, found, err := selectGroup(tx, by.CorpID, no)
	if err == nil && (!found || g.Dismissed) {
		err = ErrOpenGID.With("%q", openGID)
	}
	if err != nil {
		return "", err
	}
	_, err = s.Visible(tx, by, s.ChatID(g.No))
	return s.ChatID(g.No), err
}

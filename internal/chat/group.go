package chat

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Group is an internal group.
type Group struct {
	No        int64
	CorpID    string
	ChatID    string
	Name      string
	Notice    string
	Owner     int64     // our number; 0 once everybody has left
	Creator   id.UserID // as it was written then
	CreatedAt time.Time
}

// GroupMember is a member of a group.
type GroupMember struct {
	Member   int64 // our number
	UserID   id.UserID
	JoinedAt time.Time
}

// Errors of groups (doc 90313).
var (
	ErrGroupUnknown = wire.Code(86003, "chatid not exist")
	ErrGroupSize    = wire.Code(86006, "invalid chat member size")
	ErrNotInGroup   = wire.Code(86216, "invalid chat member list")
	ErrNotOwner     = wire.Code(86207, "chat owner not in userlist")
)

// Limits of groups. The page of application chats names the same (doc 90245).
const (
	minGroupMembers = 2
	maxGroupMembers = 2000
	maxGroupName    = 50 // characters
)

// NewGroup is a group to be made.
type NewGroup struct {
	Creator id.UserID // who is its owner
	Name    string
	Members []id.UserID // besides the creator
	At      time.Time   // now if it is zero
}

// CreateGroup makes a group. It answers ErrGroupSize, and directory.ErrMemberNotFound for a userid of nobody.
func (s *Service) CreateGroup(ctx context.Context, tx *store.Tx, corpID string, n NewGroup) (Group, error) {
	name, err := groupName(n.Name)
	if err != nil {
		return Group{}, err
	}
	creator, err := s.member(tx, corpID, n.Creator)
	if err != nil {
		return Group{}, err
	}
	members, err := s.members(tx, corpID, append([]id.UserID{n.Creator}, n.Members...))
	if err != nil {
		return Group{}, err
	}
	if err := groupSize(len(members)); err != nil {
		return Group{}, err
	}
	if n.At.IsZero() {
		n.At = tx.Now()
	}
	g := Group{CorpID: corpID, ChatID: "wr" + id.Letters(30), Name: name, Owner: creator.No, Creator: creator.UserID, CreatedAt: n.At}
	if g.No, err = insertGroup(tx, g); err != nil {
		return g, err
	}
	if err := insertGroupMembers(tx, g, members, n.At); err != nil {
		return g, err
	}
	return g, s.note(tx, g, creator.No, n.At, Notice{Kind: groupMade, Members: without(members, creator.No)})
}

func groupName(name string) (string, error) {
	name = strings.TrimSpace(name)
	if utf8.RuneCountInString(name) > maxGroupName {
		return "", wire.ErrParameter.With("name: at most %d characters", maxGroupName)
	}
	return name, nil
}

func groupSize(n int) error {
	if n < minGroupMembers || n > maxGroupMembers {
		return ErrGroupSize.With("%d members, %d to %d expected", n, minGroupMembers, maxGroupMembers)
	}
	return nil
}

// GroupChange is what a member of a group does to it. Nil and empty fields stay as they are.
type GroupChange struct {
	ChatID string
	By     id.UserID // who does it, and is in the group
	Name   *string
	Notice *string
	Owner  id.UserID
	Add    []id.UserID
	// Remove are those who go: the member alone, who leaves, or others, whom only the owner removes.
	Remove []id.UserID
}

// ChangeGroup makes the change, all of it or nothing.
func (s *Service) ChangeGroup(ctx context.Context, tx *store.Tx, corpID string, c GroupChange) error {
	g, err := s.Group(tx, corpID, c.ChatID)
	if err != nil {
		return err
	}
	by, err := s.inGroup(tx, g, c.By)
	if err != nil {
		return err
	}
	if err := s.describe(tx, &g, by, c); err != nil {
		return err
	}
	if len(c.Add) > 0 {
		if err := s.invite(tx, g, by, c.Add); err != nil {
			return err
		}
	}
	var gone []int64
	for _, u := range c.Remove {
		no, err := s.inGroup(tx, g, u)
		if err != nil {
			return err
		}
		if no != by && by != g.Owner {
			return ErrNotOwner.With("only the owner removes %q", u)
		}
		gone = append(gone, no)
	}
	if len(gone) == 0 {
		return nil
	}
	what := Notice{Kind: membersRemoved, Members: gone}
	if len(gone) == 1 && gone[0] == by {
		what = Notice{Kind: memberLeft}
	}
	if err := s.note(tx, g, by, tx.Now(), what); err != nil {
		return err
	}
	return s.drop(tx, g, gone)
}

// describe changes what the group is called, what it is told, and whose it is.
func (s *Service) describe(tx *store.Tx, g *Group, by int64, c GroupChange) (err error) {
	var told []Notice
	if c.Name != nil {
		if g.Name, err = groupName(*c.Name); err != nil {
			return err
		}
		told = append(told, Notice{Kind: groupRenamed, Text: g.Name})
	}
	if c.Notice != nil {
		g.Notice = *c.Notice
		told = append(told, Notice{Kind: groupAnnounced, Text: g.Notice})
	}
	if c.Owner != "" {
		if by != g.Owner {
			return ErrNotOwner.With("only the owner hands the group over")
		}
		if g.Owner, err = s.inGroup(tx, *g, c.Owner); err != nil {
			return err
		}
		told = append(told, Notice{Kind: ownerChanged, Members: []int64{g.Owner}})
	}
	if err := updateGroup(tx, *g); err != nil {
		return err
	}
	for _, n := range told {
		if err := s.note(tx, *g, by, tx.Now(), n); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) invite(tx *store.Tx, g Group, by int64, users []id.UserID) error {
	added, err := s.members(tx, g.CorpID, users)
	if err != nil {
		return err
	}
	now, err := selectGroupMembers(tx, g.CorpID, g.No)
	if err != nil {
		return err
	}
	for _, m := range now {
		added = slices.DeleteFunc(added, func(no int64) bool { return no == m.Member })
	}
	if err := groupSize(max(len(now)+len(added), minGroupMembers)); err != nil {
		return err
	}
	if len(added) == 0 {
		return nil
	}
	if err := insertGroupMembers(tx, g, added, tx.Now()); err != nil {
		return err
	}
	return s.note(tx, g, by, tx.Now(), Notice{Kind: membersInvited, Members: added})
}

func without(list []int64, one int64) []int64 {
	return slices.DeleteFunc(slices.Clone(list), func(no int64) bool { return no == one })
}

// drop takes members out of the group. When the owner goes, whoever has been in it longest follows.
func (s *Service) drop(tx *store.Tx, g Group, gone []int64) error {
	if len(gone) == 0 {
		return nil
	}
	if err := deleteGroupMembers(tx, g, gone); err != nil || !slices.Contains(gone, g.Owner) {
		return err
	}
	left, err := selectGroupMembers(tx, g.CorpID, g.No)
	if err != nil {
		return err
	}
	g.Owner = 0
	if len(left) > 0 {
		g.Owner = left[0].Member
	}
	return updateGroup(tx, g)
}

// Group returns a group of the corp, or ErrGroupUnknown.
func (s *Service) Group(tx *store.Tx, corpID, chatID string) (Group, error) {
	g, found, err := selectGroup(tx, corpID, chatID)
	if err == nil && !found {
		err = ErrGroupUnknown.With("%q", chatID)
	}
	return g, err
}

// GroupMembers returns who is in the group, the longest first.
func (s *Service) GroupMembers(tx *store.Tx, g Group) ([]GroupMember, error) {
	list, err := selectGroupMembers(tx, g.CorpID, g.No)
	if err != nil {
		return nil, err
	}
	numbers := make([]int64, len(list))
	for i, m := range list {
		numbers[i] = m.Member
	}
	names, err := s.deps.Directory.NumberedMembers(tx, g.CorpID, numbers)
	for i := range list {
		list[i].UserID = names[list[i].Member]
	}
	return list, err
}

// Groups returns the corp's groups, oldest first, at most limit.
func (s *Service) Groups(tx *store.Tx, corpID string, limit int64) ([]Group, error) {
	return selectGroups(tx, `corpid = ? ORDER BY no LIMIT ?`, corpID, limit)
}

// inGroup returns our number of a member of the group.
func (s *Service) inGroup(tx *store.Tx, g Group, user id.UserID) (int64, error) {
	m, err := s.member(tx, g.CorpID, user)
	if err != nil {
		return 0, err
	}
	n, err := tx.Count(`SELECT count(*) FROM chat_group_member WHERE corpid = ? AND chat_group = ? AND member = ?`, g.CorpID, g.No, m.No)
	if err == nil && n == 0 {
		err = ErrNotInGroup.With("%q is not in the group", m.UserID)
	}
	return m.No, err
}

// member returns a member who may use the client.
func (s *Service) member(tx *store.Tx, corpID string, user id.UserID) (directory.Brief, error) {
	if user == "" {
		return directory.Brief{}, directory.ErrUserIDMissing
	}
	found, err := s.deps.Directory.Named(tx, access.System(corpID), []string{string(user)})
	if err != nil {
		return directory.Brief{}, err
	}
	m, ok := found[user.Key()]
	if !ok {
		return m, directory.ErrMemberNotFound.With("%q", user)
	}
	return m, nil
}

// members returns the numbers of members, each once.
func (s *Service) members(tx *store.Tx, corpID string, users []id.UserID) ([]int64, error) {
	found, err := s.deps.Directory.Named(tx, access.System(corpID), id.Texts(users))
	if err != nil {
		return nil, err
	}
	var out []int64
	for _, u := range users {
		m, ok := found[u.Key()]
		if !ok {
			return nil, directory.ErrMemberNotFound.With("%q", u)
		}
		if !slices.Contains(out, m.No) {
			out = append(out, m.No)
		}
	}
	return out, nil
}

// FindGroup returns a group of the corp; found is false if there is none.
func (s *Service) FindGroup(tx *store.Tx, corpID, chatID string) (g Group, found bool, err error) {
	return selectGroup(tx, corpID, chatID)
}

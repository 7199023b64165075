package customer

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// TagGroup is a group of the corp's tags for customers (标签组).
type TagGroup struct {
	No        int64
	Strategy  int64 // the strategy group that it belongs to, 0 if it is the corp's; of groups alone
	Name      string
	Order     int64 // larger ones first
	App       int64 // who made it; 0 is an administrator
	CreatedAt int64 // Unix seconds
	DeletedAt int64 // 0 if it is there
}

// Tag is one of the corp's tags for customers (企业客户标签).
type Tag struct {
	TagGroup
	Group int64
}

// NewTags adds tags to the group of an id, or to the one of a name, which is made if there is none.
type NewTags struct {
	Strategy int64 // the strategy group to whose tags they are added, 0 for the corp's
	GroupID  id.CustomerTag
	Group    string
	Order    int64 // of a group that is made
	Tags     []NewTag
}

// NewTag is a tag to be added.
type NewTag struct {
	Name  string
	Order int64
}

// Errors of tags (doc 90313).
var (
	ErrTag      = wire.Code(40068, "invalid tagid")
	ErrTagTaken = wire.Code(40071, "tagname existed")
	ErrTagName  = wire.Code(40072, "invalid tagname size")
	ErrTagQuota = wire.Code(40126, "corp tag out of limit")
	ErrTagsFull = wire.Code(40144, "customer already carries the maximum number of tags")
)

// Limits of tags (doc 92117, 90313).
const (
	maxTagName = 30        // characters
	maxTags    = 10_000    // of a corp
	maxMarks   = 3000      // of a member on a customer
	maxOrder   = 1<<32 - 1 // of a tag or a group
	tagHead    = "et"      // of the id of a tag or a group
	groupBit   = int64(1)  // its number is doubled, and a group's is odd
)

func validTagName(name string) error {
	if n := utf8.RuneCountInString(name); strings.TrimSpace(name) == "" || n > maxTagName {
		return ErrTagName.With("1 to %d characters expected, %d given", maxTagName, n)
	}
	return nil
}

func validOrder(order int64) error {
	if order < 0 || order > maxOrder {
		return wire.ErrParameter.With("order: 0 to %d expected, %d given", int64(maxOrder), order)
	}
	return nil
}

func (n *NewTags) valid() error {
	if len(n.Tags) == 0 {
		return wire.ErrParameter.With("tag: a group without tags cannot be made")
	}
	if n.GroupID == "" {
		if err := validTagName(n.Group); err != nil {
			return err
		}
		if err := validOrder(n.Order); err != nil {
			return err
		}
	}
	var once []NewTag
	known := map[string]bool{}
	for _, t := range n.Tags {
		if err := validTagName(t.Name); err != nil {
			return err
		}
		if err := validOrder(t.Order); err != nil {
			return err
		}
		if !known[t.Name] { // several of one name make one tag (doc 92117)
			known[t.Name], once = true, append(once, t)
		}
	}
	n.Tags = once
	return nil
}

func (s *Service) tagID(no int64) id.CustomerTag {
	return id.CustomerTag(tagHead + s.deps.Box.Number(seal.CustomerTag, no<<1))
}

// TagID returns the corp's own id of a tag.
func (s *Service) TagID(t Tag) id.CustomerTag { return s.tagID(t.No) }

func (s *Service) groupID(no int64) id.CustomerTag {
	return id.CustomerTag(tagHead + s.deps.Box.Number(seal.CustomerTag, no<<1|groupBit))
}

// openTag returns the number behind an id, and whether it is a group's.
func (s *Service) openTag(text id.CustomerTag) (no int64, group, ok bool) {
	rest, ok := strings.CutPrefix(string(text), tagHead)
	if !ok {
		return 0, false, false
	}
	no, err := s.deps.Box.OpenNumber(seal.CustomerTag, rest)
	return no >> 1, no&groupBit != 0, err == nil
}

// numbersOf returns the numbers behind ids of tags, or of groups. All must be there, unless deleted ones are
// asked for too. It answers ErrTag.
func (s *Service) numbersOf(table *tagTable, ids []id.CustomerTag, groups, deleted bool) ([]int64, error) {
	var out []int64
	seen := map[int64]bool{}
	for _, text := range ids {
		no, group, ok := s.openTag(text)
		found := table.tags[no].TagGroup
		if group {
			found = table.groups[no]
		}
		if !ok || group != groups || found.No == 0 || (found.DeletedAt > 0 && !deleted) {
			return nil, ErrTag.With("%q", text)
		}
		if !seen[no] {
			seen[no], out = true, append(out, no)
		}
	}
	return out, nil
}

// mayChange reports whether the caller may change what was made by an application: an application changes
// only what it made itself (doc 92117).
func mayChange(by access.Caller, app int64) error {
	if by.OfCorp() || app == by.App {
		return nil
	}
	return wire.ErrNoPrivilege.With("the tag was not made by this application")
}

// AddTags adds tags, and the group if there is none of the name, and returns them. It answers ErrTag for an
// unknown group, ErrTagTaken for a name that the group has, and ErrTagQuota. Doc 92117.
func (s *Service) AddTags(ctx context.Context, tx *store.Tx, by access.Caller, n NewTags) (g TagGroup, made []Tag, err error) {
	if err := n.valid(); err != nil {
		return g, nil, err
	}
	if err := lockTags(tx, by.CorpID); err != nil {
		return g, nil, err
	}
	table, err := s.tags(tx, by.CorpID)
	if err != nil {
		return g, nil, err
	}
	if table, err = s.part(tx, by, table, n.Strategy); err != nil {
		return g, nil, err
	}
	if table.count+len(n.Tags) > maxTags {
		return g, nil, ErrTagQuota.With("a corp has at most %d tags", maxTags)
	}
	g, fresh, err := s.groupFor(tx, by, table, n)
	if err != nil {
		return g, nil, err
	}
	names := map[string]bool{}
	for _, no := range table.byGroup[g.No] {
		names[table.tags[no].Name] = true
	}
	for _, t := range n.Tags {
		one := Tag{TagGroup{Name: t.Name, Order: t.Order, App: by.App, CreatedAt: tx.Now().Unix()}, g.No}
		if names[t.Name] {
			return g, nil, ErrTagTaken.With("%q is in the group", t.Name)
		}
		if one.No, err = insertTag(tx, by.CorpID, one); err != nil {
			return g, nil, taken(err, t.Name)
		}
		made = append(made, one)
	}
	if fresh {
		if err := s.tellTag(ctx, tx, by, tagCreated, s.groupID(g.No), true, n.Strategy); err != nil {
			return g, nil, err
		}
	}
	for _, t := range made {
		if err := s.tellTag(ctx, tx, by, tagCreated, s.tagID(t.No), false, n.Strategy); err != nil {
			return g, nil, err
		}
	}
	return g, made, nil
}

func taken(err error, name string) error {
	if errors.Is(err, store.ErrUnique) {
		return ErrTagTaken.With("%q", name)
	}
	return err
}

func (s *Service) groupFor(tx *store.Tx, by access.Caller, table *tagTable, n NewTags) (g TagGroup, fresh bool, err error) {
	if n.GroupID != "" {
		numbers, err := s.numbersOf(table, []id.CustomerTag{n.GroupID}, true, false)
		if err != nil {
			return g, false, err
		}
		return table.groups[numbers[0]], false, nil
	}
	for _, g := range table.groups {
		if g.Name == n.Group && g.DeletedAt == 0 {
			return g, false, nil
		}
	}
	g = TagGroup{Strategy: n.Strategy, Name: n.Group, Order: n.Order, App: by.App, CreatedAt: tx.Now().Unix()}
	g.No, err = insertGroup(tx, by.CorpID, g)
	return g, true, taken(err, n.Group)
}

// TagUpdate changes a tag or a group. What is nil stays.
type TagUpdate struct {
	ID    id.CustomerTag
	Name  *string
	Order *int64
	// Strategic says that it belongs to a strategy group.
	Strategic bool
}

// EditTag changes the name or the order of a tag or a group. It answers ErrTag, ErrTagTaken, and 60011 for
// another application's. Doc 92117.
func (s *Service) EditTag(ctx context.Context, tx *store.Tx, by access.Caller, u TagUpdate) error {
	if u.Name != nil {
		if err := validTagName(*u.Name); err != nil {
			return err
		}
	}
	if u.Order != nil {
		if err := validOrder(*u.Order); err != nil {
			return err
		}
	}
	if err := lockTags(tx, by.CorpID); err != nil {
		return err
	}
	table, err := s.tags(tx, by.CorpID)
	if err != nil {
		return err
	}
	if table, err = s.half(tx, by, table, u.Strategic); err != nil {
		return err
	}
	_, group, _ := s.openTag(u.ID)
	numbers, err := s.numbersOf(table, []id.CustomerTag{u.ID}, group, false)
	if err != nil {
		return err
	}
	of := table.tags[numbers[0]].TagGroup
	if group {
		of = table.groups[numbers[0]]
	}
	if err := mayChange(by, of.App); err != nil {
		return err
	}
	if u.Name != nil {
		of.Name = *u.Name
	}
	if u.Order != nil {
		of.Order = *u.Order
	}
	if err := updateTag(tx, by.CorpID, of, group); err != nil {
		return taken(err, of.Name)
	}
	return s.tellTag(ctx, tx, by, tagUpdated, u.ID, group, table.strategyOf(numbers[0], group))
}

// DeleteTags deletes tags and groups with all their tags. A group whose last tag goes, goes too. It answers
// ErrTag for those that are not there, and 60011 for another application's. Doc 92117.
func (s *Service) DeleteTags(ctx context.Context, tx *store.Tx, by access.Caller, tags, groups []id.CustomerTag) error {
	return s.removeTags(ctx, tx, by, tags, groups, false)
}

func (s *Service) removeTags(ctx context.Context, tx *store.Tx, by access.Caller, tags, groups []id.CustomerTag, strategic bool) error {
	if len(tags) == 0 && len(groups) == 0 {
		return wire.ErrParameter.With("tag_id and group_id: one of them expected")
	}
	if err := lockTags(tx, by.CorpID); err != nil {
		return err
	}
	table, err := s.tags(tx, by.CorpID)
	if err != nil {
		return err
	}
	if table, err = s.half(tx, by, table, strategic); err != nil {
		return err
	}
	goneTags, err := s.numbersOf(table, tags, false, false)
	if err != nil {
		return err
	}
	goneGroups, err := s.numbersOf(table, groups, true, false)
	if err != nil {
		return err
	}
	for _, no := range goneTags {
		if err := mayChange(by, table.tags[no].App); err != nil {
			return err
		}
	}
	for _, no := range goneGroups {
		if err := mayChange(by, table.groups[no].App); err != nil {
			return err
		}
	}
	return s.deleteTags(ctx, tx, by, table, goneTags, goneGroups)
}

func (s *Service) deleteTags(ctx context.Context, tx *store.Tx, by access.Caller, table *tagTable, tags, groups []int64) error {
	gone := map[int64]int{} // by group
	for _, no := range tags {
		of := table.tags[no].Group
		if gone[of]++; gone[of] == len(table.byGroup[of]) && !slices.Contains(groups, of) {
			groups = append(groups, of)
		}
	}
	slices.Sort(groups)
	for _, no := range groups { // its tags are not told of one by one (doc 92130)
		if err := deleteGroup(tx, by.CorpID, no); err != nil {
			return err
		}
		if err := s.tellTag(ctx, tx, by, tagDeleted, s.groupID(no), true, table.groups[no].Strategy); err != nil {
			return err
		}
	}
	for _, no := range tags {
		if slices.Contains(groups, table.tags[no].Group) {
			continue
		}
		if err := deleteTag(tx, by.CorpID, no); err != nil {
			return err
		}
		if err := s.tellTag(ctx, tx, by, tagDeleted, s.tagID(no), false, table.strategyOf(no, false)); err != nil {
			return err
		}
	}
	return nil
}

// Mark gives a member's customer tags and takes others away. Giving one twice, and taking away one that is
// not there, is no error (unverified). It answers ErrTag and ErrTagsFull, and touches one row. Doc 92118.
func (s *Service) Mark(ctx context.Context, tx *store.Tx, by access.Caller, user id.UserID, external id.ExternalID, add, remove []id.CustomerTag) (changed bool, err error) {
	if len(add) == 0 && len(remove) == 0 {
		return false, wire.ErrParameter.With("add_tag and remove_tag: one of them expected")
	}
	_, f, err := s.relation(ctx, tx, by, user, external)
	if err != nil {
		return false, err
	}
	table, err := s.tags(tx, by.CorpID)
	if err != nil {
		return false, err
	}
	given, err := s.numbersOf(table, add, false, false)
	if err != nil {
		return false, err
	}
	if err := s.usable(tx, by, table, f.Member, given); err != nil {
		return false, err
	}
	taken, err := s.numbersOf(table, remove, false, true)
	if err != nil {
		return false, err
	}
	now := slices.DeleteFunc(slices.Clone(f.Tags), func(no int64) bool { return slices.Contains(taken, no) || table.tags[no].DeletedAt > 0 })
	for _, no := range given {
		if !slices.Contains(now, no) && !slices.Contains(taken, no) {
			now = append(now, no)
		}
	}
	if len(now) > maxMarks && len(now) > len(f.Tags) {
		return false, ErrTagsFull.With("a member gives a customer at most %d tags", maxMarks)
	}
	return !slices.Equal(now, f.Tags), markFollow(tx, by.CorpID, f.No, now)
}

package directory

import (
	"context"
	"slices"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Limits of tags (doc 90210, 90214).
const (
	maxTags           = 3000
	maxTagNodes       = 30_000 // members and departments of one tag
	maxTagName        = 32     // characters
	maxTagUsers       = 1000   // in a call
	maxTagDepartments = 100    // in a call
)

// Tag is a label (标签) that members and departments carry. It belongs to the
// application that made it.
type Tag struct {
	ID    int64
	Name  string
	Owner int64 // application; 0 is the administrators (超级管理组)
}

// mayChange reports whether the caller may rename, delete and fill the tag: contact sync and third-party
// contacts applications may change their own tags and the administrators', everyone else only their own (doc
// 90313, 81011).
func (t Tag) mayChange(by access.Caller) bool {
	switch by.Kind {
	case access.Admin, access.Program:
		return true
	case access.ContactSync, access.ThirdPartyContacts:
		return t.Owner == by.App || t.Owner == 0
	}
	return t.Owner == by.App
}

// TagNodes are members and departments to add to a tag or remove from it.
type TagNodes struct {
	Users       []string
	Departments []int64
}

func (n TagNodes) empty() bool { return len(n.Users) == 0 && len(n.Departments) == 0 }

// TagContent is the part of a tag's content that the caller sees.
type TagContent struct {
	Tag
	Members     []TagMember
	Departments []int64
}

// TagMember is a member that carries a tag directly, not through a department.
type TagMember struct {
	No     int64
	UserID id.UserID
	Name   string
}

// TagUpdatedEvent names the members and departments that were added to a tag or removed from it (doc 90972).
type TagUpdatedEvent struct {
	TagID                  int64
	AddUsers, DelUsers     []id.UserID `json:",omitempty"`
	AddParties, DelParties []int64     `json:",omitempty"`

	s *Service
}

func (e TagUpdatedEvent) empty() bool {
	return len(e.AddUsers) == 0 && len(e.DelUsers) == 0 && len(e.AddParties) == 0 && len(e.DelParties) == 0
}

// Errors of tags (doc 90313).
var (
	ErrTagIDMissing   = wire.Code(41017, "tagid missing")
	ErrTagNameMissing = wire.Code(41018, "tagname missing")
	ErrTagInvalid     = wire.Code(40068, "invalid tagid")
	ErrTagTaken       = wire.Code(40071, "tagname existed")
	ErrTagName        = wire.Code(40072, "invalid tagname size")
	ErrTagOwner       = wire.Code(81011, "no privilege to operate tag")
	ErrTagNodes       = wire.Code(40035, "invalid parameter")
	ErrTagFull        = wire.Code(81003, "tag node out of limit")
	ErrNobodyToAdd    = wire.Code(40070, "all list invalid ") // the sample has the space
	ErrNobodyToRemove = wire.Code(40031, "all list invalid")
)

func validTagName(name string) error {
	if n := length(name); n > maxTagName || strings.TrimSpace(name) == "" {
		return ErrTagName.With("1 to %d characters expected, %d given", maxTagName, n)
	}
	if strings.ContainsFunc(name, isControl) {
		return wire.ErrParameter.With("tagname: control characters are not allowed")
	}
	return nil
}

// CreateTag adds a tag that belongs to the caller and returns its id; an id of 0 becomes the highest id plus
// one. It answers ErrTagName, ErrTagTaken and ErrTagInvalid. No event is documented for it. Doc 90210.
func (s *Service) CreateTag(ctx context.Context, tx *store.Tx, by access.Caller, tagID int64, name string) (int64, error) {
	if err := validTagName(name); err != nil {
		return 0, err
	}
	if tagID < 0 || tagID > maxInt32 {
		return 0, ErrTagInvalid.With("tagid %d: 0 to %d expected", tagID, maxInt32)
	}
	n, err := lockTags(tx, by.CorpID)
	if err != nil {
		return 0, err
	}
	if n >= maxTags {
		// The platform's code is unverified; its table has none for this limit.
		return 0, wire.ErrParameter.With("a corp has at most %d tags", maxTags)
	}
	if err := checkTagName(tx, by.CorpID, tagID, name); err != nil {
		return 0, err
	}
	return insertTag(tx, by.CorpID, Tag{ID: tagID, Name: name, Owner: by.App})
}

// UpdateTag renames one of the caller's tags. No event is documented for it. Doc 90211.
func (s *Service) UpdateTag(ctx context.Context, tx *store.Tx, by access.Caller, tagID int64, name string) error {
	if err := validTagName(name); err != nil {
		return err
	}
	if _, err := tagToChange(tx, by, tagID); err != nil {
		return err
	}
	if err := checkTagName(tx, by.CorpID, tagID, name); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE tag SET name = ? WHERE corpid = ? AND tagid = ?`, name, by.CorpID, tagID)
	return err
}

// DeleteTag removes one of the caller's tags, whatever it holds. No event is documented for it. Doc 90212.
func (s *Service) DeleteTag(ctx context.Context, tx *store.Tx, by access.Caller, tagID int64) error {
	if _, err := tagToChange(tx, by, tagID); err != nil {
		return err
	}
	gone, err := tagContent(tx, by.CorpID, tagID)
	if err != nil {
		return err
	}
	gone.s = s
	if _, err := tx.Exec(`DELETE FROM tag WHERE corpid = ? AND tagid = ?`, by.CorpID, tagID); err != nil {
		return err
	}
	for _, fn := range s.tagDeleted {
		if err := fn(ctx, tx, by, gone); err != nil {
			return err
		}
	}
	return nil
}

// DeletedTag is a deleted tag with what it held.
type DeletedTag struct {
	ID          int64
	Members     []id.UserID
	Departments []int64

	s *Service
}

// OnTagDeleted registers fn, which is called inside each transaction that deletes a tag. It is not an event:
// the platform tells nobody about it.
func (s *Service) OnTagDeleted(fn func(ctx context.Context, tx *store.Tx, by access.Caller, gone DeletedTag) error) {
	s.tagDeleted = append(s.tagDeleted, fn)
}

// Tags returns the tags that the caller may know of: a third party's application only its own, everyone else
// all. Doc 90216.
func (s *Service) Tags(ctx context.Context, tx *store.Tx, by access.Caller) ([]Tag, error) {
	if by.Level == access.Own {
		return selectTags(tx, `corpid = ? AND owner = ?`, by.CorpID, by.App)
	}
	return selectTags(tx, `corpid = ?`, by.CorpID)
}

// Tag returns a tag with those of its members and departments that are in the caller's range. A third party's
// application may only look into its own tags and those of its range. Doc 90213.
func (s *Service) Tag(ctx context.Context, tx *store.Tx, by access.Caller, tagID int64) (c TagContent, err error) {
	if c.Tag, err = tagOf(tx, by.CorpID, tagID); err != nil {
		return c, err
	}
	if by.Level == access.Own && c.Owner != by.App && !by.Range.All() && !slices.Contains(by.Range.Tags, tagID) {
		return c, wire.ErrNoPrivilege.With("tag %d is neither the application's nor in its visible range", tagID)
	}
	if c.Members, err = selectTagMembers(tx, by, tagID); err != nil {
		return c, err
	}
	c.Departments, err = s.selectTagDepartments(tx, by, tagID)
	return c, err
}

// AddToTag adds members and departments to one of the caller's tags and records change_contact/update_tag if
// that changes it. It returns as bad those that do not exist or are outside the caller's range. If all are
// bad, it answers ErrNobodyToAdd. Doc 90214.
func (s *Service) AddToTag(ctx context.Context, tx *store.Tx, by access.Caller, tagID int64, nodes TagNodes) (bad TagNodes, err error) {
	good, bad, err := s.tagNodes(tx, by, tagID, nodes, ErrNobodyToAdd)
	if err != nil {
		return bad, err
	}
	e := TagUpdatedEvent{TagID: tagID, s: s}
	if e.AddUsers, err = insertTagMembers(tx, by.CorpID, tagID, good.members); err != nil {
		return bad, err
	}
	if e.AddParties, err = insertTagDepartments(tx, by.CorpID, tagID, good.departments); err != nil || e.empty() {
		return bad, err
	}
	n, err := countTagNodes(tx, by.CorpID, tagID)
	if err != nil {
		return bad, err
	}
	if n > maxTagNodes {
		return bad, ErrTagFull.With("a tag holds at most %d members and departments", maxTagNodes)
	}
	return bad, s.TagUpdated.Record(ctx, tx, by, e)
}

// RemoveFromTag removes members and departments from one of the caller's tags, like AddToTag. If all are bad,
// it answers ErrNobodyToRemove. Doc 90215.
func (s *Service) RemoveFromTag(ctx context.Context, tx *store.Tx, by access.Caller, tagID int64, nodes TagNodes) (bad TagNodes, err error) {
	good, bad, err := s.tagNodes(tx, by, tagID, nodes, ErrNobodyToRemove)
	if err != nil {
		return bad, err
	}
	e := TagUpdatedEvent{TagID: tagID, s: s}
	if e.DelUsers, err = deleteTagMembers(tx, by.CorpID, tagID, good.members); err != nil {
		return bad, err
	}
	if e.DelParties, err = deleteTagDepartments(tx, by.CorpID, tagID, good.departments); err != nil || e.empty() {
		return bad, err
	}
	return bad, s.TagUpdated.Record(ctx, tx, by, e)
}

// taggable returns the nodes of a call that exist in the caller's range.
type taggable struct {
	members     []brief
	departments []int64
}

// tagNodes locks the tag, which must be the caller's, and separates good nodes from bad ones. If all are bad,
// it answers none. Bad userids are in lower case, as the platform lists them.
func (s *Service) tagNodes(tx *store.Tx, by access.Caller, tagID int64, nodes TagNodes, none wire.Error) (good taggable, bad TagNodes, err error) {
	if err := nodes.valid(); err != nil {
		return good, bad, err
	}
	if _, err := tagToChange(tx, by, tagID); err != nil {
		return good, bad, err
	}
	members, err := visibleMembers(tx, by, nodes.Users)
	if err != nil {
		return good, bad, err
	}
	for _, key := range distinctKeys(nodes.Users) {
		if m, ok := members[key]; ok {
			good.members = append(good.members, m)
		} else {
			bad.Users = append(bad.Users, key)
		}
	}
	departments, err := s.VisibleDepartments(tx, by, nodes.Departments)
	if err != nil {
		return good, bad, err
	}
	good.departments, bad.Departments = part(nodes.Departments, departments)
	if len(good.members) == 0 && len(good.departments) == 0 {
		return good, bad, none
	}
	return good, bad, nil
}

// valid answers what the platform's help for 40035 says about the two lists.
func (n TagNodes) valid() error {
	switch {
	case n.empty():
		return ErrTagNodes.With("userlist and partylist are both empty")
	case len(n.Users) > maxTagUsers:
		return ErrTagNodes.With("userlist has %d elements, at most %d in a call", len(n.Users), maxTagUsers)
	case len(n.Departments) > maxTagDepartments:
		return ErrTagNodes.With("partylist has %d elements, at most %d in a call", len(n.Departments), maxTagDepartments)
	}
	return nil
}

// forgetTaggedMember records that a deleted member leaves its tags, and returns the tags. The rows are
// deleted with the member's.
func (s *Service) forgetTaggedMember(ctx context.Context, tx *store.Tx, by access.Caller, m Member) ([]int64, error) {
	tags, err := selectNumbers(tx, `SELECT tagid FROM tag_member WHERE member = ? ORDER BY tagid`, m.No)
	for _, tag := range tags {
		if err := s.TagUpdated.Record(ctx, tx, by, TagUpdatedEvent{TagID: tag, DelUsers: []id.UserID{m.UserID}, s: s}); err != nil {
			return nil, err
		}
	}
	return tags, err
}

// forgetTaggedDepartment removes a deleted department from its tags and returns them.
func (s *Service) forgetTaggedDepartment(ctx context.Context, tx *store.Tx, by access.Caller, dep int64) ([]int64, error) {
	tags, err := selectNumbers(tx, `SELECT tagid FROM tag_department WHERE corpid = ? AND department = ? ORDER BY tagid`, by.CorpID, dep)
	if err != nil || len(tags) == 0 {
		return nil, err
	}
	if _, err := tx.Exec(`DELETE FROM tag_department WHERE corpid = ? AND department = ?`, by.CorpID, dep); err != nil {
		return nil, err
	}
	for _, tag := range tags {
		if err := s.TagUpdated.Record(ctx, tx, by, TagUpdatedEvent{TagID: tag, DelParties: []int64{dep}, s: s}); err != nil {
			return nil, err
		}
	}
	return tags, nil
}

// Push writes update_tag, whose ChangeType is CDATA (doc 90972). An empty list is left out. If the tag itself
// is not in the receiver's range, the receiver is told only the members and departments that are.
func (e TagUpdatedEvent) Push(tx *store.Tx, to event.Audience) ([]event.Push, error) {
	if to.Form == event.Visible && !to.SeesAll() && !slices.Contains(to.Range.Tags, e.TagID) {
		var err error
		if e, err = e.cut(tx, to); err != nil || e.empty() {
			return nil, err
		}
	}
	var f event.Fields
	f.Text("ChangeType", "update_tag")
	f.Int("TagId", e.TagID)
	users := func(name string, list []id.UserID) {
		if len(list) > 0 {
			f.Users(name, list)
		}
	}
	parties := func(name string, list []int64) {
		if len(list) > 0 {
			f.Text(name, numbers(list))
		}
	}
	users("AddUserItems", e.AddUsers)
	users("DelUserItems", e.DelUsers)
	parties("AddPartyItems", e.AddParties)
	parties("DelPartyItems", e.DelParties)
	return changeContact(to, f), nil
}

// cut returns the part of the event that the receiver sees.
func (e TagUpdatedEvent) cut(tx *store.Tx, to event.Audience) (TagUpdatedEvent, error) {
	users := make([]string, 0, len(e.AddUsers)+len(e.DelUsers))
	for _, u := range slices.Concat(e.AddUsers, e.DelUsers) {
		users = append(users, string(u))
	}
	members, err := visibleMembers(tx, to.Caller, users)
	if err != nil {
		return e, err
	}
	departments, err := e.s.VisibleDepartments(tx, to.Caller, slices.Concat(e.AddParties, e.DelParties))
	if err != nil {
		return e, err
	}
	seen := func(list []id.UserID) []id.UserID {
		return slices.DeleteFunc(slices.Clone(list), func(u id.UserID) bool { return members[u.Key()].no == 0 })
	}
	known := func(list []int64) []int64 {
		return slices.DeleteFunc(slices.Clone(list), func(d int64) bool { return !departments[d] })
	}
	e.AddUsers, e.DelUsers, e.AddParties, e.DelParties = seen(e.AddUsers), seen(e.DelUsers), known(e.AddParties), known(e.DelParties)
	return e, nil
}

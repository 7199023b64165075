package customer

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// What administrators are shown of customers: relations by what is known of them, and what came of those of some
// weeks.

// RollQuery chooses relations of members and customers. What is zero chooses all.
type RollQuery struct {
	Customer int64  // our number
	Words    string // each is in the name, the remark, the company, or the mobile numbers
	Tag      id.CustomerTag
	UserID   id.UserID // of the member
	Way      *int64    // add_way, of which 0 is one
	Kind     int64
	Standing Standing
	State    string
	From, To time.Time // when they became friends; To is excluded
	Before   int64     // number of a relation; those before it, the newest first
	Limit    int64
}

// Rolled is a relation as a list for people has it.
type Rolled struct {
	Contact
	Follow
	External id.ExternalID
	UserID   id.UserID // of the member, also of one who has left
	Left     bool      // the member has left
}

const (
	// rolledAtOnce is how many relations one statement reads for a list.
	rolledAtOnce = 500
	// fewMembers is how many members of a range are named in a statement. Those of a larger one are looked for
	// among the relations.
	fewMembers = 1000
)

// Roll returns relations of members whom the caller sees and who have customer contact, the newest first, and
// whether there are more. Whoever sees all sees those of members who have left, too. It answers ErrTag for an
// unknown tag, and nothing for an unknown member.
func (s *Service) Roll(tx *store.Tx, by access.Caller, q RollQuery) (out []Rolled, more bool, err error) {
	err = s.EachRolled(tx, by, q, func(r Rolled) bool {
		if more = int64(len(out)) == q.Limit; !more {
			out = append(out, r)
		}
		return !more
	})
	return out, more, err
}

// EachRolled calls fn with the relations of Roll, of any number, until fn returns false.
func (s *Service) EachRolled(tx *store.Tx, by access.Caller, q RollQuery, fn func(Rolled) bool) error {
	where, args, narrow, ok, err := s.rolled(tx, by, q)
	if err != nil || !ok {
		return err
	}
	left, err := selectLeft(tx, by.CorpID)
	if err != nil {
		return err
	}
	gone := map[int64]id.UserID{}
	if by.SeesAll() {
		for _, m := range left {
			gone[m.member] = m.user
		}
	}
	atOnce := int64(rolledAtOnce)
	if q.Limit > 0 {
		atOnce = min(atOnce, q.Limit+1)
	}
	for before := q.Before; ; {
		page, some := where, slices.Clone(args)
		if before != 0 {
			page, some = page+` AND f.no < ?`, append(some, before)
		}
		list, err := selectRolled(tx, page, narrow, append(some, atOnce)...)
		if err != nil {
			return err
		}
		members := make([]int64, len(list))
		for i, r := range list {
			members[i] = r.Member
		}
		users, err := s.serving(tx, by, members)
		if err != nil {
			return err
		}
		for _, r := range list {
			if r.UserID = users[r.Member]; r.UserID == "" {
				if r.UserID, r.Left = gone[r.Member]; !r.Left {
					continue
				}
			}
			if r.External = s.ExternalID(r.Contact.Kind, r.Contact.No); !fn(r) {
				return nil
			}
		}
		if int64(len(list)) < atOnce {
			return nil
		}
		before = list[len(list)-1].Follow.No
	}
}

// rolled returns the condition of a query, and whether it leaves few relations. Ok is false if there is nothing to
// look for.
func (s *Service) rolled(tx *store.Tx, by access.Caller, q RollQuery) (where string, args []any, narrow, ok bool, err error) {
	where, args = `f.corpid = ? AND c.corpid = ?`, []any{by.CorpID, by.CorpID}
	and := func(condition string, values ...any) { where, args = where+` AND `+condition, append(args, values...) }
	for _, word := range strings.Fields(strings.ToLower(q.Words)) {
		like := store.Pattern("", word, "")
		and(`(lower(c.name)`+store.Like+` OR lower(f.remark)`+store.Like+` OR lower(f.company)`+store.Like+` OR lower(c.corp_name)`+store.Like+` OR f.mobiles`+store.Like+`)`, like, like, like, like, like)
	}
	if q.Tag != "" {
		numbers, err := s.TagNumbers(tx, by.CorpID, []id.CustomerTag{q.Tag})
		if err != nil {
			return "", nil, false, false, err
		}
		and(`',' || substr(f.tags, 2, length(f.tags) - 2) || ','`+store.Like, store.Pattern("", ","+strconv.FormatInt(numbers[0], 10)+",", ""))
	}
	if q.UserID != "" {
		known, err := s.deps.Directory.MemberNumbers(tx, by.CorpID, []string{string(q.UserID)})
		if err != nil || known[string(q.UserID)] == 0 {
			return "", nil, false, false, err
		}
		and(`f.member = ?`, known[string(q.UserID)])
	} else if members, few, err := s.fewSeen(tx, by); err != nil {
		return "", nil, false, false, err
	} else if few {
		narrow = true
		where, args = where+` AND f.member IN (`+store.Marks(len(members))+`)`, store.Args(args, members)
	}
	if q.Way != nil {
		and(`f.add_way = ?`, *q.Way)
	}
	for column, value := range map[string]int64{"f.customer": q.Customer, "f.kind": q.Kind, "f.standing": int64(q.Standing)} {
		if value != 0 {
			and(column+` = ?`, value)
		}
	}
	if q.State != "" {
		and(`f.state = ?`, q.State)
	}
	if !q.From.IsZero() {
		and(`f.created_at >= ?`, q.From.UnixMilli())
	}
	if !q.To.IsZero() {
		and(`f.created_at < ?`, q.To.UnixMilli())
	}
	return where, args, narrow || q.Customer != 0, true, nil
}

// fewSeen returns the numbers of the members whom the caller sees, if the caller does not see all and they are
// few.
func (s *Service) fewSeen(tx *store.Tx, by access.Caller) (members []int64, few bool, err error) {
	if by.SeesAll() {
		return nil, false, nil
	}
	last, err := s.deps.Directory.LastMember(tx, by.CorpID)
	if err != nil {
		return nil, false, err
	}
	members, err = s.deps.Directory.Audience(tx, by.CorpID, by.Range, 0, last, fewMembers+1)
	return members, len(members) <= fewMembers, err
}

// Funnel is what has come of relations, each number of the one before.
type Funnel struct {
	Came    int64 // customers who asked, or were asked
	Friends int64 // confirmed
	Talked  int64 // something was said
	Kept    int64 // and the customer has not removed the member
}

// FunnelOf returns what has come of the relations of a time span whose member the caller sees, by add_way. The
// members may be named; they must be few.
func (s *Service) FunnelOf(tx *store.Tx, by access.Caller, members []int64, from, to time.Time) (map[int64]Funnel, error) {
	out := map[int64]Funnel{}
	scope, err := s.scope(tx, by.CorpID)
	if err != nil {
		return nil, err
	}
	if members == nil && by.SeesAll() && scope.All() {
		return out, addFunnel(tx, by.CorpID, nil, from, to, out)
	}
	if members == nil {
		last, err := s.deps.Directory.LastMember(tx, by.CorpID)
		if err != nil {
			return nil, err
		}
		within := by.Range
		if by.SeesAll() {
			within = scope
		}
		if members, err = s.deps.Directory.Audience(tx, by.CorpID, within, 0, last, int(last)); err != nil {
			return nil, err
		}
	}
	users, err := s.serving(tx, by, members)
	if err != nil {
		return nil, err
	}
	members = slices.DeleteFunc(slices.Clone(members), func(no int64) bool { return users[no] == "" })
	for some := range slices.Chunk(members, manyMembers) {
		if err := addFunnel(tx, by.CorpID, some, from, to, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// TagSet is a group of tags with what is in it.
type TagSet struct {
	TagGroup
	ID   id.CustomerTag
	Tags []NamedTag
}

// NamedTag is a tag with its id.
type NamedTag struct {
	Tag
	ID id.CustomerTag
}

// TagSets returns all tags that are there, the corp's and those of strategy groups, in their order.
func (s *Service) TagSets(tx *store.Tx, corpID string) ([]TagSet, error) {
	table, err := s.tags(tx, corpID)
	if err != nil {
		return nil, err
	}
	var out []TagSet
	for _, g := range table.groups {
		if g.DeletedAt != 0 {
			continue
		}
		set := TagSet{TagGroup: g, ID: s.groupID(g.No)}
		for _, no := range table.byGroup[g.No] {
			set.Tags = append(set.Tags, NamedTag{table.tags[no], s.tagID(no)})
		}
		slices.SortFunc(set.Tags, func(a, b NamedTag) int { return inOrder(a.Tag, b.Tag) })
		out = append(out, set)
	}
	slices.SortFunc(out, func(a, b TagSet) int { return groupsInOrder(a.TagGroup, b.TagGroup) })
	return out, nil
}

// WayList returns contact ways, without those of temporary sessions, whose remark or state has these words in it, the newest first, those before a
// number if one is given, and whether there are more.
func (s *Service) WayList(tx *store.Tx, corpID, words string, before, limit int64) (list []Way, more bool, err error) {
	where, args := `corpid = ? AND temporary = ''`, []any{corpID}
	for _, word := range strings.Fields(strings.ToLower(words)) {
		like := store.Pattern("", word, "")
		where, args = where+` AND (lower(remark)`+store.Like+` OR lower(state)`+store.Like+` OR config_id`+store.Like+`)`, append(args, like, like, like)
	}
	if before != 0 {
		where, args = where+` AND no < ?`, append(args, before)
	}
	list, err = selectWaysWhere(tx, where+` ORDER BY no DESC LIMIT ?`, append(args, limit+1)...)
	if more = int64(len(list)) > limit; more {
		list = list[:limit]
	}
	return list, more, err
}

// WayOf returns a contact way that the caller may change. It answers ErrConfigID.
func (s *Service) WayOf(tx *store.Tx, by access.Caller, configID string) (Way, error) {
	return s.way(tx, by, configID)
}

// WayLink returns what the code of a contact way says; it is empty for a button in a mini program.
func (s *Service) WayLink(w Way) string { return s.qrCode(w) }

// DeleteWay deletes a contact way that the caller may change. Doc 92228.
func (s *Service) DeleteWay(tx *store.Tx, by access.Caller, configID string) error {
	w, err := s.way(tx, by, configID)
	if err != nil {
		return err
	}
	if w.Temporary != nil {
		if err := s.forgetConclusion(tx, by.CorpID, w.Temporary.Conclusion); err != nil {
			return err
		}
	}
	return deleteWay(tx, by.CorpID, w)
}

// RemoveTags is DeleteTags for the corp's tags, or for those of strategy groups.
func (s *Service) RemoveTags(ctx context.Context, tx *store.Tx, by access.Caller, tags, groups []id.CustomerTag, strategic bool) error {
	return s.removeTags(ctx, tx, by, tags, groups, strategic)
}

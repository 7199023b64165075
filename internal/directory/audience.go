package directory

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Brief is a member's userid and name.
type Brief struct {
	No     int64
	UserID id.UserID
}

// Named returns, by key, those of the userids that are enabled members and visible to the caller.
func (s *Service) Named(tx *store.Tx, by access.Caller, users []string) (map[string]Brief, error) {
	out := map[string]Brief{}
	with, visible, first := visibility(by)
	for some := range slices.Chunk(distinctKeys(users), manyArgs) {
		args := append(slices.Clone(first), by.CorpID)
		args = append(store.Args(args, some), visibleArgs(by)...)
		err := tx.Each(with+` SELECT m.no, m.userid FROM member m WHERE m.corpid = ? AND m.userkey IN (`+store.Marks(len(some))+`) AND m.enabled = 1 AND `+visible("m"), args,
			func(rows *store.Rows) error {
				var m Brief
				err := rows.Scan(&m.No, &m.UserID)
				out[m.UserID.Key()] = m
				return err
			})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Audience returns the numbers of the enabled members in the range, in order: those above after and up to
// most, at most limit of them.
func (s *Service) Audience(tx *store.Tx, corpID string, r access.Range, after, most int64, limit int) ([]int64, error) {
	if r.All() {
		return selectNumbers(tx, `SELECT no FROM member WHERE corpid = ? AND no > ? AND no <= ? AND enabled = 1 ORDER BY no LIMIT ?`, corpID, after, most, limit)
	}
	with, union, args := reached(corpID, r, after, most, ` UNION `)
	if union == "" {
		return nil, nil
	}
	return selectNumbers(tx, with+` SELECT m.no FROM (`+union+`) reached JOIN member m ON m.no = reached.no WHERE m.enabled = 1 ORDER BY m.no LIMIT ?`,
		append(args, limit)...)
}

// Crowd reports whether the range has more than most places of members. A member in two departments has two
// places. It is fast even if there are many.
func (s *Service) Crowd(tx *store.Tx, corpID string, r access.Range, most int) (bool, error) {
	if r.All() {
		members, _, err := s.Size(tx, corpID)
		return members > int64(most), err
	}
	with, union, args := reached(corpID, r, 0, math.MaxInt64, ` UNION ALL `)
	if union == "" {
		return false, nil
	}
	n, err := tx.Count(with+` SELECT count(*) FROM (SELECT no FROM (`+union+`) reached LIMIT ?) counted`, append(args, most+1)...)
	return n > int64(most), err
}

// reached returns a WITH clause, a query for the numbers (as no) of the members in the range, and their
// arguments.
func reached(corpID string, r access.Range, after, most int64, union string) (with, query string, args []any) {
	var parts []string
	r.Tags = once(r.Tags)
	if len(r.Departments) > 0 || len(r.Tags) > 0 {
		with, args = scope(corpID, r)
		parts = append(parts, `SELECT md.member AS no FROM scope JOIN member_department md ON md.corpid = ? AND md.department = scope.id WHERE md.member > ? AND md.member <= ?`)
		args = append(args, corpID, after, most)
	}
	if len(r.Tags) > 0 {
		parts = append(parts, `SELECT t.member AS no FROM tag_member t WHERE t.corpid = ? AND t.tagid IN (`+store.Marks(len(r.Tags))+`) AND t.member > ? AND t.member <= ?`)
		args = append(store.Args(append(args, corpID), r.Tags), after, most)
	}
	if len(r.Members) > 0 {
		parts = append(parts, `SELECT no FROM member WHERE corpid = ? AND userkey IN (`+store.Marks(len(r.Members))+`) AND no > ? AND no <= ?`)
		args = append(args, corpID)
		for _, u := range r.Members {
			args = append(args, u.Key())
		}
		args = append(args, after, most)
	}
	return with, strings.Join(parts, union), args
}

// Reached returns the userids of the members in the range, those who are disabled too, at most limit of them.
func (s *Service) Reached(tx *store.Tx, corpID string, r access.Range, limit int) (out []id.UserID, err error) {
	with, union, args := reached(corpID, r, 0, math.MaxInt64, ` UNION `)
	if r.All() {
		with, union, args = "", `SELECT no FROM member WHERE corpid = ?`, []any{corpID}
	}
	if union == "" {
		return nil, nil
	}
	err = tx.Each(with+` SELECT m.userid FROM (`+union+`) reached JOIN member m ON m.no = reached.no LIMIT ?`, append(args, limit), func(rows *store.Rows) error {
		var u id.UserID
		err := rows.Scan(&u)
		out = append(out, u)
		return err
	})
	return out, err
}

// Within returns which of the members, by number, are in the range, in order.
func (s *Service) Within(tx *store.Tx, corpID string, r access.Range, members []int64) ([]int64, error) {
	if r.All() {
		return members, nil
	}
	var out []int64
	with, visible, first := visibility(access.System(corpID).Within(r))
	for some := range slices.Chunk(members, manyArgs) {
		args := append(slices.Clone(first), corpID)
		args = append(store.Args(args, some), visibleArgs(access.System(corpID).Within(r))...)
		seen, err := selectNumbers(tx, with+` SELECT m.no FROM member m WHERE m.corpid = ? AND m.no IN (`+store.Marks(len(some))+`) AND `+visible("m")+` ORDER BY m.no`, args...)
		if err != nil {
			return nil, err
		}
		out = append(out, seen...)
	}
	return out, nil
}

// LastMember returns the number of the newest member, 0 if there is none.
func (s *Service) LastMember(tx *store.Tx, corpID string) (int64, error) {
	var no int64
	_, err := tx.Get(`SELECT no FROM member WHERE corpid = ? ORDER BY no DESC LIMIT 1`, []any{corpID}, &no)
	return no, err
}

// ExistingTags returns which of the tags the corp has.
func (s *Service) ExistingTags(tx *store.Tx, corpID string, tags []int64) (map[int64]bool, error) {
	return existingTags(tx, corpID, tags)
}

// Briefs returns the members with the numbers, by number.
func (s *Service) Briefs(tx *store.Tx, members []int64) (map[int64]Brief, error) {
	out := map[int64]Brief{}
	for some := range slices.Chunk(members, manyArgs) {
		err := tx.Each(`SELECT no, userid FROM member WHERE no IN (`+store.Marks(len(some))+`)`, store.Args([]any{}, some), func(rows *store.Rows) error {
			var m Brief
			err := rows.Scan(&m.No, &m.UserID)
			out[m.No] = m
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// Nodes are members, departments and tags as a call names them.
type Nodes struct {
	Users       []string
	Departments []int64
	Tags        []int64
}

// Part separates what exists in the caller's range from the rest. A caller that may see a tag's members sees
// the tag.
func (s *Service) Part(tx *store.Tx, by access.Caller, in Nodes) (good access.Range, bad Nodes, err error) {
	members, err := visibleMembers(tx, by, in.Users)
	if err != nil {
		return good, bad, err
	}
	departments, err := s.VisibleDepartments(tx, by, in.Departments)
	if err != nil {
		return good, bad, err
	}
	tags, err := existingTags(tx, by.CorpID, in.Tags)
	if err != nil {
		return good, bad, err
	}
	for _, key := range distinctKeys(in.Users) {
		if m, ok := members[key]; ok {
			good.Members = append(good.Members, m.userID)
		} else {
			bad.Users = append(bad.Users, key)
		}
	}
	good.Departments, bad.Departments = part(in.Departments, departments)
	good.Tags, bad.Tags = part(in.Tags, tags)
	return good, bad, nil
}

// MarkInvited notes that the enabled members of a range who have not signed in yet were invited now. It skips
// members that the caller does not see: a tag may hold some.
func (s *Service) MarkInvited(tx *store.Tx, by access.Caller, r access.Range) error {
	keys, err := inactiveMembers(tx, by.CorpID, r)
	if err != nil {
		return err
	}
	seen, err := visibleMembers(tx, by, keys)
	if err != nil {
		return err
	}
	numbers := make([]int64, 0, len(seen))
	for _, m := range seen {
		numbers = append(numbers, m.no)
	}
	slices.Sort(numbers)
	for some := range slices.Chunk(numbers, manyArgs) {
		if _, err := tx.Exec(`UPDATE member SET invited_at = ? WHERE no IN (`+store.Marks(len(some))+`)`,
			store.Args([]any{tx.Now().UnixMilli()}, some)...); err != nil {
			return fmt.Errorf("invite members: %w", err)
		}
	}
	return nil
}

// inactiveMembers returns the keys of the enabled members in a range who have not
// signed in yet.
func inactiveMembers(tx *store.Tx, corpID string, r access.Range) ([]string, error) {
	var keys []string
	whole := access.System(corpID).Within(r)
	with, visible, args := visibility(whole)
	args = append(append(args, corpID), visibleArgs(whole)...)
	err := tx.Each(with+` SELECT m.userkey FROM member m WHERE m.corpid = ? AND m.activated = 0 AND m.enabled = 1 AND `+visible("m"), args,
		func(rows *store.Rows) error {
			var user id.UserID
			err := rows.Scan(&user)
			keys = append(keys, string(user))
			return err
		})
	return keys, err
}

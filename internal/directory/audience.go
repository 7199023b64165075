package directory

import (
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

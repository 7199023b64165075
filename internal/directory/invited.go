package directory

import (
	"fmt"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

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

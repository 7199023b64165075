package directory

import (
	"fmt"
	"slices"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// lockTags makes other transactions that add a tag wait for this one, and
// returns how many the corp has.
func lockTags(tx *store.Tx, corpID string) (int64, error) {
	if _, err := tx.Exec(`UPDATE directory_size SET members = members WHERE corpid = ?`, corpID); err != nil {
		return 0, fmt.Errorf("lock tags: %w", err)
	}
	return tx.Count(`SELECT count(*) FROM tag WHERE corpid = ?`, corpID)
}

// tagToChange makes other transactions that fill the tag wait for this one, and returns the tag if it is the
// caller's.
func tagToChange(tx *store.Tx, by access.Caller, tagID int64) (Tag, error) {
	if _, err := tx.Exec(`UPDATE tag SET name = name WHERE corpid = ? AND tagid = ?`, by.CorpID, tagID); err != nil {
		return Tag{}, fmt.Errorf("lock tag: %w", err)
	}
	t, err := tagOf(tx, by.CorpID, tagID)
	if err == nil && !t.mayChange(by) {
		err = ErrTagOwner.With("tag %d was not made by this application", tagID)
	}
	return t, err
}

func tagOf(tx *store.Tx, corpID string, tagID int64) (Tag, error) {
	list, err := selectTags(tx, `corpid = ? AND tagid = ?`, corpID, tagID)
	if err != nil {
		return Tag{}, err
	}
	if len(list) == 0 {
		return Tag{}, ErrTagInvalid.With("the corp has no tag %d", tagID)
	}
	return list[0], nil
}

func selectTags(tx *store.Tx, where string, args ...any) ([]Tag, error) {
	var list []Tag
	err := tx.Each(`SELECT tagid, name, owner FROM tag WHERE `+where+` ORDER BY tagid`, args, func(rows *store.Rows) error {
		var t Tag
		err := rows.Scan(&t.ID, &t.Name, &t.Owner)
		list = append(list, t)
		return err
	})
	return list, err
}

// existingTags returns which of the tags the corp has.
func existingTags(tx *store.Tx, corpID string, tagIDs []int64) (map[int64]bool, error) {
	out := map[int64]bool{}
	there, err := selectNumbers(tx, `SELECT tagid FROM tag WHERE corpid = ? AND tagid IN (`+store.Marks(len(tagIDs))+`)`,
		store.Args([]any{corpID}, tagIDs)...)
	for _, t := range there {
		out[t] = true
	}
	return out, err
}

// checkTagName answers ErrTagTaken if another tag has the name, whichever application made it.
func checkTagName(tx *store.Tx, corpID string, tagID int64, name string) error {
	var taken int64
	found, err := tx.Get(`SELECT tagid FROM tag WHERE corpid = ? AND name = ? AND tagid <> ?`, []any{corpID, name, tagID}, &taken)
	if err == nil && found {
		err = ErrTagTaken.With("tag %d has this name", taken)
	}
	return err
}

// insertTag adds the row; an id of 0 becomes the highest id plus one. A taken id answers 40068 (unverified).
func insertTag(tx *store.Tx, corpID string, t Tag) (int64, error) {
	if t.ID == 0 {
		var err error
		if t.ID, err = nextID(tx, "tag", "tagid", corpID); err != nil {
			return 0, err
		}
	}
	n, err := tx.Exec(`INSERT INTO tag (corpid, tagid, name, owner) VALUES (?, ?, ?, ?) ON CONFLICT (corpid, tagid) DO NOTHING`,
		corpID, t.ID, t.Name, t.Owner)
	if err != nil {
		return 0, fmt.Errorf("insert tag: %w", err)
	}
	if n == 0 {
		return 0, ErrTagInvalid.With("tagid %d is taken", t.ID)
	}
	return t.ID, nil
}

func countTagNodes(tx *store.Tx, corpID string, tagID int64) (int64, error) {
	return tx.Count(`SELECT (SELECT count(*) FROM tag_member WHERE corpid = ? AND tagid = ?) + (SELECT count(*) FROM tag_department WHERE corpid = ? AND tagid = ?)`,
		corpID, tagID, corpID, tagID)
}

// selectTagMembers returns the tag's own members that the caller may see, in the
// order of their creation.
func selectTagMembers(tx *store.Tx, by access.Caller, tagID int64) ([]TagMember, error) {
	var list []TagMember
	with, visible, args := visibility(by)
	args = append(append(args, by.CorpID, tagID), visibleArgs(by)...)
	err := tx.Each(with+` SELECT m.no, m.userid, m.name FROM tag_member tm JOIN member m ON m.no = tm.member
		WHERE tm.corpid = ? AND tm.tagid = ? AND `+visible("m")+` ORDER BY m.no`, args, func(rows *store.Rows) error {
		var m TagMember
		err := rows.Scan(&m.No, &m.UserID, &m.Name)
		list = append(list, m)
		return err
	})
	return list, err
}

// selectTagDepartments returns the tag's departments that the caller may see.
func (s *Service) selectTagDepartments(tx *store.Tx, by access.Caller, tagID int64) ([]int64, error) {
	all, err := selectNumbers(tx, `SELECT department FROM tag_department WHERE corpid = ? AND tagid = ? ORDER BY department`, by.CorpID, tagID)
	if err != nil || by.SeesAll() {
		return all, err
	}
	seen, err := s.VisibleDepartments(tx, by, all)
	return slices.DeleteFunc(all, func(d int64) bool { return !seen[d] }), err
}

// tagContent returns everything that the tag itself holds.
func tagContent(tx *store.Tx, corpID string, tagID int64) (c DeletedTag, err error) {
	c.ID = tagID
	if err := tx.Each(`SELECT m.userid FROM tag_member tm JOIN member m ON m.no = tm.member WHERE tm.corpid = ? AND tm.tagid = ? ORDER BY m.no`,
		[]any{corpID, tagID}, func(rows *store.Rows) error {
			var user id.UserID
			err := rows.Scan(&user)
			c.Members = append(c.Members, user)
			return err
		}); err != nil {
		return c, err
	}
	c.Departments, err = selectNumbers(tx, `SELECT department FROM tag_department WHERE corpid = ? AND tagid = ? ORDER BY department`, corpID, tagID)
	return c, err
}

// The four functions below change what a tag holds and return what they really added or removed.

func insertTagMembers(tx *store.Tx, corpID string, tagID int64, members []brief) ([]id.UserID, error) {
	return changeTagMembers(tx, members, `INSERT INTO tag_member (corpid, tagid, member) SELECT tag.corpid, tag.tagid, m.no FROM tag, member m
		WHERE tag.corpid = ? AND tag.tagid = ? AND m.no IN (%s) ON CONFLICT DO NOTHING RETURNING member`, corpID, tagID)
}

func deleteTagMembers(tx *store.Tx, corpID string, tagID int64, members []brief) ([]id.UserID, error) {
	return changeTagMembers(tx, members, `DELETE FROM tag_member WHERE corpid = ? AND tagid = ? AND member IN (%s) RETURNING member`, corpID, tagID)
}

func insertTagDepartments(tx *store.Tx, corpID string, tagID int64, departments []int64) ([]int64, error) {
	return changeTag(tx, departments, `INSERT INTO tag_department (corpid, tagid, department) SELECT d.corpid, tag.tagid, d.id FROM tag JOIN department d ON d.corpid = tag.corpid
		WHERE tag.corpid = ? AND tag.tagid = ? AND d.id IN (%s) ON CONFLICT DO NOTHING RETURNING department`, corpID, tagID)
}

func deleteTagDepartments(tx *store.Tx, corpID string, tagID int64, departments []int64) ([]int64, error) {
	return changeTag(tx, departments, `DELETE FROM tag_department WHERE corpid = ? AND tagid = ? AND department IN (%s) RETURNING department`, corpID, tagID)
}

func changeTagMembers(tx *store.Tx, members []brief, query string, corpID string, tagID int64) ([]id.UserID, error) {
	numbers := make([]int64, len(members))
	for i, m := range members {
		numbers[i] = m.no
	}
	changed, err := changeTag(tx, numbers, query, corpID, tagID)
	if err != nil {
		return nil, err
	}
	var out []id.UserID
	for _, m := range members {
		if _, ok := slices.BinarySearch(changed, m.no); ok {
			out = append(out, m.userID)
		}
	}
	return out, nil
}

// changeTag runs the query for the numbers, which replace %s in its IN list. It returns the numbers that the
// query returns, in order.
func changeTag(tx *store.Tx, numbers []int64, query string, corpID string, tagID int64) ([]int64, error) {
	var out []int64
	for some := range slices.Chunk(numbers, manyArgs) {
		changed, err := selectNumbers(tx, strings.Replace(query, "%s", store.Marks(len(some)), 1), store.Args([]any{corpID, tagID}, some)...)
		if err != nil {
			return nil, fmt.Errorf("change tag: %w", err)
		}
		out = append(out, changed...)
	}
	slices.Sort(out)
	return out, nil
}

func selectNumbers(tx *store.Tx, query string, args ...any) ([]int64, error) {
	var out []int64
	err := tx.Each(query, args, func(rows *store.Rows) error {
		var n int64
		err := rows.Scan(&n)
		out = append(out, n)
		return err
	})
	return out, err
}

package customer

import (
	"cmp"
	"encoding/json"
	"fmt"

	"qiwei/internal/store"
)

// tagTable holds all tags of a corp, with the deleted ones. It is shared and must not be changed.
type tagTable struct {
	groups  map[int64]TagGroup
	tags    map[int64]Tag
	byGroup map[int64][]int64 // numbers of the tags that are there
	count   int               // of tags that are there
}

// of returns the part of the table that belongs to the corp, or to strategy groups that pass the test. The count
// stays that of all.
func (t *tagTable) of(strategy func(no int64) bool) *tagTable {
	out := &tagTable{groups: map[int64]TagGroup{}, tags: map[int64]Tag{}, byGroup: map[int64][]int64{}, count: t.count}
	for no, g := range t.groups {
		if strategy(g.Strategy) {
			out.groups[no], out.byGroup[no] = g, t.byGroup[no]
		}
	}
	for no, tag := range t.tags {
		if _, ok := out.groups[tag.Group]; ok {
			out.tags[no] = tag
		}
	}
	return out
}

// ofCorp returns the part of the table that belongs to no strategy group.
func (t *tagTable) ofCorp() *tagTable {
	for _, g := range t.groups {
		if g.Strategy != 0 {
			return t.of(func(no int64) bool { return no == 0 })
		}
	}
	return t
}

func inOrder(a, b Tag) int { return groupsInOrder(a.TagGroup, b.TagGroup) }

// groupsInOrder puts the larger order first, and of two equal ones the older.
func groupsInOrder(a, b TagGroup) int {
	return cmp.Or(cmp.Compare(b.Order, a.Order), cmp.Compare(a.No, b.No))
}

// tags returns the corp's tags, kept until one changes.
func (s *Service) tags(tx *store.Tx, corpID string) (*tagTable, error) {
	size := func(t *tagTable) int { return 200 * (1 + len(t.groups) + len(t.tags)) }
	groups, err := store.RecallTable(tx, "customer_tag_group", "customer groups "+corpID, func(m map[int64]TagGroup) int { return 150 * (1 + len(m)) }, func() (map[int64]TagGroup, error) {
		return selectGroups(tx, corpID)
	})
	if err != nil {
		return nil, err
	}
	tags, err := store.RecallTable(tx, "customer_tag", "customer tags "+corpID, size, func() (*tagTable, error) { return selectTags(tx, corpID) })
	if err != nil {
		return nil, err
	}
	return &tagTable{groups, tags.tags, tags.byGroup, tags.count}, nil
}

func selectGroups(tx *store.Tx, corpID string) (map[int64]TagGroup, error) {
	out := map[int64]TagGroup{}
	err := tx.Each(`SELECT no, strategy, name, sort, app, created_at, deleted_at FROM customer_tag_group WHERE corpid = ?`, []any{corpID}, func(rows *store.Rows) error {
		var g TagGroup
		err := rows.Scan(&g.No, &g.Strategy, &g.Name, &g.Order, &g.App, &g.CreatedAt, &g.DeletedAt)
		out[g.No] = g
		return err
	})
	return out, err
}

func selectTags(tx *store.Tx, corpID string) (*tagTable, error) {
	out := &tagTable{tags: map[int64]Tag{}, byGroup: map[int64][]int64{}}
	err := tx.Each(`SELECT no, tag_group, name, sort, app, created_at, deleted_at FROM customer_tag WHERE corpid = ?`, []any{corpID}, func(rows *store.Rows) error {
		var t Tag
		err := rows.Scan(&t.No, &t.Group, &t.Name, &t.Order, &t.App, &t.CreatedAt, &t.DeletedAt)
		out.tags[t.No] = t
		if t.DeletedAt == 0 {
			out.count++
			out.byGroup[t.Group] = append(out.byGroup[t.Group], t.No)
		}
		return err
	})
	return out, err
}

// lockTags makes other transactions that change the corp's tags wait for this one.
func lockTags(tx *store.Tx, corpID string) error { return addWays(tx, corpID, 0) }

// addWays counts contact ways, and makes other transactions that do, or that change the corp's tags, wait for
// this one.
func addWays(tx *store.Tx, corpID string, n int64) error {
	_, err := tx.Exec(`INSERT INTO customer_size (corpid, ways) VALUES (?, ?) ON CONFLICT (corpid) DO UPDATE SET ways = customer_size.ways + excluded.ways`, corpID, n)
	if err != nil {
		err = fmt.Errorf("count contact ways: %w", err)
	}
	return err
}

func insertGroup(tx *store.Tx, corpID string, g TagGroup) (int64, error) {
	return tx.Insert(`INSERT INTO customer_tag_group (corpid, strategy, name, sort, app, created_at, deleted_at) VALUES (?, ?, ?, ?, ?, ?, 0)`,
		corpID, g.Strategy, g.Name, g.Order, g.App, g.CreatedAt)
}

func insertTag(tx *store.Tx, corpID string, t Tag) (int64, error) {
	return tx.Insert(`INSERT INTO customer_tag (corpid, tag_group, name, sort, app, created_at, deleted_at) VALUES (?, ?, ?, ?, ?, ?, 0)`,
		corpID, t.Group, t.Name, t.Order, t.App, t.CreatedAt)
}

func updateTag(tx *store.Tx, corpID string, t TagGroup, group bool) error {
	table := `customer_tag`
	if group {
		table = `customer_tag_group`
	}
	_, err := tx.Exec(`UPDATE `+table+` SET name = ?, sort = ? WHERE corpid = ? AND no = ?`, t.Name, t.Order, corpID, t.No)
	return err
}

func deleteTag(tx *store.Tx, corpID string, no int64) error {
	_, err := tx.Exec(`UPDATE customer_tag SET deleted_at = ? WHERE corpid = ? AND no = ?`, tx.Now().Unix(), corpID, no)
	return err
}

func deleteGroup(tx *store.Tx, corpID string, no int64) error {
	if _, err := tx.Exec(`UPDATE customer_tag_group SET deleted_at = ? WHERE corpid = ? AND no = ?`, tx.Now().Unix(), corpID, no); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE customer_tag SET deleted_at = ? WHERE corpid = ? AND tag_group = ? AND deleted_at = 0`, tx.Now().Unix(), corpID, no)
	return err
}

func markFollow(tx *store.Tx, corpID string, follow int64, tags []int64) error {
	if tags == nil {
		tags = []int64{}
	}
	text, err := json.Marshal(tags)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE customer_follow SET tags = ? WHERE corpid = ? AND no = ?`, string(text), corpID, follow)
	return err
}

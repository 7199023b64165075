package moment

import (
	"encoding/json"
	"fmt"
	"time"

	"qiwei/internal/store"
)

const postColumns = `no, kind, app, creator, content, public, tags, created_at, dispatched_at, cancelled_at`

func selectPosts(tx *store.Tx, where string, args ...any) (out []Post, err error) {
	err = tx.Each(`SELECT `+postColumns+` FROM moment WHERE `+where, args, func(rows *store.Rows) error {
		var p Post
		var content, tags string
		var created, dispatched, cancelled int64
		if err := rows.Scan(&p.No, &p.Kind, &p.App, &p.Creator, &content, &p.Public, &tags, &created, &dispatched, &cancelled); err != nil {
			return err
		}
		p.CreatedAt, p.Cancelled = time.Unix(created, 0).UTC(), cancelled > 0
		if dispatched > 0 {
			p.DispatchedAt = time.Unix(dispatched, 0).UTC()
		}
		if err := json.Unmarshal([]byte(content), &p.Content); err != nil {
			return err
		}
		err := json.Unmarshal([]byte(tags), &p.Tags)
		out = append(out, p)
		return err
	})
	return out, err
}

// selectPostsOf returns one more than the limit, so that the caller knows whether there are more.
func selectPostsOf(tx *store.Tx, corpID string, q Query, creator int64) ([]Post, error) {
	where := `corpid = ? AND created_at > ? AND created_at < ? AND dispatched_at > 0 AND deleted_at = 0 AND kind IN (` + store.Marks(len(q.Kinds)) + `)`
	args := store.Args([]any{corpID, q.From.Unix(), q.To.Unix()}, q.Kinds)
	if creator != 0 {
		where, args = where+` AND creator = ?`, append(args, creator)
	}
	if q.After != (Place{}) {
		where, args = where+` AND (created_at < ? OR created_at = ? AND no < ?)`, append(args, q.After.At, q.After.At, q.After.No)
	}
	return selectPosts(tx, where+` ORDER BY created_at DESC, no DESC LIMIT ?`, append(args, q.Limit+1)...)
}

func insertPost(tx *store.Tx, corpID string, p Post) (int64, error) {
	content, err := json.Marshal(p.Content)
	if err != nil {
		return 0, err
	}
	if p.Tags == nil {
		p.Tags = []int64{}
	}
	tags, err := json.Marshal(p.Tags)
	if err != nil {
		return 0, err
	}
	dispatched := int64(0)
	if !p.DispatchedAt.IsZero() {
		dispatched = p.DispatchedAt.Unix()
	}
	no, err := tx.Insert(`INSERT INTO moment (corpid, kind, app, creator, content, public, tags, created_at, dispatched_at, cancelled_at, deleted_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, 0)`,
		corpID, int64(p.Kind), p.App, p.Creator, string(content), flag(p.Public), string(tags), p.CreatedAt.Unix(), dispatched)
	if err != nil {
		return 0, fmt.Errorf("insert moment: %w", err)
	}
	return no, nil
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// mark writes that a moment was dispatched, cancelled or deleted now, unless it was.
func mark(tx *store.Tx, corpID string, no int64, column string) error {
	_, err := tx.Exec(`UPDATE moment SET `+column+` = ? WHERE corpid = ? AND no = ? AND `+column+` = 0`, tx.Now().Unix(), corpID, no)
	if err != nil {
		err = fmt.Errorf("mark moment: %w", err)
	}
	return err
}

// countPosts counts the moments that applications have made since a time.
func countPosts(tx *store.Tx, corpID string, since time.Time) (int64, error) {
	return tx.Count(`SELECT count(*) FROM moment WHERE corpid = ? AND created_at >= ? AND kind = ? AND app <> 0`, corpID, since.Unix(), int64(OfCorp))
}

func deletePost(tx *store.Tx, corpID string, no int64) error {
	_, err := tx.Exec(`DELETE FROM moment WHERE corpid = ? AND no = ?`, corpID, no)
	return err
}

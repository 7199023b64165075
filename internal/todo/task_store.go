package todo

import (
	"encoding/json"
	"fmt"

	"qiwei/internal/id"
	"qiwei/internal/store"
)

func insertTodo(tx *store.Tx, t Todo) (no int64, err error) {
	reminds, err := json.Marshal(append([]int64{}, t.Reminds...))
	if err != nil {
		return 0, err
	}
	no, err = tx.Insert(`INSERT INTO todo (corpid, todo_id, creator_key, creator, status, content, ends_at, reminds, remind_at, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		t.CorpID, t.ID, t.Creator.Key(), string(t.Creator), int64(t.Status), t.Content, t.End, string(reminds), t.remindAt, t.Created, t.Updated)
	if err != nil {
		return 0, fmt.Errorf("insert to-do: %w", err)
	}
	t.No = no
	return no, putFollowers(tx, t)
}

func putFollowers(tx *store.Tx, t Todo) error {
	for i, f := range t.Followers {
		if _, err := tx.Exec(`INSERT INTO todo_follower (todo, corpid, userkey, userid, place, status, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			t.No, t.CorpID, f.UserID.Key(), string(f.UserID), i, int64(f.Answer), f.Updated); err != nil {
			return fmt.Errorf("insert follower: %w", err)
		}
	}
	return nil
}

func updateTodo(tx *store.Tx, t Todo) error {
	reminds, err := json.Marshal(append([]int64{}, t.Reminds...))
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE todo SET status = ?, content = ?, ends_at = ?, reminds = ?, remind_at = ?, updated_at = ? WHERE no = ? AND corpid = ?`,
		int64(t.Status), t.Content, t.End, string(reminds), t.remindAt, t.Updated, t.No, t.CorpID); err != nil {
		return fmt.Errorf("update to-do: %w", err)
	}
	if _, err := tx.Exec(`DELETE FROM todo_follower WHERE todo = ?`, t.No); err != nil {
		return err
	}
	return putFollowers(tx, t)
}

// selectTodos reads to-dos with those who take part, in the order of our numbers unless where says another.
func selectTodos(tx *store.Tx, where string, args ...any) ([]Todo, error) {
	var out []Todo
	err := tx.Each(`SELECT no, corpid, todo_id, creator, status, content, ends_at, reminds, remind_at, created_at, updated_at FROM todo WHERE `+where, args, func(rows *store.Rows) error {
		var t Todo
		var reminds string
		if err := rows.Scan(&t.No, &t.CorpID, &t.ID, &t.Creator, &t.Status, &t.Content, &t.End, &reminds, &t.remindAt, &t.Created, &t.Updated); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(reminds), &t.Reminds); err != nil {
			return fmt.Errorf("to-do %d: %w", t.No, err)
		}
		out = append(out, t)
		return nil
	})
	if err != nil || len(out) == 0 {
		return nil, err
	}
	at := map[int64]*Todo{}
	numbers := make([]int64, len(out))
	for i := range out {
		at[out[i].No], numbers[i] = &out[i], out[i].No
	}
	err = tx.Each(`SELECT todo, userid, status, updated_at FROM todo_follower WHERE todo IN (`+store.Marks(len(numbers))+`) ORDER BY todo, place`, store.Args([]any{}, numbers), func(rows *store.Rows) error {
		var no int64
		var f Follower
		err := rows.Scan(&no, &f.UserID, &f.Answer, &f.Updated)
		at[no].Followers = append(at[no].Followers, f)
		return err
	})
	return out, err
}

func (s *Service) todo(tx *store.Tx, corpID, todoID string) (t Todo, found bool, err error) {
	list, err := selectTodos(tx, `corpid = ? AND todo_id = ?`, corpID, todoID)
	if len(list) == 0 {
		return t, false, err
	}
	return list[0], true, err
}

// Span is a time from one second up to another, both included; zero is without a bound.
type Span struct{ From, To int64 }

func (s Span) given() bool { return s.From != 0 || s.To != 0 }

// Search asks for the to-dos that a member takes part in or has made, the newest first.
type Search struct {
	Of       id.UserID
	Created  Span
	Deadline Span
	Remind   Span // of the next reminder
	Status   *Status
	Before   int64 // our number of the last one of the page before; 0 for the first page
	Limit    int
}

// takesPart is the condition for to-dos in which a member takes part, whom the corp and the userid's key name.
const takesPart = `no IN (SELECT todo FROM todo_follower WHERE corpid = ? AND userkey = ?)`

// where is the condition for to-dos that by sees: those that the member has made or takes part in.
func (q Search) where(corpID string, by id.UserID) (string, []any) {
	where, args := `corpid = ? AND status <> ?`, []any{corpID, int64(Deleted)}
	add := func(part string, values ...any) { where, args = where+` AND `+part, append(args, values...) }
	add(`(creator_key = ? OR `+takesPart+`)`, by.Key(), corpID, by.Key())
	if !q.Of.Equal(by) {
		add(takesPart, corpID, q.Of.Key())
	}
	if q.Status != nil {
		add(`status = ?`, int64(*q.Status))
	}
	if q.Before != 0 {
		add(`no < ?`, q.Before)
	}
	for column, span := range map[string]Span{"created_at": q.Created, "ends_at": q.Deadline, "remind_at": q.Remind} {
		if !span.given() {
			continue
		}
		add(column + ` > 0`)
		if span.From != 0 {
			add(column+` >= ?`, span.From)
		}
		if span.To != 0 {
			add(column+` <= ?`, span.To)
		}
	}
	return where, args
}

// Find returns a page of to-dos, and whether there are more.
func (s *Service) Find(tx *store.Tx, corpID string, by id.UserID, q Search) (list []Todo, more bool, err error) {
	where, args := q.where(corpID, by)
	list, err = selectTodos(tx, where+` ORDER BY no DESC LIMIT ?`, append(args, int64(q.Limit)+1)...)
	if len(list) > q.Limit {
		return list[:q.Limit], true, err
	}
	return list, false, err
}

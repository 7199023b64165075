package todo

import (
	"context"

	"qiwei/internal/id"
	"qiwei/internal/store"
)

// What administrators do in the console: they see the to-dos of all members, end them, take them up again and delete
// them. What they say and who does it is the members' own affair.

// foundAtOnce is how many to-dos a page of List has, at most.
const foundAtOnce = 200

// Listing asks for the corp's to-dos, the newest first. A zero field is not given.
type Listing struct {
	Status  *Status // without one all but the deleted
	Overdue bool    // under way though its end has come
	Member  id.UserID
	Role    Role
	Created Span
	Before  int64 // our number of the last one of the page before
	Size    int64
}

// Role is what a member has to do with a to-do.
type Role int

// The roles.
const (
	Anyhow Role = iota
	Made
	TakesPart
)

func (q Listing) where(corpID string, now int64) (string, []any) {
	where, args := `corpid = ?`, []any{corpID}
	add := func(part string, values ...any) { where, args = where+` AND `+part, append(args, values...) }
	switch {
	case q.Overdue:
		add(`status = ? AND ends_at > 0 AND ends_at <= ?`, int64(Open), now)
	case q.Status != nil:
		add(`status = ?`, int64(*q.Status))
	default:
		add(`status <> ?`, int64(Deleted))
	}
	if q.Member != "" {
		switch key := q.Member.Key(); q.Role {
		case Made:
			add(`creator_key = ?`, key)
		case TakesPart:
			add(takesPart, corpID, key)
		default:
			add(`(creator_key = ? OR `+takesPart+`)`, key, corpID, key)
		}
	}
	if q.Created.From != 0 {
		add(`created_at >= ?`, q.Created.From)
	}
	if q.Created.To != 0 {
		add(`created_at <= ?`, q.Created.To)
	}
	if q.Before != 0 {
		add(`no < ?`, q.Before)
	}
	return where, args
}

// List returns a page of the corp's to-dos.
func (s *Service) List(tx *store.Tx, corpID string, q Listing) ([]Todo, error) {
	if q.Size < 1 || q.Size > foundAtOnce {
		return nil, ErrParameter.With("size: 1 to %d expected", foundAtOnce)
	}
	where, args := q.where(corpID, tx.Now().Unix())
	return selectTodos(tx, where+` ORDER BY no DESC LIMIT ?`, append(args, q.Size)...)
}

// Get returns a to-do of the corp, a deleted one too.
func (s *Service) Get(tx *store.Tx, corpID, todoID string) (Todo, error) {
	t, found, err := s.todo(tx, corpID, todoID)
	if err == nil && !found {
		err = ErrParameter.With("todo_id: there is no to-do %q", todoID)
	}
	return t, err
}

// Overdue reports whether a to-do is under way though its end has come.
func (t Todo) Overdue(now int64) bool { return t.Status == Open && t.End > 0 && t.End <= now }

// NextReminder is when members are reminded next, in Unix seconds; 0 for never.
func (t Todo) NextReminder() int64 { return t.remindAt }

// SettleAsAdmin ends a to-do, takes it up again, or deletes it, as an administrator. Its creator is told as well as
// those who take part.
func (s *Service) SettleAsAdmin(ctx context.Context, tx *store.Tx, corpID, todoID string, to Status) error {
	t, err := s.Get(tx, corpID, todoID)
	if err != nil {
		return err
	}
	heads := map[Status]string{Done: "待办已完成", Open: "待办已重新开始", Deleted: "待办已删除"}
	switch head, ok := heads[to]; {
	case !ok:
		return ErrParameter.With("todo_status: 0, 1 or 2 expected")
	case t.Status == Deleted:
		return ErrParameter.With("todo_id: %q is deleted", todoID)
	case t.Status == to:
		return nil
	default:
		if to == Open {
			if err := room(tx, corpID, t.Creator); err != nil {
				return err
			}
		}
		now := tx.Now().Unix()
		t.Status, t.Updated = to, now
		t.remindAt = t.nextReminder(now)
		if err := updateTodo(tx, t); err != nil {
			return err
		}
		return s.say(ctx, tx, t, append([]id.UserID{t.Creator}, t.users(t.Creator)...), head)
	}
}

// Any reports whether the corp has a to-do.
func (s *Service) Any(tx *store.Tx, corpID string) (bool, error) {
	var one int64
	return tx.Get(`SELECT 1 FROM todo WHERE corpid = ? LIMIT 1`, []any{corpID}, &one)
}

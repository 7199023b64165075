package todo

import (
	"context"
	"time"

	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/work"
)

// nextReminder returns when members are to be reminded next, after now, in Unix seconds; 0 for never.
func (t Todo) nextReminder(now int64) (at int64) {
	if t.Status != Open || t.End == 0 {
		return 0
	}
	for _, kind := range t.Reminds {
		if kind == 0 {
			continue
		}
		if due := t.End - before[kind]; due > now && (at == 0 || due < at) {
			at = due
		}
	}
	return at
}

// reminders are the rows of which somebody is to be reminded.
const reminders work.Reminders = "todo"

// reminderWork is reminding as the engine sees it: a to-do is a key. It needs no lease, because two servers that
// remind of one to-do collide.
func (s *Service) reminderWork() work.Kind {
	return work.Kind{Name: "todo reminder", Slots: 2, Every: 5 * time.Second, For: s.deps.For, Waiting: reminders.Waiting, Take: s.takeReminder, Backlog: reminders.Backlog}
}

func (s *Service) takeReminder(tx *store.Tx, t *work.Turn) (work.Batch, time.Time, error) {
	list, err := dueTodos(tx, t.Key)
	if err != nil || len(list) == 0 {
		return nil, time.Time{}, err
	}
	return dueReminder{s, t.Key}, time.Time{}, nil
}

func dueTodos(tx *store.Tx, no int64) ([]Todo, error) {
	return selectTodos(tx, `no = ? AND remind_at > 0 AND remind_at <= ?`, no, tx.Now().Unix())
}

// dueReminder is a to-do of which members are to be reminded now.
type dueReminder struct {
	s  *Service
	no int64
}

// Do has nothing to do outside of the transaction.
func (dueReminder) Do(context.Context) error { return nil }

// Record reminds, and notes when to remind next. A server that was away reminds once of several that are due.
func (d dueReminder) Record(ctx context.Context, tx *store.Tx, _ work.Result) error {
	list, err := dueTodos(tx, d.no)
	if err != nil || len(list) == 0 {
		return err
	}
	t := list[0]
	if _, err := tx.Exec(`UPDATE todo SET remind_at = ? WHERE no = ? AND corpid = ?`, t.nextReminder(tx.Now().Unix()), t.No, t.CorpID); err != nil {
		return err
	}
	return d.s.say(ctx, tx, t, t.remindable(), "待办提醒")
}

// remindable are those who have not declined or done it; the creator, if nobody takes part.
func (t Todo) remindable() (out []id.UserID) {
	if len(t.Followers) == 0 {
		return []id.UserID{t.Creator}
	}
	for _, f := range t.Followers {
		if f.Answer == Accepted {
			out = append(out, f.UserID)
		}
	}
	return out
}

// RemindDue reminds members of what is due, and returns.
func (s *Service) RemindDue(ctx context.Context) error { return s.work.Drain(ctx, nil) }

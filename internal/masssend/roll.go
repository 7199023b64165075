package masssend

import (
	"qiwei/internal/access"
	"qiwei/internal/store"
)

// What administrators are shown of mass messages.

// States of a message, for those who show it.
const (
	Preparing = preparing
	Ready     = ready
	Cancelled = cancelled
)

// ToCustomers and ToGroups are the kinds of messages.
const (
	ToCustomers = toCustomers
	ToGroups    = toGroups
)

// Roll returns messages of the corp, of one kind unless that is 0, the newest first, those before a number if
// one is given, and whether there are more.
func (s *Service) Roll(tx *store.Tx, corpID string, kind, before, limit int64) (list []Message, more bool, err error) {
	where, args := `corpid = ?`, []any{corpID}
	if kind != 0 {
		where, args = where+` AND kind = ?`, append(args, kind)
	}
	if before != 0 {
		where, args = where+` AND no < ?`, append(args, before)
	}
	list, err = selectMessages(tx, where+` ORDER BY no DESC LIMIT ?`, append(args, limit+1)...)
	if more = int64(len(list)) > limit; more {
		list = list[:limit]
	}
	return list, more, err
}

// Progress is how far a message has come: of the members who were asked, and of the customers or groups it is for.
type Progress struct {
	Asked, Confirmed       int64
	Targets, Sent, Waiting int64
	NoFriend, Enough       int64 // who have removed the member, and who have had as many as they may
}

// ProgressOf returns how far messages have come, by their numbers. The customers are counted in one message alone,
// because they may be many.
func (s *Service) ProgressOf(tx *store.Tx, corpID string, messages []int64) (map[int64]Progress, error) {
	out := map[int64]Progress{}
	if len(messages) == 0 {
		return out, nil
	}
	err := tx.Each(`SELECT message, count(*), CAST(coalesce(sum(CASE WHEN sent_at > 0 THEN 1 ELSE 0 END), 0) AS BIGINT) FROM mass_task
		WHERE corpid = ? AND message IN (`+store.Marks(len(messages))+`) GROUP BY message`, store.Args([]any{corpID}, messages), func(rows *store.Rows) error {
		var no int64
		var p Progress
		err := rows.Scan(&no, &p.Asked, &p.Confirmed)
		out[no] = p
		return err
	})
	if err != nil || len(messages) > 1 {
		return out, err
	}
	p := out[messages[0]]
	err = tx.Each(`SELECT status, count(*) FROM mass_target WHERE corpid = ? AND chosen = 1 AND task IN (SELECT no FROM mass_task WHERE corpid = ? AND message = ?) GROUP BY status`,
		[]any{corpID, corpID, messages[0]}, func(rows *store.Rows) error {
			var status, n int64
			err := rows.Scan(&status, &n)
			p.Targets += n
			switch status {
			case 0:
				p.Waiting += n
			case 1:
				p.Sent += n
			case 2:
				p.NoFriend += n
			case 3:
				p.Enough += n
			}
			return err
		})
	out[messages[0]] = p
	return out, err
}

// Rule returns by which rule the corp's customers and groups get mass messages: month, week or day.
func (s *Service) Rule(tx *store.Tx, corpID string) (string, error) {
	rule := aMonth
	_, err := tx.Get(`SELECT period FROM mass_rule WHERE corpid = ?`, []any{corpID}, &rule)
	return rule, err
}

// Parts returns the members' parts of a message that the caller sees, whatever its state: none while it is being
// prepared.
func (s *Service) Parts(tx *store.Tx, by access.Caller, m Message, after, limit int64) ([]Task, bool, error) {
	if m.State == preparing {
		return nil, false, nil
	}
	return s.Tasks(tx, by, s.msgID(m.No), after, limit)
}

package masssend

import (
	"context"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Limits of records (doc 93338). A limit that is too large, or none, is the usual one.
const (
	maxMessagesListed = 100
	messagesListed    = 50
	maxPartsListed    = 1000
	partsListed       = 500
	maxSpan           = 31 * 24 * time.Hour // a month
)

// ErrSpan refuses a time span (doc 90313).
var ErrSpan = wire.Code(600018, "invalid start or end time")

// limitOf returns the limit that counts.
func limitOf(given, most, usual int64) int64 {
	if given < 1 || given > most {
		return usual
	}
	return given
}

// Query asks for messages of a time span.
type Query struct {
	Kind     int64
	From, To time.Time
	Creator  id.UserID // anybody if it is empty
	Filter   int64     // 0 those of the corp, 1 of members alone, 2 all
	Before   int64     // our number; 0 for the newest
	Limit    int64
}

// Messages returns messages of the corp, the newest first, and whether there are more. Doc 93338.
func (s *Service) Messages(ctx context.Context, tx *store.Tx, by access.Caller, q Query) ([]Message, bool, error) {
	if q.From.After(q.To) || q.To.Sub(q.From) > maxSpan {
		return nil, false, ErrSpan.With("start_time before end_time, and at most a month between them")
	}
	if q.Filter < 0 || q.Filter > 2 {
		return nil, false, wire.ErrParameter.With("filter_type: 0, 1 or 2 expected, %d given", q.Filter)
	}
	where, args := `corpid = ? AND kind = ? AND created_at BETWEEN ? AND ?`, []any{by.CorpID, q.Kind, q.From.Unix(), q.To.Unix()}
	if q.Creator != "" {
		m, err := s.deps.Directory.Member(ctx, tx, by, q.Creator)
		if err != nil {
			return nil, false, err
		}
		where, args = where+` AND creator = ?`, append(args, m.No)
	}
	if q.Filter < 2 {
		where, args = where+` AND personal = ?`, append(args, q.Filter)
	}
	if q.Before != 0 {
		where, args = where+` AND no < ?`, append(args, q.Before)
	}
	limit := limitOf(q.Limit, maxMessagesListed, messagesListed)
	list, err := selectMessages(tx, where+` ORDER BY no DESC LIMIT ?`, append(args, limit+1)...)
	if int64(len(list)) > limit {
		return list[:limit], true, err
	}
	return list, false, err
}

// Tasks returns the parts of a message, of members whom the caller sees, behind a number, and whether there are
// more. It answers ErrPreparing. Doc 93338.
func (s *Service) Tasks(tx *store.Tx, by access.Caller, msgID string, after, limit int64) (out []Task, more bool, err error) {
	m, err := s.prepared(tx, by.CorpID, msgID)
	if err != nil {
		return nil, false, err
	}
	limit = limitOf(limit, maxPartsListed, partsListed)
	for {
		some, err := selectTasks(tx, `corpid = ? AND message = ? AND no > ? ORDER BY no LIMIT ?`, by.CorpID, m.No, after, limit+1)
		if err != nil {
			return nil, false, err
		}
		members := make([]int64, len(some))
		for i, t := range some {
			members[i] = t.Member
		}
		seen, err := s.deps.Customers.Serving(tx, by, members)
		if err != nil {
			return nil, false, err
		}
		for _, t := range some {
			if t.UserID = seen[t.Member]; t.UserID != "" {
				out = append(out, t)
			}
		}
		if int64(len(out)) > limit {
			return out[:limit], true, nil
		}
		if int64(len(some)) <= limit {
			return out, false, nil
		}
		after = some[len(some)-1].No
	}
}

// Outcome is what has become of a message for one customer or group.
type Outcome struct {
	UserID   id.UserID
	External id.ExternalID
	ChatID   id.ChatID
	Status   int64
	SentAt   int64 // Unix seconds, if it was sent

	no int64
}

// Outcomes returns what has become of a member's part of a message, behind a number, and whether there is more.
// Of a message to groups, only what was sent is listed. The caller must see the member. Doc 93338.
func (s *Service) Outcomes(ctx context.Context, tx *store.Tx, by access.Caller, msgID string, user id.UserID, after, limit int64) (out []Outcome, more bool, err error) {
	m, err := s.prepared(tx, by.CorpID, msgID)
	if err != nil {
		return nil, false, err
	}
	member, err := s.deps.Directory.Member(ctx, tx, by, user)
	if err != nil {
		return nil, false, err
	}
	t, found, err := selectTask(tx, by.CorpID, m.No, member.No)
	if err != nil || !found {
		return nil, false, err
	}
	t.UserID = member.UserID
	return s.outcomesOf(tx, m, t, after, limitOf(limit, maxPartsListed, partsListed))
}

// outcomesOf returns what has become of a part of a message, of at most limit customers or groups. With a limit of 0 it
// says whether there is any.
func (s *Service) outcomesOf(tx *store.Tx, m Message, t Task, after, limit int64) (out []Outcome, more bool, err error) {
	where := `corpid = ? AND task = ? AND no > ?`
	if m.Kind == toGroups {
		where += ` AND status = 1`
	}
	list, err := selectTargets(tx, where+` ORDER BY no LIMIT ?`, m.CorpID, t.No, after, limit+1)
	if more = int64(len(list)) > limit; more {
		list = list[:limit]
	}
	for _, one := range list {
		o := Outcome{UserID: t.UserID, Status: one.Status, SentAt: one.SentAt, no: one.No}
		if m.Kind == toGroups {
			o.ChatID = s.deps.Groups.ChatID(one.Target)
		} else {
			o.External = s.deps.Customers.ExternalID(one.Kind, one.Target)
		}
		out = append(out, o)
	}
	return out, more, err
}

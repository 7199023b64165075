package archive

import (
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// moment is a record's place in the order of the messages' times.
type moment struct{ at, seq int64 }

// eraser knows what decides about records.
type eraser struct {
	s     *Service
	tx    *store.Tx
	a     archived
	rules []Rule
	holds *holding
}

// eraser returns the corp's; found is false where no rule erases anything.
func (s *Service) eraser(tx *store.Tx, corpID string) (e *eraser, found bool, err error) {
	e = &eraser{s: s, tx: tx}
	if e.a, found, err = s.archive(tx, corpID); err != nil || !found {
		return nil, false, err
	}
	if e.rules, err = s.Rules(tx, corpID); err != nil || !slices.ContainsFunc(e.rules, func(r Rule) bool { return r.Days > 0 }) {
		return nil, false, err
	}
	e.holds, err = s.holding(tx, e.a)
	return e, true, err
}

// before returns the moment before which messages are due by a rule.
func (e *eraser) before(r Rule) time.Time { return e.tx.Now().AddDate(0, 0, -int(r.Days)) }

// maybe is a condition that all records meet which are due, and few others do: departments and holds are not in it. last
// is the moment behind the newest message that can be due.
func (e *eraser) maybe() (where string, args []any, last int64) {
	where = `CASE WHEN 1 = 0 THEN 0`
	for _, r := range e.rules {
		of, values := `1 = 1`, []any{}
		if r.Conversation != "" {
			of += ` AND external ` + map[string]string{"external": "<>", "internal": "="}[r.Conversation] + ` 0`
		}
		if r.Type != "" {
			of += ` AND msgtype = ?`
			values = append(values, r.Type)
		}
		if r.Days > 0 {
			at := e.before(r).UnixMilli()
			where += ` WHEN ` + of + ` AND at < ? THEN 1`
			args, last = append(append(args, values...), at), max(last, at)
		}
		if len(r.Departments) > 0 {
			continue
		}
		if r.Conversation == "" && r.Type == "" {
			break // it speaks of all that are left
		}
		where += ` WHEN ` + of + ` THEN 0`
		args = append(args, values...)
	}
	return where + ` ELSE 0 END = 1`, args, last
}

// lookForDue looks at the next records that may be due, the oldest messages first, and returns the numbers of those
// that are.
func (s *Service) lookForDue(tx *store.Tx, corpID string, after moment) (due []int64, next moment, more bool, err error) {
	e, found, err := s.eraser(tx, corpID)
	if err != nil || !found {
		return nil, after, false, err
	}
	where, args, last := e.maybe()
	if last == 0 {
		return nil, after, false, nil
	}
	records, err := selectRecords(tx, `archive = ? AND corpid = ? AND erased = 0 AND at >= ? AND at < ? AND (at > ? OR seq > ?) AND `+where+` ORDER BY at, seq LIMIT ?`,
		append(append([]any{e.a.no, corpID, after.at, last, after.at, after.seq}, args...), int64(erasedAtOnce))...)
	if err != nil || len(records) == 0 {
		return nil, after, false, err
	}
	by, err := e.due(records)
	for _, list := range by {
		for _, r := range list {
			due = append(due, r.Seq)
		}
	}
	end := records[len(records)-1]
	return due, moment{end.At.UnixMilli(), end.Seq}, len(records) == erasedAtOnce, err
}

// eraseSome erases the records that are still due: rules, holds and departments may have changed since they were read.
func (s *Service) eraseSome(tx *store.Tx, corpID string, seqs []int64) (erased int64, err error) {
	e, found, err := s.eraser(tx, corpID)
	if err != nil || !found {
		return 0, err
	}
	records, err := numbered(tx, e.a, seqs, ` AND erased = 0`)
	if err != nil || len(records) == 0 {
		return 0, err
	}
	due, err := e.due(records)
	if err != nil {
		return 0, err
	}
	for _, rule := range e.rules {
		if list := due[rule.No]; len(list) > 0 {
			if err := s.erase(tx, e.a, rule, list); err != nil {
				return 0, err
			}
			erased += int64(len(list))
		}
	}
	return erased, nil
}

// due returns, by rule, those of the records that it no longer keeps and no hold holds.
func (e *eraser) due(records []Record) (map[int64][]Record, error) {
	inside, err := e.s.departmentsOf(e.tx, e.a.corpID, e.rules, records)
	if err != nil {
		return nil, err
	}
	due := map[int64][]Record{}
	for _, r := range records {
		at := slices.IndexFunc(e.rules, func(rule Rule) bool { return rule.speaks(r, inside[rule.No][r.From]) })
		if at < 0 || e.rules[at].Days == 0 || !r.At.Before(e.before(e.rules[at])) {
			continue
		}
		held, err := e.holds.has(r)
		if err != nil {
			return nil, err
		}
		if !held {
			due[e.rules[at].No] = append(due[e.rules[at].No], r)
		}
	}
	return due, nil
}

// departmentsOf returns, by rule, which senders are in its departments now.
func (s *Service) departmentsOf(tx *store.Tx, corpID string, rules []Rule, records []Record) (map[int64]map[string]bool, error) {
	var senders []string
	for _, r := range records {
		senders = append(senders, r.From)
	}
	out := map[int64]map[string]bool{}
	for _, rule := range rules {
		if len(rule.Departments) == 0 {
			continue
		}
		seen, err := s.deps.Directory.VisibleMembers(tx, access.System(corpID).Within(access.Range{Departments: rule.Departments}), senders)
		if err != nil {
			return nil, err
		}
		out[rule.No] = map[string]bool{}
		for _, from := range senders {
			out[rule.No][from] = seen[id.UserID(from).Key()] != 0
		}
	}
	return out, nil
}

package masssend

import (
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// A customer, and a group, gets as many mass messages in a month as it has days. The corp may make of that
// seven in a week, or one in a day (doc 92135).
const (
	aMonth = "month"
	aWeek  = "week"
	aDay   = "day"

	daysAWeek = 7
)

// quota returns how many there may be in the period of a rule that a time is in, and when that began in China.
func quota(rule string, now time.Time) (n int64, since time.Time) {
	today := customer.DayOf(now)
	switch rule {
	case aDay:
		return 1, today
	case aWeek: // from Monday on
		return daysAWeek, today.AddDate(0, 0, -(int(today.Weekday())+6)%daysAWeek)
	}
	first := today.AddDate(0, 0, 1-today.Day())
	return int64(first.AddDate(0, 1, -1).Day()), first
}

// rule returns the rule of a corp.
func (s *Service) rule(tx *store.Tx, corpID string) (string, error) {
	rule := aMonth
	_, err := tx.Get(`SELECT period FROM mass_rule WHERE corpid = ?`, []any{corpID}, &rule)
	return rule, err
}

// enough returns which of the customers, or groups, have got as many as they may.
func (s *Service) enough(tx *store.Tx, corpID string, kind int64, targets []int64) (map[int64]bool, error) {
	rule, err := s.rule(tx, corpID)
	if err != nil {
		return nil, err
	}
	most, since := quota(rule, tx.Now())
	out := map[int64]bool{}
	if len(targets) == 0 {
		return out, nil
	}
	// One by one, each by the key: for a list of them PostgreSQL goes through the days of the whole corp where
	// it has no statistics yet, and holds each against the list.
	args := store.Args(nil, targets)
	args = append(args, corpID, kind, since.Unix())
	return out, tx.Each(`WITH asked (no) AS (VALUES (CAST(? AS BIGINT))`+strings.Repeat(`, (?)`, len(targets)-1)+`)
		SELECT no, coalesce((SELECT CAST(sum(d.n) AS BIGINT) FROM mass_day d WHERE d.corpid = ? AND d.kind = ? AND d.target = asked.no AND d.day >= ?), 0) FROM asked`,
		args, func(rows *store.Rows) error {
			var no, n int64
			err := rows.Scan(&no, &n)
			out[no] = n >= most
			return err
		})
}

// SetRule says by which rule the corp's customers and groups get mass messages: month, week or day.
func (s *Service) SetRule(tx *store.Tx, by access.Caller, rule string) error {
	if rule != aMonth && rule != aWeek && rule != aDay {
		return wire.ErrParameter.With("rule: month, week or day expected")
	}
	_, err := tx.Exec(`INSERT INTO mass_rule (corpid, period) VALUES (?, ?) ON CONFLICT (corpid) DO UPDATE SET period = excluded.period`, by.CorpID, rule)
	return err
}

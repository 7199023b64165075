package customergroup

import (
	"cmp"
	"context"
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/customer"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Statistic counts groups and what happens in them (doc 92133). "New" is within the time span, everything else
// until its end.
type Statistic struct {
	NewGroups, Groups, Chatting      int64 // the last are those in which something was said
	NewPeople, People, Said, Message int64 // people who have said something; messages
}

// Limits of statistics (doc 92133).
const (
	maxStatSpan    = 30  // days from the first to the last
	maxStatBack    = 180 // days
	maxStatOwners  = 1000
	statPage       = 500
	orderNewGroups = 1
	orderGroups    = 2
	orderNewPeople = 3
	orderPeople    = 4
)

// Days is a time span. A zero To is From.
type Days struct{ From, To time.Time }

// span returns the beginnings of the first day and of the day after the last.
func (d Days) span(now time.Time) (from, to time.Time, err error) {
	from = customer.DayOf(d.From)
	last := from
	if !d.To.IsZero() {
		last = customer.DayOf(d.To)
	}
	today := customer.DayOf(now)
	switch {
	case from.Before(today.AddDate(0, 0, -maxStatBack)) || !last.Before(today):
		err = customer.ErrSpan.With("from yesterday back to %d days ago", maxStatBack)
	case last.Before(from) || last.After(from.AddDate(0, 0, maxStatSpan)):
		err = customer.ErrSpan.With("day_end_time: up to %d days behind day_begin_time", maxStatSpan)
	}
	return from, last.AddDate(0, 0, 1), err
}

// OwnerStatistic is that of one owner.
type OwnerStatistic struct {
	Owner id.UserID
	Statistic
}

// ByOwner returns the statistics of a time span for each owner who has, or had, groups: those that the caller
// sees, in the order that is asked for. Doc 92133.
func (s *Service) ByOwner(ctx context.Context, tx *store.Tx, by access.Caller, o Owners, days Days, order int64, ascending bool) ([]OwnerStatistic, error) {
	if order == 0 {
		order = orderNewGroups
	}
	if order < orderNewGroups || order > orderPeople {
		return nil, wire.ErrParameter.With("order_by: 1 to 4 expected, %d given", order)
	}
	from, to, err := days.span(tx.Now())
	if err != nil {
		return nil, err
	}
	owners, err := s.owners(tx, by, o)
	if err != nil {
		return nil, err
	}
	counts, err := countByOwner(tx, by.CorpID, owners, from, to)
	if err != nil {
		return nil, err
	}
	slices.Sort(owners)
	users, err := s.userIDs(tx, by.CorpID, owners)
	if err != nil {
		return nil, err
	}
	var out []OwnerStatistic
	for _, no := range slices.Compact(owners) {
		if c := counts[no]; c != nil {
			out = append(out, OwnerStatistic{users[no], *c})
		}
	}
	key := map[int64]func(Statistic) int64{
		orderNewGroups: func(c Statistic) int64 { return c.NewGroups }, orderGroups: func(c Statistic) int64 { return c.Groups },
		orderNewPeople: func(c Statistic) int64 { return c.NewPeople }, orderPeople: func(c Statistic) int64 { return c.People },
	}[order]
	slices.SortStableFunc(out, func(a, b OwnerStatistic) int {
		c := cmp.Compare(key(a.Statistic), key(b.Statistic))
		if !ascending {
			c = -c
		}
		return c
	})
	return out, nil
}

// userIDs returns the userids of owners, also of those who have left groups behind.
func (s *Service) userIDs(tx *store.Tx, corpID string, owners []int64) (map[int64]id.UserID, error) {
	users, err := s.deps.Directory.NumberedMembers(tx, corpID, owners)
	if err != nil {
		return nil, err
	}
	out := map[int64]id.UserID{}
	for no, u := range users {
		out[no] = u
	}
	return out, tx.Each(`SELECT owner, left_userid FROM customer_group WHERE corpid = ? AND left_userid <> '' AND owner IN (`+store.Marks(len(owners))+`)`, store.Args([]any{corpID}, owners),
		func(rows *store.Rows) error {
			var no int64
			var u id.UserID
			err := rows.Scan(&no, &u)
			out[no] = u
			return err
		})
}

// DayStatistic is that of one day.
type DayStatistic struct {
	At time.Time // its beginning in China
	Statistic
}

// ByDay returns the statistics of each day of a time span, for all owners that are meant taken together. Doc
// 92133.
func (s *Service) ByDay(ctx context.Context, tx *store.Tx, by access.Caller, o Owners, days Days) ([]DayStatistic, error) {
	from, to, err := days.span(tx.Now())
	if err != nil {
		return nil, err
	}
	owners, err := s.owners(tx, by, o)
	if err != nil {
		return nil, err
	}
	var out []DayStatistic
	for day := from; day.Before(to); day = day.AddDate(0, 0, 1) {
		counts, err := countByOwner(tx, by.CorpID, owners, day, day.AddDate(0, 0, 1))
		if err != nil {
			return nil, err
		}
		sum := DayStatistic{At: day}
		for _, c := range counts {
			sum.NewGroups, sum.Groups, sum.Chatting = sum.NewGroups+c.NewGroups, sum.Groups+c.Groups, sum.Chatting+c.Chatting
			sum.NewPeople, sum.People, sum.Said, sum.Message = sum.NewPeople+c.NewPeople, sum.People+c.People, sum.Said+c.Said, sum.Message+c.Message
		}
		out = append(out, sum)
	}
	return out, nil
}

package customer

import (
	"context"
	"maps"
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Day is what a day with customers brought to members, taken together (doc 92132).
type Day struct {
	At       time.Time // its beginning in China
	Chats    int64     // customers to whom a member wrote
	Messages int64     // that members wrote
	Asked    int64     // chats that a customer began
	Replied  int64     // of those, answered on the same day
	Waited   time.Duration
	Applied  int64 // customers whom a member asked
	Added    int64 // new customers
	Removals int64 // customers who have removed a member
}

// Limits of statistics (doc 92132).
const (
	maxStatMembers = 100
	maxStatParties = 100
	maxStatSpan    = 30  // days from the first to the last
	maxStatBack    = 180 // days
)

// ErrSpan refuses a time span.
var ErrSpan = wire.Code(600018, "invalid start or end time")

var china = time.FixedZone("China", 8*60*60)

// dayOf returns the beginning of the day in China.
func dayOf(t time.Time) time.Time {
	y, m, d := t.In(china).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, china)
}

// Days returns the beginnings of the first and the last day of a span of statistics, in China. It answers
// ErrSpan for one of more than 30 days, or from before the last 180 (doc 92132, 97375).
func (span Span) Days(now time.Time) (first, last time.Time, err error) {
	first, last = dayOf(span.From), dayOf(span.To)
	days := int(last.Sub(first)/(24*time.Hour)) + 1
	if days < 1 || days > maxStatSpan+1 || first.Before(dayOf(now).AddDate(0, 0, -maxStatBack)) {
		err = ErrSpan.With("up to %d days, of the last %d", maxStatSpan, maxStatBack)
	}
	return first, last, err
}

// Behavior returns each day of a time span, for members and those of departments taken together. All must be
// seen by the caller. Doc 92132.
func (s *Service) Behavior(ctx context.Context, tx *store.Tx, by access.Caller, users []id.UserID, departments []int64, span Span) ([]Day, error) {
	switch {
	case len(users)+len(departments) == 0:
		return nil, wire.ErrParameter.With("userid and partyid: one of them expected")
	case len(users) > maxStatMembers || len(departments) > maxStatParties:
		return nil, wire.ErrParameter.With("at most %d members and %d departments", maxStatMembers, maxStatParties)
	}
	first, last, err := span.Days(tx.Now())
	if err != nil {
		return nil, err
	}
	days := int(last.Sub(first)/(24*time.Hour)) + 1
	members, err := s.statMembers(ctx, tx, by, users, departments)
	if err != nil {
		return nil, err
	}
	out := make([]Day, days)
	at := map[int64]*Day{}
	for i := range out {
		out[i].At = first.AddDate(0, 0, i)
		at[out[i].At.Unix()] = &out[i]
	}
	for some := range slices.Chunk(members, manyMembers) {
		if err := addDays(tx, by.CorpID, some, first, last, at); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// statMembers returns the numbers of the members, each once.
func (s *Service) statMembers(ctx context.Context, tx *store.Tx, by access.Caller, users []id.UserID, departments []int64) ([]int64, error) {
	once := map[int64]bool{}
	for _, u := range users {
		m, serves, err := s.member(ctx, tx, by, u)
		if err != nil {
			return nil, err
		}
		if serves {
			once[m.No] = true
		}
	}
	seen, err := s.deps.Directory.VisibleDepartments(tx, by, departments)
	if err != nil {
		return nil, err
	}
	for _, d := range departments {
		if !seen[d] {
			return nil, wire.ErrNoPrivilege.With("department %d is outside the visible range", d)
		}
	}
	if len(departments) > 0 {
		last, err := s.deps.Directory.LastMember(tx, by.CorpID)
		if err != nil {
			return nil, err
		}
		below, err := s.deps.Directory.Audience(tx, by.CorpID, access.Range{Departments: departments}, 0, last, int(last))
		if err != nil {
			return nil, err
		}
		serving, err := s.serving(tx, by, below)
		if err != nil {
			return nil, err
		}
		for no := range serving {
			once[no] = true
		}
	}
	return slices.Sorted(maps.Keys(once)), nil
}

// add puts what another brought on the same day to this one.
func (d *Day) add(other Day) {
	d.Chats, d.Messages, d.Asked, d.Replied, d.Waited = d.Chats+other.Chats, d.Messages+other.Messages, d.Asked+other.Asked, d.Replied+other.Replied, d.Waited+other.Waited
	d.Applied, d.Added, d.Removals = d.Applied+other.Applied, d.Added+other.Added, d.Removals+other.Removals
}

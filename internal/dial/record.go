package dial

import (
	"context"
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Record is a call that was connected.
type Record struct {
	No      int64
	At      time.Time
	Caller  id.UserID
	Minutes int64 // of the caller
	Callees []Callee
}

// Callee is the one called: a member, or a number elsewhere.
type Callee struct {
	UserID  id.UserID `json:"userid,omitempty"`
	Phone   int64     `json:"phone,omitempty"` // the platform writes it as a number
	Minutes int64     `json:"minutes"`
}

// Group reports whether more than one was called.
func (r Record) Group() bool { return len(r.Callees) > 1 }

// Total is the charged duration in minutes: the call's own if one was called, the sum over everybody in it if
// several were (doc 93662).
func (r Record) Total() int64 {
	total := r.Minutes
	if r.Group() {
		for _, c := range r.Callees {
			total += c.Minutes
		}
	}
	return total
}

// Errors of records.
var (
	ErrTime = wire.Code(600018, "invalid start or end time")
	errCall = wire.ErrParameter
)

// Limits. Those of a query are the page's (doc 93662); that of callees is unverified.
const (
	maxSpan    = 30 * 24 * time.Hour
	maxPage    = 100
	maxCallees = 9
)

func (r Record) valid(now time.Time) error {
	switch {
	case r.At.After(now):
		return errCall.With("at: %s has not come yet", r.At.Format(time.RFC3339))
	case r.Minutes < 1:
		return errCall.With("minutes: 1 or more expected; a call that was not connected leaves no record")
	case len(r.Callees) < 1 || len(r.Callees) > maxCallees:
		return errCall.With("callees: 1 to %d expected", maxCallees)
	}
	for i, c := range r.Callees {
		switch {
		case (c.UserID == "") == (c.Phone == 0):
			return errCall.With("callees[%d]: a userid or a phone expected", i)
		case c.Phone < 0:
			return errCall.With("callees[%d].phone: digits expected", i)
		case c.Minutes < 1 || c.Minutes > r.Minutes:
			return errCall.With("callees[%d].minutes: 1 to the caller's %d expected", i, r.Minutes)
		case c.UserID != "" && c.UserID.Equal(r.Caller):
			return errCall.With("callees[%d]: the caller", i)
		}
	}
	return nil
}

// RecordCall records a call of members of the caller's corp. It answers directory.ErrMemberNotFound for an
// unknown userid, and 40058 for an impossible call.
func (s *Service) RecordCall(ctx context.Context, tx *store.Tx, by access.Caller, r Record) error {
	if r.At.IsZero() {
		r.At = tx.Now()
	}
	if err := r.valid(tx.Now()); err != nil {
		return err
	}
	m, err := s.deps.Directory.Member(ctx, tx, by, r.Caller)
	if err != nil {
		return err
	}
	r.Caller = m.UserID
	for i, c := range r.Callees {
		if c.UserID == "" {
			continue
		}
		if m, err = s.deps.Directory.Member(ctx, tx, by, c.UserID); err != nil {
			return err
		}
		r.Callees[i].UserID = m.UserID
	}
	return insertRecord(tx, by.CorpID, r)
}

// Query asks for the records of a time span. A zero field is not given.
type Query struct {
	From, To      time.Time // both included
	Offset, Limit int64
}

// span returns the time span of the query: at most 30 days, back from its end (doc 93662). We refuse a
// beginning after now, and an end before the beginning. That is our reading of the page, whose sentence says
// "not earlier".
func (q Query) span(now time.Time) (from, to time.Time, err error) {
	from, to = q.From, q.To
	if to.IsZero() {
		to = now
	}
	if from.IsZero() {
		from = to.Add(-maxSpan)
	}
	if from.After(now) || to.Before(from) {
		return from, to, ErrTime.With("the end is not before the beginning, and the beginning not after now")
	}
	if to.Sub(from) > maxSpan {
		from = to.Add(-maxSpan)
	}
	return from, to, nil
}

// Records returns the records of the caller's corp that the caller sees, in order of time. It leaves out a
// record if any member in it is beyond the caller's range (doc 93662).
func (s *Service) Records(ctx context.Context, tx *store.Tx, by access.Caller, q Query) ([]Record, error) {
	from, to, err := q.span(tx.Now())
	if err != nil {
		return nil, err
	}
	limit := q.Limit
	if limit <= 0 || limit > maxPage {
		limit = maxPage
	}
	offset := max(q.Offset, 0)
	if by.SeesAll() {
		return spanned(tx, by.CorpID, from, to, offset, limit)
	}
	var seen []Record
	for at := int64(0); int64(len(seen)) < offset+limit; at += maxPage {
		some, err := spanned(tx, by.CorpID, from, to, at, maxPage)
		if err != nil {
			return nil, err
		}
		visible, err := s.visible(tx, by, some)
		if err != nil {
			return nil, err
		}
		seen = append(seen, visible...)
		if int64(len(some)) < maxPage {
			break
		}
	}
	offset = min(offset, int64(len(seen)))
	return seen[offset:min(offset+limit, int64(len(seen)))], nil
}

func (s *Service) visible(tx *store.Tx, by access.Caller, records []Record) ([]Record, error) {
	var users []string
	for _, r := range records {
		users = append(users, id.Texts(r.members())...)
	}
	known, err := s.deps.Directory.VisibleMembers(tx, by, users)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(records, func(r Record) bool {
		return slices.ContainsFunc(r.members(), func(u id.UserID) bool { return known[u.Key()] == 0 })
	}), nil
}

// members returns the corp's members who took part.
func (r Record) members() []id.UserID {
	out := []id.UserID{r.Caller}
	for _, c := range r.Callees {
		if c.UserID != "" {
			out = append(out, c.UserID)
		}
	}
	return out
}

// renameMember lets the records follow a member whose userid has changed.
func (s *Service) renameMember(ctx context.Context, tx *store.Tx, by access.Caller, e directory.MemberUpdatedEvent) error {
	if e.NewUserID == "" {
		return nil
	}
	return renameMember(tx, by.CorpID, e.UserID, e.NewUserID)
}

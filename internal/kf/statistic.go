package kf

import (
	"context"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Limits of statistics (doc 95489).
const (
	maxStatSpan = 31  // days, from the first to the last
	maxStatBack = 180 // days
)

// ErrSpan refuses a time span.
var ErrSpan = wire.Code(600018, "invalid start or end time")

var china = time.FixedZone("China", 8*60*60)

// dayOf returns the beginning of the day in China.
func dayOf(t time.Time) time.Time {
	y, m, d := t.In(china).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, china)
}

// Counts are what a day of a session with a servicer, or as member 0 before one, has brought. What is zero
// stays as it was.
type Counts struct {
	Messages int64 // of the customer
	Assigned bool  // the session was the servicer's, or the assistant's
	Moved    bool  // from the assistant to a servicer
	Asked    time.Time
	Replied  time.Time
	Invited  int64
	Joined   int64
	Refused  bool

	InvitedToChat, JoinedChat int64 // groups
}

// sessionRun is one session.
type sessionRun struct{ session, run int64 }

// dayOfSession is what a day of a session came to, over all who had it.
type dayOfSession struct {
	customer  int64
	messages  int64 // of the customer, to whomever
	assigned  bool  // somebody had it, or the assistant
	assistant bool
	moved     bool
	joined    int64
	invited   int64
	refused   bool

	invitedToChat, joinedChat int64

	// Of the servicers who were asked for.
	served  bool
	told    int64 // messages to them
	asked   int64 // of them, those to whom the customer wrote
	replied int64 // and those who answered
	waited  time.Duration
}

// Figures are those of a day (doc 95489, 95490).
type Figures struct {
	Sessions, Customers, Messages int64
	Assistant, Moved, Served      int64
	Asked, Replied                int64 // customers' questions to servicers, and those that were answered
	Waited                        time.Duration
	Invited, Joined, Upgraded     int64
	InvitedToChat, JoinedChat     int64
	Refused                       int64
}

// firstReply is how many seconds customers have waited for the first answer, nil if nobody was answered.
func (f Figures) firstReply() *float64 {
	if f.Replied == 0 {
		return nil
	}
	seconds := f.Waited.Seconds() / float64(f.Replied)
	return &seconds
}

// any reports whether anything has happened.
func (f Figures) any() bool { return f != Figures{} }

// span returns the days from one time to another, both included: of the last 180 days, without today, which is
// not over.
func span(now, from, to time.Time) (first, last time.Time, err error) {
	first, last = dayOf(from), dayOf(to)
	today := dayOf(now)
	days := int(last.Sub(first)/(24*time.Hour)) + 1
	if days < 1 || days > maxStatSpan || first.Before(today.AddDate(0, 0, -maxStatBack)) || !last.Before(today) {
		return first, last, ErrSpan.With("up to %d days, from yesterday back to %d days ago", maxStatSpan, maxStatBack)
	}
	return first, last, nil
}

// CorpFigures returns the figures of an account for each day of a span, or of all its servicers, or of one of
// them. Doc 95489, 95490.
func (s *Service) CorpFigures(tx *store.Tx, by access.Caller, open id.ServiceAccount, from, to time.Time) ([]time.Time, []Figures, error) {
	return s.figuresOf(tx, by, open, from, to, whose{member: nobody}, Figures.ofAccount)
}

// ServicerFigures returns the figures of one servicer for each day, or of all of them together. Doc 95490.
func (s *Service) ServicerFigures(ctx context.Context, tx *store.Tx, by access.Caller, open id.ServiceAccount, user id.UserID, from, to time.Time) ([]time.Time, []Figures, error) {
	member := int64(everybody)
	if user != "" {
		m, err := s.servicer(ctx, tx, by, user)
		if err != nil {
			return nil, nil, err
		}
		member = m.No
	}
	return s.figuresOf(tx, by, open, from, to, whose{member: member}, Figures.ofServicers)
}

// Whose rows count as servicers', besides one member's.
const (
	nobody    = -1
	everybody = 0
)

// figuresOf is figures for an account that the caller must see.
func (s *Service) figuresOf(tx *store.Tx, by access.Caller, open id.ServiceAccount, from, to time.Time, of whose, fold folding) ([]time.Time, []Figures, error) {
	a, err := s.seen(tx, by, open)
	if err != nil {
		return nil, nil, err
	}
	return figures(tx, []Account{a}, from, to, of, fold)
}

// folding adds a session to figures, and its customer to those who have asked and whom servicers refused.
type folding func(f Figures, v *dayOfSession, asked, refused map[int64]bool) Figures

// figures returns for each day of a span what has happened at accounts, taken together.
func figures(tx *store.Tx, accounts []Account, from, to time.Time, of whose, fold folding) (days []time.Time, out []Figures, err error) {
	first, last, err := span(tx.Now(), from, to)
	if err != nil {
		return nil, nil, err
	}
	for day := first; !day.After(last); day = day.AddDate(0, 0, 1) {
		sessions := map[sessionRun]*dayOfSession{}
		for _, a := range accounts {
			if err := addDay(tx, sessions, a, day, of); err != nil {
				return nil, nil, err
			}
		}
		f, asked, refused, upgraded := Figures{}, map[int64]bool{}, map[int64]bool{}, map[int64]bool{}
		for _, v := range sessions {
			f = fold(f, v, asked, refused)
			if v.joined+v.joinedChat > 0 {
				upgraded[v.customer] = true
			}
		}
		f.Customers, f.Refused, f.Upgraded = int64(len(asked)), int64(len(refused)), int64(len(upgraded))
		days, out = append(days, day), append(out, f)
	}
	return days, out, nil
}

// ofAccount adds a session to the figures of an account. It counts once somebody had it and the customer wrote.
func (f Figures) ofAccount(v *dayOfSession, asked, refused map[int64]bool) Figures {
	f.Messages += v.messages
	if v.messages > 0 {
		asked[v.customer] = true
	}
	if v.messages > 0 && v.assigned {
		f.Sessions++
		f.Assistant += flag(v.assistant)
		f.Moved += flag(v.assistant && v.moved)
	}
	if v.refused {
		refused[v.customer] = true
	}
	return f
}

// ofServicers adds a session to the figures of servicers.
func (f Figures) ofServicers(v *dayOfSession, asked, refused map[int64]bool) Figures {
	if v.served && v.messages > 0 {
		f.Sessions++
	}
	f.Messages += v.told
	if v.told > 0 {
		asked[v.customer] = true
	}
	f.Asked, f.Replied, f.Waited = f.Asked+v.asked, f.Replied+v.replied, f.Waited+v.waited
	f.Invited, f.Joined = f.Invited+v.invited, f.Joined+v.joined
	f.InvitedToChat, f.JoinedChat = f.InvitedToChat+v.invitedToChat, f.JoinedChat+v.joinedChat
	if v.refused {
		refused[v.customer] = true
	}
	return f
}

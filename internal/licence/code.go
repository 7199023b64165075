package licence

import (
	"errors"
	"time"

	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Type is what an account is good for (doc 95652).
type Type int64

// The types. An external account (互通账号) does what a basic one does, and more.
const (
	Basic    Type = 1
	External Type = 2
)

// Code is an account that was paid for, and whom it is bound to.
type Code struct {
	No         int64
	Provider   int64
	Corp       string // whose members may have it
	Order      int64
	Text       string
	Type       Type
	Days       int64 // bought
	State      State
	Member     int64 // our number; 0 until it is bound
	CreatedAt  time.Time
	BindBy     time.Time
	ActiveAt   time.Time // zero until it is bound
	ExpireAt   time.Time
	MovedAt    time.Time // when it was last given to another member
	Idle       bool      // its member needs it no longer
	MergedTo   string
	MergedFrom string
	SharedFrom string // the corp that it was given by
}

// State is what has become of a code for good.
type State int64

// The states.
const (
	Good     State = 0
	Merged   State = 1
	Returned State = 2 // the money was
)

// The status of a code on the wire (doc 95552).
const (
	unbound  = 1
	bound    = 2
	expired  = 3
	waits    = 4 // for another member
	merged   = 5
	givenOut = 6
)

const (
	// bindWithin is how long a code may lie unused: a year of the platform's (unverified).
	bindWithin = 372 * 24 * time.Hour
	// restMost is how much time an account may have left when another is bound over it.
	restMost = 20 * 24 * time.Hour
	// longest is how far ahead an account may end (doc 95553).
	longest = maxDays * 24 * time.Hour
	// moveEvery is how often an account of somebody who still needs one may be handed on.
	moveEvery = 30 * 24 * time.Hour
)

var chinaTime = time.FixedZone("UTC+8", 8*60*60)

// midnight is when the platform's day of a time begins.
func midnight(at time.Time) time.Time {
	y, m, d := at.In(chinaTime).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, chinaTime).UTC()
}

// expiry is when an account ends that is bound now: at the end of the last day (doc 95652).
func expiry(now time.Time, days int64) time.Time {
	return midnight(now.AddDate(0, 0, int(days))).AddDate(0, 0, 1)
}

// extended is when an account ends that is given more days. One that has ended begins
// again.
func extended(now, expire time.Time, days int64) time.Time {
	if !expire.After(now) {
		return expiry(now, days)
	}
	return expire.AddDate(0, 0, int(days))
}

// Valid reports whether somebody has the account at the time.
func (c Code) Valid(now time.Time) bool {
	return c.State == Good && c.Member != 0 && now.Before(c.ExpireAt)
}

// rest is how much time the account has left.
func (c Code) rest(now time.Time) time.Duration { return max(c.ExpireAt.Sub(now), 0) }

// status is the code's as a corp is told it: the one that it was given to, or the one
// that has given it.
func (c Code) status(now time.Time, corpID string) int64 {
	switch {
	case c.Corp != corpID:
		return givenOut
	case c.State == Merged:
		return merged
	case c.Member == 0:
		return unbound
	case !now.Before(c.ExpireAt):
		return expired
	case c.Idle:
		return waits
	}
	return bound
}

// makeCodes makes up to n more codes of an order.
func (s *Service) makeCodes(tx *store.Tx, o Order, n int64) (made int64, done bool, err error) {
	total := o.Basic + o.External
	end := min(o.Made+n, total)
	for at := o.Made; at < end; at += codesAtOnce {
		var rows []Code
		for i := at; i < min(at+codesAtOnce, end); i++ {
			c := Code{Provider: o.Provider, Corp: o.Corp, Order: o.No, Text: "L" + id.Letters(27), Type: Basic, Days: o.InDays(), CreatedAt: o.PaidAt, BindBy: o.PaidAt.Add(bindWithin)}
			if i >= o.Basic {
				c.Type = External
			}
			rows = append(rows, c)
		}
		if err := insertCodes(tx, rows); err != nil {
			return at, false, err
		}
	}
	return end, end == total, nil
}

// code returns the corp's code with the text, among them those that it has given to
// others; ErrCode where there is none.
func (s *Service) code(tx *store.Tx, p party, text string) (Code, error) {
	list, err := selectCodes(tx, `code = ? AND provider = ? AND (corpid = ? OR shared_from = ?) AND state <> ?`, text, p.No, p.Corp, p.Corp, int64(Returned))
	if err == nil && len(list) == 0 {
		err = ErrCode
	}
	if err != nil {
		return Code{}, err
	}
	return list[0], nil
}

// present answers ErrUser where the number is of nobody who is a member now.
func (s *Service) present(tx *store.Tx, p party, member int64) error {
	here, err := s.deps.Directory.NumberedMembers(tx, p.Corp, []int64{member})
	if _, ok := here[member]; err == nil && !ok {
		err = ErrUser
	}
	return err
}

// Activate binds a code to a member. A member who has an account of the type with at most
// 20 days left gets the time of both, and the old code ends. It answers ErrCode, ErrBound,
// ErrGivenBelow, ErrBindBy, ErrUser, ErrOldRest, ErrTooLong. Doc 95553.
func (s *Service) Activate(tx *store.Tx, p party, text string, member int64) error {
	c, err := s.code(tx, p, text)
	now := tx.Now()
	switch {
	case err != nil:
		return err
	case c.Corp != p.Corp:
		return ErrGivenBelow
	case c.State == Merged:
		return ErrCode.With("the code was merged into another")
	case c.Member != 0:
		return ErrBound
	case !now.Before(c.BindBy):
		return ErrBindBy
	}
	if err := s.present(tx, p, member); err != nil {
		return err
	}
	old, has, err := accountOf(tx, p.No, p.Corp, member, c.Type)
	switch {
	case err != nil:
		return err
	case has && old.rest(now) > restMost:
		return ErrOldRest
	case has && old.rest(now)+time.Duration(c.Days)*24*time.Hour > longest:
		return ErrTooLong
	}
	return bind(tx, c, old, has, member)
}

// bind gives an unbound code to a member, and ends the account that it takes the place
// of.
func bind(tx *store.Tx, c, old Code, has bool, member int64) error {
	now := tx.Now()
	c.ExpireAt = expiry(now, c.Days)
	if has {
		c.ExpireAt, c.MergedFrom = extended(now, old.ExpireAt, c.Days), old.Text
		if err := mergeCode(tx, old, c.Text); err != nil {
			return err
		}
	}
	n, err := tx.Exec(`UPDATE licence_code SET member = ?, active_at = ?, expire_at = ?, merged_from = ? WHERE no = ? AND member = 0 AND state = 0`,
		member, now.UnixMilli(), c.ExpireAt.UnixMilli(), c.MergedFrom, c.No)
	return raced(n, err)
}

// mergeCode ends an account in favour of another. One that has ended keeps its end.
func mergeCode(tx *store.Tx, old Code, to string) error {
	n, err := tx.Exec(`UPDATE licence_code SET state = ?, merged_to = ?, expire_at = ?, idle = 0 WHERE no = ? AND member = ? AND state = 0`,
		int64(Merged), to, min(old.ExpireAt.UnixMilli(), tx.Now().UnixMilli()), old.No, old.Member)
	return raced(n, err)
}

// raced has the transaction run again where another has taken the row meanwhile.
func raced(n int64, err error) error {
	if errors.Is(err, store.ErrUnique) || err == nil && n == 0 {
		return store.ErrConflict
	}
	return err
}

// ActivateType binds the unused code of the type that must be bound soonest to a member
// without a valid account of it. It answers ErrUser, ErrHasOne, ErrNoneFree. Doc 95553.
func (s *Service) ActivateType(tx *store.Tx, p party, t Type, member int64) error {
	if t != Basic && t != External {
		return ErrType
	}
	if err := s.present(tx, p, member); err != nil {
		return err
	}
	old, has, err := accountOf(tx, p.No, p.Corp, member, t)
	if err == nil && has && old.Valid(tx.Now()) {
		err = ErrHasOne
	}
	if err != nil {
		return err
	}
	free, err := freeCodes(tx, p.No, p.Corp, t, 1)
	if err == nil && len(free) == 0 {
		err = ErrNoneFree
	}
	if err != nil {
		return err
	}
	return bind(tx, free[0], old, has, member)
}

// ErrHasOne is answered for a member who has an account of the type.
var ErrHasOne = wire.Code(701011, "userid already bound")

// Hand gives all accounts of one member to another. It answers ErrUser, ErrInactive,
// ErrMoved, ErrTakerHas, ErrTooLong. Doc 95673.
func (s *Service) Hand(tx *store.Tx, p party, from, to int64) error {
	now := tx.Now()
	if from == 0 || to == 0 {
		return ErrUser
	}
	if from == to {
		return ErrUserTwice
	}
	if err := s.present(tx, p, to); err != nil {
		return err
	}
	list, err := selectCodes(tx, `provider = ? AND corpid = ? AND member = ? AND state = 0 AND expire_at > ? ORDER BY type`, p.No, p.Corp, from, now.UnixMilli())
	if err == nil && len(list) == 0 {
		err = ErrInactive
	}
	if err != nil {
		return err
	}
	needed, err := s.reached(tx, p, []int64{from})
	if err != nil {
		return err
	}
	taken := map[Type]Code{}
	for _, c := range list {
		if needed[from] && !c.MovedAt.IsZero() && now.Before(c.MovedAt.Add(moveEvery)) {
			return ErrMoved
		}
		old, has, err := accountOf(tx, p.No, p.Corp, to, c.Type)
		switch {
		case err != nil:
			return err
		case has && old.rest(now) > restMost:
			return ErrTakerHas
		case has && old.rest(now)+c.rest(now) > longest:
			return ErrTooLong
		case has:
			taken[c.Type] = old
		}
	}
	for _, c := range list {
		// That what the taker has left is added, as where a code is bound, is unverified.
		from := c.MergedFrom
		if old, has := taken[c.Type]; has {
			c.ExpireAt = c.ExpireAt.Add(old.rest(now))
			from = old.Text
			if err := mergeCode(tx, old, c.Text); err != nil {
				return err
			}
		}
		n, err := tx.Exec(`UPDATE licence_code SET member = ?, moved_at = ?, idle = 0, expire_at = ?, merged_from = ? WHERE no = ? AND member = ? AND state = 0`,
			to, now.UnixMilli(), c.ExpireAt.UnixMilli(), from, c.No, c.Member)
		if err := raced(n, err); err != nil {
			return err
		}
	}
	return nil
}

// takeBack ends what a refunded order has paid for.
func (s *Service) takeBack(tx *store.Tx, o Order) error {
	if o.Kind != Renewal {
		_, err := tx.Exec(`UPDATE licence_code SET state = ? WHERE order_no = ? AND provider = ? AND state = 0`, int64(Returned), o.No, o.Provider)
		return err
	}
	const day = int64(24 * time.Hour / time.Millisecond)
	_, err := tx.Exec(`UPDATE licence_code SET expire_at = expire_at - ? * (SELECT r.days FROM licence_renewal r WHERE r.job = ? AND r.member = licence_code.member AND r.type = licence_code.type)
		WHERE provider = ? AND corpid = ? AND state = 0 AND EXISTS (SELECT 1 FROM licence_renewal r WHERE r.job = ? AND r.member = licence_code.member AND r.type = licence_code.type)`,
		day, o.Job, o.Provider, o.Corp, o.Job)
	return err
}

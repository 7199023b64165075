package approval

import (
	"context"
	"encoding/json"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/form"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// account returns a member's balance of a kind of leave as it is now.
func account(tx *store.Tx, corpID string, m directory.Member, v Vacation) (a Account, err error) {
	body := ""
	found, err := tx.Get(`SELECT body FROM approval_account WHERE corpid = ? AND member = ? AND vacation = ?`, []any{corpID, m.No, v.ID}, &body)
	if err == nil && found {
		err = json.Unmarshal([]byte(body), &a)
	}
	return v.at(a, m.CreatedAt, tx.Now()), err
}

// change writes a balance and why it has changed.
func change(tx *store.Tx, corpID string, m directory.Member, v Vacation, a Account, app int64, remark string) error {
	body, err := json.Marshal(a)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(`INSERT INTO approval_account (corpid, member, vacation, body) VALUES (?, ?, ?, ?)
		ON CONFLICT (member, vacation) DO UPDATE SET body = excluded.body`, corpID, m.No, v.ID, string(body)); err != nil {
		return err
	}
	return tx.Send(`INSERT INTO approval_account_change (corpid, member, vacation, at, seconds, app, remark) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		corpID, m.No, v.ID, tx.Now().UnixMilli(), a.Left(), app, remark)
}

// Balance is what a member has of a kind of leave.
type Balance struct {
	Vacation
	Account
}

// Limited reports whether there is a balance at all: leave without a limit has none.
func (b Balance) Limited() bool { return b.Quota.Type != unlimited }

// Balances returns a member's balances of the kinds of leave that are for the member (doc 93376).
func (s *Service) Balances(ctx context.Context, tx *store.Tx, by access.Caller, user id.UserID) (out []Balance, err error) {
	m, err := s.absentee(ctx, tx, by, user)
	if err != nil {
		return nil, err
	}
	list, err := s.Vacations(tx, by.CorpID)
	if err != nil {
		return nil, err
	}
	for _, v := range list {
		if ok, err := s.isFor(tx, by.CorpID, v, m); err != nil || !ok {
			if err != nil {
				return nil, err
			}
			continue
		}
		a, err := account(tx, by.CorpID, m, v)
		if err != nil {
			return nil, err
		}
		out = append(out, Balance{v, a})
	}
	return out, nil
}

// absentee returns the member whose leave a caller asks for. It answers ErrVacation and ErrVacationRight.
func (s *Service) absentee(ctx context.Context, tx *store.Tx, by access.Caller, user id.UserID) (directory.Member, error) {
	if user == "" {
		return directory.Member{}, ErrVacation.With("userid is missing")
	}
	exists, err := s.deps.Directory.Exists(tx, by.CorpID, user)
	if err == nil && !exists {
		err = ErrVacation.With("userid: there is no member %q", user)
	}
	if err != nil {
		return directory.Member{}, err
	}
	m, err := s.deps.Directory.Member(ctx, tx, access.System(by.CorpID), user)
	if err != nil {
		return m, err
	}
	sees, err := s.deps.Directory.Sees(tx, by, m)
	if err == nil && !sees {
		err = ErrVacationRight.With("%q is outside the visible range", user)
	}
	return m, err
}

// isFor reports whether a kind of leave is for a member.
func (s *Service) isFor(tx *store.Tx, corpID string, v Vacation, m directory.Member) (bool, error) {
	if v.Range.Empty() {
		return true, nil
	}
	return s.deps.Directory.InRange(tx, corpID, v.Range, m)
}

// Setting is a balance that is set (doc 93377).
type Setting struct {
	UserID   id.UserID
	Vacation int64
	Left     int64 // seconds
	TimeAttr int64
	Remarks  string
}

// SetBalance sets what a member has left of a kind of leave. It answers ErrVacation, ErrVacationRight and
// ErrVacationRange.
func (s *Service) SetBalance(ctx context.Context, tx *store.Tx, by access.Caller, n Setting) error {
	m, err := s.absentee(ctx, tx, by, n.UserID)
	if err != nil {
		return err
	}
	list, err := s.Vacations(tx, by.CorpID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(v Vacation) bool { return v.ID == n.Vacation })
	if i < 0 {
		return ErrVacation.With("vacation_id: there is no kind of leave %d", n.Vacation)
	}
	v, most := list[i], int64(maxDays*secondsDay)
	if v.TimeAttr == 1 {
		most = maxHours * 3600
	}
	switch {
	case n.TimeAttr != v.TimeAttr:
		return ErrVacation.With("time_attr: %d, and %s has %d", n.TimeAttr, v.Name, v.TimeAttr)
	case n.Left < 0 || n.Left > most || n.Left%v.step() != 0:
		return ErrVacation.With("leftduration: %d seconds; a multiple of %d up to %d expected", n.Left, v.step(), most)
	case v.Quota.Type == unlimited:
		return ErrVacation.With("vacation_id: %s has no limit, and so no balance", v.Name)
	}
	if err := checkRemarks(n.Remarks); err != nil {
		return err
	}
	if ok, err := s.isFor(tx, by.CorpID, v, m); err != nil || !ok {
		if err == nil {
			err = ErrVacationRange.With("%s is not for %q", v.Name, m.UserID)
		}
		return err
	}
	a, err := account(tx, by.CorpID, m, v)
	if err != nil {
		return err
	}
	a.Lots = nil
	if n.Left > 0 {
		a.Lots = []Lot{{n.Left, v.expires(tx.Now())}}
	}
	return change(tx, by.CorpID, m, v, a, by.App, n.Remarks)
}

// Hold is leave that an approval uses, or that it has given.
type Hold struct {
	Vacation int64 `json:"vacation"`
	Seconds  int64 `json:"seconds"`
	Credit   bool  `json:"credit,omitempty"` // overtime that has been credited
	Lots     []Lot `json:"lots"`             // what was taken
}

// hold takes the leave of a new approval from the applicant's balance. The platform does so when it is
// submitted, so that nobody applies twice for one day.
func (s *Service) hold(tx *store.Tx, m directory.Member, c *Case, spans []form.Span) error {
	if c.RecordType != form.Leave {
		return nil
	}
	list, err := s.Vacations(tx, c.CorpID)
	if err != nil {
		return err
	}
	for _, span := range spans {
		i := slices.IndexFunc(list, func(v Vacation) bool { return v.ID == span.Vacation })
		if i < 0 {
			continue
		}
		v := list[i]
		ok, err := s.isFor(tx, c.CorpID, v, m)
		if err != nil {
			return err
		}
		if !ok {
			return ErrParameter.With("%s is not for %q", v.Name, m.UserID)
		}
		if months := int(v.EnterTime); months > 0 && m.CreatedAt.AddDate(0, months, 0).After(tx.Now()) {
			return ErrParameter.With("%s is for members of more than %d months", v.Name, months)
		}
		a, err := account(tx, c.CorpID, m, v)
		if err != nil {
			return err
		}
		h := Hold{Vacation: v.ID, Seconds: span.Duration}
		if v.Quota.Type == unlimited {
			a.Used += span.Duration
		} else if h.Lots, ok = a.take(span.Duration); !ok {
			return ErrBalance.With("%s: %d seconds, and %d are left to %q", v.Name, span.Duration, a.Left(), m.UserID)
		}
		c.Holds = append(c.Holds, h)
		if err := change(tx, c.CorpID, m, v, a, 0, "请假"); err != nil {
			return err
		}
	}
	return nil
}

// release gives back the leave of an approval that came to nothing, and takes back credited overtime as far as
// it is there.
func (s *Service) release(ctx context.Context, tx *store.Tx, c *Case) error {
	if len(c.Holds) == 0 {
		return nil
	}
	holds := c.Holds
	c.Holds = nil
	if err := s.eachHold(ctx, tx, c, holds, func(v Vacation, a *Account, h Hold) {
		switch {
		case h.Credit:
			a.Assigned = max(a.Assigned-h.Seconds, 0)
			used := a.Used
			a.take(min(h.Seconds, a.Left()))
			a.Used = used
		case v.Quota.Type == unlimited:
			a.Used = max(a.Used-h.Seconds, 0)
		default:
			a.give(h.Lots, tx.Now())
		}
	}); err != nil {
		return err
	}
	return updateCase(tx, c)
}

// credit gives the overtime of an approval that has passed to the kind of leave that is for it.
func (s *Service) credit(ctx context.Context, tx *store.Tx, c *Case) error {
	if c.RecordType != form.Overtime || len(c.Holds) > 0 {
		return nil
	}
	list, err := s.Vacations(tx, c.CorpID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(list, func(v Vacation) bool { return v.Overtime == 1 })
	if i < 0 {
		return nil
	}
	for _, span := range form.Spans(c.Contents) {
		c.Holds = append(c.Holds, Hold{Vacation: list[i].ID, Seconds: span.Duration, Credit: true})
	}
	if err := s.eachHold(ctx, tx, c, c.Holds, func(v Vacation, a *Account, h Hold) {
		a.Assigned += h.Seconds
		a.Real += h.Seconds
		a.Lots = append(a.Lots, Lot{h.Seconds, v.expires(tx.Now())})
	}); err != nil {
		return err
	}
	return updateCase(tx, c)
}

// eachHold changes the accounts that an approval has to do with. The account of a member who has left is gone.
func (s *Service) eachHold(ctx context.Context, tx *store.Tx, c *Case, holds []Hold, fn func(Vacation, *Account, Hold)) error {
	exists, err := s.deps.Directory.Exists(tx, c.CorpID, c.Creator)
	if err != nil || !exists {
		return err
	}
	m, err := s.deps.Directory.Member(ctx, tx, access.System(c.CorpID), c.Creator)
	if err != nil {
		return err
	}
	list, err := s.Vacations(tx, c.CorpID)
	if err != nil {
		return err
	}
	for _, h := range holds {
		i := slices.IndexFunc(list, func(v Vacation) bool { return v.ID == h.Vacation })
		if i < 0 {
			continue
		}
		a, err := account(tx, c.CorpID, m, list[i])
		if err != nil {
			return err
		}
		fn(list[i], &a, h)
		if err := change(tx, c.CorpID, m, list[i], a, 0, c.SpNo); err != nil {
			return err
		}
	}
	return nil
}

package paytool

import (
	"context"
	"errors"
	"time"

	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/internal/wire"
)

// Edition is a paid edition of a suite.
type Edition struct {
	Suite int64
	ID    string // sp…
	Name  string
	Fixed bool  // the price is for all users together
	Price int64 // fen for 365 days
	Least int64 // users; 0 for no bound
	Most  int64
}

const yearDays = 365

// priceOf is what so many users cost for so many days, in fen.
func (e Edition) priceOf(users, days int64) int64 {
	if e.Fixed {
		users = 1
	}
	return (e.Price*users*days + yearDays - 1) / yearDays
}

// SetPlan says how long a suite can be tried; 0 is as long as one likes.
func (s *Service) SetPlan(tx *store.Tx, v suite.Suite, trialDays int64) error {
	if trialDays < 0 {
		return ErrParameter.With("trial_days: 0 or more expected")
	}
	_, err := tx.Exec(`INSERT INTO paytool_plan (suite, trial_days) VALUES (?, ?) ON CONFLICT (suite) DO UPDATE SET trial_days = excluded.trial_days`, v.No, trialDays)
	return err
}

// AddEdition adds a paid edition to a suite, which then has a plan. An empty id is drawn.
func (s *Service) AddEdition(tx *store.Tx, v suite.Suite, e Edition) (Edition, error) {
	if e.Name == "" || e.Price < 1 || e.Least < 0 || e.Most < 0 {
		return e, ErrParameter.With("an edition has a name, and a price above 0")
	}
	if e.ID == "" {
		e.ID = "sp" + id.Hex(8)
	}
	e.Suite = v.No
	if _, err := tx.Insert(`INSERT INTO paytool_edition (suite, editionid, name, fixed, price, least, most) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		v.No, e.ID, e.Name, bit(e.Fixed), e.Price, e.Least, e.Most); err != nil {
		return e, err
	}
	_, err := tx.Exec(`INSERT INTO paytool_plan (suite, trial_days) VALUES (?, 0) ON CONFLICT DO NOTHING`, v.No)
	return e, err
}

// edition returns the suite's edition with the id; ErrPlan where there is none.
func (s *Service) edition(tx *store.Tx, suiteNo int64, editionID string) (e Edition, err error) {
	var fixed int64
	found, err := tx.Get(`SELECT suite, editionid, name, fixed, price, least, most FROM paytool_edition WHERE suite = ? AND editionid = ?`, []any{suiteNo, editionID},
		&e.Suite, &e.ID, &e.Name, &fixed, &e.Price, &e.Least, &e.Most)
	e.Fixed = fixed == 1
	if err == nil && !found {
		err = ErrPlan.With("edition_id: an edition of the suite expected")
	}
	return e, err
}

// Status is how an installation is paid for (app_status, doc 91911).
type Status int64

// The states.
const (
	Trial       Status = 1
	TrialOver   Status = 2
	InEffect    Status = 3
	Ended       Status = 4
	Endless     Status = 5 // a trial without an end
	Crowded     Status = 6 // more users than were bought, for less than seven days
	CrowdedLong Status = 7
)

// crowdedFor is how long there may be more users than were bought (doc 91911).
const crowdedFor = 7 * 24 * time.Hour

// Standing is the edition that an installation has at a time.
type Standing struct {
	Status  Status
	Edition Edition // zero where nothing was bought
	Users   int64   // that were bought
	Ends    time.Time
}

// bought reports whether a paid edition is in effect.
func (n Standing) bought() bool {
	return n.Status == InEffect || n.Status == Crowded || n.Status == CrowdedLong
}

// Standing returns how a corp's installation is paid for now. found is false for a suite
// without a plan, which nobody pays for.
func (s *Service) Standing(tx *store.Tx, in suite.Installation) (n Standing, found bool, err error) {
	var trialDays, prolonged, over int64
	planned, err := tx.Get(`SELECT trial_days FROM paytool_plan WHERE suite = ?`, []any{in.Suite.No}, &trialDays)
	if err != nil {
		return n, false, err
	}
	if _, err := tx.Get(`SELECT ends_at, over_at FROM paytool_trial WHERE suite = ? AND corpid = ?`, []any{in.Suite.No, in.CorpID}, &prolonged, &over); err != nil {
		return n, false, err
	}
	now := tx.Now()
	n, any, err := s.paidFor(tx, in.Suite.No, in.CorpID)
	if err != nil || !planned && !any {
		return n, false, err
	}
	if any {
		switch {
		case n.Status == InEffect && over > 0 && !now.Before(milli(over).Add(crowdedFor)):
			n.Status = CrowdedLong
		case n.Status == InEffect && over > 0:
			n.Status = Crowded
		}
		return n, true, nil
	}
	if trialDays == 0 && prolonged == 0 {
		return Standing{Status: Endless}, true, nil
	}
	n = Standing{Status: Trial, Ends: in.InstalledAt.Add(time.Duration(trialDays) * 24 * time.Hour)}
	if prolonged > 0 {
		n.Ends = milli(prolonged)
	}
	if !now.Before(n.Ends) {
		n.Status = TrialOver
	}
	return n, true, nil
}

// paidFor returns what a corp has bought of a suite; any is false where that has not
// begun.
func (s *Service) paidFor(tx *store.Tx, suiteNo int64, corpID string) (n Standing, any bool, err error) {
	items, err := selectItems(tx, `i.suite = ? AND o.corpid = ? AND i.begin_at > 0 AND o.status IN (?, ?, ?) ORDER BY i.begin_at, i.no`,
		suiteNo, corpID, int64(Paid), int64(Refunding), int64(Refused))
	if err != nil {
		return n, false, err
	}
	now := tx.Now()
	var base *Item
	for i, it := range items {
		if it.kind != MoreUsers && !now.Before(it.Begin) {
			base, any = &items[i], true
		}
	}
	if base == nil {
		return n, false, nil
	}
	n.Status, n.Users, n.Ends = InEffect, base.Users, base.End
	for more := true; more; {
		more = false
		for _, it := range items {
			if it.kind != MoreUsers && it.Begin.Equal(n.Ends) && it.End.After(n.Ends) {
				n.Ends, more = it.End, true
			}
		}
	}
	for _, it := range items {
		if it.kind == MoreUsers && !now.Before(it.Begin) && now.Before(it.End) && !it.Begin.Before(base.Begin) {
			n.Users += it.Users
		}
	}
	if !now.Before(n.Ends) {
		n.Status = Ended
	}
	if base.Edition != "" {
		if n.Edition, err = s.edition(tx, suiteNo, base.Edition); errors.Is(err, ErrPlan) {
			n.Edition, err = Edition{ID: base.Edition}, nil
		}
	}
	return n, true, err
}

// EditionOf writes how an installation is paid for, as a suite is told it with the
// installation; nil where nobody pays for the suite (doc 91911).
func (s *Service) EditionOf(tx *store.Tx, in suite.Installation) (*suite.AgentEdition, error) {
	n, found, err := s.Standing(tx, in)
	if err != nil || !found {
		return nil, err
	}
	return &suite.AgentEdition{AgentID: in.AgentID, EditionID: n.Edition.ID, Name: n.Edition.Name, Status: int64(n.Status), Users: n.Users, Expires: unix(n.Ends)}, nil
}

const (
	// maxTrial is how long an application is tried at most (doc 91913).
	maxTrial = 60
	day      = 24 * time.Hour
)

// Prolong prolongs the trial of an installation and returns when it ends. It answers
// ErrAppState for one that is not tried for a time, and ErrTrialLong. Doc 91913.
func (s *Service) Prolong(ctx context.Context, tx *store.Tx, in suite.Installation, days int64) (time.Time, error) {
	n, found, err := s.Standing(tx, in)
	switch {
	case err != nil:
		return n.Ends, err
	case !found || n.Status != Trial && n.Status != TrialOver:
		return n.Ends, ErrAppState.With("only a trial that has an end can be prolonged")
	case days < 1:
		return n.Ends, ErrParameter.With("prolong_days: 1 or more expected")
	}
	ends := n.Ends
	if ends.Before(tx.Now()) {
		ends = tx.Now()
	}
	if days > maxTrial || ends.Add(time.Duration(days)*day).Sub(in.InstalledAt) > maxTrial*day {
		return n.Ends, ErrTrialLong.With("at most %d days in all", maxTrial)
	}
	ends = ends.Add(time.Duration(days) * day)
	if _, err := tx.Exec(`INSERT INTO paytool_trial (suite, corpid, ends_at, told, over_at, counted) VALUES (?, ?, ?, ?, 0, '')
		ON CONFLICT (suite, corpid) DO UPDATE SET ends_at = excluded.ends_at, told = excluded.told`, in.Suite.No, in.CorpID, ends.UnixMilli(), int64(Trial)); err != nil {
		return ends, err
	}
	return ends, s.tell(ctx, tx, in.Suite, changeEdition, in.CorpID, nothingMore)
}

// countAt is from when on the platform counts users in a day (doc 91933).
const countAt = 15

// watch tells providers of installations whose edition is another one than they were
// told: a trial or an edition has ended, or there are more users than were bought.
func (s *Service) watch(ctx context.Context) error {
	type pair struct{ suite, corp string }
	var list []pair
	if err := s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		return tx.Each(`SELECT DISTINCT s.suiteid, i.corpid FROM suite_installation i JOIN suite s ON s.no = i.suite
			WHERE EXISTS (SELECT 1 FROM paytool_plan p WHERE p.suite = i.suite) OR EXISTS (SELECT 1 FROM paytool_item t JOIN paytool_order o ON o.no = t.order_no WHERE t.suite = i.suite AND o.corpid = i.corpid)`, nil, func(rows *store.Rows) error {
			var p pair
			err := rows.Scan(&p.suite, &p.corp)
			list = append(list, p)
			return err
		})
	}); err != nil {
		return err
	}
	for _, p := range list {
		if err := s.deps.Store.Write(ctx, func(tx *store.Tx) error { return s.look(ctx, tx, p.corp, p.suite) }); err != nil {
			return err
		}
	}
	return nil
}

// look compares one installation with what its provider was told.
func (s *Service) look(ctx context.Context, tx *store.Tx, corpID, suiteID string) error {
	in, err := s.deps.Suites.Installation(tx, corpID, suiteID)
	if errors.Is(err, suite.ErrNotInstalled) || errors.Is(err, suite.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := s.count(tx, in); err != nil {
		return err
	}
	n, found, err := s.Standing(tx, in)
	if err != nil || !found {
		return err
	}
	var told int64
	known, err := tx.Get(`SELECT told FROM paytool_trial WHERE suite = ? AND corpid = ?`, []any{in.Suite.No, corpID}, &told)
	if err != nil || known && told == int64(n.Status) {
		return err
	}
	if _, err := tx.Exec(`INSERT INTO paytool_trial (suite, corpid, ends_at, told, over_at, counted) VALUES (?, ?, 0, ?, 0, '')
		ON CONFLICT (suite, corpid) DO UPDATE SET told = excluded.told`, in.Suite.No, corpID, int64(n.Status)); err != nil {
		return err
	}
	if !known && (n.Status == Trial || n.Status == Endless) {
		return nil // what it begins with
	}
	return s.tell(ctx, tx, in.Suite, changeEdition, corpID, nothingMore)
}

// count counts the users of an installation once a day, in the afternoon.
func (s *Service) count(tx *store.Tx, in suite.Installation) error {
	now := tx.Now().In(chinaTime)
	if now.Hour() < countAt {
		return nil
	}
	n, begun, err := s.paidFor(tx, in.Suite.No, in.CorpID)
	if err != nil || !begun || n.Users == 0 {
		return err
	}
	last, err := s.deps.Directory.LastMember(tx, in.CorpID)
	if err != nil {
		return err
	}
	users, err := s.deps.Directory.Audience(tx, in.CorpID, in.Range, 0, last, int(n.Users)+1)
	if err != nil {
		return err
	}
	today, over := directory.Day(tx.Now()), int64(0)
	var since int64
	found, err := tx.Get(`SELECT over_at FROM paytool_trial WHERE suite = ? AND corpid = ? AND counted <> ?`, []any{in.Suite.No, in.CorpID, today}, &since)
	if err != nil || !found {
		return err
	}
	if int64(len(users)) > n.Users && !n.Edition.Fixed {
		if over = since; over == 0 {
			over = tx.Now().UnixMilli()
		}
	}
	_, err = tx.Exec(`UPDATE paytool_trial SET over_at = ?, counted = ? WHERE suite = ? AND corpid = ?`, over, today, in.Suite.No, in.CorpID)
	return err
}

var chinaTime = time.FixedZone("UTC+8", 8*60*60)

// milli is the time of a row, zero for 0.
func milli(at int64) time.Time {
	if at == 0 {
		return time.Time{}
	}
	return time.UnixMilli(at).UTC()
}

func unix(at time.Time) int64 {
	if at.IsZero() {
		return 0
	}
	return at.Unix()
}

func bit(is bool) int64 {
	if is {
		return 1
	}
	return 0
}

// refusal says whether an error is one that a caller is told.
func refusal(err error) (wire.Error, bool) {
	var e wire.Error
	ok := errors.As(err, &e)
	return e, ok
}

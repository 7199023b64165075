package licence

import (
	"context"
	"errors"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/internal/wire"
)

// Customer is how licences stand between a provider and a corp. The zero value is what
// they begin with: nothing is checked.
type Customer struct {
	// Test makes the corp one of the provider's test corps: orders cost nothing, and
	// licences are checked without a free time (doc 95652).
	Test bool
	// CheckedAt is since when licences are checked; zero where they are not.
	CheckedAt time.Time
	// Trial makes each application free for 90 days from its first installation.
	Trial bool
	// Auto binds accounts by themselves (自动激活).
	Auto bool
}

const (
	trialTime = 90 * 24 * time.Hour
	// testTime is how long a test corp has an application (doc 95652).
	testTime = 90 * 24 * time.Hour
	// maxTestCorps is how many test corps a provider has (doc 95652).
	maxTestCorps = 30
)

func (s *Service) standing(tx *store.Tx, provider int64, corpID string) (c Customer, err error) {
	var test, checked, trial, auto int64
	_, err = tx.Get(`SELECT test, checked_at, trial, auto_active FROM licence_customer WHERE provider = ? AND corpid = ?`, []any{provider, corpID}, &test, &checked, &trial, &auto)
	return Customer{test == 1, milli(checked), trial == 1, auto == 1}, err
}

// SetCustomer writes how licences stand. A corp that is no test corp any more loses its
// test orders and the provider's applications. Doc 95652.
func (s *Service) SetCustomer(ctx context.Context, tx *store.Tx, p suite.Provider, corpID string, c Customer) error {
	before, err := s.standing(tx, p.No, corpID)
	if err != nil {
		return err
	}
	if c.Test && !before.Test {
		n, err := tx.Count(`SELECT count(*) FROM licence_customer WHERE provider = ? AND test = 1`, p.No)
		if err != nil {
			return err
		}
		if n >= maxTestCorps {
			return wire.ErrParameter.With("a provider has at most %d test corps", maxTestCorps)
		}
	}
	checked := int64(0)
	if !c.CheckedAt.IsZero() {
		checked = c.CheckedAt.UnixMilli()
	}
	if _, err := tx.Exec(`INSERT INTO licence_customer (provider, corpid, test, checked_at, trial, auto_active, night) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (provider, corpid) DO UPDATE SET test = excluded.test, checked_at = excluded.checked_at, trial = excluded.trial`,
		p.No, corpID, bit(c.Test), checked, bit(c.Trial), bit(c.Auto), directory.Day(tx.Now())); err != nil {
		return err
	}
	if !before.Test || c.Test {
		return nil
	}
	if _, err := tx.Exec(`UPDATE licence_code SET state = ? WHERE provider = ? AND corpid = ? AND order_no IN (SELECT no FROM licence_order WHERE provider = ? AND corpid = ? AND test = 1)`,
		int64(Returned), p.No, corpID, p.No, corpID); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE licence_order SET status = ? WHERE provider = ? AND corpid = ? AND test = 1`, int64(Void), p.No, corpID); err != nil {
		return err
	}
	return s.uninstallAll(ctx, tx, p, corpID, time.Time{})
}

// uninstallAll removes the provider's applications from a corp: those that were installed
// before a time, if one is given.
func (s *Service) uninstallAll(ctx context.Context, tx *store.Tx, p suite.Provider, corpID string, before time.Time) error {
	list, err := s.installed(tx, p, corpID)
	if err != nil {
		return err
	}
	for _, in := range list {
		if !before.IsZero() && in.InstalledAt.After(before) {
			continue
		}
		if err := s.deps.Suites.Uninstall(ctx, tx, corpID, in.Suite.SuiteID); err != nil {
			return err
		}
	}
	return nil
}

// installed returns the provider's applications in a corp whose calls need licences.
func (s *Service) installed(tx *store.Tx, p suite.Provider, corpID string) ([]suite.Installation, error) {
	list, err := s.deps.Suites.InstalledIn(tx, corpID)
	var out []suite.Installation
	for _, in := range list {
		if in.Suite.Provider == p.No && (in.Kind == access.ThirdParty || in.Kind == access.Custom) {
			out = append(out, in)
		}
	}
	return out, err
}

// reached returns which of the members are in the range of one of the provider's
// applications.
func (s *Service) reached(tx *store.Tx, p party, members []int64) (map[int64]bool, error) {
	list, err := s.installed(tx, p.Provider, p.Corp)
	if err != nil {
		return nil, err
	}
	out := map[int64]bool{}
	here, err := s.deps.Directory.NumberedMembers(tx, p.Corp, members)
	if err != nil {
		return nil, err
	}
	for _, in := range list {
		seen, err := s.deps.Directory.Within(tx, p.Corp, in.Range, members)
		if err != nil {
			return nil, err
		}
		for _, no := range seen {
			_, out[no] = here[no]
		}
	}
	return out, nil
}

// setAuto switches automatic activation.
func (s *Service) setAuto(tx *store.Tx, provider int64, corpID string, on bool) error {
	_, err := tx.Exec(`INSERT INTO licence_customer (provider, corpid, auto_active, night) VALUES (?, ?, ?, ?)
		ON CONFLICT (provider, corpid) DO UPDATE SET auto_active = excluded.auto_active, night = excluded.night`, provider, corpID, bit(on), directory.Day(tx.Now()))
	return err
}

// appDeleted keeps when a corp first had a suite: its free time does not begin again.
func (s *Service) appDeleted(ctx context.Context, tx *store.Tx, a app.App) error {
	if !a.Kind.Installed() {
		return nil
	}
	in, found, err := s.deps.Suites.InstallationNo(tx, a.No)
	if err != nil || !found {
		return err
	}
	_, err = tx.Exec(`INSERT INTO licence_first (suite, corpid, installed_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, in.Suite.No, in.CorpID, in.InstalledAt.UnixMilli())
	return err
}

// firstInstalled is when the corp first had the suite.
func (s *Service) firstInstalled(tx *store.Tx, in suite.Installation) (time.Time, error) {
	var at int64
	found, err := tx.Get(`SELECT installed_at FROM licence_first WHERE suite = ? AND corpid = ?`, []any{in.Suite.No, in.CorpID}, &at)
	if err != nil || !found {
		return in.InstalledAt, err
	}
	return milli(at), nil
}

// checks is since when calls of an installation need licences, zero where they do not,
// and the free time that it has.
func (s *Service) checks(tx *store.Tx, c Customer, in suite.Installation) (since, trialFrom, trialTo time.Time, err error) {
	if c.CheckedAt.IsZero() && !c.Test {
		return since, trialFrom, trialTo, nil
	}
	since = c.CheckedAt
	if c.Test {
		if since.IsZero() || since.After(in.InstalledAt) {
			since = in.InstalledAt
		}
		return since, trialFrom, trialTo, nil
	}
	if c.Trial {
		if trialFrom, err = s.firstInstalled(tx, in); err != nil {
			return since, trialFrom, trialTo, err
		}
		trialTo = trialFrom.Add(trialTime)
		if trialTo.After(since) {
			since = trialTo
		}
	}
	return since, trialFrom, trialTo, nil
}

func (s *Service) customerEndpoints() []wire.Endpoint {
	return []wire.Endpoint{
		s.endpoint("POST", "license/get_app_license_info", 95844, wire.Read(s.getAppLicenseInfo)),
		s.endpoint("POST", "license/set_auto_active_status", 95873, wire.Write(s.setAutoActiveStatus)),
		s.endpoint("POST", "license/get_auto_active_status", 95874, wire.Read(s.getAutoActiveStatus)),
		s.endpoint("POST", "license/support_policy_query", 96515, wire.Read(s.supportPolicyQuery)),
	}
}

type getAppLicenseInfoRequest struct {
	CorpID  id.CorpID `json:"corpid"`
	SuiteID string    `json:"suite_id"`
	AppID   int64     `json:"appid"` // of older suites of several applications
}

type (
	trialInfo struct {
		Start int64 `json:"start_time"`
		End   int64 `json:"end_time"`
	}
	getAppLicenseInfoResponse struct {
		Status int64      `json:"license_status"` // 1 where licences are checked
		Trial  *trialInfo `json:"trail_info,omitempty"`
		Since  int64      `json:"license_check_time,omitempty"`
	}
)

func (s *Service) getAppLicenseInfo(ctx context.Context, tx *store.Tx, by access.Caller, req getAppLicenseInfoRequest) (resp getAppLicenseInfoResponse, err error) {
	p, err := s.party(tx, by, req.CorpID)
	if err != nil {
		return resp, err
	}
	if req.SuiteID == "" {
		return resp, suite.ErrSuiteMissing
	}
	in, err := s.deps.Suites.Installation(tx, p.Corp, req.SuiteID)
	switch {
	case errors.Is(err, suite.ErrNotFound), err == nil && in.Suite.Provider != p.No:
		return resp, suite.ErrSuite
	case err != nil:
		return resp, err
	}
	c, err := s.standing(tx, p.No, p.Corp)
	if err != nil {
		return resp, err
	}
	since, from, to, err := s.checks(tx, c, in)
	if err != nil || since.IsZero() {
		return resp, err
	}
	resp = getAppLicenseInfoResponse{Status: 1, Since: since.Unix()}
	if !from.IsZero() {
		resp.Trial = &trialInfo{from.Unix(), to.Unix()}
	}
	return resp, nil
}

// bought answers ErrNeverBought where the provider has paid for nothing for the corp.
func (s *Service) bought(tx *store.Tx, p party) error {
	n, err := tx.Count(`SELECT count(*) FROM licence_order WHERE provider = ? AND corpid = ? AND paid_at > 0`, p.No, p.Corp)
	if err == nil && n == 0 {
		err = ErrNeverBought
	}
	return err
}

type setAutoActiveStatusRequest struct {
	CorpID id.CorpID `json:"corpid"`
	Status *int64    `json:"auto_active_status"`
}

func (s *Service) setAutoActiveStatus(ctx context.Context, tx *store.Tx, by access.Caller, req setAutoActiveStatusRequest) (none wire.None, err error) {
	p, err := s.party(tx, by, req.CorpID)
	if err != nil {
		return none, err
	}
	if req.Status == nil || *req.Status != 0 && *req.Status != 1 {
		return none, ErrAutoState.With("auto_active_status: 0 or 1 expected")
	}
	if err := s.bought(tx, p); err != nil {
		return none, err
	}
	return none, s.setAuto(tx, p.No, p.Corp, *req.Status == 1)
}

type customerRequest struct {
	CorpID id.CorpID `json:"corpid"`
}

type getAutoActiveStatusResponse struct {
	Status int64 `json:"auto_active_status"`
}

func (s *Service) getAutoActiveStatus(ctx context.Context, tx *store.Tx, by access.Caller, req customerRequest) (resp getAutoActiveStatusResponse, err error) {
	p, err := s.party(tx, by, req.CorpID)
	if err != nil {
		return resp, err
	}
	if err := s.bought(tx, p); err != nil {
		return resp, err
	}
	c, err := s.standing(tx, p.No, p.Corp)
	return getAutoActiveStatusResponse{bit(c.Auto)}, err
}

// policyEnd is when the lower price for trades of livelihood (民生) ended (doc 96515).
var policyEnd = time.Date(2023, 4, 1, 0, 0, 0, 0, chinaTime)

// noCreditCode is a reason of the page: the corp has no unified social credit code.
const noCreditCode = 701092

type supportPolicyQueryResponse struct {
	Result  int64   `json:"query_result"` // 1 where the corp pays less
	Reasons []int64 `json:"unsatisfied_reason"`
}

// supportPolicyQuery says whether a corp pays less. Nobody has since April 2023; before,
// a corp had to have a credit code, and none here has.
func (s *Service) supportPolicyQuery(ctx context.Context, tx *store.Tx, by access.Caller, req customerRequest) (resp supportPolicyQueryResponse, err error) {
	p, err := s.party(tx, by, req.CorpID)
	if err != nil {
		return resp, err
	}
	if err := s.authorised(tx, p); err != nil {
		return resp, err
	}
	if !tx.Now().Before(policyEnd) {
		return resp, ErrPolicyOver
	}
	return supportPolicyQueryResponse{Reasons: []int64{noCreditCode}}, nil
}
